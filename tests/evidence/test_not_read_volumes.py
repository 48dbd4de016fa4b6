"""Volumes that are recognised and not read; where the tools that make them are installed, as these make them."""

import random
import re
import shutil
import struct
from pathlib import Path

import pytest

from amparo import Workbench
from amparo.domain.cause import Cause
from amparo.domain.errors import Unsupported
from amparo.domain.limits import Limits
from amparo.evidence import BUILTIN
from amparo.evidence.chain import HEAD_BYTES, Evidence
from amparo.evidence.disk_signatures import looks_random
from amparo.evidence.not_read_volumes import NOT_READ_VOLUMES, NotReadVolume
from contracts.container_format import MemoryStream
from contracts.disk_images import MIB, PLACES, call
from contracts.exhibits import picture

RAID = b"\xfc\x4e\x2b\xa9\1\0\0\0"
MARKS = {
    "btrfs": (65600, b"_BHRfS_M"),
    "refs": (3, b"ReFS\0\0\0\0"),
    "zfs": (16384, b"\1\1" + bytes(6) + b"\0\0\0\1\0\0\0\x24\0\0\0\x20\0\0\0\x07version"),
    "bcachefs": (4120, b"\xc6\x85\x73\xf6\x66\xce\x90\xa9"),
    "f2fs": (1024, b"\x10\x20\xf5\xf2\1\0"),
    "jfs": (32768, b"JFS1\1\0\0\0"),
    "reiserfs": (65588, b"ReIsEr2Fs"),
    "reiser4": (65536, b"ReIsEr4"),
    "nilfs2": (1024, b"\2\0\0\0\0\0\x34\x34"),
    "udf": (32768, b"\0BEA01\1" + bytes(2041) + b"\0NSR03"),
    "hfs-classic": (1024, b"BD" + bytes(12) + b"\0\3" + bytes(4) + b"\0\0\x10\0" + bytes(120)),
    "squashfs": (0, b"hsqs" + bytes(24) + b"\4\0\0\0"),
    "erofs": (1024, b"\xe2\xe1\xf5\xe0"),
    "cramfs": (0, b"\x45\x3d\xcd\x28" + bytes(12) + b"Compressed ROMFS"),
    "romfs": (0, b"-rom1fs-"),
    "ubi": (0, b"UBI#\1\0\0\0"),
    "jffs2": (0, b"\x85\x19\3\x20"),
    "gfs2": (65536, b"\1\x16\x19\x70\0\0\0\1"),
    "ocfs2": (8192, b"OCFSV2"),
    "raid": (4096, RAID),
    "raid-first": (0, RAID),
    "bcache": (4120, b"\xc6\x85\x73\xf6\x4e\x1a\x45\xca"),
    "storage-spaces": (4096, b"SPACEDB "),
    "dm-integrity": (0, b"integrt\0"),
    "dm-verity": (0, b"verity\0\0"),
    "bsd": (512, b"\x57\x45\x56\x82" + bytes(128) + b"\x57\x45\x56\x82"),
    "swap": (4086, b"SWAPSPACE2"),
}


def volume(kind: str, label: bytes = b"") -> bytes:
    (known,) = [each for each in NOT_READ_VOLUMES if each.kind == kind]
    place, mark = MARKS[kind]
    content = bytearray(256 * 1024)
    content[place : place + len(mark)] = mark
    if known.label is not None:
        content[known.label[0] : known.label[0] + len(label)] = label
    return bytes(content)


@pytest.mark.parametrize("known", NOT_READ_VOLUMES, ids=lambda each: each.kind)
def test_each_is_recognised_among_all_and_says_what_it_is_and_what_to_do(known: NotReadVolume, tmp_path: Path) -> None:
    path = tmp_path / "volume.raw"
    path.write_bytes(volume(known.kind, "Öl %".encode()))
    evidence = Evidence(path, "ES-7", BUILTIN, Limits())
    assert evidence.kind_of_root() == known.kind
    with pytest.raises(Unsupported, match=re.escape(known.title)) as refused:
        known.open(MemoryStream(path.read_bytes()), limits=Limits())
    assert ("named 'Öl %25'" in str(refused.value)) == (known.label is not None)
    assert Cause.of(refused.value) is Cause.UNSUPPORTED
    assert evidence.refusal(known.kind, MemoryStream(path.read_bytes())) == str(refused.value)


def test_no_two_lines_have_one_kind_and_noise_is_none_of_them() -> None:
    assert len({each.kind for each in NOT_READ_VOLUMES}) == len(NOT_READ_VOLUMES)
    chance = random.Random(4)
    for head in [b"", b"x", bytes(HEAD_BYTES), *(chance.randbytes(HEAD_BYTES) for _ in range(50))]:
        assert not [each.kind for each in NOT_READ_VOLUMES if each.recognises(head, MIB)]


MADE = {
    "btrfs": (128, ("mkfs.btrfs", "-q", "-L", "data")),
    "f2fs": (64, ("mkfs.f2fs", "-q")),
    "jfs": (20, ("mkfs.jfs", "-q", "-L", "data")),
    "reiserfs": (40, ("mkreiserfs", "-q", "-f", "-l", "data")),
    "nilfs2": (140, ("mkfs.nilfs2", "-q")),
    "udf": (8, ("mkudffs", "-n")),
    "swap": (1, ("mkswap",)),
}


@pytest.mark.parametrize("kind", sorted(MADE))
def test_each_is_recognised_as_its_own_tool_makes_it(kind: str, tmp_path: Path) -> None:
    size_mib, command = MADE[kind]
    path = tmp_path / "volume.raw"
    with path.open("wb") as stream:
        stream.truncate(size_mib * MIB)
    call(*([each for each in command if each != "-n"]), path)
    evidence = Evidence(path, "ES-7", BUILTIN, Limits())
    assert evidence.kind_of_root() == kind
    if "data" in command:
        assert "named 'data'" in evidence.refusal(kind, evidence_root(path))


def evidence_root(path: Path) -> MemoryStream:
    with path.open("rb") as stream:
        return MemoryStream(stream.read(1 << 20))


def test_squashfs_is_recognised_as_its_own_tool_makes_it(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a").write_bytes(b"a")
    call("mksquashfs", tmp_path / "tree", tmp_path / "image", "-quiet", "-no-progress")
    assert Evidence(tmp_path / "image", "ES-7", BUILTIN, Limits()).kind_of_root() == "squashfs"


def btrfs(folder: Path) -> bytes:
    """As mkfs.btrfs makes it, where it is installed."""
    if shutil.which("mkfs.btrfs", path=PLACES) is None:
        return volume("btrfs", b"data").ljust(2 * MIB, b"\0")
    path = folder / "btrfs.raw"
    with path.open("wb") as stream:
        stream.truncate(128 * MIB)
    call("mkfs.btrfs", "-q", "-L", "data", path)
    return path.read_bytes()


def test_a_btrfs_partition_is_said_by_its_name_and_its_pictures_are_carved(tmp_path: Path) -> None:
    made = bytearray(btrfs(tmp_path))
    drawn = picture(1)
    place = len(made) - MIB
    assert not any(made[place : place + len(drawn)])
    made[place : place + len(drawn)] = drawn
    table = bytearray(MIB)
    table[446:462] = struct.pack("<BxxxBxxxII", 0, 0x83, MIB // 512, len(made) // 512)
    table[510:512] = b"\x55\xaa"
    (tmp_path / "disk.raw").write_bytes(table + made)
    workbench = Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key")
    for _ in workbench.examine(tmp_path / "disk.raw", exhibit="ES-1", workers=1):
        pass
    rows = {row.item_path: row for row in workbench.findings("ES-1")}
    (said,) = rows["ES-1!mbr:/p1"].not_examined
    assert said.reason.startswith("This is a Btrfs volume named 'data'; Amparo has no reader for it: mount")
    assert said.cause is Cause.UNSUPPORTED
    (carved,) = [row for path, row in rows.items() if path.startswith("ES-1!mbr:/p1!carved:/")]
    assert (carved.media_type, carved.size_bytes) == ("image/jpeg", len(drawn))
    covered = workbench.coverage("ES-1").covered
    assert (covered.size_bytes, covered.unsupported) == (MIB + len(made), len(made))


def test_what_looks_random() -> None:
    chance = random.Random(8)
    for length in (16384, HEAD_BYTES):
        assert sum(looks_random(chance.randbytes(length)) for _ in range(200)) >= 198
    assert not looks_random(chance.randbytes(16383))  # too little to tell
    for head in (b"", bytes(HEAD_BYTES), b"text " * 20_000, picture(1, 1600, 1200)[:HEAD_BYTES]):
        assert not looks_random(head)
    assert not looks_random(bytes(4096) + chance.randbytes(HEAD_BYTES - 4096))
