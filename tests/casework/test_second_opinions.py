"""Where two differ, and how far they agree; on SQLite and PostgreSQL."""

from typing import Any

import pytest

from amparo.casework import grading as grades
from amparo.casework.second_opinions import agreement, disputes
from amparo.casework.vocabularies import vocabulary
from amparo.domain.grading import Flag, Round
from amparo.domain.need_to_know import Forbidden
from amparo.records import gradings as records
from amparo.records import members, registers
from amparo.records.database import Database
from amparo.records.gradings import Decision
from amparo.records.queries import officer_id
from contracts import reviewing
from contracts.reviewing import HERS, Operation


@pytest.fixture
def operation(database: Database) -> Operation:
    return reviewing.opened(database)


def grade(operation: Operation, officer: str, file: int, category: str, **more: Any) -> int:
    return grades.grade(file, category, **more, **operation.acts(officer)).number


def brought_in(operation: Operation, source: str, file: int, vocabulary_: str, category: str) -> None:
    """What another agency decided, as an import stores it."""
    database, number = operation.database, officer_id(operation.database, "rui")
    assert number is not None
    meaning = vocabulary(vocabulary_, database=database).category(category).meaning
    decision = Decision(Round.FIRST, vocabulary_, category, meaning, source=source)
    with database.transaction():
        added = records.add_grading(
            database, decision, [file], operation=1, officer=number, agency=members.agencies(database)[0].id,
            at=operation.clock(), submission=f"{source} {file}",
        )  # fmt: skip
        operation.bench.ledger.append("case.import", {}, registers.committed(added))
        operation.bench.ledger.sign_head()


def test_disputes_are_listed_as_far_as_they_may_be_seen(operation: Operation) -> None:
    for file, second in ((1, "exploitive"), (2, "abuse"), (3, "comparison")):
        grade(operation, "rui", file, "abuse")
        grade(operation, "rita", file, second)
    grade(operation, "rita", 3, "comparison", flags=[Flag.DISTRIBUTED])
    grade(operation, "bela", HERS, "abuse")
    found = disputes(**operation.asks("rui"))
    assert [one.file for one in found] == [1, 3]
    assert [one.category for one in found[0].gradings] == ["abuse", "exploitive"]
    assert [one.file for one in disputes(limit=1, **operation.asks("rui"))] == [1]
    assert [one.file for one in disputes(after=1, **operation.asks("rui"))] == [3]
    assert [one.file for one in disputes(**operation.asks("bela"))] == [1]
    assert disputes(**operation.asks("carla")) == []
    grades.reconcile(1, "abuse", reason="together", **operation.acts("rui"))
    assert [one.file for one in disputes(**operation.asks("rui"))] == [3]
    for officer in ("vera", "axel", "sara"):
        with pytest.raises(Forbidden):
            disputes(**operation.asks(officer))


def test_flags_alone_make_a_dispute_too(operation: Operation) -> None:
    grade(operation, "rui", 1, "abuse", flags=[Flag.DISTRIBUTED])
    grade(operation, "rita", 1, "abuse")
    assert [one.file for one in disputes(**operation.asks("rui"))] == [1]


def test_zero_and_five_mean_what_their_vocabulary_says(operation: Operation) -> None:
    """Newer and older tools swap them: the same code is a dispute then, and the other one is none."""
    for file, theirs in ((1, "0"), (2, "5")):
        grade(operation, "rui", file, "0", vocabulary="vics-new")
        brought_in(operation, "an agency", file, "vics", theirs)
    # In `vics` 0 is 'not categorised': who says that, says nothing.
    found = grades.verdicts([1, 2], **operation.asks("vera"))
    assert {file: one.standing.value for file, one in found.items()} == {1: "graded", 2: "agreed"}
    grade(operation, "rita", 3, "5", vocabulary="vics")
    grade(operation, "rui", 3, "not-pertinent")
    assert grades.verdict(3, **operation.asks("vera")).standing.value == "agreed"
    grade(operation, "rui", 3, "1", vocabulary="vics-new")
    assert grades.verdict(3, **operation.asks("vera")).standing.value == "disputed"
    operation.verify()


def test_agreement_counts_what_was_said_before_either_knew(operation: Operation) -> None:
    for file, (first, second) in enumerate(
        [("abuse", "abuse"), ("abuse", "exploitive"), ("comparison", "comparison")], 1
    ):
        grade(operation, "rui", file, first, flags=[Flag.DISTRIBUTED] if file == 1 else [])
        number = grade(operation, "rita", file, second)
        if file == 2:  # from here on both know: what they change is no opinion of their own
            grades.withdraw(number, reason="he is right", **operation.acts("rita"))
            grade(operation, "rita", file, "abuse")
    grades.withdraw(grade(operation, "rui", 4, "abuse"), reason="a slip", **operation.acts("rui"))
    grade(operation, "rita", 4, "comparison")
    grade(operation, "rui", 5, "abuse")
    brought_in(operation, "an agency", 5, "vics", "1")
    found = agreement(**operation.asks("sara"))
    assert (found.files, found.agreed, found.same_flags) == (3, 2, 2)
    assert found.table == {
        ("abuse", "abuse"): 1,
        ("abuse", "exploitive"): 1,
        ("comparison", "comparison"): 1,
    }
    assert found.kappa is not None
    assert round(found.kappa, 3) == 0.5
    assert agreement(**operation.asks("rui")) == found
    assert agreement(**operation.asks("carla")).kappa is None
    for officer in ("vera", "axel"):
        with pytest.raises(Forbidden):
            agreement(**operation.asks(officer))
