"""The parts of a volume that nothing uses: as runs of bytes, whatever file system keeps them."""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Stream
from amparo.evidence.streams import Nameless

Runs = NDArray[np.int64]
MOST_RUNS = 20_000_000
"""More parts are not kept: no file system in use is as fragmented."""


class FreeSpace:
    """Runs of free bytes, in order, apart from each other: `starts` and `ends`, shape (n,), in bytes."""

    def __init__(self, starts: Runs, ends: Runs, end_byte: int = 0) -> None:
        self.starts = starts
        self.ends = ends
        self.end_byte = end_byte
        """Where the map ends that says so; 0 where there is none."""
        self._before = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - starts)])
        self.size_bytes = int(self._before[-1])

    def within(self, starts: Runs, ends: Runs) -> Runs:
        """How many bytes of each of these runs are free; shape (k,)."""
        return self._up_to(ends) - self._up_to(starts)

    def used_in(self, starts: Sequence[int], lengths: Sequence[int]) -> int:
        """How many bytes of these runs, which may be few, are in use."""
        first, sizes = np.array(starts, np.int64), np.array(lengths, np.int64)
        return int((sizes - self.within(first, first + sizes)).sum())

    def _up_to(self, places: Runs) -> Runs:
        """How many bytes before each place are free."""
        run = np.searchsorted(self.starts, places, side="right")
        reached = np.minimum(places, self.ends[run - 1]) - self.starts[run - 1] if len(self.starts) else places * 0
        return self._before[np.maximum(run - 1, 0)] + np.where(run > 0, reached, 0)

    def clipped(self, size_bytes: int) -> "FreeSpace":
        """What of it lies in the first `size_bytes` bytes."""
        kept = self.starts < size_bytes
        return FreeSpace(self.starts[kept], np.minimum(self.ends[kept], size_bytes), self.end_byte)

    def and_from(self, start: int, end: int) -> "FreeSpace":
        """With the bytes from `start` to `end` too, which follow all others."""
        if start >= end:
            return self
        if len(self.ends) and self.ends[-1] == start:
            return FreeSpace(self.starts, np.concatenate([self.ends[:-1], np.array([end])]))
        return FreeSpace(np.append(self.starts, start), np.append(self.ends, end))


NOTHING = FreeSpace(np.empty(0, np.int64), np.empty(0, np.int64))


def free_in(
    parts: Iterable[bytes], units: int, unit_bytes: int, first_byte: int, *, order: Literal["little", "big"] = "little"
) -> FreeSpace:
    """The free units of a bitmap that comes in `parts`, one bit a unit, set where it is in use.

    `order` is that of the bits in a byte. Raise `Unreadable` where the bitmap is short of `units` bits.
    """
    starts: list[Runs] = []
    ends: list[Runs] = []
    place, last, runs = 0, 1, 0
    for part in parts:
        bits = np.unpackbits(np.frombuffer(part, np.uint8), bitorder=order)[: units - place]
        changes = np.flatnonzero(np.diff(bits, prepend=np.uint8(last)))
        turned = bits[changes] == 0
        starts.append(changes[turned] + place)
        ends.append(changes[~turned] + place)
        runs += len(changes)
        if runs > 2 * MOST_RUNS:
            raise LimitReached(f"Its free space lies in more than {MOST_RUNS} parts.")
        last = int(bits[-1]) if len(bits) else last
        place += len(bits)
        if place >= units:
            break
    if place < units:
        raise Unreadable(f"The map of its free space ends after {place} of {units} units.")
    if last == 0:
        ends.append(np.array([units]))
    end_byte = first_byte + units * unit_bytes
    return FreeSpace(_bytes(starts, unit_bytes, first_byte), _bytes(ends, unit_bytes, first_byte), end_byte)


def _bytes(units: list[Runs], unit_bytes: int, first_byte: int) -> Runs:
    found = np.concatenate(units) if units else np.empty(0, np.int64)
    return found.astype(np.int64) * unit_bytes + first_byte


def union(starts: Runs, lengths: Runs) -> tuple[Runs, Runs]:
    """Runs in any order, over each other or not, as runs in order and apart: (starts, ends)."""
    kept = lengths > 0
    starts, ends = starts[kept], starts[kept] + lengths[kept]
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    if not len(starts):
        return starts, ends
    first = np.concatenate([np.ones(1, bool), starts[1:] > ends[:-1]])
    return starts[first], ends[np.append(np.flatnonzero(first)[1:] - 1, len(ends) - 1)]


def whole_part(volume: Stream, offset: int, length: int) -> bytes:
    """A part of a map; raise `Unreadable` where the volume ends before it does."""
    content = volume.read_at(offset, length) if 0 <= offset < volume.size_bytes else b""
    if len(content) != length:
        raise Unreadable(f"The map of its free space should be at byte {offset}, and the volume ends before.")
    return content


class FreeStream(Nameless):
    """The free parts of a volume, one after the other. Reading raises `Unreadable` where the medium ends before."""

    def __init__(self, volume: Stream, free: FreeSpace) -> None:
        self._volume = volume
        self._free = free
        self._places = np.concatenate([np.zeros(1, np.int64), np.cumsum(free.ends - free.starts)])
        self.size_bytes = free.size_bytes

    def place_of(self, offset: int) -> int:
        """Where in the volume the byte at `offset` lies."""
        run = int(np.searchsorted(self._places, offset, side="right")) - 1
        return int(self._free.starts[run]) + offset - int(self._places[run])

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        parts = []
        while offset < end:
            run = int(np.searchsorted(self._places, offset, side="right")) - 1
            part_bytes = min(end, int(self._places[run + 1])) - offset
            start = int(self._free.starts[run]) + offset - int(self._places[run])
            part = self._volume.read_at(start, part_bytes)
            if len(part) != part_bytes:
                raise Unreadable(f"The medium ends at byte {start + len(part)} of the volume.")
            parts.append(part)
            offset += part_bytes
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Nothing to give up."""
