"""`amparo lookup`: is this hash known? No exhibit needed."""

import argparse
from gettext import gettext as _

from amparo.casework.lookup import RADIUS, Answer
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows

COLUMNS = (
    "asked",
    "as",
    "answer",
    "set",
    "version",
    "entry",
    "record",
    "category",
    "meaning",
    "flags",
    "distance",
    "orientation",
    "false_hits",
    "id",
    "series",
    "tags",
)
TEXT_COLUMNS = ("asked", "as", "answer", "set", "version", "record", "category", "meaning", "distance")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "hashes",
        nargs="+",
        metavar="HASH",
        help=_("SHA-256, SHA-1, MD5 or PDQ in hexadecimal, or KIND:HEX; 64 digits are looked up as SHA-256 and as PDQ"),
    )
    parser.add_argument(
        "--distance",
        type=_distance,
        default=RADIUS,
        metavar="BITS",
        help=_("in how many bits of 256 PDQ hashes may differ (default: 31)"),
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print a row per answer; a hash that no set knows has a row that says so."""
    with open_workbench(options) as workbench:
        answers = workbench.hash_sets.look_up(options.hashes, radius=options.distance, reason=options.reason)
    columns = TEXT_COLUMNS if options.format == "text" else COLUMNS
    print_rows(map(_row, answers), columns, options.format)
    return Exit.DONE


def _row(answer: Answer) -> Row:
    version, entry = answer.version, answer.entry
    said = "unknown"
    if version is not None:
        said = version.kind.value
        if answer.false_hits is not None:
            said = f"probably {said}"
        elif answer.distance is not None:
            said = f"near {said}" if answer.distance else said
    return {
        "asked": answer.asked.text,
        "as": answer.asked.kind,
        "answer": said,
        "set": version.name if version else None,
        "version": version.number if version else None,
        "entry": entry.number if entry else None,
        "record": entry.record if entry else None,
        "category": entry.category or None if entry else None,
        "meaning": entry.meaning or None if entry else None,
        "flags": entry.flags.names() if entry else [],
        "distance": answer.distance,
        "orientation": answer.orientation or None,
        "false_hits": None if answer.false_hits is None else f"{answer.false_hits:.1e}",
        "id": entry.identifier or None if entry else None,
        "series": entry.series or None if entry else None,
        "tags": entry.tags or None if entry else None,
    }


def _distance(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 127:
        raise argparse.ArgumentTypeError(_("from 0 to 127"))
    return number


COMMAND = Command(
    "lookup",
    _("whether hashes are known to the hash sets; needs no exhibit; logged"),
    "amparo lookup 0123456789abcdef0123456789abcdef",
    configure,
    run,
)
