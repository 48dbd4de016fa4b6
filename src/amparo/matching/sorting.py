"""Digests in order, however many: columns on the disk, sorted a range at a time in bounded memory.

A digest is taken for a head, its first 8 bytes as a big-endian number, and a tail of the other bytes. Order is that of
the bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

HEAD_BYTES = 8
MOST_ROWS = 2_000_000
"""So many rows are sorted at once, unless more of them begin with the same two bytes."""
_BLOCK_ROWS = 1_000_000
_BUCKETS = 65_536

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
Numbers = NDArray[np.uint32]


class Column(Protocol):
    """Digests of one algorithm in the order of their source, with the entry of each."""

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    def blocks(self) -> Iterator[tuple[Bytes, Numbers]]:
        """All of them, a block at a time, from the beginning: shape (k, size of a digest), and shape (k,)."""
        ...


@dataclass(frozen=True, slots=True)
class FileColumn:
    """Digests in a file, one after the other, and their entries (`<u4`) in another."""

    digests: Path
    entries: Path
    size_bytes: int
    """Of a digest, at least 8."""
    rows: int

    def blocks(self) -> Iterator[tuple[Bytes, Numbers]]:
        """As `Column.blocks`."""
        with self.digests.open("rb") as digests, self.entries.open("rb") as entries:
            for start in range(0, self.rows, _BLOCK_ROWS):
                count = min(_BLOCK_ROWS, self.rows - start)
                block = np.fromfile(digests, dtype=np.uint8, count=count * self.size_bytes)
                yield block.reshape(count, self.size_bytes), np.fromfile(entries, dtype="<u4", count=count)


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """Digests in memory, shape (n, size), each the one of the entry with its number."""

    digests: Bytes

    @property
    def rows(self) -> int:
        """As `Column.rows`."""
        return len(self.digests)

    def blocks(self) -> Iterator[tuple[Bytes, Numbers]]:
        """As `Column.blocks`."""
        if self.rows:
            yield self.digests, np.arange(self.rows, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Run:
    """Rows in order; the next run goes on where this one ends."""

    heads: Words
    """Shape (n,)."""
    tails: Bytes
    """Shape (n, size - 8)."""
    entries: Numbers
    """Shape (n,). Where digests are equal, in ascending order."""


def heads_of(digests: Bytes) -> Words:
    """The first 8 bytes of each row as a number; `digests` has shape (n, 8 or more)."""
    first = np.ascontiguousarray(digests[:, :HEAD_BYTES])
    return first.view(">u8").reshape(len(digests)).astype(np.uint64)


def sorted_runs(column: Column, most_rows: int = MOST_ROWS) -> Iterator[Run]:
    """The rows of a column, in order, in runs of about `most_rows`. The column is read once for each run."""
    for low, high in _ranges(column, most_rows):
        heads, tails, entries = [], [], []
        for block, numbers in column.blocks():
            prefixes = _prefixes(block)
            chosen = (prefixes >= low) & (prefixes < high)
            kept = block[chosen]
            heads.append(heads_of(kept))
            tails.append(kept[:, HEAD_BYTES:])
            entries.append(numbers[chosen])
        yield _in_order(np.concatenate(heads), np.concatenate(tails), np.concatenate(entries))


def _in_order(heads: Words, tails: Bytes, entries: Numbers) -> Run:
    order = np.argsort(heads, kind="stable")
    heads, tails, entries = heads[order], tails[order], entries[order]
    equal = np.flatnonzero(heads[1:] == heads[:-1])
    if len(equal):
        # Equal heads are copies of a digest, or a source made to be slow: order them by their tails all the same.
        member = np.zeros(len(heads), dtype=bool)
        member[equal] = member[equal + 1] = True
        places = np.flatnonzero(member)
        keys = [entries[places], *(tails[places, byte] for byte in reversed(range(tails.shape[1]))), heads[places]]
        moved = places[np.lexsort(keys)]
        tails[places], entries[places] = tails[moved], entries[moved]
    return Run(heads, tails, entries)


def _ranges(column: Column, most_rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of the first two bytes that hold at most `most_rows` rows each, where that is possible."""
    counts = np.zeros(_BUCKETS, dtype=np.int64)
    for block, _ in column.blocks():
        counts += np.bincount(_prefixes(block), minlength=_BUCKETS)
    low, held = 0, 0
    for bucket, count in enumerate(counts.tolist()):
        if held and held + count > most_rows:
            yield low, bucket
            low, held = bucket, 0
        held += count
    if held:
        yield low, _BUCKETS


def _prefixes(block: Bytes) -> NDArray[Any]:
    return (block[:, 0].astype(np.uint32) << 8) | block[:, 1]
