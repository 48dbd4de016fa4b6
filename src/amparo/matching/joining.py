"""Many hashes against many at once, and many with each other: band by band, part by part.

A query alone waits for memory at every look-up. Many of them, sorted by the bits of a band, meet the same small part
of the entries while it lies in the processor's cache. Sorting costs so little beside this that no index is needed for
it, and its bands are others than those of an index: the entries of one value are compared eight at a time, so bands of
16 bits serve whatever the number of entries.
"""

import functools
import operator
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.matching import kernels
from amparo.matching.bands import Band, ball, masks, plan_for
from amparo.matching.hash_rows import Words, frozen
from amparo.matching.packed_rows import MOST_ROWS, Found, Packed, Packing, Rows, side_by_side, split, threads

BANDS = tuple(Band(start, 16) for start in range(0, 256, 16))
_BLOCK_ENTRIES = 4_096
"""Entries of a block, about: with their starts they fit the second cache of a processor core."""
_FINE_BITS = 12
_TASKS_A_THREAD = 8
_BANDS_AHEAD = 2
"""Bands that are being sorted meanwhile: each takes 36 bytes a hash."""
_PREPARE_NS, _VISIT_NS, _EIGHT_NS = 20.0, 3.0, 1.3
"""What it costs for each band to sort a hash, and for each query to look at a value, and at eight of its entries."""


@dataclass(frozen=True, slots=True)
class JoinPlan:
    """How near values must be in each of `BANDS` for a radius; a band with -1 is not looked at."""

    radius: int
    radii: tuple[int, ...]
    query_ns: float
    """What a query costs about, besides preparing."""

    def cost_ns(self, queries: int, entries: int) -> float:
        """Of a join, about."""
        prepared = (queries + entries) * sum(reach >= 0 for reach in self.radii)
        return prepared * _PREPARE_NS + queries * self.query_ns


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """Hashes sorted by the values of a band."""

    columns: Words
    """Shape (4, n + 8)."""
    ids: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    """Where each value begins, and at last the end."""


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """What is turned in a value to have all that are near: in its block's number, and in the lowest bits.

    See `kernels.join`.
    """

    highs: NDArray[np.uint32]
    lows: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    lows_at: NDArray[np.int64]


def join_plan(words: Words, radius: int) -> JoinPlan | None:
    """How to join with these entries; `None` where comparing with all costs less."""
    count = len(words)
    squares = np.zeros(len(BANDS), dtype=np.int64)
    kernels.crowds(words, squares)
    crowds = [int(number) / max(count, 1) for number in squares]
    plan = plan_for(radius, BANDS, [max(1.0, crowd) / kernels.LANES for crowd in crowds], count)
    if plan is None:
        return None
    visits = [ball(band.width, reach) for band, reach in zip(BANDS, plan.radii, strict=True)]
    eights = sum(map(operator.mul, visits, (1 + crowd / kernels.LANES for crowd in crowds)))
    return JoinPlan(radius, plan.radii, sum(visits) * _VISIT_NS + eights * _EIGHT_NS)


def joined(words: Words, queries: Words, plan: JoinPlan) -> Rows:
    """Each query and entry that are near, sorted. Raise `TooManyMatches`."""
    packing = Packing.of(len(words))
    found = []
    for first in range(0, len(queries), packing.most_queries):
        rows = _joined(words, queries[first : first + packing.most_queries], plan, packing)
        rows[:, 0] += first
        found.append(rows)
    return np.concatenate(found)


def joined_with_itself(words: Words, plan: JoinPlan) -> Rows:
    """Each two entries that are near, the lower number first, sorted. Raise `TooManyMatches`.

    There may be as many as `Packing` tells queries apart.
    """
    return _joined(words, None, plan, Packing.of(len(words)))


def _joined(words: Words, queries: Words | None, plan: JoinPlan, packing: Packing) -> Rows:
    found: list[Packed] = []
    numbers = [number for number, reach in enumerate(plan.radii) if reach >= 0]

    def prepare(number: int) -> tuple[_Sorted, _Sorted]:
        entries = _sorted(words, BANDS[number])
        return entries, entries if queries is None else _sorted(queries, BANDS[number])

    with ThreadPoolExecutor(_BANDS_AHEAD) as ahead:  # the next bands are sorted while this one is compared
        waiting = deque(ahead.submit(prepare, number) for number in numbers[:_BANDS_AHEAD])
        for position, number in enumerate(numbers):
            entries, asked = waiting.popleft().result()
            waiting.extend(ahead.submit(prepare, following) for following in numbers[position + _BANDS_AHEAD :][:1])
            found += _of_band(entries, asked, number, plan, packing, with_itself=queries is None)
    return packing.rows(np.concatenate(found), 0)


def _of_band(
    entries: _Sorted, asked: _Sorted, number: int, plan: JoinPlan, packing: Packing, *, with_itself: bool
) -> Iterator[Packed]:
    band, count = BANDS[number], len(entries.ids)
    fine = max(0, min(band.width, band.width - (count // _BLOCK_ENTRIES).bit_length()))
    steps = _steps(band, plan.radii[number], fine, count)
    one_word, two_word = _words_apart_from(band)
    bands = frozen(np.asarray([(cut.start, cut.width) for cut in BANDS], dtype=np.uint64))
    radii = frozen(np.asarray(plan.radii, dtype=np.int64))

    def task(first_block: int, last_block: int) -> Found:
        return kernels.join(  # type: ignore[no-any-return]
            entries.columns,
            entries.ids,
            entries.starts,
            first_block,
            last_block,
            np.uint64(fine),
            asked.columns,
            asked.ids,
            asked.starts,
            steps.highs,
            steps.lows,
            steps.spans,
            steps.lows_at,
            bands,
            radii,
            number,
            one_word,
            two_word,
            plan.radius,
            np.uint64(packing.shift),
            with_itself,
            MOST_ROWS,
        )

    ranges = split(band.values >> fine, threads() * _TASKS_A_THREAD)
    return side_by_side([functools.partial(task, *edges) for edges in ranges])


def _steps(band: Band, reach: int, fine: int, count: int) -> _Steps:
    """What is turned in a value, with neighbouring values together where one of them has few entries."""
    together = min(fine, max(0, (kernels.LANES * band.values // max(count, 1)).bit_length() - 1))
    steps = set()
    for turned in masks(band.width, reach).tolist():
        left = reach - (turned >> together).bit_count()
        steps.add((turned >> together << together, together) if left else (turned, 0))
    ordered = sorted(steps)
    values = np.asarray([turned for turned, _ in ordered], dtype=np.uint32)
    highs, firsts = np.unique(values >> np.uint32(fine), return_index=True)
    spans = np.asarray([span for _, span in ordered], dtype=np.uint32)
    lows_at = np.append(firsts, len(values))
    return _Steps(frozen(highs), frozen(values & np.uint32((1 << fine) - 1)), frozen(spans), frozen(lows_at))


def _words_apart_from(band: Band) -> tuple[np.uint64, np.uint64]:
    """Two words of a hash that have nothing of the band: its bits are alike already."""
    own = band.start // 64
    return np.uint64((own + 2) % 4), np.uint64((own + 3) % 4)


def _sorted(words: Words, band: Band) -> _Sorted:
    starts, ids = np.empty(band.values + 1, dtype=np.uint32), np.empty(len(words), dtype=np.uint32)
    kernels.sort_band(words, np.uint64(band.start), np.uint64(band.width), np.uint64(_FINE_BITS), starts, ids)
    columns = np.empty((4, len(words) + kernels.LANES), dtype=np.uint64)
    columns[:, len(words) :] = 0
    kernels.gather(words, frozen(ids), columns)
    return _Sorted(frozen(columns), ids, frozen(starts))
