"""Hashes as rows of bytes from outside, and as rows of words inside."""

import operator
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from amparo.domain.errors import AmparoError

RADIUS = 31
"""The distance up to which two PDQ hashes are taken for versions of one picture (Meta, 2019)."""
HASH_BYTES = 32


Words = NDArray[np.uint64]
"""Shape (n, 4): hashes as little-endian words, read-only."""


class NotHashes(AmparoError, ValueError):
    """An array that does not hold hashes, or a radius that is none."""


def as_words(hashes: NDArray[Any]) -> Words:
    """Rows of four words, read-only, without a copy where none is needed; raise `NotHashes`.

    `hashes`: uint8, shape (n, 32).
    """
    rows = np.asarray(hashes)
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != HASH_BYTES:
        raise NotHashes(f"Hashes are an array of uint8 of shape (n, 32), not {rows.dtype} of {rows.shape}.")
    words = np.ascontiguousarray(rows).view("<u8")
    if not words.flags.aligned:
        words = words.copy()
    return frozen(words.view())


def as_radius(radius: SupportsIndex) -> int:
    """A whole number from 0 to 256; raise `NotHashes`."""
    number = operator.index(radius)
    if not 0 <= number <= 8 * HASH_BYTES:
        raise NotHashes(f"A radius is a number of bits from 0 to 256, not {number}.")
    return number


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, read-only: one type for all that the compiled functions are given."""
    array.setflags(write=False)
    return array
