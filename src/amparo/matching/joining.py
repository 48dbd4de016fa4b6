"""Many hashes against many at once, and many with each other: band by band, part by part.

A query alone waits for memory at every look-up. Many of them, sorted by the bits of a band, meet the same small part
of the entries while it lies in the processor's cache. Sorting costs so little beside this that no index is needed for
it, and its bands are others than those of an index: the entries of one value are compared eight at a time, so bands of
16 bits serve whatever the number of entries.
"""

import functools
import operator
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.matching import kernels
from amparo.matching.bands import Band, ball, masks, plan_for
from amparo.matching.hash_rows import Words, frozen
from amparo.matching.packed_rows import PART_ROWS, Found, Packing, Search, Task, split, threads

BANDS = tuple(Band(start, 16) for start in range(0, 256, 16))
_BLOCK_ENTRIES = 4_096
"""Entries of a block, about: with their starts they fit the second cache of a processor core."""
_FINE_BITS = 12
_TASKS_A_THREAD = 8
_AHEAD = 2
"""Bands that are being sorted meanwhile: each takes 36 bytes a hash."""
_MOST_SORTED = 1 << 23
"""Of more hashes so many are sorted at a time, so that memory does not grow with their number."""
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
    """Their numbers."""
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


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One band of some entries and some queries, or of some entries with each other."""

    band: int
    entries: tuple[int, int]
    queries: tuple[int, int] | None
    first_query: int
    """From which queries are counted."""


def joined(words: Words, queries: Words, plan: JoinPlan) -> Search:
    """Each query and entry that are near."""
    packing = Packing.of(len(words))
    asked = split(len(queries), -(-len(queries) // min(packing.most_queries, _MOST_SORTED)))
    sweeps = [
        _Sweep(band, entries, part, part[0])
        for part in asked
        for entries in _slices(len(words))
        for band in _looked_at(plan)
    ]
    return Search(_tasks(words, queries, sweeps, plan, packing), packing)


def joined_with_itself(words: Words, plan: JoinPlan) -> Search:
    """Each two entries that are near, the lower number first.

    There may be as many as `Packing` tells queries apart.
    """
    packing, slices = Packing.of(len(words)), _slices(len(words))
    sweeps = [
        _Sweep(band, entries, None if part == entries else part, 0)
        for at, entries in enumerate(slices)
        for part in slices[: at + 1]
        for band in _looked_at(plan)
    ]
    return Search(_tasks(words, words, sweeps, plan, packing), packing)


def _slices(count: int) -> Sequence[tuple[int, int]]:
    return split(count, -(-count // _MOST_SORTED))


def _looked_at(plan: JoinPlan) -> Sequence[int]:
    return [number for number, reach in enumerate(plan.radii) if reach >= 0]


def _tasks(words: Words, queries: Words, sweeps: Sequence[_Sweep], plan: JoinPlan, packing: Packing) -> Iterator[Task]:
    def prepare(sweep: _Sweep) -> tuple[_Sorted, _Sorted]:
        band = BANDS[sweep.band]
        entries = _sorted(words, sweep.entries, sweep.entries[0], band)
        if sweep.queries is None:
            return entries, entries
        return entries, _sorted(queries, sweep.queries, sweep.queries[0] - sweep.first_query, band)

    with ThreadPoolExecutor(_AHEAD) as ahead:  # what is next is sorted while this one is compared
        waiting = deque(ahead.submit(prepare, sweep) for sweep in sweeps[:_AHEAD])
        try:
            for number, sweep in enumerate(sweeps):
                entries, asked = waiting.popleft().result()
                waiting.extend(ahead.submit(prepare, following) for following in sweeps[number + _AHEAD :][:1])
                begun, done = number / len(sweeps), (number + 1) / len(sweeps)
                yield from _of_sweep(entries, asked, sweep, plan, packing, begun, done)
        finally:
            for prepared in waiting:
                prepared.cancel()


def _of_sweep(
    entries: _Sorted, asked: _Sorted, sweep: _Sweep, plan: JoinPlan, packing: Packing, begun: float, done: float
) -> Iterator[Task]:
    band, count = BANDS[sweep.band], len(entries.ids)
    fine = max(0, min(band.width, band.width - (count // _BLOCK_ENTRIES).bit_length()))
    steps = _steps(band, plan.radii[sweep.band], fine, count)
    one_word, two_word = _words_apart_from(band)
    bands = frozen(np.asarray([(cut.start, cut.width) for cut in BANDS], dtype=np.uint64))
    radii = frozen(np.asarray(plan.radii, dtype=np.int64))

    def find(first_block: int, last_block: int, place: NDArray[np.int64]) -> Found:
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
            sweep.band,
            one_word,
            two_word,
            plan.radius,
            np.uint64(packing.shift),
            sweep.queries is None,
            PART_ROWS,
            place,
        )

    blocks = band.values >> fine
    for first, last in split(blocks, threads() * _TASKS_A_THREAD):
        share = begun + (done - begun) * last / blocks
        yield Task(functools.partial(find, first, last), sweep.first_query, share)


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


def _sorted(words: Words, some: tuple[int, int], first: int, band: Band) -> _Sorted:
    """The rows `some`, counted from `first` on."""
    rows = words[slice(*some)]
    starts, ids = np.empty(band.values + 1, dtype=np.uint32), np.empty(len(rows), dtype=np.uint32)
    kernels.sort_band(rows, np.uint64(band.start), np.uint64(band.width), np.uint64(_FINE_BITS), starts, ids)
    columns = np.empty((4, len(rows) + kernels.LANES), dtype=np.uint64)
    columns[:, len(rows) :] = 0
    kernels.gather(rows, frozen(ids), columns)
    return _Sorted(frozen(columns), frozen(ids + np.uint32(first)), frozen(starts))
