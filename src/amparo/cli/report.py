"""`amparo report`: what a court reads."""

import argparse
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.tasks import add_background, begin
from amparo.domain.task import Report


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("exhibit", metavar="NUMBER", help=_("the exhibit's number"))
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=_("a new .html or .pdf file"))
    parser.add_argument("--previews", action="store_true", help=_("include previews, blurred and greyscale"))
    add_background(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Write the report."""
    with open_workbench(options) as workbench:
        if options.background:
            wanted = Report(options.exhibit, str(Path(options.output).absolute()), options.previews)
            return begin(options, workbench, wanted)
        workbench.report(options.exhibit, options.output, previews=options.previews)
    print(_("Report written to {}.").format(options.output), file=sys.stderr)
    return Exit.DONE


COMMAND = Command(
    "report", _("a self-contained report of an exhibit, HTML or PDF"), "amparo report ES-7 -o es-7.html", configure, run
)
