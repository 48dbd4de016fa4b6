"""Reads an item once: its digests, its beginning and its media type in one pass, and its bytes for the analyzers."""

import hashlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

from amparo.analysis.decoding import decode
from amparo.analysis.media_type import media_type
from amparo.domain.digest import Digests
from amparo.domain.errors import AmparoError, Encrypted, LimitReached, Unreadable
from amparo.domain.finding import Finding
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits
from amparo.domain.picture import Picture

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_BYTES = 68 * 1024
TAIL_BYTES = 512
_PART_BYTES = MIB
"""Large items are read in such parts: they fit the processor's cache while three digests go over them."""
_BUFFER_BYTES = 128 * 1024


def read(stream: Stream, *, limits: Limits) -> "ReadContent":
    """Read all the bytes of `stream`, once.

    Up to `limits.in_memory_bytes` they are kept; larger items are read again, in parts, by whoever asks for them, so
    `stream` must stay open as long as the content is used. Raise `Unreadable` where the bytes end before their stated
    length or cannot be had; it says how far reading came.
    """
    if stream.size_bytes > limits.item_bytes:
        raise LimitReached(
            f"It has {stream.size_bytes} bytes, and the limit for one item is {limits.item_bytes}: examine it as an"
            " exhibit of its own, or raise the limit item_bytes and try again."
        )
    if stream.size_bytes > limits.in_memory_bytes:
        return _read_in_parts(stream, limits)
    data = _read_at_once(stream)
    digests = Digests(hashlib.sha256(data).digest(), hashlib.sha1(data).digest(), hashlib.md5(data).digest())  # noqa: S324
    return ReadContent(len(data), digests, data[:HEAD_BYTES], data[-TAIL_BYTES:], limits, data=data)


def _read_at_once(stream: Stream) -> bytes:
    size_bytes = stream.size_bytes
    try:
        data = stream.read_at(0, size_bytes)
    except Unreadable:
        # Find out how far it can be read, and why no further.
        parts = [_read_part(stream, offset) for offset in range(0, size_bytes, _PART_BYTES)]
        data = b"".join(parts)
    if len(data) != size_bytes:
        raise _ended(len(data), size_bytes)
    return data


def _read_in_parts(stream: Stream, limits: Limits) -> "ReadContent":
    size_bytes = stream.size_bytes
    hashes = hashlib.sha256(), hashlib.sha1(), hashlib.md5()  # noqa: S324
    head = tail = b""
    for offset in range(0, size_bytes, _PART_BYTES):
        part = _read_part(stream, offset)
        head = head or part[:HEAD_BYTES]
        tail = (tail + part[-TAIL_BYTES:])[-TAIL_BYTES:]
        for each in hashes:
            each.update(part)
    sha256, sha1, md5 = (each.digest() for each in hashes)
    return ReadContent(size_bytes, Digests(sha256, sha1, md5), head, tail, limits, stream=stream)


def _read_part(stream: Stream, offset: int) -> bytes:
    length = min(_PART_BYTES, stream.size_bytes - offset)
    try:
        part = stream.read_at(offset, length)
    except Encrypted:
        raise
    except Unreadable as error:
        raise type(error)(
            f"{error} {offset} of its {stream.size_bytes} bytes could be read, and then not those from {offset} to"
            f" {offset + length}."
        ) from error
    if len(part) != length:
        raise _ended(offset + len(part), stream.size_bytes)
    return part


def _ended(read_bytes: int, size_bytes: int) -> Unreadable:
    return Unreadable(f"It ends at offset {read_bytes}: only {read_bytes} of its {size_bytes} bytes could be read.")


class ReadContent:
    """The bytes of one item, read and digested. See `amparo.domain.finding.Content` for what each member promises."""

    __slots__ = (
        *("_data", "_failure", "_picture", "_stream"),
        *("digests", "findings", "head", "limits", "media_type", "size_bytes", "tail"),
    )

    def __init__(
        self,
        size_bytes: int,
        digests: Digests,
        head: bytes,
        tail: bytes,
        limits: Limits,
        *,
        data: bytes | None = None,
        stream: Stream | None = None,
    ) -> None:
        self.size_bytes = size_bytes
        self.digests = digests
        self.findings: Sequence[Finding] = ()
        self.head = head
        self.tail = tail
        self.limits = limits
        self.media_type = media_type(head, size_bytes)
        self._data = data
        self._stream = stream
        self._picture: Picture | None = None
        self._failure: AmparoError | None = None

    def data(self) -> bytes:
        """All the bytes; raise `LimitReached` where the item is larger than `limits.in_memory_bytes`."""
        if self._data is None:
            raise LimitReached(
                f"It has {self.size_bytes} bytes, and no more than {self.limits.in_memory_bytes} are held in memory."
            )
        return self._data

    def file(self) -> BinaryIO:
        """A new seekable reader over the bytes, from the start, whatever their size."""
        if self._data is not None:
            return io.BytesIO(self._data)
        assert self._stream is not None
        return cast(BinaryIO, io.BufferedReader(_StreamFile(self._stream), _BUFFER_BYTES))

    def picture(self) -> Picture:
        """The picture, decoded at the first call and kept, as is the failure. Raise `Unreadable` or `LimitReached`."""
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        if self._picture is None:
            source = self.file() if self._data is None else self._data
            try:
                self._picture = decode(source, media_type=self.media_type, limits=self.limits)
            except AmparoError as error:
                self._failure = error
                raise
        return self._picture


class _StreamFile(io.RawIOBase):
    """A stream as the standard library's readers want it; reads past the end give nothing."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stream.size_bytes}[whence]
        if origin + offset < 0:
            raise ValueError(f"There is no position {origin + offset}.")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        length = min(len(view), self._stream.size_bytes - self._position)
        if length <= 0:
            return 0
        part = self._stream.read_at(self._position, length)
        view[: len(part)] = part
        self._position += len(part)
        return len(part)
