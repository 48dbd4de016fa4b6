"""The files of an operation as a case of them is written: what they are, where they lie, and who said what of them."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amparo.domain.digest import Digests
from amparo.domain.grading import Grading
from amparo.domain.item import ItemState
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.gradings import gradings

_PAGE_ROWS = 500
_MEDIA = (
    "(m.media_type LIKE 'image/%%' OR m.media_type LIKE 'video/%%'"
    " OR EXISTS (SELECT 1 FROM graded g WHERE g.media_file_id = m.id))"
)
"""Pictures, films, and whatever else somebody graded."""
_VISIBLE = (
    "EXISTS (SELECT 1 FROM occurrence o WHERE o.media_file_id = m.id AND NOT o.superseded AND o.acquisition_id {keys})"
)


@dataclass(frozen=True, slots=True)
class CasePlace:
    """One place where a file lies."""

    exhibit: str
    item_path: str
    """The written form of an `ItemPath`."""
    state: ItemState
    created_ns: int | None
    modified_ns: int | None
    accessed_ns: int | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file with all that a case says of it."""

    id: int
    digests: Digests
    size_bytes: int
    media_type: str
    pdq: bytes | None
    """Of a picture."""
    metadata: Mapping[str, Any]
    """The facts of the finding `metadata`; empty where there is none."""
    places: Sequence[CasePlace]
    gradings: Sequence[Grading]
    """In the order in which they were made, those that were taken back too."""
    notes: Sequence[tuple[str, str]]
    """Agency and text of each."""


def count(database: Database, acquisitions: Collection[int]) -> int:
    """How many files `pages` gives."""
    with database.errors():
        query = f"SELECT count(*) FROM media_file m WHERE {_MEDIA} AND {_VISIBLE}"  # noqa: S608
        found = matching(database, query, sorted(acquisitions))
    return int(found[0][0]) if found else 0


def pages(database: Database, acquisitions: Collection[int]) -> Iterator[list[CaseFile]]:
    """The pictures and films that lie in `acquisitions`, and what else is graded there, a page at a time."""
    after = 0
    while True:
        with database.errors():
            found = matching(
                database,
                "SELECT m.id, m.sha256, m.sha1, m.md5, m.size_bytes, m.media_type FROM media_file m"  # noqa: S608
                f" WHERE m.id > %s AND {_MEDIA} AND {_VISIBLE} ORDER BY m.id LIMIT {_PAGE_ROWS}",
                sorted(acquisitions),
                (after,),
            )
        if found:
            yield _page(database, found, acquisitions)
        if len(found) < _PAGE_ROWS:
            return
        after = found[-1][0]


def _page(database: Database, found: Sequence[Any], acquisitions: Collection[int]) -> list[CaseFile]:
    ids = [row[0] for row in found]
    with database.errors():
        hashes: dict[int, bytes] = dict(
            matching(
                database,
                "SELECT media_file_id, value FROM perceptual_hash WHERE media_file_id {keys} AND analyzer = 'pdq'"
                " ORDER BY id DESC",
                ids,
            )
        )
        metadata: dict[int, str] = dict(
            matching(
                database,
                "SELECT media_file_id, facts FROM finding WHERE media_file_id {keys} AND analyzer = 'metadata'",
                ids,
            )
        )
        notes: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for file, agency, text in matching(
            database,
            "SELECT n.media_file_id, a.name, n.text FROM note n JOIN agency a ON a.id = n.agency_id"
            " WHERE n.media_file_id {keys} ORDER BY n.id",
            ids,
        ):
            notes[file].append((agency, text))
    places = _places(database, ids, acquisitions)
    said = gradings(database, ids)
    return [
        CaseFile(
            id_,
            Digests(bytes(sha256), bytes(sha1), bytes(md5)),
            size,
            media_type,
            bytes(hashes[id_]) if id_ in hashes else None,
            json.loads(metadata.get(id_, "{}")),
            places.get(id_, ()),
            said.get(id_, ()),
            notes.get(id_, ()),
        )
        for id_, sha256, sha1, md5, size, media_type in found
    ]


def _places(
    database: Database, files: Sequence[int], acquisitions: Collection[int]
) -> Mapping[int, Sequence[CasePlace]]:
    places: dict[int, list[CasePlace]] = defaultdict(list)
    with database.errors():
        rows = matching(
            database,
            "SELECT o.media_file_id, o.acquisition_id, e.number, o.item_path, o.state, o.created_ns, o.modified_ns,"
            " o.accessed_ns FROM occurrence o JOIN acquisition a ON a.id = o.acquisition_id"
            " JOIN exhibit e ON e.id = a.exhibit_id WHERE o.media_file_id {keys} AND NOT o.superseded ORDER BY o.id",
            files,
        )
    for file, acquisition, exhibit, path, state, created, modified, accessed in rows:
        if acquisition in acquisitions:
            places[file].append(CasePlace(exhibit, path, ItemState(state), created, modified, accessed))
    return places


def vocabularies(database: Database) -> frozenset[str]:
    """The vocabularies that gradings are of."""
    with database.errors():
        return frozenset(name for (name,) in database.fetch("SELECT DISTINCT vocabulary FROM grading"))
