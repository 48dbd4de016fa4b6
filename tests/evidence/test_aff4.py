"""AFF4 containers, all of them written by `contracts.aff4_images` after the text of the standard."""

import hashlib
import random
import struct
import sys
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item
from amparo.domain.limits import Limits
from amparo.evidence import aff4_streams, aff4_volume
from amparo.evidence.aff4 import Aff4, Aff4Container
from amparo.evidence.aff4_turtle import parse
from contracts.aff4_images import CHUNK, DEFLATE, LZ4, SCHEMA, SNAPPY, STORED, ZLIB, Aff4Writer, raw_deflate, urn
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all, survive

IMAGE, MAP, STREAM = urn(1), urn(2), urn(3)
METHODS = (STORED, DEFLATE, ZLIB, SNAPPY, LZ4)


def medium() -> bytes:
    """Chunks that can be packed and chunks that cannot, zeros, and a last one that is not full."""
    chance = random.Random(4)
    lines = b"".join(b"line %05d of a benign medium\n" % number for number in range(600))
    return chance.randbytes(2 * CHUNK) + lines + bytes(2 * CHUNK) + chance.randbytes(1234)


def disk(method: str = STORED, content: bytes | None = None, **options: Any) -> bytes:
    content = medium() if content is None else content
    writer = Aff4Writer()
    writer.stream(STREAM, content, method, **options)
    writer.map(MAP, [(0, len(content), 0, 0)], [STREAM], f"aff4:size {len(content)}")
    writer.disk(IMAGE, MAP, content, ("MD5", "SHA1", "SHA256", "SHA512", "Blake2b"))
    return writer.content()


def opened(content: bytes, siblings: Mapping[str, bytes] | None = None, name: str = "disk.aff4") -> Aff4Container:
    assert Aff4().recognises(content[: 64 * 1024], len(content))
    return Aff4().open(MemoryStream(content, siblings, name), limits=Limits())


def only(container: Aff4Container) -> Item:
    (item,) = container.items()
    return item


def bytes_of(content: bytes, **options: Any) -> bytes:
    container = opened(content, **options)
    return read_all(container, only(container))


def logical() -> bytes:
    writer = Aff4Writer()
    small, large = f"{writer.urn}//home/a b/small.txt".replace(" ", "%20"), f"{writer.urn}/home/large.bin"
    writer.member(f"{writer.urn}/home/a%20b/small.txt", b"a small file\n" * 20, zipfile.ZIP_DEFLATED)
    writer.describe(
        small,
        "a aff4:FileImage, aff4:Image, aff4:zip_segment",
        'aff4:originalFileName "./home/a b/small.txt"^^xsd:string',
        'aff4:lastWritten "2018-09-17T13:42:20.5+10:00"^^xsd:dateTime',
        'aff4:birthTime "2018-09-17T13:42:20Z"^^xsd:dateTime',
        'aff4:lastAccessed "no time"^^xsd:dateTime',
        'aff4:recordChanged "9999-12-31T23:59:59Z"^^xsd:dateTime',
        "aff4:size 260",
        f'aff4:hash "{hashlib.md5(b"a small file" + bytes([10])).hexdigest()}"^^aff4:MD5',
    )
    writer.stream(large, medium(), DEFLATE)
    writer.describe(large, "a aff4:FileImage, aff4:Image", r'aff4:originalFileName "C:\\Users\\x\\large.bin"')
    other = urn(9)
    writer.member(other, b"a second file of one name")
    writer.describe(other, "a aff4:FileImage, aff4:Image, aff4:ZipSegment", 'aff4:pathName "/home/a b/small.txt"')
    writer.describe(f"{writer.urn}/home", "a aff4:FolderImage, aff4:Image", 'aff4:originalFileName "/home"')
    return writer.content()


class TestAff4Disk(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Aff4:
        return Aff4()

    @pytest.fixture
    def sample(self) -> bytes:
        return disk(DEFLATE)


class TestAff4SnappyDisk(TestAff4Disk):
    @pytest.fixture
    def sample(self) -> bytes:
        pytest.importorskip("cramjam")
        return disk(SNAPPY)


class TestAff4Lz4Disk(TestAff4Disk):
    @pytest.fixture
    def sample(self) -> bytes:
        pytest.importorskip("cramjam")
        return disk(LZ4)


class TestAff4Files(TestAff4Disk):
    @pytest.fixture
    def sample(self) -> bytes:
        return logical()


def parts(numbers: tuple[int, ...] = (1, 2)) -> dict[str, bytes]:
    """A striped image as clause 7.1 has it: each file has one of the streams, and a map of its own of both."""
    content = medium()
    half = 5 * CHUNK
    streams = {number: urn(10 + number) for number in (1, 2)}
    files = {}
    for number in numbers:
        writer = Aff4Writer(f"aff4://aaaaaaaa-0000-4000-8000-00000000000{number}")
        writer.stream(streams[number], content[:half] if number == 1 else content[half:], DEFLATE)
        writer.describe(streams[3 - number], "a aff4:ImageStream")
        writer.map(
            urn(20 + number),
            [(0, half, 0, 0), (half, len(content) - half, 0, 1)],
            [streams[1], streams[2]],
            f"aff4:dependentStream <{streams[1]}>, <{streams[2]}>",
        )
        writer.disk(IMAGE, urn(20 + number), content)
        files[f"disk_{number}.aff4"] = writer.content()
    return files


class TestAff4Striped(TestAff4Disk):
    @pytest.fixture
    def sample(self) -> bytes:
        return parts()["disk_1.aff4"]

    @pytest.fixture
    def sample_name(self) -> str:
        return "disk_1.aff4"

    @pytest.fixture
    def siblings(self) -> Mapping[str, bytes]:
        return parts((2,))


@pytest.mark.parametrize("method", METHODS)
def test_a_disk_has_the_bytes_that_were_written(method: str) -> None:
    if method in (SNAPPY, LZ4):
        pytest.importorskip("cramjam")
    content = disk(method)
    assert bytes_of(content) == medium()
    assert only(opened(content)) == Item("", len(medium()), volume=True)


def test_deflate_with_the_envelope_of_zlib_and_spare_bytes_is_read() -> None:
    import zlib

    assert bytes_of(disk(DEFLATE, pack=lambda chunk: zlib.compress(chunk) + bytes(17))) == medium()


def test_lz4_blocks_with_their_length_before_them_are_read() -> None:
    cramjam = pytest.importorskip("cramjam")
    assert bytes_of(disk(LZ4, pack=lambda chunk: bytes(cramjam.lz4.compress_block(chunk)))) == medium()


def test_snappy_of_the_writer_that_stores_no_chunks_is_read() -> None:
    pytest.importorskip("cramjam")
    from contracts.aff4_images import snappy

    content = b"line\n" * 4000
    assert bytes_of(disk("https://github.com/google/snappy", content, pack=snappy)) == content


def test_without_the_extra_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cramjam")
    content = disk(SNAPPY)
    monkeypatch.setitem(sys.modules, "cramjam", None)
    container = opened(content)
    with pytest.raises(Unreadable, match=r"amparo\[aff4\]"):
        read_all(container, only(container))


def test_a_method_that_is_not_known_is_named() -> None:
    container = opened(disk("https://example.org/squeeze", pack=raw_deflate))
    with pytest.raises(Unreadable, match="squeeze"):
        read_all(container, only(container))


def test_symbols_and_gaps_of_a_map_stand_for_their_bytes() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, b"A" * 1000)
    entries = [(3000, 500, 0, 2), (0, 1000, 0, 0), (1000, 500, 77, 1), (2000, 500, 0, 3)]  # in no order
    targets = [STREAM, f"{SCHEMA}SymbolicStreamFF", f"{SCHEMA}Zero", "aff4:SymbolicStream5a"]
    writer.map(MAP, entries, targets, "aff4:size 4000", "aff4:mapGapDefaultStream aff4:SymbolicStream21")
    writer.disk(IMAGE, MAP)
    expected = b"A" * 1000 + b"\xff" * 500 + b"!" * 500 + b"Z" * 500 + b"!" * 500 + bytes(500) + b"!" * 500
    assert bytes_of(writer.content()) == expected


def test_a_gap_of_which_nothing_is_said_is_zeros() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, b"A" * 100)
    writer.map(MAP, [(100, 100, 0, 0)], [STREAM])
    writer.disk(IMAGE, MAP)
    assert bytes_of(writer.content()) == bytes(100) + b"A" * 100


def unread(digest_of: bytes) -> bytes:
    writer = Aff4Writer()
    writer.stream(STREAM, b"A" * 3_000_000)
    entries = [
        (0, 1000, 0, 0),
        (1000, 1_500_000, 1000, 1),
        (1_501_000, 1000, 1000, 0),
        (1_502_000, 100, 1_502_000, 2),
    ]
    writer.map(MAP, entries, [STREAM, f"{SCHEMA}UnreadableData", f"{SCHEMA}UnknownData"])
    writer.disk(IMAGE, MAP, digest_of, ("SHA1",))
    return writer.content()


def filled(kind: bytes, start: int, length: int) -> bytes:
    block = (kind * (1 << 20))[: 1 << 20]
    return bytes(block[place % (1 << 20)] for place in range(start, start + length))


def test_what_the_acquisition_did_not_read_is_unreadable_and_named() -> None:
    container = opened(unread(b""))
    stream = container.open("", "")
    assert stream.read_at(0, 1000) == b"A" * 1000
    assert stream.read_at(1_501_000, 1000) == b"A" * 1000
    with pytest.raises(Unreadable, match=r"Bytes 1000 to 1010 cannot be had. They could not be read when the medium"):
        stream.read_at(990, 20)
    with pytest.raises(Unreadable, match=r"Bytes 1502000 to 1502100 cannot be had. They were not read"):
        stream.read_at(1_502_000, 1000)


def test_a_check_fills_what_was_not_acquired_as_the_standard_says_and_names_it() -> None:
    content = (
        b"A" * 1000 + filled(b"UNREADABLEDATA", 1000, 1_500_000) + b"A" * 1000 + filled(b"UNKNOWN", 1_502_000, 100)
    )
    check = opened(unread(content)).check()
    assert check.faults == ()
    assert check.computed == check.stored
    assert check.not_acquired == ((1000, 1_500_000, "UnreadableData"), (1_502_000, 100, "UnknownData"))


def test_a_check_holds_all_five_digests_against_the_bytes() -> None:
    seen: list[int] = []
    check = opened(disk(DEFLATE)).check(progress=seen.append)
    assert {digest.algorithm for digest in check.stored} == {"md5", "sha1", "sha256", "sha512", "blake2b"}
    assert (check.faults, check.bad_parts, check.not_acquired) == ((), (), ())
    assert seen[-1] == len(medium())


def test_a_check_finds_a_changed_byte() -> None:
    whole = disk(STORED)
    place = whole.index(b"line 00300")
    check = opened(whole[:place] + b"LINE" + whole[place + 4 :]).check()
    assert len(check.faults) == 5
    assert "but what was read has" in check.faults[0]


def test_a_check_says_which_bytes_are_damaged() -> None:
    writer = Aff4Writer()
    content = b"text " * 100_000
    writer.stream(STREAM, content, DEFLATE)
    writer.disk(IMAGE, STREAM, content)
    whole = bytearray(writer.content())
    place = whole.index(raw_deflate(content[:CHUNK]))
    whole[place : place + 8] = b"\xff" * 8
    container = opened(bytes(whole))
    check = container.check()
    assert check.bad_parts[0][:2] == (0, 32 * 1024)
    assert check.faults[0].startswith("Bytes 0 to 32768 cannot be read. Chunk 0 (at byte 0)")
    assert container.open("", "").read_at(CHUNK, 10) == content[CHUNK : CHUNK + 10]


def test_a_striped_image_is_put_together_and_is_the_item_of_its_first_file() -> None:
    files = parts()
    assert bytes_of(files["disk_1.aff4"], siblings=files, name="disk_1.aff4") == medium()
    assert list(opened(files["disk_2.aff4"], siblings=files, name="disk_2.aff4").items()) == []
    renamed = {"disk.aff4": files["disk_1.aff4"], "disk.aff4.1": files["disk_2.aff4"]}
    assert bytes_of(renamed["disk.aff4"], siblings=renamed, name="disk.aff4") == medium()
    assert list(opened(renamed["disk.aff4.1"], siblings=renamed, name="disk.aff4.1").items()) == []


def test_a_striped_image_without_its_other_file_is_read_as_far_as_can_be() -> None:
    alone = parts((1,))["disk_1.aff4"]
    stream = opened(alone, name="disk_1.aff4").open("", "")
    assert stream.read_at(0, 5 * CHUNK) == medium()[: 5 * CHUNK]
    with pytest.raises(Unreadable, match=r"Bytes 20480 to 20490 cannot be had. The stream aff4://.* beside it"):
        stream.read_at(5 * CHUNK, 10)
    second = parts((2,))["disk_2.aff4"]
    stream = opened(second, name="disk_2.aff4").open("", "")
    assert stream.read_at(5 * CHUNK, 100) == medium()[5 * CHUNK : 5 * CHUNK + 100]


def test_files_have_names_sizes_and_times() -> None:
    container = opened(logical())
    small, large, second = container.items()
    assert (small.name, small.size_bytes, small.volume) == ("home/a b/small.txt", 260, False)
    assert small.modified_ns == 1_537_155_740_500_000_000
    assert (small.created_ns, small.accessed_ns, small.changed_ns) == (1_537_191_740_000_000_000, None, None)
    assert (large.name, large.size_bytes) == ("C:/Users/x/large.bin", len(medium()))
    assert (second.name, second.locator) == ("home/a b/small.txt", "2")
    assert [read_all(container, item) for item in (small, large, second)] == [
        b"a small file\n" * 20,
        medium(),
        b"a second file of one name",
    ]


def test_two_images_have_the_last_part_of_their_names() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, b"one" * 500)
    writer.stream(urn(4), b"two" * 500)
    writer.disk(IMAGE, STREAM)
    writer.disk(urn(5), urn(4))
    container = opened(writer.content())
    assert [item.name for item in container.items()] == [IMAGE[7:], urn(5)[7:]]
    assert read_all(container, list(container.items())[1]) == b"two" * 500


@pytest.mark.parametrize("one_based", [True, False])
def test_images_from_before_the_standard_are_read(one_based: bool) -> None:
    content = medium()
    chunks = [raw_deflate(content[at : at + CHUNK].ljust(CHUNK, b"\0")) for at in range(0, len(content), CHUNK)]
    chunks = [chunk if len(chunk) < CHUNK else content[at * CHUNK :][:CHUNK] for at, chunk in enumerate(chunks)]
    writer = Aff4Writer()
    for number in range(0, len(chunks), 4):
        bevy = chunks[number : number + 4]
        edges = [sum(map(len, bevy[:count])) for count in range(len(bevy) + 1)]
        writer.member(f"{STREAM}/{number // 4:08d}", b"".join(bevy))
        places = edges[1:] if one_based else edges[:-1]
        writer.member(f"{STREAM}/{number // 4:08d}/index", struct.pack(f"<{len(bevy)}I", *places))
    writer.describe(
        STREAM,
        "a old:stream",
        f"old:size {len(content)}",
        f"old:chunkSize {CHUNK}",
        "old:chunksInSegment 4",
        f"old:CompressionMethod <{DEFLATE}>",
    )
    writer.member(f"{MAP}/map", struct.pack("<QQQI", 0, len(content), 0, 0))
    writer.member(f"{MAP}/idx", STREAM.encode())
    writer.describe(MAP, "a old:map, old:Image", f"old:size {len(content)}")
    text = "@prefix old: <http://afflib.org/2009/aff4#> .\n" + writer.description()
    assert bytes_of(writer.content(text)) == content


def test_a_range_of_a_stream_can_be_the_target_of_a_map() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, medium())
    writer.map(MAP, [(0, 100, 0, 0)], [f"{STREAM}[0x1000:0x64]"])
    writer.disk(IMAGE, MAP)
    assert bytes_of(writer.content()) == medium()[4096:4196]


def test_maps_that_lead_to_themselves_are_refused() -> None:
    writer = Aff4Writer()
    writer.map(MAP, [(0, 100, 0, 0)], [MAP])
    writer.disk(IMAGE, MAP)
    container = opened(writer.content())
    with pytest.raises(Unreadable, match="lead to each other"):
        read_all(container, only(container))


def test_images_that_lead_to_themselves_are_refused() -> None:
    writer = Aff4Writer()
    writer.disk(IMAGE, IMAGE)
    assert "lead to each other" in only(opened(writer.content())).obstacle


def test_parts_of_a_map_that_overlap_are_damage() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, bytes(1000))
    writer.map(MAP, [(0, 600, 0, 0), (500, 100, 0, 0)], [STREAM])
    writer.disk(IMAGE, MAP)
    assert "claim the same bytes" in only(opened(writer.content())).obstacle


def test_a_map_beyond_all_numbers_is_damage() -> None:
    for start, length in ((2**64 - 1, 2**64 - 1), (2**63, 1), (1, 2**63 - 1)):
        writer = Aff4Writer()
        writer.map(MAP, [(start, length, 0, 0)], [f"{SCHEMA}Zero"])
        writer.disk(IMAGE, MAP)
        assert "beyond any medium" in only(opened(writer.content())).obstacle


def test_a_map_to_a_stream_without_a_name_is_unreadable_there() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, bytes(1000))
    writer.map(MAP, [(0, 100, 0, 0), (100, 100, 0, 7)], [STREAM])
    writer.disk(IMAGE, MAP)
    stream = opened(writer.content()).open("", "")
    assert stream.read_at(0, 100) == bytes(100)
    with pytest.raises(Unreadable, match=r"Bytes 100 to 200 cannot be had. The map leads to stream 7"):
        stream.read_at(100, 100)


def test_huge_chunks_are_refused() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, bytes(1000))
    writer.disk(IMAGE, STREAM)
    text = writer.description().replace(f'"{CHUNK}"', '"1099511627776"')
    assert "the limits are" in only(opened(writer.content(text))).obstacle


def test_a_chunk_that_states_too_many_bytes_is_damaged() -> None:
    pytest.importorskip("cramjam")
    container = opened(disk(SNAPPY, bytes(CHUNK), pack=lambda chunk: b"\xff\xff\xff\xff\x0f" + bytes(100)))
    with pytest.raises(Unreadable, match=r"Chunk 0 .*it states 4294967295 bytes"):
        read_all(container, only(container))


def test_a_description_beyond_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aff4_volume, "DESCRIPTION_BYTES", 100)
    with pytest.raises(LimitReached, match=r"information\.turtle"):
        opened(disk())


def test_many_media_are_refused() -> None:
    writer = Aff4Writer()
    for number in range(1001):
        writer.disk(urn(number), MAP)
    with pytest.raises(LimitReached):
        opened(writer.content())


def test_a_file_of_holes_is_taken_for_a_bomb() -> None:
    writer = Aff4Writer()
    writer.map(MAP, [(0, 1 << 40, 0, 0)], [f"{SCHEMA}Zero"], f"aff4:size {1 << 40}")
    writer.describe(MAP, "a aff4:FileImage, aff4:Image", 'aff4:originalFileName "/holes"')
    item = only(opened(writer.content()))
    assert item.name == "holes"
    assert "as in a bomb" in item.obstacle
    writer = Aff4Writer()
    writer.describe(
        MAP, "a aff4:FileImage", 'aff4:originalFileName "/holes"', "aff4:size 9", "aff4:dataStream aff4:Zero"
    )
    with pytest.raises(Unreadable, match="as in a bomb"):
        opened(writer.content()).open("holes", "")


def test_a_bevy_that_is_lost_costs_its_own_bytes_only() -> None:
    content = medium()
    writer = Aff4Writer()
    writer.stream(STREAM, content)
    writer.disk(IMAGE, STREAM)
    whole = writer.content().replace(b"000000000003/00000000", b"000000000003/0000000x")
    stream = opened(whole).open("", "")
    assert stream.read_at(4 * CHUNK, CHUNK) == content[4 * CHUNK : 5 * CHUNK]
    with pytest.raises(Unreadable, match=r"Chunk 0 .* bevy 00000000 is missing"):
        stream.read_at(0, 1)


def test_what_a_damaged_description_says_before_the_damage_is_listed() -> None:
    writer = Aff4Writer()
    writer.stream(STREAM, medium())
    writer.disk(IMAGE, STREAM)
    container = opened(writer.content(writer.description() + "<aff4://x> a ] broken"))
    listing = container.items()
    assert read_all(container, next(listing)) == medium()
    with pytest.raises(Unreadable, match=r"information\.turtle is damaged at character"):
        next(listing)


def test_encrypted_streams_are_said_to_be() -> None:
    writer = Aff4Writer()
    writer.describe(STREAM, "a aff4:EncryptedStream", "aff4:size 100")
    writer.disk(IMAGE, STREAM)
    container = opened(writer.content())
    assert "encrypted" in only(container).obstacle
    with pytest.raises(Encrypted):
        container.open("", "")


def test_plain_zips_are_not_taken_for_aff4(tmp_path: Any) -> None:
    for name, content in (("a.txt", "aff4://x"), ("container.description", "a house"), ("version.txt", "3.1")):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.writestr(name, content)
        whole = (tmp_path / "x.zip").read_bytes()
        assert not Aff4().recognises(whole, len(whole))
    with zipfile.ZipFile(tmp_path / "y.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("container.description", "aff4://x")
    whole = (tmp_path / "y.zip").read_bytes()
    assert Aff4().recognises(whole, len(whole))


def test_all_forms_of_turtle_that_writers_use_are_understood() -> None:
    text = (
        "# a comment\n@base <aff4://base/> .\nPREFIX old: <http://afflib.org/2009/aff4#>\n"
        "@prefix s: <http://aff4.org/Schema#>.\n"
        '<a b> a s:Map , s:Image; s:size "12"^^<http://www.w3.org/2001/XMLSchema#long> ;; s:other [ s:size (1 2.5) ] .'
        r"""<aff4://x> old:originalFileName 'it''' ; s:pathName """
        r'''"""two "lines"
\t\u00e9\U0001F600"""@en ; s:size 7, 8.'''
        "[] s:size 3 .\n<aff4://x> s:hash 'ab'^^s:SHA1 . # the end"
    ).replace("'it'''", "'it'")
    found = parse(text)
    assert found.damage == ""
    assert {name: [value.text for value in values] for name, values in found.subjects["aff4://base/a b"].items()} == {
        "type": ["http://aff4.org/Schema#Map", "http://aff4.org/Schema#Image"],
        "size": ["12"],
    }
    facts = found.subjects["aff4://x"]
    assert facts["pathName"][0].text == 'two "lines"\n\t\u00e9\U0001f600'
    assert [value.text for value in facts["size"]] == ["7", "8"]
    assert (facts["hash"][0].text, facts["hash"][0].datatype) == ("ab", "SHA1")


def test_any_text_is_parsed_to_its_end_or_named_as_damaged() -> None:
    chance = random.Random(8)
    text = Aff4Writer().description() + '<a> a aff4:Map ; aff4:size "5"^^xsd:int , 6 ; aff4:x [ ( """q""" ) ] .\n'
    for _ in range(2000):
        changed = list(text)
        for _ in range(chance.choice((1, 3, 10))):
            changed[chance.randrange(len(changed))] = chance.choice("<>\"\\;.,[]()@^# \n'a:5\udcff")
        parse("".join(changed[: chance.randrange(len(changed))]))
    for nested in ("[" * 100_000, "(" * 100_000 + ")" * 100_000, '"""' + "a\\" * 100_000, "<" * 100_000):
        assert parse(f"<a> <b> {nested}").damage


def test_chunks_are_forgotten_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aff4_streams, "CACHE_BYTES", 3 * CHUNK)
    container = opened(disk(DEFLATE))
    assert read_all(container, only(container)) == medium()
    assert container._shared.chunks_bytes <= 3 * CHUNK
    assert container._shared.chunks_bytes == sum(map(len, container._shared.chunks.values()))


def test_structures_with_changed_numbers_give_items_or_say_that_they_are_unreadable() -> None:
    """Beneath the checksums of the zip archive, which would find most of what the contract's test changes."""
    chance = random.Random(11)
    numbers = (0, 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1, CHUNK - 1, 100)
    for _ in range(400):
        writer = Aff4Writer()
        writer.stream(STREAM, medium()[: 6 * CHUNK], chance.choice((STORED, DEFLATE, ZLIB)))
        targets = [STREAM, f"{SCHEMA}Zero", f"{SCHEMA}UnreadableData", MAP, f"{STREAM}[0x10:{chance.choice(numbers)}]"]
        entries = [(0, 9000, 0, 0), (9000, 100, 0, chance.randrange(6)), (20000, 50, chance.choice(numbers), 1)]
        writer.map(MAP, entries, targets, f"aff4:size {chance.choice(numbers)}")
        writer.disk(IMAGE, MAP)
        named = f"aff4:dataStream <{chance.choice(targets)}>"
        writer.describe(urn(7), "a aff4:FileImage", 'aff4:pathName "/x"', f"aff4:size {chance.choice(numbers)}", named)
        survive(Aff4(), writer.content(changed(writer, chance)))


def changed(writer: Aff4Writer, chance: random.Random) -> str:
    """Change some members, and some of the description, which is returned."""
    for place, (name, content, _) in enumerate(writer.members):
        if chance.random() < 0.4:
            raw = bytearray(content)
            for _ in range(chance.choice((1, 3, 20))):
                raw[chance.randrange(len(raw))] = chance.choice((0, 255, chance.randrange(256)))
            method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
            writer.members[place] = (
                name,
                bytes(raw[: chance.randrange(len(raw)) if chance.random() < 0.1 else None]),
                method,
            )
    text = list(writer.description())
    for _ in range(chance.choice((0, 0, 1, 2, 5))):
        text[chance.randrange(len(text))] = chance.choice("0123456789<>\"\\;.,[]()@^# \n':a")
    return "".join(text)
