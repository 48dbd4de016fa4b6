"""The file `calibration.json` of an attached detector: what makes likelihood ratios of its scores, and for what."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from amparo.domain.calibration import Figures, Line, SourceFigures, interval_95
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact
from amparo.domain.likelihood_ratio import NotALikelihoodRatio
from amparo.domain.origin import Claim

FORMAT = "amparo detector calibration 1"
CALIBRATION = "calibration.json"
"""The name of the file in a detector's folder."""
LEAST_A_SIDE = 10
"""A kind of file is part of the domain where each side has so many pictures of it."""
_WORST = 20
"""Sources that a finding names; the file has all of them."""


class NotACalibration(AmparoError, ValueError):
    """A text that should be a calibration, and is not."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture is before anybody sees its pixels."""

    kind: str
    """Media type and colour model: `image/jpeg, YCbCr 8`."""
    width_px: int
    height_px: int

    @property
    def shorter_side_px(self) -> int:
        """The smaller of width and height."""
        return min(self.width_px, self.height_px)


@dataclass(frozen=True, slots=True)
class Domain:
    """The pictures for which a calibration speaks: such as both sides of its reference set have."""

    kinds: tuple[str, ...]
    least_px: int
    most_px: int
    """Of the shorter side, both included."""

    @classmethod
    def common(cls, captured: Sequence[Look], other: Sequence[Look]) -> Self:
        """What both sides have; raise `NotACalibration` where that is nothing."""
        kinds = sorted(
            kind
            for kind in {look.kind for look in captured}
            if all(sum(look.kind == kind for look in side) >= LEAST_A_SIDE for side in (captured, other))
        )
        if not kinds:
            raise NotACalibration(
                f"The two sides of the reference set have no kind of file in common of which each has {LEAST_A_SIDE}"
                f" pictures: captured are {_said(captured)}; the others are {_said(other)}. Bring both sides into the"
                " same formats, by the same program."
            )
        sides = [[look.shorter_side_px for look in side if look.kind in kinds] for side in (captured, other)]
        least, most = max(map(min, sides)), min(map(max, sides))
        if least > most:
            raise NotACalibration(
                "No picture of one side of the reference set is as large as one of the other side: one ends with a"
                f" shorter side of {most} pixels, where the other begins with {least}. Add pictures of like sizes."
            )
        return cls(tuple(kinds), least, most)

    def obstacle(self, look: Look) -> str:
        """Why the calibration says nothing about such a picture: a sentence, or empty where it does."""
        if look.kind not in self.kinds:
            return f"No pictures of this kind ({look.kind}) were in both sides of its reference set."
        if not self.least_px <= look.shorter_side_px <= self.most_px:
            return (
                f"Its shorter side has {look.shorter_side_px} pixels; in both sides of the reference set there were"
                f" such from {self.least_px} to {self.most_px}."
            )
        return ""


def _said(looks: Sequence[Look]) -> str:
    counts: dict[str, int] = {}
    for look in looks:
        counts[look.kind] = counts.get(look.kind, 0) + 1
    return "; ".join(f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda each: -each[1])[:5])


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """The pictures of which it was known how they came to be."""

    name: str
    sha256: str
    """Of the canonical list of side, source and digest of each picture that was used."""
    repeated: int
    """Files left out because a picture with the same bytes was there."""
    unread: int
    """Files left out because they could not be scored."""
    outside: int
    """Pictures left out because they lie outside of the domain."""


@dataclass(frozen=True, slots=True)
class Making:
    """Who made a calibration, when, and with what."""

    at: str
    """ISO 8601, UTC."""
    by: str
    agency: str
    command: str
    amparo: str
    onnxruntime: str


@dataclass(frozen=True, slots=True)
class DetectorCalibration:
    """What `amparo origin calibrate` writes. `parse` and `text` are inverses."""

    detector: str
    version: str
    model_sha256: str
    scoring_sha256: str
    """Of model, intake and outlet (`Manifest.scoring_sha256`): it holds for no other."""
    reference_set: ReferenceSet
    making: Making
    line: Line
    domain: Domain
    figures: Figures
    unseen_rule: float
    """The balanced accuracy that a rule without pixels reaches on the same set, by kind of file and size."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a calibration; raise `NotACalibration`."""
        try:
            held = _strict(json.loads(text, parse_constant=_refuse), {"format", *cls.__dataclass_fields__})
            if held.pop("format") != FORMAT:
                raise NotACalibration(f"It is not of the format {FORMAT!r}.")
            held["reference_set"] = _value(ReferenceSet, held["reference_set"])
            held["making"] = _value(Making, held["making"])
            held["line"] = _value(Line, held["line"])
            held["domain"] = _value(Domain, {**held["domain"], "kinds": _list(held["domain"]["kinds"])})
            sources = [{**each, "side": Claim(each["side"])} for each in _list(held["figures"]["sources"])]
            figures = {**held["figures"], "sources": tuple(_value(SourceFigures, each) for each in sources)}
            held["figures"] = _value(Figures, figures)
            return cls(**_checked(cls, held))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            words = f": {error}" if isinstance(error, NotALikelihoodRatio | NotACalibration) else "."
            raise NotACalibration(f"It holds no calibration{words}") from error

    def text(self) -> str:
        """As it stands in the file, for people too."""
        return json.dumps({"format": FORMAT, **_plain(self)}, ensure_ascii=False, indent=2) + "\n"

    @property
    def sha256(self) -> str:
        """Of the text."""
        return hashlib.sha256(self.text().encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def obstacle(self) -> str:
        """Why it gives no likelihood ratio at all: a sentence, or empty where it does."""
        if self.figures.cllr >= 1:
            return (
                "Its calibration says that its ratios are worth no more than knowing nothing"
                f" (Cllr {self.figures.cllr:.2f})."
            )
        for side in sorted({each.side for each in self.figures.sources}):
            if not any(each.in_domain for each in self.figures.sources if each.side is side):
                return f"Its calibration misled about every source of {side} pictures (Cllr 1 or more)."
        if self.line.lower == self.line.upper == 0:
            return "Its calibration has too few tests to bear out any ratio."
        return ""

    @property
    def outside_sources(self) -> tuple[str, ...]:
        """The sources whose pictures it misleads about (Cllr 1 or more): for their like it does not speak."""
        return tuple(f"{each.side}/{each.source}" for each in self.figures.sources if not each.in_domain)

    def validity(self) -> dict[str, Fact]:
        """What it takes to judge a ratio, as it stands in a finding."""
        return {
            "detector": f"{self.detector} {self.version}",
            "model_sha256": self.model_sha256,
            "calibration_sha256": self.sha256,
            "reference_set": self.reference_set.name,
            "reference_set_sha256": self.reference_set.sha256,
            "made_at": self.making.at,
            "made_by": self.making.by,
            "agency": self.making.agency,
            "log10_bounds": [f"{self.line.lower:.2f}", f"{self.line.upper:.2f}"],
            "cllr": f"{self.figures.cllr:.3f}",
            "cllr_min": f"{self.figures.cllr_min:.3f}",
            "balanced_accuracy": f"{self.figures.balanced_accuracy:.3f}",
            "balanced_accuracy_without_pixels": f"{self.unseen_rule:.3f}",
            "out_of_domain": list(self.outside_sources[:_WORST]),
            "sources": [source_fact(each) for each in self.figures.sources[:_WORST]],
            "sources_left_out": max(0, len(self.figures.sources) - _WORST),
        }


def source_fact(figures: SourceFigures) -> dict[str, str | int]:
    """The figures of one source, as they are shown."""
    low, high = interval_95(figures.misleading, figures.tests)
    return {
        "side": figures.side,
        "source": figures.source,
        "tests": figures.tests,
        "cllr": f"{figures.cllr:.3f}",
        "misleading": f"{figures.misleading / figures.tests:.3f}",
        "misleading_95": f"{low:.3f}–{high:.3f}",
        "misleading_by_10": f"{figures.strongly_misleading / figures.tests:.3f}",
        "in_domain": "yes" if figures.in_domain else "no",
    }


# Text to values and back


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _value(kind: type[Any], held: Any) -> Any:
    return kind(**_checked(kind, _strict(held, set(kind.__dataclass_fields__))))


def _strict(held: Any, names: set[str]) -> dict[str, Any]:
    if not isinstance(held, dict) or set(held) != names:
        raise NotACalibration("Its fields are not those of this version.")
    return held


def _list(held: Any) -> tuple[Any, ...]:
    if not isinstance(held, list):
        raise NotACalibration("A list of it is none.")
    return tuple(held)


def _checked(kind: type[Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, where each has the type that is declared; whole numbers count from zero."""
    checked = dict(held)
    for name, value in held.items():
        declared = kind.__annotations__[name]
        if declared is float and type(value) is int:
            checked[name] = value = float(value)
        if declared in (str, int, float) and type(value) is not declared:
            raise NotACalibration(f"Its {name} is of another type.")
        if declared is str:
            value.encode()  # half of a letter beyond 16 bits is no text
        if (declared is int and value < 0) or (declared is float and not math.isfinite(value)):
            raise NotACalibration(f"Its {name} is out of range.")
    if kind is Domain and not all(
        isinstance(each, str) and each == each.encode().decode() for each in checked["kinds"]
    ):
        raise NotACalibration("Its kinds are of another type.")
    if kind is SourceFigures and not checked["tests"]:
        raise NotACalibration("A source has no tests.")
    if kind is SourceFigures and not checked["strongly_misleading"] <= checked["misleading"] <= checked["tests"]:
        raise NotACalibration("A source misled more often than it was tested.")
    return checked


def _refuse(constant: str) -> float:
    raise NotACalibration(f"{constant} is no number.")
