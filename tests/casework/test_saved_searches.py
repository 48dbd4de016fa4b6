"""Searches are kept for oneself or for all, and forgotten by oneself."""

import pickle

import pytest

from amparo.casework import saved_searches
from amparo.casework.saved_searches import MalformedName, NameTaken
from amparo.domain.errors import NotFound
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.search import Search
from amparo.records import ledger as ledgers
from amparo.records import registers
from amparo.records.database import Database
from amparo.records.verification import StoreBroken, verify_store
from contracts.databases import drop_triggers
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
    with pytest.raises(NameTaken) as taken:
        saved_searches.save("all films", Search.parse("kind=video&sort=-size"), shared=True, reach=ana, **at)
    first = taken.value.kept
    assert (first.name, first.search) == ("all films", "kind=video")
    assert "“all films”" in str(pickle.loads(pickle.dumps(taken.value)))
    saved_searches.save("all films", Search.parse("kind=video"), reach=ana, **at)  # as it is kept: nothing is done
    sorted_ = Search.parse("kind=video&sort=-size")
    saved_searches.save("all films", sorted_, shared=True, replace=first.id, reach=ana, **at)
    with pytest.raises(NameTaken):  # of a window that shows the one before
        saved_searches.save("all films", Search(), replace=first.id, reach=ana, **at)
    with pytest.raises(NameTaken):  # not to be shared any more
        saved_searches.save("all films", sorted_, reach=ana, **at)
    (kept,) = saved_searches.saved(reach=ana, database=database)
    assert (kept.officer, kept.name, kept.search, kept.shared) == ("ana", "all films", "kind=video&sort=-size", True)
    assert saved_searches.saved(reach=rui, database=database) == [kept]
    with pytest.raises(NotFound):
        saved_searches.forget(kept.id, reach=rui, **at)
    saved_searches.forget(kept.id, reach=ana, **at)
    assert saved_searches.saved(reach=ana, database=database) == []
    acts = [entry.act for entry in ledgers.entries(database)]
    assert acts[-3:] == ["search.save", "search.save", "search.forget"]


def test_searches_are_held_against_the_ledger(database: Database) -> None:
    bench = begin(database)
    at = {"database": database, "ledger": bench.ledger, "clock": Clock()}
    ana = reach("ana")
    for written in ("kind=video", "kind=picture"):  # the second in place of the first
        saved_searches.save("mine", Search.parse(written), replace=1, reach=ana, **at)
    saved_searches.save("others", Search(), reach=ana, **at)
    saved_searches.forget(saved_searches.saved(reach=ana, database=database)[-1].id, reach=ana, **at)
    verify_store(database)
    drop_triggers(database)
    for change, undo in (
        ("UPDATE saved_search SET search = 'kind=audio' WHERE id = 1", "SET search = 'kind=video' WHERE id = 1"),
        ("UPDATE saved_search SET ended = NULL WHERE id = 1 AND name = 'mine'", ""),
    ):
        with database.transaction():
            if "NULL" in change:  # another of that name is kept
                database.execute("DELETE FROM saved_search WHERE id = 2")
            database.execute(change)
        with pytest.raises(StoreBroken, match=r"saved_search(\.end)? with number [12]"):
            verify_store(database)
        if undo:
            with database.transaction():
                database.execute(f"UPDATE saved_search {undo}")
            verify_store(database)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "\u202eb"])
def test_a_name_that_cannot_be_is_refused(database: Database, name: str) -> None:
    bench = begin(database)
    at = {"database": database, "ledger": bench.ledger, "clock": Clock()}
    with pytest.raises(MalformedName):
        saved_searches.save(name, Search(), reach=reach("ana"), **at)
    with pytest.raises(Forbidden):
        saved_searches.save("films", Search(), reach=reach("ana", Role.AUDITOR), **at)
