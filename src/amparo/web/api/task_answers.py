"""What the interface answers on tasks, and on the reports that they made."""

from typing import Any, Self

from ninja import Schema

from amparo.casework.reports import HandedOut, Made
from amparo.domain.task import Task as DomainTask
from amparo.web.api.answers import plain


class Task(Schema):
    """One long act that somebody began."""

    number: int
    kind: str
    exhibit: str | None
    facts: dict[str, Any]
    officer: str
    at: str
    state: str
    began: str | None
    ended: str | None
    reason: str
    phase: str
    items: int
    items_total: int | None
    bytes: int
    bytes_total: int | None
    remarks: int
    seconds_left: float | None
    ahead: int | None

    @classmethod
    def of(cls, task: DomainTask) -> Self:
        """As it is written."""
        way = task.headway
        return cls(
            number=task.number,
            kind=task.kind.value,
            exhibit=task.exhibit,
            facts=plain(task.assignment.facts()),
            officer=task.officer,
            at=task.at,
            state=task.state.value,
            began=task.began,
            ended=task.ended,
            reason=task.reason,
            phase=way.phase,
            items=way.items,
            items_total=way.items_total,
            bytes=way.bytes,
            bytes_total=way.bytes_total,
            remarks=way.remarks,
            seconds_left=way.seconds_left,
            ahead=task.ahead,
        )


class Tasks(Schema):
    """The tasks that are open, in their order, and the last that ended."""

    open: list[Task]
    ended: list[Task]


class MadeReport(Schema):
    """A report that the token's officer had made, and can have for a day."""

    task: int
    """By which it was made, and is handed out."""
    at: str
    exhibit: str
    form: str
    previews: bool
    language: str
    handed: bool
    """Whether it was handed out: it may come once more where it was lost on the way, and no more is recorded."""

    @classmethod
    def of(cls, made: Made) -> Self:
        """As it is written."""
        return cls(
            task=made.task,
            at=made.at,
            exhibit=made.exhibit,
            form=made.form,
            previews=made.previews,
            language=made.language,
            handed=made.handed,
        )


class HandedReport(Schema):
    """A report that was handed out, as the ledger keeps it."""

    act: int
    """Its number in the ledger."""
    at: str
    exhibit: str
    form: str
    previews: bool
    language: str
    sha256: str
    size_bytes: int
    officer: str | None
    """Null where it is erased, as the reason."""
    reason: str | None

    @classmethod
    def of(cls, told: HandedOut) -> Self:
        """As it is written."""
        return cls(
            act=told.index,
            at=told.at,
            exhibit=told.exhibit,
            form=told.form,
            previews=told.previews,
            language=told.language,
            sha256=told.sha256,
            size_bytes=told.size_bytes,
            officer=told.officer,
            reason=told.reason,
        )
