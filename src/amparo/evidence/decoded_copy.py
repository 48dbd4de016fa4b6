"""A copy of what a decompressor gives, as far as it was asked for, so that any place before can be read again."""

import tempfile
from collections.abc import Iterator

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.limits import Limits


class DecodedCopy:
    """Takes `parts` in as they are needed; where they break off, it keeps what came before, and why.

    Up to `limits.in_memory_bytes` it lies in memory, above that in a temporary file that has no name and mode 0600,
    in the folder that `TMPDIR` names.
    """

    def __init__(self, parts: Iterator[bytes], limits: Limits) -> None:
        self._parts = parts
        self._limits = limits
        self._file = tempfile.SpooledTemporaryFile(max_size=limits.in_memory_bytes)  # noqa: SIM115 - see close
        self.size_bytes = 0
        """How much there is by now."""
        self.damage: Unreadable | None = None
        """Why no more can be had, though there should be; a `LimitReached` where it is only a limit."""

    def grow(self, size_bytes: int | None = None) -> None:
        """Take in until there are `size_bytes` (all for `None`), or no more can be had."""
        if self.damage is not None or (size_bytes is not None and size_bytes <= self.size_bytes):
            return
        self._file.seek(self.size_bytes)
        try:
            for part in self._parts:
                self._append(part)
                if size_bytes is not None and size_bytes <= self.size_bytes:
                    return
        except Unreadable as error:
            self.damage = error

    def _append(self, part: bytes) -> None:
        if self.size_bytes + len(part) > self._limits.spool_bytes:
            raise LimitReached(
                f"It has more than {self._limits.spool_bytes} bytes, the limit for what must be copied to be read;"
                " extract it and examine it as an exhibit of its own, or raise the limit."
            )
        try:
            self._file.write(part)
        except OSError as error:
            raise LimitReached(
                f"It cannot be copied to the temporary folder ({error.strerror}); make room there or set TMPDIR."
            ) from error
        self.size_bytes += len(part)

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes that are there by now; fewer only at their end."""
        self._file.seek(offset)
        return self._file.read(length)

    def close(self) -> None:
        """Free it."""
        self._parts = iter(())
        self._file.close()
