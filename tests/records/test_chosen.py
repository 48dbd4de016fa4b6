"""Chosen places are tried again, and nothing else changes: neither their neighbours nor the containers around them."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from amparo.domain.cause import Cause
from amparo.domain.coverage import Account
from amparo.domain.finding import EXHIBIT, Finding, NotExamined
from amparo.domain.gaps import Gaps
from amparo.domain.plan import Batch, ContainerAddress, Examined, Sight
from amparo.records import counts, queries
from amparo.records.chosen import choice
from amparo.records.not_examined import not_examined
from amparo.records.quarantine import quarantined
from amparo.records.retrial import last_statement
from amparo.records.rows import Row
from amparo.records.store import ExaminationRecords
from amparo.records.verification import verify_ledger, verify_store
from contracts.examination import ROOT, Bench, item, read, repeated

INNER = ContainerAddress(ROOT.path_of(item("in.zip")), "zip")
LATE = NotExamined("video", "1", "It took longer than the limit.", Cause.LIMIT)
EARLY = NotExamined("zip", "1", "It ends early.")


def batch(*names: str, container: ContainerAddress = ROOT) -> Batch:
    return Batch(container, tuple(map(item, names)))


def unread(reason: str, cause: Cause = Cause.UNREADABLE, **fields: object) -> Examined:
    said = (NotExamined("reading", "1", reason, cause),)
    return Examined(Sight.UNREAD, not_examined=said, **fields)  # type: ignore[arg-type]


def place(name: str, container: ContainerAddress = ROOT) -> str:
    return str(container.path_of(item(name)))


def verify(bench: Bench) -> None:
    verify_ledger(bench.database, bench.public_key)
    verify_store(bench.database)
    assert counts.figures(bench.database, bench.acquisition) == counts.recounted(bench.database, bench.acquisition)


def wanted(store: ExaminationRecords, *names: str, container: ContainerAddress = ROOT) -> list[str]:
    rest = store.not_stored(batch(*names, container=container))
    return [] if rest is None else [each.name for each in rest.items]


def standing(bench: Bench) -> dict[str, list[Row]]:
    """All that is said of not having been examined, by the place."""
    found: dict[str, list[Row]] = {}
    for address, *said in bench.database.fetch(
        "SELECT coalesce(o.item_path, c.address, (SELECT x.item_path FROM occurrence x WHERE x.id = (SELECT min(y.id)"
        " FROM occurrence y WHERE y.media_file_id = n.media_file_id))), n.id, n.analyzer, n.reason, n.cause"
        " FROM not_examined n LEFT JOIN occurrence o ON o.id = n.occurrence_id"
        " LEFT JOIN container c ON c.id = n.container_id WHERE NOT n.superseded ORDER BY n.id"
    ):
        found.setdefault(address, []).append(tuple(said))
    return found


def everything_else(bench: Bench, chosen: Sequence[str]) -> list[list[Row]]:
    """Every row that has nothing to do with what lies at chosen places, and what is derived of it."""
    fetch = bench.database.fetch
    said = {address: rows for address, rows in standing(bench).items() if address not in chosen}
    items = [
        row
        for row in fetch(
            "SELECT item_path, id, sight, state, media_file_id, gaps, superseded FROM occurrence ORDER BY id"
        )
        if row[0] not in chosen
    ]
    containers = [row for row in fetch("SELECT address, id, state FROM container ORDER BY id") if row[0] not in chosen]
    return [[(address, *row) for address in sorted(said) for row in said[address]], items, containers]


def test_one_of_several_that_failed_in_a_container_that_failed_too(bench: Bench) -> None:
    store = bench.store()
    store.write(batch("in.zip", "torn"), [read("in", container_kind="zip"), unread("It is torn.")])
    store.write(
        batch("a", "b", "seen", container=INNER), [unread("a is locked."), unread("b is locked."), read("seen")]
    )
    store.listed(INNER, EARLY)
    store.listed(ROOT, None)
    chosen = [place("b", INNER)]
    before = everything_else(bench, chosen)
    retry = bench.retry(chosen)
    assert (retry.next_container(), retry.next_container()) == (INNER, None)
    assert wanted(retry, "a", "b", "seen", "unknown", container=INNER) == ["b"]
    retry.write(batch("b", container=INNER), [read("b")])
    assert wanted(retry, "a", "b", "seen", "unknown", container=INNER) == []
    retry.listed(INNER, None, Account(5, 5))
    assert everything_else(bench, chosen) == before
    assert place("b", INNER) not in standing(bench)
    assert bench.database.fetch("SELECT count(*) FROM account") == [(0,)], "it was not listed for its own sake"
    verify(bench)
    everything = bench.retry()
    assert (everything.next_container(), everything.next_container()) == (ROOT, INNER)
    assert wanted(everything, "a", "b", "seen", "unknown", container=INNER) == ["a", "unknown"]


def test_a_container_is_listed_again_and_what_failed_in_it_stays(bench: Bench) -> None:
    store = bench.store()
    store.write(batch("in.zip", "torn"), [read("in", container_kind="zip"), unread("It is torn.")])
    store.write(batch("a", container=INNER), [unread("a is locked.")])
    store.listed(INNER, EARLY)
    store.listed(ROOT, NotExamined("zip", "1", "The archive ends early."))
    chosen = [str(INNER)]
    before = everything_else(bench, chosen)
    retry = bench.retry(chosen)
    assert (retry.next_container(), retry.next_container()) == (INNER, None)
    assert wanted(retry, "a", "new", container=INNER) == ["new"]
    retry.write(batch("new", container=INNER), [unread("new is locked.")])
    retry.listed(INNER, NotExamined("zip", "1", "It ends a little later."))
    after = everything_else(bench, [*chosen, place("new", INNER)])
    assert after == before
    assert [row[2] for row in standing(bench)[str(INNER)]] == ["It ends a little later."]
    verify(bench)


def test_what_comes_to_light_in_a_chosen_place_is_examined_whole(bench: Bench) -> None:
    store = bench.store()
    store.write(batch("in.zip", "torn"), [unread("It is locked.", Cause.ENCRYPTED), unread("It is torn.")])
    store.listed(ROOT, None)
    chosen = [place("in.zip")]
    retry = bench.retry(chosen)
    assert retry.next_container() == ROOT
    retry.write(batch("in.zip"), [read("in", container_kind="zip")])
    assert retry.next_container() == INNER
    assert wanted(retry, "a", "b", container=INNER) == ["a", "b"]
    retry.write(batch("a", container=INNER), [unread("a is locked.")])
    mark = queries.acquisitions(bench.database)[0].open_retry
    assert mark is not None
    resumed = bench.store(mark.last_statement, chosen)  # after it was killed
    assert (resumed.next_container(), resumed.next_container()) == (INNER, None)
    assert wanted(resumed, "a", "b", container=INNER) == ["b"]
    resumed.write(batch("b", container=INNER), [read("b")])
    resumed.listed(INNER, EARLY)
    assert set(standing(bench)) == {place("torn"), place("a", INNER), str(INNER)}
    assert [row.state for row in queries.containers(bench.database, bench.acquisition)] == ["listed", "failed"]
    verify(bench)


@pytest.mark.parametrize(
    ("ending", "words"),
    [(None, "its container does not list it any more."), (EARLY, "It ends early.")],
)
def test_a_place_that_is_not_there_any_more_keeps_what_was_said_and_says_so(
    bench: Bench, ending: NotExamined | None, words: str
) -> None:
    store = bench.store()
    doubtful = replace(item("gone"), doubt="Its clusters were used again.")
    store.write(
        Batch(ROOT, (doubtful, item("here"), item("x"))),
        [unread("It is locked.", Cause.ENCRYPTED), unread("It is torn."), read("x", not_examined=(LATE,))],
    )
    store.listed(ROOT, None)
    chosen = [place("gone"), place("x")]
    before, figures = everything_else(bench, chosen), counts.figures(bench.database, bench.acquisition)
    for _ in range(2):
        retry = bench.retry(chosen)
        assert retry.next_container() == ROOT
        assert wanted(retry, "here", "newer") == []
        retry.listed(ROOT, ending)
        assert (
            bench.store(queries.acquisitions(bench.database)[0].retries[-1].last_statement, chosen).next_container()
            is None
        )
        verify(bench)
    said = standing(bench)
    assert [row[1:] for row in said[place("gone")]] == [
        ("reading", f"It is locked. It was tried again, in vain: {words}", "encrypted"),
        ("recovery", "Its clusters were used again.", "unreadable"),
    ]
    assert [row[1:] for row in said[place("x")]] == [
        ("video", f"It took longer than the limit. It was tried again, in vain: {words}", "limit")
    ]
    assert everything_else(bench, chosen) == before, "the container, too, stays as it was"
    assert counts.figures(bench.database, bench.acquisition) == figures


def test_bytes_are_read_at_the_place_that_was_chosen_and_once(bench: Bench) -> None:
    store = bench.store()
    other = replace(read("y"), not_examined=(LATE,))
    store.write(batch("a", "b", "c", "y"), [read("x", not_examined=(LATE,)), repeated("x"), repeated("x"), other])
    store.listed(ROOT, None)
    chosen = [place("c"), place("b")]
    retry = bench.retry([*chosen, *chosen])
    assert retry.next_container() == ROOT
    assert wanted(retry, "a", "b", "c", "y") == ["b"]
    assert retry.claim(read("x").digests.sha256)  # type: ignore[union-attr]
    assert not retry.claim(read("y").digests.sha256), "its bytes were not chosen"  # type: ignore[union-attr]
    found = replace(read("x"), findings=(*read("x").findings, Finding("video", "1", "It has 3 frames.")))
    retry.write(batch("b"), [found])
    retry.listed(ROOT, None)
    assert set(standing(bench)) == {place("y")}, "what is said of bytes holds for every copy"
    verify(bench)


def test_a_copy_that_comes_to_light_says_nothing_of_bytes_that_were_not_chosen(bench: Bench) -> None:
    store = bench.store()
    store.write(batch("locked", "x"), [unread("It is locked."), read("x", not_examined=(LATE,))])
    store.listed(ROOT, None)
    before = standing(bench)[place("x")]
    retry = bench.retry([place("locked")])
    assert not retry.claim(read("x").digests.sha256)  # type: ignore[union-attr]
    retry.write(batch("locked"), [repeated("x")])
    retry.listed(ROOT, None)
    assert standing(bench) == {place("x"): before}
    verify(bench)


def test_what_another_try_may_help_of_a_choice(bench: Bench) -> None:
    store = bench.store()
    damaged = NotExamined("exif", "2", "Its EXIF ends early.", Cause.UNREADABLE)
    store.write(
        batch("link", "torn", "x", "y"),
        [unread("A link.", Cause.NO_BYTES), unread("Torn."), read("x", not_examined=(damaged,)), read("y")],
    )
    store.listed(ROOT, None)
    store.doubt(ROOT, NotExamined(EXHIBIT, "1", "It changed while it was read."))
    places = [*map(place, ("link", "torn", "x", "y", "nowhere")), str(ROOT), str(INNER)]
    found = choice(bench.database, bench.acquisition, last_statement(bench.database), places)
    assert found.known == {*places} - {place("nowhere"), str(INNER)}
    assert found.helped == {place("torn")}
    assert bench.retry([place("link"), str(ROOT)]).next_container() is None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_chosen_and_whatever_comes_of_it_all_else_stays(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)
    names = {ROOT: ["in.zip", *map(str, range(5))], INNER: [f"i{number}" for number in range(5)]}

    def result(name: str) -> Examined:
        if name == "in.zip":
            return read("in", container_kind="zip")
        gaps = tuple(
            NotExamined(analyzer, "1", f"{analyzer} failed.", chance.choice(list(Cause)))
            for analyzer in chance.sample(("video", "exif"), chance.randint(0, 2))
        )
        unreadable = unread(f"{name} is torn.", chance.choice(list(Cause)))
        return chance.choice([read(name, not_examined=gaps), unreadable])

    def ending() -> NotExamined | None:
        return chance.choice([None, EARLY, NotExamined("zip", "1", "It is locked.", Cause.ENCRYPTED)])

    store = bench.store()
    for container, inside in names.items():
        known = inside[: chance.randint(2, 5)]
        store.write(batch(*known, container=container), [result(name) for name in known])
        store.listed(container, ending())
    for _ in range(3):
        every = [*map(str, names), *(place(name, container) for container in names for name in names[container])]
        chosen = chance.sample(every, chance.randint(1, 5))
        before = everything_else(bench, chosen)
        last = last_statement(bench.database)
        found = choice(bench.database, bench.acquisition, last, chosen)
        everywhere = choice(bench.database, bench.acquisition, last, every)
        listed = not_examined(bench.database, bench.acquisition, Gaps(), limit=1000)
        assert {row.place for row in listed if row.may_pass} == everywhere.helped, "a list offers what can be tried"
        assert {each.address for each in quarantined(bench.database, bench.acquisition) if each.may_pass} == {
            *everywhere.helped
        }
        retry = bench.retry(chosen)
        while container := retry.next_container():
            there = chance.sample(names[container], chance.randint(0, len(names[container])))
            for rest in filter(None, (retry.not_stored(batch(name, container=container)) for name in there)):
                retry.write(rest, [result(each.name) for each in rest.items])
            retry.listed(container, ending())
        verify(bench)
        stored = {row[0] for row in before[1]}
        came = [
            address
            for container in names
            if str(container) in found.helped
            for address in (place(name, container) for name in names[container])
            if address not in stored
        ]
        assert everything_else(bench, [*chosen, *came]) == before
        again = choice(bench.database, bench.acquisition, last, chosen)
        assert not again.containers
        assert all(target.media_file is not None for target in again.items.values()), "only who has no opinion any more"
