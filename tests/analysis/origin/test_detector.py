"""An attached detector: a rank without a calibration, a ratio with one, and nothing beyond what was calibrated."""

import functools
import io
import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("onnxruntime", reason="needs amparo[detectors]")
pytest.importorskip("onnx", reason="makes models")

from amparo.analysis import BUILTIN
from amparo.analysis.origin.detector import Detector, with_detectors
from amparo.analysis.origin.onnx_model import model
from amparo.domain.calibration import Figures, Line, SourceFigures
from amparo.domain.cause import Cause
from amparo.domain.detector import Manifest
from amparo.domain.detector_calibration import DetectorCalibration, Domain, Making, ReferenceSet
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.origin import Claim, Conclusion, Layer, origin_of
from contracts import detectors as made
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.detectors import detector_folder, manifest, picture
from contracts.pictures import colours, saved


@functools.cache
def _kept() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory()  # until the tests end


@functools.cache
def attached() -> Detector:
    folder = detector_folder(Path(_kept().name) / "brightness")
    return Detector(Manifest.parse((folder / "detector.toml").read_text()), str(folder))


def calibration(**changes: Any) -> DetectorCalibration:
    one = attached().manifest
    held = DetectorCalibration(
        one.name,
        one.version,
        one.model_sha256,
        one.scoring_sha256,
        ReferenceSet("set", "22" * 32, 0, 0, 0),
        Making("2026-02-26T09:00:00+00:00", "ana", "Alfama", "amparo origin calibrate brightness set", "0.1", "1.32"),
        Line(1.5, -0.25, -1.2, 1.3),
        Domain(("image/png, RGB 8", "image/jpeg, YCbCr 8"), 64, 2048),
        Figures(0.5, 0.4, 0.85, (SourceFigures(Claim.CAPTURED, "photographs", 40, 0.6, 9, 1),)),
        0.5,
    )
    return replace(held, **changes)


def said(raw: bytes, media_type: str = "image/png", **changes: Any) -> Finding:
    found = replace(attached(), calibration=calibration(**changes)).examine(BytesInHand(raw, media_type))
    assert isinstance(found, Finding)
    return found


SMALL = {"image/png": picture(1, 0.5), "image/jpeg": picture(2, -0.5, "JPEG")}
STRONG = {"image/png": picture(1, 0.9), "image/jpeg": picture(2, -0.9, "JPEG", 700)}


class TestUncalibrated(AnalyzerContract):
    analyzer = attached()
    samples = SMALL


class TestCalibrated(AnalyzerContract):
    analyzer = replace(attached(), calibration=calibration())
    samples = STRONG


def test_without_a_calibration_a_score_is_a_rank_and_no_ratio() -> None:
    found = attached().examine(BytesInHand(picture(1, 0.9), "image/png"))
    assert isinstance(found, Finding)
    assert "a rank and no likelihood ratio" in found.sentence
    assert "amparo origin calibrate" in found.sentence
    assert Layer.of(found).weight is None
    assert found.facts["log10_lr"] is None
    assert float(str(found.facts["score"])) > 0
    assert origin_of([found]).conclusion is Conclusion.NO_CONCLUSION
    assert origin_of([found]).ratio is None


def test_with_a_calibration_it_is_a_bounded_ratio_with_its_validity() -> None:
    bright, dark = said(picture(1, 0.9)), said(picture(3, -0.9))
    assert (bright.facts["log10_lr"], dark.facts["log10_lr"]) == ("1.30", "-1.20")
    weight = Layer.of(bright).weight
    assert weight is not None
    assert weight.claim is Claim.GENERATED
    assert weight.validity["reference_set"] == "set"
    assert not weight.independent_of
    assert Layer.of(bright).reasons[1] == (
        "The ratios of brightness were calibrated by Alfama on set: Cllr 0.50 on sources left out (0 is perfect, 1"
        " worth nothing), at worst 0.60 for captured/photographs, of whose 40 pictures 9 misled."
    )
    assert "20 times as probable if it is made by a generator" in bright.sentence
    assert "if a camera captured it than if it is made by a generator" in dark.sentence
    assert origin_of([bright]).conclusion is Conclusion.GENERATED
    assert origin_of([dark]).conclusion is Conclusion.CAPTURED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model_sha256": "00" * 32}, "another model"),
        ({"scoring_sha256": "00" * 32}, "another preprocessing"),
        ({"figures": Figures(1.01, 0.9, 0.5, ())}, "no more than knowing nothing"),
        ({"line": Line(1, 0, 0, 0)}, "too few tests"),
        ({"figures": Figures(0.9, 0.9, 0.5, (SourceFigures(Claim.CAPTURED, "a", 9, 1.0, 5, 0),))}, "every source"),
        ({"domain": Domain(("image/jpeg, YCbCr 8",), 64, 2048)}, "image/png, RGB 8"),
        ({"domain": Domain(("image/png, RGB 8",), 97, 2048)}, "96 pixels"),
    ],
)
def test_outside_of_what_was_calibrated_there_is_no_ratio(changes: dict[str, Any], says: str) -> None:
    found = said(picture(1, 0.9), **changes)
    assert says in found.sentence
    assert "a rank and no likelihood ratio" in found.sentence
    assert Layer.of(found).weight is None


def test_damaged_pictures_and_animations_have_no_ratio() -> None:
    whole = picture(1, 0.9, "JPEG", 400)
    assert "damaged" in said(whole[: len(whole) // 2], "image/jpeg").sentence
    moving = saved(colours(96, 96), "PNG", save_all=True, append_images=[colours(96, 96, 5)])
    assert "several frames" in said(moving, "image/apng").sentence


def test_a_ratio_that_turns_when_the_picture_is_compressed_again_is_none() -> None:
    stripes = np.zeros((96, 96, 3), np.uint8)
    stripes[::2, ::2] = (255, 0, 0)  # pure red is what this model sees; compressed, it is another
    raw = saved(Image.fromarray(stripes), "PNG")
    loaded = model(attached().folder, attached().manifest)
    with Image.open(io.BytesIO(saved(Image.fromarray(stripes), "JPEG", quality=80))) as compressed:
        before, after = loaded.score(stripes), loaded.score(np.asarray(compressed))
    assert before != after
    slope = math.copysign(1000, before - after)
    steep = Line(slope, -slope * (before + after) / 2, -1.2, 1.3)
    found = said(raw, line=steep)
    assert "Compressing the picture once more" in found.sentence
    assert found.facts["log10_lr"] is None
    assert Layer.of(found).weight is None


def test_sources_about_which_it_misled_are_named_beside_the_ratio() -> None:
    sources = [SourceFigures(Claim.CAPTURED, f"source {n}", 10, 1.5, 9, 9) for n in range(7)]
    sources.append(SourceFigures(Claim.CAPTURED, "good", 10, 0.5, 0, 0))
    found = said(picture(1, 0.9), figures=Figures(0.9, 0.8, 0.6, tuple(sources)))
    reason = Layer.of(found).reasons[-1]
    assert "does not hold for pictures like those of captured/source 0," in reason
    assert "and 2 more" in reason


def test_a_detector_of_alterations_speaks_for_them(tmp_path: Path) -> None:
    folder = detector_folder(tmp_path / "d", points_to='"altered"')
    one = Manifest.parse((folder / "detector.toml").read_text())
    detector = Detector(one, str(folder), calibration(scoring_sha256=one.scoring_sha256))
    found = detector.examine(BytesInHand(picture(1, 0.9), "image/png"))
    assert isinstance(found, Finding)
    assert "altered by a model" in found.sentence
    assert origin_of([found]).conclusion is Conclusion.ALTERED


def test_a_model_that_cannot_be_used_costs_its_findings_and_may_be_tried_again(tmp_path: Path) -> None:
    folder = detector_folder(tmp_path / "d")
    (folder / "model.onnx").write_bytes(b"other")
    detector = Detector(Manifest.parse(manifest(made.model())), str(folder))
    found = detector.examine(BytesInHand(picture(1, 0.9), "image/png"))
    assert isinstance(found, NotExamined)
    assert found.cause is Cause.FAULT
    assert found.cause.may_pass_for_same_bytes
    assert "bring the model that is meant" in found.reason


def test_the_version_changes_with_the_calibration_and_the_preprocessing() -> None:
    plain, one = attached(), attached().manifest
    others = [
        replace(plain, calibration=calibration()),
        replace(plain, calibration=calibration(line=Line(1.5, -0.25, -1.2, 1.31))),
        replace(plain, manifest=replace(one, intake=replace(one.intake, low=-1.0))),
    ]
    assert len({each.version for each in (plain, *others)}) == 4


def test_detectors_stand_before_the_conclusion_that_weighs_them() -> None:
    names = [each.name for each in with_detectors(BUILTIN, [attached()])]
    assert names.index("detector_brightness") == names.index("origin") - 1
    assert len(names) == len(BUILTIN) + 1
