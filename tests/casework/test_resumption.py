"""Killed at random moments, an examination loses nothing and doubles nothing."""

import contextlib
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contracts.command_line import CommandLine
from contracts.exhibits import picture, zipped

sys.path.append(str(Path(__file__).parent.parent.parent / "demo"))
from fat_image import FatFile, fat_image, mbr_disk  # the demo's modules are plain files

KILLS = 25
"""In each of two tests."""
_WORKERS_KILLED = 2
"""At most, in one sitting: an item whose worker dies again and again is rightly given up."""


@dataclass
class Outcome:
    """What a finished examination says, without what differs from run to run (order, keys, times)."""

    rows: list[dict[str, Any]]
    said: dict[str, Counter[str]]
    summary: dict[str, Any]
    containers: list[tuple[str, str]]


@dataclass
class Kills:
    main: int = 0
    workers: int = 0
    missed: int = 0
    """Sittings that came to their end before they were to be killed."""
    stored: list[int] = field(default_factory=list)
    """Items in the store at each kill."""
    orphans: set[int] = field(default_factory=set)

    @property
    def hits(self) -> int:
        return self.main + self.workers


@pytest.fixture(scope="module")
def exhibit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures, copies of them, text, archives in archives, a disk, and things that are damaged."""
    folder = tmp_path_factory.mktemp("exhibit")
    pictures = [picture(number, 800, 600) for number in range(60)]
    for number, raw in enumerate(pictures):
        place = folder / f"{number % 7}"
        place.mkdir(exist_ok=True)
        (place / f"{number:03}.jpg").write_bytes(raw)
        (place / f"copy of {number:03}.jpg").write_bytes(pictures[(number * 7) % 60])
        (place / f"{number:03}.txt").write_text(f"text {number // 2}")
    inner = zipped({f"{number}.png": picture(100 + number, 400, 300, "PNG") for number in range(20)})
    middle = zipped({"inner.zip": inner, "again.zip": inner, "copy.jpg": pictures[3], "cut.zip": inner[:5000]})
    (folder / "outer.zip").write_bytes(zipped({"middle.zip": middle, "note.txt": b"noon", "x.jpg": pictures[5][:300]}))
    files = [FatFile(f"DCIM/IMG_{number}.JPG", picture(200 + number, 640, 480)) for number in range(20)]
    gone = [FatFile("DCIM/GONE.JPG", picture(300), deleted=True), FatFile("COPY.JPG", pictures[8])]
    (folder / "card.dd").write_bytes(mbr_disk(fat_image([*files, *gone], size_bytes=4 * 1024 * 1024)))
    (folder / "broken.jpg").write_bytes(pictures[9][:200])
    return folder


@pytest.fixture(scope="module")
def undisturbed(exhibit: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    shell = CommandLine(tmp_path_factory.mktemp("undisturbed"))
    assert shell.here("init", shell.workbench).code == 0
    assert shell.here("examine", exhibit, "--exhibit", "ES-7", "--workers", "2").code == 0
    outcome = outcome_of(shell)
    assert outcome.summary["items"] > 200
    assert outcome.summary["not_examined"] > 1
    return outcome


def outcome_of(shell: CommandLine) -> Outcome:
    rows = shell.here("findings", "ES-7", "--format", "json").json()
    (summary,) = shell.here("status", "--format", "json").json()
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


def children(parent: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []


def running(pid: int) -> bool:
    """Whether there is such a process, and it is not merely a dead one that nobody waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def stored(shell: CommandLine) -> int:
    place = f"file:{shell.workbench}/amparo.sqlite3?mode=ro"
    with contextlib.closing(sqlite3.connect(place, uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM occurrence").fetchone()[0])


def examined_under_fire(shell: CommandLine, exhibit: Path, chance: random.Random, kills: Kills) -> None:
    """Examine to the end, killing workers and then the main process in each sitting until enough kills have hit."""
    assert shell.here("init", shell.workbench).code == 0
    workers: list[int] = []
    while kills.hits < KILLS:
        process = shell.start("examine", exhibit, "--exhibit", "ES-7", "--workers", "2")
        try:
            while not children(process.pid) and process.poll() is None:  # until then there is nothing to lose
                time.sleep(0.02)
            before = stored(shell)
            while chance.random() < 0.99 and stored(shell) == before and process.poll() is None:
                time.sleep(0.05)  # mostly until it has stored something, sometimes while it starts
            for _ in range(chance.randint(1, _WORKERS_KILLED)):
                time.sleep(chance.uniform(0.0, 0.3))
                if alive := [pid for pid in children(process.pid) if running(pid)]:
                    kills.stored.append(stored(shell))
                    os.kill(chance.choice(alive), signal.SIGKILL)
                    kills.workers += 1
            time.sleep(chance.uniform(0.0, 0.6))
            workers = children(process.pid)
            if process.poll() is not None:
                assert process.returncode == 0, process.stderr and process.stderr.read()
                kills.missed += 1
                return
            kills.stored.append(stored(shell))
            process.kill()
            kills.main += 1
        finally:
            process.kill()
            process.communicate()
        deadline_s = time.monotonic() + 5
        while any(map(running, workers)) and time.monotonic() < deadline_s:
            time.sleep(0.02)
        kills.orphans |= {pid for pid in workers if running(pid)}
    done = shell.run("examine", exhibit, "--exhibit", "ES-7", "--workers", "2")
    assert done.code == 0, done


@pytest.mark.parametrize("seed", [1, 2])
def test_kill_9_at_random_moments_changes_nothing(
    exhibit: Path, undisturbed: Outcome, tmp_path: Path, seed: int
) -> None:
    chance, kills = random.Random(seed), Kills()
    for number in range(12):
        if kills.hits >= KILLS:
            break
        (tmp_path / str(number)).mkdir()
        shell = CommandLine(tmp_path / str(number))
        examined_under_fire(shell, exhibit, chance, kills)
        outcome = outcome_of(shell)
        assert outcome.summary == undisturbed.summary
        assert outcome.rows == undisturbed.rows
        assert outcome.said == undisturbed.said
        assert outcome.containers == undisturbed.containers
        verified = shell.here("verify")
        assert verified.code == 0, verified
    print(kills)
    assert kills.hits >= KILLS
    assert min(kills.main, kills.workers) >= KILLS // 5
    middle = [items for items in kills.stored if 0 < items < undisturbed.summary["items"]]
    assert len(middle) >= KILLS / 2
    assert len(set(middle)) >= KILLS / 5
    assert not kills.orphans
