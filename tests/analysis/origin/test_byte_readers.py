"""The readers below `declared`: whatever the bytes, they return, or say `Unreadable`."""

import contextlib
import io
import json
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.analysis.blocks import Embedded
from amparo.analysis.brotli_stream import unpacked
from amparo.analysis.decoding import unreadable_where_decoding_fails
from amparo.analysis.gif_blocks import walk_gif
from amparo.analysis.isobmff import walk_isobmff
from amparo.analysis.matroska import walk_matroska
from amparo.analysis.origin.c2pa_store import read_store
from amparo.analysis.origin.cbor import decoded_cbor
from amparo.analysis.origin.exif_statements import exif_statements
from amparo.analysis.origin.generation_texts import hidden_statements, holds_prompt, statement_of
from amparo.analysis.origin.jumbf import read_jumbf
from amparo.analysis.origin.samsung_edits import samsung_statement
from amparo.analysis.origin.stealth_text import hidden_text
from amparo.analysis.photoshop_resources import walk_photoshop
from amparo.analysis.samsung_trailer import samsung_parts
from amparo.analysis.tiff_tags import values
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.limits import Limits
from contracts.pictures import png_chunk, samples
from contracts.provenance import (
    brotli_box,
    cbor,
    created,
    film_tags,
    ingredient,
    manifest,
    photoshop,
    plain,
    samsung_trailer,
    stealth_png,
    store,
    with_exif,
    with_store,
)

KEYWORDS = ("parameters", "prompt", "workflow", "Dream", "Comment", "AIGC", "Software", "sd-metadata", "Description")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def damaged(raw: bytes, data: st.DataObject) -> bytes:
    """Genuine bytes with some of them changed, and perhaps cut short."""
    changed = bytearray(raw[: data.draw(st.integers(0, len(raw)))])
    for _ in range(data.draw(st.integers(0, 6)) if changed else 0):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed)


@given(VALUES)
def test_cbor_is_read_back(value: object) -> None:
    assert decoded_cbor(cbor(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_cbor_or_unreadable(raw: bytes) -> None:
    with contextlib.suppress(Unreadable):
        decoded_cbor(raw)


@pytest.mark.parametrize(
    "raw",
    [b"\x81" * 1000, b"\x9f" * 1000, b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", b"\x9b" + b"\xff" * 8, b"\xff", b"\xdf"],
)
def test_cbor_that_is_deep_or_states_too_much_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        decoded_cbor(raw)


def test_cbor_of_no_stated_length_and_floats_are_read() -> None:
    assert decoded_cbor(b"\x9f\x01\x02\xff") == [1, 2]
    assert decoded_cbor(b"\xbf\x61a\x01\xff") == {"a": 1}
    assert decoded_cbor(b"\x7f\x61a\x61b\xff") == "ab"
    assert decoded_cbor(b"\xf9\x3c\x00") == 1.0
    assert decoded_cbor(b"\xc1\x1a\x00\x00\x00\x07") == 7


STORE = store(
    manifest("a", created("trainedAlgorithmicMedia")),
    manifest("b", created("digitalCapture") | ingredient("a", "parentOf")),
)


@given(st.data())
def test_a_damaged_store_gives_what_can_be_read(data: st.DataObject) -> None:
    raw = damaged(STORE, data)
    read_jumbf(raw)
    read_store(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_some_store_or_none(raw: bytes) -> None:
    read_store(raw)


def test_boxes_without_end_are_bounded() -> None:
    inner = struct.pack(">I4s", 8, b"jumb") * 100_000
    assert read_jumbf(inner).broken
    assert read_jumbf(struct.pack(">I4sQ", 1, b"jumb", 2**63) + bytes(50)).broken


@settings(max_examples=200)
@given(st.sampled_from(KEYWORDS), st.text(max_size=300))
def test_any_text_states_something_or_nothing(keyword: str, text: str) -> None:
    statement_of(keyword, text)
    list(hidden_statements(text))
    holds_prompt(keyword, text)


@given(st.sampled_from(KEYWORDS), VALUES.map(lambda value: json.dumps(value, default=str)), st.sampled_from(
    ["prompt", "nodes", "sui_image_params", "AIGC", "image", "positive_prompt", "base_model", "class_type", "inputs"]
))  # fmt: skip
def test_json_of_any_shape_states_something_or_nothing(keyword: str, text: str, key: str) -> None:
    for made in (f'{{"{key}": {text}}}', f'{{"1": {{"class_type": "KSampler", "inputs": {{"{key}": {text}}}}}}}'):
        statement_of(keyword, made)


@pytest.mark.parametrize(
    "text",
    [
        "Steps: 1, Seed: 1, " + "a:" * 200_000,
        "Steps: 1, Seed: 1, " + 'a:"' * 100_000,
        "Steps: 1, Seed: 1" + " " * 400_000,
        "\nSteps: 20" * 10_000,
        '"' * 400_000 + " -S1 -s1",
        '{"a":' * 100_000,
        "[" * 100_000,
        '{"nodes": [' + '{"type": "CLIPTextEncode", "widgets_values": ["x"]},' * 20_000 + "{}]}",
    ],
    ids=["fields", "quotes", "spaces", "steps", "dream", "objects", "lists", "nodes"],
)
def test_texts_made_to_take_long_take_no_longer(text: str) -> None:
    for keyword in KEYWORDS:
        statement_of(keyword, text)


@given(st.data())
def test_damaged_exif_gives_what_can_be_read(data: st.DataObject) -> None:
    raw = samples()["image/tiff"]
    block = damaged(raw[:8] + raw[-400:], data)
    list(values(io.BytesIO(block), range(65536), most_bytes=1000))
    list(exif_statements(block))
    list(exif_statements(damaged(with_exif("image/tiff", {0x9286: b"ASCII\0\0\0Steps: 1, Seed: 1"})[-300:], data)))


def test_directories_that_refer_to_themselves_end() -> None:
    loop = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)
    assert list(values(io.BytesIO(loop), [0x8769], most_bytes=10)) == []
    large = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x9286, 7, 2**32 - 1, 8, 0)
    (value,) = values(io.BytesIO(large), [0x9286], most_bytes=1000)
    assert (value.size_bytes, value.payload) == (2**32 - 1, b"")
    ((_, said),) = exif_statements(large)
    assert said == "The EXIF tag UserComment of 4294967295 bytes was not read: it is larger than 4 MiB."


def test_a_large_tiff_whose_places_are_no_places_gives_nothing_of_them() -> None:
    def big(directory: int, place: int) -> bytes:
        entry = struct.pack("<HHQQ", 0x9286, 7, 1000, place)
        return struct.pack("<2sHHHQ", b"II", 43, 8, 0, directory) + struct.pack("<Q", 1) + entry + bytes(8)

    assert list(values(io.BytesIO(big(2**64 - 1, 0)), [0x9286], most_bytes=1000)) == []
    (value,) = values(io.BytesIO(big(16, 2**64 - 1)), [0x9286], most_bytes=1000)
    assert value.payload == b""


def test_a_picture_of_rows_without_end_is_not_looked_into() -> None:
    head = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 200, 8, 6, 0, 0, 0))
    with pytest.raises(Unreadable, match="too wide"):
        hidden_text(
            io.BytesIO(head + png_chunk(b"IDAT", zlib.compress(bytes(1000)))), media_type="image/png", limits=Limits()
        )


@given(st.data())
def test_a_damaged_trailer_gives_what_can_be_read(data: st.DataObject) -> None:
    raw = samsung_trailer(b"picture", {b"PhotoEditor_Re_Edit_Data": b'{"genAIType":1}', b"Image_UTC_Data": b"17"})
    changed = damaged(raw, data)
    for candidate in (changed, changed + raw[-40:]):
        for part in samsung_parts(io.BytesIO(candidate)):
            samsung_statement(part)


STEALTH = stealth_png("Steps: 1, Seed: 1", "stealth_pngcomp")


@settings(max_examples=60)
@given(st.data())
def test_damaged_pngs_hide_something_nothing_or_are_unreadable(data: st.DataObject) -> None:
    with contextlib.suppress(Unreadable):
        hidden_text(io.BytesIO(damaged(STEALTH, data)), media_type="image/png", limits=Limits())


def test_pictures_without_a_mark_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amparo.analysis.origin.stealth_text.header", None)
    assert hidden_text(io.BytesIO(plain("image/png")), media_type="image/png", limits=Limits()) is None


@given(st.data())
def test_damaged_boxes_and_extensions_give_what_can_be_read(data: st.DataObject) -> None:
    media_type = data.draw(st.sampled_from(["image/heic", "image/avif", "video/mp4", "image/gif"]))
    raw = damaged(with_store(media_type, STORE), data)
    found = Embedded()
    with contextlib.suppress(Unreadable), unreadable_where_decoding_fails():
        (walk_gif if media_type == "image/gif" else walk_isobmff)(io.BytesIO(raw), found)
    for block in found.blocks:
        assert 0 <= block.offset <= len(raw)


WEBM = film_tags({"prompt": "{}", "title": "waves"})
PSD = photoshop({0x0404: b"\x1c\2n\0\1a", 0x0422: b"II*\0" + bytes(8), 0x0424: b"<x/>", 0x040F: bytes(9)})


@given(st.data())
def test_damaged_elements_and_resources_give_what_can_be_read(data: st.DataObject) -> None:
    whole, walk = data.draw(st.sampled_from([(WEBM, walk_matroska), (PSD, walk_photoshop)]))
    raw = damaged(whole, data)
    found = Embedded()
    with contextlib.suppress(Unreadable), unreadable_where_decoding_fails():
        walk(io.BytesIO(raw), found)
    for block in found.blocks:
        assert 0 <= block.offset <= len(raw)


def test_films_that_were_broadcast_have_lengths_that_are_not_known() -> None:
    """As a browser records them: segment and clusters end where the next begins."""
    tag = element(0x67C8, element(0x45A3, b"COMMENT") + element(0x4487, b"a text"))
    clusters = b"".join(bytes.fromhex("1f43b675 01ffffffffffffff") + element(0xE7, b"\0") * 3 for _ in range(3))
    rest = element(0x1549A966, element(0x4D80, b"a muxer")) + clusters + element(0x1254C367, element(0x7373, tag))
    found = Embedded()
    walk_matroska(io.BytesIO(element(0x1A45DFA3, b"") + bytes.fromhex("18538067 01ffffffffffffff") + rest), found)
    assert found.texts == [("muxing_app", b"a muxer"), ("COMMENT", b"a text")]
    with pytest.raises(Unreadable, match="has no length"):
        walk_matroska(io.BytesIO(bytes.fromhex("1254c367 ff")), Embedded())


def element(kind: int, payload: bytes) -> bytes:
    """An element of EBML."""
    name = kind.to_bytes((kind.bit_length() + 7) // 8)
    return name + (len(payload) | 1 << 56).to_bytes(8) + payload


@settings(max_examples=60)
@given(st.data())
def test_damaged_brotli_is_unpacked_in_bounds_or_unreadable(data: st.DataObject) -> None:
    raw = brotli_box(b"xml ", b"<x:xmpmeta/>" * 500)[12:]
    with contextlib.suppress(Unreadable):
        assert len(unpacked(damaged(raw, data), most_bytes=8000)) <= 8000
    assert unpacked(raw, most_bytes=6000) == b"<x:xmpmeta/>" * 500
    with pytest.raises(LimitReached):
        unpacked(raw, most_bytes=5999)
