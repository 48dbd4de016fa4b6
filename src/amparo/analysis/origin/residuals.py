"""What is left of a picture when what can be foretold from the neighbouring pixels is taken away, as numbers.

A camera's pixels carry noise that grows with the light; an enlargement by interpolation leaves hardly any, and nothing
beyond the band that it came from; a network that enlarges paints edges and textures of its own. Compression, resizing
and sharpening change all of these, so no single number decides: a tile of 256 x 256 pixels is described by some 350.

- Co-occurrences of quantised, truncated residuals along their direction: the rich models of steganalysis (Pevný, Bas,
  Fridrich 2010, SPAM; Fridrich, Kodovský 2012, SRM), pooled over rows and columns, symmetric under sign and reversal.
- The power spectrum in bands, along the axes and across them; and how much it stands out at the periods 2, 3 and 4,
  where interpolation repeats itself (Gallagher 2005; Kirchner 2008).
- How the coefficients of the 8 x 8 DCT are spread, by diagonal: it tells compression, and what it left.
- Noise against texture in blocks of 16 x 16 pixels.

All is a pure function of the luma, the same on every machine up to the last digits of single precision.
"""

import functools
import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

TILE_PX = 256
"""The side of a tile."""
VERSION = "2"
"""Changes whenever the same tile could give other numbers: the weights were fitted to one version."""

_Luma = NDArray[np.uint8]
_Numbers = NDArray[np.float32]


def features(tile: _Luma) -> _Numbers:
    """The numbers of one tile of luma, shape (256, 256); shape (`COUNT`,)."""
    if tile.shape != (TILE_PX, TILE_PX):
        raise ValueError(f"A tile has {TILE_PX} x {TILE_PX} pixels, not {tile.shape}.")
    exact = tile.astype(np.int16)
    half = (exact[::2, ::2] + exact[1::2, ::2] + exact[::2, 1::2] + exact[1::2, 1::2] + 2) // 4
    parts = (
        *_co_occurrences(exact),
        *_co_occurrences(half),
        _spectrum(tile),
        _periods(exact),
        _phases(exact),
        _coefficients(tile),
        _noise(exact),
        _noise(half),
    )
    return np.concatenate(parts).astype(np.float32)


def flat_share(numbers: _Numbers) -> _Numbers:
    """How many rows of four pixels hold one value four times, as a share, for `features` of shape (…, `COUNT`)."""
    still = _orbits(_EVEN, 3)[_EVEN**3 // 2]
    return np.asarray(numbers[..., still] ** 2)


def tiles(luma: _Luma, most: int) -> list[_Luma]:
    """Up to `most` tiles of a picture, at places that follow from its size alone, spread evenly over it.

    The places lie on the grid of 8 pixels that JPEG counts from the corner. A picture smaller than a tile has none.
    """
    rows, columns = _places(luma.shape[0]), _places(luma.shape[1])
    places = [(row, column) for row in rows for column in columns]
    chosen = (
        [places[len(places) * (2 * number + 1) // (2 * most)] for number in range(most)]
        if len(places) > most
        else places
    )
    return [luma[row : row + TILE_PX, column : column + TILE_PX] for row, column in chosen]


def _places(length: int) -> list[int]:
    """Where tiles begin along one side: next to each other, centred, on multiples of 8."""
    count = length // TILE_PX
    if not count:
        return []
    gap = (length - count * TILE_PX) / (count + 1)
    return [int(gap * (number + 1) + TILE_PX * number) // 8 * 8 for number in range(count)]


# Co-occurrences


def _co_occurrences(exact: NDArray[np.int16]) -> Iterator[_Numbers]:
    """How often neighbouring residuals have which signs and sizes, as square roots of shares.

    Three in a row in steps of equal size, which tells the noise; two in a row in steps that double, which tells edges.
    """
    first = [np.diff(each, axis=1) for each in (exact, exact.T)]
    second = [np.diff(each, axis=1) for each in first]
    third = [np.diff(each, axis=1) for each in second]
    across = second[0][2:] - 2 * second[0][1:-1] + second[0][:-2]
    square = [across, across.T]
    for residuals, step in ((first, 1), (second, 1), (second, 4), (third, 3), (square, 2), (square, 8)):
        counts = np.sum([_counted(_level(each, _even(step)), (0, 1, 2), _EVEN) for each in residuals], axis=0)
        yield _shares(counts, _orbits(_EVEN, 3))
    for residuals, gaps in ((first, (1, 3)), (second, (1, 2)), (square, (1,))):
        levels = [_level(each, _doubling()) for each in residuals]
        for gap in gaps:
            counts = np.sum([_counted(each, (0, gap), _DOUBLING) for each in levels], axis=0)
            yield _shares(counts, _orbits(_DOUBLING, 2))


_EVEN, _DOUBLING = 5, 11
"""How many levels there are: -2 to 2 steps, or -5 to 5 doublings."""
_LARGEST = 16 * 255
"""No residual here is larger: the weights of the squared one add up to 16 at most."""


def _counted(level: NDArray[np.uint8], places: tuple[int, ...], levels: int) -> NDArray[np.int64]:
    """How often the levels at these places from each other stand beside each other, for each combination."""
    width = level.shape[1] - places[-1]
    code = level[:, :width]
    for place in places[1:]:
        code = code * np.uint8(levels) + level[:, place : place + width]
    return np.bincount(code.ravel(), minlength=levels ** len(places))


def _shares(counts: NDArray[np.int64], orbits: NDArray[np.intp]) -> _Numbers:
    return np.asarray(np.sqrt(np.bincount(orbits, counts) / counts.sum()), np.float32)


def _level(residual: NDArray[np.int16], table: bytes) -> NDArray[np.uint8]:
    """The level of each residual. All levels end below 127, so a byte tells them; `translate` is the quickest table."""
    coded = residual.clip(-127, 127).astype(np.uint8).tobytes().translate(table)
    return np.frombuffer(coded, np.uint8).reshape(residual.shape)


@functools.cache
def _even(step: int) -> bytes:
    """The level, 0 to 4, for each byte that a residual becomes."""
    values = np.arange(256, dtype=np.uint8).view(np.int8).astype(int)
    steps = np.sign(values) * ((np.abs(values) + step // 2) // step)
    return bytes((steps.clip(-2, 2) + 2).astype(np.uint8))


@functools.cache
def _doubling() -> bytes:
    """The level, 0 to 10: apart from 0 they begin at 1, 2, 5, 12 and 28, up and down."""
    values = np.arange(256, dtype=np.uint8).view(np.int8).astype(int)
    level = np.sign(values) * np.searchsorted((1, 2, 5, 12, 28), np.abs(values), "right") + 5
    return bytes(level.astype(np.uint8))


@functools.cache
def _logarithms() -> _Numbers:
    """The logarithm of one more than the size of each residual."""
    return np.asarray(np.log1p(np.abs(np.arange(-_LARGEST, _LARGEST + 1))), np.float32)


@functools.cache
def _orbits(levels: int, length: int) -> NDArray[np.intp]:
    """For each combination of levels, the number of its class: equal up to all signs and up to reversal."""
    classes: dict[tuple[int, ...], int] = {}
    numbers = []
    for combination in itertools.product(range(levels), repeat=length):
        turned = tuple(levels - 1 - each for each in combination)
        name = min(combination, combination[::-1], turned, turned[::-1])
        numbers.append(classes.setdefault(name, len(classes)))
    return np.asarray(numbers)


# Spectra

_BANDS = 16


def _spectrum(tile: _Luma) -> _Numbers:
    """The logarithm of the power in 16 bands, along the axes and across them, less that of all bands together."""
    window = np.hanning(TILE_PX).astype(np.float32)
    values = tile.astype(np.float32)
    values -= values.mean()
    power = np.abs(np.fft.rfft2(values * window[:, None] * window)) ** 2
    bands, sizes = _bands()
    means = np.bincount(bands, power.ravel(), minlength=len(sizes))[: 2 * _BANDS] / sizes[: 2 * _BANDS]
    logarithms = np.log(means + 1.0)
    return np.asarray(logarithms - logarithms.mean(), np.float32)


@functools.cache
def _bands() -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The band of each frequency of `rfft2`, and how many have it; the last band is that of none."""
    vertical = np.abs(np.fft.fftfreq(TILE_PX))[:, None]
    horizontal = np.fft.rfftfreq(TILE_PX)[None, :]
    far = np.maximum(vertical, horizontal)
    ring = np.minimum((far * 2 * _BANDS).astype(int), _BANDS - 1)
    along = np.minimum(vertical, horizontal) < far * math.tan(math.pi / 8)
    band = np.where(far == 0, 2 * _BANDS, ring + np.where(along, 0, _BANDS)).ravel()
    return band, np.bincount(band, minlength=2 * _BANDS + 1)


def _periods(exact: NDArray[np.int16]) -> _Numbers:
    """How far the spectrum of the residual's size stands out at the periods 2, 3, 4 and 8, and anywhere between."""
    numbers: list[float] = []
    for each in (exact, exact.T):
        size = np.abs(np.diff(each, n=2, axis=1))
        profile = size.mean(axis=0, dtype=np.float32)
        spectrum = np.abs(np.fft.rfft((profile - profile.mean()) * np.hanning(profile.size)))
        spectrum /= np.median(spectrum[8:]) + 1e-6
        frequency = np.arange(spectrum.size) / profile.size
        at = [float(spectrum[np.abs(frequency - 1 / period) < 1.5 / profile.size].max()) for period in (2, 3, 4, 8)]
        far_from_jpeg = np.abs(frequency * 8 - np.round(frequency * 8)) > 16 / profile.size
        other = spectrum[far_from_jpeg & (frequency > 0.1)]
        numbers.extend((*at, float(other.max())))
    one, other_way = np.log1p(np.asarray(numbers, np.float32)).reshape(2, -1)
    return np.concatenate((np.maximum(one, other_way), np.minimum(one, other_way)))


def _phases(exact: NDArray[np.int16]) -> _Numbers:
    """How unevenly the residuals' power lies on the lattices of period 2, 3 and 4, where networks that enlarge repeat.

    The Fourier coefficients of the power by phase, as shares of the whole: where the lattice begins does not matter.
    """
    rows = np.diff(exact, n=2, axis=1)[1:-1]
    columns = np.diff(exact, n=2, axis=0)[:, 1:-1]
    square = np.diff(exact, n=2, axis=1)
    square = np.diff(square, n=2, axis=0)
    numbers = []
    for residual in (rows, columns, square):
        power = _logarithms()[residual[:252, :252] + _LARGEST]
        for period in (3, 4):
            rows_of_phase = power.reshape(252 // period, period, 252).mean(0)
            table = rows_of_phase.reshape(period, 252 // period, period).mean(1)
            lattice = np.abs(np.fft.fft2(table)).ravel() / (table.sum() + 1e-3)
            numbers.append(lattice[1 : period * period // 2 + 1])
    one, other, both = np.log(np.stack([np.concatenate(numbers[place : place + 2]) for place in (0, 2, 4)]) + 1e-4)
    return np.concatenate((np.maximum(one, other), np.minimum(one, other), both)).astype(np.float32)


# Coefficients

_DCT: _Numbers = np.asarray(
    [
        [
            math.cos(math.pi * row * (2 * column + 1) / 16) * (math.sqrt(1 / 8) if row == 0 else 0.5)
            for column in range(8)
        ]
        for row in range(8)
    ],
    np.float32,
)
_DIAGONALS = np.add.outer(np.arange(8), np.arange(8)).ravel()


def _coefficients(tile: _Luma) -> _Numbers:
    """By diagonal of the DCT: the mean size, the share below a half, and how heavy the tails are."""
    blocks = tile.reshape(TILE_PX // 8, 8, TILE_PX // 8, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8).astype(np.float32)
    size = np.abs(_DCT @ blocks @ _DCT.T).reshape(-1, 64)
    mean, square, small = size.mean(0), (size**2).mean(0), (size < 0.5).mean(0)
    tails = np.log((square + 1e-3) / (mean**2 + 1e-3))
    count = np.bincount(_DIAGONALS)[1:]
    by_diagonal = [np.bincount(_DIAGONALS, each)[1:] / count for each in (np.log(mean + 0.1), small, tails)]
    return np.concatenate(by_diagonal).astype(np.float32)


# Noise

_BLOCK_PX = 16


def _noise(exact: NDArray[np.int16]) -> _Numbers:
    """Quantiles over blocks of the noise, of its share in the texture, and of what is left two pixels further."""
    values = exact.astype(np.float32)
    fine = _by_block(np.abs(values[2:, 2:] - 2 * values[2:, 1:-1] + values[2:, :-2]))
    coarse = _by_block(np.abs(values[4:, 4:] - 2 * values[4:, 2:-2] + values[4:, :-4]))
    slope = _by_block(np.abs(values[1:, 1:] - values[:-1, 1:]))
    square = values[2:, 1:-1] - 2 * values[1:-1, 1:-1] + values[:-2, 1:-1]
    square = _by_block(np.abs(square[:, 2:] - 2 * square[:, 1:-1] + square[:, :-2]))
    shares = (10, 30, 50, 70, 90)
    rows = (np.log(fine + 0.1), np.log((fine + 0.1) / (coarse + 0.1)), np.log((square + 0.1) / (slope + 0.1)))
    return np.concatenate([np.percentile(each, shares) for each in rows]).astype(np.float32)


def _by_block(values: _Numbers) -> _Numbers:
    blocks = len(values) // _BLOCK_PX
    inner = values[: blocks * _BLOCK_PX, : blocks * _BLOCK_PX].reshape(blocks, _BLOCK_PX, blocks, _BLOCK_PX)
    return np.asarray(inner.mean((1, 3)), np.float32)


COUNT = 2 * (6 * 39 + 5 * 36) + 2 * _BANDS + 10 + 36 + 42 + 2 * 15
"""How many numbers describe a tile."""
