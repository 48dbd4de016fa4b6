"""Decisions about files: on record, never overwritten, blind where they have to be; on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from amparo.casework import grading as grades
from amparo.casework.disclose import NoReason
from amparo.casework.grading import NotDisputed, NotSeen, Settled
from amparo.casework.one_file import one_file
from amparo.casework.submissions import SubmittedOtherwise
from amparo.domain.errors import NotFound
from amparo.domain.grading import Flag, Grading, MalformedGrading, Round, Standing, Verdict
from amparo.domain.need_to_know import Forbidden, Role
from amparo.records import gradings as records
from amparo.records.database import Database
from contracts import reviewing
from contracts.reviewing import FILES, HERS, NEAR, Operation


@pytest.fixture
def operation(database: Database) -> Operation:
    return reviewing.opened(database)


def grade(operation: Operation, officer: str, file: int, category: str, **more: Any) -> Grading:
    return grades.grade(file, category, **more, **operation.acts(officer))


def verdict(operation: Operation, officer: str, file: int, *roles: Role) -> Verdict:
    return grades.verdict(file, **operation.asks(officer, *roles))


def test_ten_decisions_are_on_record(operation: Operation) -> None:
    first = grade(operation, "rui", 1, "abuse", flags=[Flag.DISTRIBUTED, Flag.VICTIM_IDENTIFIED], reason="as in ES-2")
    assert (first.round, first.officer, first.agency, first.category) == (Round.FIRST, "rui", "alfama", "abuse")
    assert first.meaning == "sexual abuse or sexual exploitation of a child"
    assert first.flags == {Flag.DISTRIBUTED, Flag.VICTIM_IDENTIFIED}
    assert grades.gradings(1, **operation.asks("rui")) == [first]
    assert verdict(operation, "rui", 1) == Verdict(Standing.GRADED, "neutral", "abuse", first.flags)
    assert verdict(operation, "rui", 2) == Verdict(Standing.WAITING)
    [entry] = operation.entries("file.grade")
    assert entry.facts == {"gradings": [1], "files": 1, "file": 1, "purpose": "operational-analysis"}
    assert "abuse" not in str(entry.facts)
    operation.verify()


def test_the_last_word_of_an_officer_counts_and_the_first_stays(operation: Operation) -> None:
    grade(operation, "rui", 1, "abuse")
    grade(operation, "rui", 1, "exploitive")
    assert verdict(operation, "rui", 1).category == "exploitive"
    assert [one.category for one in grades.gradings(1, **operation.asks("rui"))] == ["abuse", "exploitive"]


def test_who_may_be_the_second_learns_nothing_of_the_first(operation: Operation) -> None:
    first = grade(operation, "rui", 1, "abuse", flags=[Flag.DISTRIBUTED], reason="a series")
    for blind in ("rita", "bela"):
        assert grades.gradings(1, **operation.asks(blind)) == []
        assert verdict(operation, blind, 1) == Verdict(Standing.GRADED)
    assert grades.gradings(1, **operation.asks("rita", Role.REVIEWER, Role.SUPERVISOR)) == []
    assert verdict(operation, "vera", 1).category == "abuse"
    second = grade(operation, "rita", 1, "abuse", flags=[Flag.DISTRIBUTED])
    assert second.round is Round.SECOND
    assert grades.gradings(1, **operation.asks("rita")) == [first, second]
    assert verdict(operation, "bela", 1) == Verdict(Standing.AGREED, "neutral", "abuse", first.flags)


def test_who_has_said_nothing_yet_stays_blind(operation: Operation) -> None:
    grade(operation, "rui", 1, "abuse")
    own = grade(operation, "rita", 1, "not-categorised")
    assert grades.gradings(1, **operation.asks("rita")) == [own]
    assert verdict(operation, "vera", 1).standing is Standing.GRADED
    taken_back = grades.withdraw(own.number, reason="a slip", **operation.acts("rita"))
    assert grades.gradings(1, **operation.asks("rita")) == [taken_back]


def test_undo(operation: Operation) -> None:
    made = grade(operation, "rui", 1, "abuse")
    with pytest.raises(NoReason):
        grades.withdraw(made.number, reason=" ", **operation.acts("rui"))
    for other in ("rita", "carla"):
        with pytest.raises(NotFound):
            grades.withdraw(made.number, reason="not mine", **operation.acts(other))
    for _ in range(2):
        assert grades.withdraw(made.number, reason="a slip", **operation.acts("rui")).withdrawn
    assert verdict(operation, "rui", 1).standing is Standing.WAITING
    assert [one.withdrawn for one in grades.gradings(1, **operation.asks("rui"))] == [True]
    assert len(operation.entries("grading.withdraw")) == 1
    for number in (99, 0, -1, 2**70):
        with pytest.raises(NotFound):
            grades.withdraw(number, reason="a slip", **operation.acts("rui"))
    operation.verify()


def test_a_dispute_overwrites_nothing_until_somebody_settles_it(operation: Operation) -> None:
    grade(operation, "rui", 1, "abuse")
    with pytest.raises(NotDisputed):
        grades.reconcile(1, "abuse", reason="so", **operation.acts("rita"))
    grade(operation, "bela", 1, "exploitive")
    assert verdict(operation, "rui", 1) == Verdict(Standing.DISPUTED)
    with pytest.raises(NoReason):
        grades.reconcile(1, "abuse", reason="", **operation.acts("rita"))
    with pytest.raises(MalformedGrading, match="settles nothing"):
        grades.reconcile(1, "not-categorised", reason="so", **operation.acts("rita"))
    settled = grades.reconcile(1, "abuse", reason="seen together", **operation.acts("rita"))
    assert settled.round is Round.RECONCILED
    assert verdict(operation, "rui", 1) == Verdict(Standing.RECONCILED, "neutral", "abuse")
    assert len(grades.gradings(1, **operation.asks("bela"))) == 3
    with pytest.raises(Settled):
        grade(operation, "rui", 1, "comparison")
    grades.reconcile(1, "exploitive", reason="seen again", **operation.acts("rita"))
    assert verdict(operation, "rui", 1).category == "exploitive"
    operation.verify()


def test_what_is_submitted_twice_is_there_once(operation: Operation) -> None:
    first = grade(operation, "rui", 1, "abuse", submission="page-7")
    assert grade(operation, "rui", 1, "abuse", submission="page-7") == first
    assert len(operation.entries("file.grade")) == 1
    assert grade(operation, "rita", 1, "abuse", submission="page-7").number != first.number
    for file, category in ((1, "exploitive"), (2, "abuse")):
        with pytest.raises(SubmittedOtherwise):
            grade(operation, "rui", file, category, submission="page-7")
    with pytest.raises(MalformedGrading):
        grade(operation, "rui", 1, "abuse", submission="x" * 101)


@pytest.mark.parametrize("officer", ["sara", "vera", "axel"])
def test_only_reviewers_decide(operation: Operation, officer: str) -> None:
    for act in (
        lambda: grade(operation, officer, 1, "abuse"),
        lambda: grades.withdraw(1, reason="so", **operation.acts(officer)),
        lambda: grades.reconcile(1, "abuse", reason="so", **operation.acts(officer)),
        lambda: grades.to_see(1, folder=Path("nowhere"), **operation.asks(officer)),
    ):
        with pytest.raises(Forbidden):
            act()
    if officer == "axel":
        with pytest.raises(Forbidden):
            grades.gradings(1, **operation.asks(officer))


def test_what_is_out_of_reach_is_not_found(operation: Operation) -> None:
    grade(operation, "bela", HERS, "abuse")
    grade(operation, "bela", 1, "abuse")
    for officer, file in (("rui", HERS), ("bela", 2), ("carla", 1), ("rui", 99), ("rui", 0), ("rui", 2**70)):
        with pytest.raises(NotFound):
            grade(operation, officer, file, "abuse")
        with pytest.raises(NotFound):
            grades.gradings(file, **operation.asks(officer))
        with pytest.raises(NotFound):
            grades.verdict(file, **operation.asks(officer))
        with pytest.raises(NotFound):
            grades.reconcile(file, "abuse", reason="so", **operation.acts(officer))
    assert grades.verdicts([1, 2, HERS, 99], **operation.asks("bela")).keys() == {1, HERS}


def test_a_decision_that_cannot_be(operation: Operation) -> None:
    with pytest.raises(MalformedGrading, match="no category 'A': choose one of abuse, exploitive"):
        grade(operation, "rui", 1, "A")
    with pytest.raises(NotFound, match="no vocabulary mars: choose one of neutral"):
        grade(operation, "rui", 1, "A", vocabulary="mars")
    for reason in ("x" * 10_001, "\x00", "\ud800"):
        with pytest.raises(MalformedGrading):
            grade(operation, "rui", 1, "abuse", reason=reason)
    assert not operation.entries("file.grade")


def test_nothing_is_lost_when_many_decide_at_once(operation: Operation) -> None:
    def decide(officer: str) -> list[int]:
        try:
            return [
                grade(operation, officer, file, "abuse", submission=f"{file}-{again}").number
                for file in range(1, FILES + 1)
                for again in (1, 2, 1)
            ]
        finally:
            connections[operation.database.alias].close()

    with ThreadPoolExecutor(3) as pool:
        of_rui, of_rita, once_more = pool.map(decide, ("rui", "rita", "rui"))
    assert of_rui == once_more
    assert len({*of_rui, *of_rita}) == 2 * 2 * FILES
    said = records.gradings(operation.database, range(1, FILES + 1))
    assert all(len(each) == 4 for each in said.values())
    rounds = [{one.officer: one.round for one in each} for each in said.values()]
    assert all(sorted(each.values()) == [Round.FIRST, Round.SECOND] for each in rounds)
    operation.verify()


def test_a_cluster_is_graded_when_enough_of_it_was_seen(operation: Operation, tmp_path: Path) -> None:
    asked, done = operation.asks("rui"), operation.acts("rui")
    cluster = grades.to_see(3, folder=tmp_path, **asked)
    assert cluster.files == NEAR
    assert len(cluster.sample) == 3
    assert cluster.representative not in cluster.sample
    assert cluster.unseen == (cluster.representative, *cluster.sample)
    operation.look("rui", cluster.representative, *cluster.sample[:2])
    operation.look("rita", *cluster.sample)
    with pytest.raises(NotSeen, match=str(cluster.sample[2])):
        grades.grade_cluster(3, "abuse", folder=tmp_path, **done)
    operation.look("rui", cluster.sample[2])
    grade(operation, "rui", 4, "comparison")
    grade(operation, "rita", 5, "abuse")
    made = grades.grade_cluster(3, "abuse", submission="page-1", folder=tmp_path, **done)
    assert [(one.round, records.files_of(operation.database, one.number)) for one in made] == [
        (Round.FIRST, [2, 3, 6]),
        (Round.SECOND, [5]),
    ]
    assert grades.grade_cluster(3, "abuse", submission="page-1", folder=tmp_path, **done) == made
    found = grades.verdicts(NEAR, **operation.asks("vera"))
    assert [found[file].category for file in NEAR] == ["abuse", "abuse", "comparison", "abuse", "abuse"]
    assert found[5].standing is Standing.AGREED
    assert len(operation.entries("file.grade")) == 3
    with pytest.raises(NotFound, match="no near copies"):
        grades.grade_cluster(1, "abuse", folder=tmp_path, **done)
    with pytest.raises(NotFound):
        grades.to_see(3, folder=tmp_path, **operation.asks("bela"))
    operation.verify()


def test_nothing_is_left_of_a_cluster_that_is_decided(operation: Operation, tmp_path: Path) -> None:
    operation.look("rui", *NEAR)
    for file in NEAR:
        grade(operation, "rui", file, "abuse")
    [again] = grades.grade_cluster(3, "comparison", folder=tmp_path, **operation.acts("rui"))
    assert records.files_of(operation.database, again.number) == [3]


def test_what_is_known_of_a_file_says_what_is_decided(operation: Operation) -> None:
    grade(operation, "rui", 1, "abuse")
    for officer, known in (("rui", "abuse"), ("vera", "abuse"), ("rita", "")):
        seen = one_file(1, **operation.asks(officer)).verdict
        assert (seen.standing, seen.category) == (Standing.GRADED, known)
