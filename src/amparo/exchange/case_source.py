"""The file that a case comes in: its text in whatever encoding, its digest, and how far it is read."""

import codecs
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from amparo.domain.case_exchange import CaseUnreadable
from amparo.domain.text_encoding import compression_of, encoding_of

CHUNK_BYTES = 1024 * 1024


class CaseSource:
    """A file to read, once or more often. Raise `CaseUnreadable` where it cannot be read, or is no text."""

    def __init__(self, path: Path, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.path = path
        self.sha256 = b""
        """Of all of it, once it was read to its end."""
        self.bytes_read = 0
        self._chunk_bytes = chunk_bytes
        try:
            with path.open("rb") as file:
                head = file.read(64)
                self.size_bytes = file.seek(0, io.SEEK_END)
        except OSError as error:
            raise CaseUnreadable(f"{path} cannot be read ({error.strerror}): check the path.") from error
        if packed := compression_of(head):
            raise CaseUnreadable(f"{path} is compressed ({packed}): unpack it, and import what is inside.")
        self._encoding, length = encoding_of(head)
        self._mark = head[:length]
        self.begins = head[len(self._mark) :].decode(self._encoding, "replace").lstrip()[:1]
        """Its first character that is no space; empty where there is none in sight."""

    def text(self) -> Iterator[str]:
        """The text in chunks, without the mark of its encoding."""
        decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        digest = hashlib.sha256(self._mark)
        self.bytes_read = len(self._mark)
        try:
            with self.path.open("rb") as file:
                file.seek(len(self._mark))
                while chunk := file.read(self._chunk_bytes):
                    digest.update(chunk)
                    yield decoder.decode(chunk)
                    self.bytes_read += len(chunk)
                yield decoder.decode(b"", final=True)
        except OSError as error:
            raise CaseUnreadable(f"{self.path} cannot be read to its end ({error.strerror}): copy it again.") from error
        except UnicodeDecodeError as error:
            place = self.bytes_read + error.start
            raise CaseUnreadable(
                f"{self.path} is no text in {self._encoding.upper()} near byte {place:,}: ask for it again."
            ) from error
        self.sha256 = digest.digest()
