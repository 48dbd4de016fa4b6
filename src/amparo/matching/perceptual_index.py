"""An index over perceptual hashes that finds every one within a distance, by multi-index hashing; see `bands`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from amparo.matching import kernels
from amparo.matching.bands import Plan, masks, plan_for
from amparo.matching.brute_force import near_pairs_of_words, near_words
from amparo.matching.hash_rows import RADIUS, NotHashes, Words, as_radius, as_words, frozen
from amparo.matching.index_file import MOST, IndexFile
from amparo.matching.index_tables import Tables, build_file, built_in_memory, hashes_of, mapped
from amparo.matching.joining import JoinPlan, join_plan, joined, joined_with_itself
from amparo.matching.packed_rows import (
    PART_ROWS,
    Found,
    Packing,
    Rows,
    Search,
    TooManyMatches,
    tasks_of_queries,
    threads,
)

_FEWEST_JOINED = 1_000
"""Queries below which it is not asked whether joining costs less: to know it takes a look at all entries."""
_ALONE_NS = 300_000.0
"""Work that one thread has done sooner than two are started."""
_TASKS_A_THREAD = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """All that looking up with one radius needs."""

    plan: Plan
    bands: NDArray[np.uint64]
    masks: NDArray[np.uint32]


class PerceptualIndex:
    """Finds all hashes within a Hamming distance: every one, whatever the hashes and the radius.

    Hashes are uint8 arrays of shape (n, 32): PDQ's 256 bits in the order in which they are written as hexadecimal. An
    index never changes. Any number of processes may have the same file open; threads may share one opened index.
    """

    def __init__(self, tables: Tables, file: IndexFile | None = None) -> None:
        self._tables = tables
        self._file = file
        self._prepared: dict[int, _Prepared | None] = {}
        self._joins: dict[int, JoinPlan | None] = {}

    @classmethod
    def build(cls, hashes: NDArray[Any], path: str | Path) -> Self:
        """Build the index of `hashes` in a file at `path`, and open it.

        `hashes` may be mapped from a file. What was at `path` stays in use until the new file is whole and on the disk.
        Raise `NotHashes`, or `IndexNotBuilt` where the file cannot be written.
        """
        build_file(_words_of_few_enough(hashes), Path(path))
        return cls.open(path)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open the file of an index; it is read where it is touched. Raise `IndexRefused`, which says why not.

        A file of up to 128 MiB is checked whole. Of a larger one the header and the size are: `verify` checks the rest.
        """
        file = IndexFile(Path(path))
        return cls(mapped(file), file)

    @classmethod
    def in_memory(cls, hashes: NDArray[Any]) -> Self:
        """The index of `hashes` without a file. The array must not change any more. Raise `NotHashes`."""
        return cls(built_in_memory(_words_of_few_enough(hashes)))

    def __len__(self) -> int:
        """How many hashes it has."""
        return self._tables.layout.count

    @property
    def hashes(self) -> NDArray[np.uint8]:
        """The hashes, shape (n, 32), read-only; the number of an entry is its row."""
        return hashes_of(self._tables.words)

    @property
    def size_bytes(self) -> int:
        """Of its file, or of what would be one."""
        return self._tables.layout.size_bytes

    def verify(self) -> None:
        """Read all of the file; raise `DamagedIndex` where it is not what was written."""
        if self._file is not None:
            self._file.verify()

    def query(self, hashes: NDArray[Any], radius: SupportsIndex = RADIUS) -> Rows:
        """Every entry within `radius` of each of the `hashes`: shape (k, 3): query, entry, distance; sorted.

        `radius`: 0 to 256 bits. Raise `NotHashes`, `TooManyMatches` (more than 200 million rows), or `DamagedIndex`.
        """
        return self.search(hashes, radius).rows()

    def pairs(self, radius: SupportsIndex = RADIUS) -> Rows:
        """Every two entries within `radius` of each other, once, the lower number first; as `query`."""
        reach, words = as_radius(radius), self._tables.words
        if Packing.of(len(self)).most_queries < len(self):
            raise TooManyMatches(f"An index of {len(self):,} hashes is too large to be compared with itself at once.")
        plan = self._join_plan(reach)
        return (near_pairs_of_words(words, reach) if plan is None else joined_with_itself(words, plan)).rows()

    def search(self, hashes: NDArray[Any], radius: SupportsIndex = RADIUS) -> Search:
        """As `query`, for who wants what is found part by part, however much it is."""
        queries, reach = as_words(hashes), as_radius(radius)
        prepared = self._prepare(reach)
        tables = self._tables
        if prepared is None:
            return near_words(queries, tables.words, reach)
        cost_ns, packing = len(queries) * prepared.plan.cost_ns, Packing.of(len(self))
        if len(queries) >= _FEWEST_JOINED:
            join = self._join_plan(reach)
            if join is not None and join.cost_ns(len(queries), len(self)) < cost_ns:
                return joined(tables.words, queries, join)

        def find(first: int, last: int, place: NDArray[np.int64]) -> Found:
            return kernels.probe(  # type: ignore[no-any-return]
                queries,
                first,
                last,
                tables.words,
                tables.numbers,
                tables.numbers,
                prepared.bands,
                prepared.masks,
                reach,
                np.uint64(packing.shift),
                PART_ROWS,
                place,
            )

        small = cost_ns < _ALONE_NS
        tasks = tasks_of_queries(len(queries), packing, 1 if small else threads() * _TASKS_A_THREAD, find)
        return Search(tasks, packing, side_by_side=not small, repeats=True)

    def _join_plan(self, radius: int) -> JoinPlan | None:
        if radius not in self._joins:
            self._joins[radius] = join_plan(self._tables.words, radius)
        return self._joins[radius]

    def _prepare(self, radius: int) -> _Prepared | None:
        """How to look up with this radius; `None` where comparing with all costs less."""
        if radius not in self._prepared:
            layout = self._tables.layout
            plan = plan_for(radius, layout.bands, self._tables.crowds, layout.count)
            self._prepared[radius] = None if plan is None else self._prepared_for(plan)
        return self._prepared[radius]

    def _prepared_for(self, plan: Plan) -> _Prepared:
        layout = self._tables.layout
        rows, turned, begin = list[tuple[int, ...]](), list[NDArray[np.uint32]](), 0
        for number, (band, reach) in enumerate(zip(layout.bands, plan.radii, strict=True)):
            if reach >= 0:
                rows.append((band.start, band.width, layout.starts_at(number), layout.ids_at(number), begin))
                turned.append(masks(band.width, reach))
                begin += len(turned[-1])
        rows.append((0, 0, 0, 0, begin))
        return _Prepared(plan, frozen(np.asarray(rows, dtype=np.uint64)), frozen(np.concatenate(turned)))


def _words_of_few_enough(hashes: NDArray[Any]) -> Words:
    words = as_words(hashes)
    if len(words) > MOST:
        raise NotHashes(f"An index has at most {MOST:,} hashes, not {len(words):,}.")
    return words
