"""What a model is fed and how its answer is read; models that are not what was said are refused with a sentence."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="needs amparo[detectors]")
pytest.importorskip("onnx", reason="makes models")

from onnx import TensorProto, helper
from onnx.external_data_helper import set_external_data
from PIL import Image

from amparo.analysis.origin.onnx_model import model, model_bytes, prepared, score_of
from amparo.domain.detector import (
    Answer,
    Channels,
    DetectorRefused,
    Filter,
    Fit,
    Intake,
    Layout,
    Manifest,
    ModelDiffers,
    Outlet,
)
from amparo.domain.errors import MissingExtra, Unsupported
from amparo.domain.origin import Claim
from contracts import detectors as made
from contracts.detectors import SIDE_PX, detector_folder, manifest, written
from contracts.pictures import colours

INTAKE = Intake(
    "pixels", Layout.NCHW, 8, 4, Fit.STRETCH, 0, Filter.BILINEAR, Channels.RGB, 0, 1, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
)
OUTLET = Outlet("scores", Answer.LOGIT, 0, Claim.GENERATED)
GREY = np.full((40, 60, 3), 128, np.uint8)


def refused(folder: Path, model_bytes: bytes | None, **changes: str) -> str:
    """Why a detector with this model is refused, when it is loaded or asked."""
    detector_folder(folder, model_bytes, **changes)
    described = Manifest.parse((folder / "detector.toml").read_text())
    with pytest.raises(DetectorRefused) as error:
        model(str(folder), described).score(GREY)
    return str(error.value)


# what goes in


def test_samples_are_scaled_shifted_and_ordered_as_the_manifest_says() -> None:
    rgb = np.zeros((4, 8, 3), np.uint8)
    rgb[..., 0], rgb[..., 1], rgb[..., 2] = 255, 51, 0
    assert prepared(rgb, INTAKE).shape == (1, 3, 4, 8)
    assert prepared(rgb, INTAKE)[0, :, 0, 0].tolist() == pytest.approx([1, 0.2, 0])
    assert prepared(rgb, replace(INTAKE, low=-1.0))[0, :, 0, 0].tolist() == pytest.approx([1, -0.6, -1])
    normal = replace(INTAKE, mean=(0.5, 0.1, 0.0), std=(0.5, 0.1, 2.0))
    assert prepared(rgb, normal)[0, :, 0, 0].tolist() == pytest.approx([1, 1, 0])
    backwards = replace(INTAKE, channels=Channels.BGR, layout=Layout.NHWC, high=255.0)
    assert prepared(rgb, backwards).shape == (1, 4, 8, 3)
    assert prepared(rgb, backwards)[0, 0, 0].tolist() == pytest.approx([0, 51, 255])
    grey = replace(INTAKE, channels=Channels.GREY, mean=(0.0,), std=(1.0,), high=255.0)
    assert prepared(rgb, grey).shape == (1, 1, 4, 8)
    assert prepared(rgb, grey)[0, 0, 0, 0] == round(0.299 * 255 + 0.587 * 51)


def test_a_picture_is_covered_cut_or_stretched() -> None:
    image = colours(120, 200)
    rgb = np.asarray(image)
    whole = replace(INTAKE, high=255.0, layout=Layout.NHWC, filter=Filter.BICUBIC)
    stretched = prepared(rgb, whole)[0]
    assert np.array_equal(stretched, np.asarray(image.resize((8, 4), Image.Resampling.BICUBIC), np.float32))
    covered = prepared(rgb, replace(whole, fit=Fit.COVER, shorter_side_px=60))[0]
    resized = image.resize((100, 60), Image.Resampling.BICUBIC).crop((46, 28, 54, 32))
    assert np.array_equal(covered, np.asarray(resized, np.float32))
    cut = prepared(rgb, replace(whole, fit=Fit.CROP))[0]
    assert np.array_equal(cut, rgb[58:62, 96:104].astype(np.float32))


def test_pictures_that_do_not_fit_are_said_to() -> None:
    with pytest.raises(Unsupported, match="smaller than the 8 × 4"):
        prepared(np.zeros((4, 7, 3), np.uint8), replace(INTAKE, fit=Fit.CROP))
    with pytest.raises(Unsupported, match="long and narrow"):
        prepared(np.zeros((1, 60_000, 3), np.uint8), replace(INTAKE, fit=Fit.COVER, shorter_side_px=440))


# what comes out


@pytest.mark.parametrize(
    ("answer", "numbers", "index", "points_to", "odds"),
    [
        (Answer.LOGIT, [[-2.5]], 0, Claim.GENERATED, -2.5),
        (Answer.LOGIT, [[1.0, 3.0]], 1, Claim.CAPTURED, -3.0),
        (Answer.LOGIT, 4.0, 0, Claim.ALTERED, 4.0),
        (Answer.PROBABILITY, [0.75], 0, Claim.GENERATED, np.log(3)),
        (Answer.PROBABILITY, [1.0], 0, Claim.GENERATED, np.log((1 - 1e-7) / 1e-7)),
        (Answer.PROBABILITY, [1.0000001], 0, Claim.CAPTURED, -np.log((1 - 1e-7) / 1e-7)),
        (Answer.SOFTMAX, [[[[1.0]], [[3.5]]]], 1, Claim.GENERATED, 2.5),
        (Answer.SOFTMAX, [[0.0, 0.0, 0.0]], 2, Claim.GENERATED, -np.log(2)),
        (Answer.SOFTMAX, [[-1e30, 1e30]], 1, Claim.GENERATED, 1e6),
    ],
)
def test_answers_become_the_logarithm_of_odds(
    answer: Answer, numbers: object, index: int, points_to: Claim, odds: float
) -> None:
    outlet = Outlet("scores", answer, index, points_to)
    assert score_of(np.asarray(numbers, np.float64), outlet) == pytest.approx(odds)


@pytest.mark.parametrize(
    ("answer", "numbers", "says"),
    [
        (Answer.LOGIT, [[np.nan]], "no number for this picture"),
        (Answer.LOGIT, [[np.inf]], "no number for this picture"),
        (Answer.SOFTMAX, [[0.0, np.nan]], "no number for this picture"),
        (Answer.LOGIT, [], "no single number 0"),
        (Answer.LOGIT, [[1.0, 2.0], [3.0, 4.0]], "[2, 2]"),
        (Answer.PROBABILITY, [7.5], "gives 7.5 where"),
        (Answer.SOFTMAX, [1.0], "several classes"),
    ],
)
def test_answers_that_are_none_are_refused(answer: Answer, numbers: object, says: str) -> None:
    with pytest.raises(DetectorRefused) as error:
        score_of(np.asarray(numbers, np.float64), Outlet("scores", answer, 0, Claim.GENERATED))
    assert says in str(error.value)


# models


def test_a_model_gives_the_score_that_its_numbers_say(tmp_path: Path) -> None:
    folder = detector_folder(tmp_path / "d")
    loaded = model(str(folder), Manifest.parse((folder / "detector.toml").read_text()))
    assert loaded.score(GREY) == round(20 * 128 / 255 - 10, 4)
    assert loaded is model(str(folder), Manifest.parse((folder / "detector.toml").read_text()))


def test_a_model_that_is_not_the_stated_one_is_refused(tmp_path: Path) -> None:
    folder = detector_folder(tmp_path / "d")
    described = Manifest.parse((folder / "detector.toml").read_text())
    (folder / "model.onnx").write_bytes(made.model(((21.0,), (0.0,), (0.0,))))
    with pytest.raises(ModelDiffers, match="bring the model that is meant"):
        model_bytes(folder, described)
    with pytest.raises(DetectorRefused, match="bring the model that is meant"):
        model(str(folder), described)
    (tmp_path / "e").mkdir()
    with pytest.raises(DetectorRefused, match=r"model\.onnx cannot be read"):
        model(str(tmp_path / "e"), described)


@pytest.mark.parametrize("raw", [b"", b"\x80\x02cposix\nsystem\n", os.urandom(500), made.model()[:150]])
def test_bytes_that_are_no_model_are_refused(tmp_path: Path, raw: bytes) -> None:
    assert "cannot be loaded" in refused(tmp_path / "d", raw)


def identity(kind: int = TensorProto.FLOAT, shape: tuple[int | str, ...] = (1, 3, SIDE_PX, SIDE_PX)) -> bytes:
    node = helper.make_node("Flatten", ["pixels"], ["scores"])
    made_ = helper.make_model(
        helper.make_graph(
            [node],
            "made by a test",
            [helper.make_tensor_value_info("pixels", kind, shape)],
            [helper.make_tensor_value_info("scores", kind, ["a", "b"])],
        ),
        opset_imports=[helper.make_opsetid("", 13)],
    )
    made_.ir_version = 8
    return bytes(made_.SerializeToString())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (identity(), "single number 0"),  # thousands of numbers would do for an index, but they are of pixels
        (identity(shape=(1, 3, 64, 64)), "takes the shape [1, 3, 64, 64]"),
        (identity(shape=(1, SIDE_PX, SIDE_PX, 3)), "[input] gives [1, 3, 32, 32]"),
        (identity(shape=("n", 3)), "takes the shape"),
        (identity(TensorProto.UINT8), "no number with a point"),
    ],
)
def test_models_of_another_shape_are_refused(tmp_path: Path, raw: bytes, says: str) -> None:
    if says.startswith("single"):
        node = [helper.make_node("Identity", ["pixels"], ["scores"])]
        raw = written(node, (1, 3, SIDE_PX, SIDE_PX), (1, 3, SIDE_PX, SIDE_PX))
    assert says in refused(tmp_path / "d", raw)


def test_other_names_than_the_models_are_refused(tmp_path: Path) -> None:
    folder = detector_folder(tmp_path / "d")
    text = (folder / "detector.toml").read_text()
    with pytest.raises(DetectorRefused, match="does not take one input 'picture', but 'pixels'"):
        model(str(folder), Manifest.parse(text.replace('name = "pixels"', 'name = "picture"')))
    with pytest.raises(DetectorRefused, match="gives no output 'logits', but 'scores'"):
        model(str(folder), Manifest.parse(text.replace('name = "scores"', 'name = "logits"')))


def test_a_model_that_fails_or_gives_no_number_is_refused(tmp_path: Path) -> None:
    nothing = made.model(((float("nan"),), (0.0,), (0.0,)))
    assert "no number for this picture" in refused(tmp_path / "nan", nothing)
    shape = {"wanted": np.array([0.0], np.float32)}
    nodes = [
        helper.make_node("Cast", ["wanted"], ["to"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["pixels", "to"], ["scores"]),
    ]
    failing = written(nodes, ("n", 3, SIDE_PX, SIDE_PX), ("a",), {**shape, "wanted": np.array([7.0], np.float32)})
    assert "Its model fails" in refused(tmp_path / "fails", failing)


def test_weights_outside_of_the_models_file_are_refused_since_no_digest_covers_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx

    monkeypatch.chdir(tmp_path)
    whole = onnx.load_model_from_string(made.model())
    weights = whole.graph.initializer[0]
    (tmp_path / "weights.bin").write_bytes(weights.raw_data)
    set_external_data(weights, "weights.bin")
    weights.ClearField("raw_data")
    assert "cannot be loaded" in refused(tmp_path / "d", bytes(whole.SerializeToString()))


def test_without_the_extra_its_name_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = detector_folder(tmp_path / "d")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"amparo\[detectors\]"):
        model(str(folder), Manifest.parse(manifest(made.model())))
