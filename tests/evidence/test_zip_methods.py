"""What zip archives of other tools have: newer methods, passwords, several parts."""

import builtins
import hashlib
import hmac
import random
import struct
import zlib
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, Unreadable, Unsupported
from amparo.domain.item import Item, Lockable, MarkedAtEnd
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.zip_archive import Zip, ZipArchive
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import call

NOISE = random.Random(2).randbytes(200_000)
TEXT = b"".join(b"%d green bottles\n" % number for number in range(60_000))
FILES = {"noise.bin": NOISE, "text.txt": TEXT, "empty": b"", "photos/Málaga.jpg": NOISE[:999]}


def archive(name: bytes, packed: bytes, size: int, crc: int, method: int, flags: int = 0, extra: bytes = b"") -> bytes:
    """A zip archive of one member, whatever its method."""
    fields = struct.pack("<5H3I2H", 51, flags, method, 0x6C5A, 0x5A21, crc, len(packed), size, len(name), len(extra))
    local = b"PK\x03\x04" + fields + name + extra + packed
    record = b"PK\x01\x02" + struct.pack("<H", 51) + fields + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name + extra
    return local + record + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(record), len(local), 0)


def old_cipher(content: bytes, password: bytes, last: int) -> bytes:
    """As APPNOTE 6.1 describes it, a header of twelve bytes before."""
    table = [zlib.crc32(bytes((each ^ 0xFF,))) ^ 0xFF000000 for each in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def mix(byte: int) -> None:
        keys[0] = table[(keys[0] ^ byte) & 0xFF] ^ (keys[0] >> 8)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = table[(keys[2] ^ (keys[1] >> 24)) & 0xFF] ^ (keys[2] >> 8)

    for byte in password:
        mix(byte)
    out = bytearray()
    for byte in b"elevenbytes" + bytes((last,)) + content:
        number = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((number * (number ^ 1)) >> 8 & 0xFF))
        mix(byte)
    return bytes(out)


def aes_member(content: bytes, password: bytes, strength: int, version: int, method: int = 8) -> bytes:
    """As WinZip describes AE-1 and AE-2; `content` is deflated, unless the method is 0."""
    packed = zlib.compress(content, wbits=-15) if method else content
    salt, key_bytes = bytes(range(4 + 4 * strength)), 8 * (strength + 1)
    keys = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 2 * key_bytes + 2)
    encryptor = Cipher(algorithms.AES(keys[:key_bytes]), modes.ECB()).encryptor()
    mask = b"".join(encryptor.update(struct.pack("<QQ", at + 1, 0)) for at in range(len(packed) // 16 + 1))
    body = bytes(one ^ other for one, other in zip(packed, mask, strict=False))
    code = hmac.new(keys[key_bytes:-2], body, hashlib.sha1).digest()[:10]
    extra = struct.pack("<2HH2sBH", 0x9901, 7, version, b"AE", strength, method)
    crc = zlib.crc32(content) if version == 1 else 0
    return archive(b"a", salt + keys[-2:] + body + code, len(content), crc, 99, 1, extra)


def unlocked(content: bytes, *passwords: str) -> ZipArchive:
    return Zip().unlock(MemoryStream(content), limits=Limits(), secrets=Secrets(passwords))


def contents(container: ZipArchive) -> dict[str, bytes]:
    return {item.name: read_all(container, item) for item in container.items()}


def made(folder: Path, files: Mapping[str, bytes], *options: str) -> Path:
    """A zip archive that 7-Zip makes."""
    for name, content in files.items():
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / name).write_bytes(content)
    call("7z", "a", "-tzip", "-mmt=1", *options, folder / "made.zip", f"{folder / 'in'}/.")
    return folder / "made.zip"


class TestAes(ContainerFormatContract):
    """The contract holds with a password too: the format that is tested here tries one."""

    @pytest.fixture
    def container_format(self) -> "KnowsThePassword":
        return KnowsThePassword()

    @pytest.fixture(params=[0, 8], ids=["stored", "deflated"])
    def sample(self, request: pytest.FixtureRequest) -> bytes:
        return aes_member(TEXT[:20_000], b"right", 3, 2, request.param)


class TestOldCipher(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> "KnowsThePassword":
        return KnowsThePassword()

    @pytest.fixture
    def sample(self) -> bytes:
        packed = old_cipher(NOISE[:5000], b"right", zlib.crc32(NOISE[:5000]) >> 24)
        return archive(b"a", packed, 5000, zlib.crc32(NOISE[:5000]), 0, 1)


class KnowsThePassword(Zip):
    """Zip archives, opened with the password of these tests."""

    def open(self, stream: MemoryStream, *, limits: Limits) -> ZipArchive:  # type: ignore[override]
        return self.unlock(stream, limits=limits, secrets=Secrets(("wrong", "right")))


def test_the_format_is_asked_for_more_than_its_beginning() -> None:
    assert isinstance(Zip(), Lockable)
    assert isinstance(Zip(), MarkedAtEnd)


@pytest.mark.parametrize("method", ["Copy", "Deflate", "Deflate64", "BZip2", "LZMA", "xz"])
def test_what_seven_zip_compresses_is_read(tmp_path: Path, method: str) -> None:
    if method == "Deflate64":
        pytest.importorskip("inflate64", reason="needs the extra archives")
    assert contents(unlocked(made(tmp_path, FILES, f"-mm={method}").read_bytes())) == FILES


def test_zstandard_is_read() -> None:
    zstd = pytest.importorskip("backports.zstd", reason="needs the extra archives")
    for method in (20, 93):
        packed = zstd.compress(TEXT)
        assert contents(unlocked(archive(b"a", packed, len(TEXT), zlib.crc32(TEXT), method))) == {"a": TEXT}
        with pytest.raises(Unreadable, match="checksum"):
            contents(unlocked(archive(b"a", packed, len(TEXT), 1, method)))


def test_ppmd_is_said(tmp_path: Path) -> None:
    container = unlocked(made(tmp_path, {"text.txt": TEXT}, "-mm=PPMd").read_bytes())
    with pytest.raises(Unsupported, match="PPMd"):
        container.open("text.txt", "")


@pytest.mark.parametrize(("method", "module"), [(9, "inflate64"), (93, "backports.zstd")])
def test_an_extra_that_is_missing_is_named_before_reading(
    method: int, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(name: str, package: str | None = None) -> object:
        if name in (module, "compression.zstd"):
            raise ImportError(name)
        return builtins.__import__(name)

    monkeypatch.setattr("importlib.import_module", without)
    with pytest.raises(Unsupported, match=r"amparo\[archives\]"):
        unlocked(archive(b"a", b"x", 5, 0, method)).open("a", "")


def test_deflate64_that_grows_as_in_a_bomb_comes_in_parts() -> None:
    inflate64 = pytest.importorskip("inflate64", reason="needs the extra archives")
    deflater = inflate64.Deflater()
    packed = deflater.deflate(bytes(60_000_000)) + deflater.flush()
    stream = unlocked(archive(b"a", packed, 60_000_000, zlib.crc32(bytes(60_000_000)), 9)).open("a", "")
    assert sum(len(stream.read_at(at, 1 << 20)) for at in range(0, stream.size_bytes, 1 << 20)) == 60_000_000


@pytest.mark.parametrize("cipher", ["ZipCrypto", "AES128", "AES192", "AES256"])
def test_what_seven_zip_encrypts_is_read_with_its_password(tmp_path: Path, cipher: str) -> None:
    files = {name: content[:50_000] for name, content in FILES.items()}
    content = made(tmp_path, files, f"-mem={cipher}", "-pa secret").read_bytes()
    assert contents(unlocked(content, "wrong", "a secret", "other")) == files
    for passwords, words in [((), "--secrets"), (("wrong", "x"), "none of the passwords")]:
        container = unlocked(content, *passwords)
        assert {item.name for item in container.items()} == set(files)
        # One wrong password in 256 passes the one byte that the old cipher has; then reading tells.
        by_chance = "|passes the one byte" if cipher == "ZipCrypto" and passwords else ""
        with pytest.raises(Encrypted, match=words + by_chance):
            container.open("noise.bin", "").read_at(0, len(files["noise.bin"]))


def test_a_wrong_password_that_passes_the_one_byte_of_the_old_cipher_is_not_called_damage(tmp_path: Path) -> None:
    content = made(tmp_path, {"noise.bin": NOISE[:50_000]}, "-mem=ZipCrypto", "-pa secret").read_bytes()
    told = set()
    for number in range(5_000):  # that none passes has a chance of 3 in 1,000,000,000
        try:
            stream = unlocked(content, f"wrong {number}").open("noise.bin", "")
        except Encrypted:
            continue
        with pytest.raises(Encrypted, match="passes the one byte") as refused:
            stream.read_at(0, stream.size_bytes)
        told.add(str(refused.value))
        break
    assert told
    # The right one, and damage: nobody can tell which it is.
    damaged = bytearray(content)
    damaged[2_000] ^= 1
    stream = unlocked(bytes(damaged), "a secret").open("noise.bin", "")
    with pytest.raises(Encrypted, match="or its bytes are damaged"):
        stream.read_at(0, stream.size_bytes)


def test_what_info_zip_encrypts_is_read_with_its_password(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes(TEXT)
    call("zip", "-q", "-j", "-P", "secret", tmp_path / "made.zip", tmp_path / "text.txt")
    assert contents(unlocked((tmp_path / "made.zip").read_bytes(), "wrong", "secret")) == {"text.txt": TEXT}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("strength", [1, 2, 3])
def test_aes_of_both_versions_is_read_at_random_and_its_code_is_checked(strength: int, version: int) -> None:
    content = aes_member(NOISE, b"secret", strength, version, 0)
    stream = unlocked(content, "secret").open("a", "")
    for offset, length in [(100_001, 70_000), (0, 17), (15, 2), (199_999, 9), (0, 200_000)]:
        assert stream.read_at(offset, length) == NOISE[offset : offset + length]
    altered = bytearray(content)
    altered[100_000] ^= 1
    with pytest.raises(Unreadable, match="code"):
        unlocked(bytes(altered), "secret").open("a", "").read_at(0, len(NOISE))


def test_where_several_passwords_pass_the_check_byte_the_checksum_decides() -> None:
    packed = old_cipher(NOISE[:3000], b"secret", zlib.crc32(NOISE[:3000]) >> 24)
    content = archive(b"a", packed, 3000, zlib.crc32(NOISE[:3000]), 0, 1)
    many = [f"wrong {number}" for number in range(2000)]
    assert contents(unlocked(content, *many, "secret")) == {"a": NOISE[:3000]}
    with pytest.raises(Encrypted, match="none of the passwords"):
        contents(unlocked(content, *many))


@pytest.mark.parametrize("code", ["utf-8", "cp1252", "cp437"])
def test_passwords_are_tried_as_windows_and_dos_spelled_them(code: str) -> None:
    packed = old_cipher(NOISE[:3000], "contraseña".encode(code), zlib.crc32(NOISE[:3000]) >> 24)
    content = archive(b"a", packed, 3000, zlib.crc32(NOISE[:3000]), 0, 1)
    assert contents(unlocked(content, "contraseña")) == {"a": NOISE[:3000]}


def test_strong_encryption_and_damaged_fields_are_said() -> None:
    with pytest.raises(Encrypted, match="Strong Encryption"):
        unlocked(archive(b"a", bytes(40), 40, 0, 8, 0x41), "x").open("a", "")
    with pytest.raises(Unreadable, match="the field that says how"):
        unlocked(archive(b"a", bytes(40), 40, 0, 99, 1), "x").open("a", "")
    short = struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
    with pytest.raises(Unreadable, match="shorter than the salt"):
        unlocked(archive(b"a", bytes(20), 40, 0, 99, 1, short), "x").open("a", "")
    with pytest.raises(Unreadable, match="shorter than the header"):
        unlocked(archive(b"a", bytes(5), 40, 0, 8, 1), "x").open("a", "")


def test_the_cause_of_a_locked_member_is_that_it_is_encrypted() -> None:
    with pytest.raises(Encrypted) as refused:
        unlocked(aes_member(TEXT, b"secret", 3, 2)).open("a", "")
    assert Cause.of(refused.value) is Cause.ENCRYPTED


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    (folder / "in").mkdir()
    for number in range(6):
        (folder / "in" / f"{number}.bin").write_bytes(NOISE[number * 30_000 : number * 30_000 + 60_000])
    call("zip", "-q", "-j", "-s", "64k", "-r", folder / "all.zip", folder / "in")
    return folder


def test_an_archive_in_parts_is_opened_by_its_last(parts: Path) -> None:
    assert len(list(parts.glob("all.z*"))) > 3
    with closing(Evidence(parts / "all.zip", "ES-7", BUILTIN, Limits())) as evidence:
        assert evidence.kind_of_root() == "zip"
        container = evidence.container(ItemPath("ES-7"), "zip")
        found = {item.name: read_all(container, item) for item in container.items()}
    assert found == {f"{number}.bin": NOISE[number * 30_000 : number * 30_000 + 60_000] for number in range(6)}


def test_a_part_that_is_missing_is_said_where_its_bytes_are(parts: Path) -> None:
    beside = {path.name: path.read_bytes() for path in parts.glob("all.z*") if path.name != "all.z02"}
    last = MemoryStream(beside["all.zip"], beside, "all.zip")
    container = Zip().open(last, limits=Limits())
    read = 0
    for item in container.items():
        with suppress(Unreadable):
            read += bool(read_all(container, item))
    assert 0 < read < 6
    with pytest.raises(Unreadable, match=r"all\.z02 of the split zip archive is missing"):
        contents(container)
    with pytest.raises(Unreadable, match="put the parts before it"):
        Zip().open(MemoryStream(beside["all.zip"], {}, "all.zip"), limits=Limits())
    with pytest.raises(Unreadable, match="first part of a split zip"):
        Zip().open(MemoryStream(beside["all.z01"], beside, "all.z01"), limits=Limits())


@pytest.mark.parametrize("name", ["all.zip.001", "all.7z.001", "all.tar.001", "all.tar.aa"])
def test_archives_that_were_cut_into_pieces_are_read_as_one(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "noise.bin").write_bytes(NOISE)
    kind, letters = name.split(".")[1], name.endswith("aa")
    call("7z", "a", f"-t{kind}", "-mmt=1", tmp_path / "whole", f"{tmp_path / 'in'}/.")
    whole = next(tmp_path.glob("whole*")).read_bytes()
    pieces = [whole[at : at + 30_000] for at in range(0, len(whole), 30_000)]
    for number, piece in enumerate(pieces):
        suffix = f"a{chr(ord('a') + number)}" if letters else f"{number + 1:03}"
        (tmp_path / f"all.{kind}.{suffix}").write_bytes(piece)
    with closing(Evidence(tmp_path / name, "ES-7", BUILTIN, Limits())) as evidence:
        container = evidence.container(ItemPath("ES-7"), evidence.kind_of_root())
        assert read_all(container, Item("noise.bin", len(NOISE))) == NOISE
