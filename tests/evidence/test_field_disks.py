"""Disk images that others made, against the listings that others made of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.domain.errors import Unreadable
from amparo.domain.item import Container, Item, ItemState, Stream
from amparo.evidence.ewf import Ewf
from amparo.evidence.file_system import VOLUMES
from amparo.evidence.partitions import Gpt, Mbr
from amparo.evidence.split_raw import joined
from contracts.container_format import MemoryStream, read_all
from contracts.disk_images import LIMITS, call

FORMATS = (*VOLUMES, Mbr(), Gpt())
PASSWORDS = b"place,user,password"


def medium(path: Path) -> Stream:
    """The medium in an image file, joined from its segments."""
    beside = {other.name: other.read_bytes() for other in path.parent.glob(f"{path.stem}.*") if other.is_file()}
    stream: Stream = joined(MemoryStream(path.read_bytes(), beside, path.name))
    if Ewf().recognises(stream.read_at(0, 65536), stream.size_bytes):
        stream = Ewf().open(stream, limits=LIMITS).open("", "")
    return stream


def opened(stream: Stream) -> tuple[str, Container]:
    head = stream.read_at(0, 65536)
    (found,) = [each for each in FORMATS if each.recognises(head, stream.size_bytes)]
    return found.kind, found.open(stream, limits=LIMITS)


IMAGES = [
    ("dfvfs/ext2.E01", "ext"),
    ("dfvfs/ext2.split.E01", "ext"),
    ("dfvfs/ext2.splitraw.000", "ext"),
    ("dfvfs/ímynd.dd", "ext"),
    ("dfvfs/hfsplus.raw", "hfs"),
    ("dfvfs/iso9660.raw", "iso"),
    ("sleuthkit/image.E01", "ext"),
    ("sleuthkit/image.dd", "ext"),
    ("sleuthkit/image.iso", "iso"),
]


@pytest.mark.parametrize(("name", "kind"), IMAGES)
def test_every_image_opens_and_every_file_in_it_is_read(field: Path, name: str, kind: str) -> None:
    found, volume = opened(medium(field / "containers" / name))
    assert found == kind
    items = list(volume.items())
    contents = {item.name: read_all(volume, item) for item in items if not item.obstacle}
    assert [content for content in contents.values() if content.startswith(PASSWORDS)]
    assert all(item.size_bytes == len(contents[item.name]) for item in items if not item.obstacle)
    assert all("link" in item.obstacle for item in items if item.obstacle and item.state is ItemState.LIVE)


@pytest.mark.parametrize("name", [name for name, _ in IMAGES])
def test_the_listing_agrees_with_fls(field: Path, name: str, tmp_path: Path) -> None:
    stream = medium(field / "containers" / name)
    raw = tmp_path / "medium.raw"
    raw.write_bytes(stream.read_at(0, stream.size_bytes))
    _, volume = opened(stream)
    assert names_of(volume.items()) == set(files_told(call("fls", "-r", "-p", raw)))


def test_resource_forks_and_extended_attributes_of_hfs_are_items(field: Path) -> None:
    _, volume = opened(medium(field / "containers/dfvfs/hfsplus.raw"))
    beside = {item.name: read_all(volume, item) for item in volume.items() if ":" in item.name}
    assert beside == {
        "a_directory/a_file:myxattr": b"My extended attribute",
        "a_directory/a_resourcefork:rsrc": b"My resource fork\n",
    }


def names_of(items: Iterator[Item]) -> set[str]:
    """Without what no name leads to, resource forks and extended attributes of HFS+, which fls does not list."""
    return {
        item.name
        for item in items
        if item.state not in (ItemState.ORPHAN, ItemState.UNALLOCATED) and not item.name.endswith((":rsrc", ":myxattr"))
    }


def files_told(listing: str) -> Iterator[str]:
    """The paths of all but folders and orphans in what `fls` printed."""
    for line in listing.splitlines():
        found = re.fullmatch(r"(./.)(?: \*)? ([0-9-]+)(?:\(realloc\))?:\t(.*)", line)
        assert found, line
        if found[1] not in ("d/d", "V/V", "-/r", "-/d") and "-144-" not in found[2]:
            yield found[3]


def test_the_listing_agrees_with_what_the_sleuth_kit_expects_of_itself(field: Path) -> None:
    expected = (field / "containers/sleuthkit/expected/fstools/fls_output/2").read_text()
    _, volume = opened(medium(field / "containers/sleuthkit/image.dd"))
    top = {item.name for item in volume.items() if "/" not in item.name and not item.volume}
    assert top == set(files_told(expected))


def test_a_disk_with_two_ntfs_volumes(field: Path, tmp_path: Path) -> None:
    stream = medium(field / "containers/sleuthkit/imageformat_mmls_1.E01")
    kind, table = opened(stream)
    assert kind == "mbr"
    raw = tmp_path / "medium.raw"
    raw.write_bytes(stream.read_at(0, stream.size_bytes))
    starts = re.findall(r"^\d+: +\S+ +(\d+) +\d+ +(\d+)", call("mmls", "-a", raw), re.MULTILINE)
    items = [item for item in table.items() if item.state is ItemState.LIVE]
    assert [item.size_bytes for item in items] == [int(sectors) * 512 for _, sectors in starts]
    read = 0
    for item, (start, _) in zip(items, starts, strict=True):
        kind, volume = opened(table.open(item.name, ""))
        assert kind == "ntfs"
        told = set(files_told(call("fls", "-r", "-p", "-o", start, raw)))
        # The Sleuth Kit lists files of NTFS that hold an index and no contents by the name of the index only.
        ours = names_of(volume.items()) - {f"$Extend/{name}" for name in ("$ObjId", "$Quota", "$Reparse")}
        assert ours == told
        for file in volume.items():
            if not file.obstacle and file.state is ItemState.LIVE:
                assert len(read_all(volume, file)) == file.size_bytes
                read += 1
    assert read > 40


def test_a_segment_without_its_fellows_is_unreadable_from_where_it_ends(field: Path) -> None:
    path = field / "containers/dfvfs/ext2.split.E01"
    stream = Ewf().open(MemoryStream(path.read_bytes(), {}, path.name), limits=LIMITS).open("", "")
    assert stream.size_bytes == 4 * 1024 * 1024
    with pytest.raises(Unreadable, match=r"ext2\.split\.E02 is missing"):
        stream.read_at(stream.size_bytes - 10, 10)


@pytest.mark.parametrize("name", ["dfvfs/bogus.001", "dfvfs/apfs.raw", "sleuthkit/image.qcow", "dfvfs/syslog.gz"])
def test_what_is_none_of_these_is_not_recognised(field: Path, name: str) -> None:
    head = (field / "containers" / name).read_bytes()[:65536]
    assert not [each.kind for each in (*FORMATS, Ewf()) if each.recognises(head, len(head))]
