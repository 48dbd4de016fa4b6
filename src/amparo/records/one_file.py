"""One file of an operation as it is stored: read by its number, and only in the acquisitions that may be seen."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.digest import Digests
from amparo.domain.errors import NotFound
from amparo.domain.finding import NotExamined
from amparo.domain.item import ItemState
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.matches import MatchRow, standing_comparisons

_KEYS = 500
_COMPARED = (*("entry", "basis", "distance", "threshold", "orientation", "quality", "entry_quality", "category"),)


@dataclass(frozen=True, slots=True)
class FileRow:
    """Bytes, once per operation."""

    id: int
    digests: Digests
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place where a file lies."""

    id: int
    """Of the occurrence."""
    acquisition: int
    exhibit: str
    item_path: str
    """The written form of an `ItemPath`."""
    state: ItemState
    modified_ns: int | None
    accessed_ns: int | None
    changed_ns: int | None
    created_ns: int | None
    extension_agrees: bool | None


def file_row(database: Database, file: int, acquisitions: Collection[int]) -> FileRow:
    """The file, if it lies in one of `acquisitions`; else raise `NotFound`, as if it were nowhere."""
    with database.errors():
        found = (
            database.fetch("SELECT sha256, sha1, md5, size_bytes, media_type FROM media_file WHERE id = %s", (file,))
            if visible(database, [file], acquisitions)
            else []
        )
    if not found:
        raise NotFound("The workbench has no file {file}.", file=file)
    sha256, sha1, md5, size, media_type = found[0]
    return FileRow(file, Digests(bytes(sha256), bytes(sha1), bytes(md5)), size, media_type)


def visible(database: Database, files: Sequence[int], acquisitions: Collection[int]) -> set[int]:
    """Those of `files` that lie in one of `acquisitions`."""
    found: set[int] = set()
    files = [file for file in files if 0 < file < 2**63]  # what a column holds
    query = (
        "SELECT DISTINCT media_file_id, acquisition_id FROM occurrence WHERE NOT superseded AND media_file_id {keys}"
    )
    with database.errors():
        for start in range(0, len(files), _KEYS):
            rows = matching(database, query, files[start : start + _KEYS])
            found |= {file for file, acquisition in rows if acquisition in acquisitions}
    return found


def places(
    database: Database, file: int, acquisitions: Collection[int], *, after: int = 0, limit: int
) -> list[PlaceRow]:
    """At most `limit` of the places where a file lies in `acquisitions`, in the order in which they were stored."""
    with database.errors():
        rows = matching(
            database,
            "SELECT o.id, o.acquisition_id, e.number, o.item_path, o.state, o.modified_ns, o.accessed_ns,"  # noqa: S608
            " o.changed_ns, o.created_ns, o.extension_agrees FROM occurrence o"
            " JOIN acquisition a ON a.id = o.acquisition_id JOIN exhibit e ON e.id = a.exhibit_id"
            " WHERE o.media_file_id = %s AND o.id > %s AND NOT o.superseded AND o.acquisition_id {keys}"
            f" ORDER BY o.id LIMIT {int(limit)}",
            sorted(acquisitions),
            (file, after),
        )
    return [
        PlaceRow(id_, reading, exhibit, path, ItemState(state), modified, accessed, changed, created, agrees)
        for id_, reading, exhibit, path, state, modified, accessed, changed, created, agrees in (
            (*row[:-1], None if row[-1] is None else bool(row[-1])) for row in rows
        )
    ]


def count_places(database: Database, file: int, acquisitions: Collection[int]) -> int:
    """At how many places of `acquisitions` a file lies."""
    with database.errors():
        rows = matching(
            database,
            "SELECT count(*) FROM occurrence WHERE media_file_id = %s AND NOT superseded AND acquisition_id {keys}",
            sorted(acquisitions),
            (file,),
        )
    return int(rows[0][0]) if rows else 0


def not_examined(database: Database, file: int, acquisitions: Collection[int]) -> list[NotExamined]:
    """What could not be said about the bytes, as far as it was found out in `acquisitions`."""
    with database.errors():
        rows = matching(
            database,
            "SELECT analyzer, version, reason, cause FROM not_examined WHERE media_file_id = %s AND NOT superseded"
            " AND acquisition_id {keys} ORDER BY id",
            sorted(acquisitions),
            (file,),
        )
    statements = (
        NotExamined(analyzer, version, reason, Cause(cause or Cause.UNREADABLE))
        for analyzer, version, reason, cause in rows
    )
    return list(dict.fromkeys(statements))


def matches(database: Database, file: int, acquisitions: Collection[int]) -> list[MatchRow]:
    """What the standing comparisons of `acquisitions` say of a file, each match once, with a place where it lies."""
    found: dict[tuple[object, ...], MatchRow] = {}
    with database.errors():
        lies = database.fetch(
            "SELECT o.acquisition_id, o.item_path FROM occurrence o JOIN (SELECT min(id) AS first FROM occurrence"
            " WHERE media_file_id = %s AND NOT superseded GROUP BY acquisition_id) AS each ON each.first = o.id"
            " ORDER BY o.acquisition_id",
            (file,),
        )
    for acquisition, path in lies:
        if acquisition not in acquisitions:
            continue
        comparisons = [each.id for each in standing_comparisons(database, acquisition)]
        with database.errors():
            rows = matching(
                database,
                f"SELECT m.sha256, s.name, v.number, v.kind, {', '.join(f'x.{name}' for name in _COMPARED)}, x.facts"  # noqa: S608
                " FROM match x"
                " JOIN hash_set_version v ON v.id = x.version_id JOIN hash_set s ON s.id = v.hash_set_id"
                " JOIN media_file m ON m.id = x.media_file_id WHERE x.media_file_id = %s AND x.comparison_id {keys}"
                " ORDER BY x.id",
                comparisons,
                (file,),
            )
        for row in rows:
            sha256, name, number, kind, *compared, facts = row
            values = dict(zip(_COMPARED, compared, strict=True))
            match = MatchRow(path, bytes(sha256), name, number, kind, **values, facts=json.loads(facts))
            found.setdefault(row[1:-1], match)
    return list(found.values())
