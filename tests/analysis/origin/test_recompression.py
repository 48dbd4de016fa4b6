"""Whether a JPEG is known to have been a JPEG before: pictures compressed once, twice, and what lies between."""

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from amparo.analysis.origin.jpeg_tables import jpeg_form
from amparo.analysis.origin.recompression import Recompression, recompression
from contracts.analyzer import BytesInHand
from contracts.pictures import saved, texture

QUALITIES = (70, 75, 80, 85, 90, 92, 95, 97)


@cache
def scene(seed: int, height: int = 360, width: int = 480) -> Image.Image:
    """Clouds with grain, as sensors have it."""
    chance = np.random.default_rng(seed)
    motif = texture(height, width, seed).astype(float) * 0.7 + 30
    grain = chance.normal(0, 3, (height, width, 3))
    return Image.fromarray(np.clip(motif[..., None] + grain, 0, 255).astype(np.uint8))


def again(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw)).convert("RGB")


def earlier(raw: bytes) -> Recompression | str:
    form = jpeg_form(io.BytesIO(raw))
    assert form is not None
    return recompression(BytesInHand(raw, "image/jpeg"), form)


def is_found(raw: bytes) -> bool:
    measured = earlier(raw)
    assert isinstance(measured, Recompression), measured
    return measured.found


@pytest.mark.parametrize("quality", QUALITIES)
def test_pictures_that_were_compressed_once_are_not_said_to_have_been_twice(quality: int) -> None:
    assert not any(is_found(saved(scene(seed), "JPEG", quality=quality)) for seed in range(3))


@pytest.mark.parametrize(("first", "second"), [(70, 90), (75, 85), (80, 95), (85, 97), (60, 75)])
def test_what_was_coarser_before_is_found_and_its_quality_named(first: int, second: int) -> None:
    for seed in range(3):
        measured = earlier(saved(again(saved(scene(seed), "JPEG", quality=first)), "JPEG", quality=second))
        assert isinstance(measured, Recompression)
        assert measured.found
        assert measured.tables.startswith("quality ")
        assert abs(int(measured.tables.split()[1]) - first) <= 2


def test_photoshops_tables_and_those_of_nobody_are_found_too() -> None:
    measured = earlier(saved(again(saved(scene(1), "JPEG", quality="high")), "JPEG", quality=95))
    assert isinstance(measured, Recompression)
    assert measured.found
    assert measured.tables.startswith("Photoshop's ")
    own = [[5 + (7 * place) % 11 for place in range(64)]] * 2
    assert is_found(saved(again(saved(scene(1), "JPEG", qtables=own)), "JPEG", quality=95))


def test_the_same_quality_twice_a_crop_or_a_resize_leave_no_trace() -> None:
    before = again(saved(scene(2), "JPEG", quality=70))
    assert not is_found(saved(before, "JPEG", quality=70))
    assert not is_found(saved(before.crop((3, 5, 480, 360)), "JPEG", quality=90))
    assert not is_found(saved(before.resize((420, 315)), "JPEG", quality=90))


def test_of_a_large_picture_the_upper_part_tells() -> None:
    large = scene(5, 1400, 1600)
    assert not is_found(saved(large, "JPEG", quality=90))
    twice = saved(again(saved(large, "JPEG", quality=75)), "JPEG", quality=90)
    assert is_found(twice)
    assert is_found(twice[: len(twice) // 2])


def test_a_long_header_is_stepped_over() -> None:
    twice = saved(again(saved(scene(5, 1400, 1600), "JPEG", quality=75)), "JPEG", quality=90)
    notes = (b"\xff\xef" + (65_000).to_bytes(2) + bytes(64_998)) * 40
    assert is_found(twice[:2] + notes + twice[2:])


def test_grey_pictures_are_measured() -> None:
    grey = scene(3).convert("L")
    assert not is_found(saved(grey, "JPEG", quality=90))
    assert is_found(saved(again(saved(grey, "JPEG", quality=75)).convert("L"), "JPEG", quality=92))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (saved(scene(1), "JPEG", quality=90, progressive=True), "it is not stored in one pass"),
        (saved(scene(1).convert("CMYK"), "JPEG", quality=90), "it is not stored in one pass"),
        (saved(scene(1), "JPEG", quality=90, keep_rgb=True), "it is not stored in one pass"),
        (saved(scene(1).resize((160, 120)), "JPEG", quality=90), "it is too small"),
        (saved(Image.new("RGB", (640, 480), "navy"), "JPEG", quality=90), "it is too plain"),
        (saved(scene(1).resize((9800, 4)), "JPEG", quality=90), "it is too plain"),
        (saved(scene(1).resize((4, 9800)), "JPEG", quality=90), "it is too plain"),
    ],
    ids=["progressive", "CMYK", "RGB", "small", "plain", "wide", "tall"],
)
def test_what_cannot_be_measured_is_said(raw: bytes, reason: str) -> None:
    told = earlier(raw)
    assert isinstance(told, str)
    assert told.startswith(reason)


@settings(max_examples=40)
@given(st.data())
def test_damaged_bytes_are_measured_or_not(data: st.DataObject) -> None:
    raw = bytearray(saved(scene(1), "JPEG", quality=90))
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=8)
    ):
        raw[place] = value
    form = jpeg_form(io.BytesIO(bytes(raw)))
    if form is not None:
        recompression(BytesInHand(bytes(raw), "image/jpeg"), form)


def test_a_table_of_zeros_is_not_divided_by() -> None:
    raw = saved(scene(1), "JPEG", quality=90)
    form = jpeg_form(io.BytesIO(raw))
    assert form is not None
    zeros = replace(form, tables=((0,) * 64,) * 3)
    assert recompression(BytesInHand(raw, "image/jpeg"), zeros) == "it is too plain"
