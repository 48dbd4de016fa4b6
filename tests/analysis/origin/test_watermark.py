"""The analyzer that reads the open watermarks of generators, against our own writer of them."""

import csv
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from amparo.analysis.origin.watermark import (
    PAYLOADS,
    Payload,
    Watermark,
    agreement,
    false_match,
    halved,
    least_agreeing,
    votes,
)
from amparo.domain.finding import Finding
from amparo.domain.origin import Claim, Conclusion, Layer, origin_of
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import colours, dng, saved
from contracts.watermarks import watermarked

SCENE = colours(512, 512, 7)
XL = next(payload for payload in PAYLOADS if payload.program == "Stable Diffusion XL")

SAMPLES = {
    "image/png": saved(watermarked(SCENE.resize((264, 256)), XL.bits), "PNG"),
    "image/jpeg": saved(colours(660, 700), "JPEG"),
    "image/webp": saved(colours(96, 128), "WEBP"),
}


class TestWatermark(AnalyzerContract):
    analyzer = Watermark()
    samples = SAMPLES


def found(raw: bytes, media_type: str = "image/png") -> Finding:
    finding = Watermark().examine(BytesInHand(raw, media_type))
    assert isinstance(finding, Finding), finding
    return finding


def programs(finding: Finding) -> list[Any]:
    return [mark.states["watermark"] for mark in Layer.of(finding).marks]


@pytest.mark.parametrize("fractions", [False, True], ids=["bytes", "fractions"])
@pytest.mark.parametrize("payload", PAYLOADS, ids=[payload.program for payload in PAYLOADS])
def test_every_watermark_is_read_back_and_no_other(payload: Payload, fractions: bool) -> None:
    finding = found(saved(watermarked(SCENE, payload.bits, fractions=fractions), "PNG"))
    assert programs(finding) == [payload.program]
    assert f"The pixels carry the watermark of {payload.program}" in finding.sentence
    assert "TrustMark are not checked" in finding.sentence
    [mark] = Layer.of(finding).marks
    assert mark.claim is Claim.ALTERED
    assert mark.states == {"watermark": payload.program}
    agreeing, bits = finding.facts["agreeing_bits"][payload.program].split(" of ")  # type: ignore[call-overload,index]
    assert int(agreeing) >= 0.95 * int(bits) == 0.95 * len(payload.bits)
    assert "photographs that they change" in mark.does_not_show
    assert finding.facts["named"] == {"watermark": [payload.program]}
    assert origin_of([finding]).reasons[0] == mark.shows
    assert origin_of([finding]).conclusion is Conclusion.DECLARED_ALTERED


@pytest.mark.parametrize(
    ("width", "height"), [(512, 768), (520, 390), (1000, 700), (1290, 1300), (257, 300)], ids=lambda side: f"{side}"
)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_it_is_read_at_every_size_and_scale_of_decoding(width: int, height: int, form: str) -> None:
    scene = watermarked(colours(height, width, 3), XL.bits, fractions=True)
    options = {"quality": 95, "subsampling": 0} if form == "JPEG" else {}
    assert programs(found(saved(scene, form, **options), f"image/{form.lower()}")) == ["Stable Diffusion XL"]


def test_it_is_gone_after_resizing_and_cropping_which_the_manual_says() -> None:
    marked = watermarked(SCENE, XL.bits)
    assert not programs(found(saved(marked.resize((448, 448)), "PNG")))
    assert not programs(found(saved(marked.crop((3, 5, 509, 509)), "PNG")))


def test_no_watermark_is_said_with_what_was_looked_for_and_what_was_not() -> None:
    finding = found(saved(SCENE, "PNG"))
    assert finding.sentence == (
        "None of the open watermarks of Stable Diffusion 1, Stable Diffusion 2, InvokeAI, Stable Diffusion XL, FLUX"
        " is in its pixels; SynthID, Stable Signature, Imatag and TrustMark are not checked."
    )
    assert set(finding.facts["agreeing_bits"]) == {payload.program for payload in PAYLOADS}  # type: ignore[arg-type]
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION


@pytest.mark.parametrize(
    ("size", "words"), [((2056, 64), "more than the programs make"), ((255, 256), "too few for the open watermarks")]
)
def test_sizes_that_are_not_looked_at_are_said(size: tuple[int, int], words: str) -> None:
    finding = found(saved(Image.new("RGB", size), "PNG"))
    assert words in finding.sentence
    assert "agreeing_bits" not in finding.facts


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (0, 0, 255), (31, 77, 200)])
def test_plain_pictures_have_no_watermark(colour: tuple[int, int, int]) -> None:
    assert not programs(found(saved(Image.new("RGB", (640, 512), colour), "PNG")))
    assert not programs(found(saved(Image.new("L", (640, 512), colour[0]), "PNG")))


def test_patterns_in_step_with_the_bits_have_no_watermark() -> None:
    # 64 pixels are eight blocks: one letter. Such stripes agree with what all letters have in common.
    for seed in range(20):
        stripe = np.random.default_rng(seed).integers(0, 256, (8, 64, 3), dtype=np.uint8)
        assert not programs(found(saved(Image.fromarray(np.tile(stripe, (64, 8, 1))), "PNG")))


@given(st.integers(8, 200))
def test_as_many_bits_must_agree_as_make_false_matches_rare(bits: int) -> None:
    needed = least_agreeing(bits)
    assert needed <= bits + 1
    assert needed >= math.ceil(0.88 * bits)
    assert bits < 24 or false_match(bits, needed) < 1e-6


def test_the_probability_of_a_false_match_is_that_of_random_bits() -> None:
    # Of 16 bits, five payloads in two readings: ten chances.
    assert false_match(16, 16) == pytest.approx(10 / 2**16)
    assert false_match(16, 15) == pytest.approx(10 * 17 / 2**16)
    assert false_match(16, 0) == 1.0
    chance = random.Random(5)
    readings = [
        tuple(np.array([chance.choice([-1.0, 1.0]) for _ in range(16)], np.float32) for _ in range(2))
        for _ in range(2000)
    ]
    payload = Payload("none", (0, 1) * 8)
    # Each reading alone, relative to its mean, agrees in 13 of 16 bits in about one of a hundred cases.
    share = sum(agreement(reading, payload) >= 13 for reading in readings) / len(readings)
    assert 0.004 < share < 0.05


def test_of_a_large_jpeg_the_picture_at_half_its_size_is_read() -> None:
    raw = saved(colours(1300, 1400), "JPEG", quality=90)
    content = BytesInHand(raw, "image/jpeg")
    assert content.picture().scale == 4
    assert halved(content).shape == (650, 700, 3)
    assert len(votes(halved(content))) == 2


def test_the_preview_of_a_raw_photograph_is_read_at_half_its_size() -> None:
    scene = colours(1300, 1400)
    content = BytesInHand(dng(scene), "image/x-adobe-dng")
    assert content.picture().scale == 4
    assert halved(content).shape == (650, 700, 3)


def test_no_photograph_has_a_watermark(field: Path) -> None:
    folder = field / "origin"
    with (folder / "manifest.csv").open() as table:
        photographs = [row["file"] for row in csv.DictReader(table) if row["label"] == "real"]
    assert len(photographs) == 468
    hits = {name: programs(found((folder / name).read_bytes(), "image/jpeg")) for name in photographs}
    assert not {name: hit for name, hit in hits.items() if hit}
