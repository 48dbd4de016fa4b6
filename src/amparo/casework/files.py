"""Find files of an operation by anything that is a finding, as far as an officer may see.

What answers is a catalogue, columns beside the database that follow from it (`records.catalogue`). It is brought to the
state of the tables when somebody asks; where that takes long, as while an examination goes on, it may be some seconds
old, and says how many entries of the ledger came since.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from amparo.casework import near_copies, vocabularies
from amparo.domain.errors import Busy
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.search import Facet, Search
from amparo.records.catalogue.decided import Eyes, Meant
from amparo.records.catalogue.description import FileRow
from amparo.records.catalogue.kept import FOLDER, CatalogueRefused
from amparo.records.catalogue.searching import Catalogue
from amparo.records.catalogue.tree import Branches
from amparo.records.database import Database

_T = TypeVar("_T")
_REST = 20
"""A catalogue serves for so many times as long as it took to be made before it is brought up to date again …"""
_LONGEST_REST_S = 60.0
"""… but not longer than this: to be made the first time takes long, and the next step does not."""
_WAITS_S = 0.1
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the files that a search found."""

    rows: tuple[FileRow, ...]
    total: int
    next: str
    """What to give as `after` for those that follow; empty where there are none."""
    facets: tuple[Facet, ...]
    behind: int
    """How many entries of the ledger added to what may be seen, and are not in this answer yet."""


@functools.lru_cache(maxsize=4)
def _catalogue_in(folder: Path) -> Catalogue:
    """The catalogue of a workbench. What it holds of its files in memory, each thread of a process can use."""
    return Catalogue(folder / FOLDER, _meant)


def _meant(database: Database) -> Meant:
    return Meant(vocabularies.meanings(database=database), vocabularies.undecided(database=database))


def find(
    search: Search,
    *,
    after: str = "",
    limit: int = 50,
    facets: Sequence[str] | None = (),
    at_once: bool = False,
    reach: Reach,
    database: Database,
    folder: Path,
) -> Found:
    """At most `limit` of the files that a search finds, how many there are, and the facets that are named.

    `facets` of `None` are all. With `at_once` the catalogue is brought up to date first, however long that takes. Raise
    `Forbidden`, `MalformedSearch`, `MissingExtra`, or `Busy` where another process makes the first catalogue.
    """
    visible, eyes = _visible(reach, database), _eyes(reach)

    def ask(catalogue: Catalogue) -> Found:
        page, total, counted = catalogue.find(
            search, visible, database, after=after, limit=limit, fields=facets, eyes=eyes
        )
        return Found(page.rows, total, page.next, counted, catalogue.behind(visible, database))

    return asked(ask, at_once, database, folder)


def every(
    search: Search, *, chosen: Sequence[int] = (), reach: Reach, database: Database, folder: Path
) -> Iterator[FileRow]:
    """All files that a search finds (of them, where any are `chosen`, these occurrences), as they are read.

    Memory does not grow with their number. Raise as `find`.
    """
    visible = _visible(reach, database)
    catalogue = asked(lambda ready: ready, True, database, folder)
    yield from catalogue.every(search, visible, database, chosen, eyes=_eyes(reach))


def branches(
    search: Search, place: str = "", *, at_once: bool = False, reach: Reach, database: Database, folder: Path
) -> Branches:
    """What a place holds of what a search finds: exhibits, in them containers, in them folders. Raise as `find`."""
    visible = _visible(reach, database)
    eyes = _eyes(reach)
    return asked(
        lambda catalogue: catalogue.tree(search, visible, database, place, eyes=eyes), at_once, database, folder
    )


def refresh(*, database: Database, folder: Path) -> None:
    """Bring the catalogue up to date; where another process does so, wait for it. Raise `Busy`, `MissingExtra`."""
    catalogue = _catalogue_in(folder)
    ends = time.monotonic() + _PATIENCE_S
    while not catalogue.is_new(database, clusters := near_copies.as_kept(database, folder)):
        try:
            catalogue.refresh(database, clusters)
            return
        except Busy:
            if time.monotonic() > ends:
                raise
            time.sleep(_WAITS_S)


def _visible(reach: Reach, database: Database) -> dict[int, str]:
    """The acquisitions that may be seen, with the numbers of their exhibits."""
    reach.require(Act.SEE_EVIDENCE)
    with database.errors():
        found = database.fetch("SELECT a.id, e.number FROM acquisition a JOIN exhibit e ON e.id = a.exhibit_id")
    return {acquisition: number for acquisition, number in found if acquisition in reach.acquisitions}


def _eyes(reach: Reach) -> Eyes:
    """What may be known of decisions, as `grading.verdicts` tells it."""
    return Eyes(reach.officer, every=not reach.may(Act.REVIEW))


def asked(ask: Callable[[Catalogue], _T], at_once: bool, database: Database, folder: Path) -> _T:
    """Ask a catalogue that is new enough; one that turns out to be damaged is made anew."""
    catalogue = _catalogue_in(folder)
    state = catalogue.state(database)
    if at_once or state is None:
        refresh(database=database, folder=folder)
    elif catalogue.age_s() > min(_REST * state.seconds, _LONGEST_REST_S):
        clusters = near_copies.as_kept(database, folder)
        with contextlib.suppress(Busy):  # who makes it anew now makes it for us too
            if not catalogue.is_new(database, clusters):
                catalogue.refresh(database, clusters)
    try:
        return ask(catalogue)
    except CatalogueRefused:
        refresh(database=database, folder=folder)
        return ask(catalogue)
