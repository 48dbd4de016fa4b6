"""Looking at what is unveiled: allowed, counted, closed; the same on SQLite and PostgreSQL."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from PIL import Image

from amparo.casework import burdens, grading, viewing
from amparo.casework import steering_viewing as steering
from amparo.casework.disclose import NoReason
from amparo.casework.previews import NoPreview
from amparo.domain.errors import NotFound
from amparo.domain.exposure import Amount, BreakDue, Budget, BudgetSpent, Burden, Level, NotAgain, Policy
from amparo.domain.finding import Finding, Preview
from amparo.domain.hash_set import SetKind
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.plan import Batch
from amparo.domain.sealing import SealingKey
from amparo.records import hash_sets, ledger, looks, matches, members, models, registers
from amparo.records.matches import NewMatch
from amparo.records.store import ExaminationRecords
from amparo.records.verification import verify_ledger, verify_store
from contracts.examination import ROOT, Bench, begin, item, read

EACH = dict.fromkeys(Burden, Budget(20, 3_000))
OPEN = Policy(level=Level.COLOUR, day=Budget(20, 3_000), burdens=EACH)
FILES = 6
BROKEN = 6
"""The file whose preview is no JPEG."""


@dataclass
class Turned:
    """A clock that is turned by hand."""

    now: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Room:
    """Where officers look at files 1 to `FILES` of the one exhibit of Alfama."""

    bench: Bench
    key: SealingKey
    clock: Turned

    def reach(self, officer: str, *roles: Role, agency: str = "alfama", sees: bool = True) -> Reach:
        acquisitions = frozenset({self.bench.acquisition}) if sees else frozenset[int]()
        return Reach(officer, agency, frozenset(roles or {Role.REVIEWER}), Purpose.OPERATIONAL_ANALYSIS, acquisitions)

    def ports(self, reach: Reach | None = None) -> dict[str, Any]:
        return {
            "reach": reach or self.reach("rui"),
            "database": self.bench.database,
            "ledger": self.bench.ledger,
            "clock": self.clock,
        }

    def look(self, file: int, level: Level = Level.GREY, reach: Reach | None = None, **more: Any) -> viewing.Shown:
        return viewing.look(file, level, **{"reason": "charges", "key": self.key, **self.ports(reach), **more})

    def lay_down(self, policy: Policy, officer: str = "", **more: Any) -> steering.LaidDown:
        given = {"reason": "as agreed", "by": "sara", **self.ports(), "reach": None, **more}
        return steering.lay_down(policy, officer, **given)

    def exposure(self) -> Any:
        return viewing.exposure(reach=self.reach("rui"), database=self.bench.database, clock=self.clock)

    def acts(self, act: str) -> list[Any]:
        return [entry for entry in ledger.entries(self.bench.database) if entry.act == act]

    def verify(self) -> None:
        verify_ledger(self.bench.database, self.bench.public_key)
        verify_store(self.bench.database)


def jpeg() -> bytes:
    written = io.BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(written, "JPEG")
    return written.getvalue()


@pytest.fixture
def room(database: Any) -> Room:
    bench, key = begin(database), SealingKey.new()
    picture = Finding("preview", "1", "Preview.", preview=Preview(jpeg(), 300, 200))
    broken = replace(picture, preview=Preview(b"no JPEG", 3, 2))
    ExaminationRecords(database, bench.acquisition, ledger=bench.ledger, seal=key.seal).write(
        Batch(ROOT, tuple(item(f"{number}.jpg") for number in range(FILES))),
        [read(f"{number}", findings=(broken if number == BROKEN - 1 else picture,)) for number in range(FILES)],
    )
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with database.transaction():
        added = [members.add_agency(database, name, name.title(), "PT") for name in ("alfama", "belem")]
        for officer, agency, role in (
            ("rui", 0, Role.REVIEWER),
            ("bruno", 1, Role.EXAMINER),
            ("sara", 0, Role.SUPERVISOR),
            ("alba", 0, Role.REVIEWER),
        ):
            added.append(registers.add_officer(database, officer, officer.title()))
            added.append(
                members.add_membership(
                    database, added[-1].id, added[agency].id, operation=1, roles=[role], purposes=[*Purpose], at=at
                )
            )
        bench.ledger.append("test", {}, registers.committed(*added))
        bench.ledger.sign_head()
    return Room(bench, key, Turned())


def known(room: Room, *files: int) -> None:
    """A set of known files has these, or pictures near them."""
    database, bench = room.bench.database, room.bench
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with database.transaction():
        made = hash_sets.add_hash_set(database, "known")
        version = hash_sets.add_version(
            database, made.id, officer=bench.officer, at=at, kind=SetKind.KNOWN, folder="0" * 32, facts={}
        )
        found = [NewMatch(file, version.id, 0, "picture", 3, 31, 1, 99, 98, "1", {}) for file in files]
        compared, _ = matches.add_comparison(
            database, bench.acquisition, officer=bench.officer, at=at, matches=found, facts=lambda: {"radius": 31}
        )
        bench.ledger.append("test", {}, registers.committed(made, version, compared))
        bench.ledger.sign_head()


def refused(kind: type[Exception], ask: Callable[[], object], match: str | None = None) -> None:
    with pytest.raises(kind, match=match):
        ask()


def test_without_a_policy_everything_stays_veiled(room: Room) -> None:
    for level in (Level.GREY, Level.COLOUR, Level.LARGE):
        refused(Forbidden, lambda level=level: room.look(1, level), "a supervisor may lay down another")
    shown = room.look(1, Level.VEILED)
    with Image.open(io.BytesIO(shown.jpeg)) as picture:
        assert (picture.mode, max(picture.size)) == ("L", 128)
    assert (shown.seconds, shown.exposure) == (0, None)
    room.lay_down(Policy(level=Level.LARGE))
    refused(BudgetSpent, lambda: room.look(1), "You have no budget")
    assert not room.acts("file.unveil")
    assert models.Look.objects.using(room.bench.database.alias).count() == 0


def test_a_look_is_counted_closed_once_and_verified(room: Room) -> None:
    room.lay_down(OPEN)
    grey, colour = room.look(1), room.look(1, Level.COLOUR)
    for shown, mode in ((grey, "L"), (colour, "RGB")):
        with Image.open(io.BytesIO(shown.jpeg)) as picture:
            assert (picture.mode, max(picture.size)) == (mode, 192)
    refused(Forbidden, lambda: room.look(1, Level.LARGE), "up to colour, not large")
    refused(Forbidden, lambda: room.look(1, Level.ORIGINAL), "leaves by an act of its own")
    room.clock.turn(5)
    assert room.exposure().used == Amount(1, 5)
    assert viewing.close(2, **room.ports()) == 0
    assert viewing.close(1, **room.ports()) == 1
    room.clock.turn(500)
    assert viewing.close(1, **room.ports()) == 0
    assert room.exposure().used == Amount(1, 5)
    room.look(2)
    room.clock.turn(3)
    room.look(3)  # the next act ends the one before
    room.clock.turn(10_000)
    assert room.exposure().used == Amount(3, 5 + 3 + 120)  # and after two minutes each ends by itself
    assert len(room.acts("file.unveil")) == 4
    assert len(room.acts("file.veil")) == 1
    assert [entry.facts["level"] for entry in room.acts("file.unveil")] == ["grey", "colour", "grey", "grey"]
    room.verify()
    assert looks.seen_by(room.bench.database, 3, [1, 2, 4]) == set()
    rui = next(look for look in models.Officer.objects.using(room.bench.database.alias).filter(name="rui"))
    assert looks.seen_by(room.bench.database, rui.pk, [1, 2, 4]) == {1, 2}


def test_who_may_not_gets_nothing(room: Room) -> None:
    room.lay_down(OPEN)
    refused(Forbidden, lambda: room.look(1, reach=room.reach("sara", Role.SUPERVISOR)), "needs one of the roles")
    refused(NotFound, lambda: room.look(1, reach=room.reach("bruno", Role.EXAMINER, agency="belem", sees=False)))
    refused(NotFound, lambda: room.look(99))
    refused(NoReason, lambda: room.look(1, reason=" "))
    refused(NoPreview, lambda: room.look(BROKEN), "damaged")
    assert not room.acts("file.unveil")
    rui = models.Officer.objects.using(room.bench.database.alias).get(name="rui")
    models.Lease.objects.using(room.bench.database.alias).create(
        media_file_id=1, round="first", officer=rui, until=room.clock.now.timestamp() + 60
    )
    room.look(1, reason="")  # the queue gave it
    refused(NoReason, lambda: room.look(2, reason=""))
    room.clock.turn(61)
    refused(NoReason, lambda: room.look(1, reason=""))


def test_a_budget_holds_however_many_ask_at_once(room: Room) -> None:
    room.lay_down(replace(OPEN, day=Budget(3, 3_000)))
    database = room.bench.database

    def ask(file: int) -> int:
        try:
            return room.look(file).seconds
        except BudgetSpent:
            return 0
        finally:
            connections[database.alias].close()

    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(ask, [1, 2, 3, 4, 5] * 2))
    open_ = models.Look.objects.using(database.alias).filter(ended=None)
    assert open_.count() == 1
    seen = set(models.Look.objects.using(database.alias).values_list("media_file_id", flat=True))
    assert len(seen) == 3
    assert sum(map(bool, given)) == models.Look.objects.using(database.alias).count()
    with ThreadPoolExecutor(4) as pool:
        closed = list(pool.map(lambda _: _closed(room), range(4)))
    assert sorted(closed) == [0, 0, 0, 1]
    room.verify()


def _closed(room: Room) -> int:
    try:
        return viewing.close(**room.ports())
    finally:
        connections[room.bench.database.alias].close()


def test_severe_files_do_not_follow_each_other(room: Room) -> None:
    room.lay_down(OPEN)
    known(room, 1, 2)
    assert viewing.left_out(**_seeing(room)) is None
    room.look(1)
    assert _left_out(room) == {1, 2}
    refused(BreakDue, lambda: room.look(2), "Severe files do not follow each other")
    room.clock.turn(4)
    room.look(3)
    assert viewing.left_out(**_seeing(room)) is None
    room.clock.turn(4)
    assert room.look(2).seconds == 120
    stands = room.exposure()
    assert stands.by_burden == {
        Burden.UNKNOWN: Amount(1, 4), Burden.NONE: Amount(), Burden.SOME: Amount(), Burden.SEVERE: Amount(2, 4)
    }  # fmt: skip
    room.lay_down(replace(OPEN, burdens={**EACH, Burden.SEVERE: Budget(2, 3_000)}), "rui")
    room.clock.turn(600)
    assert _left_out(room) == {1, 2}


def _left_out(room: Room) -> set[int]:
    left_out = viewing.left_out(**_seeing(room))
    assert left_out is not None
    return set(left_out(range(1, 1_200)))


def _seeing(room: Room) -> dict[str, Any]:
    ports = room.ports()
    ports.pop("ledger")
    return ports


def test_the_panic_key_veils_all_and_gives_back_what_the_queue_gave(room: Room) -> None:
    room.lay_down(OPEN)
    rui = models.Officer.objects.using(room.bench.database.alias).get(name="rui")
    for file, round_ in ((1, "first"), (2, "second")):
        models.Lease.objects.using(room.bench.database.alias).create(
            media_file_id=file, round=round_, officer=rui, until=room.clock.now.timestamp() + 60
        )
    room.look(1)
    assert viewing.panic(**room.ports()) == viewing.Calmed(1, 2)
    assert viewing.panic(**room.ports()) == viewing.Calmed(0, 0)
    first, _ = room.acts("viewing.panic")
    assert dict(first.facts) == {"looks": 1, "leases": 2}
    assert "reason" not in first.commitments
    assert viewing.panic(**room.ports(room.reach("nobody"))) == viewing.Calmed(0, 0)
    room.verify()


def test_policies_are_laid_down_by_those_who_answer_for_officers(room: Room) -> None:
    sara = room.reach("sara", Role.SUPERVISOR)
    refused(Forbidden, lambda: room.lay_down(OPEN, reach=room.reach("rui"), by="rui"))
    refused(NoReason, lambda: room.lay_down(OPEN, reach=sara, reason=" "))
    refused(NotFound, lambda: room.lay_down(OPEN, "bruno", reach=sara))
    refused(NotFound, lambda: room.lay_down(OPEN, "sara", reach=sara))  # who may not look needs none
    refused(NotFound, lambda: steering.policy_for("bruno", reach=sara, database=room.bench.database))
    room.lay_down(OPEN, reach=sara)
    tighter = replace(OPEN, level=Level.GREY)
    laid = room.lay_down(tighter, "rui", reach=sara, reason="back from leave")
    assert (laid.officer, laid.policy, laid.by, laid.reason) == ("rui", tighter, "sara", "back from leave")
    room.lay_down(tighter, "bruno")
    of_sara = steering.policies(reach=sara, database=room.bench.database)
    assert [each.officer for each in of_sara] == ["", "rui"]
    assert [each.officer for each in steering.policies(reach=None, database=room.bench.database)] == [
        "",
        "bruno",
        "rui",
    ]
    assert viewing.policy(reach=room.reach("rui"), database=room.bench.database) == tighter
    assert viewing.policy(reach=room.reach("alba"), database=room.bench.database) == OPEN
    assert len(room.acts("viewing.lay-down")) == 3
    room.verify()


def test_load_is_by_day_and_burden_and_in_the_order_of_names(room: Room) -> None:
    room.lay_down(OPEN)
    known(room, 2)
    for officer, files in (("rui", (1, 2)), ("alba", (3,)), ("bruno", (4,))):
        role = Role.EXAMINER if officer == "bruno" else Role.REVIEWER
        for file in files:
            room.look(file, reach=room.reach(officer, role))
            room.clock.turn(5)
            viewing.close(**room.ports(room.reach(officer, role)))
    room.clock.turn(86_400)
    room.look(1)
    room.clock.turn(2)
    sara = room.reach("sara", Role.SUPERVISOR)
    given = {"database": room.bench.database, "clock": room.clock}
    load = steering.load(3, reach=sara, **given)
    assert [f"{day}" for day in load.days] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert [(row.officer, row.day.day, row.burden.value, row.seen.files, row.seen.seconds) for row in load.rows] == [
        ("alba", 2, "unknown", 1, 5),
        ("rui", 2, "unknown", 1, 5),
        ("rui", 2, "severe", 1, 5),
        ("rui", 3, "unknown", 1, 2),
    ]
    assert [one.officer for one in load.officers] == ["alba", "rui"]
    assert load.officers[1].exposure.used == Amount(1, 2)
    assert load.by_day()[load.days[1]][Burden.UNKNOWN] == Amount(2, 10)
    assert len(steering.load(3, reach=None, **given).rows) == 5
    refused(Forbidden, lambda: steering.load(3, reach=room.reach("rui"), **given))


def grade(room: Room, file: int, category: str, officer: str = "rui", **more: Any) -> Any:
    return grading.grade(file, category, **{**room.ports(room.reach(officer)), **more})


def test_what_officers_decided_counts_by_the_most_severe(room: Room) -> None:
    room.lay_down(OPEN)
    room.look(1)
    room.clock.turn(5)
    viewing.close(**room.ports())
    assert room.exposure().by_burden[Burden.UNKNOWN] == Amount(1, 5)
    decided = grade(room, 1, "abuse")
    assert room.exposure().by_burden[Burden.SEVERE] == Amount(1, 5)
    assert burdens.burden_of(1, room.bench.database) is Burden.SEVERE
    refused(BreakDue, lambda: _severe(room, 2))
    grade(room, 1, "not-pertinent", "alba")
    assert burdens.burden_of(1, room.bench.database) is Burden.SEVERE  # disputed
    assert _left_out(room) >= {1}
    grading.withdraw(decided.number, reason="a slip", **room.ports())
    assert burdens.burden_of(1, room.bench.database) is Burden.NONE
    known(room, 3)
    grade(room, 3, "not-pertinent", "alba")
    assert burdens.burden_of(3, room.bench.database) is Burden.NONE  # officers know better than sets


def _severe(room: Room, file: int) -> None:
    grade(room, file, "abuse", "alba")
    room.look(file)


def test_a_first_decision_does_not_show_in_the_counters_of_the_second_officer(room: Room) -> None:
    room.lay_down(OPEN)
    grade(room, 1, "abuse", "alba")
    shown = room.look(1)
    room.clock.turn(5)
    viewing.close(**room.ports())
    assert shown.exposure is not None
    for stands in (shown.exposure, room.exposure()):
        assert stands.by_burden[Burden.SEVERE].files == 0
        assert stands.by_burden[Burden.UNKNOWN].files == 1
    assert _left_out(room) >= {1}  # and is kept from following another all the same
    load = steering.load(1, reach=None, database=room.bench.database, clock=room.clock)
    assert [row.burden for row in load.rows] == [Burden.SEVERE]


def test_what_two_decided_alike_is_not_shown_again(room: Room) -> None:
    room.lay_down(replace(OPEN, level=Level.ORIGINAL))
    grade(room, 1, "abuse")
    room.look(1)
    grade(room, 1, "abuse", "alba")
    for reach in (None, room.reach("alba"), room.reach("ana", Role.EXAMINER)):
        refused(NotAgain, lambda reach=reach: room.look(1, reach=reach), "see it again only if you have to")
    refused(NotAgain, lambda: viewing.require(1, Level.ORIGINAL, reason="x", **_seeing(room)))
    rui = models.Officer.objects.using(room.bench.database.alias).get(name="rui")
    models.Lease.objects.using(room.bench.database.alias).create(
        media_file_id=1, round="second", officer=rui, until=room.clock.now.timestamp() + 60
    )
    refused(NoReason, lambda: room.look(1, again=True, reason=""))
    room.look(1, again=True, reason="the court asks")
    assert [entry.facts["again"] for entry in room.acts("file.unveil")] == [False, True]
    room.verify()
