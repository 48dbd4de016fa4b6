"""The searches that officers keep: written a row at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from amparo.domain.canonical import canonical
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search under a name."""

    id: int
    officer: str
    name: str
    search: str
    """A `domain.search.Search`, written."""
    shared: bool
    """Whether all members of the operation may use it."""


def add(
    database: Database, officer: str, *, name: str, search: str, shared: bool, at: datetime
) -> tuple[int, list[Recorded]]:
    """Keep a search in place of the officer's own of that name; called inside a transaction.

    Returns its number, and what is committed to: its row, and the end of the one before.
    """
    with database.errors():
        saved = models.SavedSearch.objects.using(database.alias)
        recorded = [_ended(row, at) for row in saved.filter(officer__name=officer, name=name, ended=None)]
        keeps = models.Officer.objects.using(database.alias).get(name=officer)
        row = saved.create(officer=keeps, name=name, search=search, shared=shared, at=written_time(at))
    return int(row.pk), [*recorded, recorded_search(row)]


def end(database: Database, number: int, at: datetime) -> Recorded:
    """Forget a search; called inside a transaction."""
    with database.errors():
        return _ended(models.SavedSearch.objects.using(database.alias).get(pk=number), at)


def _ended(row: models.SavedSearch, at: datetime) -> Recorded:
    row.ended = written_time(at)
    row.save(update_fields=("ended",))
    return recorded_search_end(row)


def kept(database: Database, officer: str) -> Sequence[SavedSearch]:
    """The officer's own, and those that others share, by name."""
    with database.errors():
        found = database.fetch(
            "SELECT s.id, o.name, s.name, s.search, s.shared FROM saved_search s JOIN officer o ON o.id = s.officer_id"
            " WHERE s.ended IS NULL AND (o.name = %s OR s.shared) ORDER BY s.name, s.id",
            (officer,),
        )
    return [SavedSearch(id_, by, name, search, bool(shared)) for id_, by, name, search, shared in found]


def recorded_search(row: models.SavedSearch) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "officer": row.officer_id,
        "name": row.name,
        "search": row.search,
        "shared": bool(row.shared),
        "at": row.at,
    }
    return Recorded("saved_search", row.pk, canonical(fields).decode())


def recorded_search_end(row: models.SavedSearch) -> Recorded:
    """That it is forgotten or replaced, as it is committed to."""
    return Recorded("saved_search.end", row.pk, canonical({"ended": row.ended}).decode())


def recorded_rows(database: Database) -> Iterator[Recorded]:
    """All that the ledger commits to."""
    for row in models.SavedSearch.objects.using(database.alias):
        yield recorded_search(row)
        if row.ended is not None:
            yield recorded_search_end(row)
