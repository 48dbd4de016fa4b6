"""`amparo findings`: one row per occurrence."""

import argparse
from gettext import gettext as _

from amparo.casework.file_rows import written_time
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.records.queries import OccurrenceRow

COLUMNS = (
    "item_path",
    "state",
    "size",
    "sha256",
    "sha1",
    "md5",
    "media_type",
    "extension_agrees",
    "pdq",
    "pdq_quality",
    "modified",
    "created",
    "not_examined",
)
TEXT_COLUMNS = ("item_path", "state", "size", "media_type", "sha256", "pdq", "not_examined")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("exhibit", metavar="NUMBER", help=_("the exhibit's number"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print the rows as they are read."""
    with open_workbench(options) as workbench:
        workbench.summary(options.exhibit)  # an unknown exhibit fails before anything is printed
        columns = TEXT_COLUMNS if options.format == "text" else COLUMNS
        print_rows(map(_row, workbench.findings(options.exhibit)), columns, options.format)
    return Exit.DONE


def _row(row: OccurrenceRow) -> Row:
    digests = row.digests
    return {
        "item_path": row.item_path,
        "state": row.state.value,
        "size": row.size_stated if row.size_bytes is None else row.size_bytes,
        "sha256": digests.sha256.hex() if digests else None,
        "sha1": digests.sha1.hex() if digests else None,
        "md5": digests.md5.hex() if digests else None,
        "media_type": row.media_type or None,
        "extension_agrees": row.extension_agrees,
        "pdq": str(row.hash) if row.hash else None,
        "pdq_quality": row.hash.quality if row.hash else None,
        "modified": written_time(row.modified_ns),
        "created": written_time(row.created_ns),
        "not_examined": [f"{missing.analyzer}: {missing.reason}" for missing in row.not_examined],
    }


COMMAND = Command(
    "findings",
    _("what was found of an exhibit, one row per occurrence"),
    "amparo findings ES-7 --format csv",
    configure,
    run,
)
