"""APFS, FileVault and BitLocker: what others made, and hostile bytes."""

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.item_path import ItemPath
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.apfs import Apfs
from amparo.evidence.apfs_snapshots import snapshot_counts
from amparo.evidence.bitlocker import BitLocker
from amparo.evidence.chain import Evidence
from amparo.evidence.filevault import FileVault
from amparo.evidence.libyal import Source, locked
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all, survive
from contracts.disk_images import LIMITS, MIB, call

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
    fork = items["apfs_test/a_directory/a_resourcefork:com.apple.ResourceFork"]
    assert read_all(container, fork) == b"My resource fork\n"
    assert read_all(container, items["apfs_test/a_directory/a_file:myxattr"]) == b"My extended attribute"
    assert not any("com.apple.fs.symlink" in name for name in items)
    assert "apfs_test/$Snapshots" not in items, "it has none"
    assert items["apfs_test/a_link"].obstacle == "This is a symbolic link to 'a_directory/another_file'."
    evidence.close()


def object_checksum(content: bytes) -> bytes:
    """Fletcher's with 64 bits, as the objects of APFS have it."""
    most, one, two = 0xFFFFFFFF, 0, 0
    for (word,) in struct.iter_unpack("<I", content):
        one = (one + word) % most
        two = (two + one) % most
    low = most - (one + two) % most
    return struct.pack("<2I", low, most - (one + low) % most)


def test_a_volume_says_how_many_snapshots_are_not_read(field: Path) -> None:
    content = bytearray((field / "containers/dfvfs/apfs.raw").read_bytes())
    assert snapshot_counts(MemoryStream(bytes(content))) == {1: 0}
    superblocks = [place for place in range(0, len(content), 4096) if content[place + 32 : place + 36] == b"APSB"]
    assert len(superblocks) > 1, "older ones are there too, and do not count"
    for number, place in enumerate(superblocks):
        content[place + 216] = number + 1
        content[place : place + 8] = object_checksum(content[place + 8 : place + 4096])
    (count,) = snapshot_counts(MemoryStream(bytes(content))).values()
    said = [item for item in Apfs().open(MemoryStream(bytes(content)), limits=LIMITS).items() if item.obstacle]
    assert [item.name for item in said if item.cause is Cause.UNSUPPORTED] == ["apfs_test/$Snapshots"]
    assert any(f"has {count} snapshots" in item.obstacle for item in said)
    newest = max(superblocks, key=lambda place: int.from_bytes(content[place + 16 : place + 24], "little"))
    assert count == superblocks.index(newest) + 1


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 200_000), st.integers(0, 255)), max_size=20), st.integers(0, 500_000))
def test_damage_of_the_object_map_leaves_open_whether_there_are_snapshots(
    field: Path, changes: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray((field / "containers/dfvfs/apfs.raw").read_bytes()[: 110 * 4096])
    for place, value in changes:
        content[(place if place % 2 else 108 * 4096 + place % 8192) % len(content)] = value
    for raw in (content, content[:cut]):
        assert all(count >= 0 for count in snapshot_counts(MemoryStream(bytes(raw))).values())


def test_an_empty_container_that_another_tool_made(tmp_path: Path) -> None:
    path = tmp_path / "apfs.raw"
    with path.open("wb") as stream:
        stream.truncate(600 * MIB)
    call("mkapfs", "-L", "Leer", path)
    evidence = Evidence(path, "ES-7", BUILTIN, LIMITS)
    assert evidence.kind_of_root() == "apfs"
    assert [item.name for item in evidence.container(ItemPath("ES-7"), "apfs").items()] == []
    evidence.close()


class Locked:
    """A volume of a libyal library that stays locked, but for one secret."""

    def __init__(self, *answers: bool | str) -> None:
        self._answers = list(answers)
        self.is_open = False

    def give(self, secret: str) -> None:
        if secret == "no recovery key":
            raise ValueError("its form is wrong")

    def unlock(self) -> bool:
        answer = self._answers.pop(0)
        if isinstance(answer, str):
            raise OSError(f"pyfvde_volume_unlock: {answer}")
        self.is_open = answer
        return answer

    def is_locked(self) -> bool:
        return not self.is_open


WANTED = "Give a password."
FITS_NONE = "None of the passwords and keys fits. Give a password."


@pytest.mark.parametrize(
    ("answers", "expected", "cause"),
    [
        ((), WANTED, Cause.ENCRYPTED),
        ((False, False), FITS_NONE, Cause.ENCRYPTED),
        ((False, True), "", Cause.UNREADABLE),
        (("no key bag", "no key bag"), "no password or key could be tried on it: it is damaged, or", Cause.UNREADABLE),
        (("no key bag", False), f"{FITS_NONE} With some of them trying failed", Cause.ENCRYPTED),
        (("no key bag", True), "", Cause.UNREADABLE),
    ],
)
def test_a_wrong_password_is_told_from_damage_as_far_as_the_library_tells(
    answers: tuple[bool | str, ...], expected: str, cause: Cause
) -> None:
    volume = Locked(*answers)
    ways = [(volume.give, f"secret {number}") for number in range(len(answers))]
    said, found = locked(Source(MemoryStream(b"")), volume, [(volume.give, "no recovery key"), *ways], WANTED)
    assert found is cause
    assert expected in said
    assert bool(said) == bool(expected)
    assert ("no key bag" in said) == ("no key bag" in answers and not volume.is_open)


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
