"""Volumes of the kinds that `test_file_system` leaves out, and what is deleted from FAT, exFAT and NTFS."""

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.item import Item, ItemState
from amparo.evidence.exfat_entries import lies_in_one_run
from amparo.evidence.file_system import VOLUMES, FileSystem
from contracts import ntfs_deletion
from contracts.container_format import MemoryStream, read_all
from contracts.disk_images import LIMITS, call, ext_image, fat_image, files, ntfs_image
from contracts.exfat_volumes import ExfatVolume

CONTENT = files()
FAT_MIB = {12: 4, 16: 6, 32: 36}
"""So many clusters there must be."""


def opened(content: bytes) -> FileSystem:
    (volume,) = [each for each in VOLUMES if each.recognises(content[:65536], len(content))]
    return volume.open(MemoryStream(content), limits=LIMITS)


def lost(volume: FileSystem) -> dict[str, Item]:
    """What was deleted and can be read, by name without its folder and without the letter that FAT takes away."""
    return {
        item.name.rpartition("/")[2][1:]: item
        for item in volume.items()
        if item.state in (ItemState.DELETED, ItemState.ORPHAN) and not item.obstacle
    }


def some_files(seed: int, count: int = 12) -> dict[str, bytes]:
    chance = random.Random(seed)
    return {f"a{number:03}.bin": chance.randbytes(chance.randint(1, 40_000)) for number in range(count)}


@pytest.mark.parametrize("kind", ["ext3", "fat12", "fat16", "fat32"])
def test_every_file_comes_back_bit_for_bit(kind: str, tmp_path: Path) -> None:
    bits = int(kind[3:])
    image = fat_image(tmp_path, CONTENT, FAT_MIB[bits], bits) if bits > 3 else ext_image(tmp_path, CONTENT, 8, kind)
    if bits == 3:
        assert "has_journal" in call("debugfs", "-R", "features", image)
    volume = opened(image.read_bytes())
    items = [item for item in volume.items() if item.state is ItemState.LIVE and not item.name.startswith("$")]
    assert {item.name: read_all(volume, item) for item in items} == CONTENT
    volume.close()


@pytest.mark.parametrize("bits", [12, 16, 32])
def test_what_is_deleted_from_fat_comes_back_while_its_clusters_are_untouched(bits: int, tmp_path: Path) -> None:
    content = some_files(bits)
    image = fat_image(tmp_path, content, FAT_MIB[bits], bits)
    gone = list(content)[::2]
    call("mdel", "-i", image, *(f"::{name}" for name in gone))
    volume = opened(image.read_bytes())
    found = lost(volume)
    assert {name: read_all(volume, item) for name, item in found.items()} == {name[1:]: content[name] for name in gone}
    assert not any(item.doubt for item in found.values())


def assert_never_wrong_in_silence(raw: bytes, content: dict[str, bytes]) -> tuple[int, int]:
    """What is not a deleted file's own bytes is doubted or not read; return how many were, and how many were not."""
    volume = opened(raw)
    right = doubted = 0
    for name, item in lost(volume).items():
        try:
            same = read_all(volume, item) == content[f"a{name}"]
        except Unreadable:
            same = False
        assert same or item.doubt, name
        right += not item.doubt
        doubted += bool(item.doubt)
    return right, doubted


@pytest.mark.parametrize("seed", range(3))
def test_clusters_that_are_in_use_again_are_doubted_in_fat(seed: int, tmp_path: Path) -> None:
    content, chance = some_files(seed), random.Random(seed)
    image = fat_image(tmp_path, content, FAT_MIB[16], 16)
    call("mdel", "-i", image, *(f"::{name}" for name in content))
    raw = bytearray(image.read_bytes())
    reserved, copies, entries = struct.unpack_from("<HBH", raw, 14)
    (sectors,) = struct.unpack_from("<H", raw, 22)
    heap = (reserved + copies * sectors) * 512 + entries * 32
    for name in chance.sample(list(content), 5):
        entry = raw.index(b"\xe5" + name[1:4].encode() + b"    BIN")
        (first,) = struct.unpack_from("<H", raw, entry + 26)
        cluster = first + chance.randrange(-(-len(content[name]) // 512))
        for copy in range(copies):
            struct.pack_into("<H", raw, (reserved + copy * sectors) * 512 + cluster * 2, 0xFFFF)
        place = heap + (cluster - 2) * 512
        raw[place : place + 512] = chance.randbytes(512)
    assert assert_never_wrong_in_silence(bytes(raw), content) == (7, 5)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_deleted_from_exfat_is_whole_or_doubted(seed: int, tmp_path: Path) -> None:
    content, chance = some_files(seed), random.Random(seed)
    made = ExfatVolume(tmp_path)
    pieces = {name: chance.random() < 0.3 for name in content}
    used = {name: made.add(f"f/{name}", part, contiguous=not pieces[name]) for name, part in content.items()}
    gone = chance.sample(list(content), 8)
    for name in gone:
        made.delete(f"f/{name}")
    volume = opened(bytes(made.content))
    found = lost(volume)
    assert set(found) == {name[1:] for name in gone}
    for name in gone:
        if not pieces[name] or len(used[name]) == 1:
            item = found[name[1:]]
            assert (read_all(volume, item), item.doubt) == (content[name], ""), name
    assert_never_wrong_in_silence(bytes(made.content), content)
    for number in range(5):
        part = chance.randbytes(chance.randint(1, 40_000))
        made.add(f"new{number}", part, contiguous=chance.random() < 0.5)
    assert_never_wrong_in_silence(bytes(made.content), content)


def test_the_old_name_of_a_file_that_was_moved_is_not_another_file_in_silence(tmp_path: Path) -> None:
    made = ExfatVolume(tmp_path)
    made.add("a1.bin", b"moved" * 4000)
    made.move("a1.bin", "b/a2.bin")
    volume = opened(bytes(made.content))
    items = {item.name: item for item in volume.items()}
    assert read_all(volume, items["b/a2.bin"]) == b"moved" * 4000
    assert "are in use again" in items["a1.bin"].doubt
    account = volume.account()
    assert (account.unknown, account.unallocated) == (0, items["$Unallocated"].size_bytes)


def test_what_is_deleted_from_ntfs_comes_back_while_its_clusters_are_untouched(tmp_path: Path) -> None:
    content = {"a0.bin": b"resident", "a1.bin": random.Random(1).randbytes(30_000), "a2.bin": b"k" * 9000}
    content |= {"a3.bin": random.Random(3).randbytes(100_001), "a4.bin": random.Random(4).randbytes(20_000)}
    raw = bytearray(ntfs_image(tmp_path, content).read_bytes())
    for name in ("a0.bin", "a1.bin", "a3.bin"):
        ntfs_deletion.delete(raw, name)
    ntfs_deletion.overwrite(raw, "a4.bin", b"another file's")
    ntfs_deletion.delete(raw, "a4.bin", used_again=True)
    volume = opened(bytes(raw))
    found = lost(volume)
    assert set(found) == {"0.bin", "1.bin", "3.bin", "4.bin"}
    whole = {f"a{name}": read_all(volume, item) for name, item in found.items() if not item.doubt}
    assert whole == {name: content[name] for name in ("a0.bin", "a1.bin", "a3.bin")}
    assert "are in use again" in found["4.bin"].doubt


@settings(max_examples=100)
@given(volume=st.binary(max_size=4096), address=st.integers(0, 2**64))
def test_any_bytes_are_asked_whether_a_file_lies_in_one_run(volume: bytes, address: int) -> None:
    assert lies_in_one_run(MemoryStream(volume), address) in (True, False)


def test_extended_attributes_of_ntfs_are_an_item(tmp_path: Path) -> None:
    raw = bytearray(ntfs_image(tmp_path, {"a.txt": b"text", "a.txt:stream": b"beside"}).read_bytes())
    value = struct.pack("<IBBH", 0, 0, 4, 6) + b"NAME\0" + b"hidden"
    ntfs_deletion.extend(raw, "a.txt", value)
    volume = opened(bytes(raw))
    found = {item.name: read_all(volume, item) for item in volume.items() if item.name.startswith("a.txt")}
    assert found == {"a.txt": b"text", "a.txt:stream": b"beside", "a.txt:$EA": value}


PICTURE = random.Random(9).randbytes(20_000)


def twice_deleted(kind: str, folder: Path) -> bytes:
    """A volume in which two deleted files lie in the very same clusters."""
    if kind == "exfat":
        made = ExfatVolume(folder)
        made.add("one/a.jpg", PICTURE)
        made.move("one/a.jpg", "two/b.jpg")
        made.delete("two/b.jpg")
        return bytes(made.content)
    if kind == "fat":
        image = fat_image(folder, {"one/a.jpg": PICTURE, "two/kept": b"kept"})
        call("mdel", "-i", image, "::one/a.jpg")
        (folder / "b.jpg").write_bytes(PICTURE)
        call("mcopy", "-i", image, folder / "b.jpg", "::two/b.jpg")  # mtools takes the first clusters that are free
        call("mdel", "-i", image, "::two/b.jpg")
        return image.read_bytes()
    content = {"a.jpg": PICTURE, "b.jpg": bytes(len(PICTURE))}
    if kind == "ext":
        image = ext_image(folder, content)
        inodes = [call("debugfs", "-R", f"stat {name}", image).split("Inode:")[1].split()[0] for name in content]
        call("debugfs", "-w", "-R", "copy_inode <{}> <{}>".format(*inodes), image)
        call("debugfs", "-w", "-f", "-", image, stdin="rm a.jpg\nrm b.jpg\n")
        return image.read_bytes()
    raw = bytearray(ntfs_image(folder, content).read_bytes())
    ntfs_deletion.share(raw, "b.jpg", "a.jpg")
    for name in content:
        ntfs_deletion.delete(raw, name)
    return bytes(raw)


@pytest.mark.parametrize("kind", ["ext", "exfat", "fat", "ntfs"])
def test_deleted_files_of_the_very_same_clusters_are_recovered_once(kind: str, tmp_path: Path) -> None:
    volume = opened(twice_deleted(kind, tmp_path))
    items = [item for item in volume.items() if item.size_bytes == len(PICTURE) and item.state is not ItemState.LIVE]
    first, second = items
    assert read_all(volume, first) == PICTURE
    assert first.obstacle == ""
    assert f"very same clusters as another deleted file, which is listed as #{first.locator}:" in second.obstacle
    assert second.cause is Cause.NO_BYTES
    assert (first.name, first.locator) != (second.name, second.locator)
