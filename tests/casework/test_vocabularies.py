"""The vocabularies of agencies: on record, and the same for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from amparo.casework import grading as grades
from amparo.casework import vocabularies
from amparo.casework.hash_sets import MalformedName
from amparo.domain.errors import NotFound
from amparo.domain.grading import Standing
from amparo.domain.hash_set import SetUnreadable
from amparo.domain.need_to_know import Forbidden
from amparo.records.database import Conflict, Database
from contracts import reviewing
from contracts.reviewing import Operation

OURS = {
    "version": 2,
    "about": "Ours.",
    "categories": [
        {"code": "0", "meaning": "nothing", "severity": "none", "same_as": "not-pertinent"},
        {"code": "I", "meaning": "grave", "same_as": "abuse"},
        {"code": "?", "meaning": "later", "severity": "none", "decided": False},
    ],
}


@pytest.fixture
def operation(database: Database) -> Operation:
    return reviewing.opened(database)


def add(operation: Operation, name: str, path: Path, officer: str = "sara") -> Any:
    return vocabularies.add(name, path, by=officer, **operation.acts(officer))


def written(folder: Path, said: object) -> Path:
    path = folder / "ours.json"
    path.write_text(json.dumps(said))
    return path


def test_officers_grade_by_a_vocabulary_of_their_own(operation: Operation, tmp_path: Path) -> None:
    path, database = written(tmp_path, OURS), operation.database
    assert add(operation, "pt-2026", path) == add(operation, "pt-2026", path)
    assert len(operation.entries("vocabulary.add")) == 1
    assert next(iter(vocabularies.offered(database=database))).name == "neutral"
    assert "pt-2026" in [one.name for one in vocabularies.offered(database=database)]
    assert "icse" not in [one.name for one in vocabularies.offered(database=database)]
    assert vocabularies.meanings(database=database)["pt-2026", "I"] == "abuse"
    assert vocabularies.undecided(database=database) >= {("pt-2026", "?"), ("vics", "0"), ("vics-new", "5")}
    assert grades.grade(1, "I", vocabulary="pt-2026", **operation.acts("rui")).meaning == "grave"
    grades.grade(1, "abuse", **operation.acts("bela"))
    assert grades.verdict(1, **operation.asks("rui")).standing is Standing.AGREED
    grades.grade(2, "?", vocabulary="pt-2026", **operation.acts("rui"))
    assert grades.verdict(2, **operation.asks("rui")).standing is Standing.WAITING
    operation.verify()


def test_what_is_on_record_does_not_change(operation: Operation, tmp_path: Path) -> None:
    add(operation, "pt-2026", written(tmp_path, OURS))
    swapped = {**OURS, "categories": OURS["categories"][::-1]}  # type: ignore[index]
    with pytest.raises(Conflict, match="another name"):
        add(operation, "pt-2026", written(tmp_path, swapped))
    with pytest.raises(Conflict, match="comes with"):
        add(operation, "vics", written(tmp_path, OURS))
    for name in ("", "Ours", "../ours", "x" * 65):
        with pytest.raises(MalformedName):
            add(operation, name, written(tmp_path, OURS))
    with pytest.raises(SetUnreadable):
        add(operation, "ours", written(tmp_path, {}))
    with pytest.raises(SetUnreadable, match="There is no vocabulary"):
        add(operation, "ours", tmp_path / "missing.json")
    for officer in ("rui", "vera", "axel"):
        with pytest.raises(Forbidden):
            add(operation, "ours", written(tmp_path, OURS), officer)
    with pytest.raises(NotFound, match="choose one of neutral"):
        vocabularies.vocabulary("ours", database=operation.database)
