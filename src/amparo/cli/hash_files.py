"""`amparo hash`: digests and perceptual hashes of files, with no workbench."""

import argparse
import os
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.plan import Examined
from amparo.workbench import hash_files

COLUMNS = ("file", "size", "sha256", "sha1", "md5", "media_type", "pdq", "pdq_quality")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--video", action="store_true", help=_("add vpdq: PDQ of every frame of a video"))
    add_format(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print one row per file, in the order given; say on standard error what could not be read."""
    examined = dict(hash_files(options.files, video=options.video, workers=len(os.sched_getaffinity(0))))
    columns = (*COLUMNS, "vpdq") if options.video else COLUMNS
    files = [file for file in options.files if examined[file].digests is not None]
    print_rows((_row(file, examined[file], video=options.video) for file in files), columns, options.format)
    for file in options.files:
        for missing in examined[file].not_examined:
            print(f"amparo: {file}: {missing.reason}", file=sys.stderr)
    return Exit.DONE if len(files) == len(options.files) else Exit.EVIDENCE


def _row(file: Path, examined: Examined, *, video: bool) -> Row:
    digests = examined.digests
    if digests is None:
        raise ValueError(file)
    hashes = {finding.analyzer: finding.hashes for finding in examined.findings}
    pdq = next(iter(hashes.get("pdq", ())), None)
    row: dict[str, str | int | list[object] | None] = {
        "file": str(file),
        "size": examined.size_bytes,
        "sha256": digests.sha256.hex(),
        "sha1": digests.sha1.hex(),
        "md5": digests.md5.hex(),
        "media_type": examined.media_type,
        "pdq": str(pdq) if pdq else None,
        "pdq_quality": pdq.quality if pdq else None,
    }
    if video:
        row["vpdq"] = [
            {"frame": frame.frame, "time_ms": frame.time_ms, "pdq": str(frame), "quality": frame.quality}
            for frame in hashes.get("vpdq", ())
        ]
    return row


COMMAND = Command(
    "hash",
    _("digests and perceptual hashes of files; needs no workbench"),
    "amparo hash picture.jpg --format json",
    configure,
    run,
)
