"""`amparo examine`: from an exhibit to findings."""

import argparse
import os
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_secrets, add_workbench, open_workbench, secrets
from amparo.cli.progress import Display
from amparo.cli.rows import add_format, print_record


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "path", type=Path, help=_("a disk image (its first segment), an archive, a phone extraction, a folder")
    )
    parser.add_argument("--exhibit", required=True, metavar="NUMBER", help=_("the exhibit's number, such as ES-7"))
    parser.add_argument(
        "--workers",
        type=_workers,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help=_("processes that examine (default: one a core)"),
    )
    add_format(parser)
    add_secrets(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Examine to the end, showing progress on a terminal, and print the summary."""
    with open_workbench(options) as workbench, Display() as display:
        for _item in workbench.examine(
            options.path,
            exhibit=options.exhibit,
            workers=options.workers,
            secrets=secrets(options),
            on_progress=display.show,
        ):
            pass
        summary = workbench.summary(options.exhibit)
    print_record(summary.as_row(), options.format)
    return Exit.DONE


def _workers(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("at least 1 is needed"))
    return number


COMMAND = Command(
    "examine",
    _("find every file of an exhibit, and what can be said about it; goes on where it was interrupted"),
    "amparo examine phone.zip --exhibit ES-7",
    configure,
    run,
)
