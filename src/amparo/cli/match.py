"""`amparo match`: an exhibit against the hash sets in use."""

import argparse
import sys
from collections.abc import Mapping
from gettext import gettext as _
from itertools import islice
from typing import Any

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.progress import Display
from amparo.cli.rows import Row, add_format, print_rows
from amparo.cli.tasks import add_background, begin
from amparo.domain.hash_set import SetKind
from amparo.domain.match import Basis, Orientation
from amparo.domain.task import Match
from amparo.records.matches import Chosen, MatchRow
from amparo.records.registers import Outcome

COLUMNS = (
    *("item_path", "sha256", "basis", "set", "version", "kind", "entry", "category", "meaning"),
    *("distance", "threshold", "orientation", "quality", "seconds", "frames", "mentioned", "offset"),
)
TEXT_COLUMNS = ("item_path", "basis", "set", "version", "entry", "category", "distance", "orientation", "seconds")

_BASES = {basis.value.replace(" ", "-"): basis for basis in Basis}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("exhibit", metavar="NUMBER", help=_("the exhibit's number, such as ES-7"))
    parser.add_argument(
        "--radius",
        type=_radius,
        default=31,
        metavar="BITS",
        help=_("hashes that differ in at most so many bits match (31)"),
    )
    parser.add_argument(
        "--quality",
        type=_quality,
        default=50,
        metavar="Q",
        help=_("pictures and frames plainer than this do not match (50)"),
    )
    parser.add_argument(
        "--kind",
        action="append",
        choices=[kind.value for kind in SetKind],
        help=_("print matches with sets of this kind only"),
    )
    parser.add_argument(
        "--set",
        action="append",
        metavar="NAME",
        help=_("print matches with this set only; can be given more than once"),
    )
    parser.add_argument(
        "--basis",
        action="append",
        choices=list(_BASES),
        help=_("print matches of this basis only; can be given more than once"),
    )
    parser.add_argument(
        "--category",
        action="append",
        metavar="CODE",
        help=_("print matches with entries of this category only; can be given more than once"),
    )
    parser.add_argument(
        "--sort",
        choices=["found", "path", "distance"],
        default="found",
        help=_("in the order in which they were found (default), by item path, or the nearest first"),
    )
    parser.add_argument("--limit", type=_limit, metavar="N", help=_("print at most N rows"))
    add_background(parser)
    parser.add_argument("--last", action="store_true", help=_("print the last comparison again; compare nothing"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Compare, say what was compared, and print a row for each match and place."""
    if options.background:
        with open_workbench(options) as workbench:
            return begin(options, workbench, Match(options.exhibit, options.radius, options.quality))
    with open_workbench(options) as workbench:
        if not options.last:
            with Display() as display:
                workbench.match(
                    options.exhibit,
                    radius=options.radius,
                    quality=options.quality,
                    on_progress=display.show_match,
                )
        compared = workbench.comparison(options.exhibit)
        found = workbench.matches(options.exhibit, _chosen(options))
        if compared is not None:
            _tell(compared.facts)
            if workbench.summary(options.exhibit).state != Outcome.COMPLETE:
                print(
                    _("{} is not examined to its end: run amparo match again when it is.").format(options.exhibit),
                    file=sys.stderr,
                )
        else:  # sets that arrived since may have matches all the same
            first = next(workbench.matches(options.exhibit), None)
            if first is None:
                print(
                    _(
                        "{} was never compared with all sets, and nothing is known from what was new in later ones:"
                        " run amparo match without --last."
                    ).format(options.exhibit),
                    file=sys.stderr,
                )
                return Exit.NOT_FOUND
            print(_("Compared only with what was new in sets that arrived since it was examined"), file=sys.stderr)
        if options.sort == "path":
            found = iter(sorted(found, key=lambda match: match.item_path))
        elif options.sort == "distance":
            found = iter(sorted(found, key=lambda match: match.distance))
        rows = map(_row, islice(found, options.limit))
        print_rows(rows, TEXT_COLUMNS if options.format == "text" else COLUMNS, options.format)
    return Exit.DONE


def _chosen(options: argparse.Namespace) -> Chosen:
    bases = [_BASES[name].value for name in options.basis or ()]
    return Chosen(options.set or (), options.kind or (), bases, options.category or ())


def _tell(facts: Mapping[str, Any]) -> None:
    """What was compared with what, and how sure it is, on standard error."""
    compared = facts["compared"]
    sets = ", ".join(f"{each['name']}@{each['version']} ({each['entries']:,})" for each in facts["sets"])
    say = [
        _("Compared with: {}").format(sets or _("no hash set is in use: see amparo hashset import")),
        _("{:,} files, {:,} pictures in eight orientations, {:,} films, {:,} digests that stand as text").format(
            compared["files"], compared["pictures"], compared["films"], compared["mentioned"]
        ),
        _("{:,} pictures below quality {} were compared by their digests only").format(
            compared["plain"], facts["quality_gate"]
        ),
        _("Within {} bits, exact; {:,} hashes compared with all: {:,} of {:,} pairs found").format(
            facts["radius"], compared["sampled"], compared["sample_found"], compared["sample_pairs"]
        ),
        _("{:,} matches").format(facts["matches"]),
    ]
    for line in say:
        print(line, file=sys.stderr)


def _row(match: MatchRow) -> Row:
    near = match.threshold > 0
    return {
        "item_path": match.item_path,
        "sha256": match.sha256.hex(),
        "basis": match.basis,
        "set": match.set_name,
        "version": match.set_version,
        "kind": match.set_kind,
        "entry": match.entry if match.entry >= 0 else None,
        "category": match.category,
        "meaning": match.facts.get("meaning", ""),
        "distance": match.distance,
        "threshold": match.threshold,
        "orientation": Orientation.at(match.orientation).value if near else "",
        "quality": match.quality,
        "seconds": match.facts.get("seconds", ()),
        "frames": match.facts.get("numbers", ()),
        "mentioned": match.facts.get("digest", ""),
        "offset": match.facts.get("offset"),
    }


def _limit(text: str) -> int:
    return _between(text, 1, 10**9)


def _radius(text: str) -> int:
    return _between(text, 0, 256)


def _quality(text: str) -> int:
    return _between(text, 0, 100)


def _between(text: str, least: int, most: int) -> int:
    number = int(text)
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(_("{} to {} can be given").format(least, most))
    return number


COMMAND = Command(
    "match",
    _("compare an exhibit with the hash sets in use: digests, pictures in eight orientations, films, digests as text"),
    "amparo match ES-7",
    configure,
    run,
)
