"""The analyzer of a camera's traces: each that agrees, that shows ordinary software, and that contradicts another."""

import csv
import io
import json
import struct
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegPresets

from amparo.analysis.decoding import decode
from amparo.analysis.origin.camera_traces import CameraTraces
from amparo.analysis.origin.jpeg_tables import jpeg_form, standard_table
from amparo.analysis.origin.known_tables import KnownTables, known_tables
from amparo.analysis.origin.thumbnail import likeness
from amparo.domain.finding import Finding
from amparo.domain.limits import Limits
from amparo.domain.origin import Conclusion, Layer, Traces, origin_of
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.camera_files import (
    APERTURE,
    CANON_NOTE,
    FOCAL_LENGTH,
    HEIGHT,
    LENS,
    MAKE,
    MAKER_NOTE,
    MODEL,
    MODIFIED,
    SOFTWARE,
    TAKEN,
    WIDTH,
    camera_file,
    thumbnail_of,
)
from contracts.pictures import colours, samples, saved

SCENE = colours(480, 640, 3)
OTHER = colours(480, 640, 44)
SAMPLES = {
    media_type: raw for media_type, raw in samples().items() if media_type in ("image/png", "image/webp", "image/heic")
} | {"image/jpeg": camera_file(SCENE.resize((320, 240)), quality=90)}


class TestCameraTraces(AnalyzerContract):
    analyzer = CameraTraces()
    samples = SAMPLES


def found(raw: bytes, media_type: str = "image/jpeg") -> Finding:
    finding = CameraTraces().examine(BytesInHand(raw, media_type))
    assert isinstance(finding, Finding), finding
    return finding


def says(finding: Finding) -> dict[str, str]:
    traces: Any = finding.facts["traces"]
    return {trace["name"]: str(trace["says"]) for trace in traces}


def test_a_file_as_a_camera_wrote_it_is_coherent_and_no_more_than_that() -> None:
    finding = found(camera_file(SCENE, quality=97))
    assert says(finding) == {
        "maker_note": "agrees",
        "dimensions": "agrees",
        "dates": "agrees",
        "exposure": "agrees",
        "thumbnail": "agrees",
        "quantisation": "states",
        "recompression": "states",
    }
    assert Layer.of(finding).traces is Traces.COHERENT
    assert finding.sentence.startswith("Traces of a camera agree with each other: maker note, dimensions")
    assert finding.facts["named"] == {"camera": ["NIKON CORPORATION NIKON D7"], "camera_serial": ["4711"]}
    assert origin_of([finding]).conclusion is Conclusion.CAPTURED
    assert any("moderate support for a camera at most" in reason for reason in origin_of([finding]).reasons)


def test_no_exif_is_no_sign_of_anything() -> None:
    finding = found(saved(SCENE, "PNG"), "image/png")
    assert finding.sentence == "There are no traces of a camera that could be compared, which is no sign of anything."
    assert Layer.of(finding).traces is None
    assert any("sensor" in sentence for sentence in finding.facts["not_checked"])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("shape", "name"),
    [((600, 480), "square-ish"), ((480, 640), "usual"), ((360, 640), "wide"), ((640, 400), "upright")],
)
def test_the_thumbnail_agrees_whatever_the_shape_of_the_picture(shape: tuple[int, int], name: str) -> None:
    picture = colours(*shape, 9)
    assert says(found(camera_file(picture)))["thumbnail"] == "agrees", name
    filled = picture.resize((160, 120), box=_middle(picture, 4 / 3))
    assert says(found(camera_file(picture, thumbnail=saved(filled, "JPEG"))))["thumbnail"] == "agrees", name


def _middle(picture: Image.Image, shape: float) -> tuple[float, float, float, float]:
    width, height = min(picture.width, picture.height * shape), min(picture.height, picture.width / shape)
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    return left, top, left + width, top + height


def test_the_thumbnail_of_another_picture_contradicts() -> None:
    finding = found(camera_file(SCENE, thumbnail=thumbnail_of(OTHER)))
    assert says(finding)["thumbnail"] == "differs"
    assert Layer.of(finding).traces is Traces.CONTRADICTORY
    assert "The thumbnail shows something else than the picture." in finding.sentence
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_picture_that_was_turned_leaves_its_thumbnail(degrees: int) -> None:
    turned = SCENE.rotate(degrees, expand=True)
    finding = found(camera_file(turned, thumbnail=thumbnail_of(SCENE)))
    assert says(finding)["thumbnail"] == "changed"
    assert f"before it was turned by {360 - degrees}°" in finding.sentence
    assert Layer.of(finding).traces is None


def test_a_picture_that_was_cropped_leaves_its_thumbnail() -> None:
    finding = found(camera_file(SCENE.crop((100, 60, 500, 400)), thumbnail=thumbnail_of(SCENE)))
    assert says(finding)["thumbnail"] == "changed"
    assert "before it was cropped" in finding.sentence


@pytest.mark.parametrize("thumbnail", [b"\xff\xd8\xff", saved(Image.new("RGB", (160, 120), (9, 9, 9)), "JPEG")])
def test_a_thumbnail_that_cannot_be_compared_is_said(thumbnail: bytes) -> None:
    finding = found(camera_file(SCENE, thumbnail=thumbnail))
    assert says(finding)["thumbnail"] == "states"
    assert Layer.of(finding).traces is None


@settings(deadline=2000, max_examples=50)  # a thumbnail of 1 × 3 pixels once took 18 seconds
@given(st.integers(0, 99), st.tuples(*[st.integers(1, 90)] * 4))
def test_pictures_of_any_shapes_are_compared_or_not(seed: int, sides: tuple[int, ...]) -> None:
    chance = np.random.default_rng(seed)
    small, picture = (
        decode(
            saved(Image.fromarray(chance.integers(0, 256, shape, np.uint8)), "PNG"),
            media_type="image/png",
            limits=Limits(),
        )
        for shape in (sides[:2], sides[2:])
    )
    like = likeness(small, picture)
    assert like is None or -100 <= like.percent <= 100


@pytest.mark.parametrize(
    ("make", "note", "verdict"),
    [
        ("NIKON", None, "agrees"),
        ("Apple", None, "differs"),
        ("Canon", None, "differs"),
        ("Canon", CANON_NOTE, "agrees"),
        ("Apple", CANON_NOTE, "states"),
        ("Apple", b"Apple iOS\0\0\1MM\0\0", "agrees"),
        ("FUJIFILM", b"FUJIFILM\x0c\0\0\0\0\0", "agrees"),
        ("Leica Camera AG", b"FUJIFILM\x0c\0\0\0\0\0", "agrees"),
        ("SONY", b"SONY DSC \0\0\0\0\0", "agrees"),
        ("Amparo Optics", b"something else", "states"),
        ("Amparo Optics", b"SONY DSC \0\0\0\0\0", "differs"),
    ],
)
def test_the_makers_note_is_held_against_the_maker(make: str, note: bytes | None, verdict: str) -> None:
    in_exif = {MAKER_NOTE: note} if note else {}
    finding = found(camera_file(SCENE, in_image={MAKE: make}, in_exif=in_exif))
    assert says(finding)["maker_note"] == verdict
    assert (Layer.of(finding).traces is Traces.CONTRADICTORY) == (verdict == "differs")


@pytest.mark.parametrize(
    ("stated", "verdict", "words"),
    [((640, 480), "agrees", ""), ((480, 640), "changed", "turned"), ((1280, 960), "changed", "resized or cropped")],
)
def test_the_stated_dimensions_are_held_against_the_picture(stated: tuple[int, int], verdict: str, words: str) -> None:
    finding = found(camera_file(SCENE, in_exif={WIDTH: stated[0], HEIGHT: stated[1]}))
    assert says(finding)["dimensions"] == verdict
    assert words in finding.sentence


def test_dates_and_exposure_are_held_against_each_other() -> None:
    assert says(found(camera_file(SCENE, in_exif={TAKEN: "2024:05:03 10:00:00"})))["dates"] == "differs"
    assert "dates" not in says(found(camera_file(SCENE, in_exif={TAKEN: "2024:05:01 21:00:00"})))
    assert "dates" not in says(found(camera_file(SCENE, in_image={MODIFIED: "2024:99:01 21:00:00"})))
    assert says(found(camera_file(SCENE, in_exif={APERTURE: (900, 100)})))["exposure"] == "differs"
    assert says(found(camera_file(SCENE, in_exif={APERTURE: (520, 100)})))["exposure"] == "agrees"


@pytest.mark.parametrize(
    ("length", "verdict"), [((50, 1), "agrees"), ((140, 1), "agrees"), ((400, 1), "differs"), ((8, 1), "differs")]
)
def test_the_focal_length_is_held_against_the_lens(length: tuple[int, int], verdict: str) -> None:
    lens = ((18, 1), (70, 1), (35, 10), (56, 10))
    assert says(found(camera_file(SCENE, in_exif={LENS: lens, FOCAL_LENGTH: length})))["lens"] == verdict
    assert "lens" not in says(found(camera_file(SCENE, in_exif={LENS: ((0, 1),) * 4, FOCAL_LENGTH: length})))
    assert "lens" not in says(found(camera_file(SCENE, in_exif={LENS: ((1, 0),) * 4, FOCAL_LENGTH: length})))


def test_ordinary_editing_is_said_and_is_no_contradiction() -> None:
    finding = found(camera_file(SCENE, in_image={SOFTWARE: "Adobe Photoshop Lightroom 9"}, quality="maximum"))
    assert says(finding)["software"] == "changed"
    assert says(finding)["quantisation"] == "changed"
    assert Layer.of(finding).traces is None
    assert finding.sentence == (
        "The file says that Adobe Photoshop Lightroom 9 wrote it."
        " The quantisation tables are those of Photoshop's setting 'maximum'."
    )
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION
    assert says(found(camera_file(SCENE, in_image={SOFTWARE: "Ver.1.00"}))).get("software") is None
    assert says(found(camera_file(SCENE, progressive=True)))["form"] == "changed"


def test_canons_note_names_the_model_again() -> None:
    text = b"IMG:EOS Nine JPEG\0"
    first = (1).to_bytes(2, "little") + (3).to_bytes(2, "little") + (1).to_bytes(4, "little") + bytes(4)
    # The note's offsets count from the start of the EXIF structure, so try where the text comes to lie.
    for at in range(100, 600):
        second = (6).to_bytes(2, "little") + (2).to_bytes(2, "little") + len(text).to_bytes(4, "little")
        note = b"\2\0" + first + second + at.to_bytes(4, "little") + bytes(4) + text
        raw = camera_file(SCENE, in_image={MAKE: "Canon", MODEL: "Canon EOS Nine"}, in_exif={MAKER_NOTE: note})
        structure = raw[raw.index(b"Exif\0\0") + 6 :]
        if structure.index(text) == at:
            break
    assert says(found(raw))["maker_note_model"] == "agrees"


def test_a_picture_that_was_saved_again_is_changed_and_not_contradictory() -> None:
    grain = np.random.default_rng(1).normal(0, 3, (480, 640, 3))
    scene = Image.fromarray(np.clip(np.asarray(SCENE) * 0.7 + 30 + grain, 0, 255).astype(np.uint8))
    once = camera_file(scene, quality=75)
    assert Layer.of(found(once)).traces is Traces.COHERENT
    finding = found(camera_file(Image.open(io.BytesIO(once)).convert("RGB"), quality=92))
    assert says(finding)["recompression"] == "changed"
    assert Layer.of(finding).traces is None
    assert finding.sentence.startswith("The picture was a JPEG before it was saved as this one: its coefficients show")


def test_what_cannot_be_measured_is_among_what_was_not_checked() -> None:
    finding = found(camera_file(SCENE, progressive=True))
    assert "recompression" not in says(finding)
    assert any("stored in one pass" in sentence for sentence in finding.facts["not_checked"])  # type: ignore[union-attr]


# The sensor that Canon's note describes


def canon_file(picture: Image.Image, sensor: tuple[int, ...]) -> bytes:
    """A file of a Canon whose maker's note says which part of its sensor the picture shows."""

    def made(at: int) -> bytes:
        note = struct.pack("<HHHII", 2, 1, 3, 1, 0) + struct.pack("<HHII", 0xE0, 3, len(sensor), at) + bytes(4)
        note += struct.pack(f"<{len(sensor)}H", *sensor)
        names = {MAKE: "Canon", MODEL: "Canon EOS 7"}
        return camera_file(picture, in_image=names, in_exif={MAKER_NOTE: note})

    stored = struct.pack(f"<{len(sensor)}H", *sensor)
    first = made(0)
    return made(first.index(stored) - first.index(b"II*\0"))


@pytest.mark.parametrize(("width", "says_so"), [(640, "agrees"), (639, "changed"), (650, "states")])
def test_what_canons_note_says_of_the_sensor_is_held_against_the_picture(width: int, says_so: str) -> None:
    sensor = (34, 700, 520, 1, 1, 20, 10, 19 + width, 489, *(0,) * 8)
    for picture in (SCENE, SCENE.rotate(90, expand=True)):
        assert says(found(canon_file(picture, sensor)))["sensor"] == says_so


@pytest.mark.parametrize("sensor", [(34, 860, 640), (2, *range(16)), (34, 10, 10, 1, 1, 20, 10, 659, 489), (34,) * 17])
def test_a_sensor_that_cannot_be_says_nothing(sensor: tuple[int, ...]) -> None:
    assert "sensor" not in says(found(canon_file(SCENE, sensor)))


# Quantisation tables


def test_tables_that_a_list_knows_of_the_stated_camera_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = camera_file(SCENE, qtables=[list(range(1, 65))] * 2, in_image={MAKE: "PENTAX", MODEL: "PENTAX K20D"})
    form = jpeg_form(io.BytesIO(raw))
    assert form is not None
    key = f"{form.tables_md5}:221111"
    names = {
        "Pentax K20D/K200D, Best; Canon EOS 10D, Fine": "agrees",
        "Pentax K200D, Best": "states",
        "Canon EOS 20D, Fine": "states",
    }
    for name, says_so in names.items():
        known = KnownTables({key: name}, {}, "")
        monkeypatch.setattr("amparo.analysis.origin.known_tables.known_tables", lambda known=known: known)
        finding = found(raw)
        assert says(finding)["quantisation"] == says_so
        assert name in json.dumps(finding.facts)
    program = KnownTables({"0": "Pentax K20D, Best"}, {form.tables_md5: "Corel Paint Shop Pro PHOTO, Quality 50"}, "")
    monkeypatch.setattr("amparo.analysis.origin.known_tables.known_tables", lambda: program)
    assert "known of Corel Paint Shop Pro PHOTO, Quality 50" in json.dumps(found(raw).facts)
    monkeypatch.setattr("amparo.analysis.origin.known_tables.known_tables", lambda: replace(program, programs={}))
    assert "none of the 1 that ExifTool's list knows of PENTAX K20D" in json.dumps(found(raw).facts)
    assert Layer.of(found(raw)).traces is Traces.CONTRADICTORY, "its maker's note is Nikon's"


def test_the_list_says_where_it_is_from_and_digests_tables_as_exiftool_does(field: Path) -> None:
    """Photographs of Canon's PowerShots carry the tables that the list gives for them."""
    assert "ExifTool" in known_tables().source
    agreeing = 0
    with (field / "origin" / "manifest.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["exif_make_model"].startswith("Canon")]
    for row in rows:
        finding = found((field / "origin" / row["file"]).read_bytes())
        agreeing += says(finding).get("quantisation") == "agrees"
    assert agreeing >= 5


@pytest.mark.parametrize("quality", [1, 10, 49, 50, 75, 90, 95, 100])
def test_the_standards_tables_are_known_by_their_quality(quality: int) -> None:
    form = jpeg_form(io.BytesIO(saved(SCENE, "JPEG", quality=quality)))
    assert form is not None
    assert form.standard_quality == quality
    assert form.photoshop_setting == ""
    assert form.tables[0] == standard_table(quality)
    assert (form.width_px, form.height_px, form.baseline, form.progressive, form.jfif) == (640, 480, True, False, True)


@pytest.mark.parametrize("name", sorted(JpegPresets.presets))
def test_photoshops_tables_are_known_by_their_setting(name: str) -> None:
    form = jpeg_form(io.BytesIO(saved(SCENE, "JPEG", quality=name)))
    assert form is not None
    assert form.photoshop_setting == name.replace("_", " ")
    assert form.standard_quality is None


def test_tables_of_others_are_nobodys() -> None:
    table = [1 + place for place in range(64)]
    form = jpeg_form(io.BytesIO(saved(SCENE.convert("L"), "JPEG", qtables=[table])))
    assert form is not None
    assert (form.standard_quality, form.photoshop_setting) == (None, "")
    assert list(form.tables[0]) == table
    mixed = jpeg_form(io.BytesIO(saved(SCENE, "JPEG", qtables=[standard_table(90), standard_table(80, 1)])))
    assert mixed is not None
    assert mixed.standard_quality is None


def test_the_place_of_the_height_is_known() -> None:
    raw = saved(SCENE, "JPEG")
    form = jpeg_form(io.BytesIO(raw))
    assert form is not None
    assert raw[form.height_at : form.height_at + 2] == (480).to_bytes(2)


@given(st.binary(max_size=400), st.booleans(), st.integers(0, 700))
def test_any_bytes_have_a_form_or_none(noise: bytes, real: bool, at: int) -> None:
    raw = saved(SCENE.resize((16, 16)), "JPEG")
    jpeg_form(io.BytesIO(raw[:at] + noise + raw[at:] if real else b"\xff\xd8" + noise))


# Field data


def test_no_photograph_of_the_field_contradicts_itself_but_for_garbled_exposures(field: Path) -> None:
    folder = field / "origin"
    with (folder / "manifest.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["exif_make_model"] or row["source"] == "gpt4o_wow"]
    contradicting: Counter[tuple[str, ...]] = Counter()
    coherent: Counter[str] = Counter()
    for row in rows:
        raw = (folder / row["file"]).read_bytes()
        finding = found(raw, "image/png" if raw.startswith(b"\x89PNG") else "image/jpeg")
        traces = Layer.of(finding).traces
        coherent[row["label"]] += traces is Traces.COHERENT
        if traces is Traces.CONTRADICTORY:
            contradicting[tuple(name for name, verdict in says(finding).items() if verdict == "differs")] += 1
    assert coherent["generated"] == 0
    assert coherent["real"] >= 15
    # All six went through Photoshop 7, which garbles both statements of the exposure.
    assert set(contradicting) <= {("exposure",)}
    assert contradicting.total() <= 6


def test_the_thumbnails_of_unlike_photographs_do_not_agree(field: Path) -> None:
    names = sorted((field / "origin" / "camera_or_photo").glob("mdx__*.jpg"))[:24]
    pictures = [Image.open(name).convert("RGB") for name in names]
    chance = np.random.default_rng(4)
    for _ in range(12):
        first, second = chance.choice(len(pictures), 2, replace=False)
        small = thumbnail_of(pictures[second])
        picture = pictures[first].resize((pictures[first].width // 8 * 8, pictures[first].height // 8 * 8))
        verdict = says(found(camera_file(picture, thumbnail=small)))["thumbnail"]
        assert verdict in ("differs", "states"), (names[first], names[second])
