"""Bloom filters in the format of DCSO's `bloom`, in which CIRCL publishes hashlookup.

    0   uint64   version, 1 in its lowest byte
    8   uint64   capacity       16  float64  wanted share of false hits
    24  uint64   positions k    32  uint64   bits m       40  uint64  values held
    48  ⌈m/64⌉ x uint64, then whatever its maker attached

Little-endian. The positions of a value follow from its FNV-1 (64 bits) by multiplication modulo the largest prime below
2**64, as in DCSO's implementations in Go and Python. A value is a digest in hexadecimal: upper case for MD5 and SHA-1,
lower case for SHA-256, by the convention of hashlookup.

A filter says 'not there' with certainty and 'there' with a known share of errors. It cannot be listed.
"""

import math
import mmap
import struct
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from amparo.domain.digest import Algorithm
from amparo.matching.sealed_file import FileRefused
from amparo.matching.sorting import Bytes

_HEADER = struct.Struct("<QQdQQQ")
_MOST_POSITIONS = 64
_FNV_OFFSET = np.uint64(14695981039346656037)
_FNV_PRIME = np.uint64(1099511628211)
_PRIME = np.uint64(18446744073709551557)
_FACTOR = np.uint64(18446744073709550147)
_DIGITS = {
    True: np.frombuffer(b"0123456789ABCDEF", dtype=np.uint8),
    False: np.frombuffer(b"0123456789abcdef", dtype=np.uint8),
}


class BloomFilter:
    """An opened filter."""

    def __init__(self, path: Path) -> None:
        """Open the filter at `path`; raise `FileRefused`."""
        self.path = path
        try:
            with path.open("rb") as file:
                head = file.read(_HEADER.size)
                size = file.seek(0, 2)
                if not is_filter(head, size):
                    raise FileRefused(f"{path} is no Bloom filter, or is cut short.")
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise FileRefused(f"{path} cannot be read ({error.strerror}): import the hash set again.") from error
        _, self.capacity, self.stated_false_hits, self._positions, self._bits, self.values = _HEADER.unpack(head)
        words = -(-self._bits // 64)
        self._words = np.frombuffer(self._map, dtype="<u8", count=words, offset=_HEADER.size)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The filter at `path`; raise `FileRefused`."""
        return cls(path)

    @property
    def false_hits(self) -> float:
        """The share of values that are not held and are found all the same, by how many it says it holds."""
        return float((1 - math.exp(-self._positions * self.values / self._bits)) ** self._positions)

    def holds(self, algorithm: Algorithm, digests: Bytes) -> NDArray[np.bool_]:
        """Which of the digests, shape (n, size), are probably held."""
        found = np.ones(len(digests), dtype=bool)
        upper = algorithm is not Algorithm.SHA256
        with np.errstate(over="ignore"):
            state = _fnv1(_hexadecimal(digests, upper)) % _PRIME
            for _ in range(self._positions):
                state = (state * _FACTOR) % _PRIME
                place = state % np.uint64(self._bits)
                word = self._words[(place >> np.uint64(6)).astype(np.int64)]
                found &= (word >> (place & np.uint64(63))) & np.uint64(1) == 1
        return found


def is_filter(head: bytes, size_bytes: int) -> bool:
    """Whether a file of that size which begins so is a filter."""
    if len(head) < _HEADER.size:
        return False
    version, capacity, share, positions, bits, _ = _HEADER.unpack_from(head)
    return bool(
        version & 0xFF == 1
        and version < 2**16
        and capacity > 0
        and 0 < share < 1
        and 0 < positions <= _MOST_POSITIONS
        and 0 < bits <= 8 * size_bytes
        and size_bytes >= _HEADER.size + 8 * -(-bits // 64)
    )


def _hexadecimal(digests: Bytes, upper: bool) -> Bytes:
    digits = _DIGITS[upper]
    text = np.empty((len(digests), 2 * digests.shape[1]), dtype=np.uint8)
    text[:, 0::2] = digits[digests >> 4]
    text[:, 1::2] = digits[digests & 15]
    return text


def _fnv1(texts: Bytes) -> NDArray[np.uint64]:
    state = np.full(len(texts), _FNV_OFFSET)
    for column in texts.T:
        state = (state * _FNV_PRIME) ^ column.astype(np.uint64)
    return state
