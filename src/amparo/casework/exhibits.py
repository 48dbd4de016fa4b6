"""Exhibits as officers see them: what was read of them, how far their tasks are, what was not examined."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework import coverage as covering
from amparo.casework import tasks
from amparo.casework.chosen import Foreseen, foreseen
from amparo.casework.disclose import NoReason
from amparo.casework.status import Summary, summary_of
from amparo.domain.chosen_places import chosen_places
from amparo.domain.coverage import Coverage
from amparo.domain.errors import NotFound
from amparo.domain.gaps import GapRow, Gaps
from amparo.domain.need_to_know import Act, Forbidden, Reach
from amparo.domain.task import Kind, State, Task
from amparo.records import members, queries
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.members import AgencyRow, Shared
from amparo.records.not_examined import not_examined
from amparo.records.queries import AcquisitionRow

PAGE = 100
"""So many statements are shown at once."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit in a list."""

    summary: Summary
    owner: str
    """The agency, as people write it; empty where it is nobody's."""
    country: str
    own: bool
    """Whether it is the officer's own agency's."""
    registered: str
    """UTC."""
    task: Task | None
    """What examines it now or did last; `None` where that was a command."""

    @property
    def state(self) -> str:
        """In one word: of the task that is at it, else of the examination."""
        if self.task is not None and self.task.state.open:
            return self.task.state.value
        if self.summary.state == "running" and self.task is not None:
            return State.CUT_OFF.value
        return self.summary.state


@dataclass(frozen=True, slots=True)
class Exhibits:
    """All that an officer sees of exhibits and of what is at them."""

    exhibits: tuple[Exhibit, ...]
    open: tuple[Task, ...]
    """In the order in which they run and wait."""
    failed: tuple[Task, ...]
    """What ended otherwise than well, and nobody has gone on with; newest first."""

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self.open)


@dataclass(frozen=True, slots=True)
class ExhibitPage:
    """One exhibit with all that is known of how it was read."""

    exhibit: Exhibit
    acquisition: AcquisitionRow
    tasks: tuple[Task, ...]
    """Those that concern it, newest first."""
    sharings: tuple[Shared, ...]
    """For officers of its own agency."""
    agencies: tuple[AgencyRow, ...]
    """With whom it can still be shared."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """Whether places of an exhibit can be chosen, to be tried again."""

    allowed: bool
    """To this officer."""
    now: bool
    """Nothing is at the exhibit, and nothing was cut off."""


def exhibits(*, reach: Reach, database: Database, folder: Path, clock: Callable[[], datetime]) -> Exhibits:
    """The exhibits that may be seen, and what is at them. Raise `Forbidden`. `folder` is that of the workbench."""
    reach.require(Act.SEE_EVIDENCE)
    seen = tasks.tasks(reach=reach, database=database, folder=folder, clock=clock, ended=200)
    acquisitions = [one for one in queries.acquisitions(database) if one.id in reach.acquisitions]
    found = _exhibits(acquisitions, (*reversed(seen.ended), *seen.open), reach, database)
    failed = [one for one in seen.ended if one.state.resumable and one.resumed_by is None][:_FAILED]
    return Exhibits(tuple(found), seen.open, tuple(one for one in failed if _still_matters(one, found)))


def exhibit(
    number: str, *, reach: Reach, database: Database, folder: Path, clock: Callable[[], datetime]
) -> ExhibitPage:
    """One exhibit; raise `Forbidden`, or `NotFound` where there is none that may be seen."""
    acquisition = acquisition_seen(number, reach=reach, database=database)
    seen = tasks.tasks(reach=reach, database=database, folder=folder, clock=clock, ended=200)
    concerning = [one for one in (*reversed(seen.open), *seen.ended) if one.exhibit == number]
    (found,) = _exhibits([acquisition], tuple(reversed(concerning)), reach, database)
    shared = members.sharings(database, number) if found.own else []
    taken = {one.agency for one in shared if one.ended is None} | {reach.agency}
    others = [one for one in members.agencies(database) if one.name not in taken] if found.own else []
    return ExhibitPage(found, acquisition, tuple(concerning), tuple(shared), tuple(others))


def coverage(number: str, *, reach: Reach, database: Database) -> Coverage:
    """What was seen of an exhibit, and what not; raise `Forbidden`, `NotFound`."""
    acquisition_seen(number, reach=reach, database=database)
    return covering.coverage(number, database=database)


def gaps(
    number: str, wanted: Gaps, *, after: int = 0, limit: int = PAGE, reach: Reach, database: Database
) -> Sequence[GapRow]:
    """A page of what was not examined, after the statement `after`; raise `Forbidden`, `NotFound`."""
    acquisition = acquisition_seen(number, reach=reach, database=database)
    return not_examined(database, acquisition.id, wanted, after=after, limit=limit)


def choosing(number: str, *, reach: Reach, database: Database) -> Choosing:
    """Whether places of what was not examined can be chosen; raise `Forbidden`, `NotFound`."""
    acquisition = acquisition_seen(number, reach=reach, database=database)
    return Choosing(reach.may(Act.EXAMINE) and acquisition.id in reach.own, acquisition.complete)


def chosen(number: str, written: Iterable[str], *, reach: Reach, database: Database) -> Foreseen:
    """What another try of chosen places will try; raise what `casework.chosen.foreseen` raises, `MalformedChoice`,
    `Forbidden` where the officer may not examine the exhibit, and `NotFound` also where it may not be seen.
    """
    acquisition = acquisition_seen(number, reach=reach, database=database)
    reach.require(Act.EXAMINE)
    if acquisition.id not in reach.own:
        raise Forbidden("{exhibit} belongs to another agency: only its own officers examine it.", exhibit=number)
    return foreseen(acquisition, chosen_places(number, written), database=database)


def export_gaps(
    number: str, wanted: Gaps, *, reason: str, reach: Reach, database: Database, ledger: Ledger
) -> Iterator[GapRow]:
    """All that was not examined and is wanted, for a file that leaves the workbench; logged before the first row.

    Raise `Forbidden`, `NotFound`, `NoReason`.
    """
    reach.require(Act.EXPORT)
    acquisition = acquisition_seen(number, reach=reach, database=database)
    if not reason.strip():
        raise NoReason("Say why this list leaves the workbench: give a reason.")
    with database.transaction():
        ledger.append(
            "exhibit.export-gaps",
            {"acquisition": acquisition.id, "purpose": reach.purpose.value},
            {"officer": reach.officer, "reason": reason},
        )
        ledger.sign_head()
    return _all_gaps(database, acquisition.id, wanted)


def acquisition_seen(number: str, *, reach: Reach, database: Database) -> AcquisitionRow:
    """The acquisition of an exhibit that may be seen; raise `Forbidden`, `NotFound`."""
    reach.require(Act.SEE_EVIDENCE)
    for found in queries.acquisitions(database, number):
        if found.id in reach.acquisitions:
            return found
    raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=number)


_FAILED = 20
_EXAMINES = (Kind.EXAMINE, Kind.RETRY)


def _exhibits(
    acquisitions: Sequence[AcquisitionRow], oldest_first: Sequence[Task], reach: Reach, database: Database
) -> list[Exhibit]:
    at = {task.exhibit: task for task in oldest_first if task.kind in _EXAMINES}
    owners = members.owners(database)
    return [
        Exhibit(
            summary_of(one),
            owner.display if (owner := owners.get(one.exhibit)) else "",
            owner.country if owner else "",
            one.id in reach.own,
            one.at,
            at.get(one.exhibit),
        )
        for one in acquisitions
    ]


def _still_matters(task: Task, found: Sequence[Exhibit]) -> bool:
    """Whether nothing came after a task that would have to be gone on with."""
    if task.kind not in _EXAMINES:
        return True
    last = next((one.task for one in found if one.summary.exhibit == task.exhibit), None)
    return last is None or last.number == task.number


def _all_gaps(database: Database, acquisition: int, wanted: Gaps) -> Iterator[GapRow]:
    after = 0
    while page := not_examined(database, acquisition, wanted, after=after, limit=PAGE):
        yield from page
        after = page[-1].id
