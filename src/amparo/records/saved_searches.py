"""The searches that officers keep: written a row at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.database import Database


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


def add(database: Database, officer: str, *, name: str, search: str, shared: bool, at: datetime) -> int:
    """Keep a search in place of the officer's own of that name; called inside a transaction. Returns its number."""
    with database.errors():
        saved = models.SavedSearch.objects.using(database.alias)
        saved.filter(officer__name=officer, name=name, ended=None).update(ended=written_time(at))
        keeps = models.Officer.objects.using(database.alias).get(name=officer)
        row = saved.create(officer=keeps, name=name, search=search, shared=shared, at=written_time(at))
    return int(row.pk)


def end(database: Database, number: int, at: datetime) -> None:
    """Forget a search; called inside a transaction."""
    with database.errors():
        models.SavedSearch.objects.using(database.alias).filter(pk=number).update(ended=written_time(at))


def kept(database: Database, officer: str) -> Sequence[SavedSearch]:
    """The officer's own, and those that others share, by name."""
    with database.errors():
        found = database.fetch(
            "SELECT s.id, o.name, s.name, s.search, s.shared FROM saved_search s JOIN officer o ON o.id = s.officer_id"
            " WHERE s.ended IS NULL AND (o.name = %s OR s.shared) ORDER BY s.name, s.id",
            (officer,),
        )
    return [SavedSearch(id_, by, name, search, bool(shared)) for id_, by, name, search, shared in found]
