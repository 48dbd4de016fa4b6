# ruff: noqa: S608 - the words in these statements are ours
"""Pages of rows: which they are, and in which order, says the catalogue; what is known of them, the tables.

A page is asked for by the last row of the one before, so that none is shown twice or left out while rows are added.
"""

import base64
import binascii
import json
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from amparo.domain.search import MalformedSearch, Search
from amparo.records.catalogue.building import sorted_name
from amparo.records.catalogue.columns import NONE
from amparo.records.catalogue.conditions import may_see_clusters
from amparo.records.catalogue.description import FileRow, Matched, described
from amparo.records.catalogue.meaning import Numbers
from amparo.records.catalogue.meanings import Visible
from amparo.records.catalogue.state import State
from amparo.records.database import Database

_LAST = 2**63 - 1
_OF_TEXTS = ("name", "type")
"""Columns whose values are sorted as texts."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of what was found, in the order that was asked for."""

    rows: tuple[FileRow, ...]
    next: str
    """What to give as `after` for the page that follows; empty where there is none."""


def page_of(
    rows: Numbers, search: Search, visible: Visible, state: State, database: Database, after: str = "", limit: int = 50
) -> Page:
    """At most `limit` of some rows, from the one after `after` on.

    Raise `MalformedSearch` where that is no place in a list.
    """
    if limit < 1:
        return Page((), "")
    order = _Order(state, search)
    first = order.first(rows, limit + 1, _parsed(after) if after else None)
    page, ids = first[:limit], state.columns["id"][first[:limit]].tolist()
    described = _described(state, page, ids, visible, database)
    if len(first) <= limit:
        return Page(tuple(described), "")
    last = next((row for row in described if row.id == ids[-1]), None)
    return Page(tuple(described), _cursor(order.value(page[-1], last), ids[-1]))


def first_of(keys: Numbers, count: int) -> Numbers:
    """Where the smallest keys stand, in their order and where they are the same in that of their places."""
    if len(keys) <= count:
        return np.argsort(keys, kind="stable")
    bound = np.partition(keys, count - 1)[count - 1]
    below, same = np.flatnonzero(keys < bound), np.flatnonzero(keys == bound)
    among = np.concatenate([below, same[: count - len(below)]])
    return among[np.argsort(keys[among], kind="stable")]


class _Order:
    """The order of a search: what is first has the smallest key, and of the same keys the smallest number."""

    def __init__(self, state: State, search: Search) -> None:
        self._state, self._column, self._descending = state, search.sort or "id", search.descending
        self._texts: tuple[str, ...] = ()
        if self._column == "type":
            meaning = state.meanings.of("type", {}, state.told)
            self._texts = meaning.values
            ranks = np.full(meaning.size, NONE)
            ranks[meaning.numbers] = meaning.codes
            self._ranks: Numbers = ranks.take(state.columns["traits"])
        else:
            self._ranks = state.columns[self._column]

    def first(self, rows: Numbers, count: int, after: tuple[str | int | None, int] | None = None) -> Numbers:
        """The first of some rows; of those that come after the one that a cursor names, where one does."""
        if self._column == "id":
            start = 0 if after is None else np.searchsorted(self._state.columns["id"].take(rows), after[1], "right")
            return rows[start : start + count]
        ranks = self._of(rows)
        wanted = np.ones(len(rows), np.bool_) if after is None else self._follow(rows, ranks, *after)
        # Of a part of the rows as many come before the bound as are wanted: what comes after it is none of them.
        part = slice(None, None, max(math.isqrt(len(rows) // count), 1))
        keys = self._keys(ranks[part][wanted[part]])
        if len(keys) >= count:
            wanted &= self._come_before(ranks, int(np.partition(keys, count - 1)[count - 1]))
        among = np.flatnonzero(wanted)
        return rows.take(among).take(first_of(self._keys(ranks.take(among)), count))

    def _come_before(self, ranks: Numbers, bound: int) -> NDArray[np.bool_]:
        """Which keys are not larger than a bound."""
        if self._descending:
            return ranks >= ~bound
        return np.ones(len(ranks), np.bool_) if bound == _LAST else (ranks <= bound) & (ranks != NONE)

    def _follow(self, rows: Numbers, ranks: Numbers, value: str | int | None, id_: int) -> NDArray[np.bool_]:
        """Which of some rows come after the one that a cursor names."""
        if value is not None and isinstance(value, str) != (self._column in _OF_TEXTS):
            raise MalformedSearch(
                "after: this is no place in a list that is sorted so: begin with the first page.", "after"
            )
        rank, is_there = self._rank(value, id_)
        if self._descending:
            follow = ranks < rank
        else:
            follow = (ranks > rank) | (ranks == NONE) if rank != NONE else np.zeros(len(rows), np.bool_)
        same = np.flatnonzero(ranks == rank)
        follow[same] = self._state.columns["id"].take(rows.take(same)) > id_ if is_there else not self._descending
        return follow

    def value(self, row: int, described: FileRow | None) -> str | int | None:
        """What a cursor says of a row; of its name, what the tables know, nothing where it does not stand any more."""
        rank = int(self._ranks[row])
        if self._column == "id" or rank == NONE:
            return None
        if self._column == "name":
            return sorted_name(described) if described is not None else None
        return self._texts[rank] if self._column == "type" else rank

    def _of(self, rows: Numbers) -> Numbers:
        return self._ranks if len(rows) == len(self._ranks) else self._ranks.take(rows)

    def _rank(self, value: str | int | None, id_: int) -> tuple[int, bool]:
        """The rank of a value, and whether it is one; else that of the first value that is larger."""
        if self._column == "name":
            return self._rank_of_name(value, id_)
        if isinstance(value, str):
            rank = bisect_left(self._texts, value)
            return rank, self._texts[rank : rank + 1] == (value,)
        return (NONE if value is None else value), True

    def _rank_of_name(self, name: str | int | None, id_: int) -> tuple[int, bool]:
        columns = self._state.columns
        at = columns.positions(np.array([id_]))
        if len(at):
            return int(self._ranks[at[0]]), True
        if name is None:
            raise MalformedSearch("after: this is no place in a list any more: begin with the first page.", "after")
        query = f"SELECT arg_max(id, name), max(name) = ? FROM {self._state.tables.segments} WHERE name <= ?"
        before, is_there = self._state.run(query, (name, name))[0]
        if before is None:
            return 0, False
        rank = int(self._ranks[columns.positions(np.array([before]))[0]])
        return rank + (not is_there), is_there

    def _keys(self, ranks: Numbers) -> Numbers:
        """Smallest first; without a rank last."""
        wide = ranks.astype(np.int64, copy=False)
        return ~wide if self._descending else np.where(wide == NONE, _LAST, wide)


def _described(
    state: State, places: Numbers, ids: Sequence[int], visible: Visible, database: Database
) -> list[FileRow]:
    """What is known of some rows, in their order; of those that do not stand any more, nothing."""
    profile, placement, cluster = (state.columns[name][places] for name in ("profile", "placement", "cluster"))
    matches, placed = _matches(state, profile), state.meanings.placed(visible)
    tells_clusters = cluster.any() and may_see_clusters(visible, state)
    place_of = {id_: place for place, id_ in enumerate(ids)}
    rows = []
    for row in described(database, ids):
        at = place_of[row.id]
        row = replace(
            row,
            matches=matches.get(int(profile[at]), ()),
            cluster=(int(cluster[at]) or None) if tells_clusters else None,
        )
        if placement[at]:
            copies, exhibits = (int(placed[each][placement[at]]) for each in ("copies", "exhibits"))
            row = replace(row, copies=copies, exhibits=exhibits)
        if row.media_file is not None:
            said = state.told.about(row.media_file)
            row = replace(row, standing=said.standing, grade=said.grade)
        rows.append(row)
    return rows


def _matches(state: State, profiles: Numbers) -> Mapping[int, tuple[Matched, ...]]:
    found: dict[int, list[Matched]] = {}
    wanted = ", ".join(f"{each}" for each in np.unique(profiles[profiles > 0]))
    if wanted:
        query = f"SELECT * FROM {state.tables.profiles} WHERE profile IN ({wanted})"
        for profile, kind, set_name, category, basis in state.run(query, ()):
            found.setdefault(profile, []).append(Matched(kind, set_name, category or "", basis))
    return {profile: tuple(sorted(matched)) for profile, matched in found.items()}


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
