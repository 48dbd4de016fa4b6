"""Tasks: what was begun, how far it is, how it ended.

What adds or ends a task is called inside a transaction and returns a `Recorded`, as in `registers`. What only says how
far a task is, stands outside the ledger.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from amparo.domain.canonical import canonical
from amparo.domain.errors import NotFound
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.domain.task import Assignment, Headway, assignment
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as it stands in its table; whether its process lives is not known here."""

    number: int
    assignment: Assignment
    officer: str
    at: str
    resumes: int | None
    resumed_by: int | None
    began: str | None
    stop_asked: str | None
    ended: str | None
    outcome: str | None
    """A `domain.task.State` that is not open."""
    reason: str
    headway: Headway
    machine: str
    reported: str


def add_task(
    database: Database, wanted: Assignment, *, officer: int, at: datetime, machine: str, resumes: int | None = None
) -> Recorded:
    """Add a task behind those that wait; raise `Conflict` where another goes on with the same task already."""
    with database.errors():
        rows = models.Task.objects.using(database.alias)
        last = rows.aggregate(last=Max("place"))["last"] or 0
        row = rows.create(
            officer_id=officer,
            kind=wanted.kind.value,
            exhibit=wanted.exhibit,
            assignment=canonical(wanted.facts()).decode(),
            at=written_time(at),
            resumes_id=resumes,
            place=last + 1,
            machine=machine,
            reported=written_time(at),
        )
    return recorded_task(row)


def end_task(database: Database, number: int, at: datetime, outcome: str, reason: str = "") -> Recorded:
    """Record how a task ended; raise `NotFound` where no such task goes on."""
    with database.errors():
        row = models.Task.objects.using(database.alias).filter(pk=number, ended=None).first()
        if row is None:
            raise NotFound("The workbench has no task {number} that goes on.", number=number)
        row.ended, row.outcome, row.reason = written_time(at), outcome, reason
        row.save(update_fields=("ended", "outcome", "reason"))
    return recorded_task_end(row)


def begin_turn(database: Database, number: int, at: datetime) -> None:
    """Record that the turn of a task has come."""
    with database.errors():
        models.Task.objects.using(database.alias).filter(pk=number).update(
            began=written_time(at), reported=written_time(at)
        )


def ask_to_stop(database: Database, number: int, at: datetime) -> None:
    """Record that somebody wants it to stop."""
    with database.errors():
        models.Task.objects.using(database.alias).filter(pk=number).update(stop_asked=written_time(at))


def report_headway(database: Database, number: int, at: datetime, headway: Headway | None) -> bool:
    """Write how far a task is (`None`: only that it lives); whether somebody wants it to stop."""
    with database.errors():
        rows = models.Task.objects.using(database.alias).filter(pk=number)
        values = {"reported": written_time(at)} | ({} if headway is None else {"headway": headway.written()})
        rows.update(**values)
        return rows.exclude(stop_asked=None).exists()


def set_order(database: Database, numbers: Iterable[int]) -> None:
    """Let tasks wait in this order, in the places that they have together."""
    with database.errors():
        rows = models.Task.objects.using(database.alias)
        wanted = list(numbers)
        places = sorted(rows.filter(pk__in=wanted).values_list("place", flat=True))
        for number, place in zip(wanted, places, strict=True):
            rows.filter(pk=number).update(place=place)


def open_tasks(database: Database) -> list[TaskRow]:
    """All that have not ended, in the order in which they wait."""
    with database.errors():
        return _rows(_all(database).filter(ended=None).order_by("place", "id"))


def task(database: Database, number: int) -> TaskRow:
    """One task; raise `NotFound`."""
    with database.errors():
        found = _rows(_all(database).filter(pk=number))
    if not found:
        raise NotFound("The workbench has no task {number}.", number=number)
    return found[0]


def ended_tasks(
    database: Database, *, limit: int, before: int | None = None, seen_by: tuple[str, Collection[str]] | None = None
) -> list[TaskRow]:
    """The last `limit` tasks that ended, newest first, with numbers below `before`.

    `seen_by` keeps those that the officer of that name began or that concern one of these exhibits.
    """
    with database.errors():
        rows = _all(database).exclude(ended=None)
        if before is not None:
            rows = rows.filter(pk__lt=before)
        if seen_by is not None:
            officer, exhibits = seen_by
            rows = rows.filter(officer__name=officer) | rows.filter(exhibit__in=list(exhibits))
        return _rows(rows.order_by("-id")[:limit])


def _all(database: Database) -> QuerySet[models.Task]:
    return models.Task.objects.using(database.alias).select_related("officer", "resumed_by")


def _rows(found: QuerySet[models.Task]) -> list[TaskRow]:
    return [
        TaskRow(
            row.pk,
            assignment(row.kind, json.loads(row.assignment)),
            row.officer.name,
            row.at,
            row.resumes_id,
            later.pk if (later := getattr(row, "resumed_by", None)) is not None else None,
            row.began,
            row.stop_asked,
            row.ended,
            row.outcome,
            row.reason or "",
            Headway.parse(row.headway),
            row.machine,
            row.reported,
        )
        for row in found
    ]


def recorded_task(row: models.Task) -> Recorded:
    """The row as it is committed to, without what comes of it."""
    fields: dict[str, Fact] = {
        "officer": row.officer_id,
        "kind": row.kind,
        "exhibit": row.exhibit,
        "assignment": row.assignment,
        "at": row.at,
        "resumes": row.resumes_id,
    }
    return Recorded("task", row.pk, canonical(fields).decode())


def recorded_task_end(row: models.Task) -> Recorded:
    """The end of the task as it is committed to."""
    fields: dict[str, Fact] = {"ended": row.ended, "outcome": row.outcome, "reason": row.reason}
    return Recorded("task.end", row.pk, canonical(fields).decode())


def recorded_rows(database: Database) -> Iterator[Recorded]:
    """All that the ledger commits to: what was begun, and how it ended."""
    for row in models.Task.objects.using(database.alias):
        yield recorded_task(row)
        if row.ended is not None or row.outcome is not None:
            yield recorded_task_end(row)
