"""The turn of a task, from the side of its own process: wait for it, tell how far the work is, stop when asked."""

import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType

from amparo.casework.tasks import lives
from amparo.domain.errors import AmparoError
from amparo.domain.task import Headway, Lane
from amparo.records import tasks as records
from amparo.records.database import Database
from amparo.records.tasks import TaskRow

_TELL_S = 0.5
"""How far a task is, is written at most so often."""
_SIGN_S = 10.0
"""A task that waits gives a sign that it lives so often."""


class Stopped(KeyboardInterrupt):
    """Somebody asked the task to stop; ends what it does as Ctrl-C ends a command."""


class Turn:
    """One task that waits for its turn, and then has it. For the main thread of a process of its own."""

    def __init__(self, number: int, *, database: Database, clock: Callable[[], datetime], folder: Path) -> None:
        self.number = number
        self._database = database
        self._clock = clock
        self._folder = folder
        self._asked = False
        self._told_s = 0.0
        self._untold: Headway | None = None

    def listen(self) -> None:
        """From now on, SIGTERM raises `Stopped`: at once, or after the transaction that is open."""
        signal.signal(signal.SIGTERM, self._on_signal)

    def wait(self, at_once: int) -> None:
        """Return when the turn has come, of at most so many tasks that read media; raise `Stopped`.

        Those that wait before it come first, save what is dead.
        """
        while True:
            self._check()
            if self._may_begin(at_once):
                with self._database.transaction():
                    if self._may_begin(at_once):
                        records.begin_turn(self._database, self.number, self._clock())
                        return
            self.tell(None)
            time.sleep(_TELL_S)

    def tell(self, headway: Headway | None) -> None:
        """Write how far the work is, at most twice a second; raise `Stopped` where somebody asked for that.

        That it cannot be written hinders nobody's work: what the work itself writes says so when it matters.
        """
        self._check()
        self._untold = headway
        now_s = time.monotonic()
        if now_s - self._told_s < (_TELL_S if headway is not None else _SIGN_S) or self._database.in_transaction:
            return
        self._told_s = now_s
        self._asked |= self._write(headway)
        self._check()

    def tell_last(self) -> None:
        """Write how far the work came, where that was too soon after what was written before."""
        if self._untold is not None:
            self._write(self._untold)

    def _write(self, headway: Headway | None) -> bool:
        """Whether somebody wants the task to stop."""
        try:
            with self._database.transaction(durable=False):
                asked = records.report_headway(self._database, self.number, self._clock(), headway)
        except AmparoError:
            return False
        self._untold = None
        return asked

    def _may_begin(self, at_once: int) -> bool:
        line = records.open_tasks(self._database)
        own = next(row for row in line if row.number == self.number)
        if own.stop_asked is not None:
            raise Stopped
        lane = own.assignment.kind.lane
        if lane is Lane.NONE:
            return True
        others = [row for row in line if row.assignment.kind.lane is lane and row.number != self.number]
        first = [row for row in others if row.began is not None or line.index(row) < line.index(own)]
        return self._alive(first) < (at_once if lane is Lane.MEDIA else 1)

    def _alive(self, rows: list[TaskRow]) -> int:
        return sum(lives(row, self._folder, self._clock) for row in rows)

    def _check(self) -> None:
        if self._asked:
            raise Stopped

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        again, self._asked = self._asked, True
        if not again and not self._database.in_transaction:
            raise Stopped
