"""Raw images in several files (`disk.000`, `disk.001` …), read as one."""

import re
from bisect import bisect_right

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.evidence.siblings import Siblings
from amparo.evidence.streams import Nameless

GAP = 16
"""Segments that may be missing in a row before the image is taken to end."""
SEGMENTS = 100_000

_FIRST = re.compile(r"(.+\.)(0{1,5}[01]|[aA]{2,5})", re.DOTALL)


def joined(stream: Stream) -> Stream:
    """The whole raw image of which `stream` is the first segment; `stream` itself where it has no fellows.

    Call it on a stream whose content is that of a medium (a partition table or a file system recognises its head)
    before opening it as such: formats see bytes and no names. First segments are named like `disk.000`, `disk.001`,
    `disk.dd.00001`, `disk.aa` or `disk.aaa`, with as many figures or letters as there are; the following count on.

    A segment that is missing between others is taken to be as long as the first, as tools make them; reading there
    raises an `Unreadable` that names it, and the rest is readable. Closing what is returned closes `stream` too.
    """
    parts = _FIRST.fullmatch(stream.name)
    if parts is None:
        return stream
    stem, first = parts.groups()
    siblings = Siblings(stream, lambda number: _name(stem, first, number))
    sizes: list[int | None] = [stream.size_bytes]
    gap = 0
    while gap <= GAP and len(sizes) < SEGMENTS:
        part = siblings.find(len(sizes))
        sizes.append(part.size_bytes if part else None)
        gap = 0 if part else gap + 1
    del sizes[len(sizes) - gap :]
    return stream if len(sizes) == 1 else _JoinedStream(stream, siblings, sizes)


def _name(stem: str, first: str, number: int) -> str:
    if first[-1] in "01":
        return f"{stem}{int(first) + number:0{len(first)}}"
    letters = ""
    for _ in first:
        number, letter = divmod(number, 26)
        letters = chr(ord(first[0]) + letter) + letters
    return "" if number else stem + letters


class _JoinedStream(Nameless):
    """The segments one after the other. A size of `None` stands for a segment that is missing."""

    def __init__(self, first: Stream, siblings: Siblings, sizes: list[int | None]) -> None:
        self._first = first
        self._siblings = siblings
        self._missing = {number for number, size in enumerate(sizes) if size is None}
        self._starts = [0]
        for size in sizes:
            self._starts.append(self._starts[-1] + (first.size_bytes if size is None else size))
        self.size_bytes = self._starts[-1]

    def read_at(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size_bytes)
        parts = []
        while offset < end:
            number = bisect_right(self._starts, offset) - 1
            if number in self._missing:
                name = self._siblings.name(number)
                raise Unreadable(f"Segment {name} of the raw image is missing (from byte {self._starts[number]}).")
            inside = offset - self._starts[number]
            wanted = min(end, self._starts[number + 1]) - offset
            part = self._siblings[number].read_at(inside, wanted)
            if len(part) < wanted:
                raise Unreadable(f"Segment {self._siblings.name(number)} of the raw image became shorter.")
            parts.append(part)
            offset += wanted
        return b"".join(parts)

    def close(self) -> None:
        self._siblings.close()
        self._first.close()
