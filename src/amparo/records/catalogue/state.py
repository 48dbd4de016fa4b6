# ruff: noqa: S608 - the words in these statements are ours
"""One state of a catalogue, open: its files as tables, and how a search becomes a condition on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amparo.domain.search import Search
from amparo.records.bulk import matching
from amparo.records.catalogue.building import head_of_digest
from amparo.records.catalogue.conditions import Condition, Tables, Visible, conditions
from amparo.records.catalogue.decided import Told
from amparo.records.catalogue.kept import Manifest
from amparo.records.database import Database

_KEYS = 500
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
_MOST_CANDIDATES = 10_000


@dataclass(frozen=True, slots=True)
class State:
    """One state of the catalogue, and its files as tables."""

    manifest: Manifest
    tables: Tables
    told: Told
    """What is decided about files, as far as whoever asks may know."""
    run: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
    """A query with the values that are bound in it."""
    columns: Callable[[str, Sequence[Any]], Mapping[str, Any]]
    """The same, the answer by column, as NumPy arrays."""


def where_of(state: State, search: Search, visible: Visible, database: Database) -> Condition:
    """That a row may be seen and all filters of a search hold."""
    return conditions(search, visible, state.tables, state.told, lambda digests: _files_of(state, digests, database))


def _files_of(state: State, digests: Sequence[str], database: Database) -> list[int]:
    """The media files of digests: those whose first bytes are the same, of which the tables say the rest."""
    wanted = {(_DIGESTS[len(each)], bytes.fromhex(each)) for each in digests}
    heads = " OR ".join(f"{kind} = {head_of_digest(value)}" for kind, value in sorted(wanted))
    candidates = state.run(
        f"SELECT DISTINCT media_file FROM {state.tables.segments} WHERE {heads} LIMIT {_MOST_CANDIDATES}",
        (),
    )
    found = []
    for start in range(0, len(candidates), _KEYS):
        part = [row[0] for row in candidates[start : start + _KEYS]]
        with database.errors():
            rows = matching(database, "SELECT id, sha256, sha1, md5 FROM media_file WHERE id {keys}", part)
        for id_, *values in rows:
            if wanted & set(zip(("sha256", "sha1", "md5"), map(bytes, values), strict=True)):
                found.append(id_)
    return found
