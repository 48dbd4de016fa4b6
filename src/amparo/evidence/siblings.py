"""The segments of one image, of which only some are kept open at a time."""

from collections import OrderedDict
from collections.abc import Callable

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import escape

OPEN = 32
"""Images of a thousand segments are usual, and a process may have only so many files open."""


class Siblings:
    """The first segment and those beside it, numbered from 0, opened when they are asked for."""

    def __init__(self, first: Stream, name_of: Callable[[int], str]) -> None:
        self._first = first
        self._name_of = name_of
        self._open: OrderedDict[int, Stream] = OrderedDict()

    def name(self, number: int) -> str:
        """How the segment is called, in its written form; `segment N` (from 1) where no rule says."""
        name = self._first.name if number == 0 else self._name_of(number)
        return escape(name) or f"segment {number + 1}"

    def find(self, number: int) -> Stream | None:
        """The segment, or `None` where there is none; it stays open until others push it out, or `close`."""
        if number == 0:
            return self._first
        stream = self._open.get(number)
        if stream is not None:
            self._open.move_to_end(number)
            return stream
        name = self._name_of(number)
        stream = self._first.sibling(name) if name else None
        if stream is not None:
            self._open[number] = stream
            if len(self._open) > OPEN:
                self._open.popitem(last=False)[1].close()
        return stream

    def __getitem__(self, number: int) -> Stream:
        """The segment; raise `Unreadable` where there is none."""
        stream = self.find(number)
        if stream is None:
            raise Unreadable(f"Segment {self.name(number)} is missing.")
        return stream

    def close(self) -> None:
        """Close the segments that are open, but for the first."""
        while self._open:
            self._open.popitem()[1].close()
