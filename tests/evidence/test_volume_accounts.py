"""Accounts of volumes: what they keep as free, block by block as `dumpe2fs` and `blkls` say, and each byte once."""

import contextlib
import random
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from amparo.domain.coverage import Account
from amparo.domain.errors import Unreadable
from amparo.domain.item import Item, ItemState
from amparo.evidence.file_system import VOLUMES, FileSystem
from contracts.container_format import MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB, call, files, ntfs_image, write_tree

CONTENT = files()
EXT = {
    "ext2": ("-t", "ext2"),
    "ext2, sparse groups of 1 KiB": ("-t", "ext2", "-b", "1024", "-g", "1024"),
    "ext3": ("-t", "ext3", "-b", "1024"),
    "ext4, 1 KiB": ("-t", "ext4", "-b", "1024"),
    "ext4, 4 KiB": ("-t", "ext4", "-b", "4096", "-g", "1024"),
    "ext4, 64 bits": ("-t", "ext4", "-b", "1024", "-O", "64bit", "-g", "1024"),
    "ext4, 32 bits": ("-t", "ext4", "-b", "1024", "-O", "^64bit", "-g", "1024"),
    "ext4, meta_bg": ("-t", "ext4", "-b", "1024", "-O", "meta_bg,^resize_inode", "-g", "1024"),
    "ext4, flex_bg of 4": ("-t", "ext4", "-b", "1024", "-G", "4", "-g", "1024"),
    "ext4, uninit_bg": ("-t", "ext4", "-b", "1024", "-O", "uninit_bg,^metadata_csum,^flex_bg", "-g", "1024"),
    "ext4, sparse_super2": ("-t", "ext4", "-b", "1024", "-O", "sparse_super2,^resize_inode", "-g", "1024"),
}
FAT = {
    "FAT12": ("4", "-F", "12", "-s", "8"),
    "FAT16": ("16", "-F", "16", "-s", "4"),
    "FAT32": ("40", "-F", "32", "-s", "1"),
}


def empty(folder: Path, size_mib: int) -> Path:
    image = folder / "volume.raw"
    with image.open("wb") as stream:
        stream.truncate(size_mib * MIB)
    return image


def made(kind: str, folder: Path) -> Path:
    """A volume of a kind with some files, one of them deleted where the tools can."""
    if kind in EXT:
        image = folder / "volume.raw"
        call("mke2fs", "-q", *EXT[kind], "-d", write_tree(folder / "tree", CONTENT), image, "12M")
        call("debugfs", "-w", "-R", "rm /holiday/two.bin", image)
        return image
    if kind in FAT:
        size_mib, *options = FAT[kind]
        image = empty(folder, int(size_mib))
        call("mkfs.vfat", *options, image)
        call("mcopy", "-s", "-i", image, *sorted(write_tree(folder / "tree", CONTENT).iterdir()), "::")
        call("mdel", "-i", image, "::holiday/two.bin")
        return image
    if kind == "exFAT":
        image = empty(folder, 8)
        call("mkfs.exfat", image)
        return image
    return ntfs_image(folder, {name.replace("/", "-"): part for name, part in CONTENT.items()}, 8)


@pytest.fixture(scope="module", params=[*EXT, *FAT, "exFAT", "NTFS"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(request.param, tmp_path_factory.mktemp("volume"))


def opened(content: bytes) -> FileSystem:
    (volume,) = [each for each in VOLUMES if each.recognises(content[:65536], len(content))]
    return volume.open(MemoryStream(content), limits=LIMITS)


def listed(volume: FileSystem) -> list[Item]:
    """All items; a listing that stops early gives what it has."""
    found: list[Item] = []
    with contextlib.suppress(Unreadable):
        found.extend(volume.items())
    return found


def by_others(image: Path, size_bytes: int) -> NDArray[np.bool_]:
    """Whether another tool says of a byte that it is free; shape (size_bytes,).

    For ext that is `dumpe2fs`: where a bitmap was never written, `blkls` takes copies of the superblock for free.
    """
    kind, block_bytes = _blocks(image.read_bytes())
    free = np.zeros(size_bytes, bool)
    if kind == "ext":
        for found in re.findall("^  Free blocks: (.*)$", call("dumpe2fs", image), re.MULTILINE):
            for run in filter(None, found.strip().split(", ")):
                first, _, last = run.partition("-")
                free[int(first) * block_bytes : (int(last or first) + 1) * block_bytes] = True
        return free
    for line in call("blkls", "-f", kind, "-l", image).splitlines():
        number, _, mark = line.partition("|")
        if number.isdigit() and mark == "f":
            free[int(number) * block_bytes : (int(number) + 1) * block_bytes] = True
    return free


def _blocks(content: bytes) -> tuple[str, int]:
    """The kind of a volume and the bytes of a block, as `blkls` counts them: clusters of NTFS, sectors of FAT."""
    if content[3:11] == b"NTFS    ":
        return "ntfs", 512 * content[13]
    if content[3:11] == b"EXFAT   ":
        return "exfat", 512
    if content[1080:1082] == b"\x53\xef":
        return "ext", 1024 << content[1048]
    return "fat", 512


def test_free_space_is_what_other_tools_say(image: Path) -> None:
    content = image.read_bytes()
    volume = opened(content)
    item = listed(volume)[-1]
    assert (item.name, item.state, item.volume) == ("$Unallocated", ItemState.UNALLOCATED, True)
    free = np.flatnonzero(by_others(image, len(content)))
    stream = volume.open(item.name, item.locator)
    ours = np.frombuffer(read_all(volume, item), np.uint8)
    assert len(ours) == stream.size_bytes == item.size_bytes
    places = [stream.place_of(offset) for offset in range(0, stream.size_bytes, 512)]  # type: ignore[attr-defined]
    if len(ours) > len(free):  # and what lies behind the file system's own end
        behind = len(ours) - len(free)
        free = np.concatenate([free, np.arange(len(content) - behind, len(content))])
    assert places == free[::512].tolist()
    assert ours.tobytes() == np.frombuffer(content, np.uint8)[free].tobytes()


def test_the_account_is_of_each_byte_once(image: Path) -> None:
    volume = opened(image.read_bytes())
    items = listed(volume)
    account = volume.account()
    assert account.size_bytes == image.stat().st_size == total(account)
    assert account.unallocated == items[-1].size_bytes
    assert not account.unknown


def test_damage_leaves_the_sum_as_it_is(image: Path) -> None:
    chance, whole, accounts = random.Random(1), image.read_bytes(), 0
    for _ in range(24):
        content = bytearray(whole)
        for _ in range(60):
            content[chance.randrange(4096, min(len(content), 256 * 1024))] = chance.randrange(256)
        try:
            volume = opened(bytes(content))
        except Unreadable:
            continue
        listed(volume)
        account = volume.account()
        assert account.size_bytes == len(content) == total(account)
        assert min(account.contents, account.slack, account.structure, account.unallocated, account.unknown) >= 0
        accounts += 1
    assert accounts


def total(account: Account) -> int:
    return account.contents + account.slack + account.structure + account.unallocated + account.unknown
