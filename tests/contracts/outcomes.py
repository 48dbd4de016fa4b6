"""An exhibit with something of everything, and what a finished examination says of it, whoever did it and how often."""

import contextlib
import sqlite3
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.command_line import CommandLine
from contracts.exhibits import picture, zipped

sys.path.append(str(Path(__file__).parent.parent.parent / "demo"))
from fat_image import FatFile, fat_image, mbr_disk  # the demo's modules are plain files


@dataclass
class Outcome:
    """What a finished examination says, without what differs from run to run (order, keys, times)."""

    rows: list[dict[str, Any]]
    said: dict[str, Counter[str]]
    summary: dict[str, Any]
    containers: list[tuple[str, str]]


def varied_exhibit(folder: Path, count: int) -> Path:
    """A folder of pictures, copies of them, text, archives in archives, a disk, and things that are damaged."""
    pictures = [picture(number, 800, 600) for number in range(count)]
    for number, raw in enumerate(pictures):
        place = folder / f"{number % 7}"
        place.mkdir(exist_ok=True)
        (place / f"{number:03}.jpg").write_bytes(raw)
        (place / f"copy of {number:03}.jpg").write_bytes(pictures[(number * 7) % count])
        (place / f"{number:03}.txt").write_text(f"text {number // 2}")
    inner = zipped({f"{number}.png": picture(100 + number, 400, 300, "PNG") for number in range(20)})
    middle = zipped({"inner.zip": inner, "again.zip": inner, "copy.jpg": pictures[3], "cut.zip": inner[:5000]})
    (folder / "outer.zip").write_bytes(zipped({"middle.zip": middle, "note.txt": b"noon", "x.jpg": pictures[5][:300]}))
    files = [FatFile(f"DCIM/IMG_{number}.JPG", picture(200 + number, 640, 480)) for number in range(20)]
    gone = [FatFile("DCIM/GONE.JPG", picture(300), deleted=True), FatFile("COPY.JPG", pictures[8])]
    (folder / "card.dd").write_bytes(mbr_disk(fat_image([*files, *gone], size_bytes=4 * 1024 * 1024)))
    (folder / "broken.jpg").write_bytes(pictures[9][:200])
    return folder


def outcome_of(shell: CommandLine) -> Outcome:
    rows = shell.here("findings", "ES-7", "--format", "json").json()
    (summary,) = [row for row in shell.here("status", "--format", "json").json() if row["exhibit"] == "ES-7"]
    del summary["seconds"]
    said: dict[str, Counter[str]] = {}
    with contextlib.closing(sqlite3.connect(shell.workbench / "amparo.sqlite3")) as database:
        for query in (
            "SELECT hex(sha256), 'finding', analyzer, version, sentence, facts FROM finding",
            "SELECT hex(sha256), 'preview', analyzer, length(sealed), width_px, height_px FROM preview",
            "SELECT hex(sha256), 'hash', analyzer, hex(value), quality, frame FROM perceptual_hash",
            "SELECT hex(sha256), 'missing', analyzer, version, reason, '' FROM not_examined",
        ):
            for sha256, *words in database.execute(f"{query} x JOIN media_file m ON m.id = x.media_file_id"):
                said.setdefault(sha256, Counter())[repr(words)] += 1
        containers = sorted(database.execute("SELECT address, state FROM container"))
    return Outcome(sorted(rows, key=lambda row: row["item_path"]), said, summary, containers)


def stored(shell: CommandLine) -> int:
    place = f"file:{shell.workbench}/amparo.sqlite3?mode=ro"
    with contextlib.closing(sqlite3.connect(place, uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM occurrence").fetchone()[0])
