import io
import os
import random
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Item, Stream
from amparo.domain.limits import Limits
from amparo.evidence.zip_archive import Zip, ZipArchive
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all

RANDOM = random.Random(2)
NOISE = RANDOM.randbytes(300_000)
TEXT = b"".join(b"%d green bottles\n" % number for number in range(60_000))


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes, int], comment: bytes = b"") -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w") as archive:
        warnings.simplefilter("ignore")  # of names that occur twice
        for name, content, method in members:
            archive.writestr(name, content, compress_type=method)
        archive.comment = comment
    return target.getvalue()


SAMPLE = zipped(
    ("DCIM/100/IMG_0001.JPG", NOISE, zipfile.ZIP_STORED),
    ("notes.txt", TEXT, zipfile.ZIP_DEFLATED),
    ("empty", b"", zipfile.ZIP_STORED),
    ("folder/", b"", zipfile.ZIP_STORED),
    ("naïve/Ökonomie – 日本.txt", TEXT, zipfile.ZIP_BZIP2),
    ("archive.lzma", TEXT, zipfile.ZIP_LZMA),
    ("twice", b"first", zipfile.ZIP_STORED),
    ("twice", b"second", zipfile.ZIP_DEFLATED),
    comment=b"a comment",
)


class TestZip(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Zip:
        return Zip()

    @pytest.fixture
    def sample(self) -> bytes:
        return SAMPLE


def opened(content: bytes, limits: Limits | None = None) -> ZipArchive:
    return Zip().open(MemoryStream(content), limits=limits or Limits())


def listed(archive: ZipArchive) -> dict[str, Item]:
    return {item.name: item for item in archive.items()}


def read(stream: Stream) -> bytes:
    return stream.read_at(0, stream.size_bytes)


def test_every_member_is_what_the_standard_library_reads() -> None:
    archive = opened(SAMPLE)
    with zipfile.ZipFile(io.BytesIO(SAMPLE)) as expected:
        members = [member for member in expected.infolist() if not member.is_dir()]
        items = list(archive.items())
        assert [item.name for item in items] == [member.filename for member in members]
        for item, member in zip(items, members, strict=True):
            assert read_all(archive, item) == expected.read(member)
            assert item.size_bytes == member.file_size


def test_a_name_that_occurs_twice_has_the_number_of_its_entry() -> None:
    archive = opened(SAMPLE)
    twice = [item for item in archive.items() if item.name == "twice"]
    assert [item.locator for item in twice] == ["", "7"]
    assert [read_all(archive, item) for item in twice] == [b"first", b"second"]


@pytest.mark.parametrize("name", ["absolute_paths", "mixed_paths", "syslog", "with_directory", "without_directory"])
def test_real_archives_agree_with_the_standard_library(field: Path, name: str) -> None:
    content = (field / "containers" / "dfvfs" / "zip" / f"{name}.zip").read_bytes()
    assert Zip().recognises(content[:65536], len(content))
    archive = opened(content)
    with zipfile.ZipFile(io.BytesIO(content)) as expected:
        members = [member for member in expected.infolist() if not member.is_dir()]
        items = list(archive.items())
        assert [item.name for item in items] == [member.filename.lstrip("/") for member in members]
        assert [read_all(archive, item) for item in items] == [expected.read(member) for member in members]


def test_names_are_only_names() -> None:
    names = ["../../etc/passwd", "/etc/shadow", "C:\\Windows\\x", "a/../b", "new\nline", "\u202egnp.exe", "a//b", "."]
    archive = opened(zipped(*((zipfile.ZipInfo(name), name.encode(), zipfile.ZIP_STORED) for name in names)))
    items = list(archive.items())
    assert [item.name for item in items] == [name.lstrip("/") for name in names]
    assert [read_all(archive, item) for item in items] == [name.encode() for name in names]


def test_names_keep_their_bytes_whatever_the_flag_says() -> None:
    content = bytearray(zipped(("aaaa", b"1", 0), ("bbbb", b"2", 0), ("cccc", b"3", 0), ("dddd", b"4", 0)))
    content = content.replace(b"aaaa", "日x".encode()).replace(b"bbbb", b"\xff\x84\x80z").replace(b"cccc", b"\0\0\0\0")
    archive = opened(bytes(content))
    assert list(listed(archive)) == ["日x", "\udcff\udc84\udc80z", "\0\0\0\0", "dddd"]
    assert read(archive.open("\udcff\udc84\udc80z", "")) == b"2"


def test_a_field_with_the_unicode_name_counts_where_it_suits_the_plain_name() -> None:
    right, stale = zipfile.ZipInfo("plain"), zipfile.ZipInfo("other")
    for member, crc in ((right, zlib.crc32(b"plain")), (stale, 1)):
        name = b"\x01" + struct.pack("<I", crc) + "ünïcode".encode()
        member.extra = struct.pack("<2H", 0x7075, len(name)) + name
    assert list(listed(opened(zipped((right, b"1", 0), (stale, b"2", 0))))) == ["ünïcode", "other"]


def test_times_come_from_the_best_field_that_there_is() -> None:
    dos = zipfile.ZipInfo("dos", (2024, 2, 29, 23, 59, 58))
    unix = zipfile.ZipInfo("unix")
    unix.extra = struct.pack("<2HBi", 0x5455, 5, 1, -1)
    ntfs = zipfile.ZipInfo("ntfs")
    filetimes = [116_444_736_000_000_000 + second * 10_000_000 + 7 for second in (1, 2, 3)]
    ntfs.extra = struct.pack("<2HI2H3Q", 0x000A, 32, 0, 1, 24, *filetimes)
    never = zipfile.ZipInfo("never")
    content = zipped((dos, b"", 0), (unix, b"", 0), (ntfs, b"", 0), (never, b"", 0))
    place = content.rindex(b"PK\x01\x02")
    content = content[: place + 12] + bytes(4) + content[place + 16 :]
    found = listed(opened(content))
    assert found["dos"].modified_ns == 1_709_251_198_000_000_000
    assert found["unix"].modified_ns == -1_000_000_000
    assert (found["ntfs"].modified_ns, found["ntfs"].accessed_ns, found["ntfs"].created_ns) == (
        1_000_000_700,
        2_000_000_700,
        3_000_000_700,
    )
    assert found["never"].modified_ns is None


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_altered_bytes_are_unreadable(method: int) -> None:
    content = bytearray(zipped(("a", NOISE, method)))
    content[150_000] ^= 1
    archive = opened(bytes(content))
    (item,) = archive.items()
    with pytest.raises(Unreadable, match=r"damaged"):
        read_all(archive, item)


@pytest.mark.parametrize(("stated", "match"), [(len(TEXT) - 1, "more than"), (len(TEXT) + 1, "ends after")])
def test_a_false_size_is_unreadable(stated: int, match: str) -> None:
    content = bytearray(zipped(("a", TEXT, zipfile.ZIP_DEFLATED)))
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, stated)
    archive = opened(bytes(content))
    (item,) = archive.items()
    with pytest.raises(Unreadable, match=match):
        read_all(archive, item)


def test_an_encrypted_member_says_so() -> None:
    content = bytearray(zipped(("a", TEXT, zipfile.ZIP_DEFLATED)))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    archive = opened(bytes(content))
    assert list(listed(archive)) == ["a"]
    with pytest.raises(Encrypted):
        archive.open("a", "")


@pytest.mark.parametrize(("method", "word"), [(6, "implode"), (98, "PPMd"), (1234, "number 1234")])
def test_a_method_that_cannot_be_read_is_named(method: int, word: str) -> None:
    content = bytearray(zipped(("a", TEXT, zipfile.ZIP_DEFLATED)))
    struct.pack_into("<H", content, content.rindex(b"PK\x01\x02") + 10, method)
    with pytest.raises(Unsupported, match=word):
        opened(bytes(content)).open("a", "")


def test_a_symbolic_link_names_its_target_and_is_not_read() -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    archive = opened(zipped((link, b"/etc/passwd", 0)))
    assert "symbolic link to /etc/passwd" in listed(archive)["link"].obstacle
    with pytest.raises(Unreadable, match="link"):
        archive.open("link", "")


@pytest.mark.parametrize("prefix", [b"MZ" + bytes(5000), b"#!/bin/sh\n"])
def test_what_stands_before_the_archive_is_skipped(prefix: bytes) -> None:
    archive = opened(prefix + SAMPLE)
    assert read_all(archive, listed(archive)["notes.txt"]) == TEXT


def test_what_stands_after_the_archive_is_skipped() -> None:
    archive = opened(SAMPLE + b"trailing" * 100)
    assert read_all(archive, listed(archive)["notes.txt"]) == TEXT


def test_zip64_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a", "w", force_zip64=True) as a:
        a.write(TEXT)
    content = target.getvalue()
    # The directory's record as a zip64 one, and an end record that points to the 64-bit end.
    place, end = content.rindex(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    packed, size = struct.unpack_from("<2I", content, place + 20)
    start = struct.unpack_from("<I", content, place + 42)[0]
    record = bytearray(content[place : place + 47])
    struct.pack_into("<2I", record, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<I", record, 42, 0xFFFFFFFF)
    struct.pack_into("<H", record, 30, 28)
    record += struct.pack("<2H3Q", 1, 24, size, packed, start)
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(record), place)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, place + len(record), 1)
    last = bytearray(content[end:])
    struct.pack_into("<2H2I", last, 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    whole = content[:place] + bytes(record) + end64 + locator + bytes(last)
    with zipfile.ZipFile(io.BytesIO(whole)) as expected:
        assert expected.read("a") == TEXT
    for prefix in (b"", b"MZ" * 1000):
        assert read(opened(prefix + whole).open("a", "")) == TEXT


def test_a_split_archive_asks_for_its_parts() -> None:
    content = bytearray(SAMPLE)
    struct.pack_into("<2H", content, content.rindex(b"PK\x05\x06") + 4, 2, 2)
    with pytest.raises(Unreadable, match=r"put the parts before it \(\.z01 and on\) into the same folder"):
        opened(bytes(content))


def test_a_directory_that_breaks_off_gives_what_stands_before() -> None:
    content = bytearray(SAMPLE)
    place = content.rindex(b"PK\x01\x02")
    content[place : place + 4] = b"XXXX"
    listing = opened(bytes(content)).items()
    assert [next(listing).name for _ in range(6)][-1] == "twice"
    with pytest.raises(Unreadable, match="after 7 members"):
        list(listing)


def test_more_members_than_the_limit_are_not_listed() -> None:
    listing = opened(SAMPLE, Limits(container_items=2)).items()
    assert [next(listing).name, next(listing).name] == ["DCIM/100/IMG_0001.JPG", "notes.txt"]
    with pytest.raises(LimitReached):
        next(listing)


def test_members_that_overlap_are_not_read() -> None:
    content = bytearray(zipped(*((f"{number}", TEXT, zipfile.ZIP_DEFLATED) for number in range(5))))
    place = -1
    for _ in range(5):
        place = content.index(b"PK\x01\x02", place + 1)
        struct.pack_into("<I", content, place + 42, 0)
    archive = opened(bytes(content))
    items = list(archive.items())
    assert ["overlap" in item.obstacle for item in items] == [False, True, True, True, True]
    assert read_all(archive, items[0]) == TEXT
    with pytest.raises(Unreadable, match="overlap"):
        archive.open("3", "")


def test_a_bomb_is_not_read() -> None:
    content = bytearray(zipped(("bomb", bytes(10_000_000), zipfile.ZIP_DEFLATED)))
    assert "bomb" not in listed(opened(bytes(content)))["bomb"].obstacle
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 4_000_000_000)
    archive = opened(bytes(content))
    assert "bomb" in listed(archive)["bomb"].obstacle
    with pytest.raises(Unreadable, match="bomb"):
        archive.open("bomb", "")


def test_ten_times_ten_million_zeros_are_read_in_little_memory() -> None:
    content = zipped(*((f"{number}", bytes(10_000_000), zipfile.ZIP_DEFLATED) for number in range(10)))
    program = (
        "import resource, sys\n"
        "from amparo.domain.limits import Limits\n"
        "from amparo.evidence.streams import MemoryStream\n"
        "from amparo.evidence.zip_archive import Zip\n"
        "archive = Zip().open(MemoryStream(sys.stdin.buffer.read()), limits=Limits())\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for item in archive.items():\n"
        "    stream = archive.open(item.name, item.locator)\n"
        "    sizes = [len(stream.read_at(at, 1 << 20)) for at in range(0, stream.size_bytes, 1 << 20)]\n"
        "    assert sum(sizes) == 10_000_000\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=content, capture_output=True, check=True, env=os.environ
    )
    assert int(done.stdout) < 16 * 1024


def test_an_lzma_member_cannot_ask_for_a_large_dictionary() -> None:
    content = bytearray(zipped(("a", TEXT, zipfile.ZIP_LZMA)))
    struct.pack_into("<I", content, 30 + 1 + 5, 0xFFFFFFFF)
    assert read(opened(bytes(content)).open("a", "")) == TEXT
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 1 << 30)
    with pytest.raises(LimitReached, match="dictionary"):
        opened(bytes(content)).open("a", "").read_at(0, 100)
