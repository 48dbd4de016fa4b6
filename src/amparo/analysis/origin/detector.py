"""Analyzer: a detector that an agency attached, as a rank, or calibrated as a likelihood ratio."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amparo.analysis.decoding import decode, is_picture
from amparo.analysis.origin.conclusion import OriginConclusion
from amparo.analysis.origin.onnx_model import Model, model
from amparo.domain.cause import Cause
from amparo.domain.detector import DetectorRefused, Manifest
from amparo.domain.detector_calibration import DetectorCalibration, Look
from amparo.domain.finding import Analyzer, Content, Fact, Finding, NotExamined
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import CONCLUSIVE_LOG10, Claim, Layer, Weight
from amparo.domain.picture import Picture

_METHOD = "1"
"""Changes where the same detector with the same calibration could give another finding."""
_AGAIN_QUALITY = 80
"""Of the JPEG as which a picture is scored once more, to see whether the ratio keeps its side."""
_WHOLE = 1 << 30
"""A shorter side that no picture reaches: it is decoded at its full size."""
_MOST_PX = 65_500
"""A longer side has no JPEG."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Detector:
    """What a detector that an agency attached says of a picture: a rank, or calibrated a likelihood ratio.

    The picture is decoded at full size, unrotated, and brought to what the model takes as its manifest says; the
    model's answer becomes a score, the logarithm of odds. By itself a score is a rank: whoever trained the model chose
    for which pictures it is right. With a calibration by `amparo origin calibrate`, for exactly this model and
    preprocessing, it becomes a likelihood ratio, bounded, with what it was worth on sources of pictures that the
    calibration did not see, worst first.

    There is no ratio for kinds of files and sizes that were not in both sides of the reference set, for damaged files
    and animations, where the calibration is worth no more than knowing nothing, and where compressing the picture once
    more turns the ratio to the other side. Nothing shows that a picture resembles those of the reference set in what
    it depicts, so a ratio holds as far as the set stands for the pictures of the exhibit. It does not show whether a
    child is real.
    """

    manifest: Manifest
    folder: str
    """Where the model lies, on each machine that examines."""
    calibration: DetectorCalibration | None = None

    @property
    def name(self) -> str:
        """`detector_NAME`."""
        return f"detector_{self.manifest.name}"

    @property
    def version(self) -> str:
        """That of the detector, and a digest of all that decides what it finds."""
        parts = [_METHOD, self.manifest.scoring_sha256, self.calibration.sha256 if self.calibration else ""]
        return f"{self.manifest.version}+{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:12]}"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding | NotExamined:
        """The score, and the ratio where there is one.

        Raise `Unreadable` where the picture cannot be decoded, `MissingExtra` where there is nothing to run it with.
        """
        try:
            loaded = model(self.folder, self.manifest)
            picture = _whole(content)
            score = loaded.score(picture.rgb)
            return self._said(content.media_type, picture, score, loaded)
        except DetectorRefused as error:
            return NotExamined(self.name, self.version, f"The detector cannot be used. {error}", Cause.FAULT)

    def _said(self, media_type: str, picture: Picture, score: float, loaded: Model) -> Finding:
        look = Look(f"{media_type}, {picture.colour_model}", picture.width_px, picture.height_px)
        obstacle = self._obstacle(look, picture)
        ratio = None if obstacle or self.calibration is None else self.calibration.line.ratio(score)
        facts: dict[str, Fact] = {
            "detector": self.manifest.name,
            "detector_version": self.manifest.version,
            "licence": self.manifest.licence,
            "model_sha256": self.manifest.model_sha256,
            "kind": look.kind,
            "width_px": look.width_px,
            "height_px": look.height_px,
            "score": f"{score:.4f}",
        }
        if ratio is not None and self.calibration is not None and abs(ratio.log10) >= CONCLUSIVE_LOG10:
            again = self.calibration.line.ratio(loaded.score(_compressed(picture.rgb)))
            facts["log10_lr_compressed_again"] = str(again)
            if again.log10 * ratio.log10 <= 0:
                ratio, obstacle = None, "Compressing the picture once more turns what it says."
        facts["log10_lr"] = str(ratio) if ratio else None
        if ratio is None or self.calibration is None:
            sentence = f"{self._scored(score)}, which is a rank and no likelihood ratio. {obstacle}"
            return Finding(self.name, self.version, sentence, {**facts, "origin": Layer(reasons=(sentence,)).fact()})
        sentence = self._sentence(ratio)
        layer = Layer(
            weight=Weight(self.manifest.claim, ratio, self.calibration.validity()),
            reasons=(sentence, _worth(self.calibration), *_outside(self.calibration)),
        )
        return Finding(self.name, self.version, sentence, {**facts, "origin": layer.fact()})

    def _obstacle(self, look: Look, picture: Picture) -> str:
        """Why there is no ratio: a sentence; empty where there is one."""
        calibration = self.calibration
        if calibration is None:
            return "It has no calibration: make one with `amparo origin calibrate`."
        if calibration.model_sha256 != self.manifest.model_sha256:
            return "Its calibration is that of another model: calibrate this one."
        if calibration.scoring_sha256 != self.manifest.scoring_sha256:
            return "Its calibration was made with another preprocessing or reading of the model: calibrate again."
        if picture.incomplete:
            return "The file is damaged, so a part of the picture is blank."
        if picture.frames > 1:
            return "It has several frames."
        if max(look.width_px, look.height_px) > _MOST_PX:
            return "It is too long to be compressed once more."
        return calibration.obstacle or calibration.domain.obstacle(look)

    def _scored(self, score: float) -> str:
        return (
            f"The attached detector {self.manifest.name} {self.manifest.version} scores it {score:.2f} (above 0:"
            f" {_side(self.manifest.claim)})"
        )

    def _sentence(self, ratio: LikelihoodRatio) -> str:
        factor = f"{10 ** abs(ratio.log10):.3g}"
        first, second = f"if it is {_side(self.manifest.claim)}", "if a camera captured it"
        if ratio.log10 < 0:
            first, second = second, first
        return (
            f"The score of the attached detector {self.manifest.name} {self.manifest.version} is {factor} times as"
            f" probable {first} than {second}: {ratio.verbal}."
        )


def _side(claim: Claim) -> str:
    return "altered by a model" if claim is Claim.ALTERED else "made by a generator"


def _worth(calibration: DetectorCalibration) -> str:
    """A sentence on what the ratios were worth, which stands wherever one does."""
    by = f" by {calibration.making.agency or calibration.making.by}" if calibration.making.by else ""
    sentence = (
        f"The ratios of {calibration.detector} were calibrated{by} on {calibration.reference_set.name}: Cllr"
        f" {calibration.figures.cllr:.2f} on sources left out (0 is perfect, 1 worth nothing)"
    )
    if calibration.figures.sources:
        worst = calibration.figures.sources[0]
        sentence += (
            f", at worst {worst.cllr:.2f} for {worst.side}/{worst.source}, of whose {worst.tests} pictures"
            f" {worst.misleading} misled"
        )
    return f"{sentence}."


def _outside(calibration: DetectorCalibration) -> tuple[str, ...]:
    """A sentence on the sources of which the calibration says that it misleads about them."""
    sources = calibration.outside_sources
    if not sources:
        return ()
    more = f" and {len(sources) - _NAMED} more" if len(sources) > _NAMED else ""
    return (
        f"The ratio of {calibration.detector} does not hold for pictures like those of {', '.join(sources[:_NAMED])}"
        f"{more}, about which it misled.",
    )


def _whole(content: Content) -> Picture:
    """The picture at its full size: what a detector sees lies in the finest pixels."""
    picture = content.picture()
    if picture.scale == 1:
        return picture
    with content.file() as file:
        return decode(file, media_type=content.media_type, limits=content.limits, short_side_px=_WHOLE)


def _compressed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(file, "JPEG", quality=_AGAIN_QUALITY)
    return np.asarray(Image.open(file))


def with_detectors(analyzers: Sequence[Analyzer], detectors: Sequence[Detector]) -> tuple[Analyzer, ...]:
    """The analyzers, with the detectors before the conclusion about the origin, which weighs what they find."""
    place = next(at for at, each in enumerate(analyzers) if isinstance(each, OriginConclusion))
    return (*analyzers[:place], *detectors, *analyzers[place:])
