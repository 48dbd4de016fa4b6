"""`amparo cross-check`: two readers of one image or exhibit, held against each other; of an image with no workbench."""

import argparse
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.casework.cross_check import CrossChecked
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_secrets, add_workbench, open_workbench, secrets
from amparo.cli.rows import add_format, print_rows
from amparo.workbench import cross_check

COLUMNS = ("path", "reader", "differs", "reason")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "image",
        metavar="IMAGE",
        help=_("the path of an image of a disk or volume, or the number of an exhibit where no file here is called so"),
    )
    add_secrets(parser)
    add_workbench(parser)
    add_format(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print one row per difference; say on standard error what was compared."""
    checked = _checked(options)
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


def _checked(options: argparse.Namespace) -> CrossChecked:
    image = Path(options.image)
    if image.exists() or not options.workbench.exists():
        return cross_check(image, secrets=secrets(options))
    with open_workbench(options) as workbench:
        return workbench.cross_check(options.image, secrets=secrets(options))


COMMAND = Command(
    "cross-check",
    _("list and digest an image or exhibit with two readers and report each difference"),
    "amparo cross-check disk.raw --format json",
    configure,
    run,
)
