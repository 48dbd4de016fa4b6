"""Zip archives in several parts: `x.z01`, `x.z02` …, and last `x.zip`, which has the directory."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Stream
from amparo.evidence.siblings import Siblings
from amparo.evidence.streams import Nameless
from amparo.evidence.zip_directory import SPLIT, find_ends

FIRST_PART = re.compile(r".+\.[zZ]01", re.DOTALL)
_LAST_PART = re.compile(r"(.+\.)([zZ])[iI][pP]", re.DOTALL)
_MOST_PARTS = 10_000


def parts_at_end(tail: bytes) -> bool:
    """Whether what ends with `tail` is the last of several parts, by the end of its directory without a comment."""
    end = tail[-22:]
    return (
        end.startswith(b"PK\x05\x06") and end[20:] == b"\0\0" and 0 < int.from_bytes(end[4:6], "little") < _MOST_PARTS
    )


def assembled(stream: Stream) -> "tuple[Stream, Sequence[int]]":
    """All the parts of which `stream` is the last, and where each begins; where it is alone, itself and nothing.

    A part that is missing is taken to be as long as the first; reading there says so. Raise `Unreadable`.
    """
    end = next(find_ends(stream), None)
    if end is None or not end.disk:
        return stream, ()
    name = _LAST_PART.fullmatch(stream.name)
    if name is None:
        raise Unreadable(SPLIT)
    if end.disk > _MOST_PARTS:
        raise LimitReached(f"It has {end.disk} parts; the limit is {_MOST_PARTS}.")
    stem, letter = name.groups()
    parts = Siblings(stream, lambda number: f"{stem}{letter}{number:02}")
    try:
        sizes = [part.size_bytes if (part := parts.find(number)) else None for number in range(1, end.disk + 1)]
        if sizes.count(None) == len(sizes):
            raise Unreadable(SPLIT)
    except BaseException:
        parts.close()
        raise
    joined = Parts(stream, parts, sizes)
    return joined, joined.starts[:-1]


class Parts(Nameless):
    """The parts one after the other. A size of `None` stands for a part that is missing."""

    def __init__(self, last: Stream, parts: Siblings, sizes: list[int | None]) -> None:
        self._parts = parts
        self._missing = {number for number, size in enumerate(sizes) if size is None}
        usual = max(size for size in sizes if size is not None)
        self.starts = [0]
        for size in [*sizes, last.size_bytes]:
            self.starts.append(self.starts[-1] + (usual if size is None else size))
        self._last = len(sizes)
        self.size_bytes = self.starts[-1]

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        found = []
        while offset < end:
            position = bisect_right(self.starts, offset) - 1
            # The last part is the one that was opened: the siblings count it as the first.
            number = 0 if position == self._last else position + 1
            if position in self._missing:
                raise Unreadable(f"Part {self._parts.name(number)} of the split zip archive is missing.")
            wanted = min(end, self.starts[position + 1]) - offset
            part = self._parts[number].read_at(offset - self.starts[position], wanted)
            if len(part) < wanted:
                raise Unreadable(f"Part {self._parts.name(number)} of the split zip archive became shorter.")
            found.append(part)
            offset += wanted
        return b"".join(found)

    def close(self) -> None:
        """Close the parts, but for the one that was opened."""
        self._parts.close()
