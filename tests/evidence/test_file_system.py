"""File systems made by the usual tools: every file back, what was deleted too, and damage survived."""

import calendar
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amparo.domain.errors import Unreadable
from amparo.domain.item import Item, ItemState
from amparo.domain.limits import Limits
from amparo.evidence.disk_signatures import is_gpt, is_mbr
from amparo.evidence.file_system import VOLUMES, FileSystem, VolumeFormat
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import (
    LIMITS,
    MIB,
    call,
    ext_image,
    fat_image,
    files,
    iso_image,
    ntfs_image,
)
from contracts.exfat_volumes import ExfatVolume

CONTENT = files()


def opened(image: Path | bytes, limits: Limits = LIMITS) -> FileSystem:
    """The volume, which exactly one format recognises."""
    content = image if isinstance(image, bytes) else image.read_bytes()
    (volume,) = [each for each in VOLUMES if each.recognises(content[:65536], len(content))]
    assert not is_mbr(content[:65536])
    assert not is_gpt(content[:65536])
    return volume.open(MemoryStream(content), limits=limits)


def found(volume: FileSystem) -> dict[str, Item]:
    """The live items that are no part of the file system itself, by name."""
    items = [item for item in volume.items() if item.state is ItemState.LIVE and not item.name.startswith("$")]
    assert len({item.name for item in items}) == len(items)
    return {item.name: item for item in items}


@pytest.fixture(scope="module", params=["ext2", "ext4", "fat", "exfat", "ntfs", "iso"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def content(kind: str) -> dict[str, bytes]:
    """What is put on the volume; ntfscp puts files into the root only."""
    if kind == "ntfs":
        return {name.replace("/", "-"): part for name, part in CONTENT.items()} | {"a.txt:stream two": b"hidden" * 999}
    return CONTENT


@pytest.fixture(scope="module")
def path(kind: str, content: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(kind)
    match kind:
        case "fat":
            return fat_image(folder, content)
        case "exfat":
            made = ExfatVolume(folder)
            for number, (name, part) in enumerate(content.items()):
                made.add(name, part, contiguous=number % 2 == 0)
            (folder / "exfat.raw").write_bytes(made.content)
            return folder / "exfat.raw"
        case "ntfs":
            return ntfs_image(folder, content)
        case "iso":
            return iso_image(folder, content)
        case _:
            return ext_image(folder, content, kind=kind)


class TestVolumes(ContainerFormatContract):
    @pytest.fixture
    def container_format(self, kind: str) -> VolumeFormat:
        kind = "ext" if kind.startswith("ext") else kind
        return next(each for each in VOLUMES if each.kind == kind)

    @pytest.fixture
    def sample(self, path: Path) -> bytes:
        return path.read_bytes()


def test_every_file_comes_back_bit_for_bit(path: Path, content: dict[str, bytes]) -> None:
    volume = opened(path)
    items = found(volume)
    assert {name: read_all(volume, item) for name, item in items.items()} == content
    assert {name: item.size_bytes for name, item in items.items()} == {
        name: len(part) for name, part in content.items()
    }
    assert not any(item.locator or item.obstacle for item in items.values())


def test_a_fresh_container_opens_by_name_alone(path: Path, content: dict[str, bytes]) -> None:
    for name, part in content.items():
        assert read_all(opened(path), Item(name, None)) == part


def test_the_listing_agrees_with_fls(path: Path, kind: str) -> None:
    told = set()
    for line in call("fls", "-r", "-p", path).splitlines():
        address, _, name = line.split(" ", 1)[1].partition("\t")
        address = address.removeprefix("* ").removesuffix(":")
        is_index = kind == "ntfs" and "-144-" in address  # indexes of NTFS, which are no contents
        if not line.startswith(("d/d", "V/V", "-/")) and not is_index and not name.startswith("$Extend"):
            told.add(name)
    ours = [item.name for item in opened(path).items() if item.state not in (ItemState.ORPHAN, ItemState.UNALLOCATED)]
    assert {name for name in ours if not name.startswith("$Extend")} == told


def test_files_deleted_from_fat_are_recovered(tmp_path: Path) -> None:
    image = fat_image(tmp_path, CONTENT)
    call("mdel", "-i", image, "::a.txt", "::holiday/two.bin")
    call("mdeltree", "-i", image, "::holiday/2024")
    volume = opened(image)
    deleted = {item.name: item for item in volume.items() if item.state is ItemState.DELETED}
    assert {name: read_all(volume, item) for name, item in deleted.items()} == {
        "_.txt": CONTENT["a.txt"],
        "holiday/_wo.bin": CONTENT["holiday/two.bin"],
        "holiday/_024/Málaga/_hree.bin": CONTENT["holiday/2024/Málaga/three.bin"],
    }
    assert all(item.locator for item in deleted.values())
    assert set(found(volume)) == {"holiday/one.bin", "фото.bin", "empty"}


def test_a_file_deleted_from_ext2_is_recovered_where_its_inode_still_tells(tmp_path: Path) -> None:
    image = ext_image(tmp_path, CONTENT, kind="ext2")
    call("debugfs", "-w", "-R", "rm holiday/two.bin", image)
    volume = opened(image)
    (lost,) = [item for item in volume.items() if item.state is ItemState.DELETED]
    assert lost.name == "holiday/two.bin"
    assert read_all(volume, lost) == CONTENT["holiday/two.bin"]
    assert "holiday/two.bin" not in found(volume)


def test_an_inode_that_no_name_leads_to_is_an_orphan(tmp_path: Path) -> None:
    image = ext_image(tmp_path, CONTENT, kind="ext2")
    call("debugfs", "-w", "-f", "-", image, stdin="unlink a.txt\nfreei <12>\n")
    content = bytearray(image.read_bytes())
    place = content.index(b"\x05\x01a.txt") - 6
    assert struct.unpack_from("<I", content, place) == (12,)
    struct.pack_into("<I", content, place, 0)
    volume = opened(bytes(content))
    name, orphan, _ = [item for item in volume.items() if item.state is not ItemState.LIVE]
    assert (name.name, name.state, bool(name.obstacle)) == ("a.txt", ItemState.DELETED, True)
    assert (orphan.name, orphan.locator, orphan.state) == ("$OrphanFiles/OrphanFile-12", "12", ItemState.ORPHAN)
    assert read_all(volume, orphan) == CONTENT["a.txt"]


def test_a_deleted_ntfs_file_is_recovered(tmp_path: Path) -> None:
    """There is no tool that deletes without mounting: its record is marked as free, as Windows does first of all."""
    part = CONTENT["holiday/two.bin"]
    image = ntfs_image(tmp_path, {"kept.bin": b"kept" * 100, "gone.bin": part})
    content = bytearray(image.read_bytes())
    places = []
    for place in range(0, len(content) - 1024, 1024):
        if content[place : place + 4] == b"FILE" and "gone.bin".encode("utf-16-le") in content[place : place + 1024]:
            places.append(place)
    (record,) = places
    assert struct.unpack_from("<H", content, record + 22) == (1,)
    struct.pack_into("<H", content, record + 22, 0)
    volume = opened(bytes(content))
    name, lost = [item for item in volume.items() if "gone.bin" in item.name]
    assert (name.name, bool(name.obstacle)) == ("gone.bin", True)  # the folder still lists it
    assert (lost.name, lost.state) == ("$OrphanFiles/gone.bin", ItemState.ORPHAN)
    assert read_all(volume, lost) == part
    assert "kept.bin" in found(volume)


def test_links_devices_and_holes_say_why_they_have_no_bytes(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to("../else\nwhere")
    os.mkfifo(tree / "pipe")
    with (tree / "hole").open("wb") as stream:
        stream.truncate(1 << 40)
    with (tree / "small hole").open("wb") as stream:
        stream.truncate(70_000)
    volume = opened(ext_image(tmp_path, {"x": b"x"}))
    items = found(volume)
    assert items["link"].obstacle == "This is a symbolic link to '../else^where'."  # so says The Sleuth Kit
    assert items["pipe"].obstacle == "This is a named pipe."
    assert "one hole of 1099511627776 bytes" in items["hole"].obstacle
    assert read_all(volume, items["small hole"]) == bytes(70_000)
    with pytest.raises(Unreadable):
        volume.open("link", "")


def test_the_bad_clusters_of_ntfs_are_no_gigabytes_of_zeros(tmp_path: Path) -> None:
    items = {item.name: item for item in opened(ntfs_image(tmp_path, {"x": b"x"})).items()}
    assert "one hole" in items["$BadClus:$Bad"].obstacle
    assert not items["$MFT"].obstacle


def test_a_boot_sector_that_a_volume_lists_as_a_file_is_no_volume(tmp_path: Path) -> None:
    (tmp_path / "fat").mkdir()
    for image, name in (
        (ntfs_image(tmp_path, {"x": b"x"}), "$Boot"),
        (fat_image(tmp_path / "fat", {"x": b"x"}), "$MBR"),
    ):
        content = read_all(opened(image), Item(name, None))
        assert content[:512] == image.read_bytes()[:512]
        assert not [each for each in VOLUMES if each.recognises(content, len(content))]
        assert not is_mbr(content)
        assert not is_gpt(content)


def test_times_are_utc_to_the_nanosecond_where_they_are_recorded(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a").write_bytes(b"a")
    when = 1_700_000_001_123_456_789
    os.utime(tree / "a", ns=(when, when))
    item = found(opened(ext_image(tmp_path, {})))["a"]
    assert item.modified_ns is not None
    assert item.modified_ns // 10**9 == when // 10**9


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_wall_clock_of_fat_is_the_same_wherever_it_is_read(tmp_path: Path, zone: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a").write_bytes(b"a")
    when = calendar.timegm((2023, 7, 14, 21, 30, 20))
    os.utime(tree / "a", (when, when))
    image = fat_image(tmp_path, {})
    program = (
        "import sys; from pathlib import Path; from test_file_system import *;"
        "print(found(opened(Path(sys.argv[1])))['a'].modified_ns)"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", program, image],
        env=os.environ | {"TZ": zone, "PYTHONPATH": f"{here}:{here.parent}"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert int(done.stdout) == when * 10**9


def test_a_damaged_folder_costs_itself_and_not_the_walk(tmp_path: Path) -> None:
    image = ext_image(tmp_path, CONTENT | {f"many/{number:04}": b"x" for number in range(50)})
    block = int(call("debugfs", "-R", "bmap holiday 0", image))
    inode = call("debugfs", "-R", "imap holiday", image)
    assert "block" in inode
    content = bytearray(image.read_bytes())
    size = len(content) // int(call("debugfs", "-R", "show_super_stats -h", image).split("Block count:")[1].split()[0])
    content[block * size : (block + 1) * size] = random.Random(1).randbytes(size)
    items = {item.name for item in opened(bytes(content)).items()}
    assert {f"many/{number:04}" for number in range(50)} <= items


def test_a_folder_inside_itself_ends_the_walk_with_a_reason(tmp_path: Path) -> None:
    image = ext_image(tmp_path, CONTENT)
    call("debugfs", "-w", "-R", "link holiday holiday/again", image)
    volume = opened(image)
    items = {item.name: item for item in volume.items()}
    assert "listed already" in items["holiday/again"].obstacle
    assert read_all(volume, items["holiday/one.bin"]) == CONTENT["holiday/one.bin"]


def test_two_entries_of_one_name_are_told_apart(tmp_path: Path) -> None:
    image = ext_image(tmp_path, {"first-1": b"one", "first-2": b"two"})
    content = image.read_bytes()
    assert content.count(b"first-2") == 1
    volume = opened(content.replace(b"first-2", b"first-1"))
    items = [item for item in volume.items() if item.name == "first-1"]
    assert [bool(item.locator) for item in items] == [False, True]
    assert sorted(read_all(volume, item) for item in items) == [b"one", b"two"]


def test_where_the_volume_is_cut_off_reading_says_so(tmp_path: Path) -> None:
    image = ext_image(tmp_path, {"big.bin": random.Random(2).randbytes(3 * MIB)}, size_mib=8)
    content = image.read_bytes()
    volume = opened(content[: len(content) // 4])
    with pytest.raises(Unreadable, match="Its bytes from"):
        read_all(volume, found(volume)["big.bin"])


def test_a_failure_of_the_medium_is_the_reason_that_is_given(tmp_path: Path) -> None:
    class Failing(MemoryStream):
        broken = False

        def read_at(self, offset: int, length: int) -> bytes:
            if self.broken:
                raise Unreadable("The cat sits on it.")
            return super().read_at(offset, length)

    stream = Failing(ext_image(tmp_path, {"big.bin": random.Random(2).randbytes(3 * MIB)}, size_mib=8).read_bytes())
    volume = next(each for each in VOLUMES if each.kind == "ext").open(stream, limits=LIMITS)
    opened_file = volume.open("big.bin", "")
    stream.broken = True
    with pytest.raises(Unreadable, match=r"The cat sits on it\."):
        opened_file.read_at(0, MIB * 2)


def test_many_files_in_one_folder_are_found_by_name_quickly(tmp_path: Path) -> None:
    image = ext_image(tmp_path, {f"f{number:05}": b"%d" % number for number in range(3000)}, size_mib=16)
    shutil.rmtree(tmp_path / "tree")
    volume = opened(image)
    start = time.monotonic()
    for number in range(3000):
        assert volume.open(f"f{number:05}", "").read_at(0, 9) == b"%d" % number
    assert time.monotonic() - start < 20
