"""The libyal libraries as readers of a stream: loaded where their extra is installed, and every failure told."""

import importlib
import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, BinaryIO, TypeVar

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable, Unsupported
from amparo.domain.item import Stream
from amparo.evidence.streams import Nameless, as_file

T = TypeVar("T")

FAILURES = (OSError, ValueError, TypeError, MemoryError, SystemError, RuntimeError, OverflowError)
"""What the bindings raise over damaged evidence; a `UnicodeError` is a `ValueError`."""
LARGEST_BYTES = 1 << 62


def library(module: str, extra: str, what: str) -> Any:
    """The Python module of a libyal library; raise `Unsupported`, which names the extra, where it is not installed.

    `what` is what it reads, as in 'XFS volumes'.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Unsupported(
            f"{what} are read by an extra that is not installed: pip install 'amparo[{extra}]'."
        ) from error


class Source:
    """A stream as a file that libyal reads, which remembers why reading failed."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._failure: Unreadable | None = None
        self.file: BinaryIO = as_file(_Noting(stream, self), buffer_bytes=io.DEFAULT_BUFFER_SIZE)

    def failed(self, failure: Unreadable) -> None:
        """Remember why bytes could not be had; the first reason counts."""
        self._failure = self._failure or failure

    def tell(self, sentence: str, call: Callable[[], T]) -> T:
        """What libyal gives. Where it cannot, raise `Unreadable`: the sentence, and what the stream or libyal said."""
        self._failure = None
        try:
            return call()
        except FAILURES as error:
            if self._failure is not None:
                raise type(self._failure)(f"{sentence} {self._failure}") from error
            said = " ".join(str(error).split())[:300].rstrip(". ") or type(error).__name__
            raise Unreadable(f"{sentence} The library says: {said}.") from error


class _Noting(Nameless):
    """A stream that tells a `Source` why reading it failed, before libyal makes that its own failure."""

    def __init__(self, stream: Stream, source: Source) -> None:
        self._stream = stream
        self._source = source
        self.size_bytes = stream.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        try:
            return self._stream.read_at(offset, length)
        except Unreadable as error:
            self._source.failed(error)
            raise OSError(str(error)) from error

    def close(self) -> None:
        """The stream is not ours."""


def locked(
    source: Source, volume: Any, ways: Iterable[tuple[Callable[[Any], object], str | bytes]], wanted: str
) -> tuple[str, Cause]:
    """Try the secrets on a locked volume: why it stays locked, and the kind of reason; no reason where one fits.

    Each way is a method that takes a secret, and the secret. `wanted` is a sentence: what is to be given. A library
    that refuses a secret has understood the volume; one that fails over every secret has not, and then the volume is
    damaged, or encrypted in a way that the library does not know.
    """
    refused, failure = False, ""
    for give, secret in ways:
        try:
            give(secret)
        except FAILURES:
            continue  # it is no recovery key or key by its form
        try:
            if source.tell("", volume.unlock) and not source.tell("", volume.is_locked):
                return "", Cause.UNREADABLE
            refused = True
        except Unreadable as error:
            failure = failure or str(error).strip()
    if not refused and not failure:
        return wanted, Cause.ENCRYPTED
    if not refused:
        return (
            "It is encrypted, and no password or key could be tried on it: it is damaged, or encrypted in a way that"
            f" is not known here. {failure}",
            Cause.UNREADABLE,
        )
    doubt = f" With some of them trying failed, which can mean damage as well. {failure}" if failure else ""
    return f"None of the passwords and keys fits. {wanted}{doubt}", Cause.ENCRYPTED


class LibyalStream(Nameless):
    """What a libyal object with `read_buffer_at_offset` gives: a file, a volume, a medium."""

    def __init__(self, source: Source, readable: Any, size_bytes: int, keep: Any = None) -> None:
        if not 0 <= size_bytes < LARGEST_BYTES:
            raise Unreadable(f"It says that it has {size_bytes} bytes: it is damaged.")
        self._source = source
        self._readable = readable
        self._keep = keep  # what the library needs to stay alive while this is read
        self.size_bytes = size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        length = min(length, self.size_bytes - offset)
        parts: list[bytes] = []
        while length > 0:
            part = self._source.tell(
                f"{length} bytes at byte {offset} cannot be read.",
                partial(self._readable.read_buffer_at_offset, length, offset),
            )
            if not 0 < len(part) <= length:
                raise Unreadable(f"It ends at byte {offset}, before its {self.size_bytes} bytes.")
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Let go of what is read."""
        self._readable = self._keep = None
