"""Reports that officers make for somebody: which they may, why, and the register of those that were handed out.

A task makes a report, and it lies sealed in the workbench for a day, for whoever had it made: `N` for task N in the
folder `reports`. It follows from the store, and can be made again. That one was handed out stands in the ledger, with
its digest, so that whoever has one can be told who made it, when and for what. The ledger is the register.
"""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from amparo.casework import processes, reporting
from amparo.casework.disclose import NoReason
from amparo.domain.errors import NotFound
from amparo.domain.finding import Analyzer
from amparo.domain.ledger import written_time
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sealing import SealingKey
from amparo.domain.task import Headway, Report, State
from amparo.records import ledger_search, queries
from amparo.records import tasks as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.tasks import TaskRow

ACT = "report.hand-out"
PAGE = 50
FOLDER = "reports"
"""Of a workbench: where those lie that were made."""
KEPT = timedelta(days=1)
"""So long a report that was made can be had."""
_DRAFT = "draft-"


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made, and can be had by whoever had it made."""

    task: int
    """By which it was made."""
    at: str
    exhibit: str
    form: str
    """One of `reporting.FORMS`."""
    previews: bool
    language: str
    handed: bool
    """Whether it was handed out already: it may come once more where it was lost on the way, and that is no new act."""


@dataclass(frozen=True, slots=True)
class Handing:
    """The bytes of a report that is handed out."""

    made: Made
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A report that was made and handed out."""

    index: int
    """Of the act in the ledger."""
    at: str
    exhibit: str
    form: str
    previews: bool
    language: str
    sha256: str
    size_bytes: int
    officer: str | None
    """`None` where it is erased."""
    reason: str | None


def exhibits(*, reach: Reach, database: Database) -> list[str]:
    """Of which exhibits a report can be made. Raise `Forbidden`."""
    reach.require(Act.EXPORT)
    return [one.exhibit for one in queries.acquisitions(database) if one.id in reach.acquisitions and one.runs]


def make(
    task: int,
    wanted: Report,
    *,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    clock: Callable[[], datetime],
    analyzers: tuple[Analyzer, ...],
    folder: Path,
    on_progress: Callable[[Headway], None] = lambda _told: None,
) -> None:
    """Make the report that a task is to make, and leave it sealed; it tells of no exhibit beyond the reach.

    Raise `Forbidden`, `NotFound`, and as `reporting.report`. On any failure nothing is left of it.
    """
    _acquisition(wanted.exhibit, reach, database)
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix=f"{_DRAFT}{task}-") as draft:
        output = Path(draft) / f"report.{wanted.form}"
        reporting.report(
            wanted.exhibit,
            output,
            by=reach.officer,
            previews=wanted.previews,
            database=database,
            ledger=ledger,
            key=key,
            public_key=ledger.public_key,
            clock=clock,
            analyzers=analyzers,
            folder=folder,
            seen=frozenset(queries.exhibit_numbers(database, reach.acquisitions)),
            on_progress=on_progress,
        )
        sealed = Path(draft) / "sealed"
        sealed.write_bytes(key.seal(output.read_bytes(), _associated(task)))
        sealed.replace(place / str(task))


def made(*, reach: Reach, database: Database, clock: Callable[[], datetime], folder: Path) -> list[Made]:
    """What this officer had made and may have, newest first; what is older than a day goes. Raise `Forbidden`."""
    reach.require(Act.EXPORT)
    _sweep(folder, clock())
    numbers = sorted((int(one.name) for one in (folder / FOLDER).glob("*") if one.name.isdecimal()), reverse=True)
    rows = [row for number in numbers if (row := _row(number, reach, database)) is not None]
    handed = _handed_lately(reach, database, clock()) if rows else frozenset()
    return [_as_made(row, row.number in handed) for row in rows]


def made_by(task: int, *, reach: Reach, database: Database, clock: Callable[[], datetime], folder: Path) -> Made:
    """The report that a task made; raise `Forbidden`, or `NotFound` where it is another officer's, or gone."""
    found = made(reach=reach, database=database, clock=clock, folder=folder)
    one = next((one for one in found if one.task == task), None)
    if one is None:
        raise NotFound("There is no report of task {task}: it is kept for a day. Make it again.", task=task)
    return one


def hand_out(
    task: int,
    *,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    clock: Callable[[], datetime],
    folder: Path,
) -> Handing:
    """Hand out the report that a task made, and record it: once, even if it is lost on the way and is asked for again.

    Raise `Forbidden`, `NotFound`, `NoReason`, `SealBroken`.
    """
    found = made_by(task, reach=reach, database=database, clock=clock, folder=folder)
    if not found.handed and not reason.strip():
        raise NoReason("Say for whom this report is, and why: it leaves the workbench.")
    place = folder / FOLDER / str(task)
    try:
        sealed = place.read_bytes()
    except OSError as error:
        raise NotFound("There is no report of task {task}: it is kept for a day. Make it again.", task=task) from error
    raw = key.unseal(sealed, _associated(task))
    with database.transaction():  # one writer at a time: who comes second finds the entry of the first
        if task not in _handed_lately(reach, database, clock()):
            ledger.append(
                ACT,
                {
                    "task": task,
                    "acquisition": _acquisition(found.exhibit, reach, database),
                    "form": found.form,
                    "previews": found.previews,
                    "language": found.language,
                    "sha256": hashlib.sha256(raw).hexdigest(),
                    "bytes": str(len(raw)),
                },
                {"officer": reach.officer, "reason": reason},
            )
            ledger.sign_head()
    return Handing(found, raw)


def handed_out(*, before: int | None = None, reach: Reach, database: Database) -> list[HandedOut]:
    """The newest reports of exhibits that may be seen, below the act `before`; at most `PAGE`. Raise `Forbidden`."""
    reach.require(Act.EXPORT)
    sought = ledger_search.Sought(acts=frozenset({ACT}), acquisitions=tuple(sorted(reach.acquisitions)))
    indexes = ledger_search.positions(database, sought, before=before, limit=PAGE)
    numbers = {one.id: one.exhibit for one in queries.acquisitions(database)}
    return [_told(found, numbers) for found in ledger_search.found(database, indexes)]


def _told(found: ledger_search.FoundEntry, numbers: dict[int, str]) -> HandedOut:
    facts: Any = found.entry.facts
    opened = {name: value for name, (_, value) in found.opened.items()}
    return HandedOut(
        found.entry.index,
        found.entry.at,
        numbers[facts["acquisition"]],
        facts["form"],
        facts["previews"],
        facts["language"],
        facts["sha256"],
        int(facts["bytes"]),
        opened.get("officer"),
        opened.get("reason"),
    )


def _acquisition(exhibit: str, reach: Reach, database: Database) -> int:
    """The reading of an exhibit of which a report can be made; raise `Forbidden`, `NotFound`."""
    if exhibit not in exhibits(reach=reach, database=database):
        raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=exhibit)
    return next(
        one.id for one in queries.acquisitions(database) if one.exhibit == exhibit and one.id in reach.acquisitions
    )


def _row(task: int, reach: Reach, database: Database) -> TaskRow | None:
    """The task that made a report, where this officer began it, for this purpose, of what may be seen still."""
    try:
        row = records.task(database, task)
    except NotFound:
        return None
    wanted = row.assignment
    own = isinstance(wanted, Report) and row.officer == reach.officer and wanted.purpose == reach.purpose
    seen = wanted.exhibit in queries.exhibit_numbers(database, reach.acquisitions)
    return row if own and seen and row.outcome == State.DONE else None


def _handed_lately(reach: Reach, database: Database, now: datetime) -> frozenset[int]:
    """The tasks whose reports were handed out as long as any of them is kept."""
    sought = ledger_search.Sought(
        acts=frozenset({ACT}), acquisitions=tuple(sorted(reach.acquisitions)), since=written_time(now - 2 * KEPT)
    )
    tasks: set[int] = set()
    before: int | None = None
    while indexes := ledger_search.positions(database, sought, before=before, limit=PAGE):
        facts: list[Any] = [found.entry.facts for found in ledger_search.found(database, indexes)]
        tasks |= {each["task"] for each in facts if "task" in each}
        before = min(indexes)
    return frozenset(tasks)


def _as_made(row: TaskRow, handed: bool) -> Made:
    wanted = row.assignment
    assert isinstance(wanted, Report)
    at = row.ended or row.at
    return Made(row.number, at, wanted.exhibit, wanted.form, wanted.previews, wanted.language, handed)


def _sweep(folder: Path, now: datetime) -> None:
    """Remove what was made more than a day ago, and the drafts that a process left that was killed."""
    for one in (folder / FOLDER).glob("*"):
        with contextlib.suppress(OSError):
            if one.name.startswith(_DRAFT):
                if not processes.lives(folder, int(one.name.split("-")[1])):
                    shutil.rmtree(one)
            elif now - datetime.fromtimestamp(one.stat().st_mtime, UTC) >= KEPT:
                one.unlink()


def _associated(task: int) -> bytes:
    return f"amparo report of task {task}, version 1".encode()
