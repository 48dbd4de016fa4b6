"""Marks that were made to cost much or to break something."""

import json
import struct

import pytest

from amparo.analysis.origin.declared import Declared
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.origin import Layer
from contracts.analyzer import BytesInHand
from contracts.declarations import A1111, found, marks
from contracts.pictures import png_chunk
from contracts.provenance import (
    created,
    film_text,
    manifest,
    plain,
    png_text,
    stealth_png,
    store,
    with_store,
    with_xmp,
    xmp,
)


def problems(raw: bytes, media_type: str = "") -> str:
    return " ".join(found(raw, media_type).facts.get("malformed_or_not_read", ()))  # type: ignore[arg-type]


def test_a_text_larger_than_any_prompt_is_said_not_to_be_read() -> None:
    raw = png_text(plain("image/png"), "parameters", A1111 + "x" * (5 << 20))
    assert "tEXt chunk of" in problems(raw)
    assert "at offset 41 was not read: it is larger than 4 MiB." in problems(raw)
    bomb = png_text(plain("image/png"), "parameters", "x" * 20_000_000, b"zTXt")
    assert "it was read in part" in problems(bomb)


def test_an_endless_packet_and_a_broken_one_are_said_to_be_malformed() -> None:
    endless = xmp("dc:x='" + "a" * 1_100_000 + "'>")
    assert "is malformed, or larger than a mebibyte" in problems(with_xmp("image/webp", endless))
    assert "The XMP packet at offset" in problems(with_xmp("image/webp", xmp(">")[:-20]))


def test_thousands_of_marks_cost_no_more_than_some() -> None:
    raw = plain("image/png")
    chunk = png_chunk(b"tEXt", b"parameters\0" + A1111.encode())
    finding = found(raw[:33] + chunk * 5000 + raw[33:])
    assert len(Layer.of(finding).marks) == 64
    assert len(finding.withheld) == 32
    assert "There are more than 64 marks" in problems(raw[:33] + chunk * 5000 + raw[33:])


@pytest.mark.parametrize("damage", [4, 60, 100, 130])
def test_a_broken_store_is_said_to_be_malformed_where_it_is(damage: int) -> None:
    made = bytearray(store(manifest("a", created("trainedAlgorithmicMedia"))))
    made[damage : damage + 4] = b"\xff\xff\xff\xff"
    outcome = Declared().examine(BytesInHand(with_store("image/png", bytes(made)), "image/png"))
    assert isinstance(outcome, Finding)
    store_said = outcome.facts.get("malformed_or_not_read") or marks(outcome)
    assert store_said or damage == 4  # without its first type it is no JUMBF


def test_manifests_in_manifests_without_end_are_read_to_a_depth() -> None:
    from contracts.provenance import labelled

    made = b""
    for _ in range(60):
        made = labelled(b"c2ma", "a", made)
    assert "nested too deeply" in problems(with_store("image/png", store(made)))


def test_structures_cut_short_are_not_said_to_declare_nothing() -> None:
    outcome = Declared().examine(BytesInHand(plain("image/png")[:-30], "image/png"))
    assert isinstance(outcome, NotExamined)
    assert "could not be followed to its end" in outcome.reason


def test_a_trailer_that_is_none_and_bits_that_state_too_much_cost_nothing() -> None:
    raw = plain("image/jpeg")
    assert marks(found(raw + b"SEFT")) == {}
    assert marks(found(raw + b"SEFH" + bytes(8) + struct.pack("<I", 2**31) + b"SEFT")) == {}
    made = stealth_png("", "stealth_pnginfo")
    assert "of no generator that is known here" in problems(made)


def test_tags_and_parts_that_would_be_read_without_end_are_read_once() -> None:
    large = struct.pack("<HHII", 0x9286, 7, 3_000_000, 8) * 4000
    block = b"II*\0" + struct.pack("<IH", 8, 4000) + large + bytes(4) + b"Steps: 1" * 400_000
    outcome = Declared().examine(BytesInHand(png_with(b"eXIf", block), "image/png"))
    assert isinstance(outcome, Finding)
    assertions = {f"c2pa.x{number}": {"x": bytes(1_000_000)} for number in range(5)}
    assert "is too large to be read" in problems(png_with(b"caBX", store(manifest("a", assertions))))
    assert problems(png_with(b"eXIf", b"garbage")) == "The EXIF block at offset 41 is malformed."


def png_with(kind: bytes, payload: bytes) -> bytes:
    raw = plain("image/png")
    return raw[:33] + png_chunk(kind, payload) + raw[33:]


def test_texts_of_a_film_that_are_broken_cost_them_alone() -> None:
    raw = film_text("AIGC", json.dumps({"Label": "1", "ContentProducer": "a"}))
    at = raw.index(b"ilst")
    broken = raw[: at + 4] + b"\xff" * 4 + raw[at + 8 :]
    assert "box at offset" in problems(broken, "video/mp4")
    assert "is malformed: The box at offset" in problems(broken, "video/mp4")
