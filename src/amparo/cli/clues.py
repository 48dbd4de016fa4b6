"""`amparo clues`: what files of an operation name that others name too."""

import argparse
from collections.abc import Iterable, Iterator
from gettext import gettext as _

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.clue import Clue
from amparo.records.clues import Lead, SharedClue

SHARED = ("kind", "value", "files", "exhibits")
LEADS = ("kind", "value", "exhibit", "item_path", "sha256")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "clue", nargs="?", metavar="KIND=VALUE", help=_("where files lie that name it, such as seed=1234")
    )
    parser.add_argument("--kind", metavar="KIND", help=_("only clues of one kind, such as camera, model or seed"))
    parser.add_argument("--exhibit", metavar="NUMBER", help=_("only clues that a file of this exhibit names"))
    parser.add_argument("--files", type=int, default=2, metavar="N", help=_("in so many files at least; 2 by default"))
    parser.add_argument(
        "--exhibits", type=int, default=1, metavar="N", help=_("in so many exhibits at least; 1 by default")
    )
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print a row for each clue that is shared, or for each place to which one leads."""
    with open_workbench(options) as workbench:
        if options.clue:
            clue = Clue.parse(options.clue)
            print_rows(_leads(clue, workbench.leads(clue)), LEADS, options.format)
            return Exit.DONE
        shared = workbench.clues(
            kind=options.kind, exhibit=options.exhibit, files=options.files, exhibits=options.exhibits
        )
        if not shared and options.format == "text":
            print(_("No files name the same camera, model, seed or prompt in this way."))
            return Exit.DONE
        print_rows(_shared(shared), SHARED, options.format)
    return Exit.DONE


def _shared(shared: Iterable[SharedClue]) -> Iterator[Row]:
    for each in shared:
        yield {"kind": each.clue.kind, "value": each.clue.value, "files": each.files, "exhibits": each.exhibits}


def _leads(clue: Clue, leads: Iterable[Lead]) -> Iterator[Row]:
    for lead in leads:
        yield {
            "kind": clue.kind,
            "value": clue.value,
            "exhibit": lead.exhibit,
            "item_path": lead.item_path,
            "sha256": lead.sha256.hex(),
        }


COMMAND = Command(
    "clues",
    _("what files of all exhibits name that others name too: cameras by serial number, models, seeds, prompts"),
    "amparo clues --exhibits 2",
    configure,
    run,
)
