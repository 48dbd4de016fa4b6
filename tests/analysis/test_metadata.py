"""The analyzer that says what a file states about its making, and the readers below it."""

import io
import shutil
import struct
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from amparo.analysis.metadata import Metadata
from amparo.analysis.readable import hexadecimal, readable
from amparo.analysis.samsung_trailer import samsung_parts
from amparo.analysis.xmp import iptc_facts, xmp_facts
from amparo.domain.finding import Finding, NotExamined
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import colours, png_chunk, samples, saved

PICTURE = colours(96, 128)


READ = samples()


class TestMetadata(AnalyzerContract):
    analyzer = Metadata()
    samples = READ


def found(raw: bytes, media_type: str = "image/jpeg") -> Finding:
    finding = Metadata().examine(BytesInHand(raw, media_type))
    assert isinstance(finding, Finding), finding
    return finding


def facts(raw: bytes, media_type: str = "image/jpeg") -> Mapping[str, Any]:
    return found(raw, media_type).facts


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif.update({0x010F: "Alfama Optics", 0x0110: "One", 0x0131: "Firmware 7", 0x0132: "2025:02:27 10:00:01"})
    exif.get_ifd(0x8769).update(
        {
            0x9003: "2025:02:26 08:15:00",
            0x9291: "25",
            0x9011: "+01:00",
            0x9004: "2025:02:26 08:15:02",
            0xA431: "SN-0042",
            0xA434: "35 mm",
            0xA435: "L-7",
            0x9286: b"ASCII\0\0\0a remark",
        }
    )
    exif.get_ifd(0x8825).update(
        {
            1: "S",
            2: (41.0, 24.0, 12.168),
            3: "E",
            4: (2.0, 10.0, 26.508),
            5: b"\1",
            6: 12.3,
            7: (7.0, 15.0, 0.0),
            16: "M",
            17: 46.5,
            18: "WGS-84",
            29: "2025:02:26",
        }
    )
    return exif


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "JXL"])
def test_exif_is_read_from_every_format(form: str) -> None:
    raw = saved(PICTURE, form, exif=camera_exif().tobytes())
    media_type = {"HEIF": "image/heic"}.get(form, f"image/{form.lower()}")
    told = facts(raw, media_type)
    assert told["camera"] == {
        "make": "Alfama Optics",
        "model": "One",
        "serial": "SN-0042",
        "lens": "35 mm",
        "lens_serial": "L-7",
        "software": "Firmware 7",
    }
    assert told["times"] == {
        "original": "2025-02-26T08:15:00.25+01:00",
        "digitised": "2025-02-26T08:15:02",
        "modified": "2025-02-27T10:00:01",
    }
    assert told["position"] == {
        "latitude": "-41.40338",
        "longitude": "2.17403",
        "altitude_m": "-12.3",
        "bearing_degrees": "46.5",
        "bearing_from": "magnetic north",
        "datum": "WGS-84",
        "time": "2025-02-26T07:15:00Z",
    }
    assert told["exif"]["EXIF UserComment"] == "a remark"
    assert found(raw, media_type).sentence.startswith(
        "Alfama Optics One, serial SN-0042, taken 2025-02-26T08:15:00.25+01:00, at -41.40338, 2.17403; "
    )


def test_a_time_without_a_zone_says_so() -> None:
    exif = Image.Exif()
    exif[0x0132] = "2025:02:27 10:00:01"
    assert found(saved(PICTURE, "JPEG", exif=exif)).sentence == "modified 2025-02-27T10:00:01 (no zone); 1 EXIF tags."


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF"])
def test_nothing_is_said_to_be_nothing(form: str) -> None:
    finding = found(saved(PICTURE, form), f"image/{form.lower()}")
    if form != "TIFF":  # whose structure is its EXIF
        assert finding.sentence == "No EXIF, XMP or IPTC."
        assert finding.facts == {}


@pytest.mark.parametrize("media_type", ["image/jxr", "image/svg+xml", "image/x-jp2-codestream"])
def test_kinds_whose_metadata_is_not_read_are_not_said_to_have_none(media_type: str) -> None:
    outcome = Metadata().examine(BytesInHand(b"something", media_type))
    assert isinstance(outcome, NotExamined)
    assert outcome.reason == f"Metadata of {media_type} cannot be read."


def test_a_structure_cut_short_is_not_said_to_have_no_metadata() -> None:
    raw = saved(PICTURE, "PNG")
    outcome = Metadata().examine(BytesInHand(raw[:-30], "image/png"))
    assert isinstance(outcome, NotExamined)
    assert "could not be followed to its end" in outcome.reason
    told = found(saved(PICTURE, "PNG", exif=camera_exif())[:-30], "image/png")
    assert told.facts["camera"]
    assert "could not be followed to its end" in told.sentence


XMP = b"""<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:CreatorTool='Darkroom 3'
 xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmpMM='http://ns.adobe.com/xap/1.0/mm/'
 xmlns:stEvt='http://ns.adobe.com/xap/1.0/sType/ResourceEvent#' xmlns:my='http://example.org/ns/mine/'>
<dc:creator><rdf:Seq><rdf:li>Ana</rdf:li><rdf:li>Bruno</rdf:li></rdf:Seq></dc:creator>
<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Tram 28</rdf:li></rdf:Alt></dc:title>
<xmpMM:History><rdf:Seq><rdf:li stEvt:action='created' stEvt:when='2025-02-26'/>
<rdf:li rdf:parseType='Resource'><stEvt:action>saved</stEvt:action></rdf:li></rdf:Seq></xmpMM:History>
<my:Note>hello</my:Note></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"""
XMP_FACTS = {
    "xmp:CreatorTool": "Darkroom 3",
    "dc:creator[1]": "Ana",
    "dc:creator[2]": "Bruno",
    "dc:title": "Tram 28",
    "xmpMM:History[1]/stEvt:action": "created",
    "xmpMM:History[1]/stEvt:when": "2025-02-26",
    "xmpMM:History[2]/stEvt:action": "saved",
    "mine:Note": "hello",
}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "JXL"])
def test_xmp_is_read_from_every_format(form: str) -> None:
    options: dict[str, Any] = {"xmp": XMP}
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
        options = {"pnginfo": text}
    elif form == "TIFF":
        options = {"tiffinfo": {700: XMP}}
    raw = saved(PICTURE, form, **options)
    media_type = {"HEIF": "image/heic"}.get(form, f"image/{form.lower()}")
    assert facts(raw, media_type)["xmp"] == XMP_FACTS


def test_xmp_that_is_broken_or_expands_is_said_to_be_damaged() -> None:
    bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><x>&b;</x>"
    for packet in (XMP[:-60], bomb, b"", b"\xff\xfe\0", b"<x" * 300_000):
        assert xmp_facts(packet) is None
    finding = found(saved(PICTURE, "JPEG", xmp=bomb))
    assert finding.facts["obstacles"] == ["The XMP packet is damaged, or larger than a mebibyte."]


@given(st.binary(max_size=200))
def test_iptc_of_any_bytes_is_some_facts(records: bytes) -> None:
    for name, values in iptc_facts(b"\x1c\x02" + records).items():
        assert name
        assert values


def iptc(*datasets: tuple[int, int, bytes]) -> bytes:
    return b"".join(struct.pack(">BBBH", 0x1C, record, number, len(text)) + text for record, number, text in datasets)


def test_iptc_is_read_from_photoshop_s_resources_and_from_tiff() -> None:
    records = iptc((2, 80, b"Ana"), (2, 25, b"tram"), (2, 25, "colina é".encode()), (2, 230, b"x"))
    told = {"By-line": ["Ana"], "Keywords": ["tram", "colina é"], "2:230": ["x"]}
    other = b"8BIM" + struct.pack(">H", 0x03ED) + b"\0\0" + struct.pack(">I", 3) + b"abc\0"
    resources = other + b"8BIM" + struct.pack(">H", 0x0404) + b"\0\0" + struct.pack(">I", len(records)) + records
    segment = b"Photoshop 3.0\0" + resources
    plain = saved(PICTURE, "JPEG")
    raw = plain[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]
    assert facts(raw)["iptc"] == told
    assert facts(saved(PICTURE, "TIFF", tiffinfo={33723: records}), "image/tiff")["iptc"] == told


def test_comments_and_texts_are_kept() -> None:
    assert facts(saved(PICTURE, "JPEG", comment=b"made by hand"))["texts"] == [
        {"keyword": "comment", "text": "made by hand"}
    ]
    assert facts(saved(PICTURE, "GIF", comment=b"by hand"), "image/gif")["texts"][0]["text"] == "by hand"
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a landscape, steps: 20")
    text.add_text("Software", "paint", zip=True)
    text.add_itxt("Título", "colina", zip=True)
    told = facts(saved(PICTURE, "PNG", pnginfo=text), "image/png")["texts"]
    assert [(one["keyword"], one["text"]) for one in told[:2]] == [
        ("parameters", "a landscape, steps: 20"),
        ("Software", "paint"),
    ]
    assert told[2]["text"] == "colina"


def test_a_text_that_inflates_without_end_is_cut() -> None:
    payload = b"bomb\0\0" + zlib.compress(b"A" * 50_000_000)
    plain = saved(PICTURE, "PNG")
    raw = plain[:33] + png_chunk(b"zTXt", payload) + plain[33:]
    (told,) = facts(raw, "image/png")["texts"]
    assert told["text"].endswith("… (65536 characters)")
    assert len(told["text"]) < 400


def test_exif_that_loops_or_claims_too_much_costs_little() -> None:
    loop = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)
    endless = b"MM\0*" + struct.pack(">IH", 8, 65_535) + struct.pack(">HHII", 1, 2, 2**31, 8) * 5000
    maker = b"MM\0*" + struct.pack(">IHHHII", 8, 1, 0x927C, 7, 2**32 - 1, 8) + bytes(4)
    for block in (loop, endless, maker, b"MM", b"II*\0\xff\xff\xff\xff", b"XX*\0"):
        finding = found(saved(PICTURE, "JPEG", exif=b"Exif\0\0" + block))
        assert len(str(finding.facts)) < 400_000


def test_an_exif_block_that_cannot_be_read_says_so() -> None:
    finding = found(saved(PICTURE, "JPEG", exif=b"Exif\0\0garbage"))
    assert finding.sentence == (
        "No EXIF, XMP or IPTC that can be read. The EXIF block does not begin with a byte-order mark."
    )


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_what_exiftool_writes_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(PICTURE, "JPEG"))
    options = [
        "-Make=Belem",
        "-Model=Belem Two",
        "-SerialNumber=77",
        "-DateTimeOriginal=2024:11:05 06:07:08",
        "-GPSLatitude=38.6916",
        "-GPSLatitudeRef=N",
        "-GPSLongitude=9.216",
        "-GPSLongitudeRef=W",
        "-IPTC:City=Lisboa",
        "-XMP-dc:Subject=torre",
    ]
    subprocess.run(["exiftool", "-q", "-overwrite_original", *options, str(path)], check=True, timeout=60)
    finding = found(path.read_bytes())
    assert finding.sentence.startswith(
        "Belem Two, serial 77, taken 2024-11-05T06:07:08 (no zone), at 38.6916, -9.216; "
    )
    assert finding.facts["iptc"]["City"] == ["Lisboa"]  # type: ignore[index,call-overload]
    assert finding.facts["xmp"]["dc:subject"] == "torre"  # type: ignore[index,call-overload]


def test_cameras_notes_are_read_and_garbage_is_not(field: Path) -> None:
    folder = field / "origin" / "camera_or_photo"
    sony = facts((folder / "mdx__12c59a8dab672868.jpg").read_bytes())
    assert sony["camera"]["make"] == "SONY"
    assert 20 <= sony["makernote_tags"] <= 60
    assert sony["position"]["latitude"] == "51.778615"
    casio = facts((folder / "mdx__43f7e4a5df96a47e.jpg").read_bytes())
    assert "makernote_tags" not in casio
    assert casio["obstacles"] == ["The EXIF structure's part MakerNote is damaged, or its layout is unknown."]


@given(st.text(max_size=700))
def test_readable_is_one_bounded_line(text: str) -> None:
    shown = readable(text)
    assert shown.isprintable()
    assert len(shown) < 330
    shown.encode()


@given(st.binary(max_size=200))
def test_hexadecimal_is_bounded_and_exact_where_short(raw: bytes) -> None:
    shown = hexadecimal(raw)
    assert shown == raw.hex() if len(raw) <= 64 else shown.endswith(f"({len(raw)} bytes)")


def apple_note(identifier: bytes) -> bytes:
    """Apple's maker note with one entry, the content identifier; offsets count from the note's own start."""
    text = identifier + b"\0"
    return b"Apple iOS\0\0\1MM" + struct.pack(">HHHII", 1, 0x0011, 2, len(text), 32) + bytes(4) + text


@pytest.mark.parametrize(("form", "media_type"), [("JPEG", "image/jpeg"), ("HEIF", "image/heic")])
def test_the_picture_of_a_live_photo_names_its_film(form: str, media_type: str) -> None:
    identifier = "6F1E2D3C-0000-4000-8000-00000000A1FA"
    exif = Image.Exif()
    exif[0x010F] = "Apple"
    exif.get_ifd(0x8769)[0x927C] = apple_note(identifier.encode())
    assert facts(saved(PICTURE, form, exif=exif.tobytes()), media_type)["content_identifier"] == identifier
    exif[0x010F] = "Alfama"
    assert "content_identifier" not in facts(saved(PICTURE, form, exif=exif.tobytes()), media_type)


def samsung(*entries: tuple[int, str, bytes]) -> bytes:
    """What a phone of Samsung writes after the end: the entries, their directory, its length, a mark."""
    written, places = b"", []
    for kind, name, value in entries:
        places.append((kind, len(written), 8 + len(name) + len(value)))
        written += struct.pack("<2HI", 0, kind, len(name)) + name.encode() + value
    directory = b"SEFH" + struct.pack("<2I", 106, len(entries))
    for kind, place, length in places:
        directory += struct.pack("<2H2I", 0, kind, len(written) - place, length)
    return written + directory + struct.pack("<I", len(directory)) + b"SEFT"


TRAILER = samsung(
    (0x0A01, "Image_UTC_Data", b"1740561300000"), (0x0A30, "MotionPhoto_Data", bytes(range(200, 256)) * 9)
)


def test_what_samsung_writes_after_the_end_is_a_fact() -> None:
    finding = found(saved(PICTURE, "JPEG") + TRAILER)
    assert finding.facts["samsung"] == [
        {"name": "Image_UTC_Data", "bytes": 13, "text": "1740561300000"},
        {"name": "MotionPhoto_Data", "bytes": 504, "text": ""},
    ]
    assert finding.sentence == "2 notes of Samsung."
    assert "samsung" not in facts(saved(PICTURE, "JPEG"))


@given(st.integers(0, len(TRAILER)), st.lists(st.tuples(st.integers(1, len(TRAILER)), st.integers(0, 255)), max_size=4))
def test_damaged_notes_of_samsung_are_none_or_those_that_can_be_read(cut: int, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(TRAILER)
    for place, value in changes:
        changed[-place] = value
    for raw in (TRAILER[cut:], bytes(changed), bytes(changed[cut:])):
        for note in samsung_parts(io.BytesIO(raw)):
            assert 0 <= note.payload_bytes <= len(raw)
            assert len(note.text) <= 64
