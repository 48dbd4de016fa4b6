"""`amparo tasks`: long work that goes on by itself."""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from gettext import gettext as _

from amparo.casework.tasks import GRACE_S
from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_secrets, add_workbench, open_workbench, secrets
from amparo.cli.progress import duration, size
from amparo.cli.rows import Row, add_format, print_record, print_rows
from amparo.domain.task import Assignment, Headway, Task
from amparo.workbench import Workbench

COLUMNS = (
    *("task", "kind", "exhibit", "state", "phase", "done", "total", "unit", "bytes", "bytes_total", "bytes_per_s"),
    *("seconds_left", "remarks", "ahead", "by", "at", "began", "ended", "resumes", "resumed_by", "reason"),
)
TEXT_COLUMNS = ("task", "kind", "exhibit", "state", "headway", "by", "at", "reason")
EXAMPLES = {
    "list": "amparo tasks list --ended 100 --format csv",
    "stop": "amparo tasks stop 4",
    "resume": "amparo tasks resume 4",
    "move": "amparo tasks move 6 --before 5",
}
"""Of each act a command line that a test runs; `--help` shows it."""
_WATCH_S = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be done with tasks; with no act they are listed."""
    acts = parser.add_subparsers(metavar=_("WHAT"))
    act = partial(add_act, acts, EXAMPLES)
    _listing(parser)
    parser.set_defaults(act=run_list)
    _listing(act("list", _("one row per task: those that run and wait, then those that ended"), run_list))
    stop = act("stop", _("end a task in order, or withdraw one that waits; what it stored is kept"), run_stop)
    resume = act("resume", _("go on with a task that was stopped or cut off, or that failed"), run_resume)
    move = act("move", _("let a task that waits have its turn earlier or later"), run_move)
    for one in (stop, resume, move):
        one.add_argument("task", type=int, metavar="N", help=_("its number"))
    move.add_argument("--before", type=int, metavar="N", help=_("which task is to come after it (default: it is last)"))
    add_secrets(resume)
    for one in (stop, resume):
        add_format(one)
    for one in (stop, resume, move):
        add_workbench(one)


def _listing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ended", type=int, default=20, metavar="N", help=_("of those that ended, the last N (20)"))
    parser.add_argument("--watch", action="store_true", help=_("go on until no task is open, showing each change"))
    add_format(parser)
    add_workbench(parser)


def run_list(options: argparse.Namespace) -> Exit:
    """Print one row per task; with `--watch` a row whenever something is new, until no task is open."""
    with open_workbench(options) as workbench:
        rows = _watched(workbench, options.ended) if options.watch else _listed(workbench, options.ended)
        first = next(rows, None)
        if first is None and options.format == "text":
            print(_("There are no tasks yet: begin one with --background, as in amparo examine PATH --background."))
            return Exit.DONE
        columns = TEXT_COLUMNS if options.format == "text" else COLUMNS
        print_rows(_from(first, rows), columns, options.format)
    return Exit.DONE


def run_stop(options: argparse.Namespace) -> Exit:
    """Ask it to stop, wait until it has, at most as long as it has time for that, and print how it ended."""
    with open_workbench(options) as workbench:
        task = workbench.tasks.stop(options.task)
        deadline_s = time.monotonic() + GRACE_S + 5
        while task.state.open and time.monotonic() < deadline_s:
            time.sleep(0.1)
            task = workbench.tasks.show(options.task)
    print_record(_row(task), options.format)
    return Exit.DONE


def run_resume(options: argparse.Namespace) -> Exit:
    """Begin the task that goes on with it, and print that."""
    with open_workbench(options) as workbench:
        task = workbench.tasks.resume(options.task, secrets=secrets(options))
    print_record(_row(task), options.format)
    return Exit.DONE


def run_move(options: argparse.Namespace) -> Exit:
    """Change the order."""
    with open_workbench(options) as workbench:
        workbench.tasks.move(options.task, before=options.before)
    return Exit.DONE


def add_background(parser: argparse.ArgumentParser) -> None:
    """Add `--background` to a command whose work can be a task."""
    parser.add_argument(
        "--background", action="store_true", help=_("begin it as a task that goes on by itself; see amparo tasks")
    )


def begin(options: argparse.Namespace, workbench: Workbench, wanted: Assignment) -> Exit:
    """Begin a task that somebody wants in the background, and say which it is."""
    with_secrets = secrets(options) if hasattr(options, "secrets") else None
    task = workbench.tasks.begin(wanted, secrets=with_secrets)
    if getattr(options, "format", "text") == "text":
        print(_("Task {} has begun: see amparo tasks.").format(task.number), file=sys.stderr)
    else:
        print_record(_row(task), options.format)
    return Exit.DONE


def _listed(workbench: Workbench, ended: int) -> Iterator[Row]:
    seen = workbench.tasks.list(ended=ended)
    return map(_row, (*seen.open, *seen.ended))


def _watched(workbench: Workbench, ended: int) -> Iterator[Row]:
    said: dict[object, Row] = {}
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            seen = workbench.tasks.list(ended=ended)
            for row in map(_row, (*reversed(seen.ended), *seen.open)):
                if said.get(row["task"]) != row:
                    said[row["task"]] = row
                    yield row
            if not seen.open:
                return
            sys.stdout.flush()
            time.sleep(_WATCH_S)


def _from(first: Row | None, rest: Iterable[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
        yield from rest


def _row(task: Task) -> Row:
    headway = task.headway
    return {
        "task": task.number,
        "kind": task.kind.value,
        "exhibit": task.exhibit,
        "state": task.state.value,
        "phase": headway.phase or None,
        "done": headway.items,
        "total": headway.items_total,
        "unit": headway.unit or None,
        "bytes": headway.bytes,
        "bytes_total": headway.bytes_total,
        "bytes_per_s": None if headway.bytes_per_s is None else round(headway.bytes_per_s),
        "seconds_left": None if headway.seconds_left is None else round(headway.seconds_left),
        "remarks": headway.remarks,
        "ahead": task.ahead,
        "by": task.officer,
        "at": task.at,
        "began": task.began,
        "ended": task.ended,
        "resumes": task.resumes,
        "resumed_by": task.resumed_by,
        "reason": task.reason or None,
        "headway": describe(headway) if task.ahead is None else _("{:,} ahead").format(task.ahead),
    }


def describe(headway: Headway) -> str:
    """The figures of a row: `examining · 1,204 of 5,300 items · 312.0 MiB · 104.2 MiB/s · 1 min 12 s left`."""
    parts = [headway.phase] if headway.phase else []
    if headway.items_total is not None:
        parts.append(_("{:,} of {:,} {}").format(headway.items, headway.items_total, headway.unit))
    elif headway.unit:
        parts.append(f"{headway.items:,} {headway.unit}")
    if headway.bytes:
        parts.append(size(headway.bytes))
    if headway.bytes_per_s is not None:
        parts.append(f"{size(headway.bytes_per_s)}/s")
    if headway.seconds_left is not None:
        parts.append(_("{} left").format(duration(headway.seconds_left)))
    return " · ".join(parts)


COMMAND = Command(
    "tasks",
    _("long work that goes on by itself: list, stop, resume, change the order"),
    "amparo tasks --format json",
    configure,
    run_act,
)
