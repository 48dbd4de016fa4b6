"""PDQ, the perceptual hash of Meta (2019), as linear algebra.

The reference (`pdqhashing.cpp` in facebook/ThreatExchange, bound by the package `pdqhash`) smooths the luma with two
box filters in each direction, takes 64 x 64 points of it, transforms them with a DCT and compares 16 x 16 coefficients
with their median. Smoothing and sampling are linear and separable, so both together are `Wr . Y . Wc^T` with two
weight matrices that have few entries beside their diagonal. A picture decoded at a DCT scale d holds the means of
d x d blocks, and gives the same 64 x 64 points with the weights of the original size summed over these blocks.

Rounding differs from the reference (it adds up in another order), so a coefficient that equals the median up to the
last digits of single precision can fall on the other side of it.
"""

import functools
import math

import numpy as np
from numpy.typing import NDArray

from amparo.domain.finding import PerceptualHash
from amparo.domain.picture import Picture

POINTS = 64
"""Points per direction at which the smoothed luma is sampled."""
SMALLEST_PX = 5
"""Pictures narrower or lower have no hash: all bits are 0, and so is the quality."""
_COEFFICIENTS = 16
_STRIP_ROWS = 64
_LUMA = np.asarray([0.299, 0.587, 0.114], dtype=np.float32)
"""Of red, green and blue (ITU-R BT.601)."""

_Floats = NDArray[np.float32]

_DCT: _Floats = np.asarray(
    math.sqrt(2 / POINTS)
    * np.cos(math.pi / (2 * POINTS) * np.outer(np.arange(1, _COEFFICIENTS + 1), 2 * np.arange(POINTS) + 1)),
    dtype=np.float32,
)
"""Shape (16, 64): rows 1 to 16 of the DCT-II matrix; the constant row 0 is left out, as in the reference."""

_ALTERNATING: _Floats = np.asarray([-1, 1] * (_COEFFICIENTS // 2), dtype=np.float32)
"""A mirrored signal has the same DCT with the sign of each odd row turned; the rows here count from 1."""


def of_picture(picture: Picture) -> tuple[PerceptualHash, ...]:
    """The hashes of a decoded picture in its eight orientations, the first its own; see `orientations`.

    A picture at full resolution is hashed from its colours, as by the reference, whose luma is not rounded to whole
    numbers: where there are few pixels, rounding costs bits. A reduced one has enough to be hashed from its luma.
    """
    pixels = picture.rgb if picture.scale == 1 else picture.luma
    return orientations(pixels, picture.width_px, picture.height_px, picture.scale)


def pdq(pixels: NDArray[np.uint8], width_px: int, height_px: int, scale: int = 1) -> PerceptualHash:
    """The hash of a picture of `width_px` x `height_px`, given its `pixels` reduced by `scale`.

    `pixels` are luma of shape (ceil(height_px / scale), ceil(width_px / scale)), or RGB with three in a last
    dimension; each value is the mean of a block of `scale` x `scale`.
    """
    return _hashes(pixels, width_px, height_px, scale, all_orientations=False)[0]


def orientations(
    pixels: NDArray[np.uint8], width_px: int, height_px: int, scale: int = 1
) -> tuple[PerceptualHash, ...]:
    """The hashes of the picture in its eight orientations, the first its own; parameters as for `pdq`.

    In the order of the reference: original, turned to the left by 90, 180 and 270 degrees, flipped upside down, flipped
    left to right, mirrored at the main diagonal and at the other one. They come from the same coefficients, transposed
    or with turned signs, so they cost next to nothing. The quality is that of the original in all of them.
    """
    return _hashes(pixels, width_px, height_px, scale, all_orientations=True)


def _hashes(
    pixels: NDArray[np.uint8], width_px: int, height_px: int, scale: int, *, all_orientations: bool
) -> tuple[PerceptualHash, ...]:
    expected = (-(-height_px // scale), -(-width_px // scale))
    if pixels.shape not in (expected, (*expected, 3)):
        raise ValueError(f"The pixels of this picture have the shape {expected}, not {pixels.shape}.")
    if min(width_px, height_px) < SMALLEST_PX:
        return (PerceptualHash(bytes(32), 0),) * (8 if all_orientations else 1)
    points = _sampled(pixels, _weights(height_px, scale), _weights(width_px, scale))
    quality = _quality(points)
    coefficients = np.asarray(_DCT @ points @ _DCT.T, dtype=np.float32)
    return tuple(
        PerceptualHash(_bits(turned), quality)
        for turned in (_turned(coefficients) if all_orientations else (coefficients,))
    )


def _turned(coefficients: _Floats) -> tuple[_Floats, ...]:
    rows, columns = _ALTERNATING[:, None], _ALTERNATING[None, :]
    across = coefficients.T
    return (
        coefficients,
        across * rows,
        coefficients * rows * columns,
        across * columns,
        coefficients * rows,
        coefficients * columns,
        across,
        across * rows * columns,
    )


def _bits(coefficients: _Floats) -> bytes:
    """Which coefficients are above the lower median, the last one in the highest bit."""
    values = coefficients.ravel()
    median = np.partition(values, values.size // 2 - 1)[values.size // 2 - 1]
    return np.packbits((values > median)[::-1]).tobytes()


def _quality(points: _Floats) -> int:
    """The reference's measure of gradients: steps of whole percents between neighbours, summed, 0 to 100."""
    steps = sum(int(np.abs(np.trunc(np.diff(points, axis=axis) * 100 / 255)).sum()) for axis in (0, 1))
    return min(100, steps // 90)


def _sampled(pixels: NDArray[np.uint8], rows: _Floats, columns: _Floats) -> _Floats:
    """`rows @ luma @ columns.T`, shape (64, 64), without a copy of all the pixels in floating point."""
    height, width = pixels.shape[:2]
    smoothed = np.zeros((POINTS, pixels[0].size), dtype=np.float32)
    for top in range(0, height, _STRIP_ROWS):
        strip = pixels[top : top + _STRIP_ROWS]
        weights = rows[:, top : top + _STRIP_ROWS]
        reached = np.flatnonzero(weights.any(axis=1))
        if reached.size:
            low, high = reached[0], reached[-1] + 1
            smoothed[low:high] += weights[low:high] @ strip.reshape(len(strip), -1).astype(np.float32)
    if pixels.ndim == 3:
        # The sums of colours are the colours of sums, and there are fewer of these.
        smoothed = smoothed.reshape(POINTS, width, 3) @ _LUMA
    return np.asarray(smoothed @ columns.T)


@functools.lru_cache(maxsize=64)
def _weights(length_px: int, scale: int) -> _Floats:
    """Shape (64, ceil(length_px / scale)): what each pixel (or block of `scale`) gives to each of the 64 points.

    Two passes of a box filter, whose window is cut at the edges, then the value at the middle of each 64th part.
    """
    window = (length_px + 2 * POINTS - 1) // (2 * POINTS)
    reach = (window + 2) // 2

    def box(at: int) -> tuple[int, int]:
        return max(0, at + reach - window), min(length_px, at + reach)

    weights = np.zeros((POINTS, -(-length_px // scale) * scale))
    for point in range(POINTS):
        low, high = box(int((point + 0.5) * length_px / POINTS))
        for middle in range(low, high):
            first, end = box(middle)
            weights[point, first:end] += 1 / (high - low) / (end - first)
    summed = weights.reshape(POINTS, -1, scale).sum(axis=2).astype(np.float32)
    summed.setflags(write=False)
    return np.ascontiguousarray(summed)
