"""The analyzer of alterations by neural up-scalers: its domain, its bounds, and that it falls silent."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image, ImageDraw, JpegImagePlugin

from amparo.analysis.origin import alteration, residuals
from amparo.analysis.origin.alteration import Alteration
from amparo.analysis.origin.judge import Judge, shipped
from amparo.analysis.origin.network import Network
from amparo.domain.finding import Finding
from amparo.domain.origin import Claim, Conclusion, Layer, origin_of
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import colours, saved


def photograph(height: int, width: int, seed: int = 0) -> Image.Image:
    """A texture with the noise of a sensor."""
    clean = np.asarray(colours(height, width, seed)).astype(float)
    noise = np.random.default_rng(seed).normal(size=clean.shape)
    return Image.fromarray((clean + 3 * noise).clip(0, 255).astype(np.uint8))


PICTURE = photograph(300, 560)


SAMPLES = {
    "image/png": saved(photograph(257, 300), "PNG"),
    "image/jpeg": saved(photograph(256, 256), "JPEG", quality=85),
}


class TestAlteration(AnalyzerContract):
    analyzer = Alteration()
    samples = SAMPLES


def found(raw: bytes, media_type: str = "image/png") -> Finding:
    finding = Alteration().examine(BytesInHand(raw, media_type))
    assert isinstance(finding, Finding), finding
    return finding


def facts(finding: Finding) -> dict[str, Any]:
    return dict(finding.facts)


def without_ratio(finding: Finding) -> str:
    layer = Layer.of(finding)
    assert layer.weight is None
    assert facts(finding)["log10_lr"] is None
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION
    return layer.reasons[0]


# The files that ship


def test_the_weights_belong_to_the_calibration_and_to_the_features() -> None:
    network = shipped("alteration").network
    assert network.middle.shape == network.spread.shape == (residuals.COUNT,)
    assert network.hidden.shape == (residuals.COUNT, len(network.output))
    assert (network.spread > 0).all()


def test_the_bounds_are_within_the_number_of_tests() -> None:
    held = shipped("alteration").calibration
    tests = [(int(str(source["altered"])), int(str(source["ordinary"]))) for source in held.sources]
    assert held.upper <= np.log10(sum(ordinary for _, ordinary in tests))
    assert -held.lower <= np.log10(sum(altered for altered, _ in tests))
    assert [source["cllr"] for source in held.sources] == sorted(
        (source["cllr"] for source in held.sources), reverse=True
    )


# What is outside of the domain


def test_above_2048_pixels_there_is_no_ratio() -> None:
    large = Image.fromarray(np.zeros((300, 2049, 3), np.uint8))
    assert "more than 2048 pixels" in without_ratio(found(saved(large, "PNG")))


def test_below_256_pixels_there_is_no_ratio() -> None:
    assert "fewer than 256 pixels" in without_ratio(found(saved(photograph(255, 900), "PNG")))


@pytest.mark.parametrize(("form", "media_type"), [("WEBP", "image/webp"), ("GIF", "image/gif")])
def test_kinds_of_files_that_were_not_calibrated_have_no_ratio(form: str, media_type: str) -> None:
    assert "it was calibrated for JPEG" in without_ratio(found(saved(PICTURE, form), media_type))


def test_palettes_have_no_ratio() -> None:
    assert "palette" in without_ratio(found(saved(PICTURE.quantize(64), "PNG")))


def test_animations_have_no_ratio() -> None:
    frames = [PICTURE, photograph(300, 560, 1)]
    raw = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert "several frames" in without_ratio(found(raw, "image/tiff"))


def test_damaged_pictures_have_no_ratio() -> None:
    raw = saved(PICTURE, "JPEG", quality=90)
    assert "damaged" in without_ratio(found(raw[: len(raw) // 2], "image/jpeg"))


def test_strong_compression_has_no_ratio() -> None:
    assert "compressed more strongly" in without_ratio(found(saved(PICTURE, "JPEG", quality=30), "image/jpeg"))
    assert "compressed more strongly" not in found(saved(PICTURE, "JPEG", quality=51), "image/jpeg").sentence


def drawing() -> Image.Image:
    picture = Image.new("RGB", (640, 480), "white")
    pen = ImageDraw.Draw(picture)
    for number in range(12):
        pen.ellipse((40 * number, 30 * number, 40 * number + 90, 30 * number + 60), fill=(20 * number, 90, 200))
    return picture


def screen_of_text() -> Image.Image:
    picture = Image.new("RGB", (640, 480), (250, 250, 250))
    pen = ImageDraw.Draw(picture)
    for line in range(24):
        pen.text((20, 20 * line), "Amparo reads what stands here, and says so. " * 2, fill=(30, 30, 30))
    return picture


@pytest.mark.parametrize("make", [drawing, screen_of_text], ids=["drawing", "text"])
def test_drawings_and_texts_have_no_ratio(make: Callable[[], Image.Image]) -> None:
    assert "no likelihood ratio" in without_ratio(found(saved(make(), "PNG"))).lower()


def test_what_resembles_nothing_calibrated_has_no_ratio() -> None:
    random = np.random.default_rng(5).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    assert "resemble none" in without_ratio(found(saved(Image.fromarray(random), "PNG")))


# Ratios


def scoring(monkeypatch: pytest.MonkeyPatch, *scores: float, **changes: float) -> None:
    """Let the network give these scores, one after the other, and the last from then on; change the calibration."""
    left = list(scores)

    class Scoring:
        def scores(self, numbers: np.ndarray) -> np.ndarray:
            return np.full(len(numbers), left.pop(0) if len(left) > 1 else left[0])

        def standardised(self, numbers: np.ndarray) -> np.ndarray:
            return np.zeros_like(numbers)

    judge = Judge(cast(Network, Scoring()), replace(shipped("alteration").calibration, **changes))  # type: ignore[arg-type]
    monkeypatch.setattr(alteration, "shipped", lambda _: judge)


@pytest.mark.parametrize("score", [-1e9, -3.0, 0.0, 3.0, 1e9])
def test_every_ratio_stays_within_its_bounds_and_says_on_what_it_rests(
    monkeypatch: pytest.MonkeyPatch, score: float
) -> None:
    scoring(monkeypatch, score)
    finding = found(saved(PICTURE, "PNG"))
    weight, held = Layer.of(finding).weight, shipped("alteration").calibration
    assert weight is not None
    assert held.lower <= weight.ratio.log10 <= held.upper
    assert weight.claim is Claim.ALTERED
    assert {"cllr", "cllr_min", "fitted_on", "sources", "log10_bounds"} <= set(weight.validity)
    assert str(weight.ratio) == facts(finding)["log10_lr"]


def test_a_ratio_below_one_concludes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scoring(monkeypatch, -1e9)
    assert origin_of([found(saved(PICTURE, "PNG"))]).conclusion is Conclusion.NO_CONCLUSION


def test_a_ratio_that_turns_when_the_picture_is_compressed_again_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    scoring(monkeypatch, 1e9, -1e9, lower=-2.0, upper=2.0)
    assert "once more" in without_ratio(found(saved(PICTURE, "PNG")))
    scoring(monkeypatch, 1e9, lower=-2.0, upper=2.0)
    kept = found(saved(PICTURE, "PNG"))
    assert facts(kept)["log10_lr_compressed_again"] == "2.00"
    assert origin_of([kept]).conclusion is Conclusion.ALTERED


def test_wrapping_the_same_pixels_otherwise_changes_nothing() -> None:
    raw = saved(PICTURE, "JPEG", quality=85)
    pixels = Image.open(io.BytesIO(raw))
    assert isinstance(pixels, JpegImagePlugin.JpegImageFile)
    commented = raw[:2] + b"\xff\xfe\x00\x06made" + raw[2:]
    first = found(raw, "image/jpeg")
    assert facts(found(commented, "image/jpeg")) == facts(first)
    grey = saved(pixels.convert("L"), "PNG")
    assert facts(found(grey)) == facts(found(saved(pixels.convert("L"), "BMP"), "image/bmp"))


def test_a_large_jpeg_is_looked_at_in_full_resolution() -> None:
    large = photograph(900, 1300)
    raw = saved(large, "JPEG", quality=90)
    content = BytesInHand(raw, "image/jpeg")
    assert content.picture().scale > 1
    finding = Alteration().examine(content)
    assert isinstance(finding, Finding)
    decoded = facts(found(saved(Image.open(io.BytesIO(raw)).convert("RGB"), "PNG")))
    assert facts(finding)["tiles"] == decoded["tiles"] == 4
    assert float(facts(finding)["score"]) == pytest.approx(float(decoded["score"]), abs=0.3)


def test_photographs_of_the_field_are_not_called_altered(field: Path) -> None:
    folder = field / "origin"
    if not (folder / "manifest.csv").is_file():
        pytest.skip("no photographs in the field data")
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as rows:
        files = sorted(row["file"] for row in csv.DictReader(rows) if row["label"] == "real")[::12]
    concluded = [origin_of([found((folder / file).read_bytes(), "image/jpeg")]).conclusion for file in files]
    assert len(concluded) > 30
    assert concluded.count(Conclusion.ALTERED) <= 1
