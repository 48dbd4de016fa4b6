"""Random access to what can only be read forward: a copy in memory, above a bound on temporary disk."""

import tempfile

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits


class Spooled:
    """A copy of a forward stream that grows as far as it is read, so that any place before can be read again.

    Up to `limits.in_memory_bytes` it lies in memory, above that in a temporary file that has no name and mode 0600,
    in the folder that `TMPDIR` names. Closing it closes the stream and frees both.
    """

    def __init__(self, stream: Stream, limits: Limits) -> None:
        if stream.size_bytes > limits.spool_bytes:
            raise LimitReached(
                f"It has {stream.size_bytes} bytes and must be copied to be read, and the limit for such copies is"
                f" {limits.spool_bytes} bytes; extract it and examine it as an exhibit of its own, or raise the limit."
            )
        self._stream = stream
        self._copy = tempfile.SpooledTemporaryFile(max_size=limits.in_memory_bytes)  # noqa: SIM115 - see close
        self._copied = 0
        self.size_bytes = stream.size_bytes
        self.name = stream.name

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        if offset >= end:
            return b""
        try:
            while self._copied < end:
                part = self._stream.read_at(self._copied, MIB)
                self._copy.seek(self._copied)
                self._copy.write(part)
                self._copied += len(part)
            self._copy.seek(offset)
            return self._copy.read(end - offset)
        except OSError as error:
            raise Unreadable(
                f"It cannot be copied to the temporary folder ({error.strerror}); make room there or set TMPDIR."
            ) from error

    def sibling(self, name: str) -> Stream | None:
        """As of the stream that is copied."""
        return self._stream.sibling(name)

    def close(self) -> None:
        """Free the copy and close the stream."""
        self._copy.close()
        self._stream.close()
