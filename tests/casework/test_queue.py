"""The file that is worth a look now: in whose order, to whom it is given, and why others do not wait."""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from amparo.casework import candidates, grading, order_at_hand, queue, standing_order
from amparo.casework.candidates import state_of
from amparo.casework.disclose import NoReason
from amparo.casework.prepared import Prepared
from amparo.casework.queue import NotWithYou, Stands
from amparo.casework.weights import set_weights, weights
from amparo.domain.errors import NotFound
from amparo.domain.grading import Round
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.queue import MalformedWeights
from amparo.records import registers
from amparo.records.database import Database
from amparo.records.verification import StoreBroken, verify_store
from contracts import reviewing
from contracts.catalogue import exhibit
from contracts.databases import drop_triggers
from contracts.examination import Bench, Clock, begin
from contracts.queue import Photo, agency, decide, known, leased_to_each, reviewer, store, withdraw

NEAR = [bytes([85, 15] * 16), bytes([85, 15] * 15 + [85, 14])]


@pytest.fixture
def bench(database: Database) -> Bench:
    made = begin(database)
    agency(made, "alfama", "PT", ["rui", "eva"])
    return made


def ports(bench: Bench, folder: Path) -> dict[str, Any]:
    return {"database": bench.database, "folder": folder, "clock": Clock()}


def test_the_order_its_reasons_and_who_gets_which(bench: Bench, tmp_path: Path) -> None:
    files = store(
        bench,
        [
            Photo("a.jpg", "plain"),
            Photo("DCIM/1.jpg", "camera", serial="7", taken="2026-01-20T10:00:00", gps=True, traces=True, log10_lr=-1),
            Photo("DCIM/2.jpg", "second", serial="7", taken="2014-01-20T10:00:00"),
            Photo("copy of a.jpg", "plain"),
            Photo("generated.jpg", "made", log10_lr=2.0),
            Photo("boat.jpg", "boat", points=90),
            Photo("text.txt", "text", media_type="text/plain"),
        ],
    )
    at = ports(bench, tmp_path)
    rui, eva = reviewer("rui", 1), reviewer("eva", 1)
    listed = queue.ahead(10, reach=rui, **at)
    assert [one.file for one in listed] == [files[name] for name in ("camera", "second", "boat", "plain", "made")]
    first = listed[0]
    assert sum(each.score for each in first.reasons) == first.score
    assert {each.reason for each in first.reasons} == {
        "unknown", "camera-traces", "same-camera", "camera-roll", "recent", "place-or-time", "origin",
    }  # fmt: skip
    assert [(each.reason, each.points) for each in listed[2].reasons] == [("unknown", 100), ("classifier:boats", 90)]
    assert listed[2].reasons[1].sentence == "It shows boats on a lake."
    assert listed[3].score == listed[4].score
    given = queue.next_file(reach=rui, **at)
    other = queue.next_file(reach=eva, **at)
    assert given is not None
    assert other is not None
    assert (given.file, other.file) == (files["camera"], files["second"])
    assert given.waiting == 5
    assert queue.next_file(reach=rui, **at).file == given.file  # type: ignore[union-attr]
    assert queue.why(files["camera"], reach=eva, **at).stands is Stands.WITH_ANOTHER
    assert queue.why(files["camera"], reach=rui, **at).stands is Stands.WITH_YOU
    assert queue.why(files["plain"], reach=eva, **at).before == 3
    assert queue.why(files["text"], reach=eva, **at).stands is Stands.NOT_LOOKED_AT
    saved = queue.saved(reach=rui, **at)
    assert (saved.places, saved.same_bytes, saved.looks) == (6, 1, 5)
    queue.release(given.file, reach=rui, database=bench.database)
    with pytest.raises(NotWithYou):
        queue.extend(given.file, reach=rui, database=bench.database, clock=at["clock"])
    avoiding = queue.next_file(avoid=frozenset({files["camera"]}), reach=rui, **at)
    assert avoiding is not None
    assert avoiding.file == files["boat"]
    asked: list[int] = []

    def left_out(some: Sequence[int]) -> set[int]:
        asked.extend(some)
        return {files["boat"], files["camera"]} & set(some)

    spared = queue.next_file(left_out=left_out, reach=rui, **at)
    assert spared is not None
    assert spared.file == files["plain"]
    assert files["second"] not in asked, "it is with another, who is asked for nothing here"


def test_a_near_copy_of_what_is_left_out_is_left_out_however_many_there_are(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_order, "_FIRST_ASKED", 1)
    photos = [Photo(f"{name}.jpg", name, gps=True) for name in ("one", "two", "three")]
    photos += [Photo("c0.jpg", "best", pdq=NEAR[0], gps=True), Photo("c1.jpg", "copy", pdq=NEAR[1])]
    files = store(bench, [*photos, Photo("last.jpg", "last")])
    at, rui = ports(bench, tmp_path), reviewer("rui", 1)
    severe = {files[name] for name in ("one", "two", "three", "copy")}
    given = queue.next_file(left_out=severe.intersection, reach=rui, **at)
    assert given is not None
    assert given.file == files["last"]
    assert queue.next_file(left_out=set(files.values()).intersection, reach=rui, **at) is None


def test_what_sets_know_leaves_with_its_near_copies_but_for_unidentified_series(bench: Bench, tmp_path: Path) -> None:
    photos = [Photo(f"{name}.jpg", name) for name in ("bytes", "good", "near", "series", "film", "text", "new")]
    photos += [Photo("c0.jpg", "copied", pdq=NEAR[0]), Photo("c1.jpg", "copy", pdq=NEAR[1])]
    files = store(bench, photos)
    told = {"bytes": "digest", "near": "picture", "film": "film", "text": "digest as text", "copied": "digest"}
    known(bench, {files[name]: basis for name, basis in told.items()})
    at, rui = ports(bench, tmp_path), reviewer("rui", 1)
    assert {one.file for one in queue.ahead(9, reach=rui, **at)} == {
        files[name] for name in ("good", "series", "text", "new")
    }
    assert queue.why(files["bytes"], reach=rui, **at).stands is Stands.KNOWN
    assert queue.why(files["near"], reach=rui, **at).stands is Stands.NEAR_KNOWN
    assert queue.why(files["copy"], reach=rui, **at).stands is Stands.NEAR_KNOWN
    saved = queue.saved(reach=rui, **at)
    assert (saved.known, saved.near_known, saved.near_copies, saved.looks) == (2, 3, 0, 4)


def test_near_copies_of_an_unidentified_series_wait_before_others(bench: Bench, tmp_path: Path) -> None:
    files = store(bench, [Photo(f"{name}.jpg", name) for name in ("new", "open", "closed")])
    at, rui = ports(bench, tmp_path), reviewer("rui", 1)
    known(bench, {files["open"]: "picture"}, facts={"series": "Lake", "flags": ["distributed"]})
    assert [one.file for one in queue.ahead(9, reach=rui, **at)] == [files["open"], files["new"], files["closed"]]
    facts = {"series": "Hill", "flags": ["victim identified"]}
    known(bench, {files["closed"]: "film"}, facts=facts)
    anew = tmp_path / "anew"
    anew.mkdir()
    fresh = ports(bench, anew)
    assert [one.file for one in queue.ahead(9, reach=rui, **fresh)] == [files["new"], files["open"]]


def test_one_look_serves_a_cluster_and_a_decision_all_copies(bench: Bench, tmp_path: Path) -> None:
    photos = [Photo("a.jpg", "a", pdq=NEAR[0]), Photo("DCIM/b.jpg", "b", pdq=NEAR[1]), Photo("c.jpg", "c")]
    files = store(bench, photos)
    at, rui, eva = ports(bench, tmp_path), reviewer("rui", 1), reviewer("eva", 1)
    assert [one.copies for one in queue.ahead(9, reach=rui, **at)] == [2, 1]
    assert sorted(queue.copies(files["b"], reach=rui, **at)) == [files["a"], files["b"]]
    before = queue.why(files["a"], reach=rui, **at)
    assert (before.stands, before.better) == (Stands.NEAR_WAITING, files["b"])
    assert queue.saved(reach=rui, **at).near_copies == 1
    given = queue.next_file(reach=rui, **at)
    assert given is not None
    assert given.file == files["b"]
    assert queue.why(files["b"], reach=eva, **at).stands is Stands.WITH_ANOTHER
    number = decide(bench.database, "rui", [files["a"]])
    assert queue.why(files["a"], reach=rui, **at).stands is Stands.DECIDED
    assert queue.why(files["b"], reach=rui, **at).stands is Stands.NEAR_DECIDED
    following = queue.next_file(reach=rui, **at)
    assert following is not None
    assert following.file == files["c"]
    withdraw(bench.database, number)
    assert queue.why(files["b"], reach=eva, **at).before == 0
    decide(bench.database, "eva", [files["b"]], "not-categorised", vocabulary="neutral")
    assert queue.why(files["b"], reach=eva, **at).before == 0


def test_the_second_look_is_another_officer_s_and_tells_nothing_of_the_first(bench: Bench, tmp_path: Path) -> None:
    files = store(bench, [Photo("a.jpg", "a"), Photo("DCIM/b.jpg", "b"), Photo("c.jpg", "c")])
    at, rui, eva = ports(bench, tmp_path), reviewer("rui", 1), reviewer("eva", 1)
    decide(bench.database, "rui", [files["a"], files["b"]])
    assert queue.next_file(round=Round.SECOND, reach=rui, **at) is None
    given = queue.next_file(round=Round.SECOND, reach=eva, **at)
    assert given is not None
    assert (given.file, given.waiting, given.round) == (files["b"], 2, Round.SECOND)
    counted = queue.waiting(reach=eva, **at)
    assert (counted.first, counted.second, counted.held) == (1, 2, 1)
    decide(bench.database, "eva", [files["b"]], "2", Round.SECOND)
    following = queue.next_file(round=Round.SECOND, reach=eva, **at)
    assert following is not None
    assert following.file == files["a"]
    # A decision that is taken back leaves a file to whoever decided first, and to nobody twice.
    withdraw(bench.database, decide(bench.database, "eva", [files["a"]], "1", Round.SECOND))
    assert queue.waiting(reach=eva, **at).second == 1


def test_each_agency_has_the_order_of_what_it_may_see(bench: Bench, tmp_path: Path) -> None:
    other = exhibit(bench, "BE-1")
    agency(other, "belem", "ES", ["bruno"])
    mine = store(bench, [Photo("a.jpg", "both", serial="7"), Photo("b.jpg", "own", serial="7")])
    theirs = store(other, [Photo("x.jpg", "both", serial="7"), Photo("y.jpg", "theirs")])
    at = ports(bench, tmp_path)
    first = queue.ahead(9, reach=reviewer("rui", 1, 2), **at)[0]
    assert {"exhibits", "countries", "same-camera"} <= {each.reason for each in first.reasons}
    partner = reviewer("bruno", 2)
    listed = queue.ahead(9, reach=partner, **at)
    assert {one.file for one in listed} == {theirs["both"], theirs["theirs"]}
    assert not {"exhibits", "countries", "same-camera"} & {each.reason for one in listed for each in one.reasons}
    with pytest.raises(NotFound):
        queue.why(mine["own"], reach=partner, **at)
    stranger = reviewer("bruno")
    assert queue.ahead(9, reach=stranger, **at) == []
    assert queue.next_file(reach=stranger, **at) is None
    auditor = Reach("axel", "alfama", frozenset({Role.AUDITOR}), Purpose.OPERATIONAL_ANALYSIS, frozenset({1}))
    examiner = Reach("rui", "alfama", frozenset({Role.EXAMINER}), Purpose.OPERATIONAL_ANALYSIS, frozenset({1}))
    with pytest.raises(Forbidden):
        queue.ahead(1, reach=auditor, **at)
    with pytest.raises(Forbidden):
        queue.next_file(reach=examiner, **at)


def test_weights_are_laid_down_on_record_and_the_order_follows(bench: Bench, tmp_path: Path) -> None:
    files = store(bench, [Photo("a.jpg", "place", gps=True), Photo("DCIM/b.jpg", "roll")])
    at = ports(bench, tmp_path)
    ana = Reach("ana", "alfama", frozenset({Role.SUPERVISOR}), Purpose.OPERATIONAL_ANALYSIS, frozenset({1}))
    kept = {"database": bench.database, "ledger": bench.ledger, "clock": at["clock"]}
    assert queue.ahead(1, reach=ana, **at)[0].file == files["roll"]
    set_weights({"place-or-time": 500}, "The lake is to be found.", reach=ana, **kept)
    assert queue.ahead(1, reach=ana, **at)[0].file == files["place"]
    now = weights(reach=ana, database=bench.database)
    assert (now.officer, now.reason, now.weights.by_reason["place-or-time"]) == ("ana", "The lake is to be found.", 500)
    assert now.weights.by_reason["camera-roll"] == 80
    with pytest.raises(NoReason):
        set_weights({"recent": 1}, " ", reach=ana, **kept)
    with pytest.raises(MalformedWeights, match="no reason 'luck'"):
        set_weights({"luck": 1}, "Why not?", reach=ana, **kept)
    with pytest.raises(Forbidden):
        set_weights({"recent": 1}, "I like it.", reach=reviewer("rui", 1), **kept)
    verify_store(bench.database)
    drop_triggers(bench.database)
    bench.database.execute("UPDATE queue_weights SET reason = 'None.'")
    with pytest.raises(StoreBroken, match="queue_weights"):
        verify_store(bench.database)


def test_no_file_is_given_twice_however_many_ask_at_once(bench: Bench, tmp_path: Path) -> None:
    files = store(bench, [Photo(f"{number}.jpg", f"{number}") for number in range(12)])
    names = [f"officer {number}" for number in range(6)]
    with bench.database.transaction():
        added = [registers.add_officer(bench.database, name, name) for name in names]
        bench.ledger.append("member.add", {}, registers.committed(*added))
        bench.ledger.sign_head()
    at = ports(bench, tmp_path)
    queue.ahead(1, reach=reviewer("rui", 1), **at)  # so that all have the order at hand

    def ask(name: str) -> tuple[str, int]:
        try:
            given = queue.next_file(reach=reviewer(name, 1), **at)
            assert given is not None
            return name, given.file
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(names) * 2) as pool:
        given = list(pool.map(ask, names * 2))  # each of them twice at once
    assert len(set(given)) == len(names)
    assert {file for _, file in given} == set(list(files.values())[: len(names)])


def test_processes_share_leases(bench: Bench, database_address: str) -> None:
    with bench.database.transaction():
        officers = [registers.add_officer(bench.database, f"officer {number}", "") for number in range(60)]
        bench.ledger.append("member.add", {}, registers.committed(*officers))
        bench.ledger.sign_head()
    halves = [[officer.id for officer in officers[start::2]] for start in range(2)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        taken = list(pool.map(leased_to_each, [database_address] * 2, halves))
    assert sorted(taken[0] + taken[1]) == list(range(1, 61))


class Hours:
    """A clock that stands still until it is put forward."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def test_a_file_goes_back_when_its_page_says_nothing_any_more(bench: Bench, tmp_path: Path) -> None:
    files = store(bench, [Photo("a.jpg", "a"), Photo("b.jpg", "b")])
    clock, rui, eva = Hours(), reviewer("rui", 1), reviewer("eva", 1)
    at = {**ports(bench, tmp_path), "clock": clock}

    def given(reach: Reach) -> int | None:
        found = queue.next_file(reach=reach, **at)
        return None if found is None else found.file

    kept = {"reach": rui, "database": bench.database, "clock": clock}
    assert given(rui) == files["a"]
    clock.forward(queue.LEASE_S - 1)
    assert queue.extend(files["a"], **kept) == clock() + timedelta(seconds=queue.LEASE_S)
    clock.forward(queue.LEASE_S - 1)
    assert given(eva) == files["b"]
    clock.forward(2)
    assert queue.why(files["a"], reach=eva, **at).stands is Stands.WAITING
    assert queue.extend(files["a"], **kept) > clock()  # nobody was given anything since
    assert given(eva) == files["b"]
    clock.forward(queue.LEASE_S + 1)
    assert given(eva) == files["a"]
    with pytest.raises(NotWithYou):
        queue.extend(files["a"], **kept)
    queue.release(files["a"], reach=rui, database=bench.database)  # what is with another stays there
    assert queue.why(files["a"], reach=eva, **at).stands is Stands.WITH_YOU
    queue.release(reach=eva, database=bench.database)
    assert given(rui) == files["a"]
    decide(bench.database, "rui", [files["a"], files["b"]])
    assert given(rui) is None


def test_the_order_follows_what_is_stored_and_is_kept(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_at_hand, "_TABLES", Prepared(rest=0))
    files = store(bench, [Photo("a.jpg", "a")])
    at, rui = {**ports(bench, tmp_path), "clock": Hours()}, reviewer("rui", 1)
    assert [one.file for one in queue.ahead(9, reach=rui, **at)] == [files["a"]]
    more = store(bench, [Photo("DCIM/b.jpg", "b")])
    ends_s = time.monotonic() + 60
    while len(listed := queue.ahead(9, reach=rui, **at)) < 2:  # as long as the new one is being made, the one before
        assert time.monotonic() < ends_s
        time.sleep(0.05)
    assert [one.file for one in listed] == [more["b"], files["a"]]
    where = {"reach": rui, "database": bench.database, "folder": tmp_path}
    state = state_of(rui, bench.database)
    with monkeypatch.context() as patched:
        patched.setattr(candidates, "_made", lambda *_: pytest.fail("it is kept"))
        table = candidates.brought_up_to(state, **where)
    rows = table.tolist()
    assert table["media_file"].tolist() == sorted([files["a"], more["b"]])
    for path in tmp_path.glob("queue/*/*.npy"):
        path.unlink()
        path.write_bytes(b"torn")
    assert candidates.brought_up_to(state, **where).tolist() == rows


def test_decisions_lead_through_the_queue_in_the_whole_operation(database: Database, tmp_path: Path) -> None:
    operation = reviewing.opened(database)

    def given(officer: str, round_: Round = Round.FIRST) -> int | None:
        found = queue.next_file(round=round_, **at(officer))
        return None if found is None else found.file

    def at(officer: str) -> dict[str, Any]:
        return {**operation.asks(officer), "folder": tmp_path, "clock": operation.clock}

    assert (given("rui"), given("carla")) == (1, None)
    grading.grade(1, "abuse", **operation.acts("rui"))
    # The partner sees the same bytes on an exhibit of its own: there they are decided about, too.
    assert given("bela") == reviewing.HERS
    assert queue.why(1, **at("bela")).stands is Stands.DECIDED
    assert (given("rui", Round.SECOND), given("rita", Round.SECOND)) == (None, 1)
    grading.grade(1, "exploitive", **operation.acts("rita"))
    assert (given("rui", Round.SECOND), given("rita", Round.SECOND)) == (None, None)  # it is to be settled now
    assert given("rui") == reviewing.NEAR[0]
    assert queue.saved(**at("rui")).near_copies == len(reviewing.NEAR) - 1
    operation.look("rui", *reviewing.NEAR)
    graded = grading.grade_cluster(reviewing.NEAR[0], "not-pertinent", **operation.acts("rui"), folder=tmp_path)
    assert queue.why(reviewing.NEAR[-1], **at("rui")).stands is Stands.DECIDED
    assert given("rui") is None
    assert queue.waiting(**at("rita")).second == 1  # one look for all of them
    grading.withdraw(graded[0].number, reason="a slip of the key", **operation.acts("rui"))
    assert given("rui") == reviewing.NEAR[0]
    operation.verify()
