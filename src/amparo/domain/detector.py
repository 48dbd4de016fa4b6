"""An attached detector: what its manifest says of the model, of what it is fed, and of how its answer is read."""

import hashlib
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

from amparo.domain.canonical import canonical
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact
from amparo.domain.origin import Claim

FORMAT = "amparo detector 1"
MANIFEST = "detector.toml"
"""The name of the file in a detector's folder."""
_MOST_PX = 8192
_MOST_CLASSES = 100_000
_MOST_LETTERS = 500

_Choice = TypeVar("_Choice", bound=StrEnum)


class NotAManifest(AmparoError, ValueError):
    """A text that should describe a detector, and does not."""


class DetectorRefused(AmparoError):
    """A detector that cannot be used: its folder, its model or its calibration is not what was said."""


class ModelDiffers(DetectorRefused):
    """The model that lies there is not the one whose digest is stated."""


class Layout(StrEnum):
    """The order of the axes in which a model takes a picture: N one picture, C channels, H rows, W columns."""

    NCHW = "NCHW"
    NHWC = "NHWC"


class Fit(StrEnum):
    """How a picture of any size is made as large as the model wants it."""

    COVER = "cover"
    """Resized until its shorter side has `shorter_side_px`, then cut to size around its middle."""
    STRETCH = "stretch"
    """Resized to size, whatever that does to its proportions."""
    CROP = "crop"
    """Cut to size around its middle, with the pixels as they are; smaller pictures are not examined."""


class Filter(StrEnum):
    """By which a picture is resized, as Pillow does it."""

    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"
    NEAREST = "nearest"


class Channels(StrEnum):
    """Of the model's input, in order."""

    RGB = "RGB"
    BGR = "BGR"
    GREY = "grey"

    @property
    def samples(self) -> int:
        """How many numbers a pixel has."""
        return 1 if self is Channels.GREY else 3


class Answer(StrEnum):
    """What the model's numbers are."""

    LOGIT = "logit"
    """The one at `index` is the logarithm of odds."""
    PROBABILITY = "probability"
    """The one at `index` is a probability."""
    SOFTMAX = "softmax"
    """One for each class; softmax, which is not in the model, would make probabilities of them."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What the model is fed: each sample is brought to `low` … `high`, less `mean`, divided by `std`."""

    name: str
    layout: Layout
    width_px: int
    height_px: int
    fit: Fit
    shorter_side_px: int
    """Of the resized picture before it is cut; for `cover` only, else 0."""
    filter: Filter
    channels: Channels
    low: float
    high: float
    mean: tuple[float, ...]
    """One for each channel, in their order."""
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outlet:
    """How the model's answer is read."""

    name: str
    answer: Answer
    index: int
    points_to: Claim
    """For what it speaks that the number at `index` is high."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The file `detector.toml`."""

    name: str
    """Small letters, digits and `_`: findings are those of `detector_NAME`."""
    version: str
    licence: str
    author: str
    source: str
    """Where the model comes from."""
    model_file: str
    """A name in the same folder."""
    model_sha256: str
    intake: Intake
    outlet: Outlet

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a manifest; raise `NotAManifest`, which names what is wrong."""
        try:
            root = _Table("", tomllib.loads(text))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise NotAManifest(f"It is not TOML: {error}.") from error
        root.literal("format", FORMAT)
        model = root.table("model")
        manifest = cls(
            name=root.pattern("name", r"[a-z][a-z0-9_]{0,39}", "small letters, digits and _, at most 40"),
            version=root.text("version"),
            licence=root.text("licence"),
            author=root.text("author"),
            source=root.text("source"),
            model_file=model.pattern("file", r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}", "a file's name in the same folder"),
            model_sha256=model.pattern("sha256", "[0-9a-f]{64}", "64 hexadecimal digits, small letters"),
            intake=_intake(root.table("input")),
            outlet=_outlet(root.table("output")),
        )
        model.end()
        root.end()
        return manifest

    @property
    def claim(self) -> Claim:
        """What a high score supports against ordinary capture: `GENERATED` or `ALTERED`."""
        return Claim.ALTERED if self.outlet.points_to is Claim.ALTERED else Claim.GENERATED

    @property
    def scoring_sha256(self) -> str:
        """Of all that decides which score a picture gets: model, intake and outlet. A calibration holds for this."""
        intake: dict[str, Fact] = {name: str(getattr(self.intake, name)) for name in self.intake.__dataclass_fields__}
        outlet: dict[str, Fact] = {name: str(getattr(self.outlet, name)) for name in self.outlet.__dataclass_fields__}
        return hashlib.sha256(canonical({"model": self.model_sha256, "input": intake, "output": outlet})).hexdigest()


def _intake(table: "_Table") -> Intake:
    width, height = table.whole("width_px", 1, _MOST_PX), table.whole("height_px", 1, _MOST_PX)
    fit, channels = table.choice("fit", Fit), table.choice("channels", Channels, Channels.RGB)
    side = max(width, height)
    low, high = table.numbers("range", 2, (0.0, 1.0))
    intake = Intake(
        name=table.text("name"),
        layout=table.choice("layout", Layout, Layout.NCHW),
        width_px=width,
        height_px=height,
        fit=fit,
        shorter_side_px=table.whole("shorter_side_px", side, _MOST_PX, side) if fit is Fit.COVER else 0,
        filter=table.choice("filter", Filter, Filter.BILINEAR),
        channels=channels,
        low=low,
        high=high,
        mean=table.numbers("mean", channels.samples, (0.0,) * channels.samples),
        std=table.numbers("std", channels.samples, (1.0,) * channels.samples),
    )
    if low >= high:
        raise NotAManifest("[input] range is the value of black, then the larger one of white.")
    if min(intake.std) <= 0:
        raise NotAManifest("[input] std is what samples are divided by: numbers above 0.")
    table.end()
    return intake


def _outlet(table: "_Table") -> Outlet:
    outlet = Outlet(
        name=table.text("name"),
        answer=table.choice("answer", Answer),
        index=table.whole("index", 0, _MOST_CLASSES, 0),
        points_to=table.choice("points_to", Claim),
    )
    table.end()
    return outlet


class _Table:
    """A table of TOML from which each key is taken once; what is left at its end is refused."""

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._name = name
        self._left = dict(values)

    def table(self, key: str) -> "_Table":
        value = self._left.pop(key, None)
        if not isinstance(value, dict):
            raise NotAManifest(f"It has no table [{key}].")
        return _Table(key, value)

    def literal(self, key: str, wanted: str) -> None:
        if (value := self._left.pop(key, None)) != wanted:
            raise self._wrong(key, value, f'write {key} = "{wanted}"')

    def text(self, key: str) -> str:
        value = self._left.pop(key, None)
        if not isinstance(value, str) or not value.strip() or len(value) > _MOST_LETTERS or not value.isprintable():
            raise self._wrong(key, value, f"write one line of text, at most {_MOST_LETTERS} letters")
        return value

    def pattern(self, key: str, pattern: str, means: str) -> str:
        value = self._left.pop(key, None)
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise self._wrong(key, value, f"write {means}")
        return value

    def choice(self, key: str, choices: type[_Choice], default: _Choice | None = None) -> _Choice:
        value = self._left.pop(key, default)
        if value not in list(choices):
            raise self._wrong(key, value, f"write one of {', '.join(choices)}")
        return choices(value)

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        value = self._left.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(key, value, f"write a whole number from {least} to {most}")
        return value

    def numbers(self, key: str, count: int, default: tuple[float, ...]) -> tuple[float, ...]:
        value = self._left.pop(key, default)
        if not isinstance(value, list | tuple) or len(value) != count or not all(map(_is_number, value)):
            raise self._wrong(key, value, f"write {count} numbers in brackets" if count > 1 else "write [NUMBER]")
        return tuple(map(float, value))

    def end(self) -> None:
        if self._left:
            raise NotAManifest(f"{self._place(next(iter(self._left)))} is not known here.")

    def _wrong(self, key: str, value: object, remedy: str) -> NotAManifest:
        said = "is missing" if value is None else f"is {ascii(value)[:80]}"
        return NotAManifest(f"{self._place(key)} {said}: {remedy}.")

    def _place(self, key: str) -> str:
        return f"[{self._name}] {key}" if self._name else key


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= 1e6 if isinstance(value, int) else math.isfinite(value) and abs(value) <= 1e6
