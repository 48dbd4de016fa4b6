"""Backups of Android that the tests write themselves, after AOSP's `BackupManagerService`."""

import hashlib
import io
import random
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Container, ContainerFormat, Lockable
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.android_backup import AndroidBackup
from amparo.evidence.chain import Evidence
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all

NOISE = random.Random(14).randbytes(30_000)
KEY, START = bytes(range(100, 132)), bytes(range(200, 216))
ROUNDS = 100


def tar(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def filled(content: bytes) -> bytes:
    count = 16 - len(content) % 16
    return content + bytes((count,)) * count


def aes(key: bytes, start: bytes, content: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CBC(start)).encryptor().update(filled(content))


def backup(
    content: bytes, *, compressed: bool = True, password: str = "", version: int = 5, rounds: int = ROUNDS
) -> bytes:
    payload = zlib.compress(content) if compressed else content
    head = b"ANDROID BACKUP\n%d\n%d\n%s\n" % (version, compressed, b"AES-256" if password else b"none")
    if not password:
        return head + payload
    salt, check_salt, user_start = bytes(range(64)), bytes(range(64, 128)), bytes(range(16))
    java = "".join(chr(byte if byte < 128 else 0xFF00 | byte) for byte in KEY).encode() if version > 1 else KEY
    check = hashlib.pbkdf2_hmac("sha1", java, check_salt, rounds, 32)
    blob = b"".join(bytes((len(part),)) + part for part in (START, KEY, check))
    user_key = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, rounds, 32)
    lines = (salt.hex(), check_salt.hex(), str(rounds), user_start.hex(), aes(user_key, user_start, blob).hex())
    return head + "".join(f"{line.upper()}\n" for line in lines).encode() + aes(KEY, START, payload)


class BackupContract(ContainerFormatContract):
    @pytest.fixture
    def container(self, container_format: ContainerFormat, stream: MemoryStream) -> Iterator[Container]:
        with closing(container_format.open(stream, limits=Limits())) as container:
            yield container


class TestAndroidBackup(BackupContract):
    @pytest.fixture
    def container_format(self) -> AndroidBackup:
        return AndroidBackup()

    @pytest.fixture(params=[True, False], ids=["compressed", "plain"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return backup(tar({"apps/com.example/f/a.jpg": NOISE[:5000]}), compressed=request.param)


class KnowsThePassword(AndroidBackup):
    """Backups, opened with the password of these tests."""

    def open(self, stream: MemoryStream, *, limits: Limits):  # type: ignore[no-untyped-def, override]
        return self.unlock(stream, limits=limits, secrets=Secrets(("wrong", "right")))


class TestLocked(BackupContract):
    @pytest.fixture
    def container_format(self) -> KnowsThePassword:
        return KnowsThePassword()

    @pytest.fixture(params=[True, False], ids=["compressed", "plain"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return backup(NOISE[:3001], compressed=request.param, password="right")


def whole(content: bytes, *passwords: str) -> bytes:
    container = AndroidBackup().unlock(MemoryStream(content), limits=Limits(), secrets=Secrets(passwords))
    (item,) = container.items()
    found = read_all(container, item, step=999)
    container.close()
    return found


@pytest.mark.parametrize("version", [1, 2, 5])
@pytest.mark.parametrize("size", [0, 15, 16, 30_000])
def test_an_encrypted_backup_opens_with_its_password(version: int, size: int) -> None:
    assert isinstance(AndroidBackup(), Lockable)
    for compressed in (True, False):
        content = backup(NOISE[:size], password="contraseña", version=version, compressed=compressed)
        assert whole(content, "wrong", "contraseña") == NOISE[:size]


def test_a_password_that_is_missing_or_wrong_is_said() -> None:
    content = backup(NOISE, password="right")
    with pytest.raises(Encrypted, match="--secrets"):
        whole(content)
    with pytest.raises(Encrypted, match="none of the passwords"):
        whole(content, "wrong", "also")


def test_files_of_a_backup_are_found_by_the_chain(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(backup(tar({"apps/com.example/f/a.jpg": NOISE}), password="right"))
    with closing(Evidence(tmp_path / "x", "ES-7", BUILTIN, Limits(), Secrets(("right",)))) as evidence:
        assert evidence.kind_of_root() == "android-backup"
        path = ItemPath.parse("ES-7!android-backup:/!tar:/apps/com.example/f/a.jpg")
        with closing(evidence.stream(path)) as stream:
            assert stream.read_at(0, 40_000) == NOISE


def test_what_is_damaged_unknown_or_too_dear_is_refused() -> None:
    content = backup(NOISE, password="right")
    with pytest.raises(Unsupported, match="version 6"):
        whole(backup(NOISE, version=6))
    with pytest.raises(LimitReached, match="rounds"):
        whole(content.replace(b"\n100\n", b"\n999999999\n"), "right")
    for damaged in (b"ANDROID BACKUP\n5\n7\nnone\n", content.replace(b"AES-256\n", b"AES-256\nzz"), content[:-5]):
        with pytest.raises(Unreadable, match="damaged"):
            whole(damaged, "right")
