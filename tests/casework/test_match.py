"""An exhibit against hash sets: every way in which a file can be known, stored and verified."""

import errno
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from amparo import Workbench
from amparo.analysis.decoding import decode
from amparo.analysis.pdq import of_picture
from amparo.casework import match
from amparo.casework.match import Compared
from amparo.domain.digest import Algorithm
from amparo.domain.errors import Busy, NotFound
from amparo.domain.limits import Limits
from amparo.domain.match import Basis, MatchProgress, Orientation
from amparo.matching.known_set import KnownSets
from amparo.records import ledger as ledgers
from amparo.records.database import DiskFull
from amparo.records.matches import ComparedFile, NewMatch
from contracts.databases import drop_triggers
from contracts.films import film
from contracts.pictures import colours, saved

SEA = colours(600, 800, seed=1)
DUNES = colours(500, 700, seed=2)


def pdq(workbench: Workbench, exhibit: str, name: str) -> str:
    row = next(row for row in workbench.findings(exhibit) if row.item_path.endswith(name))
    assert row.hash is not None
    return str(row.hash)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbench with ES-7, made once; tests work on copies."""
    place = tmp_path_factory.mktemp("match")
    folder = place / "exhibit"
    folder.mkdir()
    (folder / "sea.jpg").write_bytes(saved(SEA, "JPEG", quality=90))
    (folder / "sea-again.jpg").write_bytes(saved(SEA.resize((400, 300)), "JPEG", quality=60))
    (folder / "sea-turned.png").write_bytes(saved(SEA.rotate(90, expand=True), "PNG"))
    (folder / "sea-mirrored.png").write_bytes(saved(SEA.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "PNG"))
    (folder / "dunes.jpg").write_bytes(saved(DUNES, "JPEG", quality=90))
    (folder / "plain.png").write_bytes(saved(Image.new("RGB", (300, 300), "grey"), "PNG"))
    (folder / "note.txt").write_bytes(b"Meet at the harbour.")
    with sqlite3.connect(folder / "chat.db") as database:
        database.execute("CREATE TABLE media (name TEXT, hash TEXT)")
        gone = hashlib.sha256(b"a file that is gone").hexdigest()
        database.execute("INSERT INTO media VALUES ('beach.jpg ', ?)", (gone,))
    database.close()
    with Workbench.init(place / "workbench", key_file=place / "key", by="examiner") as made:
        for _ in made.examine(folder, exhibit="ES-7", workers=1):
            pass
    return place / "workbench"


@pytest.fixture
def workbench(template: Path, tmp_path: Path) -> Workbench:
    shutil.copytree(template, tmp_path / "workbench")
    return Workbench.open(tmp_path / "workbench", by="examiner")


def known_list(path: Path, *values: str) -> Path:
    path.write_text("\n".join(values) + "\n")
    return path


def test_every_way_to_be_known_is_found_and_said(workbench: Workbench, tmp_path: Path) -> None:
    note = hashlib.sha1(b"Meet at the harbour.").hexdigest()
    gone = hashlib.sha256(b"a file that is gone").hexdigest()
    workbench.hash_sets.import_("digests", known_list(tmp_path / "digests.txt", note, gone))
    sea = pdq(workbench, "ES-7", "/sea.jpg")
    workbench.hash_sets.import_("pictures", known_list(tmp_path / "pdq.txt", f"pdq:{sea}"))
    workbench.match("ES-7")
    found = {(row.item_path.rpartition("/")[2], row.basis): row for row in workbench.matches("ES-7")}
    assert {name for name, basis in found if basis == Basis.PICTURE} == {
        "sea.jpg", "sea-again.jpg", "sea-turned.png", "sea-mirrored.png",
    }  # fmt: skip
    assert found["sea.jpg", Basis.PICTURE].distance == 0
    assert found["sea-again.jpg", Basis.PICTURE].distance <= 31
    turned = Orientation.at(found["sea-turned.png", Basis.PICTURE].orientation)
    mirrored = Orientation.at(found["sea-mirrored.png", Basis.PICTURE].orientation)
    assert (turned, mirrored) == (Orientation.LEFT_270, Orientation.LEFT_TO_RIGHT)
    assert found["note.txt", Basis.DIGEST].facts["algorithm"] == "sha1"
    mention = found["chat.db", Basis.DIGEST_AS_TEXT]
    assert (mention.facts["digest"], mention.set_name, mention.set_version) == (gone, "digests", 1)
    assert len(found) == 6
    compared = workbench.comparison("ES-7")
    assert compared is not None
    facts = compared.facts["compared"]
    assert facts["plain"] == 1
    assert facts["sample_found"] == facts["sample_pairs"] > 0
    assert {each["name"] for each in compared.facts["sets"]} == {"digests", "pictures"}
    assert all(checked.outcome != "differs" for checked in workbench.verify())


def test_the_report_prints_matches_sets_thresholds_and_recall(workbench: Workbench, tmp_path: Path) -> None:
    workbench.report("ES-7", tmp_path / "before.html")
    assert "was not compared with any hash set" in (tmp_path / "before.html").read_text()
    sea = pdq(workbench, "ES-7", "/sea.jpg")
    gone = hashlib.sha256(b"a file that is gone").hexdigest()
    workbench.hash_sets.import_("pictures", known_list(tmp_path / "pdq.txt", f"pdq:{sea}", f"sha256:{gone}"))
    workbench.match("ES-7")
    workbench.report("ES-7", tmp_path / "after.html")
    workbench.report("ES-7", tmp_path / "after.pdf")
    told = (tmp_path / "after.html").read_text()
    for words in (
        "pictures@1, entry",
        "differ in at most 31 of 256 bits",
        "pairs had been found",
        "mirrored left to right",
        "stands at byte",
        "digest as text",
    ):
        assert words in told, words


def test_the_report_lists_what_is_known_and_counts_what_is_known_to_be_good(
    workbench: Workbench, tmp_path: Path
) -> None:
    workbench.match("ES-7")
    workbench.report("ES-7", tmp_path / "none.html")
    assert "No file of the exhibit matches" in (tmp_path / "none.html").read_text()
    note, dunes = (
        next(row.digests.sha256.hex() for row in workbench.findings("ES-7") if name in row.item_path and row.digests)
        for name in ("note.txt", "dunes.jpg")
    )
    workbench.hash_sets.import_("system", known_list(tmp_path / "good.txt", note), kind="known-good", hash="sha256")
    workbench.hash_sets.import_("partner", known_list(tmp_path / "known.txt", dunes), hash="sha256")
    workbench.match("ES-7")
    workbench.report("ES-7", tmp_path / "report.html")
    section = (tmp_path / "report.html").read_text().partition('id="known"')[2].partition("<section")[0]
    assert "dunes.jpg" in section
    assert "partner@1" in section
    assert "system" in section
    assert "note.txt" not in section
    assert "1 films" not in section


def test_an_older_comparison_stays_and_the_newest_is_shown(workbench: Workbench, tmp_path: Path) -> None:
    assert workbench.comparison("ES-7") is None
    assert list(workbench.matches("ES-7")) == []
    workbench.match("ES-7")
    first = workbench.comparison("ES-7")
    assert first is not None
    assert first.facts["matches"] == 0
    note = hashlib.md5(b"Meet at the harbour.").hexdigest()
    workbench.hash_sets.import_("digests", known_list(tmp_path / "digests.txt", note))
    workbench.match("ES-7")
    second = workbench.comparison("ES-7")
    assert second is not None
    assert second.id > first.id
    assert [row.item_path for row in workbench.matches("ES-7")] == ["ES-7!folder:/note.txt"]
    with pytest.raises(NotFound):
        workbench.match("ES-8")


def test_matches_that_were_changed_are_noticed(workbench: Workbench, tmp_path: Path) -> None:
    note = hashlib.md5(b"Meet at the harbour.").hexdigest()
    workbench.hash_sets.import_("digests", known_list(tmp_path / "digests.txt", note))
    workbench.match("ES-7")
    list(workbench.verify())
    drop_triggers(workbench._database)
    workbench._database.execute("UPDATE match SET category = '0'")
    with pytest.raises(Exception, match="comparison"):
        list(workbench.verify())


def test_others_write_while_an_exhibit_is_compared_and_how_far_it_is_is_told(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = hashlib.md5(b"Meet at the harbour.").hexdigest()
    workbench.hash_sets.import_("digests", known_list(tmp_path / "digests.txt", note))
    page, busy = Compared.page, []

    def slow(self: Compared, files: Sequence[ComparedFile]) -> Iterator[NewMatch]:
        with Workbench.open(workbench.folder, by="rui") as other:
            other.hash_sets.look_up([note])
            with pytest.raises(Busy, match="Matching ES-7"):
                other.match("ES-7")
            busy.append(other)
        yield from page(self, files)

    monkeypatch.setattr(Compared, "page", slow)
    told: list[MatchProgress] = []
    begun = time.monotonic()
    workbench.match("ES-7", on_progress=told.append)
    assert busy
    assert time.monotonic() - begun < 25  # a writer that is kept waiting gives up after 30 s
    assert [(one.files, one.total_files, one.matches) for one in told] == [(8, 8, 1)]
    acts = [entry.act for entry in ledgers.entries(workbench._database)]
    assert acts[-2:] == ["hash_set.look_up", "exhibit.match"]
    list(workbench.verify())


_KILLED = """
import os, signal, sys
from amparo.casework import match
from amparo.workbench import Workbench

folder, moment = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "searching":
    match.Compared._films = die
else:
    match.registers.committed = die
Workbench.open(folder).match("ES-7")
"""


@pytest.mark.parametrize("moment", ["searching", "storing"])
def test_a_killed_comparison_leaves_nothing_and_can_be_made_again(
    workbench: Workbench, tmp_path: Path, moment: str
) -> None:
    note = hashlib.md5(b"Meet at the harbour.").hexdigest()
    workbench.hash_sets.import_("digests", known_list(tmp_path / "digests.txt", note))
    before = {path.name for path in workbench.folder.iterdir()}
    done = subprocess.run([sys.executable, "-c", _KILLED, workbench.folder, moment], env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert workbench.comparison("ES-7") is None
    assert workbench._database.fetch("SELECT count(*) FROM match") == [(0,)]
    left = {path.name for path in workbench.folder.iterdir()} - before
    assert all(name.endswith((".lock", "-wal", "-shm")) for name in left), left
    workbench.match("ES-7")
    assert len(list(workbench.matches("ES-7"))) == 1
    list(workbench.verify())


def test_a_full_disk_is_said_and_leaves_nothing(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(match.tempfile, "TemporaryFile", full)
    with pytest.raises(DiskFull, match="No space left on device"):
        workbench.match("ES-7")
    assert workbench.comparison("ES-7") is None


def test_digests_of_many_files_are_looked_up_together(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    values = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(40)]
    for number in range(8):
        (folder / f"chat-{number}.txt").write_text("\n".join(values[number * 5 : number * 5 + 6]))
    for _ in workbench.examine(folder, exhibit="ES-8", workers=1):
        pass
    workbench.hash_sets.import_("gone", known_list(tmp_path / "gone.txt", *values[::2]))
    asked: list[int] = []
    look_up = KnownSets.look_up

    def counted(self: KnownSets, algorithm: Algorithm, digests: Any) -> Any:
        asked.append(len(digests))
        return look_up(self, algorithm, digests)

    def found() -> list[tuple[str, object, object]]:
        workbench.match("ES-8")
        rows = workbench.matches("ES-8")
        return [(row.item_path, row.facts["digest"], row.facts["offset"]) for row in rows]

    monkeypatch.setattr(KnownSets, "look_up", counted)
    together = found()
    assert asked == [8, 8, 8, 47]  # three kinds of digests of the files, and once what stands in them
    monkeypatch.setattr(match, "_MENTIONS_AT_ONCE", 7)
    assert sorted(found()) == sorted(together)
    assert len(asked) == 4 + 3 + 7
    expected = [
        (number, value) for number in range(8) for value in values[number * 5 : number * 5 + 6][number % 2 :: 2]
    ]
    assert [(int(path.rpartition("-")[2][0]), value) for path, value, _ in together] == expected


def test_a_film_says_which_seconds_match(tmp_path: Path) -> None:
    workbench = Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key")
    (tmp_path / "exhibit").mkdir()
    (tmp_path / "exhibit" / "film.mp4").write_bytes(film(frames=120))
    for _ in workbench.examine(tmp_path / "exhibit", exhibit="ES-7", workers=1):
        pass
    (finding,) = [said for said in workbench.said("ES-7!folder:/film.mp4") if said.analyzer == "vpdq"]
    frame = next(frame for frame in finding.hashes if frame.time_ms >= 1000 and frame.quality >= 50)
    workbench.hash_sets.import_("frames", known_list(tmp_path / "pdq.txt", f"pdq:{frame}"))
    workbench.match("ES-7")
    (match,) = [row for row in workbench.matches("ES-7") if row.basis == Basis.FILM]
    assert frame.time_ms // 1000 in match.facts["seconds"]


def test_a_picture_on_any_frame_or_page_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "exhibit"
    folder.mkdir()
    others = [colours(240, 320, seed) for seed in (11, 12)]
    shown = [*others, SEA.resize((320, 240)), colours(240, 320, 13)]
    for name, form in (("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.png", "PNG"), ("a.avif", "AVIF"), ("a.tif", "TIFF")):
        (folder / name).write_bytes(saved(shown[0], form, save_all=True, append_images=shown[1:], duration=700))
    (folder / "a.heic").write_bytes(saved(shown[0], "HEIF", save_all=True, append_images=shown[1:]))
    (folder / "a.jpg").write_bytes(saved(DUNES, "MPO", save_all=True, append_images=[SEA]))
    (folder / "still.gif").write_bytes(saved(others[0], "GIF"))
    workbench = Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key", by="examiner")
    list(workbench.examine(folder, exhibit="ES-1", workers=1))
    sea = of_picture(decode(saved(SEA, "PNG"), media_type="image/png", limits=Limits()))[0]
    workbench.hash_sets.import_("pictures", known_list(tmp_path / "pdq.txt", f"pdq:{sea}"))
    workbench.match("ES-1")
    found = {row.item_path.partition("!folder:/")[2]: row for row in workbench.matches("ES-1")}
    second = found.pop("a.jpg!trailing:/" + next(name for name in found if "!" in name).rpartition("/")[2])
    assert second.basis == Basis.PICTURE
    assert all(said.analyzer != "vpdq" for said in workbench.said("ES-1!folder:/still.gif"))
    assert found.keys() == {"a.gif", "a.webp", "a.png", "a.avif", "a.tif", "a.heic"}
    for name, row in found.items():
        assert row.basis == Basis.FILM
        assert row.facts["numbers"] == [2]
        assert row.facts["seconds"] == ([1] if name in ("a.gif", "a.webp", "a.png", "a.avif") else [0])
    workbench.report("ES-1", tmp_path / "report.html")
    assert "frames or pages 2, from 0" in (tmp_path / "report.html").read_text()
