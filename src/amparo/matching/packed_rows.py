"""What the compiled functions find, as packed rows, and how it becomes an array of query, entry and distance."""

import functools
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.domain.errors import AmparoError
from amparo.matching.index_file import DamagedIndex
from amparo.matching.kernels import DAMAGED, DISTANCE_BITS, TOO_MANY

MOST_ROWS = 200_000_000
"""Rows of one answer: they take 4.8 GB."""

Rows = NDArray[np.int64]
"""Shape (k, 3): query, entry, distance."""
Packed = NDArray[np.uint64]
Found = tuple[Packed, int]
"""As a compiled function returns it: room for rows, and how many there are."""


class TooManyMatches(AmparoError):
    """An answer would not fit in memory."""


@dataclass(frozen=True, slots=True)
class Packing:
    """A row as one number of 64 bits: query, entry, distance, so that sorting numbers sorts rows."""

    entry_bits: int

    @classmethod
    def of(cls, entries: int) -> "Packing":
        """For so many entries."""
        return cls(max(1, (entries - 1).bit_length()))

    @property
    def shift(self) -> int:
        """Where the query begins."""
        return self.entry_bits + DISTANCE_BITS

    @property
    def most_queries(self) -> int:
        """So many can be told apart."""
        return 1 << (64 - self.shift)

    def rows(self, packed: Packed, first: int) -> Rows:
        """Sorted by query and entry, each pair once; queries are counted from `first` on."""
        if not len(packed):
            return np.empty((0, 3), dtype=np.int64)
        if len(packed) > 1:
            packed = np.sort(packed)
            packed = packed[np.concatenate(([True], packed[1:] != packed[:-1]))]
        rows = np.empty((len(packed), 3), dtype=np.int64)
        rows[:, 0] = (packed >> np.uint64(self.shift)).astype(np.int64) + first
        rows[:, 1] = (packed >> np.uint64(DISTANCE_BITS)) & np.uint64((1 << self.entry_bits) - 1)
        rows[:, 2] = packed & np.uint64((1 << DISTANCE_BITS) - 1)
        return rows


def threads() -> int:
    """How many run side by side: one for each processor core that this process may use."""
    return len(os.sched_getaffinity(0))


def side_by_side(tasks: Iterable[Callable[[], Found]]) -> Iterator[Packed]:
    """Run tasks in threads; what each finds, in order. Raise `DamagedIndex` or `TooManyMatches`."""
    total = 0
    with ThreadPoolExecutor(threads()) as pool:
        running = [pool.submit(task) for task in tasks]
        try:
            for task in running:
                packed = found_of(*task.result())
                total += len(packed)
                if total > MOST_ROWS:
                    raise too_many()
                yield packed
        finally:
            for task in running:
                task.cancel()


def found_of(packed: Packed, found: int) -> Packed:
    """What a compiled function found; raise `DamagedIndex` or `TooManyMatches`."""
    if found == DAMAGED:
        raise DamagedIndex("The index is damaged: it names entries that it does not have. Build it again.")
    if found == TOO_MANY:
        raise too_many()
    return packed[:found]


def too_many() -> TooManyMatches:
    """With what to do about it."""
    return TooManyMatches(
        f"More than {MOST_ROWS:,} pairs are that near: ask for fewer hashes at a time, for a smaller radius, or leave"
        " out the hashes of plain pictures, which resemble each other."
    )


def rows_of_queries(count: int, packing: Packing, parts: int, find: Callable[[int, int], Found]) -> Rows:
    """The rows of so many queries, found for ranges of them by `find(first, last)`; in one range, without a thread."""
    if parts <= 1 and count <= packing.most_queries:
        return packing.rows(found_of(*find(0, count)), 0)
    ranges = split(count, max(parts, -(-count // packing.most_queries)))
    found = side_by_side([functools.partial(find, first, last) for first, last in ranges])
    return np.concatenate([packing.rows(packed, first) for (first, _), packed in zip(ranges, found, strict=True)])


def split(count: int, parts: int) -> Sequence[tuple[int, int]]:
    """0 to `count` in at most so many ranges of about the same length."""
    edges = np.linspace(0, count, max(1, min(parts, count)) + 1).astype(int).tolist()
    return list(itertools.pairwise(edges))
