"""Analyzer: whether a neural up-scaler altered the pixels of a picture, as a likelihood ratio."""

from dataclasses import dataclass
from typing import ClassVar

from amparo.analysis.decoding import is_picture
from amparo.analysis.origin.judge import layer_of, shipped, weighed
from amparo.domain.finding import Content, Finding
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import Claim


@dataclass(frozen=True, slots=True)
class Alteration:
    """Whether a neural up-scaler painted the picture's pixels, against ordinary processing of a camera's picture.

    The luma at full resolution is described in up to four tiles of 256 × 256 pixels by what is left of it when
    neighbours foretell each other (see `residuals`), and a small network scores the tiles. Their mean becomes a
    likelihood ratio by a calibration on photographs, cameras and up-scalers that the network had not seen, against
    photographs that were resampled, denoised, sharpened, turned, made noisy and compressed by ordinary means. The
    ratio is bounded, and stands with what its calibration reached, source by source.

    There is no ratio for pictures of a kind that was not calibrated: below 256 pixels, above 2,048 on a side, drawings,
    texts and screenshots, palettes, animations, damaged files, strong compression, files of other kinds than JPEG, PNG,
    BMP and TIFF; nor where compressing the picture once more turns the ratio to the other side.

    A ratio below one says nothing for a camera: up-scalers that hardly do more than interpolate, alterations of a part
    of the picture, and pictures that were made by a generator as a whole, are not what was measured. It does not show
    who altered a picture or why: phones and galleries enlarge and restore by such networks unasked.
    """

    name: ClassVar[str] = "alteration"
    version: ClassVar[str] = "2"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """The likelihood ratio, or why there is none. Raise `Unreadable` where the picture cannot be decoded."""
        judge = shipped(self.name)
        weighing = weighed(content, judge)
        sentence = _sentence(weighing.ratio) if weighing.ratio else _without(weighing.obstacle)
        return Finding(self.name, self.version, sentence, layer_of(weighing, Claim.ALTERED, sentence, judge))


def _without(obstacle: str) -> str:
    return f"No likelihood ratio for an alteration by a neural up-scaler: {obstacle[0].lower()}{obstacle[1:]}"


def _sentence(ratio: LikelihoodRatio) -> str:
    if ratio.log10 <= 0:
        return "The residuals of the pixels do not support that a neural up-scaler painted them, nor that a camera did."
    return (
        f"The residuals of the pixels are {10**ratio.log10:.3g} times as probable if a neural up-scaler painted them"
        f" than if a camera's picture was processed by ordinary means: {ratio.verbal}."
    )
