"""What the compiled functions find, as packed rows, part by part, and how it becomes query, entry and distance."""

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from amparo.domain.errors import AmparoError
from amparo.matching import kernels
from amparo.matching.index_file import DamagedIndex
from amparo.matching.kernels import DAMAGED, DISTANCE_BITS, ENDED

MOST_ROWS = 200_000_000
"""Rows of one answer: they take 4.8 GB."""
PART_ROWS = 1 << 18
"""Of what is found part by part, about so many rows are in memory for each processor core."""
_PARTS_AHEAD = 2
"""Parts of each processor core that wait for who asked for them."""

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
        """In the order in which they stand; queries are counted from `first` on."""
        rows = np.empty((len(packed), 3), dtype=np.int64)
        kernels.unpack(packed, np.uint64(self.shift), first, rows)
        return rows


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of a search that can stop and go on."""

    find: Callable[[NDArray[np.int64]], Found]
    """Goes on at a place, and changes it: see `kernels`."""
    first_query: int
    """From which its queries are counted."""
    done: float
    """What share of the search is done when it has ended."""
    place: NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, dtype=np.int64))

    def go_on(self) -> "Part":
        """The next part; raise `DamagedIndex`."""
        packed, found = self.find(self.place)
        if found == DAMAGED:
            raise DamagedIndex("The index is damaged: it names entries that it does not have. Build it again.")
        return Part(packed[:found], self.first_query, self.done)

    @property
    def ended(self) -> bool:
        """Whether there is no further part."""
        return bool(self.place[0] == ENDED)


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a search finds."""

    packed: Packed
    first_query: int
    done: float


@dataclass(frozen=True, slots=True)
class Search:
    """A comparison of many hashes with many. It begins when it is asked for what it finds, which can be done once."""

    tasks: Iterable[Task]
    """In the order of their first queries."""
    packing: Packing
    side_by_side: bool = True
    """Whether it is worth to start threads."""
    repeats: bool = False
    """Whether a pair can be found more than once; then all of a query are in one part."""

    def rows(self) -> Rows:
        """All of it, sorted by query and entry. Raise `DamagedIndex` or `TooManyMatches`."""
        total, found = 0, [np.empty((0, 3), dtype=np.int64)]
        for first, parts in itertools.groupby(self._parts(), attrgetter("first_query")):
            packed = []
            for part in parts:
                total += len(part.packed)
                if total > MOST_ROWS:
                    raise TooManyMatches(
                        f"More than {MOST_ROWS:,} pairs are that near: ask for fewer hashes at a time, for a smaller"
                        " radius, or leave out the hashes of plain pictures, which resemble each other."
                    )
                packed.append(part.packed)
            together = packed[0] if len(packed) == 1 else np.concatenate(packed)
            found.append(self.packing.rows(_unlike(together) if self.repeats else np.sort(together), first))
        return found[1] if len(found) == 2 else np.concatenate(found)

    def parts(self) -> Iterator[tuple[Rows, float]]:
        """All of it, some rows at a time in no order, and what share of the work is done. Raise `DamagedIndex`."""
        for part in self._parts():
            yield self.packing.rows(part.packed, part.first_query), part.done

    def _parts(self) -> Iterator[Part]:
        parts = _in_threads(self.tasks) if self.side_by_side else _one_by_one(self.tasks)
        for part in parts:
            yield Part(_unlike(part.packed), part.first_query, part.done) if self.repeats else part


def _unlike(packed: Packed) -> Packed:
    ordered = np.sort(packed)
    once: Packed = ordered[np.concatenate((np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1]))]
    return once


def _one_by_one(tasks: Iterable[Task]) -> Iterator[Part]:
    for task in tasks:
        yield task.go_on()
        while not task.ended:
            yield task.go_on()


def _in_threads(tasks: Iterable[Task]) -> Iterator[Part]:
    """As `_one_by_one`, in the same order, while those that follow are worked at."""
    waiting = iter(tasks)
    running: deque[tuple[Task, Future[Part]]] = deque()
    with ThreadPoolExecutor(threads()) as pool:
        try:
            while True:
                for task in itertools.islice(waiting, max(0, threads() * _PARTS_AHEAD - len(running))):
                    running.append((task, pool.submit(task.go_on)))
                if not running:
                    return
                task, found = running.popleft()
                part = found.result()
                if not task.ended:
                    running.appendleft((task, pool.submit(task.go_on)))
                yield part
        finally:
            for _, found in running:
                found.cancel()


def threads() -> int:
    """How many run side by side: one for each processor core that this process may use."""
    return len(os.sched_getaffinity(0))


def tasks_of_queries(
    count: int, packing: Packing, parts: int, find: Callable[[int, int, NDArray[np.int64]], Found]
) -> Sequence[Task]:
    """Tasks for ranges of so many queries, each searched by `find(first, last, place)`."""
    ranges = split(count, max(parts, -(-count // packing.most_queries)))

    def task(first: int, last: int) -> Task:
        return Task(lambda place: find(first, last, place), first, last / max(count, 1))

    return [task(first, last) for first, last in ranges]


def split(count: int, parts: int) -> Sequence[tuple[int, int]]:
    """0 to `count` in at most so many ranges of about the same length."""
    edges = np.linspace(0, count, max(1, min(parts, count)) + 1).astype(int).tolist()
    return list(itertools.pairwise(edges))
