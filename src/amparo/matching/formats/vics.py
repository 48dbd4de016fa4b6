"""VICS 1.2, 1.3 and 2.0, and CAID: the JSON of Project VIC's data model.

Read of each record: `MD5`, `SHA1`, `SHA256`, PDQ (also from `AlternativeHashes`), `Category`, `MediaID`, `Series`,
`Tags`, and the flags `VictimIdentified`, `OffenderIdentified`, `IsDistributed`, `IsSuspected`, `SelfGenerated`,
`IsPrecategorized`. PhotoDNA is counted: nothing here can compare it. Names of files are not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from amparo.domain.digest import MalformedDigest
from amparo.domain.hash_set import Flag, Problem
from amparo.matching.formats.json_records import JsonRecord, JsonRecords
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import Record, Unused, digest_bytes, flag_set

_MODEL = re.compile(r"(?i)DataModels/(\d+\.\d+)\.xml(?:/([A-Za-z0-9_-]+))?")
_BEGINNING = re.compile(r'(?is)\s*[{\[].*?"(?:MD5|SHA-?1|SHA-?256|MediaID|(?:@odata\.context|odata\.metadata))"\s*:')
_FLAGS = (
    ("VictimIdentified", Flag.VICTIM_IDENTIFIED.value),
    ("OffenderIdentified", Flag.OFFENDER_IDENTIFIED.value),
    ("IsDistributed", Flag.DISTRIBUTED.value),
    ("IsSuspected", Flag.SUSPECTED.value),
    ("SelfGenerated", Flag.SELF_GENERATED.value),
    ("IsPrecategorized", Flag.PRECATEGORISED.value),
)
_NAMES = {
    name.lower(): name
    for name in (
        *("MD5", "SHA1", "SHA256", "PDQ", "PhotoDNA", "Category", "MediaID", "Series", "Tags", "AlternativeHashes"),
        *(name for name, _ in _FLAGS),
    )
} | {"sha-1": "SHA1", "sha-256": "SHA256"}
_ALTERNATIVES = {"md5": "md5", "sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "pdq": "pdq"}


@dataclass(frozen=True, slots=True)
class Vics:
    """JSON as Project VIC, CAID and the tools that follow them write it."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "vics"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`."""
        return _BEGINNING.match(source.head_text[:8192]) is not None

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        model = _MODEL.search(source.head_text[:8192])
        version, country = (model.group(1), model.group(2) or "") if model else ("", "")
        documents = JsonRecords(source.text(), str(source.path))
        vocabulary = f"vics-{country.lower()}" if country and country.lower() != "default" else "vics"
        return Reading(f"VICS {version}".strip(), _records(documents), vocabulary)


def _records(documents: JsonRecords) -> Iterator[Record | Problem | Unused]:
    beside: list[Problem | Unused] = []
    for item in documents:
        if type(item) is JsonRecord:
            yield _record(item.number, item.fields, beside)
            if beside:
                yield from beside
                beside.clear()
        elif type(item) is Problem:
            yield item


def _record(number: int, fields: dict[str, Any], beside: list[Problem | Unused]) -> Record:
    """The record; what there is to say beside it is added to the list."""
    if "MD5" not in fields and "SHA1" not in fields:
        fields = {_NAMES.get(name.lower(), name): value for name, value in fields.items()}
    get = fields.get
    md5, sha1, sha256, pdq = get("MD5"), get("SHA1"), get("SHA256"), get("PDQ")
    values = {
        "md5": None if md5 is None else _digest(number, "md5", md5, beside),
        "sha1": None if sha1 is None else _digest(number, "sha1", sha1, beside),
        "sha256": None if sha256 is None else _digest(number, "sha256", sha256, beside),
        "pdq": None if pdq is None else _digest(number, "pdq", pdq, beside),
    }
    if fields.get("PhotoDNA"):
        beside.append(Unused("photodna"))
    if fields.get("AlternativeHashes"):
        beside += _alternatives(number, fields["AlternativeHashes"], values)
    flags = 0
    for name, bit in _FLAGS:
        if name in fields:
            stated = fields[name]
            if stated is True or stated == "true":
                flags |= bit
            elif stated is not None and stated is not False and stated != "false":
                try:
                    flags |= bit if flag_set(stated) else 0
                except ValueError as error:
                    beside.append(Problem(number, "flag", f"{name}: {error}."))
    category, identifier, series, tags = get("Category"), get("MediaID"), get("Series"), get("Tags")
    return Record(
        number,
        values["sha256"],
        values["sha1"],
        values["md5"],
        values["pdq"],
        None,
        "" if category is None else str(category).strip(),
        flags,
        identifier if type(identifier) is int else "" if identifier is None else str(identifier).strip(),
        _text(series) if series else "",
        _text(tags) if tags else "",
    )


def _digest(number: int, kind: str, text: Any, beside: list[Problem | Unused]) -> bytes | None:
    try:
        return digest_bytes(kind, text)
    except MalformedDigest as error:
        beside.append(Problem(number, "digest", str(error)))
        return None


def _alternatives(number: int, stated: Any, values: dict[str, bytes | None]) -> Iterator[Problem | Unused]:
    for alternative in stated if isinstance(stated, list) else [stated]:
        if not isinstance(alternative, dict):
            yield Problem(number, "digest", "One of its alternative hashes has no name.")
            continue
        name = str(alternative.get("HashName") or alternative.get("HashType") or "").strip().lower()
        kind = _ALTERNATIVES.get(name)
        if kind is None:
            yield Unused(name[:40] or "without a name")
            continue
        try:
            value = digest_bytes(kind, alternative.get("HashValue"))
        except MalformedDigest as error:
            yield Problem(number, "digest", str(error))
            continue
        if values.get(kind) not in (None, value):
            yield Problem(number, "digest", f"It states two different values of {kind}; the first is kept.")
            continue
        values[kind] = value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
