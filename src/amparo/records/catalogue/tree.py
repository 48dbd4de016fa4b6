# ruff: noqa: S608 - the words in these statements are ours
"""The tree of places in which files lie that a search finds."""

from dataclasses import dataclass

from amparo.domain.search import Search
from amparo.records.catalogue.conditions import Visible, rows_of
from amparo.records.catalogue.state import State, where_of
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
    where, source = where_of(state, search, visible, database), rows_of(search, state.tables)
    place = place.rstrip("/")
    if not place:
        found = state.run(
            f"SELECT acquisition, count(*) FROM {source} WHERE {where.sql} GROUP BY acquisition",
            where.values,
        )
        exhibits: dict[str, int] = {}
        for acquisition, files in found:
            exhibits[visible[acquisition]] = exhibits.get(visible[acquisition], 0) + files
        return Branches("", 0, tuple(Branch(name, name, files) for name, files in sorted(exhibits.items())), False)
    # An exhibit's number is followed by the mark of the container that it is.
    begins = f"{place}/" if "!" in place else f"{place}!"
    found = state.run(
        "SELECT CASE WHEN folder = ? THEN NULL ELSE split_part(substring(folder, ?), '/', 1) END AS part,"
        " sum(files)::BIGINT FROM"
        f" (SELECT folder, count(*) AS files FROM {source} WHERE {where.sql}"
        " AND (folder = ? OR starts_with(folder, ?)) GROUP BY folder)"
        f" GROUP BY part ORDER BY part NULLS FIRST LIMIT {_BRANCHES + 2}",
        (place, len(begins) + 1, *where.values, place, begins),
    )
    here = sum(files for part, files in found if part is None)
    parts = [(part, files) for part, files in found if part is not None]
    branches = tuple(Branch(part, begins + part, files) for part, files in parts[:_BRANCHES])
    return Branches(place, here, branches, len(parts) > _BRANCHES)
