"""What measures pixels: the tiles of a picture as numbers, and a network with its calibration that judges them.

A judge is fitted by the scripts in `training/`. It says nothing about pictures unlike those of its calibration.
"""

import functools
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from amparo.analysis.decoding import header, luma_of_jpeg
from amparo.analysis.origin import residuals
from amparo.analysis.origin.calibration import Calibration, NotACalibration
from amparo.analysis.origin.network import Network
from amparo.domain.finding import Content, Fact
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import CONCLUSIVE_LOG10, Claim, Layer, Weight

_FOLDER = Path(__file__).parent
_TILES = 4
"""How many tiles of a picture are looked at, at most."""
_CALIBRATED = {"image/jpeg": "JPEG", "image/png": "PNG", "image/bmp": "BMP", "image/tiff": "TIFF"}
"""Kinds of files in which pictures were calibrated, or that hold pixels without loss."""
_LARGEST_PX = 2048
"""The longest side of nearly all calibrated pictures. Of photographs at a camera's full size every other one is taken
for an alteration: the card of the model says so."""
_COARSEST = 58
"""The mean of the quantisation table for luma of JPEG at quality 50: coarser ones were not calibrated."""
_AGAIN_QUALITY = 80
"""At which a picture is compressed once more, to see whether a ratio keeps its side."""

Tiles = Sequence[NDArray[np.uint8]]


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """A network and the calibration of its scores."""

    network: Network
    calibration: Calibration

    def score(self, numbers: NDArray[np.float32]) -> tuple[float, str]:
        """The mean score of the tiles that are like those that were calibrated; or why there are none."""
        uneven = residuals.flat_share(numbers) <= self.calibration.flat_share
        if not uneven.any():
            return 0.0, "Most of its pixels equal their neighbours, as in drawings, texts and screenshots."
        near = distances(numbers, self.network) <= self.calibration.distance
        if not (uneven & near).any():
            return 0.0, "Its pixels resemble none of the pictures of the calibration."
        return float(self.network.scores(numbers[uneven & near]).mean()), ""


@functools.cache
def shipped(name: str) -> Judge:
    """The judge in `NAME.npz` and `NAME.json`, read once; raise `NotACalibration` or `NotWeights`."""
    calibration = Calibration.read(_FOLDER / f"{name}.json")
    if calibration.features != residuals.VERSION:
        raise NotACalibration(f"The calibration {name}.json belongs to another version of the features.")
    return Judge(Network.read(_FOLDER / f"{name}.npz", sha256=calibration.network_sha256), calibration)


def distances(numbers: NDArray[np.float32], network: Network) -> NDArray[np.float32]:
    """For each row, how far out it lies: the mean square of its standardised numbers, about 1 for common tiles."""
    return np.asarray((network.standardised(numbers) ** 2).mean(1), np.float32)


def obstacle_to(content: Content) -> str:
    """Why pictures like this one were not calibrated, told from how it is stored; empty where they were.

    Raise `Unreadable` where the picture cannot be decoded.
    """
    picture = content.picture()
    if min(picture.width_px, picture.height_px) < residuals.TILE_PX:
        return f"It has fewer than {residuals.TILE_PX} pixels on one side."
    if max(picture.width_px, picture.height_px) > _LARGEST_PX:
        return f"It has more than {_LARGEST_PX} pixels on one side, as hardly any picture of the calibration."
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


def tiles_of(content: Content) -> Tiles:
    """Tiles of the luma at full resolution, shape (256, 256) each, at places that follow from the size alone.

    A JPEG whose shared picture is reduced is decoded once more, without its colours.
    """
    picture = content.picture()
    if picture.scale == 1:
        return residuals.tiles(picture.luma, _TILES)
    with content.file() as file:
        return residuals.tiles(luma_of_jpeg(file, limits=content.limits), _TILES)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The tiles of a picture, and what is counted in them."""

    tiles: Tiles
    numbers: NDArray[np.float32]


def measured(content: Content) -> Measured:
    """The tiles of a picture as numbers: measured once for all judges that look at it in turn."""
    sha256 = content.digests.sha256
    found = _last.get(sha256)
    if found is None:
        tiles = tiles_of(content)
        found = Measured(tiles, described(tiles))
        _last.clear()
        _last[sha256] = found
    return found


_last: dict[bytes, Measured] = {}
"""Of the picture that was measured last, by its SHA-256. It follows from the bytes alone."""


def described(tiles: Tiles) -> NDArray[np.float32]:
    """What `residuals` counts in each tile, shape (m, n)."""
    return np.stack([residuals.features(tile) for tile in tiles])


def compressed(tiles: Tiles) -> Tiles:
    """The same tiles after one more round of JPEG."""
    again = []
    for tile in tiles:
        file = io.BytesIO()
        Image.fromarray(tile).save(file, "JPEG", quality=_AGAIN_QUALITY)
        again.append(np.asarray(Image.open(file)))
    return again


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a judge makes of a picture."""

    ratio: LikelihoodRatio | None
    obstacle: str
    """Why there is no ratio; empty where there is one."""
    facts: Mapping[str, Fact]


def weighed(content: Content, judge: Judge) -> Weighing:
    """The ratio of a picture, or why there is none. Raise `Unreadable` where the picture cannot be decoded.

    One that leads to a conclusion must keep its side when the picture is compressed once more.
    """
    obstacle = obstacle_to(content)
    if obstacle:
        return Weighing(None, obstacle, {})
    picture = measured(content)
    score, obstacle = judge.score(picture.numbers)
    if obstacle:
        return Weighing(None, obstacle, {})
    ratio = judge.calibration.ratio(score)
    facts: dict[str, Fact] = {"tiles": len(picture.tiles), "score": f"{score:.2f}"}
    if abs(ratio.log10) >= CONCLUSIVE_LOG10:
        again = judge.calibration.ratio(judge.score(described(compressed(picture.tiles)))[0])
        facts["log10_lr_compressed_again"] = str(again)
        if ratio.log10 * again.log10 <= 0:
            return Weighing(None, "Compressing the picture once more turns what its pixels support.", facts)
    return Weighing(ratio, "", facts)


def layer_of(weighing: Weighing, claim: Claim, sentence: str, judge: Judge) -> dict[str, Fact]:
    """The facts of a finding with this ratio, or with none."""
    ratio = weighing.ratio
    weight = Weight(claim, ratio, judge.calibration.validity()) if ratio else None
    layer = Layer(weight=weight, reasons=(sentence,))
    return {**weighing.facts, "log10_lr": str(ratio) if ratio else None, "origin": layer.fact()}
