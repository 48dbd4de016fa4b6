"""Where a file ends of which only the beginning is known: what carving, and looking behind ends, stand on.

One function a format walks the file's own structure from its first byte. It reads what it must to be sure, steps over
the rest, and allocates nothing by a number that it finds there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream

_BLOCK_BYTES = 128 * 1024
_PAGE_BYTES, _SECTOR_BYTES = 4096, 512


@dataclass(frozen=True, slots=True)
class FileExtent:
    """A file that begins at a known place."""

    end: int
    """Where the next byte is no longer of it."""
    extension: str
    """Of its format: `jpg`."""
    whole: bool = True
    """Whether its structure was followed to its end; otherwise `end` is where the bytes stop being of that format."""


class Reader:
    """Bytes of a stream at any place, a block kept; what cannot be read is as if the stream ended there."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._block = b""
        self._start = 0
        self.size_bytes = stream.size_bytes

    def at(self, place: int, length: int) -> bytes:
        """The bytes from `place`; fewer than `length`, or none, at the end and where they cannot be had."""
        skip = place - self._start
        if skip >= 0 and skip + length <= len(self._block):
            return self._block[skip : skip + length]
        if place >= self.size_bytes:
            return b""
        try:
            self._block = self._stream.read_at(place, max(length, _BLOCK_BYTES))
        except Unreadable:
            self._block = self._readable(place, length)
        self._start = place
        return self._block[:length]

    def _readable(self, place: int, length: int) -> bytes:
        """The bytes from `place` up to the first sector that cannot be read."""
        parts = list[bytes]()
        end = place + length
        while place < end:
            try:
                part = self._stream.read_at(place, min(end, place - place % _PAGE_BYTES + _PAGE_BYTES) - place)
            except Unreadable:
                return b"".join(parts) + self._sectors(place)
            if not part:
                break
            parts.append(part)
            place += len(part)
        return b"".join(parts)

    def _sectors(self, place: int) -> bytes:
        """The same in a page of which some sector cannot be read."""
        parts = list[bytes]()
        for _ in range(_PAGE_BYTES // _SECTOR_BYTES):
            try:
                parts.append(self._stream.read_at(place, _SECTOR_BYTES - place % _SECTOR_BYTES))
            except Unreadable:
                break
            place += len(parts[-1])
        return b"".join(parts)

    def number(self, place: int, length: int, order: str = "big") -> int:
        """The unsigned number there; -1 where there are not so many bytes."""
        raw = self.at(place, length)
        return int.from_bytes(raw, "little" if order == "little" else "big") if len(raw) == length else -1


Walk = Callable[[Reader, int], FileExtent | None]
"""The file that begins at a place, or `None` where there is none of this format, which is told at little cost."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How the files of a format begin."""

    mark: bytes
    walk: Walk
    place: int = 0
    """Where in the file the mark stands."""
    anywhere: bool = False
    """Whether it is looked for at every byte of large spaces, and not just where sectors begin."""


def at_a_border(end: int, reader: Reader, extension: str) -> FileExtent:
    """A file that goes on as far as `end`, which may lie beyond all the bytes that there are: it is cut short then."""
    return FileExtent(min(end, reader.size_bytes), extension, end <= reader.size_bytes)
