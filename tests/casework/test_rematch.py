"""A hash set arrives: what is stored is compared with what is new in it, and officers are told; on both backends."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from amparo.casework.match import Compared
from amparo.domain.errors import Busy, NotFound
from amparo.records import ledger as ledgers
from amparo.records import notices as records
from amparo.records.matches import ComparedFile, NewMatch
from amparo.records.verification import StoreBroken, verify_store
from amparo.workbench import Workbench, hash_files
from contracts.databases import drop_triggers
from contracts.known_sets import written
from contracts.pictures import colours, saved
from contracts.set_files import digests

ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
MENTIONED = digests(77).sha256.hex()


@pytest.fixture
def exhibit(tmp_path: Path) -> Path:
    """A picture, the same turned and written again, another picture, and a chat that names a file that is gone."""
    folder = tmp_path / "phone"
    folder.mkdir()
    one = colours(240, 320, 1)
    (folder / "one.png").write_bytes(saved(one, "PNG"))
    turned = one.transpose(Image.Transpose.ROTATE_90)
    (folder / "turned.jpg").write_bytes(saved(turned, "JPEG", quality=80))
    (folder / "two.png").write_bytes(saved(colours(240, 320, 2), "PNG"))
    with sqlite3.connect(folder / "chat.db") as chat:
        chat.execute("CREATE TABLE message (text TEXT)")
        chat.execute("INSERT INTO message VALUES (?)", (MENTIONED,))
    chat.close()
    return folder


def examined(workbench: Workbench, exhibit: Path, number: str = "ES-7") -> None:
    for _ in workbench.examine(exhibit, exhibit=number, workers=1):
        pass


def pdq(path: Path) -> str:
    ((_, found),) = hash_files([path], workers=1)
    return str(next(finding for finding in found.findings if finding.analyzer == "pdq").hashes[0])


def sha256(path: Path) -> str:
    ((_, found),) = hash_files([path], workers=1)
    assert found.digests is not None
    return found.digests.sha256.hex()


def imported(workbench: Workbench, folder: Path, *values: str, name: str = "partner", kind: str = "known") -> None:
    path = written(folder / "list.csv", "sha256,pdq,category\n" + "".join(f"{value}\n" for value in values))
    columns = {"sha256": "sha256", "pdq": "pdq", "category": "category"}
    workbench.hash_sets.import_(name, path, kind=kind, columns=columns)


def names(workbench: Workbench) -> list[tuple[str, str, int]]:
    return [(row.item_path.rpartition("/")[2], str(row.basis), row.set_version) for row in workbench.matches("ES-7")]


def test_only_what_is_new_is_compared_and_those_concerned_are_told(
    workbench: Workbench, exhibit: Path, tmp_path: Path
) -> None:
    examined(workbench, exhibit)
    with Workbench.open(workbench.folder, by="rui") as other:
        examined(other, written_elsewhere(tmp_path), "ES-8")
    known = f"{sha256(exhibit / 'two.png')},,1"
    imported(workbench, tmp_path, known)
    assert workbench.hash_sets.rematch_pending
    first = list(workbench.hash_sets.rematch())
    assert [(one.exhibit, one.matches, one.told) for one in first] == [("ES-7", 1, ("ana",)), ("ES-8", 0, ())]
    assert not workbench.hash_sets.rematch_pending
    assert list(workbench.hash_sets.rematch()) == []

    imported(workbench, tmp_path, known, f",{pdq(exhibit / 'one.png')},1", f"{MENTIONED},,2")
    second = list(workbench.hash_sets.rematch())
    assert [(one.exhibit, one.matches, one.told) for one in second] == [("ES-7", 3, ("ana",)), ("ES-8", 0, ())]
    assert sorted(names(workbench)) == [
        ("chat.db", "digest as text", 2),
        ("one.png", "picture", 2),
        ("turned.jpg", "picture", 2),
        ("two.png", "digest", 1),
    ]
    workbench.report("ES-7", tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text("utf-8")
    assert report.count("only what was new in it") == 2
    assert "partner@2, entry 1 (known)" in report
    told = workbench.notices()
    assert [(one.exhibit, one.set_name, one.set_version, one.matches) for one in told] == [
        ("ES-7", "partner", 1, 1), ("ES-7", "partner", 2, 3),
    ]  # fmt: skip
    with Workbench.open(workbench.folder, by="rui") as other:
        assert other.notices() == []
    assert workbench.notices(mark_read=True) == told
    assert workbench.notices() == []
    assert all(one.read_at for one in workbench.notices(every=True))
    acts = [entry.act for entry in ledgers.entries(workbench._database)]
    assert (acts.count("exhibit.rematch"), acts.count("notice.read")) == (4, 1)
    list(workbench.verify())


def written_elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "note.txt").write_bytes(b"nothing of note")
    return folder


@ON_SQLITE
def test_a_whole_comparison_takes_the_place_of_what_is_pending(
    workbench: Workbench, exhibit: Path, tmp_path: Path
) -> None:
    examined(workbench, exhibit)
    imported(workbench, tmp_path, f"{sha256(exhibit / 'two.png')},,1")
    workbench.match("ES-7")
    assert not workbench.hash_sets.rematch_pending
    imported(workbench, tmp_path, f"{sha256(exhibit / 'one.png')},,1")
    (found,) = workbench.hash_sets.rematch()
    assert found.matches == 1
    whole = workbench.comparison("ES-7")
    assert whole is not None
    assert [one["version"] for one in whole.facts["sets"]] == [1]
    assert sorted(names(workbench)) == [("one.png", "digest", 2), ("two.png", "digest", 1)]
    workbench.match("ES-7")
    assert names(workbench) == [("one.png", "digest", 2)]
    examined(workbench, exhibit, "ES-9")  # after the sets came: it is compared when somebody asks
    assert not workbench.hash_sets.rematch_pending
    list(workbench.verify())


@ON_SQLITE
def test_nobody_is_told_of_what_is_known_to_be_good(workbench: Workbench, exhibit: Path, tmp_path: Path) -> None:
    examined(workbench, exhibit)
    imported(workbench, tmp_path, f"{sha256(exhibit / 'two.png')},,1", kind="known-good")
    (found,) = workbench.hash_sets.rematch()
    assert (found.matches, found.told) == (1, ())
    assert workbench.notices() == []


def test_others_write_while_an_exhibit_is_compared(
    workbench: Workbench, exhibit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined(workbench, exhibit)
    imported(workbench, tmp_path, f"{sha256(exhibit / 'two.png')},,1")
    page, wrote = Compared.page, []

    def slow(self: Compared, files: Sequence[ComparedFile]) -> Iterator[NewMatch]:
        with Workbench.open(workbench.folder, by="rui") as other:
            wrote.append(other.hash_sets.look_up([MENTIONED]))
        yield from page(self, files)

    monkeypatch.setattr(Compared, "page", slow)
    begun = time.monotonic()
    assert [one.matches for one in workbench.hash_sets.rematch()] == [1]
    assert wrote
    assert time.monotonic() - begun < 25  # a writer that is kept waiting gives up after 30 s
    list(workbench.verify())


@ON_SQLITE
def test_what_was_cut_off_goes_on_with_the_next_exhibit(workbench: Workbench, exhibit: Path, tmp_path: Path) -> None:
    examined(workbench, exhibit)
    examined(workbench, exhibit, "ES-8")
    imported(workbench, tmp_path, f"{sha256(exhibit / 'two.png')},,1")
    under_way = workbench.hash_sets.rematch()
    assert next(under_way).exhibit == "ES-7"
    with Workbench.open(workbench.folder, by="rui") as other, pytest.raises(Busy, match="new hash sets"):
        next(other.hash_sets.rematch())
    under_way.close()  # type: ignore[attr-defined]
    assert [one.exhibit for one in workbench.hash_sets.rematch()] == ["ES-8"]
    assert len(workbench.notices()) == 2


@ON_SQLITE
def test_a_version_that_was_replaced_before_its_turn_is_compared_too(
    workbench: Workbench, exhibit: Path, tmp_path: Path
) -> None:
    examined(workbench, exhibit)
    imported(workbench, tmp_path, f"{sha256(exhibit / 'two.png')},,1")
    imported(workbench, tmp_path, f"{sha256(exhibit / 'two.png')},,1", f"{sha256(exhibit / 'one.png')},,1")
    found = list(workbench.hash_sets.rematch())
    assert [(one.version.number, one.matches) for one in found] == [(1, 1), (2, 1)]


@ON_SQLITE
def test_a_changed_notice_is_found_by_verify(workbench: Workbench, exhibit: Path, tmp_path: Path) -> None:
    examined(workbench, exhibit)
    imported(workbench, tmp_path, f"{sha256(exhibit / 'two.png')},,1")
    list(workbench.hash_sets.rematch())
    database = workbench._database
    drop_triggers(database)
    with database.transaction():
        database.execute("UPDATE notice SET read = '2026-01-31T00:00:00.000Z'")
    with pytest.raises(StoreBroken, match=r"notice\.read"):
        verify_store(database)
    with database.transaction():
        database.execute("DELETE FROM notice")
    with pytest.raises(StoreBroken, match="is missing"):
        verify_store(database)
    with database.transaction(), pytest.raises(NotFound, match="no unread notice 1"):
        records.mark_read(database, [1], workbench._clock())
