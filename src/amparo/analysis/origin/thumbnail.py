"""Whether the small picture in a file's EXIF shows what the file's picture shows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from amparo.domain.picture import Picture

ALIKE_PERCENT = 85
"""From this on, both show the same: of 2,000 pairs of unlike photographs none reached it, like ones have 91 or more."""
CROPPED_PERCENT = 95
"""The same for parts of the thumbnail, of which many are tried: unlike photographs reached 91."""
UNLIKE_PERCENT = 75
"""Below this, they show different things."""
_GRID_PX = 48
"""Both are compared this small, so that sharpening, coding and a shift of a pixel count for little."""
_SAME_SHAPE = 0.03
_BAR = 24
"""Luma up to which the edges of a thumbnail are bars, with some noise of coding."""
_SHARES = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5)
"""Of the largest part of a thumbnail that has the picture's shape, for a cropped picture."""
_LEAST_PART_PX = 16
_LEAST_DEVIATION = 4.0
"""Of luma; what varies less is too plain to be compared."""

_Luma = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a thumbnail is like its picture."""

    percent: int
    """100 times the correlation of their brightness, -100 to 100, as they fit best."""
    turn_degrees: int
    """By how much the picture is turned, counter-clockwise, where it fits best: 0, 90, 180 or 270."""
    cropped: bool = False
    """Whether the picture fits best to a part of the thumbnail."""


def likeness(thumbnail: Picture, picture: Picture) -> Likeness | None:
    """How much they are alike, or `None` where either is too plain to tell.

    Bars that give a thumbnail the camera's usual shape are cut off, and a thumbnail of another shape may be the middle
    of the picture. Where the picture as it is does not fit, it is turned, and looked for in parts of the thumbnail.
    """
    small = thumbnail.luma
    best = Likeness(-100, 0)
    for turn in range(4):
        turned = np.rot90(picture.luma, turn)
        for part, whole in _pairs(small, turned):
            correlation = _correlation(part, whole)
            if correlation is None:
                return None
            best = max(best, Likeness(round(100 * correlation), 90 * turn), key=lambda each: each.percent)
        if best.percent >= ALIKE_PERCENT:
            return best
    inner = _without_bars(small)
    for turn in range(4):
        correlation = _best_in_parts(inner, np.rot90(picture.luma, turn))
        if round(100 * correlation) >= CROPPED_PERCENT:
            best = max(best, Likeness(round(100 * correlation), 90 * turn, True), key=lambda each: each.percent)
    return best


def _pairs(small: _Luma, whole: _Luma) -> Iterator[tuple[_Luma, _Luma]]:
    """Which part of the thumbnail may show which part of the picture."""
    yield small, whole
    inner = _without_bars(small)
    if inner.shape != small.shape:
        yield inner, whole
    shape = small.shape[1] / small.shape[0]
    if abs(shape * whole.shape[0] / whole.shape[1] - 1) > _SAME_SHAPE:
        yield small, _middle(whole, shape)


def _without_bars(luma: _Luma) -> _Luma:
    """What is left when dark rows and columns at the edges are cut off."""
    for _ in range(2):  # rows, then columns
        lit = np.flatnonzero(np.percentile(luma, 95, axis=1) > _BAR)
        if lit.size:
            luma = luma[lit[0] : lit[-1] + 1]
        luma = luma.T
    return luma


def _middle(luma: _Luma, shape: float) -> _Luma:
    """The largest part in the middle whose width is `shape` times its height."""
    height, width = luma.shape
    inner_height, inner_width = min(height, round(width / shape)), min(width, round(height * shape))
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    return luma[top : top + max(1, inner_height), left : left + max(1, inner_width)]


def _correlation(first: _Luma, second: _Luma) -> float | None:
    """Pearson's, of both at the same small size; `None` where either is too plain."""
    size = _grid(first)
    a, b = (_reduced(each, size) for each in (first, second))
    if min(a.std(), b.std()) < _LEAST_DEVIATION:
        return None
    return float(((a - a.mean()) * (b - b.mean())).mean() / (a.std() * b.std()))


def _grid(luma: _Luma) -> tuple[int, int]:
    """Across and down, at most 48 cells, of the shape of `luma` but for the narrowest."""
    height, width = luma.shape
    longest = max(height, width)
    return max(8, round(width * _GRID_PX / longest)), max(8, round(height * _GRID_PX / longest))


def _best_in_parts(small: _Luma, whole: _Luma) -> float:
    """The best correlation of the picture with a part of the thumbnail of its own shape, half as large or more."""
    size = _grid(small)
    field = _reduced(small, size)
    best = -1.0
    for share in _SHARES:
        across = min(size[0] * share, size[1] * share * whole.shape[1] / whole.shape[0])
        part = (round(across), round(across * whole.shape[0] / whole.shape[1]))
        if min(part) < _LEAST_PART_PX:
            continue
        wanted = _reduced(whole, part)
        windows = sliding_window_view(field, (part[1], part[0])).reshape(-1, part[0] * part[1])
        deviations = windows.std(axis=1)
        products = windows @ (wanted - wanted.mean()).ravel() / wanted.size
        best = max(best, float((products / np.maximum(deviations * wanted.std(), _LEAST_DEVIATION**2)).max()))
    return best


def _reduced(luma: _Luma, size: tuple[int, int]) -> NDArray[np.float64]:
    image = Image.fromarray(np.ascontiguousarray(luma))
    return np.asarray(image.resize(size, Image.Resampling.BOX, reducing_gap=2.0), dtype=float)
