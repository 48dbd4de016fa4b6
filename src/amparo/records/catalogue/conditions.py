# ruff: noqa: S608 - the words in these statements are ours
"""Which rows a search finds: for each of its filters those for which it holds."""

from collections.abc import Mapping, Sequence

import numpy as np

from amparo.domain.item_path import escape
from amparo.domain.search import Filter, Search
from amparo.domain.search_fields import BY_NAME, Form
from amparo.records.bulk import matching
from amparo.records.catalogue.building import head_of_digest
from amparo.records.catalogue.columns import NONE, Rows
from amparo.records.catalogue.decided import FIELDS as DECIDED
from amparo.records.catalogue.meaning import Numbers
from amparo.records.catalogue.meanings import COUNTED, Visible, column_of
from amparo.records.catalogue.state import State
from amparo.records.database import Database

_KEYS = 500
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
_MOST_CANDIDATES = 10_000
SEEN, CHOSEN = "seen", "chosen"
"""In place of a field, of the rows that may be seen, and of those that somebody chose."""


Found = Mapping[str, Rows]
"""The rows that may be seen (`SEEN`), and by field those for which its filter holds: found are those in all."""


def found_by(search: Search, visible: Visible, state: State, database: Database) -> Found:
    """What a search finds of what may be seen."""
    found = {SEEN: seen(visible, state)}
    for each in search.filters:
        found[each.field] = _holds(each, visible, state, database)
    return found


def asks_decisions(search: Search) -> bool:
    """Whether what a search finds changes with decisions."""
    return any(each.field in DECIDED for each in search.filters)


def all_of(found: Found, but: str | None = None) -> Numbers:
    """Where the rows stand for which all filters hold, but the one of a field."""
    first, *others = (rows for field, rows in found.items() if field != but)
    rows = first.copy() if others else first
    for each in others:
        rows &= each
    return np.flatnonzero(rows)


def seen(visible: Visible, state: State) -> Rows:
    """The rows that may be seen."""

    def may_be() -> Rows:
        having = state.meanings.acquisitions().having(visible.__contains__, lacking=False)
        return having.take(state.columns["traits"])

    return state.columns.answer((SEEN, frozenset(visible)), may_be)


def rows_of_column(column: str, state: State) -> Numbers:
    """A column of numbers that stand for something, those of what is decided included."""
    return state.told.of(state.columns["media_file"]) if column == "said" else state.columns[column]


def _holds(wanted: Filter, visible: Visible, state: State, database: Database) -> Rows:
    name, form, columns = wanted.field, BY_NAME[wanted.field].form, state.columns
    if form is Form.WORDS:
        return columns.with_words(name, tuple(escape(word).casefold() for word in wanted.values))
    if form is Form.PLACE:
        return _within(wanted.values, state)
    if form is Form.DIGEST:
        return np.isin(columns["media_file"], _files_of(wanted.values, state, database))
    if name == "cluster":
        return _clustered(wanted, visible, state)
    if form is Form.CHOICE or name in COUNTED:
        meaning = state.meanings.of(name, visible, state.told)
        is_wanted = (lambda number: _lies_between(wanted, number)) if name in COUNTED else wanted.values.__contains__
        having = meaning.having(is_wanted, lacking=wanted.lacking)
        return having.take(rows_of_column(column_of(name), state))
    numbers = columns[name]
    rows = numbers == NONE if wanted.lacking else np.zeros(len(numbers), np.bool_)
    if wanted.is_range:
        low = NONE + 1 if wanted.low is None else wanted.low
        rows |= numbers >= low if wanted.high is None else (numbers >= low) & (numbers <= wanted.high)
    return rows


def _lies_between(wanted: Filter, number: int) -> bool:
    above = wanted.low is None or number >= wanted.low
    return wanted.is_range and above and (wanted.high is None or number <= wanted.high)


def _within(places: Sequence[str], state: State) -> Rows:
    """The rows whose folder is one of some places, or lies in one."""
    among = " OR ".join("folder = ? OR starts_with(folder, ?) OR starts_with(folder, ?)" for _ in places)
    stripped = [place.rstrip("/") for place in places]
    values = [each for place in stripped for each in (place, f"{place}/", f"{place}!")]
    found = state.read(f"SELECT folders FROM {state.tables.folders} WHERE {among}", values)["folders"]
    folders = state.columns["folder"]
    lies = np.zeros(folders.max(initial=0) + 1, np.bool_)
    lies[found] = True
    return lies.take(folders)


def _clustered(wanted: Filter, visible: Visible, state: State) -> Rows:
    clusters = state.columns["cluster"]
    if not may_see_clusters(visible, state):
        return np.full(len(clusters), wanted.lacking)
    chosen = [0] if wanted.lacking else []
    return np.isin(clusters, [*chosen, *(int(each) for each in wanted.values if int(each))])


def may_see_clusters(visible: Visible, state: State) -> bool:
    """Whether clusters may be told of: to who sees the whole operation.

    A cluster's number and its members follow from all files: what is seen of it would tell of what is not.
    """
    return bool(seen(visible, state).all())


def _files_of(digests: Sequence[str], state: State, database: Database) -> list[int]:
    """The media files of digests: those whose first bytes are the same, of which the tables say the rest."""
    wanted = {(_DIGESTS[len(each)], bytes.fromhex(each)) for each in digests}
    heads = " OR ".join(f"{kind} = {head_of_digest(value)}" for kind, value in sorted(wanted))
    query = f"SELECT DISTINCT media_file FROM {state.tables.segments} WHERE {heads} LIMIT {_MOST_CANDIDATES}"
    candidates = [row[0] for row in state.run(query, ())]
    found = []
    for start in range(0, len(candidates), _KEYS):
        with database.errors():
            part = candidates[start : start + _KEYS]
            rows = matching(database, "SELECT id, sha256, sha1, md5 FROM media_file WHERE id {keys}", part)
        for id_, *values in rows:
            if wanted & set(zip(("sha256", "sha1", "md5"), map(bytes, values), strict=True)):
                found.append(id_)
    return found
