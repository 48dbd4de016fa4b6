"""`amparo extract`: the bytes again, by address."""

import argparse
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_secrets, add_workbench, open_workbench, secrets


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "item_path", metavar="ITEM_PATH", help=_("the address, as `amparo findings` prints it, in single quotes")
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=_("a file that is not there yet")
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger"))
    add_secrets(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Write the bytes, say whether they are the ones that were examined."""
    with open_workbench(options) as workbench:
        extracted = workbench.extract(
            options.item_path, options.output, reason=options.reason, secrets=secrets(options)
        )
    print(
        _("{:,} bytes, sha256 {}, as examined.").format(extracted.size_bytes, extracted.sha256.hex()), file=sys.stderr
    )
    return Exit.DONE


COMMAND = Command(
    "extract",
    _("write the bytes of one item to a file; logged"),
    "amparo extract 'ES-7!zip:/DCIM/Camera/IMG_0001.jpg' -o IMG_0001.jpg",
    configure,
    run,
)
