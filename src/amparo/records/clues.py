"""What files name that others name too: the clues of an operation, and where each leads."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from amparo.domain.clue import Clue
from amparo.records.database import Database
from amparo.records.pictures import one_of
from amparo.records.storable import storable_text

_PAGE_ROWS = 5_000


class SharedClue(NamedTuple):
    """A clue, and how far it reaches."""

    clue: Clue
    files: int
    """Different files that name it."""
    exhibits: int
    """In which any of them lies."""


class Lead(NamedTuple):
    """One place to which a clue leads."""

    exhibit: str
    item_path: str
    sha256: bytes
    media_file: int
    occurrence: int
    """Later ones are higher."""


def shared(
    database: Database,
    *,
    kind: str | None,
    exhibit: int | None,
    files: int,
    exhibits: int,
    within: Collection[int] | None = None,
) -> list[SharedClue]:
    """The clues that so many files in so many exhibits name: those in most exhibits first, then the rarest.

    With `exhibit`, only those that a file of this acquisition names, counted over all exhibits. With `within`, there
    are no other acquisitions than these.
    """
    only, acquisitions = one_of("o.acquisition_id", within)
    conditions, parameters = [f"NOT o.superseded{only}"], list[object](acquisitions)
    if kind is not None:
        conditions.append("c.kind = %s")
        parameters.append(kind)
    if exhibit is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM clue c2 JOIN occurrence o2 ON o2.media_file_id = c2.media_file_id"
            " WHERE c2.kind = c.kind AND c2.value = c.value AND o2.acquisition_id = %s AND NOT o2.superseded)"
        )
        parameters.append(exhibit)
    with database.errors():
        found = database.fetch(
            "SELECT c.kind, c.value, count(DISTINCT c.media_file_id), count(DISTINCT o.acquisition_id)"  # noqa: S608
            " FROM clue c JOIN occurrence o ON o.media_file_id = c.media_file_id"
            f" WHERE {' AND '.join(conditions)} GROUP BY c.kind, c.value"
            " HAVING count(DISTINCT c.media_file_id) >= %s AND count(DISTINCT o.acquisition_id) >= %s"
            " ORDER BY 4 DESC, 3, 1, 2",
            (*parameters, files, exhibits),
        )
    return [SharedClue(Clue(row[0], row[1]), row[2], row[3]) for row in found]


def leads(database: Database, clue: Clue) -> Iterator[Lead]:
    """Every place of every file that names a clue, by the number of the occurrence."""
    after = 0
    while page := leads_page(database, clue, after=after, limit=_PAGE_ROWS):
        yield from page
        after = page[-1].occurrence


def leads_page(
    database: Database, clue: Clue, *, after: int, limit: int, within: Collection[int] | None = None
) -> list[Lead]:
    """At most `limit` of them, of those behind the occurrence `after` that lie in one of the acquisitions `within`."""
    only, acquisitions = one_of("+o.acquisition_id", within)
    # The sign keeps SQLite from going through all occurrences: files that name a clue are few.
    with database.errors():
        found = database.fetch(
            "SELECT o.id, m.id, e.number, o.item_path, m.sha256 FROM clue c"  # noqa: S608
            " JOIN media_file m ON m.id = c.media_file_id"
            " JOIN occurrence o ON o.media_file_id = m.id"
            " JOIN acquisition a ON a.id = o.acquisition_id JOIN exhibit e ON e.id = a.exhibit_id"
            f" WHERE c.kind = %s AND c.value = %s AND NOT o.superseded AND +o.id > %s{only}"
            " GROUP BY o.id, m.id, e.number, o.item_path, m.sha256 ORDER BY o.id LIMIT %s",
            (storable_text(clue.kind), storable_text(clue.value), after, *acquisitions, limit),
        )
    return [Lead(exhibit, path, bytes(sha256), file, id_) for id_, file, exhibit, path, sha256 in found]


def count_leads(database: Database, clue: Clue, *, within: Collection[int]) -> int:
    """How many places all pages have."""
    only, acquisitions = one_of("+o.acquisition_id", within)
    with database.errors():
        return int(
            database.fetch(
                "SELECT count(DISTINCT o.id) FROM clue c JOIN occurrence o ON o.media_file_id = c.media_file_id"  # noqa: S608
                f" WHERE c.kind = %s AND c.value = %s AND NOT o.superseded{only}",
                (storable_text(clue.kind), storable_text(clue.value), *acquisitions),
            )[0][0]
        )
