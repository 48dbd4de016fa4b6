"""A medium whose sectors fail to read (EIO): what can be read is examined, the rest is said, and the run goes on."""

import sys
from pathlib import Path

import pytest

from amparo.domain.cause import Cause
from amparo.domain.plan import Sight
from amparo.workbench import Workbench
from contracts.disk_images import call, fat_image
from contracts.exhibits import picture

sys.path.append(str(Path(__file__).parent.parent.parent / "demo"))
from fat_image import mbr_disk  # the demo's modules are plain files

PAGE_BYTES = 4096
FAULTY = """
import errno, os

_pread = os.pread
_MARK, _FIRST, _LAST = {mark!r}, {first}, {last}

def pread(descriptor, length, offset):
    if os.readlink(f"/proc/self/fd/{{descriptor}}").endswith(_MARK) and offset < _LAST and offset + length > _FIRST:
        if offset >= _FIRST:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        length = _FIRST - offset
    return _pread(descriptor, length, offset)

os.pread = pread
"""
"""Every worker process is given this in the place of the system's call: as Linux reads a disk with bad pages."""


def broken(monkeypatch: pytest.MonkeyPatch, folder: Path, mark: str, first: int, last: int) -> None:
    (folder / "path").mkdir()
    (folder / "path/sitecustomize.py").write_text(FAULTY.format(mark=mark, first=first, last=last))
    monkeypatch.syspath_prepend(folder / "path")


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench.init(tmp_path / "workbench", operation="Alfama", key_file=tmp_path / "key", by="ana")


def test_a_file_is_read_up_to_the_bad_page_and_the_others_whole(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    (exhibit / "a.jpg").write_bytes(picture(1))
    (exhibit / "b.bin").write_bytes(bytes(3_000_000))
    (exhibit / "c.jpg").write_bytes(picture(2))
    broken(monkeypatch, tmp_path, "/b.bin", 300 * PAGE_BYTES, 302 * PAGE_BYTES)
    with workbench:
        list(workbench.examine(exhibit, exhibit="ES-7", workers=1))
        sights = {row.item_path: row.sight for row in workbench.findings("ES-7")}
        (gap,) = workbench.coverage("ES-7").gaps
        covered = workbench.coverage("ES-7").covered
    assert sights == {
        "ES-7!folder:/a.jpg": Sight.READ,
        "ES-7!folder:/b.bin": Sight.UNREAD,
        "ES-7!folder:/c.jpg": Sight.READ,
    }
    assert gap.cause is Cause.UNREADABLE
    assert f"cannot read it at byte {300 * PAGE_BYTES}: Input/output error" in gap.reason
    assert covered.unreadable == 3_000_000


def test_of_a_disk_all_is_examined_but_the_file_that_lies_in_bad_pages(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {name: picture(number, 1600, 1200) for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg", "gone.jpg"))}
    image = fat_image(tmp_path, content)
    call("mdel", "-i", image, "::gone.jpg")
    raw = mbr_disk(image.read_bytes(), first_sector=8)
    (tmp_path / "disk.raw").write_bytes(raw)
    first = raw.index(content["a.jpg"]) // PAGE_BYTES * PAGE_BYTES + PAGE_BYTES
    assert first < 64 * 1024, "among the bytes by which the partition is recognised"
    broken(monkeypatch, tmp_path, "/disk.raw", first, first + PAGE_BYTES)
    with workbench:
        list(workbench.examine(tmp_path / "disk.raw", exhibit="ES-7", workers=1))
        rows = {row.item_path: row.sight for row in workbench.findings("ES-7")}
        coverage = workbench.coverage("ES-7")
    assert {name: rows[f"ES-7!mbr:/p1!fat:/{name}.jpg"] for name in "abc"} == {
        "a": Sight.UNREAD,
        "b": Sight.READ,
        "c": Sight.READ,
    }
    said = [each.reason for each in coverage.gaps if "Input/output error" in each.reason]
    assert any(reason.startswith("Its bytes from 0 on cannot all be read.") for reason in said)
    assert all(f"at byte {first}: Input/output error" in reason for reason in said)
    assert coverage.covered.unreadable == len(content["a.jpg"])
    assert coverage.covered.size_bytes == len(raw)
    assert any("/$Unallocated#free!carved:/" in path for path in rows), "free space was looked through"


def test_bad_pages_in_free_space_leave_the_rest_of_it_looked_through(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {name: picture(number, 1600, 1200) for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg"))}
    image = fat_image(tmp_path, content)
    for name in content:
        call("mdel", "-i", image, f"::{name}")
    raw = image.read_bytes()
    first = raw.index(content["b.jpg"]) // PAGE_BYTES * PAGE_BYTES + PAGE_BYTES
    broken(monkeypatch, tmp_path, "/fat.raw", first, first + PAGE_BYTES)
    with workbench:
        list(workbench.examine(image, exhibit="ES-7", workers=1))
        carved = [row for row in workbench.findings("ES-7") if "!carved:/" in row.item_path]
        gaps = workbench.coverage("ES-7").gaps
    places = [raw.index(part) - raw.index(content["a.jpg"]) for part in content.values()]
    assert [row.item_path.partition("carved:/")[2] for row in carved] == [
        f"{places[0]:010}.jpg",
        f"{places[1]:010}-cut.jpg",
        f"{places[2]:010}.jpg",
    ]
    assert any(f"{PAGE_BYTES} bytes of it could not be read" in gap.reason for gap in gaps)
