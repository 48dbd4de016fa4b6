"""Comparing with every entry: for few of them, for radii that no bands serve, and to hold the index against."""

from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from amparo.matching import kernels
from amparo.matching.hash_rows import RADIUS, Words, as_radius, as_words
from amparo.matching.packed_rows import PART_ROWS, Found, Packing, Rows, Search, tasks_of_queries, threads

_ALONE = 4_000_000
"""Comparisons up to which one thread is done sooner than two are started."""
_TASKS_A_THREAD = 8


def all_near(queries: NDArray[Any], hashes: NDArray[Any], radius: SupportsIndex = RADIUS) -> Rows:
    """Each pair of a query and an entry at a Hamming distance of at most `radius`, by comparing all.

    `queries`: uint8, shape (q, 32); `hashes`: uint8, shape (n, 32). Returns shape (k, 3): query, entry, distance.
    Raise `NotHashes`, and `TooManyMatches` where the answer would have more than 200 million rows.
    """
    return near_words(as_words(queries), as_words(hashes), as_radius(radius)).rows()


def all_near_pairs(hashes: NDArray[Any], radius: SupportsIndex = RADIUS) -> Rows:
    """Each pair of two entries at a distance of at most `radius`, by comparing all, the lower number first."""
    return near_pairs_of_words(as_words(hashes), as_radius(radius)).rows()


def near_words(queries: Words, words: Words, radius: int) -> Search:
    """As `all_near`, of words."""
    return _search(queries, words, radius, with_itself=False)


def near_pairs_of_words(words: Words, radius: int) -> Search:
    """As `all_near_pairs`, of words."""
    return _search(words, words, radius, with_itself=True)


def _search(queries: Words, words: Words, radius: int, *, with_itself: bool) -> Search:
    packing = Packing.of(len(words))

    def find(first: int, last: int, place: NDArray[np.int64]) -> Found:
        return kernels.scan(  # type: ignore[no-any-return]
            queries, first, last, words, radius, np.uint64(packing.shift), with_itself, PART_ROWS, place
        )

    small = len(queries) * len(words) <= _ALONE
    tasks = tasks_of_queries(len(queries), packing, 1 if small else threads() * _TASKS_A_THREAD, find)
    return Search(tasks, packing, side_by_side=not small)
