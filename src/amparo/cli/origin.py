"""`amparo origin`: how pictures came to be, with no workbench."""

import argparse
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.casework.origin import FileOrigin
from amparo.cli.command import Command, Exit
from amparo.cli.rows import Row, add_format, print_rows
from amparo.workbench import origin_of_files

COLUMNS = ("file", "conclusion", "log10_lr", "verbal", "facts", "validity", "reasons")
TEXT_COLUMNS = ("file", "conclusion", "verbal", "reasons")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_format(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print a row for each file, in the order given; say on standard error what could not be read."""
    origins = dict(origin_of_files(options.files))
    rows = (_row(file, origins[file]) for file in options.files)
    print_rows(rows, TEXT_COLUMNS if options.format == "text" else COLUMNS, options.format)
    unread = [file for file in options.files if origins[file].unread]
    for file in unread:
        print(f"amparo: {file}: {origins[file].unread}", file=sys.stderr)
    return Exit.EVIDENCE if unread else Exit.DONE


def _row(file: Path, origin: FileOrigin) -> Row:
    return {
        "file": str(file),
        "conclusion": origin.conclusion,
        "log10_lr": origin.log10_lr,
        "verbal": origin.verbal,
        "facts": list(origin.facts),
        "validity": origin.validity,
        "reasons": list(origin.reasons),
    }


COMMAND = Command(
    "origin",
    _("how pictures and films came to be: camera, model or altered, with reasons; needs no workbench"),
    "amparo origin picture.jpg --format json",
    configure,
    run,
)
