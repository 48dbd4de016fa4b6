# ruff: noqa: S608 - the words in these statements are ours
"""The tree of places in which files lie that a search finds."""

from dataclasses import dataclass

import numpy as np

from amparo.domain.search import Search
from amparo.records.catalogue.conditions import all_of, asks_decisions, found_by
from amparo.records.catalogue.meanings import Visible
from amparo.records.catalogue.state import State
from amparo.records.database import Database

_BRANCHES = 1_000
"""Of a place; the others are only said to be there."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One thing in a place that holds files."""

    name: str
    place: str
    """For `Search` as `in`, and for `tree`."""
    files: int
    """That were found in it, at any depth."""


@dataclass(frozen=True, slots=True)
class Branches:
    """What a place holds."""

    place: str
    here: int
    """Files that were found in it directly."""
    branches: tuple[Branch, ...]
    """By name."""
    more: bool
    """Whether there are others that were left out."""


def branches_of(state: State, search: Search, visible: Visible, database: Database, place: str) -> Branches:
    """What a place (an exhibit's number, a container, a folder; empty for all) holds of what is found."""
    place = place.rstrip("/")

    def count() -> Branches:
        return _counted(state, search, visible, database, place)

    question = "tree", search.filters, frozenset(visible.items()), place
    return count() if asks_decisions(search) else state.remembered.answer(question, count)


def _counted(state: State, search: Search, visible: Visible, database: Database, place: str) -> Branches:
    found, columns = all_of(found_by(search, visible, state, database)), state.columns
    if not place:
        exhibit = state.meanings.of("exhibit", visible, state.told)
        files, _ = exhibit.counted(np.bincount(columns["traits"].take(found), minlength=exhibit.size))
        numbered = sorted((number, int(n)) for number, n in zip(exhibit.values, files, strict=True) if n)
        return Branches("", 0, tuple(Branch(number, number, n) for number, n in numbered), False)
    # An exhibit's number is followed by the mark of the container that it is.
    begins = f"{place}/" if "!" in place else f"{place}!"
    files = np.bincount(columns["folder"].take(found))
    holding = np.flatnonzero(files)
    parts = state.run(
        "SELECT CASE WHEN folder = ? THEN NULL ELSE split_part(substring(folder, ?), '/', 1) END AS part,"
        f" sum(files)::BIGINT FROM {state.tables.folders} JOIN holding USING (folders)"
        f" WHERE folder = ? OR starts_with(folder, ?) GROUP BY part ORDER BY part NULLS FIRST LIMIT {_BRANCHES + 2}",
        (place, len(begins) + 1, place, begins),
        holding={"folders": holding, "files": files[holding]},
    )
    here = sum(files for part, files in parts if part is None)
    named = [(part, files) for part, files in parts if part is not None]
    branches = tuple(Branch(part, begins + part, files) for part, files in named[:_BRANCHES])
    return Branches(place, here, branches, len(named) > _BRANCHES)
