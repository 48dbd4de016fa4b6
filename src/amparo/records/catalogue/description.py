# ruff: noqa: S608 - the words in these statements are ours
"""What is known of a place and of the bytes that lie there, brought together from the tables: a row of a list."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.digest import Digests
from amparo.domain.finding import Finding
from amparo.domain.grading import Standing
from amparo.domain.item import ItemState
from amparo.domain.origin import Conclusion, NotOrigin, origin_of
from amparo.domain.plan import Sight
from amparo.records.bulk import matching
from amparo.records.database import Database

_KEYS = 500
_LONGEST_TEXT = 200
_LARGEST = 2**62
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_YEARS = range(1678, 2262)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAYS_NOTHING_HERE = ("pdq", "vpdq", "mentions", "origin")
"""Analyzers whose findings are searched in other ways; the stored conclusion may be older than its layers."""
_QUERY = """
SELECT o.id, o.acquisition_id, o.item_path, o.state, o.sight, o.size_stated, o.modified_ns, o.accessed_ns, o.changed_ns,
       o.created_ns, o.extension_agrees, o.gaps, m.id, m.size_bytes, m.sha256, m.sha1, m.md5, m.media_type, m.gaps
FROM occurrence o LEFT JOIN media_file m ON m.id = o.media_file_id
WHERE NOT o.superseded AND
"""


@dataclass(frozen=True, slots=True, order=True)
class Matched:
    """What one hash set says of a file."""

    kind: str
    """A `domain.hash_set.SetKind`."""
    set_name: str
    category: str
    """As the source of the set writes it; empty where it states none."""
    basis: str
    """A `domain.match.Basis`."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One place where bytes lie, or where something lies that could not be read, with what is known of it."""

    id: int
    """Of the occurrence."""
    acquisition: int
    item_path: str
    """The written form of an `ItemPath`."""
    state: ItemState
    sight: Sight
    size_bytes: int | None
    """As read, else as stated."""
    modified_ns: int | None
    accessed_ns: int | None
    changed_ns: int | None
    created_ns: int | None
    extension_agrees: bool | None
    media_file: int | None
    """`None` where the bytes were not read."""
    digests: Digests | None
    media_type: str
    """Empty where the bytes were not read."""
    gaps: tuple[Cause, ...]
    """Why something of this place, or of the bytes, was not examined; each cause once."""
    make: str = ""
    model: str = ""
    serial: str = ""
    software: str = ""
    gps: bool | None = None
    """Whether metadata state a place; `None` where there are no metadata."""
    taken_ns: int | None = None
    """By the camera's clock, as if that were in UTC."""
    width_px: int | None = None
    height_px: int | None = None
    duration_ms: int | None = None
    origin: Conclusion | None = None
    """`None` where no analyzer of origin looked at it."""
    log10_lr: float | None = None
    matches: tuple[Matched, ...] = field(default=())
    standing: Standing | None = None
    """How the decisions about the bytes stand together; `None` where the bytes were not read."""
    grade: str = ""
    """What was decided, `VOCABULARY:CATEGORY`; empty where nothing is, or whoever asks may not know."""
    cluster: int | None = None
    copies: int | None = None
    """In how many places the same bytes lie, of those that may be seen."""
    exhibits: int | None = None

    @property
    def name(self) -> str:
        """The last part of its address, in the written form."""
        return own_name(self.item_path)


def own_name(item_path: str) -> str:
    """The last part of a written address, without what stands for its folder and without its locator."""
    return item_path[item_path.rfind("!") :].partition("#")[0].rpartition("/")[2]


def folder_of(item_path: str) -> str:
    """What stands before the name in a written address."""
    end = item_path.find("#", item_path.rfind("!"))
    return item_path[: item_path.rfind("/", 0, end if end >= 0 else len(item_path))]


def described(database: Database, occurrences: Sequence[int]) -> list[FileRow]:
    """The rows of some (at most some hundreds of) occurrences, in the order given; without those that do not stand."""
    with database.errors():
        found = matching(database, f"{_QUERY} o.id {{keys}}", occurrences)
    rows = {row.id: row for row in _rows(database, found)}
    return [rows[id_] for id_ in occurrences if id_ in rows]


def described_between(database: Database, first: int, last: int) -> list[FileRow]:
    """The rows of the occurrences with ids from `first` to `last` that stand, by id."""
    with database.errors():
        found = database.fetch(f"{_QUERY} o.id BETWEEN %s AND %s ORDER BY o.id", (first, last))
    return _rows(database, found)


def _rows(database: Database, found: Sequence[Sequence[Any]]) -> list[FileRow]:
    with database.errors():
        of_places = _causes(database, "occurrence_id", [row[0] for row in found if row[11]])
        of_bytes = _causes(database, "media_file_id", list({row[12]: None for row in found if row[18]}))
        facts = _facts(database, list({row[12]: None for row in found if row[12] is not None}))
    rows = []
    for (
        id_, acquisition, path, state, sight, stated, modified, accessed, changed, created, agrees, _,
        media_file, size, sha256, sha1, md5, media_type, _,
    ) in found:  # fmt: skip
        causes = of_places.get(id_, set()) | of_bytes.get(media_file, set())
        rows.append(
            FileRow(
                id_,
                acquisition,
                path,
                ItemState(state),
                Sight(sight),
                stated if media_file is None else size,
                modified,
                accessed,
                changed,
                created,
                None if agrees is None else bool(agrees),
                media_file,
                None if media_file is None else Digests(bytes(sha256), bytes(sha1), bytes(md5)),
                media_type or "",
                tuple(cause for cause in Cause if cause in causes),
                **facts.get(media_file, {}),
            )
        )
    return rows


def _causes(database: Database, column: str, ids: Sequence[int]) -> Mapping[int | None, set[Cause]]:
    found: dict[int | None, set[Cause]] = defaultdict(set)
    query = f"SELECT {column}, cause FROM not_examined WHERE {column} {{keys}} AND NOT superseded"
    for start in range(0, len(ids), _KEYS):
        for about, cause in matching(database, query, ids[start : start + _KEYS]):
            found[about].add(Cause(cause or Cause.UNREADABLE))
    return found


def _facts(database: Database, media_files: Sequence[int]) -> Mapping[int | None, dict[str, Any]]:
    """Of each file what its findings say, as fields of a `FileRow`."""
    silent = ", ".join(f"'{name}'" for name in _SAYS_NOTHING_HERE)
    query = (
        "SELECT media_file_id, analyzer, version, facts FROM finding"
        f" WHERE media_file_id {{keys}} AND analyzer NOT IN ({silent}) ORDER BY id"
    )
    said: dict[int | None, list[Finding]] = defaultdict(list)
    for start in range(0, len(media_files), _KEYS):
        for media_file, analyzer, version, facts in matching(database, query, media_files[start : start + _KEYS]):
            said[media_file].append(Finding(analyzer, version, "", json.loads(facts)))
    return {media_file: facts_of(findings) for media_file, findings in said.items()}


def facts_of(findings: Iterable[Finding]) -> dict[str, Any]:
    """What all findings about some bytes say together, as fields of a `FileRow`."""
    by_analyzer: dict[str, Mapping[str, Any]] = {finding.analyzer: finding.facts for finding in findings}
    known: dict[str, Any] = {}
    if (metadata := by_analyzer.get("metadata")) is not None:
        camera = _mapping(metadata.get("camera"))
        times = _mapping(metadata.get("times"))
        known |= {name: _text(camera.get(name)) for name in ("make", "model", "serial", "software")}
        known["gps"] = "latitude" in _mapping(metadata.get("position"))
        known["taken_ns"] = stated_time(times.get("original") or times.get("digitised"))
    if (film := by_analyzer.get("video")) is not None:
        known |= {name: _text(film.get(name)) for name in ("make", "model", "software")}
        known["gps"] = "location" in film
        known["taken_ns"] = stated_time(film.get("created"))
        known["duration_ms"] = _thousandths(film.get("duration_s"))
        streams = film.get("streams")
        moving = [each for each in map(_mapping, streams if isinstance(streams, list) else ()) if "width_px" in each]
        known |= {name: _whole(moving[0].get(name)) for name in ("width_px", "height_px") if moving}
    if (picture := by_analyzer.get("picture")) is not None:
        known |= {name: _whole(picture.get(name)) for name in ("width_px", "height_px")}
    layers = [Finding(name, "", "", facts) for name, facts in by_analyzer.items() if facts.get("origin") is not None]
    if layers:
        try:
            origin = origin_of(layers)
        except NotOrigin:
            return known
        known["origin"] = origin.conclusion
        known["log10_lr"] = origin.ratio.log10 if origin.ratio else None
    return known


def stated_time(text: object) -> int | None:
    """The nanoseconds since 1970 that a clock showed, if that were in UTC; `None` where there is no such time."""
    found = _TIME.match(text) if isinstance(text, str) else None
    if found is None or int(found[1]) not in _YEARS:
        return None
    try:
        shown = datetime(*(int(part) for part in found.groups()[:6]), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    return (shown - _EPOCH) // timedelta(seconds=1) * 10**9 + int((found[7] or "").ljust(9, "0"))


def _mapping(fact: object) -> Mapping[str, Any]:
    return fact if isinstance(fact, Mapping) else {}


def _text(fact: object) -> str:
    """In one line, without space at its ends, not too long."""
    return " ".join(fact.split())[:_LONGEST_TEXT].strip() if isinstance(fact, str) else ""


def _whole(fact: object) -> int | None:
    return fact if isinstance(fact, int) and not isinstance(fact, bool) and abs(fact) <= _LARGEST else None


def _thousandths(fact: object) -> int | None:
    try:
        return _whole(int(Decimal(fact) * 1000)) if isinstance(fact, str) else None
    except (InvalidOperation, ValueError, OverflowError):
        return None
