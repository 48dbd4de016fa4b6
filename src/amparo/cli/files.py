"""`amparo files`: find files of all exhibits by anything that is known of them."""

import argparse
import itertools
import sys
from collections.abc import Iterator
from gettext import gettext as _

from amparo.casework.file_rows import COLUMNS, row_of
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.search import SORT, Search
from amparo.domain.search_fields import FIELDS

TEXT_COLUMNS = ("item_path", "state", "size", "media_type", "modified", "origin", "matches")
_LIMIT = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "filters",
        nargs="*",
        metavar="FILTER",
        help=_("FIELD=VALUE, or words of the address; of several values of a field one is enough. Fields: {}").format(
            ", ".join(field.name for field in FIELDS)
        ),
    )
    parser.add_argument("--sort", default="", metavar="FIELD", help=_("the order; -FIELD (as --sort=-size) backwards"))
    parser.add_argument(
        "--limit", type=int, default=_LIMIT, metavar="N", help=_("print at most N files (default: 100; 0: all)")
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--facets", action="store_true", help=_("how many files have which value of each field, instead of the files")
    )
    shown.add_argument(
        "--tree",
        nargs="?",
        const="",
        metavar="PLACE",
        help=_("what a place holds of them: exhibits, containers, folders"),
    )
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print what was asked for."""
    search = Search.of_pairs(_pairs(options))
    with open_workbench(options) as workbench:
        if options.tree is not None:
            branches = workbench.files.tree(search, options.tree)
            rows: Iterator[Row] = (
                {"place": branch.place, "files": branch.files} for branch in itertools.chain(branches.branches)
            )
            print_rows(rows, ("place", "files"), options.format)
            _talk(_("{} files lie there directly.").format(branches.here) if branches.here else "")
            _talk(_("There are more places: name one of them.") if branches.more else "")
        elif options.facets:
            total, facets = workbench.files.facets(search)
            rows = (
                {"field": facet.field, "value": value, "files": count}
                for facet in facets
                for value, count in facet.counts.items()
            )
            print_rows(rows, ("field", "value", "files"), options.format)
            _talk(_("{} files in all.").format(total))
            for facet in facets:
                _talk(_("{}: {} more values.").format(facet.field, facet.others) if facet.others else "")
        else:
            found = workbench.files.find(search)
            columns = TEXT_COLUMNS if options.format == "text" else COLUMNS
            print_rows(map(row_of, itertools.islice(found, options.limit or None)), columns, options.format)
            if next(found, None) is not None:
                _talk(_("There are more: give --limit, or more filters."))
    return Exit.DONE


def _pairs(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    for text in options.filters:
        field, equals, value = text.partition("=")
        yield (field, value) if equals else ("text", text)
    yield SORT, options.sort


def _talk(sentence: str) -> None:
    if sentence:
        print(sentence, file=sys.stderr)


COMMAND = Command(
    "files",
    _("find files of all exhibits by anything that is known of them, with counts"),
    "amparo files kind=picture size=10k.. --sort=-size",
    configure,
    run,
)
