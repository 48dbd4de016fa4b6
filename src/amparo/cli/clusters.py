"""`amparo clusters`: which pictures of an exhibit belong together."""

import argparse
from collections.abc import Iterable, Iterator
from gettext import gettext as _

from amparo.casework.series import Group
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows

COLUMNS = ("cluster", "kind", "about", "size", "representative", "item_path", "sha256", "distance")
TEXT_COLUMNS = ("cluster", "kind", "about", "size", "item_path", "distance")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("exhibit", metavar="NUMBER", help=_("the exhibit's number, such as ES-7"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print a row for each file of each group."""
    with open_workbench(options) as workbench:
        rows = _rows(workbench.clusters(options.exhibit))
        print_rows(rows, TEXT_COLUMNS if options.format == "text" else COLUMNS, options.format)
    return Exit.DONE


def _rows(groups: Iterable[Group]) -> Iterator[Row]:
    for number, group in enumerate(groups, 1):
        for member in group.members:
            yield {
                "cluster": number,
                "kind": group.kind.value,
                "about": group.about,
                "size": len(group.members),
                "representative": "yes" if member == group.representative else "",
                "item_path": member.item_path,
                "sha256": member.sha256.hex(),
                "distance": member.distance,
            }


COMMAND = Command(
    "clusters",
    _("which pictures of an exhibit belong together: near copies, bursts, cameras by their serial number"),
    "amparo clusters ES-7",
    configure,
    run,
)
