"""Finding entries of the ledger, held against reading all of them."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.domain.ledger import LedgerEntry
from amparo.records import ledger as ledgers
from amparo.records import ledger_search as search
from amparo.records.ledger_search import Sought
from contracts.examination import Bench

ACTS = ("file.consult", "file.unveil", "exhibit.share", "task.end")
REASONS = ("the series of 2024", "quality control, 100 %", "SERIES_B", "")


def fill(bench: Bench) -> None:
    with bench.database.transaction():
        for number in range(120):
            act = ACTS[number * 7 % 4]
            facts: dict[str, int] = {}
            if act == "file.unveil":
                facts["acquisition"] = number % 3
            if act == "exhibit.share":
                facts["exhibit"] = number % 2
            if act.startswith("file."):
                facts["file"] = number % 5
            personal = {"officer": ("ana", "bruno", "O'Hara")[number % 3]} if act != "task.end" else {}
            if reason := REASONS[number % 4]:
                personal["reason"] = reason
            if number % 6 == 0:
                personal["item"] = f"ES-{number}!folder:/DCIM/%_{number}.jpg"
            bench.ledger.append(act, facts, personal)
        bench.ledger.sign_head()


def holds(entry: LedgerEntry, personal: Mapping[str, str], sought: Sought) -> bool:
    facts = entry.facts
    places = sought.acquisitions is None or (
        facts.get("acquisition") in sought.acquisitions or facts.get("exhibit") in sought.exhibits
    )
    file = not (sought.file or sought.files) or (
        facts.get("file") in sought.files
        or (
            bool(sought.file)
            and any(sought.file.lower() in personal.get(name, "").lower() for name in ("item", "file", "values"))
        )
    )
    return (
        places
        and file
        and (sought.acts is None or entry.act in sought.acts)
        and (not sought.officer or personal.get("officer") == sought.officer)
        and (not sought.reason or sought.reason.lower() in personal.get("reason", "").lower())
        and (not sought.since or entry.at >= sought.since)
        and (not sought.until or entry.at < sought.until)
    )


SOUGHT = st.builds(
    Sought,
    acts=st.none() | st.frozensets(st.sampled_from(ACTS)),
    officer=st.sampled_from(("", "ana", "O'Hara", "nobody")),
    acquisitions=st.none() | st.sampled_from(((), (1,), (0, 2))),
    exhibits=st.sampled_from(((), (1,))),
    file=st.sampled_from(("", "dcim", "%_", "nothing")),
    files=st.sampled_from(((), (3,), (1, 4))),
    reason=st.sampled_from(("", "series", "%", "_", "100 %")),
    since=st.sampled_from(("", "2026-01-31T00:00:40.000Z")),
    until=st.sampled_from(("", "2026-01-31T00:01:30.000Z", "2020-01-01T00:00:00.000Z")),
)


@pytest.mark.parametrize("few", [0, 20_000])
def test_what_is_found_is_what_reading_all_finds(bench: Bench, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_FEW", few)
    fill(bench)
    every = list(ledgers.entries(bench.database))
    opened = {one.entry.index: one.opened for one in search.found(bench.database, [entry.index for entry in every])}
    texts = {index: {name: value for name, (_, value) in each.items()} for index, each in opened.items()}

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(SOUGHT, st.none() | st.integers(0, 130), st.integers(1, 130))
    def agree(sought: Sought, before: int | None, limit: int) -> None:
        expected = [
            entry.index
            for entry in reversed(every)
            if (before is None or entry.index < before) and holds(entry, texts[entry.index], sought)
        ]
        assert search.positions(bench.database, sought, before=before, limit=limit) == expected[:limit]

    agree()


def test_what_is_erased_is_not_found_by_its_words(bench: Bench) -> None:
    fill(bench)
    (last, *_) = search.positions(bench.database, Sought(reason="series"))
    bench.database.execute("DELETE FROM commitment WHERE entry = %s", (last,))
    assert last not in search.positions(bench.database, Sought(reason="series"), limit=200)
    assert last in search.positions(bench.database, Sought(), limit=200)
    assert search.found(bench.database, [last])[0].opened == {}


def test_acts_are_counted_by_day(bench: Bench) -> None:
    fill(bench)
    counted = {act: count for act, _, count in search.acts_by_day(bench.database)}
    assert {act: counted[act] for act in ACTS} == dict.fromkeys(ACTS, 30)
    assert set(ACTS) <= set(search.acts(bench.database))
    assert {day for _, day, _ in search.acts_by_day(bench.database)} == {"2026-01-31"}


def test_what_is_no_json_is_in_no_index(bench: Bench) -> None:
    bench.database.execute(
        "INSERT INTO ledger_entry (position, entry, subtrees) VALUES (%s, %s, %s)", (1, b"\xff{", b"")
    )
    assert search.acts(bench.database) == [ledgers.entry(bench.database, 0).act]
    (found,) = search.found(bench.database, [1])
    assert not found.readable


def test_an_index_serves_each_question(bench: Bench) -> None:
    if bench.database.vendor != "sqlite":
        pytest.skip("the plans of SQLite")

    def plan(query: str) -> Iterator[str]:
        return (row[3] for row in bench.database.fetch(f"EXPLAIN QUERY PLAN {query}"))

    for query, index in (
        ("SELECT position FROM ledger_entry WHERE act = 'a' ORDER BY position DESC", "ledger_entry_act"),
        ("SELECT position FROM ledger_entry WHERE acquisition = 1 ORDER BY position", "ledger_entry_acquisition"),
        ("SELECT position FROM ledger_entry WHERE file = 1 ORDER BY position", "ledger_entry_file"),
        ("SELECT act, day, count(*) FROM ledger_entry GROUP BY act, day", "INDEX ledger_entry_day"),
        ("SELECT entry FROM commitment WHERE name = 'reason' AND value LIKE '%a%'", "COVERING INDEX commitment_text"),
    ):
        (step,) = plan(query)
        assert index in step
