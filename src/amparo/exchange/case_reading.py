"""A case from its file, in whichever of the formats: each record as VICS writes it, with what is read of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from amparo.domain.case_exchange import CaseMedia, CaseUnreadable
from amparo.exchange.case_csv import CsvCase, CsvDocument
from amparo.exchange.case_json import MEDIA, CaseDocument, CaseEnd, MediaRecord
from amparo.exchange.case_source import CaseSource
from amparo.exchange.case_vics import FieldRefused, fields_of, media_of

VOCABULARY = "amparo:vocabulary"
"""The property of a case's `CaseMetadata` that says of which vocabulary its categories are."""
SOURCE = "amparo:source"
"""That says who decided, where it is not who sends the case."""


class ReadRecord(NamedTuple):
    """One record."""

    number: int
    """In the file, from 1."""
    line: int
    fields: dict[str, Any]
    media: CaseMedia


@dataclass(frozen=True, slots=True)
class ReadCase:
    """What stands around the records that came since the case before."""

    header: dict[str, Any]
    context: str
    """What the file says of its data model; empty for CSV."""

    def stated(self, *names: str) -> str:
        """The first of these fields, or properties of its metadata, that says something; else empty."""
        fields = {name.lower(): value for name, value in self.header.items()}
        properties = fields.get("casemetadata")
        for each in properties if isinstance(properties, list) else ():
            if isinstance(each, dict):
                fields.setdefault(str(each.get("PropertyName", "")).lower(), each.get("PropertyValue"))
        for name in names:
            value = fields.get(name.lower())
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()
        return ""


def is_csv(source: CaseSource) -> bool:
    """Whether the file is no JSON, by its first character."""
    return source.begins not in ("{", "[", "")


def read(source: CaseSource, *, places: bool = True) -> Iterator[ReadRecord | ReadCase]:
    """The records of each case in turn, then the case; `places` as for `media_of`.

    Raise `CaseUnreadable`, which names line and field.
    """
    return _csv(source) if is_csv(source) else _json(source, places)


def _json(source: CaseSource, places: bool) -> Iterator[ReadRecord | ReadCase]:
    document = CaseDocument(source.text(), str(source.path))
    for item in document:
        if isinstance(item, CaseEnd):
            yield ReadCase(item.header, document.context)
            continue
        yield ReadRecord(item.number, item.line, item.fields, _media(item, source, places))


def _media(record: MediaRecord, source: CaseSource, places: bool) -> CaseMedia:
    try:
        return media_of(record.fields, places=places)
    except FieldRefused as error:
        raise CaseUnreadable(
            f"{source.path}, line {record.line}, record {record.number}, field {error}; mend it, or ask for the file"
            " again."
        ) from error


def _csv(source: CaseSource) -> Iterator[ReadRecord | ReadCase]:
    before: CsvCase | None = None
    done: set[CsvCase] = set()
    number = 0
    for each in CsvDocument(source.text(), str(source.path)):
        if before is not None and each.case != before:
            yield ReadCase(_header(before), "")
            done.add(before)
            number = 0
            if each.case in done:
                raise CaseUnreadable(
                    f"{source.path}, line {each.line}: the rows of case {each.case.case!a} do not stand together; sort"
                    " them by case."
                )
        before = each.case
        number += 1
        yield ReadRecord(each.number, each.line, fields_of(each.media, number), each.media)
    yield ReadCase(_header(before or CsvCase()), "")


def _header(case: CsvCase) -> dict[str, Any]:
    stated = {"CaseID": case.case, "ContactOrganization": case.agency}
    header: dict[str, Any] = {name: text for name, text in stated.items() if text}
    return with_property(header, VOCABULARY, case.vocabulary) | {MEDIA: None}


def with_property(header: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    """A case's header with a property in its metadata, if it has a value; in the place of one that is there."""
    if not value:
        return header
    key = next((key for key in header if key.lower() == "casemetadata"), "CaseMetadata")
    properties = header.get(key)
    stated = {"PropertyName": name, "PropertyValue": value}
    kept = properties if isinstance(properties, list) else []
    if stated in kept:
        return header
    others = [each for each in kept if not (isinstance(each, dict) and each.get("PropertyName") == name)]
    changed = {**header, key: [*others, stated]}
    if key in header or MEDIA not in header:
        return changed
    names = list(header)
    names.insert(names.index(MEDIA), key)  # before the records, where readers expect it
    return {name: changed[name] for name in names}


def ascii_json(value: Any) -> str:
    """JSON that every database stores, whatever texts are in it."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)
