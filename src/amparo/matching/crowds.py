"""All near pairs of hashes among which there may be crowds: thousands that are all near to each other.

The frames of a film without a cut are such a crowd. Most of its pairs agree in most bands, so a join meets each of them
many times, and none of its bands tells them apart. So the hashes of a crowd are taken out, and compared with each other
one by one, which costs a tenth. The others are joined.

That every pair is found follows from the division alone: of two hashes both are in one crowd, or in two, or one is in
none, or both are. What a crowd is decides how long it takes, never which pairs are found. Who is farther from the
centre of a crowd than the radius and the farthest member together is near to no member; so with two crowds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.matching import star_kernels
from amparo.matching.brute_force import near_pairs_of_words, near_words
from amparo.matching.hash_rows import Words, frozen
from amparo.matching.joining import join_plan, joined_with_itself
from amparo.matching.packed_rows import Rows, Search

_FEWEST = 1_000
"""Hashes of a crowd, at least."""
_BANDS_SHARED, _SHARED_BY = 4, 256
"""A hash of which so many bands of 16 bits are shared by so many, and more than by chance, may belong to a crowd."""
_ATTEMPTS = 16
"""So many hashes in a row that may belong to a crowd and do not end the search for crowds."""

_COMPARED_NS = 2.0
"""What it costs about to compare two hashes of a crowd, and to count them in."""

_Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    numbers: _Numbers
    """Of its hashes."""
    centre: Words
    """One row."""
    reach: int
    """Bits that a member is from the centre, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    search: Search
    queries: _Numbers
    """The numbers of what is compared."""
    entries: _Numbers
    cost_ns: float
    """About."""


def near_pairs(words: Words, radius: int) -> Iterator[tuple[Rows, float]]:
    """Each two hashes within `radius`, once, the lower number first, part by part in no order; the share that is done.

    However many they are, memory stays flat.
    """
    pieces = _pieces(words, radius)
    total = sum(piece.cost_ns for piece in pieces) or 1.0
    before = 0.0
    for piece in pieces:
        for rows, done in piece.search.parts():
            star_kernels.rename(rows, piece.queries, piece.entries)
            yield rows, (before + done * piece.cost_ns) / total
        before += piece.cost_ns


def _pieces(words: Words, radius: int) -> Sequence[_Piece]:
    crowds = _crowds(words, radius)
    if not crowds:
        return [_of_others(words, np.arange(len(words)), radius)]
    others = np.setdiff1d(np.arange(len(words)), np.concatenate([crowd.numbers for crowd in crowds]))
    other_words = frozen(words[others])
    pieces = []
    for number, crowd in enumerate(crowds):  # before all else: there are more pairs than can be held, or soon none left
        own = frozen(words[crowd.numbers])
        pieces.append(_one_by_one(near_pairs_of_words(own, radius), crowd.numbers, crowd.numbers))
        for other in crowds[:number]:
            if int(_away(crowd.centre, other.centre)[0]) <= crowd.reach + other.reach + radius:
                search = near_words(own, frozen(words[other.numbers]), radius)
                pieces.append(_one_by_one(search, crowd.numbers, other.numbers))
        about = np.flatnonzero(_away(other_words, crowd.centre) <= crowd.reach + radius)
        search = near_words(frozen(other_words[about]), own, radius)
        pieces.append(_one_by_one(search, others[about], crowd.numbers))
    return [*pieces, _of_others(other_words, others, radius)]


def _of_others(words: Words, numbers: _Numbers, radius: int) -> _Piece:
    """Those that are in no crowd, with each other."""
    plan = join_plan(words, radius)
    if plan is None:
        return _one_by_one(near_pairs_of_words(words, radius), numbers, numbers)
    return _Piece(joined_with_itself(words, plan), numbers, numbers, plan.cost_ns(len(words), len(words)))


def _one_by_one(search: Search, queries: _Numbers, entries: _Numbers) -> _Piece:
    return _Piece(search, queries, entries, len(queries) * len(entries) * _COMPARED_NS)


def _crowds(words: Words, radius: int) -> Sequence[_Crowd]:
    """Crowds that share no hash, each of hashes within the radius of one of them."""
    if len(words) < _FEWEST:
        return ()
    least = _SHARED_BY + 4 * len(words) // (1 << 16)
    shared = star_kernels.bands_shared(words, least)
    left = np.flatnonzero(shared >= _BANDS_SHARED)
    left = left[np.argsort(-shared[left], kind="stable")]
    crowds, failed = list[_Crowd](), 0
    while len(left) >= _FEWEST and failed < _ATTEMPTS:
        centre = words[left[:1]]
        away = _away(words[left], centre)
        near = away <= radius
        if np.count_nonzero(near) < _FEWEST:
            left, failed = left[1:], failed + 1
            continue
        crowds.append(_Crowd(np.sort(left[near]), centre, int(away[near].max())))
        left, failed = left[~near], 0
    return crowds


def _away(words: Words, centre: Words) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.bitwise_count(words ^ centre).sum(axis=1, dtype=np.int64)
    return found
