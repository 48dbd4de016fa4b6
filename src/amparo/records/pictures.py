"""The pictures of an operation as they are stored: their hashes, their cameras, and where they lie."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from amparo.domain.finding import Fact
from amparo.records.bulk import matching
from amparo.records.database import Database

_PAGE_ROWS = 5_000
_KEYS = 500
_VISIBLE = "(m.media_type LIKE 'image/%%' OR m.media_type LIKE 'video/%%')"


class Picture(NamedTuple):
    """The hash of a picture, or of a frame of a film."""

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


def hashed(
    database: Database, after: int = 0, *, within: Collection[int] | None = None, analyzer: str = "pdq"
) -> Iterator[list[Picture]]:
    """The hashes of the different pictures of an operation, a page at a time, from the row `after` on.

    With `analyzer` `vpdq`, those of the frames of its films.

    With `within` only of those that lie in one of these acquisitions; so in all that follows.
    """
    lies, acquisitions = _lies("perceptual_hash.media_file_id", within)
    while True:
        with database.errors():
            page = database.fetch(
                "SELECT id, media_file_id, value, quality FROM perceptual_hash"  # noqa: S608
                f" WHERE id > %s AND analyzer = %s{lies} ORDER BY id LIMIT %s",
                (after, analyzer, *acquisitions, _PAGE_ROWS),
            )
        if page:
            yield [Picture(id_, media_file, bytes(value), quality) for id_, media_file, value, quality in page]
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1][0]


def with_cameras(
    database: Database, *, within: Collection[int] | None = None
) -> Iterator[tuple[int, Mapping[str, Fact]]]:
    """The metadata of the different files of an operation that name a camera: (media file, facts)."""
    lies, acquisitions = _lies("finding.media_file_id", within)
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
                "SELECT media_file_id, facts FROM finding WHERE id > %s AND id <= %s AND analyzer = 'metadata'"  # noqa: S608
                f' AND facts LIKE \'%%"camera":{{"%%\'{lies} ORDER BY id',
                (after, last, *acquisitions),
            )
        for media_file, facts in page:
            yield media_file, json.loads(facts)
        after = last


def in_several_exhibits(database: Database, *, within: Collection[int] | None = None) -> list[int]:
    """The pictures and films that lie in more than one exhibit, each the same bytes."""
    only, acquisitions = one_of("o.acquisition_id", within)
    with database.errors():
        found = database.fetch(
            "SELECT o.media_file_id FROM occurrence o JOIN media_file m ON m.id = o.media_file_id"  # noqa: S608
            f" WHERE NOT o.superseded AND {_VISIBLE}{only} GROUP BY o.media_file_id"
            " HAVING count(DISTINCT o.acquisition_id) > 1 ORDER BY o.media_file_id",
            acquisitions,
        )
    return [row[0] for row in found]


def exhibits(database: Database, *, within: Collection[int] | None = None) -> dict[int, str]:
    """The numbers of the exhibits of all acquisitions, oldest first."""
    only, acquisitions = one_of("a.id", within)
    with database.errors():
        return dict(
            database.fetch(
                "SELECT a.id, exhibit.number FROM acquisition a JOIN exhibit ON exhibit.id = a.exhibit_id"  # noqa: S608
                f" WHERE 1 = 1{only} ORDER BY a.id",
                acquisitions,
            )
        )


def state(database: Database) -> int:
    """A number that is another one as soon as an examination has stored something."""
    with database.errors():
        return int(database.fetch("SELECT coalesce(max(id), 0) FROM batch")[0][0])


def places(
    database: Database, media_files: Sequence[int], *, within: Collection[int] | None = None
) -> dict[int, tuple[Place, ...]]:
    """Of each file the first place in each exhibit in which it lies, those of earlier exhibits first."""
    only, acquisitions = one_of("acquisition_id", within)
    numbers = exhibits(database)
    with database.errors():
        found: dict[int, list[Place]] = {}
        for media_file, acquisition, first in _in_parts(
            database,
            f"SELECT media_file_id, acquisition_id, min(id) FROM occurrence WHERE NOT superseded{only}"  # noqa: S608
            " AND media_file_id {keys} GROUP BY media_file_id, acquisition_id ORDER BY media_file_id, acquisition_id",
            media_files,
            acquisitions,
        ):
            found.setdefault(media_file, []).append(Place(acquisition, numbers[acquisition], first))
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


def hashes_of(database: Database, media_files: Sequence[int]) -> dict[int, bytes]:
    """The PDQ hashes of pictures."""
    query = "SELECT media_file_id, value FROM perceptual_hash WHERE analyzer = 'pdq' AND media_file_id {keys}"
    with database.errors():
        return {file: bytes(value) for file, value in _in_parts(database, query, media_files)}


def one_of(column: str, acquisitions: Collection[int] | None) -> tuple[str, tuple[int, ...]]:
    """A condition that a column names one of these, and its parameters; none where there is no bound."""
    if acquisitions is None:
        return "", ()
    if not acquisitions:
        return " AND 1 = 0", ()
    return f" AND {column} IN ({', '.join(['%s'] * len(acquisitions))})", tuple(acquisitions)


def _lies(column: str, acquisitions: Collection[int] | None) -> tuple[str, tuple[int, ...]]:
    """A condition that the file that a column names lies in one of these."""
    if acquisitions is None:
        return "", ()
    only, parameters = one_of("o.acquisition_id", acquisitions)
    found = f"SELECT 1 FROM occurrence o WHERE o.media_file_id = {column} AND NOT o.superseded{only}"  # noqa: S608
    return f" AND EXISTS ({found})", parameters


def _in_parts(database: Database, query: str, keys: Sequence[int], before: Sequence[int] = ()) -> Iterator[Any]:
    for start in range(0, len(keys), _KEYS):
        yield from matching(database, query, keys[start : start + _KEYS], before)
