"""`amparo vocabularies`: the categories by which files are graded, and what they mean."""

import argparse
from functools import partial
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows

COLUMNS = ("vocabulary", "categories", "offered", "about")
CATEGORIES = ("code", "meaning", "severity", "decided", "same_as", "doubtful")
EXAMPLES = {
    "add": "amparo vocabularies add pt-2026 ours.json",
    "list": "amparo vocabularies list",
    "show": "amparo vocabularies show vics-new",
}
"""Of each act a command line that a test runs, in this order; `--help` shows it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be done about vocabularies."""
    acts = parser.add_subparsers(required=True, metavar=_("WHAT"))
    act = partial(add_act, acts, EXAMPLES)
    listing = act("list", _("one row per vocabulary"), run_list)
    show = act("show", _("its categories, in the order in which they are offered"), run_show)
    adding = act("add", _("put one of your own on record; it stays as it is from then on"), run_add)
    for one in (show, adding):
        one.add_argument("name", metavar="NAME")
    adding.add_argument("path", type=Path, metavar="FILE", help=_("JSON: see docs/explanation/grading.md"))
    for one in (listing, show):
        add_format(one)
    for one in (listing, show, adding):
        add_workbench(one)


def run_list(options: argparse.Namespace) -> Exit:
    """Print the vocabularies."""
    with open_workbench(options) as workbench:
        found = workbench.vocabularies.known()
    rows: list[Row] = [
        {
            "vocabulary": one.name,
            "categories": len(one.categories),
            "offered": "yes" if one.offered else "no",
            "about": one.about,
        }
        for one in found
    ]
    print_rows(rows, COLUMNS, options.format)
    return Exit.DONE


def run_show(options: argparse.Namespace) -> Exit:
    """Print the categories of one."""
    with open_workbench(options) as workbench:
        found = workbench.vocabularies.vocabulary(options.name)
    rows: list[Row] = [
        {
            "code": one.code,
            "meaning": one.meaning,
            "severity": one.severity.value,
            "decided": "yes" if one.decided else "no",
            "same_as": one.same_as or None,
            "doubtful": "yes" if one.code in found.doubtful else "no",
        }
        for one in found.categories
    ]
    print_rows(rows, CATEGORIES, options.format)
    return Exit.DONE


def run_add(options: argparse.Namespace) -> Exit:
    """Put one on record."""
    with open_workbench(options) as workbench:
        added = workbench.vocabularies.add(options.name, options.path)
    print(_("Files can be graded by {}: {}").format(added.name, ", ".join(one.code for one in added.categories)))
    return Exit.DONE


COMMAND = Command(
    "vocabularies",
    _("the categories by which files are graded, and what they mean"),
    EXAMPLES["list"],
    configure,
    run_act,
)
