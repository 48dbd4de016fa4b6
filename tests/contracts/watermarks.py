"""Writes the open watermark of generators into pictures, as their code does: bits in the largest Haar coefficients."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_STEP = 36


def watermarked(image: Image.Image, bits: Sequence[int], *, fractions: bool = False) -> Image.Image:
    """`image` with `bits`, repeated over its blocks of 8 x 8 pixels in the colour channel U.

    Programs hand over their pixels as bytes, where U is 128 for grey and each step cuts off, or as fractions of them.
    """
    red, green, blue = (np.asarray(image, float)[..., channel] for channel in range(3))
    grey = 0.5 if fractions else 128.0
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = 0.492 * (blue - y) + grey, 0.877 * (red - y) + grey
    if not fractions:
        y, u, v = (np.clip(np.round(channel), 0, 255) for channel in (y, u, v))
    height, width = (side // 4 * 4 for side in u.shape)
    u[:height, :width] = _coded(u[:height, :width], np.asarray(bits))
    if not fractions:
        u = np.floor(np.clip(u, 0, 255))
    blue, red = y + (u - grey) / 0.492, y + (v - grey) / 0.877
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return Image.fromarray(np.clip(np.round(np.stack([red, green, blue], -1)), 0, 255).astype(np.uint8))


def _coded(plane: NDArray[np.float64], bits: NDArray[np.int64]) -> NDArray[np.float64]:
    a, b, c, d = plane[::2, ::2], plane[::2, 1::2], plane[1::2, ::2], plane[1::2, 1::2]
    # The library swaps the details across and down as it goes back; it does no harm to the averages.
    average, down, across, both = (a + b + c + d) / 2, (a - b + c - d) / 2, (a + b - c - d) / 2, (a - b - c + d) / 2
    rows, columns = average.shape[0] // 4, average.shape[1] // 4
    blocks = average[: rows * 4, : columns * 4].reshape(rows, 4, columns, 4).swapaxes(1, 2).reshape(-1, 16).copy()
    every = np.arange(len(blocks))
    place = np.abs(blocks[:, 1:]).argmax(axis=1) + 1
    value = blocks[every, place]
    size = (np.abs(value) // _STEP + 0.25 + 0.5 * bits[every % len(bits)]) * _STEP
    blocks[every, place] = np.where(value < 0, -size, size)
    average[: rows * 4, : columns * 4] = blocks.reshape(rows, columns, 4, 4).swapaxes(1, 2).reshape(rows * 4, -1)
    back = np.empty_like(plane)
    back[::2, ::2] = average + down + across + both
    back[::2, 1::2] = average + down - across - both
    back[1::2, ::2] = average - down + across - both
    back[1::2, 1::2] = average - down - across + both
    return back / 2
