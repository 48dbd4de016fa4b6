"""What failed is tried again: history is added to, the counts stay right, and the ledger covers all of it."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from amparo.domain.cause import Cause
from amparo.domain.finding import EXHIBIT, Finding, NotExamined
from amparo.domain.item import ItemState
from amparo.domain.item_path import ItemPath
from amparo.domain.plan import Batch, ContainerAddress, Examined, Sight
from amparo.records import counts, models, queries, registers
from amparo.records.coverage import outers
from amparo.records.database import Conflict, Database, connect
from amparo.records.rows import SUPERSESSION, TABLES
from amparo.records.store import ExaminationRecords
from amparo.records.verification import verify_ledger, verify_store
from contracts.examination import ROOT, Bench, before_texts_and_clues, begin, item, read, repeated


def batch(*names: str, container: ContainerAddress = ROOT) -> Batch:
    return Batch(container, tuple(map(item, names)))


def unread(reason: str, cause: Cause = Cause.UNREADABLE, **fields: object) -> Examined:
    said = (NotExamined("reading", "1", reason, cause),)
    return Examined(Sight.UNREAD, not_examined=said, **fields)  # type: ignore[arg-type]


def verify(bench: Bench) -> None:
    verify_ledger(bench.database, bench.public_key)
    verify_store(bench.database)
    assert counts.figures(bench.database, bench.acquisition) == counts.recounted(bench.database, bench.acquisition)


def wanted(store: ExaminationRecords, *names: str) -> list[str]:
    rest = store.not_stored(batch(*names))
    return [] if rest is None else [each.name for each in rest.items]


def rows(bench: Bench) -> dict[str, queries.OccurrenceRow]:
    return {row.item_path.rpartition("/")[2]: row for row in queries.occurrences(bench.database, bench.acquisition)}


def test_what_could_not_be_read_is_read_and_the_first_try_stays_on_record(bench: Bench) -> None:
    store = bench.store()
    store.write(
        batch("a", "torn", "locked", "link"),
        [
            read("a"),
            unread("It is torn."),
            unread("It is locked.", Cause.ENCRYPTED),
            unread("It is a link.", Cause.NO_BYTES),
        ],
    )
    store.listed(ROOT, None)
    retry = bench.retry()
    assert (retry.next_container(), retry.next_container()) == (ROOT, None)
    assert wanted(retry, "a", "torn", "locked", "link") == ["torn", "locked"]
    retry.write(batch("torn", "locked"), [read("torn"), unread("It is locked still.", Cause.ENCRYPTED)])
    assert wanted(retry, "a", "torn", "locked", "link") == []
    retry.listed(ROOT, None)
    found = rows(bench)
    assert [found[name].sight for name in ("a", "torn", "locked", "link")] == [
        Sight.READ, Sight.READ, Sight.UNREAD, Sight.UNREAD,
    ]  # fmt: skip
    assert found["torn"].not_examined == ()
    assert [said.reason for said in found["locked"].not_examined] == ["It is locked still."]
    figures = counts.figures(bench.database, bench.acquisition)
    assert (figures.items, figures.unread, figures.not_examined, figures.distinct) == (4, 2, 2, 2)
    assert bench.database.fetch("SELECT count(*) FROM occurrence WHERE superseded") == [(2,)]
    assert {row[0] for row in bench.database.fetch("SELECT reason FROM not_examined WHERE superseded")} == {
        "It is torn.", "It is locked.",
    }  # fmt: skip
    assert sorted(counts.reasons(bench.database, bench.acquisition)) == [
        ("reading", "It is a link.", 1), ("reading", "It is locked still.", 1),
    ]  # fmt: skip
    verify(bench)


def test_a_container_that_failed_is_listed_to_its_end(bench: Bench) -> None:
    store = bench.store()
    inner = ContainerAddress(ROOT.path_of(item("in.zip")), "zip")
    store.write(batch("in.zip"), [read("in", container_kind="zip")])
    store.write(batch("first", container=inner), [read("first")])
    store.listed(inner, NotExamined("zip", "1", "It ends early.", Cause.UNREADABLE))
    store.listed(ROOT, None)
    retry = bench.retry()
    assert (retry.next_container(), retry.next_container()) == (inner, None)
    rest = retry.not_stored(batch("first", "second", container=inner))
    assert rest is not None
    assert [each.name for each in rest.items] == ["second"]
    retry.write(rest, [read("second", container_kind="zip")])
    assert retry.next_container() == ContainerAddress(inner.path_of(item("second")), "zip")
    retry.listed(inner, None)
    states = {row.address: (row.state, row.not_examined) for row in queries.containers(bench.database, 1)}
    assert states["ES-7!zip:/in.zip!zip:"] == ("listed", ())
    assert counts.figures(bench.database, bench.acquisition).not_examined == 0
    verify(bench)


def test_it_may_fail_again_with_another_reason(bench: Bench) -> None:
    store = bench.store()
    store.listed(ROOT, NotExamined("zip", "1", "It ends early."))
    retry = bench.retry()
    assert retry.next_container() == ROOT
    retry.listed(ROOT, NotExamined("zip", "1", "It ends a little later."))
    (row,) = queries.containers(bench.database, bench.acquisition)
    assert (row.state, [said.reason for said in row.not_examined]) == ("failed", ["It ends a little later."])
    assert counts.figures(bench.database, bench.acquisition).not_examined == 1
    verify(bench)


def test_what_an_analyzer_could_not_say_it_says_of_every_copy(bench: Bench) -> None:
    late = NotExamined("video", "1", "It took longer than the limit.", Cause.LIMIT)
    lacking = NotExamined("heif", "1", "The extra is missing.", Cause.UNSUPPORTED)
    damaged = NotExamined("exif", "2", "Its EXIF ends early.", Cause.UNREADABLE)
    store = bench.store()
    first = replace(read("x"), findings=read("x").findings[:1], not_examined=(late, lacking, damaged))
    store.write(batch("a", "b"), [first, repeated("x")])
    store.listed(ROOT, None)
    assert counts.figures(bench.database, bench.acquisition).not_examined == 6
    retry = bench.retry()
    assert retry.next_container() == ROOT
    assert wanted(retry, "a", "b") == ["a"], "its bytes are read at one place"
    assert retry.claim(first.digests.sha256)  # type: ignore[union-attr]
    assert not retry.claim(first.digests.sha256)  # type: ignore[union-attr]
    again = replace(
        first,
        findings=(Finding("pdq", "9", "Another word."), Finding("video", "1", "It has 3 frames.")),
        not_examined=(replace(lacking, reason="It is missing still."), damaged),
    )
    retry.write(batch("a"), [again])
    assert not retry.claim(first.digests.sha256)  # type: ignore[union-attr]
    found = rows(bench)
    assert [said.reason for said in found["a"].not_examined] == ["Its EXIF ends early.", "It is missing still."]
    assert found["a"].not_examined == found["b"].not_examined
    said = queries.findings_of(bench.database, [1])[1]
    assert [(each.analyzer, each.version) for each in said] == [("pdq", "1"), ("video", "1")]
    assert counts.figures(bench.database, bench.acquisition).not_examined == 4
    verify(bench)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (unread("The medium is gone."), "It was tried again, in vain: The medium is gone."),
        (read("changed"), "its bytes are no longer those that were examined."),
    ],
)
def test_bytes_that_cannot_be_read_again_keep_what_was_said(bench: Bench, result: Examined, words: str) -> None:
    store = bench.store()
    gap = NotExamined("video", "1", "It took longer than the limit.", Cause.LIMIT)
    store.write(batch("a"), [read("x", not_examined=(gap,))])
    store.listed(ROOT, None)
    retry = bench.retry()
    assert retry.next_container() == ROOT
    retry.write(batch("a"), [result])
    row = rows(bench)["a"]
    assert row.sight is Sight.READ
    (said,) = row.not_examined
    assert said.cause is Cause.LIMIT
    assert said.reason.startswith("It took longer than the limit.")
    assert words in said.reason
    assert wanted(retry, "a") == []
    assert counts.figures(bench.database, bench.acquisition).not_examined == 1
    verify(bench)


def test_a_volume_that_nothing_read_is_opened_by_its_new_reader(bench: Bench) -> None:
    store = bench.store()
    volume = Batch(ROOT, (item("p1", volume=True), item("p2", state=ItemState.DELETED)))
    nothing = "Nothing here reads it."
    store.write(volume, [unread(nothing, Cause.UNSUPPORTED, container_kind="carved"), unread("It is torn.")])
    carved = store.next_container() and store.next_container()
    assert carved is not None
    store.listed(carved, None)
    store.listed(ROOT, None)
    retry = bench.retry()
    assert retry.next_container() == ROOT
    retry.write(volume, [unread(nothing, Cause.UNSUPPORTED, container_kind="carved"), read("p2")])
    retry.listed(ROOT, None)
    verify(bench)
    retry = bench.retry()
    assert retry.next_container() == ROOT
    retry.write(Batch(ROOT, volume.items[:1]), [Examined(Sight.OPENED, container_kind="apfs")])
    addresses = [row.address for row in queries.containers(bench.database, bench.acquisition)]
    assert addresses == ["ES-7!zip:", "ES-7!zip:/p1!carved:", "ES-7!zip:/p1!apfs:"]
    assert counts.figures(bench.database, bench.acquisition).states == {"live": 1, "deleted": 1}
    verify(bench)


def test_a_retry_that_was_killed_goes_on_and_an_item_is_stored_once(bench: Bench) -> None:
    store = bench.store()
    store.write(batch("a", "b", "c"), [unread(f"{name} is torn.") for name in "abc"])
    store.listed(ROOT, None)
    retry = bench.retry()
    retry.write(batch("a"), [unread("a is torn still.")])
    mark = queries.acquisitions(bench.database)[0].open_retry
    assert mark is not None
    resumed = bench.store(mark.last_statement)
    assert resumed.next_container() == ROOT
    assert wanted(resumed, "a", "b", "c") == ["b", "c"]
    with pytest.raises(Conflict):
        resumed.write(batch("a"), [read("a")])
    resumed.write(batch("b", "c"), [read("b"), read("c")])
    assert bench.store(mark.last_statement).next_container() is None
    verify(bench)
    assert wanted(bench.retry(), "a", "b", "c") == ["a"], "another retry tries it a third time"


def test_doubt_on_an_exhibit_stays(bench: Bench) -> None:
    store = bench.store()
    store.write(batch("a"), [read("a")])
    store.listed(ROOT, None)
    store.doubt(ROOT, NotExamined(EXHIBIT, "1", "It changed while it was read."))
    assert bench.retry().next_container() is None
    (row,) = queries.containers(bench.database, bench.acquisition)
    assert (row.state, [said.reason for said in row.not_examined]) == ("listed", ["It changed while it was read."])
    assert counts.figures(bench.database, bench.acquisition).not_examined == 1
    verify(bench)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_whatever_order_the_counts_and_the_ledger_agree(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)

    def result(name: str) -> Examined:
        gaps = tuple(
            NotExamined(analyzer, "1", f"{analyzer} failed.", chance.choice(list(Cause)))
            for analyzer in chance.sample(("video", "exif", "pdq"), chance.randint(0, 3))
        )
        said = {gap.analyzer for gap in gaps}
        content = chance.choice("xyz")
        found = replace(
            read(content),
            findings=tuple(each for each in read(content).findings if each.analyzer not in said),
            not_examined=gaps,
        )
        unreadable = unread(f"{name} is torn.", chance.choice(list(Cause)))
        return chance.choice([found, found, repeated(content), unreadable, unreadable])

    names = [f"{number}" for number in range(12)]
    store = bench.store()
    first = chance.sample(names, 8)
    store.write(batch(*first[:4]), [result(name) for name in first[:4]])
    store.write(batch(*first[4:]), [result(name) for name in first[4:]])
    store.listed(ROOT, chance.choice([None, NotExamined("zip", "1", "It ends early.")]))
    for _ in range(3):
        retry = bench.retry()
        given = retry.next_container()
        assert given in (None, ROOT)
        rest = wanted(retry, *names) if given else []
        for start in range(0, len(rest), 3):
            part = rest[start : start + 3]
            retry.write(batch(*part), [result(name) for name in part])
        if given:
            retry.listed(ROOT, chance.choice([None, NotExamined("zip", "1", "It ends early.")]))
        verify(bench)
    assert ItemPath("ES-7") == ROOT.item


def before_log_in(database: Database, name: str, display: str) -> registers.Recorded:
    """An officer as there were when nobody logged in."""
    database.execute("INSERT INTO officer (name, display) VALUES (%s, %s)", (name, display))
    [(number,)] = database.fetch("SELECT id FROM officer")
    return registers.recorded_officer(models.Officer(pk=number, name=name, display=display))


def test_a_workbench_from_before_retries_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = connect(tmp_path / "old.sqlite3")
    executor = MigrationExecutor(connections[database.alias])
    executor.migrate([("records", "0004_hash_sets")])
    with monkeypatch.context() as before:
        for module in ("store", "bulk"):
            before.setattr(f"amparo.records.{module}.TABLES", TABLES[: TABLES.index(SUPERSESSION)])
        before.setattr(registers, "add_officer", before_log_in)
        bench = begin(database)
        bench.store().write(batch("a", "torn"), [before_texts_and_clues(read("a")), unread("It is torn.")])
    assert not database.check_version()
    database.migrate()
    bench.store().listed(ROOT, None)
    verify(bench)
    retry = bench.retry()
    assert wanted(retry, "a", "torn") == ["torn"]
    retry.write(batch("torn"), [read("torn")])
    verify(bench)
    database.close()


def test_a_volume_that_nothing_reads_is_still_counted_by_what_was_carved_of_it(bench: Bench) -> None:
    store = bench.store()
    volume = Batch(ROOT, (item("p1", volume=True), item("torn")))
    nothing = unread("Nothing here reads it.", Cause.UNSUPPORTED, container_kind="carved")
    store.write(volume, [nothing, unread("It is torn.")])
    carved = ContainerAddress(ROOT.path_of(item("p1")), "carved")
    store.write(batch("0", container=carved), [read("0")])
    store.listed(carved, None)
    store.listed(ROOT, None)
    before = outers(bench.database, bench.acquisition)
    assert [inner.container for inner in before[1].inner] == [2]
    retry = bench.retry()
    assert retry.next_container() == ROOT
    retry.write(volume, [nothing, unread("It is torn.")])
    retry.listed(ROOT, None)
    assert outers(bench.database, bench.acquisition) == before
    verify(bench)
