"""The Sleuth Kit's view of a stream."""

import re

import pytsk3

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream

_PLACE = re.compile(r"^\w+: \(tsk3\.c\w*:\d+\) (?:.* with error: |[^:]*: )")


class DiskImage(pytsk3.Img_Info):  # type: ignore[misc]
    """A stream as the image that The Sleuth Kit reads; it says why where reading failed."""

    def __init__(self, stream: Stream, size_bytes: int | None = None) -> None:
        self._read_at = stream.read_at
        self._size = stream.size_bytes if size_bytes is None else size_bytes
        self._failure: tuple[int, Unreadable] | None = None
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def close(self) -> None:
        """Nothing to give up."""

    def read(self, offset: int, length: int) -> bytes:
        """Called by The Sleuth Kit, which fails with an `OSError` where it gets less than it wants, or gives zeros.

        An exception would stay in its binding and come out of a later call. Whoever asks The Sleuth Kit for bytes asks
        afterwards whether there was a `failure`.
        """
        try:
            part = self._read_at(offset, length)
        except Unreadable as error:
            if self._failure is None:
                self._failure = offset, error
            return b""
        if self._failure is not None and self._failure[0] == offset:
            self._failure = None  # it first asks for more than it needs, and then again for what it needs
        return part

    def failure(self) -> Unreadable | None:
        """Why bytes that were asked for since the last call could not be read; `None` where all could."""
        failure, self._failure = self._failure, None
        return None if failure is None else failure[1]

    def get_size(self) -> int:
        """Called by The Sleuth Kit."""
        return self._size

    def reason(self, error: OSError | None = None) -> str:
        """Why the call failed that raised `error`: what the stream said, if it did, or else The Sleuth Kit."""
        failure = self.failure()
        if failure is not None:
            return str(failure)
        if error is None:
            return "Nothing is recorded there, or the medium ends before."
        return f"The Sleuth Kit says: {_plain(str(error))}."


def _plain(text: str) -> str:
    """What The Sleuth Kit says, without the place in its own code, on one line."""
    return " ".join(_PLACE.sub("", text).split())[:300]
