"""Partition tables made by sfdisk and sgdisk, and raw images in parts."""

import random
from pathlib import Path

import pytest

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, ItemState
from amparo.domain.limits import Limits
from amparo.evidence.disk_signatures import FILE_SYSTEMS
from amparo.evidence.partitions import Area, Gpt, Mbr, PartitionTable
from amparo.evidence.split_raw import joined
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB, call, ext_image, fat_image, files, iso_image, ntfs_image

SECTOR = 512
TABLES = {
    "mbr": (Mbr(), [(2048, 4096), (10240, 2000), (14336, 2000)]),
    "gpt": (Gpt(), [(2048, 4096), (8192, 6000)]),
}


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """10 MiB of noise behind a table of each kind."""
    made = {}
    for kind in TABLES:
        path = tmp_path_factory.mktemp(kind) / "disk.raw"
        path.write_bytes(bytes(MIB) + random.Random(4).randbytes(8 * MIB) + bytes(MIB))
        if kind == "mbr":
            call("sfdisk", "-q", "--wipe", "never", path, stdin="2048,4096,c\n8192,9000,5\n")
            call("sfdisk", "-q", "--wipe", "never", "-a", path, stdin="10240,2000,83\n14336,2000,83\n")
        else:
            call("sgdisk", "-a", "1", "-n", "1:2048:6143", "-n", "2:8192:14191", path)
        made[kind] = path.read_bytes()
    return made


@pytest.fixture(params=sorted(TABLES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestTables(ContainerFormatContract):
    @pytest.fixture
    def container_format(self, kind: str) -> Mbr | Gpt:
        return TABLES[kind][0]

    @pytest.fixture
    def sample(self, kind: str, disks: dict[str, bytes]) -> bytes:
        return disks[kind]


def table(kind: str, content: bytes) -> PartitionTable:
    assert [name for name in TABLES if TABLES[name][0].recognises(content[:65536], len(content))] == [kind]
    assert not any(recognises(content[:65536]) for recognises in FILE_SYSTEMS.values())
    return TABLES[kind][0].open(MemoryStream(content), limits=LIMITS)


def partitions(opened: PartitionTable) -> list[Item]:
    return [item for item in opened.items() if item.state is ItemState.LIVE]


def test_partitions_are_numbered_by_place_and_hold_their_bytes(kind: str, disks: dict[str, bytes]) -> None:
    opened = table(kind, disks[kind])
    items = partitions(opened)
    assert [item.name for item in items] == [f"p{number}" for number in range(1, len(items) + 1)]
    for item, (start, sectors) in zip(items, TABLES[kind][1], strict=True):
        assert read_all(opened, item) == disks[kind][start * SECTOR : (start + sectors) * SECTOR]


def test_what_no_partition_covers_is_told(kind: str, disks: dict[str, bytes]) -> None:
    areas = [Area(area.start, area.size_bytes) for area in table(kind, disks[kind]).unallocated]
    first = areas[0]
    assert first.start + first.size_bytes == MIB
    assert first.start < 64 * SECTOR
    assert max(area.start + area.size_bytes for area in areas) <= len(disks[kind])


def test_they_are_those_that_mmls_lists(kind: str, disks: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "disk.raw").write_bytes(disks[kind])
    told = []
    for line in call("mmls", "-a", tmp_path / "disk.raw").splitlines():
        parts = line.split()
        if parts and parts[0].endswith(":") and parts[0][:-1].isdigit():
            told.append(Area(int(parts[2]) * SECTOR, int(parts[4]) * SECTOR))
    assert [Area(area.start, area.size_bytes) for area in table(kind, disks[kind]).partitions] == told


def test_the_second_table_of_gpt_serves_where_the_first_is_damaged(disks: dict[str, bytes]) -> None:
    content = bytearray(disks["gpt"])
    content[512:1024] = bytes(512)
    assert len(partitions(table("gpt", bytes(content)))) == 2


def test_a_partition_that_the_medium_cuts_off_is_readable_up_to_there(disks: dict[str, bytes]) -> None:
    content = disks["gpt"][: 8192 * SECTOR + 1000]
    opened = table("gpt", content)
    first, second = partitions(opened)
    assert not first.obstacle
    assert second.size_bytes == 6000 * SECTOR
    stream = opened.open("p2", "")
    assert stream.read_at(0, 1000) == content[-1000:]
    with pytest.raises(Unreadable, match="medium ends"):
        stream.read_at(900, 101)


def test_a_partition_behind_the_end_of_the_medium_says_so(disks: dict[str, bytes]) -> None:
    first, second = partitions(table("gpt", disks["gpt"][: 4 * MIB - 1]))
    assert not first.obstacle
    assert "medium ends before" in second.obstacle


def test_a_partition_larger_than_any_disk_is_damage(disks: dict[str, bytes]) -> None:
    content = bytearray(disks["gpt"])
    content[1024 + 40 : 1024 + 48] = b"\xff" * 7 + b"\x7f"  # the last sector of the first entry
    opened = table("gpt", bytes(content))
    (item,) = [item for item in opened.items() if item.obstacle]
    assert (item.size_bytes, "damaged" in item.obstacle) == (None, True)


def test_logical_partitions_that_cannot_be_known_end_the_listing(disks: dict[str, bytes]) -> None:
    listing = table("mbr", disks["mbr"][: 5 * MIB + 4096]).items()
    assert next(listing).name == "p1"
    with pytest.raises(Unreadable, match="medium ends before"):
        list(listing)


def test_it_stops_at_the_limit_of_partitions(disks: dict[str, bytes]) -> None:
    listing = Mbr().open(MemoryStream(disks["mbr"]), limits=Limits(container_items=2)).items()
    assert [next(listing).name, next(listing).name] == ["p1", "p2"]
    with pytest.raises(LimitReached):
        next(listing)


def test_a_volume_is_no_partition_table(tmp_path: Path) -> None:
    made = [make(tmp_path / make.__name__, {"x": b"x"}) for make in (fat_image, ntfs_image, ext_image, iso_image)
            if (tmp_path / make.__name__).mkdir() is None]  # fmt: skip
    for path in made:
        head = path.read_bytes()[:65536]
        assert not Mbr().recognises(head, MIB)
        assert not Gpt().recognises(head, MIB)
        assert sum(recognises(head) for recognises in FILE_SYSTEMS.values()) == 1


def test_what_is_left_of_a_volume_does_not_hide_a_newer_partition_table(
    tmp_path: Path, disks: dict[str, bytes]
) -> None:
    ext = ext_image(tmp_path, {"x": b"x"}).read_bytes()
    content = disks["mbr"][:1024] + ext[1024:2048] + disks["mbr"][2048:]
    assert len(partitions(table("mbr", content))) == 3


class TestJoined:
    CONTENT = random.Random(9).randbytes(2500)

    def parts(self, names: list[str], size: int = 600) -> dict[str, bytes]:
        return {name: self.CONTENT[place * size : (place + 1) * size] for place, name in enumerate(names)}

    @pytest.mark.parametrize(
        "names",
        [
            ["d.000", "d.001", "d.002", "d.003", "d.004"],
            ["d.dd.001", "d.dd.002", "d.dd.003", "d.dd.004", "d.dd.005"],
            ["d.00001", "d.00002", "d.00003", "d.00004", "d.00005"],
            ["d.aa", "d.ab", "d.ac", "d.ad", "d.ae"],
            ["d.AAA", "d.AAB", "d.AAC", "d.AAD", "d.AAE"],
        ],
    )
    def test_segments_are_read_as_one(self, names: list[str]) -> None:
        parts = self.parts(names)
        first = MemoryStream(parts[names[0]], parts, names[0])
        whole = joined(first)
        assert whole.size_bytes == 2500
        assert whole.read_at(0, 9999) == self.CONTENT
        for offset, length in [(0, 1), (599, 2), (600, 600), (100, 1900), (2400, 500), (2500, 1), (9999, 1), (5, 0)]:
            assert whole.read_at(offset, length) == self.CONTENT[offset : offset + length]
        whole.close()
        assert first.closed

    @pytest.mark.parametrize("name", ["d.raw", "d.002", "000", "IMG_001", "d.0", "d.100", "", ".001"])
    def test_what_is_no_first_segment_stays_as_it_is(self, name: str) -> None:
        beside = dict.fromkeys(("d.003", "001", "IMG_002", "d.1", "d.101", ".002"), b"other")
        first = MemoryStream(b"some", beside, name)
        assert joined(first) is first

    def test_a_first_segment_alone_stays_as_it_is(self) -> None:
        first = MemoryStream(b"some", {}, "d.001")
        assert joined(first) is first

    def test_a_missing_segment_is_named_and_the_others_are_readable(self) -> None:
        parts = self.parts(["d.000", "d.001", "d.002", "d.003", "d.004"])
        del parts["d.002"]
        whole = joined(MemoryStream(parts["d.000"], parts, "d.000"))
        assert whole.size_bytes == 2500
        assert whole.read_at(0, 1200) == self.CONTENT[:1200]
        assert whole.read_at(1800, 700) == self.CONTENT[1800:]
        with pytest.raises(Unreadable, match=r"d\.002 .*missing"):
            whole.read_at(1100, 200)

    def test_more_segments_than_may_be_open_at_once(self) -> None:
        names = [f"d.{number:03}" for number in range(300)]
        parts = {name: name.encode() for name in names}
        whole = joined(MemoryStream(parts["d.000"], parts, "d.000"))
        assert whole.read_at(0, 10_000) == "".join(names).encode()
        assert whole.read_at(5 * 7, 5) == b"d.007"

    def test_a_file_system_in_parts_is_read(self, tmp_path: Path) -> None:
        content = ext_image(tmp_path, files()).read_bytes()
        parts = {f"d.{number:03}": content[number * MIB : (number + 1) * MIB] for number in range(4)}
        from amparo.evidence.file_system import VolumeFormat

        whole = joined(MemoryStream(parts["d.000"], parts, "d.000"))
        volume = VolumeFormat("ext").open(whole, limits=LIMITS)
        assert {name: read_all(volume, Item(name, None)) for name in files()} == files()
