"""Runs a model in ONNX form on one picture; needs the extra `detectors`."""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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

_NOWHERE = "/dev/null/none"
"""A folder that cannot be: where a model may keep weights outside of its file, which no digest would cover."""
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}
_MOST_RESIZED_PX = 100_000_000
_SURE = 1e-7
"""A probability nearer to 0 or 1 counts as this near: 32-bit numbers know no better."""
_FILTERS = {
    Filter.BILINEAR: Image.Resampling.BILINEAR,
    Filter.BICUBIC: Image.Resampling.BICUBIC,
    Filter.LANCZOS: Image.Resampling.LANCZOS,
    Filter.NEAREST: Image.Resampling.NEAREST,
}


class Model:
    """A loaded model. It is loaded once for each process, and computes on one core."""

    def __init__(self, manifest: Manifest, session: Any) -> None:
        """Raise `DetectorRefused` where the model does not take or give what the manifest says."""
        self._manifest = manifest
        self._session = session
        inputs, outputs = session.get_inputs(), session.get_outputs()
        name = manifest.intake.name
        if [each.name for each in inputs] != [name]:
            raise DetectorRefused(f"Its model does not take one input {name!r}, but {_names(inputs)}.")
        if inputs[0].type not in _TYPES:
            raise DetectorRefused(f"Its model takes {inputs[0].type}, which is no number with a point.")
        shape = _shape(manifest.intake)
        stated = list(inputs[0].shape)
        fits = len(stated) == 4 and all(
            not isinstance(each, int) or each == mine for each, mine in zip(stated, shape, strict=True)
        )
        if not fits:
            raise DetectorRefused(f"Its model takes the shape {stated}, and [input] gives {list(shape)}.")
        if manifest.outlet.name not in [each.name for each in outputs]:
            raise DetectorRefused(f"Its model gives no output {manifest.outlet.name!r}, but {_names(outputs)}.")
        self._dtype = _TYPES[inputs[0].type]

    def score(self, rgb: NDArray[np.uint8]) -> float:
        """The natural logarithm of the odds that the model sees, rounded to four places: higher for its claim.

        `rgb` has shape (h, w, 3). Raise `DetectorRefused` where the model fails or gives something else, `Unsupported`
        where it takes no picture of this shape.
        """
        intake, outlet = self._manifest.intake, self._manifest.outlet
        try:
            (answer,) = self._session.run([outlet.name], {intake.name: prepared(rgb, intake).astype(self._dtype)})
            numbers = np.asarray(answer, np.float64)
        except (Unsupported, MemoryError):
            raise
        except Exception as error:  # the runtime's classes have no root of their own
            raise DetectorRefused(f"Its model fails: {_words(error)}.") from error
        return round(score_of(numbers, outlet), 4) + 0.0


def _names(values: Any) -> str:
    return ", ".join(repr(each.name) for each in values) or "none"


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__


def model(folder: str, manifest: Manifest) -> Model:
    """The model of a detector, loaded at the first call. Raise `DetectorRefused`, or `MissingExtra`."""
    loaded = _loaded(folder, manifest)
    if isinstance(loaded, str):
        raise DetectorRefused(loaded)
    return loaded


@functools.lru_cache(maxsize=64)
def _loaded(folder: str, manifest: Manifest) -> Model | str:
    """The model, or why it is refused: told once, not found out again for every picture."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("Attached detectors need an extra: install amparo[detectors].") from error
    try:
        raw = model_bytes(Path(folder), manifest)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", _NOWHERE)
        onnxruntime.disable_telemetry_events()
        return Model(manifest, _session(lambda: onnxruntime.InferenceSession(raw, options, ["CPUExecutionProvider"])))
    except DetectorRefused as error:
        return str(error)


def _session(load: Callable[[], Any]) -> Any:
    try:
        return load()
    except MemoryError:
        raise
    except Exception as error:
        raise DetectorRefused(f"Its model cannot be loaded: {_words(error)}.") from error


def model_bytes(folder: Path, manifest: Manifest) -> bytes:
    """The bytes of the model's file, which have the digest that the manifest states. Raise `DetectorRefused`."""
    try:
        raw = (folder / manifest.model_file).read_bytes()
    except OSError as error:
        raise DetectorRefused(f"Its model {manifest.model_file} cannot be read ({error.strerror}).") from error
    found = hashlib.sha256(raw).hexdigest()
    if found != manifest.model_sha256:
        raise ModelDiffers(
            f"Its model {manifest.model_file} has the SHA-256 {found}, and the manifest states"
            f" {manifest.model_sha256}: bring the model that is meant."
        )
    return raw


# What goes in


def _shape(intake: Intake) -> tuple[int, int, int, int]:
    height, width, count = intake.height_px, intake.width_px, intake.channels.samples
    return (1, count, height, width) if intake.layout is Layout.NCHW else (1, height, width, count)


def prepared(rgb: NDArray[np.uint8], intake: Intake) -> NDArray[np.float32]:
    """The model's input for a picture of shape (h, w, 3), as `intake` says; raise `Unsupported`."""
    image = _fitted(Image.fromarray(np.ascontiguousarray(rgb)), intake)
    grey = intake.channels is Channels.GREY
    samples = np.asarray(image.convert("L"))[..., None] if grey else np.asarray(image)
    if intake.channels is Channels.BGR:
        samples = samples[..., ::-1]
    scaled = samples.astype(np.float32) * np.float32((intake.high - intake.low) / 255) + np.float32(intake.low)
    values = (scaled - np.array(intake.mean, np.float32)) / np.array(intake.std, np.float32)
    ordered = values.transpose(2, 0, 1) if intake.layout is Layout.NCHW else values
    return np.ascontiguousarray(ordered[None], np.float32)


def _fitted(image: Image.Image, intake: Intake) -> Image.Image:
    size = intake.width_px, intake.height_px
    if intake.fit is Fit.STRETCH:
        return image.resize(size, _FILTERS[intake.filter])
    if intake.fit is Fit.COVER:
        shorter, side = min(image.size), intake.shorter_side_px
        resized = tuple(side if each == shorter else int(side * each / shorter) for each in image.size)
        if resized[0] * resized[1] > _MOST_RESIZED_PX:
            raise Unsupported("The picture is too long and narrow for this detector.")
        image = image.resize((resized[0], resized[1]), _FILTERS[intake.filter])
    if image.width < size[0] or image.height < size[1]:
        raise Unsupported(f"The picture is smaller than the {size[0]} × {size[1]} pixels that this detector takes.")
    left, top = round((image.width - size[0]) / 2), round((image.height - size[1]) / 2)
    return image.crop((left, top, left + size[0], top + size[1]))


# What comes out


def score_of(numbers: NDArray[np.float64], outlet: Outlet) -> float:
    """The natural logarithm of the odds in the model's answer for one picture; raise `DetectorRefused`."""
    flat = numbers.reshape(-1)
    if max(numbers.shape, default=1) != flat.size or outlet.index >= flat.size:
        raise DetectorRefused(
            f"Its model gives the shape {list(numbers.shape)}, which has no single number {outlet.index}."
        )
    if not np.isfinite(flat).all():
        raise DetectorRefused("Its model gives something that is no number for this picture.")
    own = float(flat[outlet.index])
    if outlet.answer is Answer.LOGIT:
        odds = own
    elif outlet.answer is Answer.PROBABILITY:
        if not -1e-3 <= own <= 1 + 1e-3:
            raise DetectorRefused(f"Its model gives {own:.4g} where [output] says that it gives a probability.")
        share = min(max(own, _SURE), 1 - _SURE)
        odds = float(np.log(share / (1 - share)))
    else:
        others = np.delete(flat, outlet.index)
        if not others.size:
            raise DetectorRefused("Its model gives one number, and softmax takes one for each of several classes.")
        highest = float(others.max())
        odds = own - highest - float(np.log(np.exp(others - highest).sum()))
    odds = min(max(odds, -1e6), 1e6)
    return -odds if outlet.points_to is Claim.CAPTURED else odds
