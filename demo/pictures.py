"""Procedural pictures: landscapes, textures, gradients, night skies and charts. Nothing else, and no people.

Every function takes its own generator of random numbers, so that a picture does not depend on those made before it.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Floats = NDArray[np.float32]

_SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((70, 130, 200), (200, 225, 240)),
    ((40, 50, 110), (250, 160, 90)),
    ((120, 140, 160), (220, 220, 215)),
    ((90, 160, 210), (250, 235, 190)),
)
_GROUNDS: tuple[Colour, ...] = ((40, 80, 40), (110, 90, 50), (60, 70, 80), (140, 110, 70), (50, 100, 90))
_WORKING_PIXELS = 1_500_000
"""Scenes are computed at most this large and scaled up; grain at full size hides it."""


def landscape(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """A sky with clouds over ridges of hills that fade with distance."""
    small, low = _working_size(width, height)
    top, bottom = (np.asarray(colour, np.float32) for colour in _SKIES[rng.integers(len(_SKIES))])
    fall = np.linspace(0, 1, low, dtype=np.float32)[:, None, None]
    scene = top * (1 - fall) + bottom * fall
    clouds = np.clip(fractal(rng, small, low, first=3) * 3 - 1.5, 0, 1)[:, :, None]
    scene = scene + (250 - scene) * clouds * 0.8
    ground = np.asarray(_GROUNDS[rng.integers(len(_GROUNDS))], np.float32)
    relief = fractal(rng, small, low, first=16)
    rows = np.arange(low, dtype=np.float32)[:, None]
    ridges = int(rng.integers(3, 6))
    for ridge in range(ridges):
        near = (ridge + 1) / ridges
        line = low * (0.35 + 0.45 * near * rng.uniform(0.8, 1)) - low * 0.35 * (fractal(rng, small, 1)[0] - 0.4)
        tone = (ground * near + bottom * (1 - near) * 0.8)[None, None, :]
        hill = tone * (0.55 + 0.9 * relief[:, :, None])
        scene = np.where((rows > line[None, :])[:, :, None], hill, scene)
    return _finished(rng, scene, width, height)


def texture(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Stone or wood: waves bent by noise."""
    small, low = _working_size(width, height)
    bend = fractal(rng, small, low, first=2)
    across = np.linspace(0, 1, small, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, low, dtype=np.float32)[:, None]
    waves = np.sin((across * rng.uniform(2, 20) + down * rng.uniform(2, 20) + bend * rng.uniform(2, 8)) * 3) / 2 + 0.5
    dark, light = rng.uniform(10, 110, 3), rng.uniform(130, 245, 3)
    scene = dark + (light - dark) * (waves * 0.7 + fractal(rng, small, low, first=24) * 0.3)[:, :, None]
    return _finished(rng, scene, width, height)


def gradient(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Two colours that flow into each other: a picture with little to recognise."""
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    turn = rng.uniform(0, 1)
    first, second = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
    scene = first + (second - first) * (across * turn + down * (1 - turn))
    return Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))


def night(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Stars and a faint band of light."""
    small, low = _working_size(width, height)
    haze = np.clip(fractal(rng, small, low, first=2) - 0.35, 0, 1)[:, :, None] * np.asarray([60, 60, 110], np.float32)
    scene = haze + np.asarray([4, 5, 14], np.float32)
    count = small * low // 700
    scene[rng.integers(0, low, count), rng.integers(0, small, count)] += rng.exponential(70, (count, 1))
    return _finished(rng, scene, width, height)


def chart(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Bars and a line over a grid, of numbers that mean nothing."""
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for step in range(1, 10):
        draw.line([(0, height * step // 10), (width, height * step // 10)], fill=(220, 220, 220))
    bars = int(rng.integers(6, 16))
    line = []
    for bar in range(bars):
        left, right = width * (bar * 4 + 1) // (bars * 4), width * (bar * 4 + 3) // (bars * 4)
        top = int(height * rng.uniform(0.1, 0.9))
        draw.rectangle([left, top, right, height], fill=tuple(map(int, rng.integers(40, 220, 3))))
        line.append(((left + right) // 2, int(height * rng.uniform(0.1, 0.9))))
    draw.line(line, fill=(20, 20, 20), width=max(2, width // 200))
    draw.text((10, 10), "made-up numbers", fill="black")
    return picture


SCENES = (landscape, texture, landscape, night, landscape, chart, texture, gradient)
"""What the exhibits draw from, in turn."""


def fractal(rng: np.random.Generator, width: int, height: int, *, first: int = 2) -> Floats:
    """Noise with structure at every scale from `1 / first` of the width down, shape (height, width), within 0 … 1."""
    total = np.zeros((height, width), np.float32)
    cells, weight, weights = first, 1.0, 0.0
    while cells <= max(width // 2, first):
        grid = rng.random((max(2, cells * height // width + 1), cells + 1), dtype=np.float32)
        total += weight * np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
        weights += weight
        weight *= 0.55
        cells *= 2
    level: Floats = np.minimum(np.maximum(total / np.float32(weights), 0), 1)
    return level


def _working_size(width: int, height: int) -> tuple[int, int]:
    reduced = min(1.0, (_WORKING_PIXELS / (width * height)) ** 0.5)
    return max(8, int(width * reduced)), max(8, int(height * reduced))


def _finished(rng: np.random.Generator, scene: NDArray[np.floating], width: int, height: int) -> Image.Image:
    """The scene at full size, with the grain of a sensor."""
    picture = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).resize((width, height))
    tile = rng.normal(0, 4, (256, 256)).astype(np.int16)
    grain = np.tile(tile, (height // 256 + 1, width // 256 + 1))[:height, :width, None]
    return Image.fromarray(np.clip(np.asarray(picture, np.int16) + grain, 0, 255).astype(np.uint8))
