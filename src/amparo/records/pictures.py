"""The pictures of an operation as they are stored: their hashes, their cameras, and where they lie."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from amparo.domain.finding import Fact
from amparo.records.bulk import matching
from amparo.records.database import Database

_PAGE_ROWS = 5_000
_KEYS = 500
_VISIBLE = "(m.media_type LIKE 'image/%%' OR m.media_type LIKE 'video/%%')"


class Picture(NamedTuple):
    """A picture's hash."""

    id: int
    """Of the row; later ones are higher, and those before it never change."""
    media_file: int
    pdq: bytes
    quality: int


class Place(NamedTuple):
    """Where a file lies first in an exhibit."""

    acquisition: int
    """Later ones are higher."""
    exhibit: str
    occurrence: int


def hashed(database: Database, after: int = 0) -> Iterator[list[Picture]]:
    """The hashes of the different pictures of an operation, a page at a time, from the row `after` on."""
    while True:
        with database.errors():
            page = database.fetch(
                "SELECT id, media_file_id, value, quality FROM perceptual_hash WHERE id > %s AND analyzer = 'pdq'"
                " ORDER BY id LIMIT %s",
                (after, _PAGE_ROWS),
            )
        if page:
            yield [Picture(id_, media_file, bytes(value), quality) for id_, media_file, value, quality in page]
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1][0]


def with_cameras(database: Database) -> Iterator[tuple[int, Mapping[str, Fact]]]:
    """The metadata of the different files of an operation that name a camera: (media file, facts)."""
    after = 0
    while True:
        with database.errors():
            last = database.fetch(
                "SELECT max(id) FROM (SELECT id FROM finding WHERE id > %s ORDER BY id LIMIT %s) AS page",
                (after, _PAGE_ROWS),
            )[0][0]
            if last is None:
                return
            page = database.fetch(
                "SELECT media_file_id, facts FROM finding WHERE id > %s AND id <= %s AND analyzer = 'metadata'"
                ' AND facts LIKE \'%%"camera":{"%%\' ORDER BY id',
                (after, last),
            )
        for media_file, facts in page:
            yield media_file, json.loads(facts)
        after = last


def in_several_exhibits(database: Database) -> list[int]:
    """The pictures and films that lie in more than one exhibit, each the same bytes."""
    with database.errors():
        found = database.fetch(
            "SELECT o.media_file_id FROM occurrence o JOIN media_file m ON m.id = o.media_file_id"  # noqa: S608
            f" WHERE NOT o.superseded AND {_VISIBLE} GROUP BY o.media_file_id"
            " HAVING count(DISTINCT o.acquisition_id) > 1 ORDER BY o.media_file_id"
        )
    return [row[0] for row in found]


def places(database: Database, media_files: Sequence[int]) -> dict[int, tuple[Place, ...]]:
    """Of each file the first place in each exhibit in which it lies, those of earlier exhibits first."""
    with database.errors():
        exhibits = dict(
            database.fetch("SELECT a.id, exhibit.number FROM acquisition a JOIN exhibit ON exhibit.id = a.exhibit_id")
        )
        found: dict[int, list[Place]] = {}
        for media_file, acquisition, first in _in_parts(
            database,
            "SELECT media_file_id, acquisition_id, min(id) FROM occurrence WHERE NOT superseded"
            " AND media_file_id {keys} GROUP BY media_file_id, acquisition_id ORDER BY media_file_id, acquisition_id",
            media_files,
        ):
            found.setdefault(media_file, []).append(Place(acquisition, exhibits[acquisition], first))
    return {media_file: tuple(known) for media_file, known in found.items()}


def addresses(database: Database, occurrences: Sequence[int]) -> dict[int, tuple[str, bytes]]:
    """The addresses of items, and the SHA-256 of what lies there, by the number of the occurrence."""
    with database.errors():
        found = _in_parts(
            database,
            "SELECT o.id, o.item_path, m.sha256 FROM occurrence o JOIN media_file m ON m.id = o.media_file_id"
            " WHERE o.id {keys}",
            occurrences,
        )
        return {id_: (path, bytes(sha256)) for id_, path, sha256 in found}


def _in_parts(database: Database, query: str, keys: Sequence[int]) -> Iterator[Any]:
    for start in range(0, len(keys), _KEYS):
        yield from matching(database, query, keys[start : start + _KEYS])
