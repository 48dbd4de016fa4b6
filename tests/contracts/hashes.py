"""Hashes for tests of matching, like those of pictures and unlike them, from fixed seeds."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint8]


def uniform(count: int, seed: int = 1) -> Hashes:
    """As unlike pictures have them: 128 bits apart, give or take 8."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def turned(hashes: Hashes, bits: NDArray[np.int64], seed: int = 2) -> Hashes:
    """Each hash with so many of its bits turned, chosen at random."""
    order = np.random.default_rng(seed).random((len(hashes), 256)).argsort(axis=1)
    flips = np.zeros((len(hashes), 256), dtype=np.uint8)
    np.put_along_axis(flips, order, (np.arange(256) < bits[:, None]).astype(np.uint8), axis=1)
    return hashes ^ np.packbits(flips, axis=1)


def clustered(count: int, seed: int = 3) -> Hashes:
    """Versions of a few pictures, 0 to 40 bits from their originals, so that many pairs lie about the radius."""
    random = np.random.default_rng(seed)
    originals = uniform(max(1, count // 20), seed)
    return turned(originals[random.integers(0, len(originals), count)], random.integers(0, 41, count), seed)


def like_real(count: int, seed: int = 4) -> Hashes:
    """Half unlike, the rest crops that pile up: chains of versions of versions, and some that are equal."""
    random = np.random.default_rng(seed)
    hashes = uniform(count, seed)
    for begin in range(count // 2, count, max(1, count // 16)):
        part = slice(begin, min(count, begin + max(1, count // 16)))
        length = part.stop - part.start
        parents = hashes[random.integers(0, max(1, begin), length)]
        parents[: length // 2] = hashes[random.integers(0, max(1, min(begin, 50)), length // 2)]
        hashes[part] = turned(parents, random.integers(0, 60, length), seed + begin)
    return hashes


def crowd(count: int, bits: int = 12, seed: int = 7) -> Hashes:
    """As the frames of a film without a cut: unlike, and with up to 15 bits all near to each other."""
    return turned(np.repeat(uniform(1, seed), count, axis=0), np.full(count, bits), seed)


def slow_film(count: int, seed: int = 8) -> Hashes:
    """Frames of a picture that changes slowly: each two bits from the next, near to some, far from the rest."""
    flips = np.zeros((count, 256), dtype=np.uint8)
    for frame in range(1, count):
        flips[frame, [2 * frame % 256, (2 * frame + 1) % 256]] = 1
    return uniform(1, seed) ^ np.packbits(np.bitwise_xor.accumulate(flips, axis=0), axis=1)


def one_band_equal(count: int) -> Hashes:
    """The first 32 bits are the same in all."""
    hashes = uniform(count, 5)
    hashes[:, :4] = 0xA5
    return hashes


def all_but_a_few_equal(count: int) -> Hashes:
    """Most values are those of plain pictures: zeros, ones, and a bit beside them."""
    hashes = uniform(count, 6)
    hashes[: count // 200] = 0
    hashes[count // 200 : count // 100] = 255
    hashes[: count // 400, 0] = 1 << np.arange(count // 400, dtype=np.uint8) % 8
    return hashes


KINDS: Mapping[str, Callable[[int], Hashes]] = {
    "uniform": uniform,
    "clustered": clustered,
    "like real": like_real,
    "one band equal": one_band_equal,
    "plain pictures": all_but_a_few_equal,
}
