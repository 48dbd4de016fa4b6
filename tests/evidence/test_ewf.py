"""EWF images: our own by ewfacquire, damaged ones, and those of other tools."""

import hashlib
import random
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.domain.digest import Algorithm, Digest
from amparo.domain.errors import Unreadable
from amparo.domain.item import Container, Item
from amparo.evidence.ewf import Ewf, EwfImage
from amparo.evidence.ewf_segment import segment_name
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all, survive
from contracts.disk_images import LIMITS, MIB, acquired

CHUNK = 32768


@pytest.fixture(scope="module")
def medium() -> bytes:
    """3 MiB and three sectors: noise, zeros and text, so that chunks of every kind occur."""
    chance = random.Random(3)
    return (
        chance.randbytes(2 * MIB) + bytes(MIB // 2) + b"some text. " * (MIB // 22) + chance.randbytes(1536 + 44)[:1580]
    )


@pytest.fixture(scope="module")
def raw(medium: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ewf") / "disk.raw"
    path.write_bytes(medium[: len(medium) // 512 * 512])
    return path


@pytest.fixture(scope="module")
def whole(raw: Path) -> bytes:
    return acquired(raw, "-c", "fast", "-S", "100MiB")["disk.E01"]


@pytest.fixture(scope="module")
def split(raw: Path) -> dict[str, bytes]:
    found = acquired(raw, "-c", "none", "-S", "1MiB")
    assert list(found) == ["disk.E01", "disk.E02", "disk.E03", "disk.E04"]
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("ewf") / "small.raw"
    path.write_bytes(random.Random(5).randbytes(70_000) + bytes(70_288))
    return acquired(path)["disk.E01"]


def image(content: bytes, siblings: Mapping[str, bytes] | None = None, name: str = "disk.E01") -> EwfImage:
    return EwfImage(MemoryStream(content, siblings, name), LIMITS)


class TestEwf(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Ewf:
        return Ewf()

    @pytest.fixture
    def sample(self, small: bytes) -> bytes:
        return small

    def test_every_item_has_a_name_and_an_address_of_its_own(self, container: Container) -> None:
        assert list(container.items()) == [Item("", 140_288, volume=True)]  # the one item without a name

    def test_an_item_that_is_not_there_is_unreadable(self, container: Container, readable: list[Item]) -> None:
        for name, locator in [("x", ""), ("", "1"), ("..", ""), ("\udcff", "")]:
            with pytest.raises(Unreadable):
                container.open(name, locator)

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=8))
    def test_flipped_bytes_give_items_or_say_that_they_are_unreadable(
        self, container_format: Ewf, sample: bytes, flips: list[tuple[float, int]]
    ) -> None:
        changed = bytearray(sample)
        for place, mask in flips:
            changed[int(place * len(changed))] ^= mask
        survive(container_format, bytes(changed))


@pytest.mark.parametrize("options", [("-c", "none"), ("-c", "fast"), ("-c", "best"), ("-b", "128"), ("-f", "encase5"),
                                     ("-f", "encase1"), ("-f", "ftk"), ("-f", "linen6"), ("-f", "smart")])  # fmt: skip
def test_what_ewfacquire_writes_comes_back_bit_for_bit(raw: Path, options: tuple[str, ...]) -> None:
    content = next(iter(acquired(raw, "-S", "100MiB", *options).values()))
    opened = image(content)
    stream = opened.open("", "")
    assert stream.size_bytes == raw.stat().st_size
    assert read_all(opened, Item("", None)) == raw.read_bytes()
    assert stream.read_at(CHUNK - 5, 2 * CHUNK) == raw.read_bytes()[CHUNK - 5 : 3 * CHUNK - 5]
    checked = opened.check()
    assert checked.faults == ()
    assert checked.bad_chunks == ()
    assert Digest(Algorithm.MD5, hashlib.md5(raw.read_bytes()).digest()) in checked.stored
    assert checked.computed.sha256 == hashlib.sha256(raw.read_bytes()).digest()


def test_it_tells_what_the_examiner_wrote(whole: bytes) -> None:
    fields = image(whole).metadata()
    assert fields["case_number"] == "7/2025"
    assert fields["evidence_number"] == "ES-7"
    assert fields["examiner"] == "Examiner"
    assert fields["description"] == "a made-up disk"
    assert "acquired_at" in fields


def test_segments_are_found_by_the_name_of_the_first(split: dict[str, bytes], raw: Path) -> None:
    opened = image(split["disk.E01"], split)
    assert opened.damage == []
    assert read_all(opened, Item("", None)) == raw.read_bytes()
    lower = {name.replace("E0", "e0"): content for name, content in split.items()}
    assert image(lower["disk.e01"], lower, "disk.e01").check().faults == ()


def test_a_later_segment_holds_nothing_of_its_own_unless_the_first_is_missing(split: dict[str, bytes]) -> None:
    assert list(Ewf().open(MemoryStream(split["disk.E02"], split, "disk.E02"), limits=LIMITS).items()) == []
    with pytest.raises(Unreadable, match=r"disk\.E01"):
        Ewf().open(MemoryStream(split["disk.E02"], {}, "disk.E02"), limits=LIMITS)


def test_a_missing_segment_is_named_and_what_lies_before_it_is_readable(split: dict[str, bytes], raw: Path) -> None:
    rest = {name: content for name, content in split.items() if name != "disk.E02"}
    opened = image(split["disk.E01"], rest)
    stream = opened.open("", "")
    there = opened.chunk_count * CHUNK
    assert there > 900_000
    assert stream.read_at(0, there) == raw.read_bytes()[:there]
    with pytest.raises(Unreadable, match=r"disk\.E02 is missing"):
        stream.read_at(there, 1)
    assert any("disk.E02 is missing" in fault for fault in opened.check().faults)


def test_segments_in_the_wrong_place_or_of_another_image_are_not_read(split: dict[str, bytes]) -> None:
    swapped = split | {"disk.E02": split["disk.E03"]}
    assert "it says that it is number 3" in image(split["disk.E01"], swapped).damage[0]
    nonsense = split | {"disk.E02": b"nonsense" * 100}
    assert "disk.E02 cannot be read" in image(split["disk.E01"], nonsense).damage[0]


def test_an_image_that_is_cut_off_is_readable_as_far_as_its_tables_go(split: dict[str, bytes], raw: Path) -> None:
    cut = split | {"disk.E03": split["disk.E03"][:500_000]}
    opened = image(split["disk.E01"], cut)
    assert "cut off" in opened.damage[0]
    there = opened.chunk_count * CHUNK
    assert opened.open("", "").read_at(0, there) == raw.read_bytes()[:there]
    with pytest.raises(Unreadable, match="cut off"):
        opened.open("", "").read_at(there, 10)


def test_a_damaged_chunk_is_named_and_its_neighbours_are_readable(split: dict[str, bytes], raw: Path) -> None:
    first = split["disk.E01"]
    place = first.index(raw.read_bytes()[5 * CHUNK : 5 * CHUNK + 64])
    opened = image(first[: place + 9] + bytes([first[place + 9] ^ 1]) + first[place + 10 :], split)
    stream = opened.open("", "")
    with pytest.raises(Unreadable, match=rf"Chunk 5 \(at byte {5 * CHUNK} .*checksum"):
        stream.read_at(6 * CHUNK - 1, 2)
    assert stream.read_at(6 * CHUNK, CHUNK) == raw.read_bytes()[6 * CHUNK : 7 * CHUNK]
    checked = opened.check()
    assert [(bad.first, bad.last, bad.offset) for bad in checked.bad_chunks] == [(5, 5, 5 * CHUNK)]
    assert any("carries md5:" in fault for fault in checked.faults)


def test_a_damaged_compressed_chunk_is_named(whole: bytes) -> None:
    opened = image(whole)
    number = next(place for place, bit in enumerate(opened._table(0)[1]) if bit)
    start = opened._table(0)[0][number]
    changed = bytearray(whole)
    changed[start + 4] ^= 0x55
    with pytest.raises(Unreadable, match=f"Chunk {number} "):
        image(bytes(changed)).chunk(number)


def sections(content: bytes) -> dict[str, int]:
    """Where the body of each section begins."""
    found, offset = {}, 13
    while True:
        kind, following = struct.unpack_from("<16sQ", content, offset)
        found[kind.rstrip(b"\0").decode()] = offset + 76
        if following <= offset:
            return found
        offset = following


@pytest.mark.parametrize("place", [0, 8, 24, 30], ids=["count", "base", "first entry", "another entry"])
def test_the_copy_serves_where_a_table_is_damaged(whole: bytes, raw: Path, place: int) -> None:
    changed = bytearray(whole)
    changed[sections(whole)["table"] + place] ^= 0x41
    opened = image(bytes(changed))
    assert read_all(opened, Item("", None)) == raw.read_bytes()
    changed[sections(whole)["table2"] + place] ^= 0x41
    with pytest.raises(Unreadable, match="table"):
        image(bytes(changed)).open("", "").read_at(0, 1)


def test_a_stored_digest_that_is_not_that_of_the_medium_is_a_fault(whole: bytes) -> None:
    changed = bytearray(whole)
    place = sections(whole)["hash"]
    changed[place] ^= 1
    assert any("is wrong" in fault for fault in image(bytes(changed)).check().faults)
    changed[place + 32 : place + 36] = struct.pack("<I", zlib.adler32(changed[place : place + 32]))
    faults = image(bytes(changed)).check().faults
    assert len(faults) == 1
    assert "carries md5:" in faults[0]


def test_read_errors_of_the_acquisition_are_told(whole: bytes) -> None:
    head = struct.pack("<I", 2) + bytes(512)
    body = head + struct.pack("<I", zlib.adler32(head)) + struct.pack("<IIII", 8, 2, 100, 64)
    done = sections(whole)["done"] - 76
    descriptor = struct.pack("<16sQQ40x", b"error2", done + 76 + len(body), 76 + len(body))
    last = struct.pack("<16sQQ40x", b"done", done + 76 + len(body), 76)
    changed = whole[:done] + b"".join(
        part + struct.pack("<I", zlib.adler32(part)) + rest for part, rest in ((descriptor, body), (last, b""))
    )
    opened = image(changed)
    assert opened.damage == []
    assert opened.acquisition_errors() == ((8, 2), (100, 64))


@pytest.mark.parametrize("head", [b"EVF2\r\n\x81\x00", b"LEF2\r\n\x81\x00", b"LVF\x09\x0d\x0a\xff\x00"])
def test_its_relatives_are_recognised_and_said_to_be_unsupported(head: bytes) -> None:
    assert Ewf().recognises(head, 1000)
    with pytest.raises(Unreadable, match="not supported"):
        Ewf().open(MemoryStream(head + bytes(1000)), limits=LIMITS)


def test_names_of_segments() -> None:
    told = {1: "E01", 2: "E02", 99: "E99", 100: "EAA", 101: "EAB", 126: "EBA", 775: "EZZ", 776: "FAA", 14971: "ZZZ"}
    for number, extension in told.items():
        assert segment_name("x.E01", number) == f"x.{extension}"
        assert segment_name("x.y.e07", number) == f"x.y.{extension.lower()}"
    assert segment_name("x.E01", 14972) == ""
    assert segment_name("x.s01", 2) == "x.s02"
    assert segment_name("no extension", 2) == ""


def test_the_media_of_other_tools_agree_with_their_stored_digests(field: Path) -> None:
    opened = 0
    for path in sorted((field / "containers").glob("*/*.E01")):
        if path.stat().st_size == 0:
            continue  # a file of that name without content, for tests of missing images
        beside = {other.name: other.read_bytes() for other in path.parent.glob(f"{path.stem}.E*")}
        checked = image(path.read_bytes(), beside, path.name).check()
        assert checked.faults == (), path.name
        assert checked.stored, path.name
        opened += 1
    assert opened >= 4
