"""Free space as file systems keep it, held against other tools."""

import hashlib
import random
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.errors import Unreadable
from amparo.domain.item import Container, ItemState
from amparo.evidence.file_system import VOLUMES
from amparo.evidence.free_space import FreeSpace, FreeStream, free_in, union
from contracts.container_format import MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB, PLACES, call, write_tree

CONTENT = {f"folder{number % 3}/file{number}": random.Random(number).randbytes(700 * number) for number in range(20)}
EXT = [
    "-t ext2", "-t ext3", "-t ext4", "-t ext4 -b 1024", "-t ext4 -O ^flex_bg", "-t ext4 -O meta_bg,^resize_inode",
    "-t ext4 -O ^64bit", "-t ext4 -O ^metadata_csum,uninit_bg", "-t ext2 -b 1024 -g 1024", "-t ext4 -O sparse_super2",
]  # fmt: skip


def opened(image: Path) -> Container:
    content = image.read_bytes()
    (volume,) = [each for each in VOLUMES if each.recognises(content[:65536], len(content))]
    return volume.open(MemoryStream(content), limits=LIMITS)


def free_bytes(container: Container) -> bytes:
    free = [item for item in container.items() if item.state is ItemState.UNALLOCATED]
    return b"".join(read_all(container, item) for item in free)


def blkls(image: Path) -> bytes:
    tool = shutil.which("blkls", path=PLACES)
    if tool is None:
        pytest.skip("blkls is not installed")
    return subprocess.run([tool, image], capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("options", EXT)
def test_free_blocks_of_ext_are_those_that_dumpe2fs_counts(tmp_path: Path, options: str) -> None:
    image = tmp_path / "image"
    call("mke2fs", "-q", *options.split(), "-d", write_tree(tmp_path / "tree", CONTENT), image, "40M")
    call("debugfs", "-w", "-R", "rm folder0/file18", image)
    told = call("dumpe2fs", image)
    blocks, size = (int(re.findall(rf"{name}: +(\d+)", told)[0]) for name in ("Free blocks", "Block size"))
    assert len(free_bytes(opened(image))) == blocks * size


@pytest.mark.parametrize("options", ["-t ext2", "-t ext3", "-t ext2 -b 1024 -g 1024"])
def test_free_bytes_of_ext_are_those_of_blkls(tmp_path: Path, options: str) -> None:
    image = tmp_path / "image"
    call("mke2fs", "-q", *options.split(), "-d", write_tree(tmp_path / "tree", CONTENT), image, "10M")
    call("debugfs", "-w", "-R", "rm folder0/file18", image)
    assert same(free_bytes(opened(image)), blkls(image))


@pytest.mark.parametrize("options", ["-F 12", "-F 16 -s 1", "-F 32 -s 1", "-F 16 -s 4"])
def test_free_bytes_of_fat_are_those_of_blkls(tmp_path: Path, options: str) -> None:
    image = tmp_path / "image"
    sparse(image, {"-F 12": 4, "-F 16 -s 1": 20}.get(options, 40) * MIB)
    call("mkfs.vfat", *options.split(), image)
    tree = write_tree(tmp_path / "tree", CONTENT)
    call("mcopy", "-s", "-i", image, *sorted(tree.iterdir()), "::")
    call("mdel", "-i", image, "::folder0/file18")
    ours, theirs = free_bytes(opened(image)), blkls(image)
    assert same(ours, theirs)


def test_free_bytes_of_ntfs_and_exfat_are_those_of_blkls(tmp_path: Path) -> None:
    ntfs, exfat = tmp_path / "ntfs", tmp_path / "exfat"
    sparse(ntfs, 8 * MIB)
    call("mkfs.ntfs", "-q", "-F", "-Q", ntfs)
    # Behind the clusters of NTFS is the copy of its first sector, which blkls does not count.
    ours, theirs = free_bytes(opened(ntfs)), blkls(ntfs)
    assert same(ours[: len(theirs)], theirs)
    assert len(ours) - len(theirs) <= 4096
    sparse(exfat, 8 * MIB)
    call("mkfs.exfat", exfat)
    assert same(free_bytes(opened(exfat)), blkls(exfat))


@pytest.mark.parametrize("name", ["dfvfs/hfsplus.raw", "dfvfs/ímynd.dd"])
def test_free_bytes_of_images_of_others_are_those_of_blkls(field: Path, name: str) -> None:
    image = field / "containers" / name
    assert same(free_bytes(opened(image)), blkls(image))


def same(ours: bytes, theirs: bytes) -> bool:
    return (len(ours), hashlib.sha256(ours).digest()) == (len(theirs), hashlib.sha256(theirs).digest())


def sparse(path: Path, size_bytes: int) -> None:
    with path.open("wb") as stream:
        stream.truncate(size_bytes)


BITS = st.lists(st.booleans(), min_size=1, max_size=200)


@given(BITS, st.integers(1, 9), st.sampled_from(["little", "big"]))
def test_runs_are_those_of_the_bits(bits: list[bool], cut: int, order: str) -> None:
    packed = np.packbits(np.array(bits, np.uint8), bitorder=order).tobytes()  # type: ignore[call-overload]
    parts = [packed[place : place + cut] for place in range(0, len(packed), cut)]
    free = free_in(parts, len(bits), 10, 1000, order=order)  # type: ignore[arg-type]
    told = {unit for start, end in zip(free.starts, free.ends, strict=True) for unit in range(start, end, 10)}
    assert told == {1000 + 10 * place for place, used in enumerate(bits) if not used}
    assert free.size_bytes == 10 * bits.count(False)
    assert all(free.ends[:-1] < free.starts[1:])
    for start, end in [(990, 1007), (1003, 1500), (0, 5000), (1000 + 10 * len(bits), 9999)]:
        expected = sum(place in range(unit, unit + 10) for place in range(start, end) for unit in told)
        assert free.within(np.array([start]), np.array([end])).tolist() == [expected]


def test_a_map_that_is_too_short_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="after 8 of 9"):
        free_in([b"\0"], 9, 512, 0)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=12))
def test_a_union_holds_each_place_once(runs: list[tuple[int, int]]) -> None:
    starts, ends = union(
        np.array([start for start, _ in runs], np.int64), np.array([length for _, length in runs], np.int64)
    )
    told = [place for start, end in zip(starts, ends, strict=True) for place in range(start, end)]
    assert told == sorted({place for start, length in runs for place in range(start, start + length)})


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=10), st.integers(0, 60), st.integers(0, 30))
def test_the_free_parts_are_one_stream(lengths: list[int], offset: int, length: int) -> None:
    content = random.Random(1).randbytes(sum(lengths))
    places = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(lengths))])
    free = FreeSpace(places[:-1][::2], places[1:][::2])
    stream = FreeStream(MemoryStream(content), free)
    expected = b"".join(content[start:end] for start, end in zip(free.starts, free.ends, strict=True))
    assert stream.size_bytes == len(expected)
    assert stream.read_at(offset, length) == expected[offset : offset + length]
    for at in range(len(expected)):
        assert content[stream.place_of(at)] == expected[at]
