"""Analyzer: whether a neural up-scaler altered the pixels of a picture, as a likelihood ratio."""

import functools
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from amparo.analysis.decoding import header, is_picture, luma_of_jpeg
from amparo.analysis.origin import residuals
from amparo.analysis.origin.calibration import Calibration, NotACalibration
from amparo.analysis.origin.network import Network
from amparo.domain.finding import Content, Fact, Finding
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import CONCLUSIVE_LOG10, Claim, Layer, Weight
from amparo.domain.picture import Picture

_FOLDER = Path(__file__).parent
_TILES = 4
"""How many tiles of a picture are looked at, at most."""
_CALIBRATED = {"image/jpeg": "JPEG", "image/png": "PNG", "image/bmp": "BMP", "image/tiff": "TIFF"}
"""Kinds of files in which pictures were calibrated, or that hold pixels without loss."""
_COARSEST = 58
"""The mean of the quantisation table for luma of JPEG at quality 50: coarser ones were not calibrated."""
_AGAIN_QUALITY = 80
"""At which a picture is compressed once more, to see whether the ratio keeps its side."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """Whether a neural up-scaler painted the picture's pixels, against ordinary processing of a camera's picture.

    The luma at full resolution is described in up to four tiles of 256 × 256 pixels by what is left of it when
    neighbours foretell each other (see `residuals`), and a small network scores the tiles. Their mean becomes a
    likelihood ratio by a calibration on photographs, cameras and up-scalers that the network had not seen, against
    photographs that were resampled, denoised, sharpened, turned, made noisy and compressed by ordinary means. The
    ratio is bounded, and stands with what its calibration reached, source by source.

    There is no ratio for pictures of a kind that was not calibrated: below 256 pixels, drawings, texts and
    screenshots, palettes, animations, damaged files, strong compression, files of other kinds than JPEG, PNG, BMP and
    TIFF; nor where compressing the picture once more turns the ratio to the other side.

    A ratio below one says nothing for a camera: up-scalers that hardly do more than interpolate, alterations of a part
    of the picture, and pictures that were made by a generator as a whole, are not what was measured. It does not show
    who altered a picture or why: phones and galleries enlarge and restore by such networks unasked.
    """

    name: ClassVar[str] = "alteration"
    version: ClassVar[str] = "1"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """The likelihood ratio, or why there is none. Raise `Unreadable` where the picture cannot be decoded."""
        obstacle = _obstacle(content, content.picture())
        if obstacle:
            return self._without(obstacle)
        tiles = residuals.tiles(_luma(content), _TILES)
        score, obstacle = _scored(tiles)
        if obstacle:
            return self._without(obstacle)
        ratio = calibration().ratio(score)
        facts: dict[str, Fact] = {"tiles": len(tiles), "score": f"{score:.2f}", "log10_lr": str(ratio)}
        if ratio.log10 >= CONCLUSIVE_LOG10:
            again = calibration().ratio(_scored(list(_compressed(tiles)))[0])
            facts["log10_lr_compressed_again"] = str(again)
            if again.log10 <= 0:
                return self._without("Compressing the picture once more turns what its pixels support.", facts)
        sentence = _sentence(ratio)
        layer = Layer(weight=Weight(Claim.ALTERED, ratio, calibration().validity()), reasons=(sentence,))
        return Finding(self.name, self.version, sentence, {**facts, "origin": layer.fact()})

    def _without(self, reason: str, facts: Mapping[str, Fact] | None = None) -> Finding:
        """No ratio, and why."""
        sentence = f"No likelihood ratio for an alteration by a neural up-scaler: {reason[0].lower()}{reason[1:]}"
        return Finding(
            self.name,
            self.version,
            sentence,
            {**(facts or {}), "log10_lr": None, "origin": Layer(reasons=(sentence,)).fact()},
        )


def _sentence(ratio: LikelihoodRatio) -> str:
    if ratio.log10 <= 0:
        return "The residuals of the pixels do not support that a neural up-scaler painted them, nor that a camera did."
    return (
        f"The residuals of the pixels are {10**ratio.log10:.3g} times as probable if a neural up-scaler painted them"
        f" than if a camera's picture was processed by ordinary means: {ratio.verbal}."
    )


# Outside of what was calibrated


def _obstacle(content: Content, picture: Picture) -> str:
    """Why pictures like this one were not calibrated, told from how it is stored; empty where they were."""
    if min(picture.width_px, picture.height_px) < residuals.TILE_PX:
        return f"It has fewer than {residuals.TILE_PX} pixels on one side."
    if content.media_type not in _CALIBRATED:
        return f"It was calibrated for {', '.join(_CALIBRATED.values())} only."
    if picture.colour_model.startswith("palette") or picture.colour_model.endswith(" 1"):
        return "Its colours are those of a palette."
    if picture.frames > 1:
        return "It has several frames."
    if picture.incomplete:
        return "The file is damaged, so a part of the picture is blank."
    with content.file() as file:
        opened = header(file, media_type=content.media_type)
        if isinstance(opened, JpegImagePlugin.JpegImageFile):
            table = opened.quantization.get(0, [0])
            if sum(table) / len(table) > _COARSEST:
                return "It is compressed more strongly than any picture of the calibration."
    return ""


def _scored(tiles: Sequence[NDArray[np.uint8]]) -> tuple[float, str]:
    """The mean score of the tiles like those that were calibrated; or why there are none."""
    numbers = np.stack([residuals.features(tile) for tile in tiles])
    uneven = residuals.flat_share(numbers) <= calibration().flat_share
    if not uneven.any():
        return 0.0, "Most of its pixels equal their neighbours, as in drawings, texts and screenshots."
    near = distances(numbers) <= calibration().distance
    if not (uneven & near).any():
        return 0.0, "Its pixels resemble none of the pictures of the calibration."
    return float(network().scores(numbers[uneven & near]).mean()), ""


def distances(numbers: NDArray[np.float32], of: Network | None = None) -> NDArray[np.float32]:
    """For each row, how far out it lies: the mean square of its standardised numbers, about 1 for common tiles."""
    standardised = (of or network()).standardised(numbers)
    return np.asarray((standardised**2).mean(1), np.float32)


def _compressed(tiles: Sequence[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    for tile in tiles:
        file = io.BytesIO()
        Image.fromarray(tile).save(file, "JPEG", quality=_AGAIN_QUALITY)
        yield np.asarray(Image.open(file))


# What is read once


@functools.cache
def calibration() -> Calibration:
    """The calibration that ships with Amparo."""
    held = Calibration.read(_FOLDER / "alteration.json")
    if held.features != residuals.VERSION:
        raise NotACalibration("The calibration of alterations belongs to another version of the features.")
    return held


@functools.cache
def network() -> Network:
    """The network that ships with Amparo."""
    return Network.read(_FOLDER / "alteration.npz", sha256=calibration().network_sha256)


def _luma(content: Content) -> NDArray[np.uint8]:
    """The luma at full resolution: a JPEG whose shared picture is reduced is decoded once more, without its colours."""
    picture = content.picture()
    if picture.scale == 1:
        return picture.luma
    with content.file() as file:
        return luma_of_jpeg(file, limits=content.limits)
