"""Near copies among the pictures of an operation, as clusters with a representative each.

Whoever is within the radius of another is *connected*; but over enough versions of versions, and over plain pictures
that resemble everything, everything is connected with everything. So a cluster here is a star: its representative, and
pictures that are each within the radius of it. Pictures below the quality gate take no part.

Representatives are chosen one after the other: of the pictures that are not within the radius of one yet, the one that
has the most pictures about it; of several the one with the best quality, then the one whose hash is the lowest number.
Each other picture goes to the representative that is nearest. So the clusters follow from the hashes and their
qualities alone: the order in which they came changes nothing, nor does whether they came at once.

Near pairs are held in memory up to a number. Of a film of twenty thousand frames that are all near to each other there
are 200 million: beyond that number none are held. They are gone through once, to count who has how many about it, and
those of representatives are looked up when it is their turn.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from amparo.matching import star_kernels
from amparo.matching.crowds import near_pairs
from amparo.matching.hash_rows import HASH_BYTES, RADIUS, NotHashes, Words, as_radius, as_words, frozen
from amparo.matching.index_tables import hashes_of
from amparo.matching.packed_rows import Rows
from amparo.matching.perceptual_index import PerceptualIndex

QUALITY_GATE = 50
"""Below this PDQ quality a picture is so plain that unlike ones have like hashes (Meta's recommendation)."""
_MOST_PARTS = 6
_MOST_HELD = 20_000_000
"""Pairs that are held: 480 MB."""
_LOOKED_UP = 1_000_000
"""Neighbours that are looked up at once, where pairs are not held."""

OnShare = Callable[[float], None]
"""Is told from time to time what share of a comparison is done."""

_Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Of n pictures, by number; arrays of shape (n,)."""

    representatives: _Numbers
    """Whose cluster a picture belongs to; its own number where it is the representative, or alone."""
    distances: _Numbers
    """Bits that differ from the representative's hash."""
    chains: _Numbers
    """The lowest number among the pictures that it is connected with, over any number of steps."""
    compared: NDArray[np.bool_]
    """Whether the quality was good enough to be compared."""

    def members(self, representative: int) -> _Numbers:
        """The pictures of a cluster, the representative among them, ascending."""
        return np.flatnonzero(self.representatives == representative)

    @property
    def sizes(self) -> dict[int, int]:
        """Of each cluster of two or more pictures, by the number of its representative."""
        numbers, counts = np.unique(self.representatives, return_counts=True)
        return {int(number): int(count) for number, count in zip(numbers, counts, strict=True) if count > 1}


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All that it takes to go on with a clustering."""

    hashes: NDArray[np.uint8]
    """Unlike ones, shape (u, 32)."""
    pairs: Rows | None
    """By the numbers of hashes: one, other, distance; shape (k, 3). `None` where there are too many to be held."""
    hash_of: _Numbers
    """Of each picture the number of its hash; -1 below the gate; shape (n,)."""
    qualities: _Numbers
    """Of each picture; shape (n,)."""


class Clustering:
    """Hashes, and all pairs of them that are near. It never changes: `with_more` gives another one.

    Equal hashes are compared once. Only what is new is compared with what was there before, unless there are too many
    pairs to be held: then `clusters` compares all.
    """

    def __init__(
        self, radius: SupportsIndex = RADIUS, quality_gate: int = QUALITY_GATE, state: State | None = None
    ) -> None:
        """Of no picture; or with `state` as one was that had the same radius and gate."""
        self.radius = as_radius(radius)
        self.quality_gate = quality_gate
        self._parts: tuple[PerceptualIndex, ...] = (PerceptualIndex.in_memory(state.hashes),) if state else ()
        """Indexes over hashes that are unlike, numbered through."""
        none = np.empty(0, dtype=np.int64)
        self._pairs: Rows | None = state.pairs if state else np.empty((0, 3), dtype=np.int64)
        self._hash_of: _Numbers = state.hash_of if state else none
        """Of each picture the number of its hash; -1 below the gate."""
        self._qualities: _Numbers = state.qualities if state else none

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self._hash_of)

    @property
    def state(self) -> State:
        """What `Clustering(radius, quality_gate, state)` goes on from."""
        hashes = [np.empty((0, HASH_BYTES), np.uint8), *(part.hashes for part in self._parts)]
        return State(np.concatenate(hashes), self._pairs, self._hash_of, self._qualities)

    def with_more(
        self, hashes: NDArray[Any], qualities: Sequence[int] | NDArray[Any], on_share: OnShare | None = None
    ) -> "Clustering":
        """With further pictures, numbered on. `hashes`: uint8, shape (m, 32); `qualities`: 0 to 100, shape (m,).

        Raise `NotHashes`.
        """
        words, stated = as_words(hashes), np.asarray(qualities, dtype=np.int64)
        if stated.shape != (len(words),):
            raise NotHashes(f"{len(words)} hashes have as many qualities, not an array of shape {stated.shape}.")
        compared = np.flatnonzero(stated >= self.quality_gate)
        firsts, same = _unlike(words[compared])
        fresh = hashes_of(np.ascontiguousarray(words[compared][firsts]))
        numbers, begin = np.full(len(fresh), -1, dtype=np.int64), 0
        for part in self._parts:
            equal = part.query(fresh, 0)
            numbers[equal[:, 0]] = equal[:, 1] + begin
            begin += len(part)
        new = np.flatnonzero(numbers < 0)
        numbers[new] = begin + np.arange(len(new))
        added = PerceptualIndex.in_memory(np.ascontiguousarray(fresh[new]))
        after = Clustering(self.radius, self.quality_gate)
        after._pairs = _held(self._pairs, _told(self._near(added), on_share))
        after._parts = (*self._parts, added) if len(added) else self._parts
        if len(after._parts) > (_MOST_PARTS if after._pairs is not None else 1):
            after._parts = (_whole(after._parts),)
        hash_of = np.full(len(words), -1, dtype=np.int64)
        hash_of[compared] = numbers[same]
        after._hash_of = np.concatenate((self._hash_of, hash_of))
        after._qualities = np.concatenate((self._qualities, stated))
        return after

    def _near(self, added: PerceptualIndex) -> Iterator[tuple[Rows, float]]:
        """The pairs of hashes that are added, with each other and with those before; the share that is done."""
        begin, count = 0, sum(map(len, self._parts))
        total = max(count + len(added), 1)  # there is none where all pictures are plain
        for part in self._parts:
            for rows, done in part.search(added.hashes, self.radius).parts():
                yield rows + np.array([count, begin, 0]), (begin + done * len(part)) / total
            begin += len(part)
        for rows, done in near_pairs(as_words(added.hashes), self.radius):
            yield rows + np.array([count, count, 0]), (count + done * len(added)) / total

    def clusters(self, on_share: OnShare | None = None) -> Clusters:
        """The clusters of all the pictures so far."""
        pictures = np.arange(len(self))
        compared = self._hash_of >= 0
        hash_of, qualities = self._hash_of[compared], self._qualities[compared]
        words = frozen(np.concatenate([np.empty((0, 4), np.uint64), *(as_words(part.hashes) for part in self._parts)]))
        count = len(words)
        weights = np.bincount(hash_of, minlength=count)
        shown, best = _shown(hash_of, qualities, pictures[compared], count)
        about, near, chains = weights.copy(), np.zeros(count, dtype=np.int64), np.arange(count)
        for rows in (self._pairs,) if self._pairs is not None else _told(near_pairs(words, self.radius), on_share):
            star_kernels.tally(rows, weights, about, near, chains)
        star_kernels.settle(chains)
        connected = np.flatnonzero(near)
        lowest = words[connected].byteswap()  # as numbers of 256 bits are ordered
        order = np.lexsort((*lowest.T[::-1], -best[connected], -about[connected]))
        centres, away = self._stars(connected[order], near)
        first = np.full(count, len(self), dtype=np.int64)
        np.minimum.at(first, chains[hash_of], pictures[compared])
        found = Clusters(pictures.copy(), np.zeros(len(self), dtype=np.int64), pictures.copy(), compared)
        found.representatives[compared] = shown[centres[hash_of]]
        found.distances[compared] = away[hash_of]
        found.chains[compared] = first[chains[hash_of]]
        return found

    def _stars(self, order: _Numbers, near: _Numbers) -> tuple[_Numbers, _Numbers]:
        """The centre of each hash and the distance to it, where they are chosen in this order.

        `near` says of each hash how many are near to it.
        """
        centres, away = np.arange(len(near)), np.full(len(near), star_kernels.FARTHEST + 1)
        if self._pairs is not None:
            begins, others, distances = star_kernels.neighbours(self._pairs, len(near))
            star_kernels.cover(order, begins[order], begins[order + 1], others, distances, centres, away)
        else:
            (whole,) = self._parts
            while len(order):
                # The first has most about it: nearly all of the next ones are no candidates any more after it.
                some = max(1, int(np.searchsorted(np.cumsum(near[order[:_LOOKED_UP]] + 1), _LOOKED_UP)))
                rows = whole.query(whole.hashes[order[:some]], self.radius)
                edges = np.searchsorted(rows[:, 0], np.arange(some + 1))
                star_kernels.cover(order[:some], edges[:-1], edges[1:], rows[:, 1], rows[:, 2], centres, away)
                order = order[some:]
                order = order[away[order] > star_kernels.FARTHEST]
        away[away > star_kernels.FARTHEST] = 0
        return centres, away


def clustered(
    hashes: NDArray[Any],
    qualities: Sequence[int] | NDArray[Any],
    *,
    radius: SupportsIndex = RADIUS,
    quality_gate: int = QUALITY_GATE,
) -> Clusters:
    """The clusters of these pictures; see `Clustering.with_more`."""
    return Clustering(radius, quality_gate).with_more(hashes, qualities).clusters()


def _shown(hash_of: _Numbers, qualities: _Numbers, pictures: _Numbers, count: int) -> tuple[_Numbers, _Numbers]:
    """Of the pictures with one hash the one to show (the best, then the first), and its quality; by hash."""
    shown, best = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    np.maximum.at(best, hash_of, qualities)
    good = np.flatnonzero(qualities == best[hash_of])[::-1]
    shown[hash_of[good]] = pictures[good]  # of several that are written to one place, the last remains
    return shown, best


def _unlike(words: Words) -> tuple[_Numbers, _Numbers]:
    """Where each of the unlike rows stands first, and of each row the number of the one that it equals."""
    order = np.argsort(words[:, 0], kind="stable")
    leading = words[order, 0]
    repeated = np.zeros(len(words), dtype=bool)
    if len(words):
        alike = leading[1:] == leading[:-1]
        repeated[order[1:]] |= alike
        repeated[order[:-1]] |= alike
    # Few rows share their first word with another; only these are compared whole.
    some = np.flatnonzero(repeated)
    equals = np.arange(len(words))
    if len(some):
        rows = np.ascontiguousarray(words[some]).view(f"V{HASH_BYTES}").ravel()
        _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
        equals[some] = some[first[inverse]]
    firsts = np.flatnonzero(equals == np.arange(len(words)))
    number = np.zeros(len(words), dtype=np.int64)
    number[firsts] = np.arange(len(firsts))
    return firsts, number[equals]


def _told(parts: Iterable[tuple[Rows, float]], on_share: OnShare | None) -> Iterator[Rows]:
    for rows, share in parts:
        yield rows
        if on_share is not None:
            on_share(share)


def _held(pairs: Rows | None, more: Iterable[Rows]) -> Rows | None:
    """These pairs and more of them, in order; `None` where they are too many to be held."""
    if pairs is None:
        return None
    held, count = [pairs], len(pairs)
    for rows in more:
        held.append(rows)
        count += len(rows)
        if count > _MOST_HELD:
            return None
    return np.concatenate(held)


def _whole(parts: Sequence[PerceptualIndex]) -> PerceptualIndex:
    """The same hashes in one index."""
    return PerceptualIndex.in_memory(np.concatenate([part.hashes for part in parts]))
