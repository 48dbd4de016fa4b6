"""Streams that every container needs: over memory, over a part of another stream, forward only; and a file over any."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Nameless:
    """What a stream says of its place that does not know it; `chain` knows, and says it instead."""

    name = ""

    def sibling(self, name: str) -> Stream | None:
        """Nothing lies beside it, as far as it knows."""
        return None


class MemoryStream(Nameless):
    """A stream over bytes that are in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size_bytes = len(content)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        return self._content[offset : offset + length]

    def close(self) -> None:
        """Nothing to give up."""


class OverFile(Nameless):
    """A stream over an open file, which stays open when this one is closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size_bytes = file.seek(0, io.SEEK_END)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        self._file.seek(offset)
        return self._file.read(length)

    def close(self) -> None:
        """Nothing to give up."""


class PartStream(Nameless):
    """The `size_bytes` bytes from `start` of another stream, which stays open when this one is closed."""

    def __init__(self, stream: Stream, start: int, size_bytes: int) -> None:
        if start < 0 or size_bytes < 0 or start + size_bytes > stream.size_bytes:
            raise Unreadable(
                f"It lies at bytes {start} to {start + size_bytes} of its container, which has only"
                f" {stream.size_bytes}: the container is cut short or damaged."
            )
        self._stream = stream
        self._start = start
        self.size_bytes = size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        length = min(length, self.size_bytes - offset)
        return self._stream.read_at(self._start + offset, length) if length > 0 else b""

    def close(self) -> None:
        """Nothing to give up."""


class ForwardStream(Nameless):
    """A stream whose bytes can only be had from the start on, such as what a decompressor gives.

    `parts` begins again at each call and yields the bytes in order, in parts of moderate size. Going back costs a
    new beginning; who opens such a stream as a container spools it first (`chain`). More or fewer bytes than
    `size_bytes` are `Unreadable`, so a false size can never fill the memory.
    """

    def __init__(self, size_bytes: int, parts: Callable[[], Iterator[bytes]]) -> None:
        self.size_bytes = size_bytes
        self._parts = parts
        self._running: Iterator[bytes] = iter(())
        self._part = b""
        self._part_start = 0
        self._started = False

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        if offset >= end:
            return b""
        if not self._started or offset < self._part_start:
            self._running, self._part, self._part_start, self._started = self._parts(), b"", 0, True
        found = []
        while offset < end:
            part_end = self._part_start + len(self._part)
            if offset < part_end:
                taken = self._part[offset - self._part_start : end - self._part_start]
                found.append(taken)
                offset += len(taken)
            else:
                self._advance(part_end)
        if end == self.size_bytes:
            self._require_end()
        return found[0] if len(found) == 1 else b"".join(found)

    def _advance(self, part_end: int) -> None:
        try:
            part = next(self._running)
        except StopIteration:
            self._started = False
            raise Unreadable(f"It ends after {part_end} of its {self.size_bytes} bytes: it is damaged.") from None
        except Unreadable:
            self._started = False
            raise
        if part_end + len(part) > self.size_bytes:
            self._started = False
            raise Unreadable(
                f"It holds more than the {self.size_bytes} bytes that its container states: it is damaged."
            )
        self._part, self._part_start = part, part_end

    def _require_end(self) -> None:
        """Let `parts` come to its end, where it checks its checksum, without losing the last part."""
        part, start = self._part, self._part_start
        for rest in self._running:
            if rest:
                self._started = False
                raise Unreadable(
                    f"It holds more than the {self.size_bytes} bytes that its container states: it is damaged."
                )
        self._part, self._part_start = part, start

    def close(self) -> None:
        """Forget the part in memory."""
        self._running, self._part, self._started = iter(()), b"", False


def as_file(stream: Stream, *, buffer_bytes: int = 128 * 1024) -> BinaryIO:
    """A buffered, seekable reader over `stream`, from its start. Closing it leaves the stream open."""
    return cast(BinaryIO, io.BufferedReader(_Raw(stream), buffer_bytes))


class _Raw(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stream.size_bytes}[whence]
        if start + offset < 0:
            raise ValueError("There is nothing before the first byte.")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        part = self._stream.read_at(self._position, len(view))
        view[: len(part)] = part
        self._position += len(part)
        return len(part)
