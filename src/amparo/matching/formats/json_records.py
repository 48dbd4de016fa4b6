"""The records of a JSON document of any size, one after the other; what is malformed costs one record.

The document is an object or an array whose records stand in an array named `value` or `Media`, at any of two depths:
OData writes `{"…context": "…#Media", "value": [record, …]}` or `{"…context": "…#Cases", "value": [{…, "Media":
[record, …]}, …]}`. Each record is decoded by the standard library's scanner, which nothing that was measured outruns
for records of this size; where it fails, a scan for balanced brackets says where the record ends. No part of what is
yielded depends on how the text is cut into chunks.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from amparo.domain.hash_set import Problem, SetUnreadable

LISTS = frozenset({"value", "media"})
_SCAN: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_SPACE = re.compile(r"[ \t\r\n]*")
_SEPARATOR = re.compile(r"[ \t\r\n,]*")
"""More or fewer commas than there should be cost no record."""
# A string ends at its line's end at the latest, as no text of JSON holds a bare line end: a lost quotation mark then
# costs no more than its line.
_TOKEN = re.compile(r'"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*(?:"|(?=\n))|[{}\[\]"]')
_FOLLOWED = re.compile(r"\s*[,\]]")
_LOOK_AHEAD = 1024
_LONGEST_RECORD = 64 * 1024 * 1024


class JsonRecord(NamedTuple):
    """One record."""

    number: int
    """From 1, malformed ones counted."""
    fields: dict[str, Any]


class _Ended(Exception):
    """The text ends where something was expected."""


class JsonRecords:
    """Iterates over the records of a text that comes in chunks, and over problems."""

    def __init__(self, chunks: Iterator[str], name: str) -> None:
        self._chunks = chunks
        self._name = name
        self._text = ""
        self._at = 0
        self._ended = False
        self._number = 0
        self._boundary: re.Pattern[str] | None = None
        self.context = ""
        """What the document says of its data model, once that is read."""

    def __iter__(self) -> Iterator[JsonRecord | Problem]:
        """The records, in order. Raise `SetUnreadable` where the document has no list of records."""
        try:
            start = self._peek()
            while start:
                self._at += 1
                if start == "[":
                    yield from self._array(cases=False)
                elif start == "{":
                    yield from self._object(cases=True)
                else:
                    raise SetUnreadable("{path} is no JSON document of a hash set.", path=self._name)
                start = self._next_document()
        except _Ended:
            after = f"after record {self._number}" if self._number else "before its first record"
            yield Problem(self._number, "cut", f"The file ends {after}, before its list does: it is cut short.")

    def _next_document(self) -> str:
        """The first character of what follows a document; empty where nothing does."""
        try:
            return self._peek()
        except _Ended:
            return ""

    def _object(self, *, cases: bool) -> Iterator[JsonRecord | Problem]:
        """The records in the lists of an object that is open; with `cases` it may hold objects that have such lists."""
        while self._peek(_SEPARATOR) != "}":
            key = self._value()
            if not isinstance(key, str) or self._peek() != ":":
                raise SetUnreadable("{path} is damaged beside its list of records: export it again.", path=self._name)
            self._at += 1
            if key.lower() in LISTS and self._peek() == "[":
                self._at += 1
                yield from self._array(cases=cases and key.lower() == "value" and self.context.endswith("#Cases"))
                continue
            value = self._value()
            if key.lower() in ("@odata.context", "odata.metadata") and isinstance(value, str):
                self.context = value
        self._at += 1

    def _array(self, *, cases: bool) -> Iterator[JsonRecord | Problem]:
        """The records of an array that is open."""
        while (start := self._peek(_SEPARATOR)) != "]":
            if cases and start == "{":
                self._at += 1
                yield from self._object(cases=False)
                continue
            self._number += 1
            try:
                yield self._record()
            except _Ended:
                yield Problem(self._number, "malformed", "The file ends in it.")
                raise
        self._at += 1

    def _record(self) -> JsonRecord | Problem:
        while True:
            try:
                value, end = _SCAN(self._text, self._at)
            except (ValueError, StopIteration, RecursionError):
                # Cut by the end of the chunk, or malformed: only the rest of it can tell.
                stop = self._end_of_malformed()
                if stop is None:
                    continue
                self._at = stop
                return Problem(self._number, "malformed", "It is no JSON.")
            if not isinstance(value, dict):
                # A number at the end of a chunk may go on in the next.
                if end == len(self._text) and self._more():
                    continue
                self._at = end
                return Problem(self._number, "malformed", "It is no JSON object.")
            self._at = end
            if self._boundary is None:
                self._boundary = _boundary_of(list(value)[:2])
            return JsonRecord(self._number, value)

    def _end_of_malformed(self) -> int | None:
        """Where the record ends that begins here; `None` after more text was read; raise `_Ended`.

        That is where its brackets are closed, or, where it lost one or a quotation mark, before the next record: by
        the two keys that records begin with.
        """
        balanced = self._balanced_end()
        # Where a quotation mark was lost, brackets in texts count: what they close is followed by no comma then.
        sure = balanced is not None and _FOLLOWED.match(self._text, balanced) is not None
        last = balanced if balanced is not None and sure else len(self._text)
        next_record = self._boundary.search(self._text, self._at + 1, last) if self._boundary else None
        end = next_record.end(1) if next_record else balanced
        known = next_record is not None or sure or self._boundary is None
        if end is not None and (self._ended or (known and end + _LOOK_AHEAD <= len(self._text))):
            return end
        if self._ended or len(self._text) - self._at > _LONGEST_RECORD:
            raise _Ended
        self._more()
        return None

    def _balanced_end(self) -> int | None:
        depth = 0
        for token in _TOKEN.finditer(self._text, self._at):
            mark = token.group()
            if mark == '"' and not self._ended:
                return None  # a string that the chunk has cut
            if mark in ("{", "["):
                depth += 1
            elif mark in ("}", "]"):
                depth -= 1
                if depth <= 0:
                    return token.end()
        return None

    def _value(self) -> Any:
        """A value beside the records; raise `SetUnreadable` or `_Ended`."""
        self._peek()
        while True:
            try:
                value, end = _SCAN(self._text, self._at)
            except (ValueError, StopIteration, RecursionError) as error:
                if len(self._text) - self._at > _LONGEST_RECORD:
                    raise SetUnreadable("{path} is no JSON document of a hash set.", path=self._name) from error
                if not self._more():
                    raise _Ended from error
                continue
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return value

    def _peek(self, passing: re.Pattern[str] = _SPACE) -> str:
        """The next character that is no space; raise `_Ended`."""
        while True:
            place = passing.match(self._text, self._at)
            if place is not None:
                self._at = place.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise _Ended

    def _more(self) -> bool:
        """Read on: as much again as is pending, so that a long record is not scanned for every chunk of it."""
        pending = self._text[self._at :]
        parts, length = [pending], 0
        for chunk in self._chunks:
            parts.append(chunk)
            length += len(chunk)
            if length and length >= len(pending):
                break
        else:
            self._ended = True
        self._text, self._at = "".join(parts), 0
        return length > 0


def _boundary_of(keys: list[str]) -> re.Pattern[str] | None:
    """What stands between two records that begin with these two keys; its first group ends where one does."""
    if len(keys) < 2:
        return None
    first, second = (re.escape(json.dumps(key)) for key in keys)
    scalar = r'(?:"(?:[^"\\]|\\.){0,256}"|[^\s",{}\[\]]{1,64})'
    return re.compile(
        rf"(\}}?)\s{{0,64}},\s{{0,64}}(?=\{{\s{{0,64}}{first}\s{{0,8}}:\s{{0,8}}{scalar}\s{{0,64}},\s{{0,64}}{second}\s{{0,8}}:)"
    )
