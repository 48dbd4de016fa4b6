"""Tasks and causes in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amparo.domain.cause import Cause
from amparo.domain.task import Kind, Retry, State, Task
from amparo.web.templatetags.amparo import number, seconds, size

CAUSES: dict[Cause, Any] = {
    Cause.UNREADABLE: gettext_lazy("unreadable"),
    Cause.ENCRYPTED: gettext_lazy("encrypted"),
    Cause.UNSUPPORTED: gettext_lazy("unsupported"),
    Cause.LIMIT: gettext_lazy("limit"),
    Cause.NO_BYTES: gettext_lazy("no bytes"),
    Cause.FAULT: gettext_lazy("fault"),
}
KINDS: dict[Kind, Any] = {
    Kind.EXAMINE: gettext_lazy("Examine"),
    Kind.RETRY: gettext_lazy("Try again"),
    Kind.MATCH: gettext_lazy("Compare with hash sets"),
    Kind.CLUSTERS: gettext_lazy("Find what belongs together"),
    Kind.REPORT: gettext_lazy("Report"),
    Kind.IMPORT: gettext_lazy("Import a hash set"),
    Kind.VERIFY: gettext_lazy("Verify"),
    Kind.CROSS_CHECK: gettext_lazy("Cross-check two readers"),
}
STATES: dict[str, Any] = {
    "waiting": gettext_lazy("waiting"),
    "running": gettext_lazy("running"),
    "stopping": gettext_lazy("stopping"),
    "done": gettext_lazy("done"),
    "failed": gettext_lazy("failed"),
    "stopped": gettext_lazy("stopped"),
    "withdrawn": gettext_lazy("withdrawn"),
    "cut off": gettext_lazy("cut off"),
    "complete": gettext_lazy("complete"),
    "interrupted": gettext_lazy("interrupted"),
}
MARKS = {
    "running": "running",
    "stopping": "warn",
    "done": "good",
    "complete": "good",
    "failed": "bad",
    "cut off": "bad",
    "stopped": "warn",
    "interrupted": "warn",
}
"""Which class of a badge a state has, besides none."""
PHASES: dict[str, Any] = {
    "listing": gettext_lazy("listing and examining"),
    "examining": gettext_lazy("examining"),
    "reading": gettext_lazy("reading"),
    "sorting": gettext_lazy("sorting"),
    "comparing": gettext_lazy("comparing"),
    "storing": gettext_lazy("storing"),
    "checking": gettext_lazy("checking"),
    "counting": gettext_lazy("counting"),
    "writing": gettext_lazy("writing"),
}


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as a page shows it."""

    task: Task
    kind: Any
    state: Any
    mark: str
    done: int | None
    """Of 1000; `None` where nobody can say."""
    figures: str
    """What is done, of how much, how fast."""
    left: str
    """How long it may still take, or what it waits for; empty where nobody can say."""


def task_line(task: Task) -> TaskLine:
    """How a page shows a task."""
    headway = task.headway
    parts = []
    if headway.items_total is not None:
        parts.append(_("{} of {}").format(number(headway.items), number(headway.items_total)))
    elif headway.items:
        parts.append(_("{} so far").format(number(headway.items)))
    if headway.bytes:
        parts.append(size(headway.bytes))
    if task.state in (State.RUNNING, State.STOPPING):
        if headway.bytes_per_s is not None:
            parts.append(_("{}/s").format(size(round(headway.bytes_per_s))))
        elif headway.items_per_s is not None:
            parts.append(_("{}/s").format(number(round(headway.items_per_s))))
        if headway.phase:
            parts.insert(0, str(PHASES.get(headway.phase, headway.phase)))
    share = headway.share
    return TaskLine(
        task,
        _kind(task),
        STATES[task.state.value],
        MARKS.get(task.state.value, ""),
        None if share is None else round(share * 1000),
        " · ".join(parts),
        _left(task),
    )


def _kind(task: Task) -> Any:
    if isinstance(task.assignment, Retry) and task.assignment.only is not None:
        places = len(task.assignment.only)
        return ngettext("Try {} place again", "Try {} places again", places).format(number(places))
    return KINDS[task.kind]


def _left(task: Task) -> str:
    if task.state is State.WAITING:
        if task.ahead:
            return ngettext("{} comes before it", "{} come before it", task.ahead).format(task.ahead)
        return _("its turn comes next")
    if task.state is State.STOPPING:
        return _("ends in order, within 30 seconds")
    if task.state is State.RUNNING and task.headway.seconds_left is not None:
        return _("{} left").format(seconds(task.headway.seconds_left))
    return ""
