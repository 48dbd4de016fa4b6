"""APFS, FileVault and BitLocker: what others made, and hostile bytes."""

import random
import struct
from pathlib import Path

import pytest

from amparo import Workbench
from amparo.domain.errors import Encrypted, Unreadable
from amparo.domain.item_path import ItemPath
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.apfs import Apfs
from amparo.evidence.bitlocker import BitLocker
from amparo.evidence.chain import Evidence
from amparo.evidence.filevault import FileVault
from contracts.bitlocker_volumes import VMK, bitlocker_volume, key_entry
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all, survive
from contracts.disk_images import LIMITS, MIB, call, ntfs_image

pytest.importorskip("pyfsapfs", reason="amparo[volumes] is not installed")


class TestApfs(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Apfs:
        return Apfs()

    @pytest.fixture
    def sample(self, field: Path) -> bytes:
        return (field / "containers/dfvfs/apfs.raw").read_bytes()


def test_the_files_of_an_apfs_volume(field: Path) -> None:
    path = field / "containers/dfvfs/apfs.raw"
    evidence = Evidence(path, "ES-7", BUILTIN, LIMITS)
    assert evidence.kind_of_root() == "apfs"
    container = evidence.container(ItemPath("ES-7"), "apfs")
    items = {item.name: item for item in container.items()}
    assert read_all(container, items["apfs_test/passwords.txt"]).startswith(b"place,user,password")
    assert (
        read_all(container, items["apfs_test/a_directory/another_file"])
        == (field / "containers/dfvfs/another_file").read_bytes()
    )
    assert items["apfs_test/a_link"].obstacle == "This is a symbolic link to 'a_directory/another_file'."
    evidence.close()


def test_an_empty_container_that_another_tool_made(tmp_path: Path) -> None:
    path = tmp_path / "apfs.raw"
    with path.open("wb") as stream:
        stream.truncate(600 * MIB)
    call("mkapfs", "-L", "Leer", path)
    evidence = Evidence(path, "ES-7", BUILTIN, LIMITS)
    assert evidence.kind_of_root() == "apfs"
    assert list(evidence.container(ItemPath("ES-7"), "apfs").items()) == []
    evidence.close()


def bitlocker_head() -> bytes:
    head = bytearray(MIB)
    head[:11] = b"\xeb\x58\x90-FVE-FS-"
    head[11:16] = b"\0\2\x08\0\0"
    head[160:176] = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
    head[176:200] = b"".join(place.to_bytes(8, "little") for place in (65536, 131072, 196608))
    head[510:512] = b"\x55\xaa"
    for place in (65536, 131072, 196608):
        head[place : place + 12] = b"-FVE-FS-\x04\0\2\0"
    return bytes(head)


def core_storage_head() -> bytes:
    head = bytearray(MIB)
    head[8:10] = b"\1\0"
    head[10:12] = b"\x10\0"
    head[48:52] = (512).to_bytes(4, "little")
    head[88:94] = b"CS\1\0\0\0"
    return bytes(head)


@pytest.mark.parametrize(("known", "head"), [(BitLocker(), bitlocker_head()), (FileVault(), core_storage_head())])
def test_damaged_volumes_are_said_to_be(known: BitLocker | FileVault, head: bytes) -> None:
    assert known.recognises(head, len(head))
    assert next(each.kind for each in BUILTIN if each.recognises(head[: 68 * 1024], len(head))) == known.kind
    with pytest.raises(Unreadable):
        list(known.unlock(MemoryStream(head), limits=LIMITS, secrets=Secrets(("x",), (bytes(32),))).items())
    chance = random.Random(5)
    for _ in range(40):
        changed = bytearray(head)
        for _ in range(chance.choice((4, 40, 400))):
            changed[chance.choice((chance.randrange(700), 65536 + chance.randrange(400)))] = chance.randrange(256)
        survive(known, bytes(changed))
        survive(known, bytes(changed[: chance.randrange(len(changed))]))


def test_what_else_looks_alike_is_not_taken_for_bitlocker() -> None:
    for head in (b"", bytes(512), b"\xeb\x52\x90NTFS    " + bytes(499) + b"\x55\xaa"):
        assert not BitLocker().recognises(head, MIB)
    assert not FileVault().recognises(bytes(512), MIB)


PASSWORD = "ein gutes Wort"
FILES = {"a.txt": b"hello", "b.bin": bytes(range(256)) * 100}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    clear = ntfs_image(tmp_path_factory.mktemp("clear"), FILES, 8).read_bytes()
    return bitlocker_volume(clear, PASSWORD)


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
    sealed = key_entry(3, VMK, bytes(range(16)), 0x8002, 2)
    assert locked.count(sealed) == 3
    damaged = locked.replace(sealed, sealed[:-20] + bytes(20))
    with pytest.raises(Unreadable, match="seems to fit") as raised:
        BitLocker().unlock(MemoryStream(damaged), limits=LIMITS, secrets=Secrets(("falsch", PASSWORD)))
    assert not isinstance(raised.value, Encrypted)


def test_another_tool_reads_the_same_bitlocker_volume(locked: bytes, tmp_path: Path) -> None:
    (tmp_path / "volume.raw").write_bytes(locked)
    said = call("cryptsetup", "bitlkDump", "-q", "--dump-volume-key", tmp_path / "volume.raw", stdin=PASSWORD)
    assert "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f" in said
