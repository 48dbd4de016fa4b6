"""Apple's partition map and the label of Solaris."""

import random
from pathlib import Path

import pytest

from amparo.domain.errors import Unreadable
from amparo.domain.item import ItemState
from amparo.evidence import BUILTIN
from amparo.evidence.file_system import VolumeFormat
from amparo.evidence.partitions import Apm, Area, Sun
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB, call, files, write_tree
from contracts.volume_images import SECTOR, apm_disk

PARTS = [(64, random.Random(1).randbytes(100 * SECTOR)), (200, random.Random(2).randbytes(300 * SECTOR))]


class TestApm(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Apm:
        return Apm()

    @pytest.fixture
    def sample(self) -> bytes:
        return apm_disk(PARTS, MIB)


def kinds(content: bytes) -> list[str]:
    return [each.kind for each in BUILTIN if each.recognises(content[: 68 * 1024], len(content))]


def test_the_partitions_of_a_map_hold_their_bytes() -> None:
    disk = apm_disk(PARTS, MIB)
    assert kinds(disk)[0] == "apm"
    opened = Apm().open(MemoryStream(disk), limits=LIMITS)
    contents = [read_all(opened, item) for item in opened.items() if item.state is ItemState.LIVE]
    assert list(map(len, contents[-2:])) == [len(content) for _, content in PARTS]
    assert all(content == held for (_, content), held in zip(PARTS, contents[-2:], strict=True))


def test_the_map_that_parted_makes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "disk.raw"
    path.write_bytes(bytes(4 * MIB))
    call("parted", "-s", path, "mklabel", "mac", "unit", "s", "mkpart", "one", "hfs+", "2048", "4095",
         "mkpart", "two", "hfs+", "4096", "6143")  # fmt: skip
    content = path.read_bytes()
    assert kinds(content)[0] == "apm"
    areas = [Area(area.start, area.size_bytes) for area in Apm().open(MemoryStream(content), limits=LIMITS).partitions]
    assert {Area(2048 * SECTOR, 2048 * SECTOR), Area(4096 * SECTOR, 2048 * SECTOR)} <= set(areas)


class TestSun(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Sun:
        return Sun()

    @pytest.fixture
    def sample(self, tmp_path: Path) -> bytes:
        path = tmp_path / "disk.raw"
        path.write_bytes(random.Random(3).randbytes(24 * MIB))
        call("sfdisk", "-q", "--wipe", "never", "--label", "sun", path, stdin=",8M\n")
        return path.read_bytes()


def test_a_label_whose_checksum_is_wrong_is_none() -> None:
    sector = bytearray(SECTOR)
    sector[508:510] = b"\xda\xbe"
    assert not Sun().recognises(bytes(sector), MIB)
    sector[510:512] = b"\xda\xbe"
    assert Sun().recognises(bytes(sector), MIB)


def ufs(folder: Path, version: int) -> bytes:
    image = folder / "ufs.raw"
    call("makefs", "-t", "ffs", "-o", f"version={version}", "-s", "8m", image, write_tree(folder / "tree", files()))
    return image.read_bytes()


def test_ufs_as_makefs_makes_it(tmp_path: Path) -> None:
    content = ufs(tmp_path, 1)
    assert kinds(content) == ["ufs"]
    volume = VolumeFormat("ufs").open(MemoryStream(content), limits=LIMITS)
    items = {item.name: item for item in volume.items() if not item.obstacle}
    assert {name: read_all(volume, items[name]) for name in files()} == files()


def test_ufs_2_where_the_sleuth_kit_does_not_look_for_it_is_said(tmp_path: Path) -> None:
    content = ufs(tmp_path, 2)
    assert kinds(content) == ["ufs"]
    with pytest.raises(Unreadable, match="file system cannot be read"):
        VolumeFormat("ufs").open(MemoryStream(content), limits=LIMITS)
