"""Finds an entry of an archive by its name, in memory that does not grow with the number of entries.

Up to some tens of thousands of entries the index lies in memory, above that in temporary files that have no names, in
the folder that `TMPDIR` names: 32 bytes an entry.
"""

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from amparo.domain.errors import Unreadable
from amparo.domain.limits import MIB

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_IN_MEMORY_BYTES = MIB
_PAIR_BYTES = 16
_BUFFER = 4096
"""Entries that are written at once."""
_BLOCK = 256
"""Entries that are read at once."""
_BUCKET = 32_768
"""Entries that are sorted at once, about."""
_MASK = (1 << 64) - 1


class NameIndex:
    """The entries of one archive in its own order: where each stands, and which may have a given name.

    A name that occurs more than once stands for its first entry; the later ones have their number as locator.
    """

    def __init__(self) -> None:
        self._entries = _Pairs()
        """Hash of the name and place, by number."""
        self._sorted: _Sorted | None = None

    @property
    def places(self) -> "_Pairs":
        """Where each entry's record begins, by number."""
        return self._entries

    def add(self, name: str, place: int) -> None:
        """Append the next entry."""
        self._entries.append(hash(name) & _MASK, place)
        self._sorted = None

    def candidates(self, name: str, locator: str) -> list[int]:
        """Numbers of the entries that may be meant, first to last; compare their names. Raise `Unreadable`."""
        count = len(self._entries)
        if locator:
            if locator.isascii() and locator.isdigit() and len(locator) < 19 and int(locator) < count:
                return [int(locator)]
            raise Unreadable(f"The archive has {count} entries; there is no entry {locator[:40]!r}.")
        return self._by_hash().numbers(hash(name) & _MASK)

    def locator(self, number: int) -> str:
        """What the entry needs beside its name: empty for the first of its name, its number for the others."""
        later = self._by_hash().later
        return str(number) if later[number >> 3] >> (number & 7) & 1 else ""

    def close(self) -> None:
        """Free it."""
        self._entries.close()
        if self._sorted is not None:
            self._sorted.close()

    def _by_hash(self) -> "_Sorted":
        if self._sorted is None:
            self._sorted = _Sorted(self._entries)
        return self._sorted


class _Pairs(Sequence[int]):
    """Pairs of 64-bit numbers, by their number; as a sequence, the second of each."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - see close
        self._written = 0
        self._waiting = array("Q")
        self._block = array("Q")
        self._block_start = 0

    def __len__(self) -> int:
        return self._written + len(self._waiting) // 2

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise IndexError(number)
        at = number - self._block_start
        if not 0 <= at < len(self._block) // 2:
            self._block_start = number // _BLOCK * _BLOCK
            self._block = self.read(self._block_start, _BLOCK)
            at = number - self._block_start
        return self._block[2 * at + 1]

    def append(self, first: int, second: int) -> None:
        """Add a pair."""
        self._waiting.append(first)
        self._waiting.append(second)
        if len(self._waiting) >= 2 * _BUFFER:
            self._flush()

    def read(self, start: int, count: int) -> "array[int]":
        """The numbers of `count` pairs, one after the other; fewer at the end."""
        self._flush()
        self._file.seek(start * _PAIR_BYTES)
        return array("Q", self._file.read(min(count, self._written - start) * _PAIR_BYTES))

    def write(self, start: int, pairs: bytes) -> None:
        """Put pairs from the pair `start` on."""
        self._file.seek(start * _PAIR_BYTES)
        self._file.write(pairs)
        self._written = max(self._written, start + len(pairs) // _PAIR_BYTES)

    def close(self) -> None:
        """Free them."""
        self._file.close()

    __del__ = close  # an index is also given up with what it belongs to

    def _flush(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, array("Q")
            self._block = array("Q")
            self.write(self._written, waiting.tobytes())


class _Sorted:
    """Entries in the order of their hashes: hash and number of each."""

    def __init__(self, entries: _Pairs) -> None:
        self.later = bytearray(len(entries) // 8 + 1)
        """A bit for each entry whose name (or its hash) occurs before it."""
        self._pairs = _Pairs()
        self._first_hashes = array("Q")
        """Of each block."""
        self._sort(entries)

    def numbers(self, wanted: int) -> list[int]:
        """Numbers of the entries with this hash, first to last."""
        found = []
        block = max(bisect_left(self._first_hashes, wanted) - 1, 0)
        while block < len(self._first_hashes) and self._first_hashes[block] <= wanted:
            pairs = self._pairs.read(block * _BLOCK, _BLOCK)
            at = bisect_left(pairs[::2], wanted)
            while 2 * at < len(pairs) and pairs[2 * at] == wanted:
                found.append(pairs[2 * at + 1])
                at += 1
            block += 1
        return found

    def close(self) -> None:
        """Free them."""
        self._pairs.close()

    def _sort(self, entries: _Pairs) -> None:
        """Deal the entries out to buckets by the first bits of their hashes, and sort each of these."""
        import numpy as np  # it takes its time, and only archives need it

        bits = max(len(entries) // _BUCKET, 1).bit_length() - 1
        counts = np.zeros(1 << bits, np.int64)
        for _, hashes in _chunks(entries):
            counts += np.bincount(_first_bits(hashes, bits), minlength=1 << bits)
        ends = np.cumsum(counts)
        next_place = ends - counts
        for start, hashes in _chunks(entries):
            of_bucket = _first_bits(hashes, bits)
            order = np.argsort(of_bucket, kind="stable")
            pairs = np.empty((len(order), 2), np.uint64)
            pairs[:, 0], pairs[:, 1] = hashes[order], order + start
            begin = 0
            for bucket, count in enumerate(np.bincount(of_bucket, minlength=1 << bits).tolist()):
                if count:
                    self._pairs.write(int(next_place[bucket]), pairs[begin : begin + count].tobytes())
                    next_place[bucket] += count
                    begin += count
        for end, count in zip(ends.tolist(), counts.tolist(), strict=True):
            self._sort_bucket(end - count, count)

    def _sort_bucket(self, start: int, count: int) -> None:
        import numpy as np

        pairs = np.frombuffer(self._pairs.read(start, count), np.uint64).reshape(-1, 2)
        pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
        for number in pairs[1:, 1][pairs[1:, 0] == pairs[:-1, 0]].tolist():
            self.later[number >> 3] |= 1 << (number & 7)
        self._pairs.write(start, pairs.tobytes())
        first = -start % _BLOCK
        self._first_hashes.extend(pairs[first::_BLOCK, 0].tolist())


def _chunks(entries: _Pairs) -> "Iterator[tuple[int, NDArray[np.uint64]]]":
    """The hashes of the entries with the number of the first, a bucket's worth at a time."""
    import numpy as np

    for start in range(0, len(entries), _BUCKET):
        pairs: NDArray[Any] = np.frombuffer(entries.read(start, _BUCKET), np.uint64)
        yield start, pairs[::2]


def _first_bits(hashes: "NDArray[np.uint64]", bits: int) -> "NDArray[np.int64]":
    import numpy as np

    # In two steps: a shift by all 64 bits is not defined.
    return (hashes >> np.uint64(1) >> np.uint64(63 - bits)).astype(np.int64)


class Locators:
    """Says during a listing which entries need a locator beside their name."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def of(self, name: str, number: int) -> str:
        """Empty for the first entry of a name, its number for the others."""
        key = hash(name)
        if key in self._seen:
            return str(number)
        self._seen.add(key)
        return ""
