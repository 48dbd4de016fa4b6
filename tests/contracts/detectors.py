"""Detectors that tests make: models of a few numbers, which see how bright a picture is."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from contracts.pictures import colours, saved

SIDE_PX = 32
SHARES = [-0.25, 0.25]
"""How far from the middle the bright and the dark pictures of `reference_set` lie."""


def model(weights: Sequence[Sequence[float]] = ((20.0,), (0.0,), (0.0,)), offsets: Sequence[float] = (-10.0,)) -> bytes:
    """A model of the mean of each channel: `weights` of shape (channels, classes), `offsets` of shape (classes)."""
    channels, classes = np.shape(weights)
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixels"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "offsets"], ["scores"]),
    ]
    return written(
        nodes,
        [1, int(channels), SIDE_PX, SIDE_PX],
        ["n", int(classes)],
        {"weights": np.array(weights, np.float32), "offsets": np.array(offsets, np.float32)},
    )


def written(
    nodes: Sequence[onnx.NodeProto],
    takes: Sequence[int | str],
    gives: Sequence[int | str],
    weights: Mapping[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"] | None = None,
) -> bytes:
    """A model of these nodes, from `pixels` to `scores`."""
    graph = helper.make_graph(
        nodes,
        "made by a test",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, takes)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, gives)],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 8
    return bytes(made.SerializeToString())


def manifest(model_bytes: bytes, **changes: str) -> str:
    """The text of a manifest; `changes` give other values, as TOML, to keys of any table."""
    values = {
        "name": '"brightness"',
        "points_to": '"generated"',
        "answer": '"logit"',
        "fit": '"stretch"',
        "sha256": f'"{hashlib.sha256(model_bytes).hexdigest()}"',
        **changes,
    }
    return f"""format = "amparo detector 1"
name = {values["name"]}
version = "1.0"
licence = "CC0-1.0"
author = "Amparo's tests"
source = "made by a test"

[model]
file = "model.onnx"
sha256 = {values["sha256"]}

[input]
name = "pixels"
width_px = {SIDE_PX}
height_px = {SIDE_PX}
fit = {values["fit"]}

[output]
name = "scores"
answer = {values["answer"]}
points_to = {values["points_to"]}
"""


def detector_folder(folder: Path, model_bytes: bytes | None = None, **changes: str) -> Path:
    """Write a detector into a new folder; return it."""
    raw = model() if model_bytes is None else model_bytes
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(raw)
    (folder / "detector.toml").write_text(manifest(raw, **changes), encoding="utf-8")
    return folder


def picture(seed: int, share: float, form: str = "PNG", size_px: int = 96) -> bytes:
    """A benign texture whose brightness lies about `share` of the way from the middle to black (-1) or white (1)."""
    pixels = np.asarray(colours(size_px, size_px, seed)).astype(float)
    spread = np.random.default_rng(seed).normal(0, 0.2)
    shifted = np.clip(pixels - pixels.mean() + 127.5 * (1 + share + spread), 0, 255)
    return saved(Image.fromarray(shifted.astype(np.uint8)), form)


def reference_set(folder: Path, *, of_a_source: int = 12, form: str = "PNG", other_form: str = "") -> Path:
    """Write a set of dark `captured` and bright `generated` pictures, of two sources each, with some overlap."""
    for side, share, begin, kind in (
        ("captured", SHARES[0], 0, form),
        ("generated", SHARES[1], 1000, other_form or form),
    ):
        for source in range(2):
            place = folder / side / f"{side}-{source}"
            place.mkdir(parents=True)
            for number in range(of_a_source):
                seed = begin + 100 * source + number
                (place / f"{number}.{kind.lower()}").write_bytes(picture(seed, share, kind))
    return folder
