"""BitLocker volumes, laid out by the format's description and read by libbde and cryptsetup besides."""

import random
import struct
from pathlib import Path

import pytest

from amparo import Workbench
from amparo.domain.errors import Encrypted, Unreadable, Unsupported
from amparo.domain.secrets import Secrets
from amparo.evidence.bitlocker import BitLocker
from amparo.evidence.bitlocker_sectors import Sectors, key_of, metadata_of
from contracts.bitlocker_volumes import FVEK, HEADER_BYTES, KEY_BYTES, VMK, bitlocker_volume, key_entry
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB, call, fat_image, ntfs_image

pytest.importorskip("pybde", reason="amparo[volumes] is not installed")

PASSWORD = "ein gutes Wort"
FILES = {"a.txt": b"hello", "b.bin": bytes(range(256)) * 100}


@pytest.fixture(scope="module")
def clear(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return ntfs_image(tmp_path_factory.mktemp("clear"), FILES, 8).read_bytes()


@pytest.fixture(scope="module")
def locked(clear: bytes) -> bytes:
    return bitlocker_volume(clear, PASSWORD)


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return fat_image(tmp_path_factory.mktemp("stick"), FILES).read_bytes()


@pytest.fixture(scope="module")
def locked_stick(stick: bytes) -> bytes:
    return bitlocker_volume(stick, PASSWORD)


def hollowed(clear: bytes) -> bytes:
    """With zeros where BitLocker has its metadata."""
    whole = bytearray(clear)
    for eighths, size in ((4, 65536), (5, 65536), (6, 65536), (7, HEADER_BYTES)):
        place = len(clear) * eighths // 8
        whole[place : place + size] = bytes(size)
    return bytes(whole)


def in_clear(locked: bytes, secrets: Secrets) -> bytes:
    container = BitLocker().unlock(MemoryStream(locked), limits=LIMITS, secrets=secrets)
    (item,) = container.items()
    return read_all(container, item)


class _Opened(BitLocker):
    """BitLocker with a key at hand."""

    def open(self, stream, *, limits):  # type: ignore[no-untyped-def]
        return self.unlock(stream, limits=limits, secrets=Secrets((), (FVEK[:16],)))


class TestBitLocker(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> BitLocker:
        return _Opened()

    @pytest.fixture
    def sample(self, locked_stick: bytes) -> bytes:
        return locked_stick


@pytest.mark.parametrize("method", sorted(KEY_BYTES))
def test_libbde_and_our_own_reader_give_the_same_bytes(clear: bytes, method: int) -> None:
    locked = bitlocker_volume(clear, PASSWORD, method)
    key = FVEK[: KEY_BYTES[method]]
    assert in_clear(locked, Secrets((PASSWORD,))) == hollowed(clear)  # by libbde, since it is NTFS
    assert in_clear(locked, Secrets((), (bytes(16), key))) == hollowed(clear)
    assert key_of(metadata_of(MemoryStream(locked)), PASSWORD) == key


def test_a_volume_that_is_not_ntfs_opens_too(stick: bytes, locked_stick: bytes) -> None:
    assert in_clear(locked_stick, Secrets((PASSWORD,))) == hollowed(stick)
    with pytest.raises(Encrypted):
        in_clear(locked_stick, Secrets((), (bytes(16), b"x")))


def test_a_recovery_key_opens_it(stick: bytes) -> None:
    key = "-".join(f"{number * 11:06}" for number in (1, 22, 333, 4444, 55555, 6, 65535, 8))
    locked = bitlocker_volume(stick, "", recovery_key=key)
    assert in_clear(locked, Secrets((key,))) == hollowed(stick)
    assert key_of(metadata_of(MemoryStream(locked)), "-".join(["000001"] * 8)) is None  # no multiples of eleven


def test_a_method_that_only_libbde_decrypts_is_said(locked: bytes) -> None:
    metadata = metadata_of(MemoryStream(locked))
    changed = locked.replace(struct.pack("<I", 0x8002) + bytes(8), struct.pack("<I", 0x8000) + bytes(8))
    assert metadata_of(MemoryStream(changed)).method == 0x8000
    with pytest.raises(Unsupported, match="only libbde"):
        in_clear(changed, Secrets((), (FVEK[:16],)))
    with pytest.raises(Unreadable, match="has 16 bytes, not 32"):
        Sectors(MemoryStream(locked), metadata, FVEK[:32])


def test_what_is_decrypted_already_is_in_clear(stick: bytes, locked_stick: bytes) -> None:
    half = len(stick) // 4
    size = struct.pack("<Q", len(stick))
    partly = locked_stick[:half] + stick[half : len(stick) // 2] + locked_stick[len(stick) // 2 :]
    partly = partly.replace(b"\4\0\4\0" + size, b"\4\0\4\0" + struct.pack("<Q", half))
    # The header is then in clear, too, where it lies behind what is encrypted.
    partly = partly[: len(stick) * 7 // 8] + stick[:HEADER_BYTES] + partly[len(stick) * 7 // 8 + HEADER_BYTES :]
    assert in_clear(partly, Secrets((), (FVEK[:16],)))[: len(stick) // 2] == stick[: len(stick) // 2]


def test_hostile_metadata(locked_stick: bytes) -> None:
    chance = random.Random(6)
    places = [len(locked_stick) * eighths // 8 for eighths in (4, 5, 6)]
    for _ in range(300):
        changed = bytearray(locked_stick)
        for _ in range(chance.choice((1, 3, 30))):
            byte = chance.randrange(256)
            at = chance.randrange(500)
            for place in places:
                changed[place + at] = byte
            changed[chance.choice((11, 12, *range(160, 200)))] = chance.choice((2, byte))
        stream = MemoryStream(bytes(changed[: chance.choice((len(changed), chance.randrange(len(changed))))]))
        try:
            sectors = Sectors(stream, metadata_of(stream), FVEK[:16])
            for offset in (0, 8000, stream.size_bytes // 2, stream.size_bytes - 1):
                assert len(sectors.read_at(offset, 5000)) == max(min(5000, sectors.size_bytes - offset), 0)
        except Unreadable:
            continue


@pytest.mark.parametrize(("passwords", "said"), [((), "The volume is encrypted"), (("falsch",), "None of")])
def test_a_sound_bitlocker_volume_without_its_password_is_encrypted(
    locked: bytes, passwords: tuple[str, ...], said: str
) -> None:
    with pytest.raises(Encrypted, match=f"^{said}"):
        BitLocker().unlock(MemoryStream(locked), limits=LIMITS, secrets=Secrets(passwords))


def test_a_bitlocker_volume_counts_as_encrypted_until_its_password_is_given(locked: bytes, tmp_path: Path) -> None:
    table = bytearray(MIB)
    table[446:462] = struct.pack("<BxxxBxxxII", 0, 7, MIB // 512, len(locked) // 512)
    table[510:512] = b"\x55\xaa"
    (tmp_path / "disk.raw").write_bytes(table + locked)
    workbench = Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key")
    for _ in workbench.examine(tmp_path / "disk.raw", exhibit="ES-1", workers=1):
        pass
    coverage = workbench.coverage("ES-1")
    assert coverage.covered.size_bytes == MIB + len(locked)
    assert coverage.covered.encrypted == len(locked)
    for _ in workbench.examine(tmp_path / "disk.raw", exhibit="ES-2", workers=1, secrets=Secrets((PASSWORD,))):
        pass
    opened = workbench.coverage("ES-2")
    assert (opened.covered.size_bytes, opened.covered.encrypted) == (MIB + len(locked), 0)
    found = {row.item_path: row.size_bytes for row in workbench.findings("ES-2")}
    assert {name: found[f"ES-2!mbr:/p1!bitlocker:/!ntfs:/{name}"] for name in FILES} == {
        name: len(content) for name, content in FILES.items()
    }


def test_damage_behind_a_password_that_fits_is_not_said_to_be_a_wrong_password(locked: bytes) -> None:
    sealed = key_entry(3, VMK, FVEK[:16], 0x8002, 2)
    assert locked.count(sealed) == 3
    damaged = locked.replace(sealed, sealed[:-20] + bytes(20))
    with pytest.raises(Unreadable, match="seems to fit") as raised:
        BitLocker().unlock(MemoryStream(damaged), limits=LIMITS, secrets=Secrets((PASSWORD,)))
    assert not isinstance(raised.value, Encrypted)


def test_another_tool_reads_the_same_bitlocker_volume(locked: bytes, tmp_path: Path) -> None:
    (tmp_path / "volume.raw").write_bytes(locked)
    said = call("cryptsetup", "bitlkDump", "-q", "--dump-volume-key", tmp_path / "volume.raw", stdin=PASSWORD)
    assert "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f" in said
