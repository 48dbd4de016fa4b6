"""`amparo clusters`: which pictures of an operation belong together."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from gettext import gettext as _

from amparo.casework.grouping import Kind
from amparo.casework.series import Group, Order, Wanted
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.progress import Display
from amparo.cli.rows import Row, add_format, print_rows

COLUMNS = (
    *("cluster", "kind", "about", "files", "exhibits", "representative", "exhibit", "item_path", "sha256"),
    *("distance", "shared"),
)
TEXT_COLUMNS = ("cluster", "kind", "about", "files", "exhibits", "item_path", "distance", "shared")
GROUPS = ("cluster", "kind", "about", "files", "exhibits", "item_path", "sha256")
TEXT_GROUPS = ("cluster", "kind", "about", "files", "exhibits", "item_path")
_KINDS = {kind.value.replace(" ", "-"): kind for kind in Kind}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "exhibit",
        metavar="NUMBER",
        nargs="?",
        help=_("only what has a file in the exhibit of this number, such as ES-7; without it, all of the operation"),
    )
    parser.add_argument(
        "--kind",
        action="append",
        choices=list(_KINDS),
        help=_("only groups of this kind; can be given more than once"),
    )
    parser.add_argument(
        "--exhibits", type=_count, default=1, metavar="N", help=_("only groups that lie in at least N exhibits")
    )
    parser.add_argument(
        "--files", type=_count, default=1, metavar="N", help=_("only groups of at least N different files")
    )
    parser.add_argument(
        "--sort",
        choices=[order.value for order in Order],
        default=Order.KIND.value,
        help=_("first by kind (default), those with most files, or those in most exhibits"),
    )
    parser.add_argument("--limit", type=_count, metavar="N", help=_("at most N groups"))
    parser.add_argument(
        "--groups", action="store_true", help=_("one row per group, with its representative, not one per file")
    )
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print a row for each file and exhibit of each group, or for each group."""
    wanted = Wanted(
        [_KINDS[name] for name in options.kind] if options.kind else tuple(Kind),
        options.files,
        options.exhibits,
        Order(options.sort),
        options.limit,
    )
    with open_workbench(options) as workbench:
        with Display() as display:
            groups = workbench.clusters(options.exhibit, wanted, on_progress=display.show_clusters)
        if len(groups) < groups.total:
            print(_("The first {:,} of {:,} groups").format(len(groups), groups.total), file=sys.stderr)
        if not groups.total and options.format == "text":
            print(_("No pictures belong together in this way."))
            return Exit.DONE
        columns, text = (GROUPS, TEXT_GROUPS) if options.groups else (COLUMNS, TEXT_COLUMNS)
        rows = _groups(groups) if options.groups else _rows(groups)
        print_rows(rows, text if options.format == "text" else columns, options.format)
    return Exit.DONE


def _groups(groups: Iterable[Group]) -> Iterator[Row]:
    for number, group in enumerate(groups, 1):
        yield {
            **_about(number, group),
            "item_path": group.representative.item_path,
            "sha256": group.representative.sha256.hex(),
        }


def _rows(groups: Iterable[Group]) -> Iterator[Row]:
    for number, group in enumerate(groups, 1):
        for member in group.members:
            for exhibit, item_path in zip(member.exhibits, member.item_paths, strict=True):
                yield {
                    **_about(number, group),
                    "representative": "yes" if member == group.representative else "",
                    "exhibit": exhibit,
                    "item_path": item_path,
                    "sha256": member.sha256.hex(),
                    "distance": member.distance,
                    "shared": member.shared_percent,
                }


def _about(number: int, group: Group) -> Row:
    return {
        "cluster": number,
        "kind": group.kind.value,
        "about": group.about,
        "files": len(group.members),
        "exhibits": group.exhibits,
    }


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("from 1 on"))
    return number


COMMAND = Command(
    "clusters",
    _("what belongs together, over all exhibits: near copies, films, bursts, one camera, one file in several"),
    "amparo clusters --exhibits 2 --sort exhibits --limit 20",
    configure,
    run,
)
