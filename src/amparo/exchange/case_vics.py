"""A record of VICS as a value, and back: the field mapping of docs/reference/vics.md.

Names of fields are known in whatever case. What a record states beyond this mapping (PhotoDNA, segments, fields of
later models) is not looked at here; whoever keeps records keeps it with them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from amparo.domain.case_exchange import CaseMedia, Place, Said
from amparo.domain.digest import Algorithm
from amparo.domain.grading import Flag
from amparo.exchange.case_notations import flag

STATEMENT = "amparo:grading"
"""The property of a record's `MediaMetadata` in which one agency's grading stands."""
_SIZES = {"MD5": 16, "SHA1": 20, "SHA256": 32, "PDQ": 32}
_FLAGS = (
    ("VictimIdentified", Flag.VICTIM_IDENTIFIED),
    ("IsDistributed", Flag.DISTRIBUTED),
    ("SelfGenerated", Flag.SELF_GENERATED),
)


class FieldRefused(ValueError):
    """A field of a record says something that cannot be."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")


class _Fields:
    """The fields of an object by their names, however these are spelt."""

    def __init__(self, stated: Any, where: str = "") -> None:
        if not isinstance(stated, dict):
            raise FieldRefused(where, "it is no object with fields")
        self._stated = {name.lower(): value for name, value in stated.items()}
        self._where = f"{where}." if where else ""

    def get(self, name: str) -> Any:
        return self._stated.get(name.lower())

    def text(self, *names: str) -> str:
        for name in names:
            stated = self.get(name)
            if stated is None or stated == "":
                continue
            if isinstance(stated, list):
                stated = ", ".join(str(each) for each in stated if isinstance(each, str | int))
            if isinstance(stated, bool) or not isinstance(stated, str | int | float):
                self.refuse(name, "it is no text")
            return str(stated)
        return ""

    def word(self, *names: str) -> str:
        return self.text(*names).strip()

    def number(self, name: str) -> int | None:
        stated = self.get(name)
        if stated is None or stated == "":
            return None
        word = str(stated).strip()
        if isinstance(stated, bool) or not (word.isascii() and word.isdigit() and len(word) < 19):
            self.refuse(name, f"{word[:40]!a} is no size in bytes")
        return int(word)

    def flag(self, name: str) -> bool:
        try:
            return flag(self.get(name))
        except ValueError as error:
            raise FieldRefused(self._where + name, str(error)) from error

    def digest(self, name: str, kind: str) -> bytes | None:
        stated = self.get(name)
        if stated is None or stated == "":
            return None
        word = stated.strip().removeprefix("0x") if isinstance(stated, str) else ""
        try:
            value = bytes.fromhex(word)
        except ValueError:
            value = b""
        if len(value) != _SIZES[kind] or len(word) != 2 * _SIZES[kind]:
            self.refuse(name, f"{str(stated)[:80]!a} is no {kind}; it has {2 * _SIZES[kind]} hexadecimal digits")
        return value

    def listed(self, name: str) -> Iterator["_Fields"]:
        stated = self.get(name)
        if stated is None or stated == "":
            return
        if not isinstance(stated, list):
            self.refuse(name, "it is no list")
        for number, each in enumerate(stated, 1):
            yield _Fields(each, f"{self._where}{name}[{number}]")

    def refuse(self, name: str, why: str) -> None:
        raise FieldRefused(self._where + name, why)


def media_of(record: Mapping[str, Any], *, places: bool = True) -> CaseMedia:
    """What a record says; without `places` nothing of where its file lay and of its metadata, in half the time.

    Raise `FieldRefused`.
    """
    fields = _Fields(dict(record))
    digests = {kind: fields.digest(kind, kind) for kind in ("MD5", "SHA1", "SHA256", "PDQ")}
    _alternatives(fields, digests)
    if not any(digests[kind] for kind in ("MD5", "SHA1", "SHA256")):
        raise FieldRefused("MD5", "no digest is stated, so nobody can know which file is meant")
    return CaseMedia(
        digests["MD5"],
        digests["SHA1"],
        digests["SHA256"],
        digests["PDQ"],
        fields.number("MediaSize"),
        fields.word("MimeType"),
        _category(fields),
        frozenset(meaning for name, meaning in _FLAGS if fields.flag(name)),
        fields.flag("OffenderIdentified"),
        fields.flag("IsSuspected"),
        fields.text("Series"),
        fields.text("Tags"),
        fields.text("Comments"),
        fields.text("DateUpdated"),
        tuple(_place(each) for each in fields.listed("MediaFiles")) if places else (),
        tuple((each.text("PropertyName"), each.text("PropertyValue")) for each in fields.listed("Exifs"))
        if places
        else (),
        tuple(_statements(fields)),
    )


def _category(fields: _Fields) -> str:
    stated = fields.get("Category")
    if stated is None or isinstance(stated, bool) or not isinstance(stated, str | int):
        if stated is not None:
            fields.refuse("Category", "it is neither a number nor a text")
        return ""
    return str(stated).strip()


def _alternatives(fields: _Fields, digests: dict[str, bytes | None]) -> None:
    for each in fields.listed("AlternativeHashes"):
        kind = each.word("HashName", "HashType").upper().replace("-", "")
        if kind not in _SIZES:
            continue
        value = each.digest("HashValue", kind)
        if value is not None and digests[kind] not in (None, value):
            each.refuse("HashValue", f"the record states two different values of {kind}")
        digests[kind] = value or digests[kind]


def _place(fields: _Fields) -> Place:
    return Place(
        fields.text("FileName"),
        fields.text("FilePath"),
        fields.text("SourceID"),
        fields.text("Created"),
        fields.text("Written", "Modified"),
        fields.text("Accessed"),
        fields.flag("Deleted"),
        fields.flag("Unallocated"),
    )


def _statements(fields: _Fields) -> Iterator[Said]:
    for each in fields.listed("MediaMetadata"):
        if each.word("PropertyName") != STATEMENT:
            continue
        try:
            yield said_of(json.loads(each.text("PropertyValue")))
        except (ValueError, RecursionError):
            each.refuse("PropertyValue", "it is no grading as Amparo writes them")


def said_of(stated: Any) -> Said:
    """One agency's grading from its written form; raise `ValueError`."""
    if not isinstance(stated, dict) or not all(isinstance(stated.get(key), str) for key in _SAID):
        raise ValueError("it names no agency, vocabulary or category")
    flags = stated.get("flags", [])
    if not isinstance(flags, list) or not stated["agency"].strip():
        raise ValueError("its flags are no list, or its agency has no name")
    agency, vocabulary, category = (str(stated[key]) for key in _SAID)
    return Said(agency, vocabulary, category, frozenset(Flag(each) for each in flags))


_SAID = ("agency", "vocabulary", "category")


def written_said(said: Said) -> dict[str, Any]:
    """One agency's grading as JSON takes it."""
    flags: dict[str, Any] = {"flags": sorted(said.flags)} if said.flags else {}
    return {"agency": said.agency, "vocabulary": said.vocabulary, "category": said.category, **flags}


def written_category(code: str) -> int | str:
    """A category as VICS writes it: a number, where it is one."""
    number = code.isascii() and code.isdigit() and len(code) < 19 and code == str(int(code))
    return int(code) if number else code


def restated(record: Mapping[str, Any], category: str, said: Sequence[Said]) -> dict[str, Any]:
    """A record with another category, and with what several agencies say in the place of what it said of that."""
    names = {name.lower(): name for name in record}
    fields = dict(record)
    if category:
        fields[names.get("category", "Category")] = written_category(category)
    if said:
        key = names.get("mediametadata", "MediaMetadata")
        kept = [each for each in record.get(key) or () if _Fields(each).word("PropertyName") != STATEMENT]
        fields[key] = [*kept, *_written_statements(said, {})]
    return fields


def _written_statements(said: Sequence[Said], key: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {**key, "PropertyName": STATEMENT, "PropertyValue": json.dumps(written_said(each), ensure_ascii=False)}
        for each in said
    ]


def fields_of(media: CaseMedia, number: int) -> dict[str, Any]:
    """A record; what is not stated has no field. `number` is its own in the case."""
    md5 = media.md5.hex().upper() if media.md5 else ""
    fields: dict[str, Any] = {"MediaID": number}
    if media.category:
        fields["Category"] = written_category(media.category)
    for name, value in (("MD5", media.md5), ("SHA1", media.sha1)):
        if value:
            fields[name] = value.hex().upper()
    fields |= {name: "true" for name, meaning in _FLAGS if meaning in media.flags}
    fields |= {"OffenderIdentified": "true"} if media.offender_identified else {}
    fields |= {"IsSuspected": "true"} if media.suspected else {}
    texts = {"Comments": media.comments, "Series": media.series, "Tags": media.tags, "DateUpdated": media.updated}
    fields |= {name: text for name, text in texts.items() if text}
    if media.size_bytes is not None:
        fields["MediaSize"] = media.size_bytes
    if media.media_type:
        fields["MimeType"] = media.media_type
    key = {"MD5": md5} if md5 else {}
    others = ((Algorithm.SHA256.name, media.sha256), ("PDQ", media.pdq))
    alternatives = [{**key, "HashName": name, "HashValue": value.hex()} for name, value in others if value]
    exifs = [{**key, "PropertyName": name, "PropertyValue": value} for name, value in media.exifs]
    lists = {
        "AlternativeHashes": alternatives,
        "Exifs": exifs,
        "MediaMetadata": _written_statements(media.said, key),
        "MediaFiles": [_place_fields(place, key) for place in media.places],
    }
    return fields | {name: each for name, each in lists.items() if each}


def _place_fields(place: Place, key: Mapping[str, str]) -> dict[str, str]:
    texts = {
        "FileName": place.name,
        "FilePath": place.path,
        "Created": place.created,
        "Written": place.modified,
        "Accessed": place.accessed,
        "SourceID": place.source,
        "Unallocated": "true" if place.unallocated else "",
        "Deleted": "true" if place.deleted else "",
    }
    return {**key, **{name: text for name, text in texts.items() if text}}
