"""Answers from a catalogue: pages of rows, how many there are, facets, and the tree of places.

All of it is held to the acquisitions that may be seen. The rows of a page are read from the tables, so they are as they
are now; which they are, and all counts, are as of the state of the catalogue.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from amparo.domain.search import Facet, Search
from amparo.records import ledger_search
from amparo.records.catalogue.building import NO_CLUSTERS, ClustersKept, is_new, refresh, usable
from amparo.records.catalogue.columns import Columns
from amparo.records.catalogue.conditions import CHOSEN, all_of, found_by
from amparo.records.catalogue.decided import NOBODY, Decisions, Eyes, Meant
from amparo.records.catalogue.description import FileRow
from amparo.records.catalogue.facets import facets_of
from amparo.records.catalogue.kept import CatalogueRefused, Kept, Manifest
from amparo.records.catalogue.later import beside_each_other
from amparo.records.catalogue.meanings import Meanings, Visible
from amparo.records.catalogue.paging import Page, page_of
from amparo.records.catalogue.remembered import Remembered
from amparo.records.catalogue.state import State, Tables
from amparo.records.catalogue.tree import Branches, branches_of
from amparo.records.database import Database
from amparo.records.store import BATCH_ACT

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_T = TypeVar("_T")
_TRIES = 3
_PAGE_ROWS = 500
_MOST_COUNTS = 64
"""Questions of which is remembered what was counted."""
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
        self._held: tuple[Columns, Meanings, Remembered] | None = None
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
            self._connection = self._read = self._held = None
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

        def page(state: State) -> Page:
            found = found_by(search, visible, state, database)
            if chosen:
                found = {**found, CHOSEN: state.columns.of_ids(np.array(chosen, np.int64))}
            return page_of(all_of(found), search, visible, state, database, after, limit)

        return self.ask(database, page, eyes)

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
        return self.ask(database, lambda state: len(all_of(found_by(search, visible, state, database))), eyes)

    def facets(
        self,
        search: Search,
        visible: Visible,
        database: Database,
        fields: Sequence[str] | None = None,
        *,
        eyes: Eyes = NOBODY,
    ) -> tuple[int, tuple[Facet, ...]]:
        """How many rows there are, and how many have which value of the `fields` (`None`: all that are counted)."""
        _, total, facets = self.find(search, visible, database, limit=0, fields=fields, eyes=eyes)
        return total, facets

    def find(
        self,
        search: Search,
        visible: Visible,
        database: Database,
        *,
        after: str = "",
        limit: int = 50,
        fields: Sequence[str] | None = (),
        eyes: Eyes = NOBODY,
    ) -> tuple[Page, int, tuple[Facet, ...]]:
        """What `page` and `facets` say."""

        def find(state: State) -> tuple[Page, int, tuple[Facet, ...]]:
            found = found_by(search, visible, state, database)
            rows = all_of(found)
            page = page_of(rows, search, visible, state, database, after, limit)
            return page, len(rows), facets_of(found, rows, search, visible, state, fields)

        return self.ask(database, find, eyes)

    def tree(
        self, search: Search, visible: Visible, database: Database, place: str = "", *, eyes: Eyes = NOBODY
    ) -> Branches:
        """What a place (an exhibit's number, a container, a folder; empty for all) holds of what is found."""
        return self.ask(
            database, lambda state: branches_of(state, search.without("in"), visible, database, place), eyes
        )

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

        def answered(query: str, values: Sequence[Any], fetch: Callable[[Any], _T], tables: Mapping[str, Any]) -> _T:
            try:
                with connection.cursor() as cursor:
                    for name, table in tables.items():
                        cursor.register(name, table)
                    return fetch(cursor.execute(query, list(values)))
            except duckdb.Error as error:
                raise _Failed from error

        def run(query: str, values: Sequence[Any] = (), **tables: Any) -> list[tuple[Any, ...]]:
            return answered(query, values, lambda cursor: cursor.fetchall(), tables)

        def read(query: str, values: Sequence[Any] = ()) -> Mapping[str, Any]:
            return answered(query, values, lambda cursor: cursor.fetchnumpy(), {})

        with self._lock:
            if self._held is None or self._held[0].manifest.files != manifest.files:
                before = self._held[0] if self._held is not None else None
                self._held = (
                    Columns(kept, manifest, read, before),
                    Meanings(kept, manifest, read),
                    Remembered(_MOST_COUNTS),
                )
            columns, meanings, remembered = self._held
        segments = kept.table(*(each.file for each in manifest.segments))
        rows = beside_each_other(segments, kept.table(manifest.later))
        tables = Tables(segments, rows, kept.table(manifest.profiles), kept.table(manifest.folders))
        return State(manifest, tables, columns, meanings, self._decisions.told(eyes, database), remembered, run, read)


class _Failed(Exception):
    """DuckDB could not answer; the cause says why."""


def _line(error: BaseException | None) -> str:
    return " ".join(str(error).split()).rstrip(".")[:300]
