"""A case as CSV: a row for each place where a file lay, one for a file with none, files one after the other."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from amparo.domain.case_exchange import CaseMedia, CaseUnreadable, Place, Said
from amparo.domain.grading import Flag
from amparo.exchange.case_notations import moment, position
from amparo.exchange.case_vics import FieldRefused, said_of, written_said
from amparo.exchange.cells import cell

COLUMNS = (
    *("case", "agency", "vocabulary", "md5", "sha1", "sha256", "pdq", "size", "media_type"),
    *("category", "flags", "series", "tags", "comments", "updated"),
    *("name", "path", "source", "created", "modified", "accessed", "state"),
    *("latitude", "longitude", "exifs", "gradings"),
)
"""Of `size` bytes; `exifs` and `gradings` are JSON, and `latitude` and `longitude` follow from `exifs`."""
_OF_A_PLACE = ("name", "path", "source", "created", "modified", "accessed", "state")
_DIGESTS = {"md5": 16, "sha1": 20, "sha256": 32, "pdq": 32}
_OFFENDER, _SUSPECTED = "offender-identified", "suspected"
_UNALLOCATED, _DELETED = "unallocated", "deleted"
_LINE_END = "\r\n"
"""As RFC 4180 says; the writer then quotes carriage returns in texts too."""
_LONGEST_LINE = 16 * 1024 * 1024
_GUARDED = ("=", "+", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class CsvCase:
    """Of which case a row is, and how its categories are meant; each empty where the file does not say."""

    case: str = ""
    agency: str = ""
    vocabulary: str = ""


class CsvMedia(NamedTuple):
    """A file of a case, from one row or from several."""

    case: CsvCase
    number: int
    """Of the file, from 1."""
    line: int
    """Of its first row."""
    media: CaseMedia


def written(case: CsvCase, media: CaseMedia) -> Iterator[Sequence[str]]:
    """The rows of a file."""
    flags = sorted(flag.value for flag in media.flags)
    flags += [_OFFENDER] if media.offender_identified else []
    flags += [_SUSPECTED] if media.suspected else []
    where = position(dict(media.exifs))
    exifs = json.dumps(media.exifs, ensure_ascii=False) if media.exifs else ""
    said = json.dumps([written_said(each) for each in media.said], ensure_ascii=False) if media.said else ""
    size = "" if media.size_bytes is None else str(media.size_bytes)
    digests = ((value.hex() if value else "") for value in (media.md5, media.sha1, media.sha256, media.pdq))
    before = (
        *(case.case, case.agency, case.vocabulary, *digests, size, media.media_type, media.category, "; ".join(flags)),
        *(media.series, media.tags, media.comments, moment(media.updated) or media.updated),
    )
    after = (where.latitude if where else "", where.longitude if where else "", exifs, said)
    for place in media.places or (Place("", ""),):
        states = [_UNALLOCATED] if place.unallocated else []
        states += [_DELETED] if place.deleted else []
        times = ((moment(time) or time) for time in (place.created, place.modified, place.accessed))
        row = (*before, place.name, place.path, place.source, *times, "; ".join(states), *after)
        yield [cell(text) for text in row]


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_GUARDED) else text


class CsvDocument:
    """Iterates over the files of a text that comes in chunks. Raise `CaseUnreadable`, which names line and column."""

    def __init__(self, chunks: Iterator[str], name: str) -> None:
        self._name = name
        self._lines = _lines(chunks)

    def __iter__(self) -> Iterator[CsvMedia]:
        """The files, in order."""
        head = next(self._lines, "")
        delimiter = max(",;\t", key=head.count)
        rows = csv.reader(self._counted(head), delimiter=delimiter, strict=True)
        self._line = 0
        try:
            header = [name.strip().lower() for name in next(rows, [])]
            self._require(header)
            yield from self._files(rows, header)
        except csv.Error as error:
            raise CaseUnreadable(f"{self._name}, line {self._line}: it cannot be read ({error}).") from error

    def _counted(self, head: str) -> Iterator[str]:
        self._line = 1
        yield head
        for line in self._lines:
            self._line += 1
            yield line

    def _require(self, header: Sequence[str]) -> None:
        if not set(header) & set(_DIGESTS) - {"pdq"}:
            raise CaseUnreadable(
                f"{self._name}, line 1: no column is called md5, sha1 or sha256, and by one of them a file is known."
            )
        twice = sorted(name for name in set(header) & set(COLUMNS) if header.count(name) > 1)
        if twice:
            raise CaseUnreadable(f"{self._name}, line 1: two columns are called {twice[0]}.")

    def _files(self, rows: Iterator[list[str]], header: Sequence[str]) -> Iterator[CsvMedia]:
        pending: CsvMedia | None = None
        number = 0
        before = self._line
        for row in rows:
            line, before = before + 1, self._line
            if not any(map(str.strip, row)):
                continue
            if len(row) != len(header):
                raise CaseUnreadable(
                    f"{self._name}, line {line}: it has {len(row)} cells, and the header names {len(header)}."
                )
            try:
                case, media = _read({name: _bare(text) for name, text in zip(header, row, strict=True)})
            except FieldRefused as error:
                raise CaseUnreadable(f"{self._name}, line {line}, column {error}.") from error
            if pending is not None and _same(pending, case, media):
                for column, one, other in _differing(pending.media, media):
                    raise CaseUnreadable(
                        f"{self._name}, line {line}, column {column}: {other[:40]!a}, and line {pending.line} says"
                        f" {one[:40]!a} of the same file."
                    )
                pending = pending._replace(media=replace(pending.media, places=pending.media.places + media.places))
                continue
            if pending is not None:
                yield pending
            number += 1
            pending = CsvMedia(case, number, line, media)
        if pending is not None:
            yield pending


def _same(pending: CsvMedia, case: CsvCase, media: CaseMedia) -> bool:
    known = pending.media
    if not media.places or not known.places:
        return False  # each of the two is a record of its own
    return pending.case == case and (known.md5, known.sha1, known.sha256) == (media.md5, media.sha1, media.sha256)


def _differing(known: CaseMedia, media: CaseMedia) -> Iterator[tuple[str, str, str]]:
    """The columns in which two rows of one file differ that should not."""
    (one, *_), (other, *_) = (list(written(CsvCase(), each)) for each in (known, media))
    for column, first, second in zip(COLUMNS, one, other, strict=True):
        if column not in _OF_A_PLACE and first != second:
            yield column, first, second


def _read(row: Mapping[str, str]) -> tuple[CsvCase, CaseMedia]:
    def text(column: str) -> str:
        return row.get(column, "").strip()

    digests = {kind: _digest(text(kind), kind) for kind in _DIGESTS}
    if not any(digests[kind] for kind in ("md5", "sha1", "sha256")):
        raise FieldRefused("md5", "no digest is stated, so nobody can know which file is meant")
    size = text("size")
    if size and not (size.isascii() and size.isdigit() and len(size) < 19):
        raise FieldRefused("size", f"{size[:40]!a} is no size in bytes")
    flags = {word.strip() for word in text("flags").split(";")} - {""}
    unknown = flags - {flag.value for flag in Flag} - {_OFFENDER, _SUSPECTED}
    if unknown:
        raise FieldRefused("flags", f"there is no flag {min(unknown)[:40]!a}")
    exifs = _pairs(text("exifs"))
    if not exifs and text("latitude") and text("longitude"):
        exifs = (("Lat/Lon", f"{text('latitude')}/{text('longitude')}"),)
    states = {word.strip() for word in text("state").split(";")}
    place = Place(
        row.get("name", ""),
        row.get("path", ""),
        row.get("source", ""),
        text("created"),
        text("modified"),
        text("accessed"),
        _DELETED in states,
        _UNALLOCATED in states,
    )
    media = CaseMedia(
        digests["md5"],
        digests["sha1"],
        digests["sha256"],
        digests["pdq"],
        int(size) if size else None,
        text("media_type"),
        text("category"),
        frozenset(Flag(word) for word in flags - {_OFFENDER, _SUSPECTED}),
        _OFFENDER in flags,
        _SUSPECTED in flags,
        series=row.get("series", ""),
        tags=row.get("tags", ""),
        comments=row.get("comments", ""),
        updated=text("updated"),
        places=(place,) if any(row.get(column) for column in _OF_A_PLACE) else (),
        exifs=exifs,
        said=_said(text("gradings")),
    )
    return CsvCase(text("case"), text("agency"), text("vocabulary")), media


def _digest(text: str, kind: str) -> bytes | None:
    if not text:
        return None
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != _DIGESTS[kind] or len(text) != 2 * len(value):
        raise FieldRefused(kind, f"{text[:80]!a} is no {kind}; it has {2 * _DIGESTS[kind]} hexadecimal digits")
    return value


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    try:
        return tuple((str(name), str(value)) for name, value in json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise FieldRefused("exifs", "it is no JSON of names and values") from error


def _said(text: str) -> tuple[Said, ...]:
    if not text:
        return ()
    try:
        return tuple(said_of(each) for each in json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise FieldRefused("gradings", "it is no JSON of gradings") from error


def _lines(chunks: Iterator[str]) -> Iterator[str]:
    """The lines with their ends, of which a carriage return alone is none."""
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split("\n")
        if len(rest) > _LONGEST_LINE:
            raise CaseUnreadable(f"A line of it is longer than {_LONGEST_LINE:,} characters: it is no CSV of a case.")
        yield from (f"{line}\n" for line in whole)
    if rest:
        yield rest


def header() -> str:
    """The first line."""
    return ",".join(COLUMNS) + _LINE_END


def lines(case: CsvCase, media: CaseMedia) -> str:
    """The rows of a file as text."""
    text = io.StringIO()
    csv.writer(text, lineterminator=_LINE_END).writerows(written(case, media))
    return text.getvalue()
