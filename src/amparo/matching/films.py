"""Films of an operation that show the same, as clusters with a representative each.

Two films are near where at least `SHARE_PERCENT` of the frames of one are in the other: a short cut is near to the long
film, and a film to its copy in another size or with other titles. What counts is what `video` counts: unlike frames
that are good enough, each of which is in another film that has one within the radius.

Being near is not handed on, so a cluster is a star as one of pictures is (`clusters`): of the films that are not near
to a representative yet, the next one is that which has most films about it, of several the one with more frames, then
the one whose frames are the lowest numbers. Each other film goes to the representative that it shares most with. So the
clusters follow from the frames alone, whatever the order in which films came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.matching import star_kernels
from amparo.matching.clusters import QUALITY_GATE
from amparo.matching.hash_rows import HASH_BYTES, RADIUS, NotHashes, as_words
from amparo.matching.perceptual_index import PerceptualIndex

SHARE_PERCENT = 80
"""Of the frames of a film, so many are in another one that is near: what Meta's vPDQ asks of a film by default."""
_MOST_MARKS = 100_000_000
"""Frames times films that are looked at together, a byte each."""

_Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FilmClusters:
    """Of n films, by number; arrays of shape (n,)."""

    representatives: _Numbers
    """Whose cluster a film belongs to; its own number where it is the representative, or alone."""
    percents: _Numbers
    """How much of it is in the representative, or of that in it: the larger of both, whole percents. 100 for itself."""


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """Which films show which unlike hashes. Films that show the very same ones are one."""

    hashes: NDArray[np.uint8]
    films: Sequence[_Numbers]
    """Of each film the numbers of its hashes, ascending; none is empty."""
    film_of: _Numbers
    """Of each film that was given its number here; -1 where no frame of it is good enough."""


def film_clusters(
    hashes: NDArray[Any], qualities: NDArray[Any], film_of: NDArray[Any], films: int, *, radius: int = RADIUS
) -> FilmClusters:
    """The clusters of so many films.

    `hashes`: uint8, shape (k, 32), of all their frames; `qualities`: 0 to 100, shape (k,); `film_of`: which film each
    frame is of, 0 to `films` - 1, shape (k,). Raise `NotHashes`.
    """
    words = as_words(hashes)
    if not len(words) == len(qualities) == len(film_of):
        raise NotHashes(f"{len(words)} frames have as many qualities and films.")
    good = np.asarray(qualities) >= QUALITY_GATE
    shown = _shown(np.asarray(hashes)[good], np.asarray(film_of, dtype=np.int64)[good], films)
    found = FilmClusters(np.arange(films), np.full(films, 100))
    if not shown.films:
        return found
    count = len(shown.films)
    begins, others, percents = _neighbours(shown, radius)
    weights = np.bincount(shown.film_of[shown.film_of >= 0], minlength=count)
    about = weights + np.bincount(np.repeat(np.arange(count), np.diff(begins)), weights[others], count).astype(np.int64)
    first = np.full(count, films, dtype=np.int64)
    compared = np.flatnonzero(shown.film_of >= 0)
    np.minimum.at(first, shown.film_of[compared], compared)
    rank = {number: tuple(frames.tolist()) for number, frames in enumerate(shown.films)}
    order = np.array(sorted(rank, key=lambda film: (-about[film], -len(rank[film]), rank[film])), dtype=np.int64)
    centres, away = np.arange(count), np.full(count, star_kernels.FARTHEST + 1)
    star_kernels.cover(order, begins[order], begins[order + 1], others, 100 - percents, centres, away)
    found.representatives[compared] = first[centres[shown.film_of[compared]]]
    found.percents[compared] = 100 - away[shown.film_of[compared]]
    return found


def _shown(hashes: NDArray[np.uint8], film_of: _Numbers, films: int) -> _Shown:
    rows = np.ascontiguousarray(hashes).view(f"V{HASH_BYTES}").ravel()
    unlike, number = np.unique(rows, return_inverse=True)
    both = np.unique(film_of * max(len(unlike), 1) + number)
    film, number = np.divmod(both, max(len(unlike), 1))
    edges = np.searchsorted(film, np.arange(films + 1))
    same, known = list[_Numbers](), dict[bytes, int]()
    numbers = np.full(films, -1, dtype=np.int64)
    for each in np.flatnonzero(np.diff(edges)).tolist():
        frames = number[edges[each] : edges[each + 1]]
        numbers[each] = known.setdefault(frames.tobytes(), len(same))
        if numbers[each] == len(same):
            same.append(frames)
    return _Shown(unlike.view(np.uint8).reshape(-1, HASH_BYTES), same, numbers)


def _neighbours(shown: _Shown, radius: int) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Of each film where its near ones begin, who they are, and the larger share that one has of the other."""
    count = len(shown.films)
    one, other, percent = (np.concatenate(columns) for columns in zip(*_near(shown, radius), strict=True))
    both = np.concatenate((one * count + other, other * count + one))
    order = np.argsort(both, kind="stable")
    starts = np.flatnonzero(np.diff(both[order], prepend=-1))
    percents = np.maximum.reduceat(np.concatenate((percent, percent))[order], starts) if len(starts) else percent
    film, others = np.divmod(both[order][starts], count)
    return np.searchsorted(film, np.arange(count + 1)), others, percents


def _near(shown: _Shown, radius: int) -> Iterator[tuple[_Numbers, _Numbers, _Numbers]]:
    """Films of which enough is in others: their numbers, those of the others, and how much."""
    index, count = PerceptualIndex.in_memory(shown.hashes), len(shown.films)
    frames = np.concatenate(shown.films)
    film = np.repeat(np.arange(count), [len(each) for each in shown.films])
    by_hash = np.argsort(frames, kind="stable")
    begins = np.searchsorted(frames[by_hash], np.arange(len(shown.hashes) + 1))
    first = 0
    while first < count:
        last, asked = first, 0
        while last < count and (last == first or (asked + len(shown.films[last])) * count <= _MOST_MARKS):
            asked += len(shown.films[last])
            last += 1
        queries = np.unique(np.concatenate(shown.films[first:last]))
        marks = np.zeros((len(queries), count), dtype=np.bool_)
        for rows, _ in index.search(shown.hashes[queries], radius).parts():
            star_kernels.mark(rows, begins, film[by_hash], marks)
        for number in range(first, last):
            own = shown.films[number]
            shared = np.count_nonzero(marks[np.searchsorted(queries, own)], axis=0)
            near = np.flatnonzero(shared * 100 >= SHARE_PERCENT * len(own))
            near = near[near != number]
            yield np.full(len(near), number), near, shared[near] * 100 // len(own)
        first = last
