"""`amparo disclose`: prompts of one item, which are stored encrypted."""

import argparse
import sys
from gettext import gettext as _

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import add_format, print_rows

COLUMNS = ("analyzer", "name", "text")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "item_path", metavar="ITEM_PATH", help=_("the address, as `amparo findings` prints it, in single quotes")
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help=_("why, for the ledger"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print a row for each text."""
    with open_workbench(options) as workbench:
        shown = workbench.disclose(options.item_path, reason=options.reason)
    if not shown:
        print(_("No such text is stored of this item."), file=sys.stderr)
    rows = ({"analyzer": each.analyzer, "name": each.name, "text": each.text} for each in shown)
    print_rows(rows, COLUMNS, options.format)
    return Exit.DONE


COMMAND = Command(
    "disclose",
    _("prompts of one item, which are stored encrypted; logged"),
    "amparo disclose 'ES-7!zip:/DCIM/Camera/IMG_0001.jpg' --reason 'charges against the account'",
    configure,
    run,
)
