"""Shadow copies of NTFS volumes, over volumes that mkfs.ntfs made."""

import random
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amparo import Workbench
from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.item import Container, Item
from amparo.evidence.file_system import VolumeFormat
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all, survive
from contracts.disk_images import LIMITS, MIB, ntfs_image
from contracts.shadow_copies import BLOCK, MARK, shadowed

AT = 6 * MIB
NTFS = VolumeFormat("ntfs")
needs_extra = pytest.mark.usefixtures("extra")


@pytest.fixture
def extra() -> None:
    pytest.importorskip("pyvshadow", reason="amparo[volumes] is not installed")


@pytest.fixture(scope="module")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("ntfs")
    return ntfs_image(folder, {"kept.bin": b"k" * 9000, "was.bin": b"old!" * 5000}, 8).read_bytes()


def blocks_before(then: bytes, now: bytes) -> dict[int, bytes]:
    """What was written over."""
    parts = {place: then[place : place + BLOCK] for place in range(0, len(then), BLOCK)}
    return {place: part for place, part in parts.items() if now[place : place + BLOCK] != part}


@pytest.fixture(scope="module")
def older(oldest: bytes) -> bytes:
    return oldest.replace(b"old!", b"2nd!")


@pytest.fixture(scope="module")
def volume(oldest: bytes, older: bytes) -> bytes:
    """Its file was written over twice, and before each time a shadow copy was made."""
    now = older.replace(b"2nd!", b"new!")
    return shadowed(now, blocks_before(oldest, older), blocks_before(older, now), at=AT)


def opened(content: bytes) -> Container:
    return NTFS.open(MemoryStream(content), limits=LIMITS)


def copies(container: Container) -> list[Item]:
    return [item for item in container.items() if item.name.startswith("$Snapshots")]


@needs_extra
class TestNtfsWithShadowCopies(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> VolumeFormat:
        return NTFS

    @pytest.fixture
    def sample(self, volume: bytes) -> bytes:
        return volume


@needs_extra
def test_each_is_the_volume_as_it_was(volume: bytes, oldest: bytes, older: bytes) -> None:
    container = opened(volume)
    one, two = copies(container)
    assert [(each.name, each.locator, each.volume, each.obstacle) for each in (one, two)] == [
        ("$Snapshots/1", "s1", True, ""),
        ("$Snapshots/2", "s2", True, ""),
    ]
    assert one.created_ns == int(datetime(2020, 1, 2, tzinfo=UTC).timestamp()) * 1_000_000_000
    for item, then in ((one, oldest), (two, older)):
        was = read_all(container, item)
        assert was[BLOCK : AT - BLOCK] == then[BLOCK : AT - BLOCK]
        assert was[0x1E00:0x1E10] == bytes(16)
        inner = opened(was)
        (file,) = [each for each in inner.items() if each.name == "was.bin"]
        assert read_all(inner, file) == (b"old!" if then == oldest else b"2nd!") * 5000
        assert copies(inner) == []
    (file,) = [each for each in container.items() if each.name == "was.bin"]
    assert read_all(container, file) == b"new!" * 5000


@needs_extra
def test_their_files_are_items_and_every_byte_counts_once(volume: bytes, tmp_path: Path) -> None:
    (tmp_path / "volume.raw").write_bytes(volume)
    workbench = Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key")
    for _ in workbench.examine(tmp_path / "volume.raw", exhibit="ES-1", workers=1):
        pass
    coverage = workbench.coverage("ES-1")
    assert coverage.covered.size_bytes == len(volume)
    assert coverage.covered.unreadable == coverage.covered.unsupported == 0
    plain = tmp_path / "plain.raw"
    plain.write_bytes(volume[:0x1E00] + bytes(16) + volume[0x1E10:])
    for _ in workbench.examine(plain, exhibit="ES-2", workers=1):
        pass
    assert workbench.coverage("ES-2").covered == coverage.covered
    bytes_of = {row.item_path: row.media_file for row in workbench.findings("ES-1")}
    places = [f"ES-1!ntfs:/{place}" for place in ("", "$Snapshots/1#s1!ntfs:/", "$Snapshots/2#s2!ntfs:/")]
    assert len({bytes_of[f"{place}was.bin"] for place in places}) == 3
    assert len({bytes_of[f"{place}kept.bin"] for place in places}) == 1


def test_without_the_extra_it_is_said_that_there_are_some(volume: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvshadow", None)
    (said,) = copies(opened(volume))
    assert said.obstacle == (
        "The volume has shadow copies, and they are not listed. Shadow copies are read by an extra that is not"
        " installed: pip install 'amparo[volumes]'."
    )
    assert said.cause is Cause.UNSUPPORTED


@needs_extra
def test_a_damaged_catalog_is_said(volume: bytes) -> None:
    damaged = bytearray(volume)
    damaged[AT : AT + 16] = bytes(16)
    (said,) = copies(opened(bytes(damaged)))
    assert said.obstacle.startswith("The volume has shadow copies, and they are not listed. Their catalog is damaged.")
    assert said.cause is Cause.UNREADABLE


def test_a_volume_whose_header_names_no_catalog_has_none(oldest: bytes) -> None:
    header = struct.pack("<16sIIQQQQ", MARK, 1, 1, 0x1E00, 0x1E00, 0, 0)
    assert copies(opened(oldest[:0x1E00] + header + oldest[0x1E00 + len(header) :])) == []
    assert copies(opened(oldest)) == []


@needs_extra
@pytest.mark.parametrize("size", [AT, 1 << 60])
def test_a_size_that_the_medium_does_not_have_is_not_believed(oldest: bytes, size: int) -> None:
    container = opened(shadowed(oldest, {}, volume_size=size, at=AT))
    (item,) = copies(container)
    stream = container.open(item.name, item.locator)
    assert stream.size_bytes <= len(oldest)
    stream.close()


@needs_extra
def test_a_shadow_copy_that_is_not_there_is_unreadable(volume: bytes, oldest: bytes) -> None:
    for content, name, locator in (
        (volume, "$Snapshots/3", "s3"),
        (volume, "$Snapshots/1", "s2"),
        (volume, "was.bin", "s1"),
        (oldest, "$Snapshots/1", "s1"),
    ):
        with pytest.raises(Unreadable):
            opened(content).open(name, locator)


@needs_extra
def test_hostile_catalogs_and_stores(volume: bytes) -> None:
    chance = random.Random(4)
    for _ in range(100):
        changed = bytearray(volume)
        for _ in range(chance.choice((1, 4, 40))):
            place = chance.choice((0x1E00 + chance.randrange(100), AT + BLOCK * chance.randrange(6)))
            changed[place + chance.randrange(400)] = chance.choice((0, 255, chance.randrange(256)))
        survive(NTFS, bytes(changed))
    for number in range(6):  # blocks that say that they follow themselves
        changed = bytearray(volume)
        place = AT + number * BLOCK
        changed[place + 40 : place + 48] = struct.pack("<Q", place)
        survive(NTFS, bytes(changed))
