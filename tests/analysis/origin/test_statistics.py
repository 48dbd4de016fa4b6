"""The analyzer of whole pictures: its bounds, its domain, and that it falls silent."""

import io
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from amparo.analysis.origin import residuals, statistics
from amparo.analysis.origin.judge import Judge, shipped
from amparo.analysis.origin.network import Network
from amparo.analysis.origin.statistics import Statistics
from amparo.domain.finding import Finding
from amparo.domain.origin import CONCLUSIVE_LOG10, Claim, Layer
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import colours, saved


def photograph(height: int = 300, width: int = 560) -> Image.Image:
    clean = np.asarray(colours(height, width, 0)).astype(float)
    noise = np.random.default_rng(0).normal(size=clean.shape)
    return Image.fromarray((clean + 3 * noise).clip(0, 255).astype(np.uint8))


PICTURE = photograph()


def found(raw: bytes, media_type: str = "image/png") -> Finding:
    finding = Statistics().examine(BytesInHand(raw, media_type))
    assert isinstance(finding, Finding)
    return finding


def scoring(monkeypatch: pytest.MonkeyPatch, *scores: float) -> None:
    """Let the network give these scores, one after the other, and the last from then on."""
    left = list(scores)

    class Scoring:
        def scores(self, numbers: np.ndarray) -> np.ndarray:
            return np.full(len(numbers), left.pop(0) if len(left) > 1 else left[0])

        def standardised(self, numbers: np.ndarray) -> np.ndarray:
            return np.zeros_like(numbers)

    calibration = replace(shipped("statistics").calibration, slope=1.0, intercept=0.0, lower=-1.0, upper=1.0)
    judge = Judge(cast(Network, Scoring()), calibration)
    monkeypatch.setattr(statistics, "shipped", lambda _: judge)


class TestStatistics(AnalyzerContract):
    analyzer = Statistics()
    samples = {"image/png": saved(photograph(260, 260), "PNG"), "image/jpeg": saved(photograph(260, 260), "JPEG")}  # noqa: RUF012


def test_what_ships_belongs_together_and_leads_to_no_conclusion_alone() -> None:
    judge = shipped("statistics")
    assert judge.network.middle.shape == (residuals.COUNT,)
    assert -CONCLUSIVE_LOG10 < judge.calibration.lower <= 0 <= judge.calibration.upper < CONCLUSIVE_LOG10
    assert all(set(source) >= {"source", "side", "tests", "cllr", "misleading"} for source in judge.calibration.sources)


@pytest.mark.parametrize(("score", "log10"), [(1e9, 1.0), (-1e9, -1.0), (0.0, 0.0)])
def test_no_ratio_goes_beyond_its_bounds(monkeypatch: pytest.MonkeyPatch, score: float, log10: float) -> None:
    scoring(monkeypatch, score)
    weight = Layer.of(found(saved(PICTURE, "PNG"))).weight
    assert weight is not None
    assert (weight.claim, weight.ratio.log10) == (Claim.GENERATED, log10)
    assert weight.validity["script"] == "training/whole.py"


def test_a_ratio_that_turns_when_the_picture_is_compressed_again_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    scoring(monkeypatch, 3.0, -3.0)
    finding = found(saved(PICTURE, "PNG"))
    assert Layer.of(finding).weight is None
    assert "once more" in finding.sentence


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_wrapping_the_same_pixels_otherwise_changes_nothing(form: str) -> None:
    written = io.BytesIO()
    PICTURE.save(written, form)
    wrapped = found(written.getvalue(), f"image/{form.lower()}")
    assert wrapped.facts == found(saved(PICTURE, "PNG")).facts


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (photograph(200, 900), "fewer than 256 pixels"),
        (Image.new("RGB", (400, 400), (90, 90, 90)), "equal their neighbours"),
        (PICTURE.quantize(16), "palette"),
    ],
)
def test_outside_of_the_domain_there_is_no_ratio(picture: Image.Image, why: str) -> None:
    finding: Any = found(saved(picture, "PNG"))
    assert finding.facts["log10_lr"] is None
    assert why in finding.sentence
