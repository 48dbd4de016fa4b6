"""`amparo cross-check`: two readers of one image, held against each other; with no workbench."""

import argparse
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_secrets, secrets
from amparo.cli.rows import add_format, print_rows
from amparo.workbench import cross_check

COLUMNS = ("path", "reader", "differs", "reason")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("image", type=Path, metavar="IMAGE", help=_("an image of a disk or volume"))
    add_secrets(parser)
    add_format(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print one row per difference; say on standard error what was compared."""
    checked = cross_check(options.image, secrets=secrets(options))
    print_rows(
        (
            {"path": each.path, "reader": each.reader, "differs": each.differs.value, "reason": each.reason}
            for each in checked.differences
        ),
        COLUMNS,
        options.format,
    )
    print(
        _("{} files and media compared, {} differences. By two readers: {}. By ours alone: {}.").format(
            checked.compared,
            len(checked.differences),
            ", ".join(checked.volumes) or _("nothing"),
            ", ".join(checked.alone) or _("nothing"),
        ),
        file=sys.stderr,
    )
    return Exit.NOT_VERIFIED if checked.differences else Exit.DONE


COMMAND = Command(
    "cross-check",
    _("list and digest an image with two readers and report each difference; needs no workbench"),
    "amparo cross-check disk.raw --format json",
    configure,
    run,
)
