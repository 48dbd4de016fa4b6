# ruff: noqa: S608 - the words in these statements are ours
"""Answers from a catalogue: pages of rows, how many there are, facets, and the tree of places.

All of it is held to the acquisitions that may be seen. The rows of a page are read from the tables, so they are as they
are now; which they are, and all counts, are as of the state of the catalogue.
"""

import base64
import binascii
import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from amparo.domain.search import Facet, MalformedSearch, Search
from amparo.records import ledger as ledgers
from amparo.records.bulk import matching
from amparo.records.catalogue.building import (
    NO_CLUSTERS,
    ClustersKept,
    head_of_digest,
    is_new,
    refresh,
    usable,
)
from amparo.records.catalogue.conditions import (
    Condition,
    Tables,
    Visible,
    conditions,
    counted_placements,
    numbers,
    rows_of,
    shown_clusters,
)
from amparo.records.catalogue.description import FileRow, Matched, described
from amparo.records.catalogue.facets import facets_of, narrowings
from amparo.records.catalogue.kept import CatalogueRefused, Kept, Manifest
from amparo.records.catalogue.later import beside_each_other
from amparo.records.catalogue.remembered import Remembered
from amparo.records.database import Database

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_T = TypeVar("_T")
_TRIES = 3
_PAGE_ROWS = 500
_BRANCHES = 1_000
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
_MOST_CANDIDATES = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of what was found, in the order that was asked for."""

    rows: tuple[FileRow, ...]
    next: str
    """What to give as `after` for the page that follows; empty where there is none."""


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


@dataclass(frozen=True, slots=True)
class State:
    """One state of the catalogue, and its files as tables."""

    manifest: Manifest
    tables: Tables
    run: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
    """A query with the values that are bound in it."""
    columns: Callable[[str, Sequence[Any]], Mapping[str, Any]]
    """The same, the answer by column, as NumPy arrays."""


class Catalogue:
    """The catalogue in a folder. Threads may share it; each process opens its own."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder)
        self._lock = threading.Lock()
        self._connection: DuckDBPyConnection | None = None
        self._read: tuple[tuple[int, int, int], Manifest] | None = None
        self._remembered = Remembered()

    def refresh(self, database: Database, clusters: ClustersKept = NO_CLUSTERS) -> None:
        """Bring it to the state of the tables; raise `Busy` where another process does so."""
        refresh(self._kept, database, clusters)

    def state(self, database: Database) -> Manifest | None:
        """The state that would answer; `None` where there is none that can be used."""
        stamp = self._kept.stamp()
        with self._lock:
            if stamp is not None and self._read is not None and self._read[0] == stamp:
                return self._read[1]
        manifest = usable(self._kept, database)
        with self._lock:
            self._read = None if stamp is None or manifest is None else (stamp, manifest)
        return manifest

    def is_new(self, database: Database, clusters: ClustersKept = NO_CLUSTERS) -> bool:
        """Whether it has all that the tables have."""
        manifest = self.state(database)
        return manifest is not None and is_new(manifest, database, clusters)

    def behind(self, database: Database) -> int:
        """How many entries the ledger has that were not there when it was made."""
        manifest = self.state(database)
        return ledgers.size(database) - (manifest.entries_before if manifest else 0)

    def age_s(self) -> float:
        """How long ago it came to its state."""
        stamp = self._kept.stamp()
        return time.time() - stamp[1] / 1e9 if stamp is not None else math.inf

    def close(self) -> None:
        """Let go of what is held in memory."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._read = None
        self._remembered.forget()

    def page(
        self,
        search: Search,
        visible: Visible,
        database: Database,
        *,
        after: str = "",
        limit: int = 50,
        chosen: Sequence[int] = (),
    ) -> Page:
        """At most `limit` rows, from the one after `after` on; where any are `chosen`, only of these occurrences.

        Raise `MalformedSearch`, `CatalogueRefused`.
        """
        return self.ask(database, lambda state: _page(state, search, visible, database, after, limit, chosen))

    def every(
        self, search: Search, visible: Visible, database: Database, chosen: Sequence[int] = ()
    ) -> Iterator[FileRow]:
        """All rows, in memory that does not grow with their number."""
        after = ""
        while True:
            page = self.page(search, visible, database, after=after, limit=_PAGE_ROWS, chosen=chosen)
            yield from page.rows
            after = page.next
            if not after:
                return

    def count(self, search: Search, visible: Visible, database: Database) -> int:
        """How many rows there are."""

        def count(state: State) -> int:
            where = _where(state, search, visible, database)
            rows = rows_of(search, state.tables)
            return int(state.run(f"SELECT count(*) FROM {rows} WHERE {where.sql}", where.values)[0][0])

        return self.ask(database, count)

    def facets(
        self, search: Search, visible: Visible, database: Database, fields: Sequence[str] = ()
    ) -> tuple[int, tuple[Facet, ...]]:
        """How many rows there are, and how many have which value of the `fields` (of all that are counted)."""
        return self.ask(
            database,
            lambda state: facets_of(
                search,
                visible,
                state.tables,
                state.run,
                lambda narrowed: _where(state, narrowed, visible, database),
                fields,
            ),
        )

    def page_and_facets(
        self,
        search: Search,
        visible: Visible,
        database: Database,
        *,
        after: str = "",
        limit: int = 50,
        fields: Sequence[str] = (),
    ) -> tuple[Page, int, tuple[Facet, ...]]:
        """What `page` and `facets` say. One core counts while another looks for the page; what was counted is kept."""
        question = ("facets", search.filters, frozenset(visible.items()), tuple(fields))

        def both(state: State) -> tuple[Page, int, tuple[Facet, ...]]:
            known = self._remembered.answer(state.manifest, question)
            if known is not None:
                return _page(state, search, visible, database, after, limit, ()), *known
            # Here, since a thread of its own has no connection to the database.
            where = {each: _where(state, each, visible, database) for each in narrowings(search)}
            with ThreadPoolExecutor(1) as beside:
                counting = beside.submit(facets_of, search, visible, state.tables, state.run, where.__getitem__, fields)
                page = _page(state, search, visible, database, after, limit, ())
                counted = counting.result()
            self._remembered.keep(state.manifest, question, counted)
            return page, *counted

        return self.ask(database, both)

    def tree(self, search: Search, visible: Visible, database: Database, place: str = "") -> Branches:
        """What a place (an exhibit's number, a container, a folder; empty for all) holds of what is found."""
        question = ("tree", search.without("in").filters, frozenset(visible.items()), place)

        def tree(state: State) -> Branches:
            known: Branches | None = self._remembered.answer(state.manifest, question)
            if known is None:
                known = _tree(state, search.without("in"), visible, database, place)
                self._remembered.keep(state.manifest, question, known)
            return known

        return self.ask(database, tree)

    def ask(self, database: Database, ask: Callable[[State], _T]) -> _T:
        """Have a state answer; where another process took its files away meanwhile, the one that came after."""
        for _ in range(_TRIES):
            manifest = self.state(database)
            if manifest is None:
                raise CatalogueRefused("There is no catalogue of the files yet: it is to be made first.")
            try:
                return ask(self._opened(manifest))
            except _Failed as failed:
                stamp = self._kept.stamp()
                with self._lock:
                    moved = self._read is None or self._read[0] != stamp
                    self._read = None
                    if not moved:
                        self._kept = Kept(self._kept.folder)  # nothing is taken for sound any more
                cause = failed.__cause__
        raise CatalogueRefused(f"The catalogue of the files cannot answer: {_line(cause)}.") from cause

    def _opened(self, manifest: Manifest) -> State:
        import duckdb

        kept = self._kept
        with self._lock:
            if self._connection is None:
                self._connection = kept.connect()
            connection = self._connection

        def answered(query: str, values: Sequence[Any], fetch: Callable[["DuckDBPyConnection"], _T]) -> _T:
            try:
                with connection.cursor() as cursor:
                    return fetch(cursor.execute(query, list(values)))
            except duckdb.Error as error:
                raise _Failed from error

        def run(query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
            return answered(query, values, lambda cursor: cursor.fetchall())

        def columns(query: str, values: Sequence[Any] = ()) -> Mapping[str, Any]:
            return answered(query, values, lambda cursor: cursor.fetchnumpy())

        segments, later = kept.table(*(each.file for each in manifest.segments)), kept.table(manifest.later)
        beside = (manifest.traits, manifest.cameras, manifest.profiles, manifest.placements)
        tables = Tables(segments, later, beside_each_other(segments, later), *map(kept.table, beside))
        return State(manifest, tables, run, columns)


class _Failed(Exception):
    """DuckDB could not answer; the cause says why."""


def _line(error: BaseException | None) -> str:
    return " ".join(str(error).split()).rstrip(".")[:300]


def _where(state: State, search: Search, visible: Visible, database: Database) -> Condition:
    return conditions(search, visible, state.tables, lambda digests: _files_of(state, digests, database))


def _files_of(state: State, digests: Sequence[str], database: Database) -> list[int]:
    """The media files of digests: those whose first bytes are the same, of which the tables say the rest."""
    wanted = {(_DIGESTS[len(each)], bytes.fromhex(each)) for each in digests}
    heads = " OR ".join(f"{kind} = {head_of_digest(value)}" for kind, value in sorted(wanted))
    candidates = state.run(
        f"SELECT DISTINCT media_file FROM {state.tables.segments} WHERE {heads} LIMIT {_MOST_CANDIDATES}",
        (),
    )
    found = []
    for start in range(0, len(candidates), _PAGE_ROWS):
        part = [row[0] for row in candidates[start : start + _PAGE_ROWS]]
        with database.errors():
            rows = matching(database, "SELECT id, sha256, sha1, md5 FROM media_file WHERE id {keys}", part)
        for id_, *values in rows:
            if wanted & set(zip(("sha256", "sha1", "md5"), map(bytes, values), strict=True)):
                found.append(id_)
    return found


def _page(
    state: State, search: Search, visible: Visible, database: Database, after: str, limit: int, chosen: Sequence[int]
) -> Page:
    if limit < 1:
        return Page((), "")
    where = _where(state, search, visible, database)
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
    rows = []
    for row in described(database, ids):
        profile, placement, cluster = later[row.id]
        copies, exhibits = placements.get(placement, (None, None))
        shown = cluster if cluster in clusters else None
        rows.append(replace(row, matches=matches.get(profile, ()), copies=copies, exhibits=exhibits, cluster=shown))
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


def _clusters(state: State, clusters: set[int], visible: Visible) -> set[int]:
    """Those of `clusters` that may be shown."""
    if not clusters:
        return set()
    shown = shown_clusters(visible, state.tables)
    found = state.run(f"SELECT cluster FROM ({shown}) WHERE cluster IN ({numbers(sorted(clusters))})", ())
    return {row[0] for row in found}


def _tree(state: State, search: Search, visible: Visible, database: Database, place: str) -> Branches:
    where, source = _where(state, search, visible, database), rows_of(search, state.tables)
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
