"""The exact index: which entries have this digest, for SHA-256, SHA-1 and MD5, at memory speed.

For each algorithm the digests stand in order, split into heads (the first 8 bytes as a number) and tails, beside the
entry of each. A table over the first bits of the head says where to begin, so that a look-up touches a few neighbouring
numbers: for many at once that is a handful of NumPy operations. The file is mapped into memory, never changed, and
shared by all processes that open it; opening reads its header only.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amparo.domain.digest import Algorithm
from amparo.matching.sealed_file import FileRefused, SealedFile, Section, Writer, new_sealed_file
from amparo.matching.sorting import HEAD_BYTES, ArrayColumn, Bytes, Column, Numbers, Words, heads_of, sorted_runs

KIND = "exact"
VERSION = 1
MOST_ENTRIES = 2**32 - 1
_LARGEST_TABLE_BITS = 24
_CHECKED_ROWS = 1_000_000

Placed = Callable[[Algorithm, int, Numbers], None]
"""Told of each stretch of an index while it is written: the position of its first digest, and the entries there."""


class ExactIndex:
    """An opened index. Entries are numbers; what they stand for is kept elsewhere (`entry_table`)."""

    def __init__(self, file: SealedFile) -> None:
        self._file = file
        self._heads: dict[Algorithm, Words] = {}
        self._tails: dict[Algorithm, Bytes] = {}
        self._entries: dict[Algorithm, Numbers] = {}
        self._table: dict[Algorithm, NDArray[Any]] = {}
        for algorithm in Algorithm:
            self._heads[algorithm] = file.array(f"{algorithm}.heads", "<u8")
            self._tails[algorithm] = file.array(f"{algorithm}.tails", "|u1", algorithm.size_bytes - HEAD_BYTES)
            self._entries[algorithm] = file.array(f"{algorithm}.entries", "<u4")
            self._table[algorithm] = file.array(f"{algorithm}.table", "<u4")
            rows = len(self._heads[algorithm])
            if (len(self._tails[algorithm]), len(self._entries[algorithm])) != (rows, rows) or len(
                self._table[algorithm]
            ) != 2 ** _table_bits(rows) + 1:
                raise FileRefused(f"{file.path} is damaged: its parts do not belong together.")

    @classmethod
    def build(cls, digests: Mapping[Algorithm, Bytes], path: Path) -> Self:
        """Write an index of digests in memory to `path`, and open it.

        Each array has shape (n, size of a digest); the entry of a digest is the number of its row.
        """
        build(path, {algorithm: ArrayColumn(rows) for algorithm, rows in digests.items()})
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an index; raise `FileRefused`, which names the reason."""
        return cls(SealedFile(path, KIND, VERSION))

    def count(self, algorithm: Algorithm) -> int:
        """How many digests there are, copies included."""
        return len(self._heads[algorithm])

    def digests(self, algorithm: Algorithm, start: int = 0, stop: int | None = None) -> Bytes:
        """The digests at positions `start` to `stop`, in order: shape (n, size)."""
        return self.at(algorithm, np.arange(self.count(algorithm))[start:stop])

    def at(self, algorithm: Algorithm, positions: NDArray[Any]) -> Bytes:
        """The digests at `positions`, shape (n,): shape (n, size)."""
        heads = self._heads[algorithm][positions].astype(">u8").view(np.uint8).reshape(len(positions), HEAD_BYTES)
        return np.concatenate([heads, self._tails[algorithm][positions]], axis=1)

    def entries(self, algorithm: Algorithm, start: int = 0, stop: int | None = None) -> Numbers:
        """The entries of the digests at positions `start` to `stop`."""
        return self._entries[algorithm][start:stop]

    def look_up(self, algorithm: Algorithm, digests: Bytes) -> NDArray[np.int64]:
        """Each pair of a query and an entry that has its digest: shape (k, 2), ordered by query, then entry.

        `digests` has shape (n, size of a digest), uint8; queries are numbered from 0.
        """
        if digests.dtype != np.uint8 or digests.ndim != 2 or digests.shape[1] != algorithm.size_bytes:
            raise ValueError(f"digests of {algorithm} have the shape (n, {algorithm.size_bytes}) and are uint8")
        heads, wanted = self._heads[algorithm], heads_of(digests)
        if not len(heads) or not len(wanted):
            return np.empty((0, 2), dtype=np.int64)
        # In order, neighbours read the same memory.
        order = np.argsort(wanted)
        wanted = wanted[order]
        bucket = (wanted >> np.uint64(64 - _table_bits(len(heads)))).astype(np.int64)
        # A damaged table must not lead out of the file.
        low = np.minimum(self._table[algorithm][bucket].astype(np.int64), len(heads))
        high = np.minimum(self._table[algorithm][bucket + 1].astype(np.int64), len(heads))
        first = _first(heads, wanted, low, high, below=np.less)
        found = (first < high) & (heads[np.minimum(first, len(heads) - 1)] == wanted)
        order, wanted, first, high = order[found], wanted[found], first[found], high[found]
        last = _first(heads, wanted, first, high, below=np.less_equal)
        counts = last - first
        queries = np.repeat(order, counts)
        starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(counts) else counts
        positions = starts + np.arange(len(starts))
        same = (self._tails[algorithm][positions] == digests[queries, HEAD_BYTES:]).all(axis=1)
        pairs = np.stack([queries[same], self._entries[algorithm][positions[same]].astype(np.int64)], axis=1)
        return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]

    def verify(self) -> None:
        """Read all; raise `FileRefused` where it is not what was written, or not in order."""
        self._file.verify()
        for algorithm in Algorithm:
            heads, tails = self._heads[algorithm], self._tails[algorithm]
            for start in range(0, len(heads), _CHECKED_ROWS):
                part = heads[start : start + _CHECKED_ROWS + 1]
                equal = np.flatnonzero(part[1:] == part[:-1]) + start
                if (part[1:] < part[:-1]).any() or any(
                    tails[place].tobytes() > tails[place + 1].tobytes() for place in equal.tolist()
                ):
                    raise FileRefused(f"{self._file.path} is damaged: its digests are not in order.")
            expected = np.searchsorted(heads, _table_starts(_table_bits(len(heads))))
            if not np.array_equal(self._table[algorithm], [*expected.tolist(), len(heads)]):
                raise FileRefused(f"{self._file.path} is damaged: its table does not lead to its digests.")


def build(path: Path, columns: Mapping[Algorithm, Column], placed: Placed | None = None) -> Mapping[Algorithm, int]:
    """Write the index of `columns` to `path`, in memory that does not grow with them.

    Returns for each algorithm the number of digests that an earlier entry has too. Where writing fails, what was at
    `path` stays.
    """
    sections = []
    for algorithm in Algorithm:
        rows = columns[algorithm].rows if algorithm in columns else 0
        sections += [
            Section(f"{algorithm}.heads", "<u8", (rows,)),
            Section(f"{algorithm}.tails", "|u1", (rows, algorithm.size_bytes - HEAD_BYTES)),
            Section(f"{algorithm}.entries", "<u4", (rows,)),
            Section(f"{algorithm}.table", "<u4", (2 ** _table_bits(rows) + 1,)),
        ]
    with new_sealed_file(path, KIND, VERSION, {}, sections) as writer:
        return {
            algorithm: _write(writer, algorithm, columns.get(algorithm, _NOTHING), placed) for algorithm in Algorithm
        }


_NOTHING = ArrayColumn(np.empty((0, HEAD_BYTES), dtype=np.uint8))


def _write(writer: Writer, algorithm: Algorithm, column: Column, placed: Placed | None) -> int:
    bits = _table_bits(column.rows)
    counts = np.zeros(2**bits, dtype=np.uint32)
    position = repeated = 0
    before = b""
    for run in sorted_runs(column):
        writer.append(f"{algorithm}.heads", run.heads.astype("<u8"))
        writer.append(f"{algorithm}.tails", run.tails)
        writer.append(f"{algorithm}.entries", run.entries.astype("<u4"))
        buckets = (run.heads >> np.uint64(64 - bits)).astype(np.int64)
        start = int(buckets[0])
        within = np.bincount(buckets - start)
        counts[start : start + len(within)] += within.astype(np.uint32)
        equal = run.heads[1:] == run.heads[:-1]
        repeated += int((run.tails[1:][equal] == run.tails[:-1][equal]).all(axis=1).sum())
        first = run.heads[0].tobytes() + run.tails[0].tobytes()
        repeated += first == before
        before = run.heads[-1].tobytes() + run.tails[-1].tobytes()
        if placed is not None:
            placed(algorithm, position, run.entries)
        position += len(run.heads)
    writer.append(f"{algorithm}.table", np.concatenate([[0], np.cumsum(counts, dtype=np.uint64)]).astype("<u4"))
    return repeated


def _first(
    heads: Words, wanted: Words, low: NDArray[np.int64], high: NDArray[np.int64], *, below: Callable[..., Any]
) -> NDArray[np.int64]:
    """For each wanted head the first place from `low` to `high` whose head is not `below` it."""
    low, high = low.copy(), high.copy()
    open_ = np.flatnonzero(low < high)
    while len(open_):
        middle = (low[open_] + high[open_]) >> 1
        less = below(heads[middle], wanted[open_])
        low[open_[less]] = middle[less] + 1
        high[open_[~less]] = middle[~less]
        open_ = open_[low[open_] < high[open_]]
    return low


def _table_bits(rows: int) -> int:
    """Bits of the head by which the table is read: some eight digests for each of its numbers."""
    return min(max(rows.bit_length() - 3, 1), _LARGEST_TABLE_BITS)


def _table_starts(bits: int) -> Words:
    return np.arange(2**bits, dtype=np.uint64) << np.uint64(64 - bits)
