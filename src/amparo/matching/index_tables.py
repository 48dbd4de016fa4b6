"""The tables of an index, in memory or mapped from a file, and how they are built."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amparo.matching import kernels
from amparo.matching.bands import Band, bands_for
from amparo.matching.hash_rows import HASH_BYTES, Words, frozen
from amparo.matching.index_file import IndexFile, Layout, new_index_file
from amparo.matching.packed_rows import threads

_FINE_BITS = 12
"""Values of a part that is sorted at a time: their counters fit the first cache of a processor."""


_MOST_BYTES = 4 * 1024**3
"""So much memory bands take that are sorted at the same time, unless one alone takes more."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What an index consists of."""

    layout: Layout
    words: Words
    numbers: NDArray[np.uint32]
    """All of the file in steps of 4 bytes; starts and entries of the bands lie where the layout says."""
    crowds: tuple[float, ...]
    """For each band, how many entries share the value of one of them, on average over the entries."""

    def starts(self, band: int) -> NDArray[np.uint32]:
        """Of a band: where each of its values starts among its entries, and at last their number."""
        at = self.layout.starts_at(band)
        return frozen(self.numbers[at : at + self.layout.bands[band].values + 1])

    def ids(self, band: int) -> NDArray[np.uint32]:
        """Of a band: the entries, sorted by their value in it."""
        at = self.layout.ids_at(band)
        return frozen(self.numbers[at : at + self.layout.count])


def build_file(words: Words, path: Path) -> None:
    """Write the index of these hashes at `path`, in place of what is there. Raise `IndexNotBuilt`.

    Beside the hashes, which may be mapped from a file, it needs memory for as many bands as there are processor cores,
    but no more than 4 GiB while one band takes less: 12 bytes a hash, and 4 for each of its values.
    """
    layout = Layout.of(len(words), bands_for(len(words)))
    largest = 12 * len(words) + 4 * max((band.values for band in layout.bands), default=0)
    at_once = max(1, min(threads(), _MOST_BYTES // max(largest, 1)))
    with (
        new_index_file(path, layout) as writer,
        ThreadPoolExecutor(1) as flushing,
        ThreadPoolExecutor(at_once) as pool,
    ):
        flushed: list[Future[None]] = []

        def band(number: int) -> int:
            squares, starts, ids = _sorted(words, layout.bands[number])
            writer.write(1 + 2 * number, starts)
            writer.write(2 + 2 * number, ids)
            flushed.append(flushing.submit(writer.flush))  # the disk works while the next band is sorted
            return squares

        sorting = [pool.submit(band, number) for number in range(len(layout.bands))]
        try:
            writer.write(0, words)
            squares = [task.result() for task in sorting]
        finally:
            for task in sorting:
                task.cancel()
        for done in flushed:
            done.result()
        writer.seal(squares)


def built_in_memory(words: Words) -> Tables:
    """The same tables without a file; the hashes are copied only where a row of them lies across two cache lines."""
    layout = Layout.of(len(words), bands_for(len(words)))
    if words.ctypes.data % HASH_BYTES:
        words = _aligned(words)
    numbers = np.empty(layout.size_bytes // 4, dtype=np.uint32)
    numbers[-kernels.PADDING :] = 0

    def band(number: int) -> int:
        starts, ids = layout.starts_at(number), layout.ids_at(number)
        cut = layout.bands[number]
        return _sort(words, cut, numbers[starts : starts + cut.values + 1], numbers[ids : ids + len(words)])

    with ThreadPoolExecutor(threads()) as pool:
        squares = list(pool.map(band, range(len(layout.bands))))
    return Tables(layout, words, frozen(numbers), _crowds(squares, len(words)))


def mapped(file: IndexFile) -> Tables:
    """The tables of an opened file, read from the disk where they are touched."""
    layout = file.layout
    words = np.frombuffer(file.bytes, dtype=np.uint64, count=layout.count * 4, offset=layout.parts[0]).reshape(-1, 4)
    numbers = np.frombuffer(file.bytes, dtype=np.uint32)
    return Tables(layout, words, numbers, _crowds(file.squares, layout.count))


def _aligned(words: Words) -> Words:
    """A copy of which each row lies in one cache line: a query waits for nothing but these."""
    room = np.empty(words.nbytes + HASH_BYTES, dtype=np.uint8)
    begin = -room.ctypes.data % HASH_BYTES
    copy = room[begin : begin + words.nbytes].view(np.uint64).reshape(-1, 4)
    copy[:] = words
    return frozen(copy)


def hashes_of(words: Words) -> NDArray[np.uint8]:
    """As rows of bytes, shape (n, 32), read-only."""
    return words.view(np.uint8).reshape(-1, HASH_BYTES)


def _sorted(words: Words, band: Band) -> tuple[int, NDArray[np.uint32], NDArray[np.uint32]]:
    starts, ids = np.empty(band.values + 1, dtype=np.uint32), np.empty(len(words), dtype=np.uint32)
    return _sort(words, band, starts, ids), starts, ids


def _sort(words: Words, band: Band, starts: NDArray[np.uint32], ids: NDArray[np.uint32]) -> int:
    fine = min(band.width, _FINE_BITS)
    return int(kernels.sort_band(words, np.uint64(band.start), np.uint64(band.width), np.uint64(fine), starts, ids))


def _crowds(squares: Sequence[int], count: int) -> tuple[float, ...]:
    return tuple(number / max(count, 1) for number in squares)
