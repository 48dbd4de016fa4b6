"""Searching by decisions tells nobody more of them than a file's page does; on SQLite and PostgreSQL."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from amparo.casework import files
from amparo.casework import grading as grades
from amparo.casework.export_files import ExportForm, export
from amparo.casework.files_at_hand import Files
from amparo.domain.grading import Flag, Standing, Verdict, written_grade
from amparo.domain.need_to_know import Role
from amparo.domain.search import MalformedSearch, Search
from amparo.records.catalogue import decided
from amparo.records.database import Database
from contracts import reviewing
from contracts.reviewing import FILES, HERS, Operation


@pytest.fixture
def operation(database: Database) -> Operation:
    return reviewing.opened(database)


def grade(operation: Operation, officer: str, file: int, category: str, **more: Any) -> int:
    return grades.grade(file, category, **more, **operation.acts(officer)).number


def find(operation: Operation, folder: Path, officer: str, text: str = "", *roles: Role, **how: Any) -> files.Found:
    search = Search.parse(text)
    return files.find(search, **{"facets": None, "limit": 100, **how}, folder=folder, **operation.asks(officer, *roles))


def told(found: files.Found, field: str) -> dict[str, int]:
    return {
        value: n for each in found.facets if each.field == field for value, n in each.counts.items() if value != "-"
    }


def answers(operation: Operation, folder: Path, officer: str, *roles: Role) -> list[Any]:
    """All that a search can say to an officer, in whichever way it is asked."""
    said: list[Any] = []
    for text in ("", "standing=graded", "grade=-", "grade=neutral:abuse", "grade=neutral:not-pertinent"):
        found = find(operation, folder, officer, text, *roles)
        asks = {"folder": folder, **operation.asks(officer, *roles)}
        first = find(operation, folder, officer, text, *roles, facets=(), limit=1)
        said += [
            found.rows, found.total, found.facets, found.next, first.rows, first.total, first.next,
            files.branches(Search.parse(text), **asks),
        ]  # fmt: skip
    return said


def test_a_search_says_what_the_pages_of_the_files_say(operation: Operation, tmp_path: Path) -> None:
    numbers: dict[tuple[str, int], int] = {}
    steps = (
        ("rui", 1, "abuse", []),
        ("rita", 1, "abuse", []),
        ("rui", 2, "abuse", []),
        ("rita", 2, "not-categorised", []),
        ("bela", HERS, "not-pertinent", []),
        ("bela", 1, "not-pertinent", []),
        ("rita", 1, "", []),
        ("rui", 3, "abuse", [Flag.DISTRIBUTED]),
        ("rita", 3, "abuse", []),
        ("rui", 2, "taken back", []),
        ("rita", 3, "taken back", []),
    )
    for step, (officer, file, category, flags) in enumerate(steps):
        if category == "taken back":
            grades.withdraw(numbers[officer, file], reason="a slip", **operation.acts(officer))
        elif category:
            numbers[officer, file] = grade(operation, officer, file, category, flags=flags)
        else:
            grades.reconcile(file, "exploitive", reason="both say so", **operation.acts(officer))
        for asking in ("rita", "vera") if step % 2 else ("rui", "bela"):
            pages = grades.verdicts(range(1, HERS + 1), **operation.asks(asking))
            said = {
                each: (verdict.standing.value, written_grade(verdict.vocabulary, verdict.category))
                for each, verdict in pages.items()
            }
            found = find(operation, tmp_path, asking, facets=decided.FIELDS)
            assert {row.media_file: (row.standing, row.grade) for row in found.rows} == said
            for place, field in enumerate(decided.FIELDS):
                counts = Counter(told[place] for told in said.values())
                for value, count in counts.items():
                    narrowed = find(operation, tmp_path, asking, f"{field}={value or '-'}", facets=())
                    assert {row.media_file for row in narrowed.rows} == {
                        each for each, told in said.items() if told[place] == value
                    }
                    assert narrowed.total == len(narrowed.rows) == count
                assert told(found, field) == {value: count for value, count in counts.items() if value}


def test_whatever_the_first_one_decides_the_second_is_told_the_same(operation: Operation, tmp_path: Path) -> None:
    roles = (Role.REVIEWER, Role.SUPERVISOR, Role.EXAMINER)  # they add up, and lift nothing
    before = answers(operation, tmp_path, "rita", *roles)
    first = grade(operation, "rui", 1, "abuse", flags=[Flag.DISTRIBUTED], reason="a series")
    blind = answers(operation, tmp_path, "rita", *roles)
    assert blind != before, "that somebody decided is no secret"
    hers = answers(operation, tmp_path, "bela")
    other = grade(operation, "rui", 1, "not-pertinent")
    assert answers(operation, tmp_path, "rita", *roles) == blind
    assert answers(operation, tmp_path, "bela") == hers
    grades.withdraw(other, reason="a slip", **operation.acts("rui"))
    assert answers(operation, tmp_path, "rita", *roles) == blind, "the first word counts again"
    grades.withdraw(first, reason="a slip", **operation.acts("rui"))
    assert answers(operation, tmp_path, "rita", *roles) == before
    grade(operation, "rui", 1, "abuse")
    assert "abuse" not in str([before, blind, hers])
    listed = "".join(
        export(
            Search.parse("standing=graded"), ExportForm.CSV, reason="charges", folder=tmp_path,
            reach=operation.reach("rita", Role.REVIEWER, Role.ANALYST), database=operation.database,
            ledger=operation.bench.ledger,
        )
    )  # fmt: skip
    [row] = csv.DictReader(io.StringIO(listed))
    assert (row["standing"], row["grade"]) == ("graded", "")
    own = operation.reach("rita", Role.REVIEWER, Role.ANALYST)
    at_hand = Files(operation.database, tmp_path, own.officer)  # with the key of the workbench, as on a terminal
    assert not {row.grade for row in at_hand.find()} - {""}


def test_who_decided_and_who_is_not_asked_find_by_one_decision(operation: Operation, tmp_path: Path) -> None:
    number = grade(operation, "rui", 1, "abuse")
    for officer, total in (("rui", 1), ("vera", 1), ("sara", 1), ("rita", 0), ("bela", 0), ("carla", 0)):
        found = find(operation, tmp_path, officer, "grade=neutral:abuse")
        assert (officer, found.total, len(found.rows)) == (officer, total, total)
    second = grade(operation, "rita", 1, "abuse")
    for officer, total in (("rui", 1), ("rita", 1), ("vera", 1), ("bela", 1), ("carla", 0)):
        found = find(operation, tmp_path, officer, "grade=neutral:abuse&standing=agreed")
        assert (officer, found.total) == (officer, total), "in each exhibit the same bytes have it"
    grades.withdraw(second, reason="a slip", **operation.acts("rita"))
    assert find(operation, tmp_path, "rita", "grade=neutral:abuse").total == 0, "blind again"
    grades.withdraw(number, reason="a slip", **operation.acts("rui"))
    assert told(find(operation, tmp_path, "rui"), "standing") == {"waiting": FILES}


def test_a_dispute_has_no_grade_until_it_is_settled(operation: Operation, tmp_path: Path) -> None:
    grade(operation, "rui", 1, "abuse")
    grade(operation, "bela", 1, "not-pertinent")
    assert told(find(operation, tmp_path, "vera"), "grade") == {}
    assert told(find(operation, tmp_path, "vera"), "standing") == {"waiting": FILES - 1, "disputed": 1}
    assert find(operation, tmp_path, "vera", "grade=neutral:abuse&grade=neutral:not-pertinent").total == 0
    grades.reconcile(1, "abuse", reason="both say so", **operation.acts("rita"))
    assert told(find(operation, tmp_path, "vera"), "grade") == {"neutral:abuse": 1}
    [row] = find(operation, tmp_path, "bela", "standing=reconciled").rows
    assert (row.standing, row.grade) == (Standing.RECONCILED, "neutral:abuse")
    assert grades.verdict(1, **operation.asks("bela")) == Verdict(Standing.RECONCILED, "neutral", "abuse")


def test_nothing_is_sorted_by_what_is_decided(operation: Operation, tmp_path: Path) -> None:
    for field in ("grade", "standing"):
        with pytest.raises(MalformedSearch):
            find(operation, tmp_path, "rita", f"sort={field}")
