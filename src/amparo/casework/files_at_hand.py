"""The files of an open workbench, as `Workbench.files` gives them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from amparo.casework import files
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.domain.search import Facet, Search
from amparo.records import queries
from amparo.records.catalogue.description import FileRow
from amparo.records.catalogue.tree import Branches
from amparo.records.database import Database


@dataclass(frozen=True, slots=True)
class Files:
    """The files of all exhibits, for whoever has the key of the workbench. All of it may raise `MissingExtra`."""

    _database: Database
    _folder: Path
    _by: str

    def find(self, search: Search | None = None) -> Iterator[FileRow]:
        """What a search finds, in its order."""
        yield from files.every(search or Search(), reach=self.reach, database=self._database, folder=self._folder)

    def facets(self, search: Search | None = None) -> tuple[int, tuple[Facet, ...]]:
        """How many files a search finds, and how many of them have which value of a field."""
        found = files.find(
            search or Search(), limit=0, facets=None, at_once=True, reach=self.reach, database=self._database,
            folder=self._folder,
        )  # fmt: skip
        return found.total, found.facets

    def tree(self, search: Search | None = None, place: str = "") -> Branches:
        """What a place (an exhibit, a container, a folder; empty for all) holds of what a search finds."""
        return files.branches(
            search or Search(), place, at_once=True, reach=self.reach, database=self._database, folder=self._folder
        )

    def refresh(self) -> None:
        """Bring the catalogue up to date, so that nobody need wait; raise `Busy` where another does it long."""
        files.refresh(database=self._database, folder=self._folder)

    @property
    def reach(self) -> Reach:
        """Of whoever has the key of the workbench: all of it."""
        every = frozenset(acquisition.id for acquisition in queries.acquisitions(self._database))
        return Reach(self._by, "", frozenset(Role), Purpose.OPERATIONAL_ANALYSIS, every, every)
