"""A board that a worker writes and the main process reads, even after the worker died: what it is doing, since when."""

import mmap
import struct
import tempfile
import time
from dataclasses import dataclass
from typing import BinaryIO

_ENTRY = struct.Struct("<qqqqQ")
"""Since, batch, item, stage, size. The time comes first, so that of a half-written entry the time is the newer part."""

_MOST_BYTES = 2**64 - 1

STARTING = -2
IDLE = -1
READING = 0
DECODING = 1
ANALYSING = 2
"""Stages: `ANALYSING + n` is the n-th analyzer of the plan."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What a worker is doing."""

    batch: int
    """Number of the batch, as the main process gave it."""
    item: int
    """Position of the item in the batch."""
    stage: int
    size_bytes: int
    """Of the item, as its container says; 0 where that is not known, and at most 2^64 - 1."""
    since_s: float
    """On the clock of `time.monotonic`, which all processes of a machine share."""


class Board:
    """One entry, in memory that two processes share by a file descriptor."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._memory = mmap.mmap(file.fileno(), _ENTRY.size)

    @classmethod
    def new(cls) -> "Board":
        """A board with nothing on it."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the board
        file.truncate(_ENTRY.size)
        board = cls(file)
        board.write(0, 0, STARTING)
        return board

    def write(self, batch: int, item: int, stage: int, size_bytes: int = 0) -> None:
        """Note what is begun now."""
        # In one copy: `pack_into` clears the entry and fills it value by value, and a reader would see a time of 0.
        self._memory[:] = _ENTRY.pack(time.monotonic_ns(), batch, item, stage, min(size_bytes, _MOST_BYTES))

    def stage(self, stage: int) -> int:
        """Note that the same item is now at `stage`; return the stage before."""
        _, batch, item, before, size_bytes = _ENTRY.unpack_from(self._memory)
        self.write(batch, item, stage, size_bytes)
        return int(before)

    def read(self) -> Activity:
        """What was noted last."""
        entry = self._memory[:]
        while entry != (entry := self._memory[:]):  # it was written just now
            pass
        since, batch, item, stage, size_bytes = _ENTRY.unpack(entry)
        return Activity(batch, item, stage, size_bytes, since / 1e9)

    def close(self) -> None:
        """Give up the memory."""
        self._memory.close()
        self.file.close()
