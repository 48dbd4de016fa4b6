"""The candidates in order by some weights, and which of them still wait: what one process holds of a queue in memory.

What was decided since is read from the tables each time somebody asks, only what came since the last time.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from amparo.casework.candidates import NO_CLUSTER, Out, Table, candidates_of, places_of
from amparo.domain.queue import Candidates, Weights, order, scores
from amparo.records import decisions
from amparo.records.database import Database
from amparo.records.decisions import Seen

Places = NDArray[np.intp]
_WAITS, _ONCE, _SETTLED = 0, 1, 2
_PAGE = 20_000
_FIRST_ASKED = 32
"""Of so many files is asked first whether they are left out, then of twice as many: mostly one of the first is not."""

LeftOut = Callable[[Sequence[int]], Collection[int]]
"""Says which of some files are left out."""


class Ranked:
    """Candidates in order by some weights, as of a day. Places are those of the table; it never changes."""

    def __init__(self, table: Table, weights: Weights, today: date) -> None:
        self.table = table
        self.weights = weights
        self.candidates: Candidates = candidates_of(table, today)
        self.scores = scores(self.candidates, weights)
        self.cluster: NDArray[np.int64] = np.asarray(table["cluster"], np.int64)
        self._sizes = np.bincount(self.cluster + 1)[1:]
        waiting = np.flatnonzero(table["out"] == Out.NOT)
        places = waiting[order(table["media_file"][waiting], self.scores[waiting])]
        self.representatives: Places = self.first_of_clusters(places)
        """One look each: those in no cluster, and of each cluster the first."""

    def first_of_clusters(self, places: Places) -> Places:
        """Of places in order, those that no other of the same cluster comes before."""
        alone = self.cluster[places] == NO_CLUSTER
        _, first = np.unique(self.cluster[places], return_index=True)
        alone[first] = True
        found: Places = places[alone]
        return found

    def place(self, file: int) -> int | None:
        """Where a file stands in the table."""
        at = int(np.searchsorted(self.table["media_file"], file))
        return at if at < len(self.table) and int(self.table["media_file"][at]) == file else None

    def file(self, place: int) -> int:
        """Its number."""
        return int(self.table["media_file"][place])

    def best(self, places: Places) -> int:
        """Of places, at least one, the one that comes before the others."""
        return int(places[order(self.table["media_file"][places], self.scores[places])[0]])

    def copies(self, place: int) -> int:
        """How many members the cluster of one has; 1 where it is in none."""
        number = self.cluster[place]
        return 1 if number == NO_CLUSTER else int(self._sizes[number])

    def with_near_copies(self, places: Places) -> Places:
        """Some places, and those of the members of their clusters."""
        clusters = self.cluster[places]
        near = np.flatnonzero(np.isin(self.cluster, clusters[clusters != NO_CLUSTER]))
        found: Places = np.union1d(places, near)
        return found

    def members(self, place: int) -> Places:
        """The places of the cluster of one, of itself alone where it is in none."""
        number = self.cluster[place]
        return np.array([place]) if number == NO_CLUSTER else np.flatnonzero(self.cluster == number)


class Standing:
    """What is decided about the files of a table, as far as the tables were read. Threads may share it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._cluster = np.asarray(table["cluster"], np.int64)
        clusters = int(self._cluster.max(initial=NO_CLUSTER)) + 1
        self._state = np.zeros(len(table), np.int8)
        self._decider = np.zeros(len(table), np.int32)
        self._deciders: dict[str, int] = {}
        self._begun = np.zeros(clusters + 1, np.int64)
        """Of each cluster how many members somebody decided about; the last one is of those that are in none."""
        self._settled = np.zeros(clusters + 1, np.int64)
        self._seen = Seen()
        self._lock = threading.Lock()
        self._first: tuple[Ranked, Places] | None = None

    def catch_up(self, database: Database, undecided: Callable[[], Collection[tuple[str, str]]]) -> None:
        """Read what was decided or taken back since; `undecided` gives the categories that say nothing."""
        with self._lock:
            until = decisions.last_seen(database)
            if until == self._seen:
                return
            silent = undecided()
            for page in decisions.changed(database, self._seen, until):
                wanted = np.unique(np.asarray(page, np.int64))
                here = wanted[np.isin(wanted, self._table["media_file"], assume_unique=True)]
                for start in range(0, len(here), _PAGE):
                    self._take(here[start : start + _PAGE], database, silent)
            self._seen = until
            self._first = None

    def _take(self, files: NDArray[np.int64], database: Database, undecided: Collection[tuple[str, str]]) -> None:
        at = np.searchsorted(self._table["media_file"], files)
        places = dict(zip(files.tolist(), at.tolist(), strict=True))
        for decided in decisions.decided(database, files.tolist(), undecided):
            place = places[decided.media_file]
            state = _SETTLED if decided.settled else _ONCE if decided.deciders else _WAITS
            before, cluster = self._state[place], self._cluster[place]
            if cluster != NO_CLUSTER:
                self._begun[cluster] += int(state != _WAITS) - int(before != _WAITS)
                self._settled[cluster] += int(state == _SETTLED) - int(before == _SETTLED)
            self._state[place] = state
            if state == _ONCE:
                (decider,) = decided.deciders
                self._decider[place] = self._deciders.setdefault(decider, len(self._deciders))

    def begun(self, places: Places) -> NDArray[np.bool_]:
        """Whether somebody decided about each of these, or about a near copy of it."""
        found: NDArray[np.bool_] = (self._state[places] != _WAITS) | (self._begun[self._cluster[places]] > 0)
        return found

    def decided(self, place: int) -> bool:
        """Whether somebody decided about this one itself."""
        return bool(self._state[place] != _WAITS)

    def first(self, ranked: Ranked) -> Places:
        """The places that wait for a first decision, in order."""
        with self._lock:
            if self._first is None or self._first[0] is not ranked:
                self._first = ranked, ranked.representatives[~self.begun(ranked.representatives)]
            return self._first[1]

    def second(self, ranked: Ranked, officer: str) -> Places:
        """The places about which one other than this officer decided and nobody else, in order."""
        with self._lock:
            own = self._deciders.get(officer, -1)
            once = np.flatnonzero((self._state == _ONCE) & (self._decider != own))
            once = once[self._settled[self._cluster[once]] == 0]
            return ranked.first_of_clusters(once[order(self._table["media_file"][once], ranked.scores[once])])


def free(places: Places, ranked: Ranked, taken: Collection[int], left_out: LeftOut | None = None) -> Iterator[int]:
    """The files at these places, without those that are taken or left out, and without near copies of them."""
    without = _Without(ranked, places_of(ranked.table, list(taken)))
    start, count = 0, _FIRST_ASKED
    while start < len(places):
        page = without.others(places[start : start + count])
        if left_out is not None:
            files = ranked.table["media_file"][ranked.with_near_copies(page)].tolist()
            page = _Without(ranked, places_of(ranked.table, list(left_out(files)))).others(page)
        yield from map(ranked.file, page.tolist())
        start, count = start + count, 2 * count


class _Without:
    """Some places and their clusters, of which nothing is wanted."""

    def __init__(self, ranked: Ranked, places: Places) -> None:
        self._ranked, self._places = ranked, places
        clusters = ranked.cluster[places]
        self._clusters = clusters[clusters != NO_CLUSTER]

    def others(self, places: Places) -> Places:
        """Those of some places that are none of these, nor near copies of one."""
        is_one = np.isin(places, self._places) | np.isin(self._ranked.cluster[places], self._clusters)
        found: Places = places[~is_one]
        return found
