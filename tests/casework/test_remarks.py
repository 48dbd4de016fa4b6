"""Assessments and notes: apart from the category, on record, and blind where decisions are."""

from typing import Any

import pytest

from amparo.casework import grading as grades
from amparo.casework import remarks
from amparo.casework.disclose import NoReason
from amparo.casework.submissions import SubmittedOtherwise
from amparo.domain.errors import NotFound
from amparo.domain.grading import MalformedGrading, Standing
from amparo.domain.need_to_know import Forbidden
from amparo.domain.origin import Claim
from amparo.records.database import Database
from contracts import reviewing
from contracts.reviewing import Operation


@pytest.fixture
def operation(database: Database) -> Operation:
    return reviewing.opened(database)


def said(operation: Operation, officer: str, file: int = 1) -> tuple[list[Any], list[str]]:
    asked = operation.asks(officer)
    return (
        [one.claim for one in remarks.assessments(file, **asked)],
        [one.text for one in remarks.notes(file, **asked)],
    )


def test_what_is_said_beside_the_category(operation: Operation) -> None:
    done = operation.acts("rui")
    made = remarks.assess(1, Claim.GENERATED, reason="six fingers", submission="a", **done)
    assert remarks.assess(1, Claim.GENERATED, reason="six fingers", submission="a", **done) == made
    remarks.assess(1, None, reason="seen larger, I cannot say", **done)
    note = remarks.note(1, "the room of ES-2\r\n", submission="a", **done)
    assert note.text == "the room of ES-2"
    assert remarks.note(1, "the room of ES-2", submission="a", **done) == note
    assert said(operation, "rui") == ([Claim.GENERATED, None], ["the room of ES-2"])
    assert grades.verdict(1, **operation.asks("rui")).standing is Standing.WAITING
    assert (len(operation.entries("file.assess")), len(operation.entries("file.note"))) == (2, 1)
    operation.verify()


def test_a_second_grader_is_told_nothing_by_the_first_ones_words(operation: Operation) -> None:
    remarks.assess(1, Claim.GENERATED, reason="six fingers", **operation.acts("rui"))
    remarks.note(1, "clearly abuse", **operation.acts("rui"))
    grades.grade(1, "abuse", **operation.acts("rui"))
    assert said(operation, "rita") == ([], [])
    assert said(operation, "vera") == ([Claim.GENERATED], ["clearly abuse"])
    remarks.note(1, "my own", **operation.acts("rita"))
    assert said(operation, "rita") == ([], ["my own"])
    grades.grade(1, "abuse", **operation.acts("rita"))
    assert said(operation, "rita") == ([Claim.GENERATED], ["clearly abuse", "my own"])


def test_what_cannot_be_said(operation: Operation) -> None:
    done = operation.acts("rui")
    with pytest.raises(NoReason):
        remarks.assess(1, Claim.ALTERED, reason=" ", **done)
    for text in ("", "x" * 10_001, "a\x00b"):
        with pytest.raises(MalformedGrading):
            remarks.note(1, text, **done)
    remarks.note(1, "one", submission="a", **done)
    remarks.assess(1, None, reason="one", submission="a", **done)
    for file, text in ((1, "two"), (2, "one")):
        with pytest.raises(SubmittedOtherwise):
            remarks.note(file, text, submission="a", **done)
        with pytest.raises(SubmittedOtherwise):
            remarks.assess(file, None, reason=text, submission="a", **done)
    assert len(operation.entries("file.note")) == 1


def test_who_may_say_and_see_it(operation: Operation) -> None:
    for officer in ("vera", "axel", "sara"):
        with pytest.raises(Forbidden):
            remarks.note(1, "so", **operation.acts(officer))
        with pytest.raises(Forbidden):
            remarks.assess(1, None, reason="so", **operation.acts(officer))
    for officer, file in (("carla", 1), ("bela", 2), ("rui", 99)):
        with pytest.raises(NotFound):
            remarks.note(file, "so", **operation.acts(officer))
        with pytest.raises(NotFound):
            remarks.assess(file, None, reason="so", **operation.acts(officer))
        with pytest.raises(NotFound):
            said(operation, officer, file)
    with pytest.raises(Forbidden):
        said(operation, "axel")
