"""`amparo status`: what the workbench holds."""

import argparse
from gettext import gettext as _

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import add_format, print_rows

COLUMNS = ("exhibit", "state", "items", "bytes", "distinct", "pictures", "videos", "not_examined", "path")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print one row per exhibit."""
    with open_workbench(options) as workbench:
        summaries = workbench.status()
    if not summaries and options.format == "text":
        print(_("Nothing has been examined yet: run `amparo examine PATH --exhibit NUMBER`."))
        return Exit.DONE
    print_rows((summary.as_row() for summary in summaries), COLUMNS, options.format)
    return Exit.DONE


COMMAND = Command("status", _("what has been examined, and how far"), "amparo status", configure, run)
