"""Searches are kept for oneself or for all, and forgotten by oneself."""

import pytest

from amparo.casework import saved_searches
from amparo.casework.saved_searches import MalformedName
from amparo.domain.errors import NotFound
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.search import Search
from amparo.records import ledger as ledgers
from amparo.records import registers
from amparo.records.database import Database
from contracts.examination import Clock, begin


def reach(officer: str, role: Role = Role.EXAMINER) -> Reach:
    return Reach(officer, "Alfama", frozenset({role}), Purpose.OPERATIONAL_ANALYSIS)


def test_searches_are_kept_and_forgotten(database: Database) -> None:
    bench = begin(database)
    with database.transaction():
        registers.add_officer(database, "rui", "Rui Alfama")
    at = {"database": database, "ledger": bench.ledger, "clock": Clock()}
    ana, rui = reach("ana"), reach("rui")
    saved_searches.save(" all   films ", Search.parse("kind=video"), reach=ana, **at)
    saved_searches.save("all films", Search.parse("kind=video&sort=-size"), shared=True, reach=ana, **at)
    (kept,) = saved_searches.saved(reach=ana, database=database)
    assert (kept.officer, kept.name, kept.search, kept.shared) == ("ana", "all films", "kind=video&sort=-size", True)
    assert saved_searches.saved(reach=rui, database=database) == [kept]
    with pytest.raises(NotFound):
        saved_searches.forget(kept.id, reach=rui, **at)
    saved_searches.forget(kept.id, reach=ana, **at)
    assert saved_searches.saved(reach=ana, database=database) == []
    acts = [entry.act for entry in ledgers.entries(database)]
    assert acts[-3:] == ["search.save", "search.save", "search.forget"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "\u202eb"])
def test_a_name_that_cannot_be_is_refused(database: Database, name: str) -> None:
    bench = begin(database)
    at = {"database": database, "ledger": bench.ledger, "clock": Clock()}
    with pytest.raises(MalformedName):
        saved_searches.save(name, Search(), reach=reach("ana"), **at)
    with pytest.raises(Forbidden):
        saved_searches.save("films", Search(), reach=reach("ana", Role.AUDITOR), **at)
