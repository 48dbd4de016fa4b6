"""Tasks: begin long work that goes on by itself, see how far it is, stop it, go on with it, change the order.

Each task is a process of its own that waits in a line until its turn comes, does what the command of the same name
does, and records how it ended; nothing else runs. So a server may be started anew meanwhile, and after a loss of power
every task that was open is seen to be cut off, and can be resumed.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from amparo.casework import assignments, processes
from amparo.casework.officers import officer_of
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.domain.task import Assignment, Lane, State, Task
from amparo.records import queries, registers
from amparo.records import tasks as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.registers import Recorded
from amparo.records.tasks import TaskRow

GRACE_S = 30.0
"""So long a task has to stop in order before its process is ended."""
SILENCE_S = 60.0
"""A task of another machine that gives no sign for so long is taken to be cut off."""
PROGRAM = (sys.executable, "-m", "amparo.workbench.carrying_out")
"""What runs as the process of a task."""
_GONE = "Its process ended before its work did: it was killed, or this machine went down. What it stored is kept."


class NotOpen(AmparoError):
    """A task has ended, or is not in the state in which this can be asked of it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of tasks at one moment."""

    open: tuple[Task, ...]
    """In the order in which they run and wait."""
    ended: tuple[Task, ...]
    """Newest first."""


def begin(
    wanted: Assignment,
    *,
    secrets: Secrets = Secrets(),  # noqa: B008 - a value
    by: str,
    reach: Reach | None,
    allowed: Sequence[Path] = (),
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    clock: Callable[[], datetime],
    folder: Path,
    resumes: int | None = None,
) -> Task:
    """Begin a task: check that it can be done, record it, and start its process, which waits until its turn comes.

    With `reach`, it reads below `allowed` only, see `assignments.confined`; without one, whoever holds the workbench's
    key begins it. `folder` is that of the workbench. `secrets` and `key` reach the process over its standard input
    only. Raise `Forbidden`, `NotFound`, `Busy` where the same is being done, `NotStarted`, or what the work would raise
    first.
    """
    assignments.require_allowed(wanted, database, reach)
    wanted = assignments.confined(wanted, database, reach, allowed)
    assignments.require_possible(wanted, database)
    with contextlib.ExitStack() as held:
        with database.transaction():
            settled = _settle(database, folder, clock)
            assignments.require_alone(wanted, records.open_tasks(database), by)
            if resumes is not None:
                _require_not_resumed(records.task(database, resumes))
            officer, added = officer_of(database, by)
            machine = processes.machine()
            recorded = records.add_task(database, wanted, officer=officer, at=clock(), machine=machine, resumes=resumes)
            lock = processes.take(folder, recorded.id)
            held.callback(os.close, lock)
            ledger.append(
                "task.begin",
                {"task": recorded.id, "kind": wanted.kind.value, "resumes": resumes},
                {"officer": by, **registers.committed(*settled, *added, recorded)},
            )
            ledger.sign_head()
        try:
            said = _said(recorded.id, by, folder, key, secrets)
            processes.start(PROGRAM, lock=lock, said=said, folder=folder, number=recorded.id)
        except processes.NotStarted as error:
            end(recorded.id, State.FAILED, str(error), database=database, ledger=ledger, clock=clock, folder=folder)
            raise
    return task(recorded.id, reach=reach, database=database, folder=folder, clock=clock)


def resume(
    number: int,
    *,
    secrets: Secrets = Secrets(),  # noqa: B008 - a value
    by: str,
    reach: Reach | None,
    allowed: Sequence[Path] = (),
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    clock: Callable[[], datetime],
    folder: Path,
) -> Task:
    """Begin another task that goes on with one that was stopped, withdrawn or cut off, or that failed.

    Secrets are given anew, since nothing keeps them. Raise `NotFound`, `NotOpen`, and what `begin` raises.
    """
    earlier = task(number, reach=reach, database=database, folder=folder, clock=clock)
    if not earlier.state.resumable:
        raise NotOpen("Task {number} is {state}: there is nothing to go on with.", number=number, state=earlier.state)
    return begin(
        assignments.continued(earlier.assignment, database),
        secrets=secrets,
        by=by,
        reach=reach,
        allowed=allowed,
        database=database,
        ledger=ledger,
        key=key,
        clock=clock,
        folder=folder,
        resumes=number,
    )


def stop(
    number: int,
    *,
    by: str,
    reach: Reach | None,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
    grace_s: float = GRACE_S,
) -> Task:
    """Ask a task to stop, in order: what it stored is kept. One that waits is withdrawn.

    Its process is ended when `grace_s` have passed, or at once where it was asked that long ago. Raise `NotFound`,
    `NotOpen` where it has ended.
    """
    found = task(number, reach=reach, database=database, folder=folder, clock=clock)
    assignments.require_allowed(found.assignment, database, reach)
    if not found.state.open:
        raise NotOpen("Task {number} is {state} already.", number=number, state=found.state)
    with database.transaction():
        row = records.task(database, number)
        asked = row.stop_asked
        if asked is None:
            records.ask_to_stop(database, number, clock())
        ledger.append("task.stop", {"task": number, "again": asked is not None}, {"officer": by})
        ledger.sign_head()
    if row.machine == processes.machine():
        if asked is not None and clock() - datetime.fromisoformat(asked) >= timedelta(seconds=grace_s):
            processes.end_at_once(folder, number)
        else:
            processes.ask_to_stop(folder, number)
            processes.end_after(folder, number, grace_s)
    return task(number, reach=reach, database=database, folder=folder, clock=clock)


def move(
    number: int,
    *,
    before: int | None,
    by: str,
    reach: Reach | None,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
) -> None:
    """Let a task that waits have its turn before another of its lane, or last; raise `NotFound`, `NotOpen`."""
    found = task(number, reach=reach, database=database, folder=folder, clock=clock)
    assignments.require_allowed(found.assignment, database, reach)
    with database.transaction():
        lane = found.kind.lane
        rows = [row for row in records.open_tasks(database) if row.assignment.kind.lane is lane and row.began is None]
        waiting = [row.number for row in rows]
        for wanted in (number, *(() if before is None else (before,))):
            if wanted not in waiting:
                raise NotOpen("Task {wanted} does not wait, or not in the same line.", wanted=wanted)
        rest = [one for one in waiting if one != number]
        place = len(rest) if before is None or before == number else rest.index(before)
        records.set_order(database, [*rest[:place], number, *rest[place:]])
        ledger.append("task.move", {"task": number, "before": before}, {"officer": by})
        ledger.sign_head()


def end(
    number: int,
    outcome: State,
    reason: str = "",
    *,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
) -> None:
    """Record how a task ended, as its own process does; raise `NotFound` where that is recorded already."""
    with database.transaction():
        ended = records.end_task(database, number, clock(), outcome.value, reason)
        ledger.append("task.end", {"task": number, "outcome": outcome.value}, registers.committed(ended))
        ledger.sign_head()
    processes.forget(folder, number)


def task(
    number: int,
    *,
    reach: Reach | None,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
) -> Task:
    """One task; raise `NotFound` also where it is not for this officer to see."""
    row = records.task(database, number)
    if not _visible([row], database, reach):
        raise NotFound("The workbench has no task {number}.", number=number)
    return _as_seen(row, _visible(records.open_tasks(database), database, reach), database, folder, clock)


def tasks(
    *,
    reach: Reach | None,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
    ended: int = 20,
    before: int | None = None,
) -> Seen:
    """The tasks that are open, and the last so many that ended, with numbers below `before`."""
    rows = _visible(records.open_tasks(database), database, reach)
    seen_by = None if reach is None else (reach.officer, _numbers(database, reach))
    closed = records.ended_tasks(database, limit=ended, before=before, seen_by=seen_by)
    said = {row.number: _as_seen(row, rows, database, folder, clock) for row in (*rows, *closed)}
    last = sorted((one for one in said.values() if not one.state.open), key=lambda one: -one.number)
    return Seen(tuple(one for one in said.values() if one.state.open), tuple(last))


def lives(row: TaskRow, folder: Path, clock: Callable[[], datetime]) -> bool:
    """Whether the process of a task that has not ended is there."""
    if row.machine == processes.machine():
        return processes.lives(folder, row.number)
    return clock() - datetime.fromisoformat(row.reported) < timedelta(seconds=SILENCE_S)


def _visible(rows: Sequence[TaskRow], database: Database, reach: Reach | None) -> list[TaskRow]:
    """Those that the officer began, or whose exhibit he or she may see."""
    if reach is None:
        return list(rows)
    numbers = _numbers(database, reach)
    return [row for row in rows if row.officer == reach.officer or row.assignment.exhibit in numbers]


def _numbers(database: Database, reach: Reach) -> frozenset[str]:
    """The numbers of the exhibits that may be seen; who may see figures alone is told of no task of another."""
    if not reach.may(Act.SEE_EVIDENCE):
        return frozenset()
    return queries.exhibit_numbers(database, reach.acquisitions)


def _as_seen(
    row: TaskRow, line: Sequence[TaskRow], database: Database, folder: Path, clock: Callable[[], datetime]
) -> Task:
    """A task with the state in which it is, among those of `line` that are open."""
    gone = row.ended is None and not lives(row, folder, clock)
    if gone:  # it may have recorded its end since its row was read
        row = records.task(database, row.number)
    reason, ahead = row.reason, None
    if row.outcome is not None:
        state = State(row.outcome)
    elif gone:
        state, reason = _when_gone(row, folder)
    elif row.stop_asked is not None:
        state = State.STOPPING
    elif row.began is not None:
        state = State.RUNNING
    else:
        state, ahead = State.WAITING, _ahead(row, line, folder, clock)
    return Task(
        row.number,
        row.assignment,
        row.officer,
        row.at,
        state,
        row.began,
        row.ended,
        reason,
        row.headway,
        row.resumes,
        row.resumed_by,
        ahead,
    )


def _ahead(row: TaskRow, line: Sequence[TaskRow], folder: Path, clock: Callable[[], datetime]) -> int:
    lane = row.assignment.kind.lane
    if lane is Lane.NONE:
        return 0
    before = [other for other in line[: line.index(row)] if other.began is None] if row in line else []
    running = [other for other in line if other.began is not None]
    return sum(1 for other in (*running, *before) if other.assignment.kind.lane is lane and lives(other, folder, clock))


def _when_gone(row: TaskRow, folder: Path) -> tuple[State, str]:
    """How a task ended whose process is gone and did not say: with the last sentence of its log, if it has one."""
    if row.stop_asked is not None:
        return (State.STOPPED if row.began is not None else State.WITHDRAWN), ""
    return State.CUT_OFF, processes.last_words(folder, row.number) or _GONE


def _require_not_resumed(row: TaskRow) -> None:
    if row.resumed_by is not None:
        raise NotOpen("Task {later} goes on with task {number} already.", later=row.resumed_by, number=row.number)


def _settle(database: Database, folder: Path, clock: Callable[[], datetime]) -> list[Recorded]:
    """Record the end of each task whose process is gone, inside the open transaction."""
    return [
        records.end_task(database, row.number, clock(), *_when_gone(row, folder))
        for row in records.open_tasks(database)
        if not lives(row, folder, clock)
    ]


def _said(number: int, by: str, folder: Path, key: SealingKey, secrets: Secrets) -> bytes:
    """What the process of a task is told; `amparo.workbench.carrying_out` reads it."""
    return json.dumps(
        {
            "task": number,
            "by": by,
            "folder": os.fsdecode(folder.absolute()),
            "key": key.secret.hex(),
            "passwords": list(secrets.passwords),
            "keys": [one.hex() for one in secrets.keys],
        }
    ).encode()
