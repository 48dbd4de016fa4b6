"""Every byte of an exhibit is accounted for, once."""

import random
import struct
from dataclasses import asdict
from pathlib import Path

import pytest

from amparo import Workbench
from amparo.domain.coverage import Coverage
from amparo.domain.errors import Unreadable
from amparo.evidence.disk_signatures import FILE_SYSTEMS
from amparo.evidence.file_system import VolumeFormat
from contracts.container_format import MemoryStream
from contracts.disk_images import LIMITS, MIB, acquired, call, ext_image, fat_image, files, iso_image, ntfs_image

CONTENT = {name: random.Random(len(part)).randbytes(len(part)) for name, part in files().items()}


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key")


def covered(workbench: Workbench, path: Path, exhibit: str = "ES-1") -> Coverage:
    for _ in workbench.examine(path, exhibit=exhibit, workers=1):
        pass
    coverage = workbench.coverage(exhibit)
    for space in coverage.spaces:
        assert min(asdict(space.covered).values()) >= 0
        assert space.covered.structure <= space.covered.read
    return coverage


def volumes(folder: Path) -> dict[str, Path]:
    made = {"ext2": ext_image(folder / "2", CONTENT, kind="ext2"), "ext4": ext_image(folder / "4", CONTENT)}
    return made | {"fat": fat_image(folder / "f", CONTENT), "iso": iso_image(folder / "i", CONTENT)}


def test_the_parts_add_up_to_the_size_of_the_medium(workbench: Workbench, tmp_path: Path) -> None:
    for name in ("2", "4", "f", "i", "n"):
        (tmp_path / name).mkdir()
    images = volumes(tmp_path) | {"ntfs": ntfs_image(tmp_path / "n", {"a": b"a" * 5000, "b": b"b" * 100_000})}
    for number, (kind, image) in enumerate(images.items()):
        coverage = covered(workbench, image, f"ES-{number}")
        assert coverage.covered.size_bytes == image.stat().st_size, kind
        assert coverage.covered.unreadable == coverage.covered.unsupported == coverage.covered.encrypted == 0
        if kind in ("ext2", "ext4"):  # FAT lists its own tables as files, too
            held = sum(map(len, CONTENT.values()))
            assert coverage.covered.read - coverage.covered.structure == held
            assert coverage.covered.unallocated > 0


def disk(parts: list[bytes], gap_bytes: int = MIB) -> bytes:
    """A disk with a DOS partition table: the parts, a gap before each."""
    content, entries = bytearray(512), b""
    for part in parts:
        content += bytes(-len(content) % 512) + b"g" * (gap_bytes - 512 * (len(content) == 512))
        entries += struct.pack("<BxxxBxxxII", 0, 0x83, len(content) // 512, len(part) // 512)
        content += part
    content[446 : 446 + len(entries)] = entries
    content[510:512] = b"\x55\xaa"
    return bytes(content)


def test_partitions_gaps_and_what_nothing_reads(workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "2").mkdir()
    ext = ext_image(tmp_path / "2", CONTENT, kind="ext2").read_bytes()
    unknown = random.Random(1).randbytes(2 * MIB)
    (tmp_path / "disk").write_bytes(disk([ext, unknown]))
    coverage = covered(workbench, tmp_path / "disk")
    assert coverage.covered.size_bytes == (tmp_path / "disk").stat().st_size
    assert coverage.covered.unsupported == 2 * MIB
    assert coverage.covered.unallocated > 2 * MIB - 512
    assert any(space.kind == "ext" and space.covered.size_bytes == len(ext) for space in coverage.spaces)
    assert any("Nothing here reads" in gap.reason and gap.cause == "unsupported" for gap in coverage.gaps)
    for name, content in acquired(tmp_path / "disk").items():
        (tmp_path / name).write_bytes(content)
    again = covered(workbench, tmp_path / "disk.E01", "ES-2")
    assert again.covered == coverage.covered


def test_a_disk_that_is_cut_short_is_covered_as_far_as_it_goes(workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "4").mkdir()
    ext = ext_image(tmp_path / "4", CONTENT, kind="ext2").read_bytes()
    whole = disk([ext, ext])
    for number, cut in enumerate((len(whole) - MIB, len(ext) + 3 * MIB, len(ext) // 2, 900)):
        (tmp_path / f"cut{number}").write_bytes(whole[: cut // 512 * 512])
        coverage = covered(workbench, tmp_path / f"cut{number}", f"ES-{number}")
        assert coverage.covered.size_bytes == cut // 512 * 512


def test_the_sum_holds_whatever_is_damaged(tmp_path: Path) -> None:
    for name in ("2", "4", "f", "i", "n"):
        (tmp_path / name).mkdir()
    images = volumes(tmp_path) | {"ntfs": ntfs_image(tmp_path / "n", {"a": b"a" * 5000})}
    chance = random.Random(3)
    for name, image in images.items():
        whole = image.read_bytes()
        kind = next(kind for kind in FILE_SYSTEMS if FILE_SYSTEMS[kind](whole[:65536]))
        told = 0
        for _ in range(40):
            changed = bytearray(whole)
            for _ in range(chance.choice((1, 5, 60))):
                changed[chance.randrange(min(chance.choice((2048, 65536, len(whole))), len(whole)))] = chance.randrange(
                    256
                )
            stream = MemoryStream(bytes(changed))
            try:
                volume = VolumeFormat(kind).open(stream, limits=LIMITS)
                list(volume.items())
            except Unreadable:
                continue
            account = volume.account()
            assert account.size_bytes == len(whole)
            told += 1
        assert told > 5, name


def test_an_exhibit_that_is_a_folder_or_an_archive_is_the_sum_of_its_items(
    workbench: Workbench, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"a" * 1000)
    (tmp_path / "folder" / "link").symlink_to("a")
    coverage = covered(workbench, tmp_path / "folder")
    assert (coverage.covered.read, coverage.covered.size_bytes) == (1000, 1000)
    assert (coverage.items, coverage.items_read, coverage.items_unread) == (2, 1, 1)


def test_clusters_that_are_in_use_again_are_said_of_a_deleted_file(workbench: Workbench, tmp_path: Path) -> None:
    content = random.Random(5).randbytes(60_000)
    image = fat_image(tmp_path, {"first.bin": content, "kept.bin": b"k" * 10_000})
    call("mdel", "-i", image, "::first.bin")
    (tmp_path / "new").write_bytes(b"n" * 20_000)
    coverage = covered(workbench, image)
    assert not [gap for gap in coverage.gaps if gap.analyzer == "recovery"]
    # A second deleted entry that begins where a file in use lies: as after the file was moved, or overwritten.
    raw = bytearray(image.read_bytes())
    entry = raw.index(b"KEPT    BIN")
    free = entry + 32
    assert not any(raw[free : free + 32])
    moved = bytearray(raw[entry : entry + 32])
    moved[0] = 0xE5
    raw[free : free + 32] = moved
    (tmp_path / "again.raw").write_bytes(raw)
    again = covered(workbench, tmp_path / "again.raw", "ES-2")
    (gap,) = [gap for gap in again.gaps if gap.analyzer == "recovery"]
    assert "are in use again" in gap.reason
    assert again.covered.size_bytes == len(raw)
