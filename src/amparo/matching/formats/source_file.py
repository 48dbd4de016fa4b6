"""The file that a set comes in: its first bytes, its text in whatever encoding, its lines, and how far it is read."""

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from amparo.domain.hash_set import SetUnreadable
from amparo.domain.text_encoding import compression_of, encoding_of

HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 1024 * 1024
LONGEST_LINE = 1024 * 1024
"""Characters; of a longer line only so many are looked at, and it is a problem."""
_MOST_LINES_OF_A_ROW = 100


class SourceFile:
    """A file to import. Raise `SetUnreadable` where it cannot be read."""

    def __init__(self, path: Path, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.path = path
        self.bytes_read = 0
        self._chunk_bytes = chunk_bytes
        try:
            with path.open("rb") as file:
                self.head = file.read(HEAD_BYTES)
                self.size_bytes = file.seek(0, io.SEEK_END)
        except OSError as error:
            raise SetUnreadable(
                "{path} cannot be read ({why}): check the path.", path=path, why=error.strerror
            ) from error
        if packed := compression_of(self.head):
            raise SetUnreadable(
                "{path} is compressed ({packed}): unpack it, and import what is inside.", path=path, packed=packed
            )
        self.encoding, self._mark_bytes = encoding_of(self.head)

    @property
    def head_text(self) -> str:
        """The beginning as text, without the mark of its encoding."""
        return self.head[self._mark_bytes :].decode(self.encoding, "replace")

    def text(self) -> Iterator[str]:
        """The text in chunks. Bytes that are no UTF-8 become lone surrogates, which no text has by itself."""
        # In UTF-16 and UTF-32 a damaged character becomes U+FFFD: there are no surrogates to spare.
        errors = "surrogateescape" if self.encoding == "utf-8" else "replace"
        decoder = codecs.getincrementaldecoder(self.encoding)(errors)
        with self.binary() as file:
            file.seek(self._mark_bytes)
            while chunk := self._read(file):
                yield decoder.decode(chunk)
            yield decoder.decode(b"", final=True)

    def lines(self) -> Iterator[str]:
        """The lines without their ends, the longest cut to one character more than `LONGEST_LINE`."""
        rest, skipping = "", False
        for chunk in self.text():
            first, *others = chunk.split("\n")
            if not skipping:
                rest += first
            if others:
                yield rest.rstrip("\r")[: LONGEST_LINE + 1]
                for line in others[:-1]:
                    yield line.rstrip("\r")[: LONGEST_LINE + 1]
                rest, skipping = others[-1], False
            if len(rest) > LONGEST_LINE:
                rest, skipping = rest[: LONGEST_LINE + 1], True
        if rest:
            yield rest.rstrip("\r")

    @contextlib.contextmanager
    def binary(self) -> Iterator[BinaryIO]:
        """The file, open for reading."""
        try:
            with self.path.open("rb") as file:
                yield file
        except OSError as error:
            raise SetUnreadable(
                "{path} cannot be read to its end ({why}): copy it again.", path=self.path, why=error.strerror
            ) from error

    def _read(self, file: BinaryIO) -> bytes:
        chunk = file.read(self._chunk_bytes)
        self.bytes_read += len(chunk)
        return chunk


class Rows:
    """The rows of a delimited text with their line numbers: a row whose quotes do not close costs its line only."""

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._pending: list[str] = []
        self._line = 0

    def __iter__(self) -> Iterator[tuple[int, list[str] | str]]:
        """The number of each row's first line from 1, and its cells, or a sentence on why it cannot be read."""
        parsed = csv.reader(iter(self._fed, None), delimiter=self._delimiter)
        while True:
            line = self._next()
            if line is None:
                return
            number, taken = self._line, [line]
            quotes = line.count('"')
            while quotes % 2 and len(taken) < _MOST_LINES_OF_A_ROW:
                more = self._next()
                if more is None:
                    break
                taken.append(more)
                quotes += more.count('"')
            if quotes % 2:
                self._pending[:0] = taken[1:]
                self._line = number
                yield number, "A quotation mark in it is not closed."
                continue
            if max(map(len, taken)) > LONGEST_LINE:
                yield number, f"It is longer than {LONGEST_LINE:,} characters."
                continue
            self._row = [*taken]
            try:
                cells = next(parsed)
            except csv.Error as error:
                parsed = csv.reader(iter(self._fed, None), delimiter=self._delimiter)
                yield number, f"It cannot be read: {error}."
                continue
            yield number, cells

    _row: list[str]

    def _fed(self) -> str | None:
        return self._row.pop(0) + "\n" if self._row else None

    def _next(self) -> str | None:
        line = self._pending.pop(0) if self._pending else next(self._lines, None)
        if line is not None:
            self._line += 1
        return line
