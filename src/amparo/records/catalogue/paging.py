# ruff: noqa: S608 - the words in these statements are ours
"""Pages of rows: which they are, and in which order, says the catalogue; what is known of them, the tables.

A page is asked for by the last row of the one before, so that none is shown twice or left out while rows are added.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amparo.domain.search import MalformedSearch, Search
from amparo.records.catalogue.conditions import (
    Condition,
    Visible,
    counted_placements,
    numbers,
    rows_of,
    shown_clusters,
)
from amparo.records.catalogue.description import FileRow, Matched, described
from amparo.records.catalogue.state import State, where_of
from amparo.records.database import Database


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of what was found, in the order that was asked for."""

    rows: tuple[FileRow, ...]
    next: str
    """What to give as `after` for the page that follows; empty where there is none."""


def page_of(
    state: State, search: Search, visible: Visible, database: Database, after: str, limit: int, chosen: Sequence[int]
) -> Page:
    """At most `limit` rows, from the one after `after` on; raise `MalformedSearch` where that is no place in a list."""
    if limit < 1:
        return Page((), "")
    where = where_of(state, search, visible, database)
    if chosen:
        where &= Condition(f"id IN ({numbers(chosen)})")
    column = search.sort or "id"
    if after:
        where &= _following(after, column, search.descending)
    direction = "DESC" if search.descending else "ASC"
    order = "id" if column == "id" else f"{column} {direction} NULLS LAST, id"
    found = state.run(
        f"SELECT id, {column} FROM {rows_of(search, state.tables)} WHERE {where.sql}"
        f" ORDER BY {order} LIMIT {int(limit) + 1}",
        where.values,
    )
    page = found[:limit]
    following = _cursor(page[-1][1], page[-1][0]) if len(found) > limit else ""
    ids = [id_ for id_, _ in page]
    later = _later(state, ids)
    matches = _profiles(state, {profile for profile, _, _ in later.values()} - {None})
    placements = _placements(state, {placement for _, placement, _ in later.values()} - {None}, visible)
    clusters = _clusters(state, {cluster for _, _, cluster in later.values()} - {None}, visible)
    described_rows = described(database, ids)
    decided = _decided(state, {row.media_file for row in described_rows} - {None})
    rows = []
    for row in described_rows:
        profile, placement, cluster = later[row.id]
        copies, exhibits = placements.get(placement, (None, None))
        shown = cluster if cluster in clusters else None
        row = replace(row, matches=matches.get(profile, ()), copies=copies, exhibits=exhibits, cluster=shown)
        if row.media_file is not None:
            said = state.told.said[decided.get(row.media_file, 0)]
            row = replace(row, standing=said.standing, grade=said.grade)
        rows.append(row)
    return Page(tuple(rows), following)


def _later(state: State, ids: Sequence[int]) -> Mapping[int, tuple[Any, ...]]:
    """Profile, placement and cluster of some rows."""
    if not ids:
        return {}
    query = f"SELECT row_id, profile, placement, cluster FROM {state.tables.later} WHERE row_id IN ({numbers(ids)})"
    return {row[0]: row[1:] for row in state.run(query, ())}


def _following(after: str, column: str, descending: bool) -> Condition:
    """That a row comes after the one that a cursor names."""
    value, id_ = _parsed(after)
    if column == "id":
        return Condition("id > ?", (id_,))
    if value is None:
        return Condition(f"({column} IS NULL AND id > ?)", (id_,))
    if isinstance(value, str) != (column in ("name", "type")):
        raise MalformedSearch(
            "after: this is no place in a list that is sorted so: begin with the first page.", "after"
        )
    sign = "<" if descending else ">"
    return Condition(f"({column} {sign} ? OR ({column} = ? AND id > ?) OR {column} IS NULL)", (value, value, id_))


def _cursor(value: object, id_: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([value, id_]).encode()).decode().rstrip("=")


def _parsed(after: str) -> tuple[str | int | None, int]:
    try:
        value, id_ = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        value, id_ = None, None
    sizes = [each for each in (value, id_) if isinstance(each, int)]
    fits = all(not isinstance(each, bool) and abs(each) < 2**63 for each in sizes)
    if not isinstance(id_, int) or not isinstance(value, str | int | None) or not fits:
        raise MalformedSearch("after: this is no place in a list: begin with the first page.", "after")
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise MalformedSearch("after: this is no place in a list: begin with the first page.", "after") from error
    return value, id_


def _profiles(state: State, profiles: set[int]) -> Mapping[int, tuple[Matched, ...]]:
    found: dict[int, list[Matched]] = {}
    if profiles:
        query = f"SELECT * FROM {state.tables.profiles} WHERE profile IN ({numbers(sorted(profiles))})"
        for profile, kind, set_name, category, basis in state.run(query, ()):
            found.setdefault(profile, []).append(Matched(kind, set_name, category or "", basis))
    return {profile: tuple(sorted(matched)) for profile, matched in found.items()}


def _placements(state: State, placements: set[int], visible: Visible) -> Mapping[int, tuple[int, int]]:
    if not placements:
        return {}
    among = f"placement IN ({numbers(sorted(placements))})"
    copies, exhibits = (
        dict(
            state.run(
                f"SELECT placement, number FROM ({counted_placements(visible, state.tables, of)}) WHERE {among}", ()
            )
        )
        for of in ("copies", "exhibits")
    )
    return {placement: (copies[placement], exhibits[placement]) for placement in copies}


def _decided(state: State, files: set[Any]) -> Mapping[int, int]:
    """Of those of `files` about which somebody decided, the number of what is said."""
    if not files or not state.told.table:
        return {}
    query = f"SELECT media_file, said FROM {state.told.table} WHERE media_file IN ({numbers(sorted(files))})"
    return dict(state.run(query, ()))


def _clusters(state: State, clusters: set[int], visible: Visible) -> set[int]:
    """Those of `clusters` that may be shown."""
    if not clusters:
        return set()
    shown = shown_clusters(visible, state.tables)
    found = state.run(f"SELECT cluster FROM ({shown}) WHERE cluster IN ({numbers(sorted(clusters))})", ())
    return {row[0] for row in found}
