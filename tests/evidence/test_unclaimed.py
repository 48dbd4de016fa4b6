"""What stands in the file of a container and is no part of it becomes items: before, between and after."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.errors import Encrypted, Unreadable
from amparo.domain.item import Item, ItemState
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.chain import HEAD_BYTES, Evidence
from amparo.evidence.seven_zip import SevenZip
from amparo.evidence.unclaimed import Unclaimed
from amparo.evidence.zip_archive import Zip, ZipArchive
from contracts.compound_files import compound_file
from contracts.container_format import MemoryStream, read_all
from contracts.pictures import colours, saved
from evidence.test_pdf import SAMPLE as PDF
from evidence.test_pdf import encrypted_pdf
from evidence.test_rtf import SAMPLE as RTF
from evidence.test_seven_zip import SAMPLE as SEVEN_ZIP
from evidence.test_seven_zip import by_tool, with_tool

JPEG = saved(colours(96, 128), "JPEG")
SECOND = saved(colours(60, 80, 3), "JPEG")
TEXT = b"nothing to see here, and nothing that repeats itself at all\n" * 20


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
        made.comment = comment
    return written.getvalue()


def tarred() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as made:
        entry = tarfile.TarInfo("a.txt")
        entry.size = len(TEXT)
        made.addfile(entry, io.BytesIO(TEXT))
    return written.getvalue()


ZIP = zipped(("a.txt", TEXT), ("b.txt", TEXT * 3))


def compressed(make: Callable[[bytes], bytes]) -> bytes:
    return make(TEXT)


CONTAINERS = {
    "zip": ZIP,
    "tar": tarred(),
    "gzip": gzip.compress(TEXT, mtime=0),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "lzma": lzma.compress(TEXT, lzma.FORMAT_ALONE),
    "zlib": zlib.compress(TEXT),
    "sevenzip": SEVEN_ZIP,
    "pdf": PDF,
    "rtf": RTF,
    "ole": compound_file({"a": TEXT, "b/c": TEXT * 9}),
}


OPENED: list[Evidence] = []


@pytest.fixture(autouse=True)
def closed_at_the_end() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


class Opened:
    """What lies in a file on this machine, by the whole chain."""

    def __init__(self, folder: Path, content: bytes, secrets: Secrets = Secrets()) -> None:  # noqa: B008 - a value
        (folder / "file").write_bytes(content)
        self.evidence = Evidence(folder, "ES-7", BUILTIN, Limits(), secrets)
        OPENED.append(self.evidence)
        self.path = ItemPath.parse("ES-7!folder:/file")
        self.content = content

    @property
    def kind(self) -> str:
        head, tail = self.content[:HEAD_BYTES], self.content[-512:]
        file = lambda: io.BytesIO(self.content)  # noqa: E731
        return self.evidence.recognise(head, tail, len(self.content), file) or self.evidence.after_the_end(head, file)

    def items(self) -> Iterator[Item]:
        return self.evidence.container(self.path, self.kind).items()

    def finds(self) -> dict[str, bytes]:
        """The bytes of what no format claims, by name: read by address, in a process that has listed nothing."""
        found = {}
        for item in self.items():
            if item.name.startswith("$Unclaimed/"):
                assert item.state is ItemState.CARVED
                again = Evidence(Path(self.evidence._root), "ES-7", BUILTIN, Limits())
                address = str(self.path.child(self.kind, item.name, item.locator))
                with closing(again), closing(again.stream(ItemPath.parse(address))) as stream:
                    found[item.name.removeprefix("$Unclaimed/")] = stream.read_at(0, stream.size_bytes)
                assert item.size_bytes == len(found[item.name.removeprefix("$Unclaimed/")])
        return found

    def own(self) -> dict[str, bytes]:
        container = self.evidence.container(self.path, self.kind)
        return {
            item.name: read_all(container, item)
            for item in container.items()
            if not item.name.startswith("$Unclaimed/") and not item.obstacle
        }


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_picture_after_the_end_of_a_container_is_found_to_the_byte(kind: str, tmp_path: Path) -> None:
    content = CONTAINERS[kind]
    plain = Opened(tmp_path, content)
    assert (plain.kind, plain.finds()) == (kind, {}), "what is whole and alone has nothing beside it"
    own = plain.own()
    opened = Opened(tmp_path, content + JPEG)
    assert opened.kind == kind
    assert opened.finds() == {f"{len(content):010}.jpg": JPEG}
    assert opened.own() == own, "its own items are what they were"


@pytest.mark.parametrize("kind", CONTAINERS)
def test_two_pictures_and_an_archive_after_the_end_are_each_found(kind: str, tmp_path: Path) -> None:
    content = CONTAINERS[kind]
    behind = JPEG + b"x" * 5000 + SECOND + SEVEN_ZIP
    found = Opened(tmp_path, content + behind).finds()
    assert list(found.values()) == [JPEG, b"x" * 5000, SECOND, SEVEN_ZIP]
    assert [name.rpartition(".")[2] for name in found] == ["jpg", "bin", "jpg", "7z"]
    assert b"".join(found.values()) == behind


@pytest.mark.parametrize("kind", ["zip", "tar", "sevenzip", "pdf", "rtf", "ole"])
def test_a_trifle_or_padding_after_the_end_is_no_item(kind: str, tmp_path: Path) -> None:
    for trifle in (b"\n", bytes(20_000), b"a short note" * 20):
        assert Opened(tmp_path, CONTAINERS[kind] + trifle).finds() == {}


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_a_trifle_after_a_compressed_file_is_said_of_its_item(kind: str, tmp_path: Path) -> None:
    opened = Opened(tmp_path, CONTAINERS[kind] + b"a short note")
    assert opened.finds() == {}
    with pytest.raises(Unreadable, match="something was appended"):
        opened.own()


def test_what_stands_before_a_zip_archive_is_found(tmp_path: Path) -> None:
    opened = Opened(tmp_path, b"MZ" + b"program" * 1000 + JPEG + ZIP)
    assert opened.kind == "zip"
    assert [*opened.own()] == ["a.txt", "b.txt"]
    assert opened.finds() == {"0000000000.bin": b"MZ" + b"program" * 1000, "0000007002.jpg": JPEG}
    picture_first = Opened(tmp_path, JPEG + ZIP)
    assert picture_first.kind == "trailing", "the picture is an item in its own right, and the archive stands behind it"


def test_an_archive_whose_offsets_count_the_program_before_it_opens(tmp_path: Path) -> None:
    written = io.BytesIO(b"#!/bin/sh\n" + JPEG)
    with zipfile.ZipFile(written, "a") as made:
        made.writestr("a.txt", TEXT)
    opened = Opened(tmp_path, written.getvalue())
    assert (opened.kind, opened.own()) == ("zip", {"a.txt": TEXT})
    assert opened.finds() == {"0000000000.bin": b"#!/bin/sh\n", "0000000010.jpg": JPEG}


def test_a_picture_between_the_members_of_a_zip_archive_is_found(tmp_path: Path) -> None:
    for bit_3 in (False, True):
        first = zipped(("first" * 30, TEXT))
        if bit_3:  # written to what cannot go back: sizes follow the packed bytes
            written = _Forward()
            with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:  # type: ignore[call-overload]
                made.writestr("first" * 30, TEXT)
            first = bytes(written.written)
        members = first[: first.index(b"PK\x01\x02")]
        whole = zipped(("first" * 30, TEXT), ("second", TEXT * 2))
        assert Opened(tmp_path, whole).finds() == {}
        second = zipped(("second", TEXT * 2))
        packed, directory = second[: second.index(b"PK\x01\x02")], second[second.index(b"PK\x01\x02") :]
        records = first[first.index(b"PK\x01\x02") : first.index(b"PK\x05\x06")]
        record = bytearray(directory[: directory.index(b"PK\x05\x06")])
        struct.pack_into("<I", record, 42, len(members) + len(JPEG))
        joined = members + JPEG + packed + records + record
        place = len(members) + len(JPEG) + len(packed)
        end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 2, 2, len(records) + len(record), place, 0)
        opened = Opened(tmp_path, joined + end)
        assert [*opened.own()] == ["first" * 30, "second"]
        assert opened.finds() == {f"{len(members):010}.jpg": JPEG}
        behind = Opened(tmp_path, members + records + JPEG + _end_of(records, len(members)))
        assert behind.finds() == {f"{len(members) + len(records):010}.jpg": JPEG}, "between its directory and its end"


def _end_of(records: bytes, place: int) -> bytes:
    return struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(records), place, 0)


class _Forward:
    """A file that only goes forward."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, content: bytes) -> int:
        self.written += content
        return len(content)

    def flush(self) -> None:
        pass


def test_a_picture_in_the_comment_of_a_zip_archive_is_found(tmp_path: Path) -> None:
    content = zipped(("a.txt", TEXT), comment=JPEG[:60_000])
    assert [*Opened(tmp_path, content).finds().values()] == [JPEG]
    assert Opened(tmp_path, zipped(("a.txt", TEXT), comment=b"made by hand")).finds() == {}


def test_an_archive_hidden_behind_an_empty_one_is_found(tmp_path: Path) -> None:
    opened = Opened(tmp_path, ZIP + zipped())
    assert opened.own() == {}
    ((name, found),) = opened.finds().items()
    assert (name, found) == ("0000000000.zip", ZIP)


def test_a_zip_archive_opens_however_much_was_appended(tmp_path: Path) -> None:
    noise = random.Random(3).randbytes(3_000_000)
    opened = Opened(tmp_path, ZIP + JPEG + noise)
    assert [*opened.own()] == ["a.txt", "b.txt"]
    found = opened.finds()
    assert found.pop(f"{len(ZIP):010}.jpg") == JPEG
    assert b"".join(found.values()) == noise


def test_an_archive_that_is_cut_short_is_not_taken_for_the_one_that_is_stored_in_it() -> None:
    inner = zipped(("inner.txt", TEXT), comment=b"c" * 100)
    outer = zipped(("a.zip", inner), ("noise", random.Random(3).randbytes(200_000)), method=zipfile.ZIP_STORED)
    with pytest.raises(Unreadable, match="no directory at its end"):
        ZipArchive(MemoryStream(outer[:-1000]), Limits(), Secrets())


def test_the_signature_of_an_app_is_no_item(tmp_path: Path) -> None:
    place = ZIP.index(b"PK\x01\x02")
    block = struct.pack("<Q", 8192 + 24) + random.Random(1).randbytes(8192) + struct.pack("<Q", 8192 + 24)
    block += b"APK Sig Block 42"
    end = bytearray(ZIP[ZIP.index(b"PK\x05\x06") :])
    struct.pack_into("<I", end, 16, place + len(block))
    signed = ZIP[:place] + block + ZIP[place : ZIP.index(b"PK\x05\x06")] + end
    opened = Opened(tmp_path, signed)
    assert [*opened.own()] == ["a.txt", "b.txt"]
    assert opened.finds() == {}


def test_a_member_that_is_called_like_what_is_beside_an_archive_has_an_address_of_its_own(tmp_path: Path) -> None:
    place = len(zipped((f"$Unclaimed/{200:010}.jpg", SECOND)))
    content = zipped((f"$Unclaimed/{place:010}.jpg", SECOND))
    assert len(content) == place
    opened = Opened(tmp_path, content + JPEG)
    items = list(opened.items())
    assert len({(item.name, item.locator) for item in items}) == 2
    container = opened.evidence.container(opened.path, "zip")
    assert [read_all(container, item) for item in items] == [SECOND, JPEG]


@with_tool
def test_behind_documents_and_archives_that_no_password_opens_pictures_are_found(tmp_path: Path) -> None:
    locked = by_tool(tmp_path, {"a.txt": TEXT}, "-pein Geheimnis", "-mhe=on")
    for kind, content in (("pdf", encrypted_pdf(b"unknown", SECOND, 80, 60)), ("sevenzip", locked)):
        for behind in (b"", JPEG):
            opened = Opened(tmp_path, content + behind)
            assert opened.kind == kind
            found = []
            with pytest.raises(Encrypted):
                found.extend(opened.items())
            container = opened.evidence.container(opened.path, kind) if behind else None
            assert [read_all(container, item) for item in found if container] == [behind] * bool(behind)


def test_a_damaged_tar_archive_is_looked_through_from_there_on(tmp_path: Path) -> None:
    first = tarred()[: 512 + 1536]  # a header, and a member of 1,200 bytes
    opened = Opened(tmp_path, first + b"y" * 700 + JPEG + b"z" * 512)
    names = []
    with pytest.raises(Unreadable, match="damaged at byte 2048"):
        names.extend(item.name for item in opened.items())
    assert names == [
        "a.txt",
        "$Unclaimed/0000002048.bin",
        "$Unclaimed/0000002748.jpg",
        "$Unclaimed/" + f"{2748 + len(JPEG):010}.bin",
    ]


def test_a_picture_between_two_savings_of_a_document_is_found(tmp_path: Path) -> None:
    trailer = PDF[PDF.rindex(b"trailer") :]
    saved_again = PDF + b"9999 0 obj\n<< /A /B >>\nendobj\n" + trailer
    assert Opened(tmp_path, saved_again).finds() == {}
    assert Opened(tmp_path, PDF + trailer + trailer).finds() == {}
    hidden = PDF + JPEG + saved_again[len(PDF) :] + b"%a comment\n" + SECOND + trailer
    opened = Opened(tmp_path, hidden)
    assert opened.own() == Opened(tmp_path, PDF).own()
    found = Opened(tmp_path, hidden).finds()
    assert [content for name, content in found.items() if name.endswith(".jpg")] == [JPEG, SECOND]


def test_a_picture_in_sectors_of_a_compound_file_that_no_stream_uses_is_found(tmp_path: Path) -> None:
    content = bytearray(compound_file({"a": TEXT, "gone": JPEG + bytes(9000), "b": TEXT * 9}))
    assert Opened(tmp_path, bytes(content)).finds() == {}
    place = content.index(JPEG)
    (table,) = struct.unpack_from("<I", content, 76)
    for sector in range(place // 512 - 1, (place + len(JPEG) + 8999) // 512):
        struct.pack_into("<I", content, (table + 1) * 512 + 4 * sector, 0xFFFFFFFF)
    opened = Opened(tmp_path, bytes(content))
    assert opened.finds()[f"{place:010}.jpg"] == JPEG
    assert next(iter(opened.items())).name == "a"


def test_large_compressed_files_are_not_decompressed_to_list_them() -> None:
    from amparo.evidence.compressed import Gzip

    content = CONTAINERS["gzip"] + JPEG
    with closing(Gzip().open(MemoryStream(content), limits=Limits(in_memory_bytes=len(content) - 1))) as container:
        assert container.unclaimed() == []
        (item,) = container.items()
        with pytest.raises(Unreadable, match="something was appended"):
            read_all(container, item)


def test_a_great_many_gaps_are_looked_through_up_to_a_limit() -> None:
    stream = MemoryStream(JPEG * 20_001)
    stretches = [(place, place + len(JPEG)) for place in range(0, stream.size_bytes, 2 * len(JPEG))]
    listed = []
    with pytest.raises(Unreadable, match="10001 stretches"):
        listed.extend(Unclaimed(stream, stretches, Limits()).items())
    assert len(listed) == 10_000


@settings(max_examples=60)
@given(st.sampled_from(sorted(CONTAINERS)), st.binary(max_size=6000), st.data())
def test_whatever_is_appended_or_changed_gives_stretches_in_order(kind: str, noise: bytes, data: st.DataObject) -> None:
    content = bytearray(CONTAINERS[kind] + noise)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] ^= data.draw(st.integers(1, 255))
    found = next(each for each in BUILTIN if each.kind == kind)
    stream = MemoryStream(bytes(content))
    try:
        container = found.open(stream, limits=Limits())
    except Unreadable:
        return
    with closing(container):
        try:
            stretches = container.unclaimed()  # type: ignore[attr-defined]
        except Unreadable:
            return
        assert all(0 <= start <= end <= len(content) for start, end in stretches)
        assert sorted(stretches) == list(stretches)


def test_what_follows_is_asked_of_what_no_kind_recognises() -> None:
    for content, expected in ((b"MZ" + bytes(500) + ZIP, True), (b"MZ" + bytes(500), False), (b"", False)):
        assert Zip().follows(content[:HEAD_BYTES], io.BytesIO(content)) is expected
    assert SevenZip().recognises(CONTAINERS["sevenzip"], 1000)
