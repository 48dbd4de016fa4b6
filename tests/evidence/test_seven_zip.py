import lzma
import random
import shutil
import struct
import subprocess
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Container, ContainerFormat, Item
from amparo.domain.limits import MIB, Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.seven_zip import SevenZip, SevenZipArchive
from amparo.evidence.seven_zip_encryption import Passwords
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all

TOOL = shutil.which("7z")
with_tool = pytest.mark.skipif(TOOL is None, reason="needs the tool 7z")
NOISE = random.Random(3).randbytes(30_000)
LZMA2 = b"\x21\x21\x01\x16"  # one coder with properties: a dictionary of 8 MiB
STORED = b"\x01\x00"


def number(value: int) -> bytes:
    """As the format writes it; here always in its longest form."""
    return b"\xff" + value.to_bytes(8, "little")


def block(*contents: bytes, coder: bytes = LZMA2) -> tuple[bytes, bytes, tuple[bytes, ...]]:
    """Packed bytes, the coder, and what is in them."""
    plain = b"".join(contents)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 8 * MIB}]
    return lzma.compress(plain, lzma.FORMAT_RAW, filters=filters) if coder == LZMA2 else plain, coder, contents


def seven_zip(
    blocks: list[tuple[bytes, bytes, tuple[bytes, ...]]],
    names: list[str],
    *,
    empty: str = "",
    empty_file: str = "",
    anti: str = "",
    times: list[int] | None = None,
    attributes: list[int] | None = None,
    sizes: dict[int, int] | None = None,
) -> bytes:
    """An archive. The bits of `empty`, `empty_file` and `anti` are written as ones and zeros."""

    def bits(kind: int, text: str) -> bytes:
        if not text:
            return b""
        raw = int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")
        return bytes([kind]) + number(len(raw)) + raw

    def values(kind: int, code: str, found: list[int] | None) -> bytes:
        raw = b"\1\0" + struct.pack(f"<{len(found or ())}{code}", *(found or ()))
        return bytes([kind]) + number(len(raw)) + raw if found else b""

    plain = [len(b"".join(contents)) for _, _, contents in blocks]
    for place, size in (sizes or {}).items():
        plain[place] = size
    streams = b"\x06" + number(0) + number(len(blocks)) + b"\x09"
    streams += b"".join(number(len(packed)) for packed, _, _ in blocks) + b"\0"
    streams += b"\x07\x0b" + number(len(blocks)) + b"\0" + b"".join(b"\x01" + coder for _, coder, _ in blocks)
    streams += b"\x0c" + b"".join(map(number, plain)) + b"\0"
    streams += b"\x08\x0d" + b"".join(number(len(contents)) for _, _, contents in blocks) + b"\x09"
    streams += b"".join(number(len(each)) for _, _, contents in blocks for each in contents[:-1])
    streams += b"\x0a\x01" + b"".join(
        struct.pack("<I", zlib.crc32(each)) for _, _, contents in blocks for each in contents
    )
    encoded = b"\0" + b"".join(name.encode("utf-16-le", "surrogatepass") + b"\0\0" for name in names)
    files = b"\x05" + number(len(names)) + bits(0x0E, empty) + bits(0x0F, empty_file) + bits(0x10, anti)
    files += b"\x11" + number(len(encoded)) + encoded + values(0x14, "Q", times) + values(0x15, "I", attributes)
    header = b"\x01" + (b"\x04" + streams + b"\0\0" if blocks else b"") + files + b"\0\0"
    return framed(b"".join(packed for packed, _, _ in blocks), header)


def framed(packed: bytes, header: bytes) -> bytes:
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


SAMPLE = seven_zip(
    [block(NOISE, b"small", b"third" * 5000), block(b"alone"), block(b"twice is stored", coder=STORED)],
    ["DCIM/IMG_0001.JPG", "folder", "twice", "empty", "twice", "Ö – 日本", "old", "twice"],
    empty="01010010",
    empty_file="011",
    anti="001",
    times=[133_500_000_000_000_000] * 7 + [(1 << 64) - 1],
)


class SevenZipContract(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> SevenZip:
        return SevenZip()

    @pytest.fixture
    def container(self, container_format: ContainerFormat, stream: MemoryStream) -> Iterator[Container]:
        with closing(container_format.open(stream, limits=Limits())) as container:
            yield container


class TestSevenZip(SevenZipContract):
    @pytest.fixture
    def sample(self) -> bytes:
        return SAMPLE


@with_tool
class TestSevenZipOfTheTool(SevenZipContract):
    @pytest.fixture
    def sample(self, tmp_path: Path) -> bytes:
        return by_tool(tmp_path, FILES)


FILES = {"a/1.jpg": NOISE, "a/2.txt": b"text " * 9000, "b/empty": b"", "b/Ö.bin": bytes(range(256)) * 400}


def by_tool(folder: Path, files: dict[str, bytes], *options: str) -> bytes:
    """An archive that the tool 7z makes of `files`."""
    root = folder / "files"
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    archive = folder / "made.7z"
    archive.unlink(missing_ok=True)
    command = [str(TOOL), "a", "-bd", "-t7z", "-mmt=1", *options, str(archive), "."]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return archive.read_bytes()


@pytest.fixture(autouse=True)
def closed_at_the_end() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


OPENED: list[SevenZipArchive] = []


def opened(content: bytes, limits: Limits | None = None) -> SevenZipArchive:
    archive = SevenZip().open(MemoryStream(content), limits=limits or Limits())
    OPENED.append(archive)
    return archive


def test_what_the_directory_says_is_what_the_items_say() -> None:
    archive = opened(SAMPLE)
    found = [(item.name, item.locator, item.size_bytes, bool(item.obstacle)) for item in archive.items()]
    assert found == [
        ("DCIM/IMG_0001.JPG", "", 30_000, False),
        ("twice", "", 5, False),
        ("empty", "", 0, False),
        ("twice", "4", 25_000, False),
        ("Ö – 日本", "", 5, False),
        ("old", "", None, True),
        ("twice", "7", 15, False),
    ]
    first, *_, last = archive.items()
    assert first.modified_ns == 1_705_526_400 * 10**9
    assert last.modified_ns is None
    contents = [read_all(archive, item) for item in archive.items() if not item.obstacle]
    assert contents == [NOISE, b"small", b"", b"third" * 5000, b"alone", b"twice is stored"]
    with pytest.raises(Unreadable, match="anti-item"):
        archive.open("old", "")


@with_tool
@pytest.mark.parametrize(
    "options",
    [
        ["-m0=lzma2"],
        ["-m0=lzma", "-mhc=off"],
        ["-m0=lzma:lc=0:lp=2:pb=0"],
        ["-m0=copy"],
        ["-m0=deflate"],
        ["-m0=bzip2"],
        ["-m0=bcj", "-m1=lzma"],
        ["-m0=bcj", "-m1=lzma2"],
        ["-m0=delta:4", "-m1=lzma"],
        ["-m0=arm", "-m1=bzip2"],
        ["-m0=ppc", "-m1=copy"],
        ["-ms=off"],
    ],
    ids=" ".join,
)
def test_every_coder_gives_the_files_back(tmp_path: Path, options: list[str]) -> None:
    # Machine code, for the branch filters to do something.
    files = FILES | {"code": Path("/bin/sh").read_bytes()[:100_003]}
    archive = opened(by_tool(tmp_path, files, *options))
    assert {item.name: read_all(archive, item) for item in archive.items()} == files


@with_tool
@pytest.mark.parametrize(("method", "said"), [("ppmd", "PPMd"), ("bcj2", "BCJ2")])
def test_other_coders_are_listed_and_named(tmp_path: Path, method: str, said: str) -> None:
    archive = opened(by_tool(tmp_path, {"a": NOISE}, f"-m0={method}"))
    (item,) = archive.items()
    assert item.size_bytes == len(NOISE)
    with pytest.raises(Unsupported, match=said):
        archive.open("a", "")


@with_tool
def test_deflate64_is_read_with_its_extra(tmp_path: Path) -> None:
    pytest.importorskip("inflate64", reason="needs the extra archives")
    archive = opened(by_tool(tmp_path, FILES, "-m0=deflate64"))
    assert {item.name: read_all(archive, item) for item in archive.items()} == FILES


@with_tool
@pytest.mark.parametrize("options", ["-m0=copy", "-m0=lzma2", "-m0=lzma2 -mhe=on", "-m0=bzip2 -ms=off"])
def test_what_is_encrypted_is_read_with_its_password(tmp_path: Path, options: str) -> None:
    content = by_tool(tmp_path, FILES, "-pein Geheimnis", *options.split())
    archive = unlocked(content, "wrong", "ein Geheimnis")
    assert {item.name: read_all(archive, item) for item in archive.items()} == FILES
    with pytest.raises(Encrypted, match="none of the passwords"):
        unlocked(content, "wrong").open("a/1.jpg", "")


@with_tool
def test_two_passwords_in_one_archive_are_told_apart(tmp_path: Path) -> None:
    first = by_tool(tmp_path / "1", {"a": NOISE}, "-mx=0", "-pone")
    (tmp_path / "both.7z").write_bytes(first)
    (tmp_path / "b").write_bytes(NOISE[::-1])
    subprocess.run(
        [str(TOOL), "a", "-mx=0", "-ptwo", str(tmp_path / "both.7z"), str(tmp_path / "b")],
        check=True,
        capture_output=True,
    )
    archive = unlocked((tmp_path / "both.7z").read_bytes(), "one", "two")
    assert {item.name: read_all(archive, item) for item in archive.items()} == {"a": NOISE, "b": NOISE[::-1]}


def unlocked(content: bytes, *passwords: str) -> SevenZipArchive:
    archive = SevenZip().unlock(MemoryStream(content), limits=Limits(), secrets=Secrets(passwords))
    OPENED.append(archive)
    return archive


@pytest.mark.parametrize(
    ("properties", "words"),
    [(b"", "damaged"), (b"\x13", "damaged"), (b"\xd3\xff", "damaged"), (b"\x19\0", "rounds"), (b"\x3e\0", "rounds")],
)
def test_properties_of_encryption_that_make_no_sense_are_refused(properties: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        list(Passwords(Secrets(("x",))).decrypted(iter(()), properties, "x", 5))


def test_a_key_without_rounds_is_the_password_itself() -> None:
    key = "x".encode("utf-16-le").ljust(32, b"\0")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(b"start".ljust(16, b"\0"))).encryptor()
    packed = encryptor.update(b"sixteen bytes !!and five" + bytes(8))
    passwords = Passwords(Secrets(("x",)))
    found = passwords.decrypted(iter([packed[:7], packed[7:]]), b"\x7f\x04start", "x", 24)
    assert b"".join(found) == b"sixteen bytes !!and five"


@with_tool
def test_what_is_encrypted_says_so(tmp_path: Path) -> None:
    archive = opened(by_tool(tmp_path, {"a": NOISE}, "-psecret"))
    assert [item.name for item in archive.items()] == ["a"]
    with pytest.raises(Encrypted):
        archive.open("a", "")
    with pytest.raises(Encrypted, match="directory"):
        opened(by_tool(tmp_path, {"a": NOISE}, "-psecret", "-mhe=on"))


@with_tool
def test_a_symbolic_link_is_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "link").symlink_to("/etc/passwd")
    archive = opened(by_tool(tmp_path, {"a": b"a"}, "-snl"))
    assert {item.name: bool(item.obstacle) for item in archive.items()} == {"a": False, "link": True}
    with pytest.raises(Unreadable, match="symbolic link"):
        archive.open("link", "")


def test_a_solid_block_is_decompressed_once_for_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [random.Random(seed).randbytes(10_000) for seed in range(200)]
    archive = opened(seven_zip([block(*contents)], [f"{each}" for each in range(200)]))
    read: list[int] = []
    as_it_was = MemoryStream.read_at

    def counted(self: MemoryStream, offset: int, length: int) -> bytes:
        read.append(length)
        return as_it_was(self, offset, length)

    monkeypatch.setattr(MemoryStream, "read_at", counted)
    assert [read_all(archive, item) for item in archive.items()] == contents
    assert sum(read) < 3 * MIB  # of 2 MB packed


def test_a_large_block_lies_in_a_temporary_file_only_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    archive = opened(SAMPLE, Limits(in_memory_bytes=1000))
    first = archive.open("twice", "4")
    assert first.read_at(24_990, 10) == b"thirdthird"
    assert archive.open("Ö – 日本", "").read_at(0, 9) == b"alone"
    assert first.read_at(0, 5) == b"third"
    first.close()
    archive.close()
    assert not list(tmp_path.iterdir())


def test_what_stands_before_the_damage_of_a_solid_block_can_be_read() -> None:
    contents = [random.Random(seed).randbytes(100_000) for seed in range(10)]
    whole = bytearray(seven_zip([block(*contents)], [f"{each}" for each in range(10)]))
    place = whole.index(contents[6][50_000:50_100])
    whole[place + 100_000] ^= 0xFF  # stored in LZMA2 as it is: only the checksum tells
    archive = opened(bytes(whole))
    told = {item.name: outcome(archive, item) for item in archive.items()}
    assert {name for name, said in told.items() if said} == {"7"}
    assert "CRC-32" in told["7"]
    whole[place - 40_000 : place + 60_000] = bytes(100_000)  # chunks begin here: a zero ends the stream
    told = {item.name: outcome(opened(bytes(whole)), item) for item in opened(bytes(whole)).items()}
    assert [name for name, said in told.items() if not said] == ["0", "1", "2", "3", "4", "5"]


def outcome(archive: SevenZipArchive, item: Item) -> str:
    try:
        read_all(archive, item)
    except Unreadable as error:
        return str(error)
    return ""


def test_an_archive_that_is_cut_short_says_how_far_it_goes() -> None:
    with pytest.raises(Unreadable, match=rf"has {len(SAMPLE) - 1} of {len(SAMPLE)} bytes"):
        opened(SAMPLE[:-1])


def test_a_bomb_is_listed_as_one_and_not_read() -> None:
    archive = opened(seven_zip([block(bytes(32 * MIB))], ["zeros"]), Limits(bomb_free_bytes=20 * MIB))
    (item,) = archive.items()
    assert "as in a bomb" in item.obstacle
    with pytest.raises(Unreadable, match="as in a bomb"):
        archive.open("zeros", "")


def test_a_size_that_lies_fills_no_memory() -> None:
    packed = block(bytes(64 * MIB), b"after")
    small = (packed[0], packed[1], (b"x", b"after"))
    archive = opened(seven_zip([small], ["x", "after"], sizes={0: 6}))
    tracemalloc.start()
    try:
        assert outcome(archive, next(iter(archive.items()))) != ""
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_a_directory_that_asks_for_much_memory_is_refused() -> None:
    tracemalloc.start()
    try:
        for count in (10**6, 10**12, (1 << 63) - 1):
            with pytest.raises(Unreadable):
                opened(framed(b"", b"\x01\x05" + number(count) + b"\0\0"))
            with pytest.raises(Unreadable):
                opened(framed(b"", b"\x01\x04\x06" + number(0) + number(count) + b"\x09"))
        huge = b"\x17\x06" + number(0) + number(1) + b"\x09" + number(1) + b"\0\x07\x0b" + number(1) + b"\0\x01"
        huge += LZMA2 + b"\x0c" + number(1 << 40) + b"\x0a\x01" + bytes(4) + b"\0\0"
        with pytest.raises(LimitReached, match="directory has 1099511627776 bytes"):
            opened(framed(b"\0", huge))
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


def test_a_large_dictionary_is_refused_only_where_the_content_needs_it() -> None:
    coder = b"\x21\x21\x01\x28"  # 4 GiB
    packed = block(b"small")[0]
    archive = opened(seven_zip([(packed, coder, (b"small",))], ["a"]))
    assert read_all(archive, next(iter(archive.items()))) == b"small"
    archive = opened(seven_zip([(bytes(20 * MIB), coder, (b"small",))], ["a"], sizes={0: 4 << 30}))
    with pytest.raises(LimitReached, match="memory"):
        archive.open("a", "")


def test_names_are_bytes_in_disguise() -> None:
    names = ["/etc/passwd", "../../x", "lone \ud800 surrogate", "", "new\nline"]
    archive = opened(seven_zip([block(*[b"x"] * 5)], names))
    found = [item.name for item in archive.items()]
    assert found == ["etc/passwd", "../../x", "lone \udced\udca0\udc80 surrogate", "(no name)", "new\nline"]
    assert all(read_all(archive, item) == b"x" for item in archive.items())


def test_a_file_without_bytes_in_the_archive_is_an_obstacle() -> None:
    archive = opened(seven_zip([block(b"one")], ["one", "two"]))
    assert [bool(item.obstacle) for item in archive.items()] == [False, True]


def test_an_empty_archive_is_empty() -> None:
    start = bytes(20)
    content = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start
    assert list(opened(content).items()) == []
