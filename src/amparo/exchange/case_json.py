"""A case as OData writes it, read strictly and one record after the other, however long the document is.

    {"@odata.context": "…#Cases", "value": [{"CaseID": …, "Media": [record, …], …}, …]}
    {"@odata.context": "…#Media", "value": [record, …]}

What stands around the records may stand before or after them. Nothing malformed is passed over: a case is brought in
whole or not at all, so the first thing that cannot be read ends the reading, by its line.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from amparo.domain.case_exchange import CaseUnreadable

MEDIA = "Media"
_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST_RECORD = 64 * 1024 * 1024
_MORE_OF_A_NUMBER = 3
_SURE = 64
"""Characters behind a mistake after which it is none of the end of a chunk: no token of JSON but a text is longer."""


class MediaRecord(NamedTuple):
    """One record."""

    case: int
    """Of which case of the document, from 0."""
    number: int
    """In the document, from 1."""
    line: int
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """What stands around the records of a case, in order; `Media` is `None`, where the records stood."""

    header: dict[str, Any]


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name[:20]} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
_SCAN: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]


class CaseDocument:
    """Iterates over the records of a text that comes in chunks, with what stands around them after each case.

    Raise `CaseUnreadable`, which names the line.
    """

    def __init__(self, chunks: Iterator[str], name: str) -> None:
        self._chunks = chunks
        self._name = name
        self._text = ""
        self._at = 0
        self._ended = False
        self._line = 1
        self._counted = 0
        self._records = 0
        self._cases = 0
        self.context = ""
        """What the document says of its data model, once that is read."""

    def __iter__(self) -> Iterator[MediaRecord | CaseEnd]:
        """The records of each case, then its end."""
        if self._peek() != "{":
            self._refuse("it is no JSON document of a case")
        listed = False
        for key in self._keys():
            if key == "value" and self._peek() == "[":
                listed = True
                yield from self._value_list()
                continue
            value = self._value()
            if key.lower() in ("@odata.context", "odata.metadata") and isinstance(value, str):
                self.context = value
        if not listed:
            self._refuse('it has no list "value" of cases')
        if self._more_than_space():
            self._refuse("something follows after the end of the document")

    def _value_list(self) -> Iterator[MediaRecord | CaseEnd]:
        if self.context.endswith("#Media"):
            yield from self._records_of_a_case()
            yield CaseEnd({MEDIA: None})
            return
        for _ in self._elements():
            if self._peek() != "{":
                self._refuse("a case is no JSON object")
            header: dict[str, Any] = {}
            for key in self._keys():
                if key.lower() == MEDIA.lower() and self._peek() == "[":
                    if MEDIA in header:
                        self._refuse("a case has two lists of Media")
                    header[MEDIA] = None
                    yield from self._records_of_a_case()
                else:
                    header[key] = self._value()
            if MEDIA not in header:
                if {"MD5", "SHA1", "MediaID"} & header.keys():
                    self._refuse("it lists files without a case around them, and has no context that says so")
                header[MEDIA] = None
            elif header[MEDIA] is not None:
                self._refuse('"Media" of a case is no list')
            yield CaseEnd(header)
            self._cases += 1

    def _records_of_a_case(self) -> Iterator[MediaRecord]:
        for _ in self._elements():
            self._records += 1
            line = self.line
            fields = self._value()
            if not isinstance(fields, dict):
                raise CaseUnreadable(f"{self._name}, line {line}, record {self._records}: it is no JSON object.")
            yield MediaRecord(self._cases, self._records, line, fields)

    @property
    def line(self) -> int:
        """The number of the line that is being read, from 1."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _keys(self) -> Iterator[str]:
        """The keys of an object that begins here, each with the reading at its value."""
        self._at += 1
        first = True
        while (mark := self._peek()) != "}":
            if not first:
                if mark != ",":
                    self._refuse("a comma is missing between two fields")
                self._at += 1
            first = False
            self._peek()
            key = self._value()
            if not isinstance(key, str) or self._peek() != ":":
                self._refuse("a field has no name, or no value")
            self._at += 1
            self._peek()
            yield key
        self._at += 1

    def _elements(self) -> Iterator[None]:
        """Each element of an array that begins here, with the reading at it."""
        self._at += 1
        first = True
        while (mark := self._peek()) != "]":
            if not first:
                if mark != ",":
                    self._refuse("a comma is missing between two records")
                self._at += 1
                self._peek()
            first = False
            yield None
        self._at += 1

    def _value(self) -> Any:
        while True:
            try:
                value, end = _SCAN(self._text, self._at)
            except StopIteration as error:
                self._cut_or_refuse(int(error.value), "something stands where a value should")
            except json.JSONDecodeError as error:
                text = error.msg.startswith("Unterminated string")
                self._cut_or_refuse(len(self._text) if text else error.pos, f"it is no JSON ({error.msg})")
            except (ValueError, RecursionError) as error:
                self._refuse(f"it holds what no case holds ({_short(error)})")
            else:
                number = isinstance(value, int | float)
                if number and end + _MORE_OF_A_NUMBER > len(self._text) and self._more():
                    continue  # it may go on in the next chunk: 1, 1e+, 1e+5
                self._at = end
                return value

    def _cut_or_refuse(self, place: int, why: str) -> None:
        """Read on where the mistake may be the end of a chunk; else refuse the line of the mistake."""
        cut = place + _SURE >= len(self._text)
        if cut and len(self._text) - self._at <= _LONGEST_RECORD and self._more():
            return
        if cut and self._ended:
            self._cut_short()
        self._at = min(place, len(self._text))
        self._refuse(why)

    def _peek(self) -> str:
        """The next character that is no space."""
        if not self._more_than_space():
            self._cut_short()
        return self._text[self._at]

    def _more_than_space(self) -> bool:
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        """Read on: as much again as is pending, so that a long record is not scanned for every chunk of it."""
        line, pending = self.line, self._text[self._at :]
        parts, length = [pending], 0
        for chunk in self._chunks:
            parts.append(chunk)
            length += len(chunk)
            if length and length >= len(pending):
                break
        else:
            self._ended = True
        if length:
            self._text, self._at, self._counted, self._line = "".join(parts), 0, 0, line
        return length > 0

    def _cut_short(self) -> NoReturn:
        after = f"after record {self._records}" if self._records else "before its first record"
        raise CaseUnreadable(
            f"{self._name} ends in line {self.line}, {after}, before its lists do: it is cut short, or damaged; ask for"
            " it again."
        )

    def _refuse(self, why: str) -> NoReturn:
        raise CaseUnreadable(f"{self._name}, line {self.line}: {why}; ask for the file again.")


def _short(error: Exception) -> str:
    return "too deeply nested" if isinstance(error, RecursionError) else str(error).partition(":")[0][:80]
