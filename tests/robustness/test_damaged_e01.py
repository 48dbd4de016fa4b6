"""A damaged E01 through the whole of Amparo: what can be read is, and of the rest it is said where it cannot be."""

import hashlib
import random
import sys
from pathlib import Path

import pytest

from amparo.casework.verify import VerificationFailed
from amparo.domain.plan import Sight
from amparo.records.queries import OccurrenceRow
from amparo.workbench import Workbench

sys.path.append(str(Path(__file__).parent.parent.parent / "demo"))
from ewf_image import chunk_at, ewf_segments  # the demo's modules are plain files
from fat_image import FatFile, fat_image, mbr_disk

CONTENT = {f"FILE{number:02}.BIN": random.Random(number).randbytes(50_000) for number in range(20)}
DISK = mbr_disk(fat_image([FatFile(name, part) for name, part in CONTENT.items()], size_bytes=2 * 1024 * 1024))


def examined(workbench: Workbench, path: Path) -> dict[str, OccurrenceRow]:
    list(workbench.examine(path, exhibit="ES-7", workers=1))
    assert workbench.summary("ES-7").state == "complete"
    found = {row.item_path.rpartition("/")[2]: row for row in workbench.findings("ES-7")}
    for name, row in found.items():
        if name in CONTENT and row.digests is not None:
            assert row.digests.sha256 == hashlib.sha256(CONTENT[name]).digest(), "never other bytes than there were"
    return found


def unread(rows: dict[str, OccurrenceRow]) -> dict[str, str]:
    return {name: rows[name].not_examined[0].reason for name in CONTENT if rows[name].sight is Sight.UNREAD}


def test_a_chunk_with_a_bad_checksum_costs_the_files_that_lie_in_it(workbench: Workbench, tmp_path: Path) -> None:
    (segment,) = ewf_segments(DISK)
    damaged = bytearray(segment)
    start, end = chunk_at(segment, DISK.index(CONTENT["FILE07.BIN"]) // 32768)
    damaged[(start + end) // 2] ^= 1
    (tmp_path / "disk.E01").write_bytes(damaged)
    lost = unread(examined(workbench, tmp_path / "disk.E01"))
    assert "FILE07.BIN" in lost
    assert len(lost) <= 2, "only what lies in the chunk"
    assert all("bytes could be read" in reason for reason in lost.values())
    with pytest.raises(VerificationFailed):
        list(workbench.verify())


def test_a_segment_that_is_missing_is_named_and_comes_back_with_a_retry(workbench: Workbench, tmp_path: Path) -> None:
    segments = ewf_segments(DISK, segment_bytes=300_000)
    assert len(segments) >= 3
    for number, segment in enumerate(segments, 1):
        (tmp_path / f"disk.E{number:02}").write_bytes(segment)
    away = (tmp_path / "disk.E03").rename(tmp_path / "away")
    rows = examined(workbench, tmp_path / "disk.E01")
    said = " ".join(each.said.reason for each in workbench.quarantine("ES-7"))
    assert "E03" in said
    assert rows["FILE00.BIN"].sight is Sight.READ
    away.rename(tmp_path / "disk.E03")
    list(workbench.examine(exhibit="ES-7", workers=1, retry_failed=True))
    rows = {row.item_path.rpartition("/")[2]: row for row in workbench.findings("ES-7")}
    assert {name for name in CONTENT if rows[name].sight is not Sight.UNREAD} == CONTENT.keys()
    left = [each.address for each in workbench.quarantine("ES-7") if each.may_pass]
    assert {address.rpartition("/")[2].partition("#")[0] for address in left} <= {"$OrphanFiles"}, (
        "no listing has it now"
    )
    assert [checked.outcome for checked in workbench.verify()] == ["agrees"] * 3


def test_a_stored_digest_of_another_medium_is_found_by_verifying(workbench: Workbench, tmp_path: Path) -> None:
    (segment,) = ewf_segments(DISK)
    (other,) = ewf_segments(DISK[:-512] + bytes(511) + b"x")
    digest = hashlib.md5(DISK).digest()
    forged = segment.replace(digest, hashlib.md5(b"another medium").digest())
    assert forged != segment != other
    (tmp_path / "disk.E01").write_bytes(forged)
    assert unread(examined(workbench, tmp_path / "disk.E01")) == {}
    with pytest.raises(VerificationFailed):
        list(workbench.verify())
