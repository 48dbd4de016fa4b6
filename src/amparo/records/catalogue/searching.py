"""Answers from a catalogue: pages of rows, how many there are, facets, and the tree of places.

All of it is held to the acquisitions that may be seen. The rows of a page are read from the tables, so they are as they
are now; which they are, and all counts, are as of the state of the catalogue.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from amparo.domain.search import Facet, Search
from amparo.records import ledger_search
from amparo.records.catalogue.building import NO_CLUSTERS, ClustersKept, is_new, refresh, usable
from amparo.records.catalogue.conditions import Tables, Visible, rows_of
from amparo.records.catalogue.decided import FIELDS as DECIDED
from amparo.records.catalogue.decided import NOBODY, Decisions, Eyes, Meant
from amparo.records.catalogue.description import FileRow
from amparo.records.catalogue.facets import facets_of, narrowings
from amparo.records.catalogue.kept import CatalogueRefused, Kept, Manifest
from amparo.records.catalogue.later import beside_each_other
from amparo.records.catalogue.paging import Page, page_of
from amparo.records.catalogue.remembered import Remembered
from amparo.records.catalogue.state import State, where_of
from amparo.records.catalogue.tree import Branches, branches_of
from amparo.records.database import Database
from amparo.records.store import BATCH_ACT

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_T = TypeVar("_T")
_TRIES = 3
_PAGE_ROWS = 500
_BRINGS = (BATCH_ACT, "exhibit.match", "exhibit.rematch")
"""The acts that add to what a catalogue keeps."""


class Catalogue:
    """The catalogue in a folder. Threads may share it; each process opens its own."""

    def __init__(self, folder: Path, meant: Callable[[Database], Meant] = lambda _: Meant()) -> None:
        """In `folder`; `meant` gives what the categories by which officers grade mean."""
        self._kept = Kept(folder)
        self._lock = threading.Lock()
        self._connection: DuckDBPyConnection | None = None
        self._read: tuple[tuple[int, int, int], Manifest] | None = None
        self._remembered = Remembered()
        self._decisions = Decisions(meant)

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

    def behind(self, visible: Visible, database: Database) -> int:
        """How many entries of the ledger brought these acquisitions what was not there yet when it was made.

        Others count for nothing: decisions are in every answer, and what is done elsewhere is nobody's business here.
        """
        manifest = self.state(database)
        since = manifest.entries_before if manifest else 0
        return ledger_search.count_since(database, since, acts=_BRINGS, acquisitions=tuple(visible))

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
        self._decisions.forget()

    def page(
        self,
        search: Search,
        visible: Visible,
        database: Database,
        *,
        after: str = "",
        limit: int = 50,
        chosen: Sequence[int] = (),
        eyes: Eyes = NOBODY,
    ) -> Page:
        """At most `limit` rows, from the one after `after` on; where any are `chosen`, only of these occurrences.

        Raise `MalformedSearch`, `CatalogueRefused`.
        """
        return self.ask(database, lambda state: page_of(state, search, visible, database, after, limit, chosen), eyes)

    def every(
        self,
        search: Search,
        visible: Visible,
        database: Database,
        chosen: Sequence[int] = (),
        *,
        eyes: Eyes = NOBODY,
    ) -> Iterator[FileRow]:
        """All rows, in memory that does not grow with their number."""
        after = ""
        while True:
            page = self.page(search, visible, database, after=after, limit=_PAGE_ROWS, chosen=chosen, eyes=eyes)
            yield from page.rows
            after = page.next
            if not after:
                return

    def count(self, search: Search, visible: Visible, database: Database, *, eyes: Eyes = NOBODY) -> int:
        """How many rows there are."""

        def count(state: State) -> int:
            where = where_of(state, search, visible, database)
            rows = rows_of(search, state.tables)
            return int(state.run(f"SELECT count(*) FROM {rows} WHERE {where.sql}", where.values)[0][0])  # noqa: S608 - words of ours

        return self.ask(database, count, eyes)

    def facets(
        self,
        search: Search,
        visible: Visible,
        database: Database,
        fields: Sequence[str] = (),
        *,
        eyes: Eyes = NOBODY,
    ) -> tuple[int, tuple[Facet, ...]]:
        """How many rows there are, and how many have which value of the `fields` (of all that are counted)."""
        return self.ask(
            database,
            lambda state: facets_of(
                search,
                visible,
                state.tables,
                state.told,
                state.run,
                lambda narrowed: where_of(state, narrowed, visible, database),
                fields,
            ),
            eyes,
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
        eyes: Eyes = NOBODY,
    ) -> tuple[Page, int, tuple[Facet, ...]]:
        """What `page` and `facets` say, several cores at work at once; what was counted is kept."""
        asked = ("facets", search.filters, frozenset(visible.items()), tuple(fields))
        of_decisions = not fields or not {*DECIDED}.isdisjoint([*fields, *(each.field for each in search.filters)])

        def both(state: State) -> tuple[Page, int, tuple[Facet, ...]]:
            question = (*asked, state.told if of_decisions else None)
            known = self._remembered.answer(state.manifest, question)
            if known is not None:
                return page_of(state, search, visible, database, after, limit, ()), *known
            # Here, since a thread of its own has no connection to the database.
            where = {each: where_of(state, each, visible, database) for each in narrowings(search)}
            with ThreadPoolExecutor(3) as beside:  # each pass over the rows takes one core
                counting = beside.submit(
                    facets_of,
                    *(search, visible, state.tables, state.told, state.run),
                    *(where.__getitem__, fields, beside.map),
                )
                page = page_of(state, search, visible, database, after, limit, ())
                counted = counting.result()
            self._remembered.keep(state.manifest, question, counted)
            return page, *counted

        return self.ask(database, both, eyes)

    def tree(
        self, search: Search, visible: Visible, database: Database, place: str = "", *, eyes: Eyes = NOBODY
    ) -> Branches:
        """What a place (an exhibit's number, a container, a folder; empty for all) holds of what is found."""
        asked = ("tree", search.without("in").filters, frozenset(visible.items()), place)
        of_decisions = any(each.field in DECIDED for each in search.filters)

        def tree(state: State) -> Branches:
            question = (*asked, state.told if of_decisions else None)
            known: Branches | None = self._remembered.answer(state.manifest, question)
            if known is None:
                known = branches_of(state, search.without("in"), visible, database, place)
                self._remembered.keep(state.manifest, question, known)
            return known

        return self.ask(database, tree, eyes)

    def ask(self, database: Database, ask: Callable[[State], _T], eyes: Eyes = NOBODY) -> _T:
        """Have a state answer what `eyes` may know; where another process took its files away meanwhile, the next."""
        for _ in range(_TRIES):
            manifest = self.state(database)
            if manifest is None:
                raise CatalogueRefused("There is no catalogue of the files yet: it is to be made first.")
            try:
                return ask(self._opened(manifest, eyes, database))
            except _Failed as failed:
                stamp = self._kept.stamp()
                with self._lock:
                    moved = self._read is None or self._read[0] != stamp
                    self._read = None
                    if not moved:
                        self._kept = Kept(self._kept.folder)  # nothing is taken for sound any more
                cause = failed.__cause__
        raise CatalogueRefused("The catalogue of the files cannot answer: {why}.", why=_line(cause)) from cause

    def _opened(self, manifest: Manifest, eyes: Eyes, database: Database) -> State:
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

        try:
            told = self._decisions.told(eyes, database, connection)
        except duckdb.Error as error:
            raise _Failed from error
        segments, later = kept.table(*(each.file for each in manifest.segments)), kept.table(manifest.later)
        beside = (manifest.traits, manifest.cameras, manifest.profiles, manifest.placements)
        tables = Tables(segments, later, beside_each_other(segments, later), *map(kept.table, beside))
        return State(manifest, tables, told, run, columns)


class _Failed(Exception):
    """DuckDB could not answer; the cause says why."""


def _line(error: BaseException | None) -> str:
    return " ".join(str(error).split()).rstrip(".")[:300]
