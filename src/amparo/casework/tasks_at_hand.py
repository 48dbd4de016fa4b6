"""The tasks of an open workbench, as `Workbench.tasks` and `Desk.tasks` give them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from amparo.casework import assignments, tasks
from amparo.casework.turn import Turn
from amparo.domain.errors import AmparoError
from amparo.domain.need_to_know import Reach
from amparo.domain.sealing import SealingKey
from amparo.domain.secrets import Secrets
from amparo.domain.task import Assignment, Examine, State, Task
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of one workbench: all, for whoever holds its key, or what an officer's reach shows."""

    _database: Database
    _ledger: Ledger
    _key: SealingKey = field(repr=False)
    _clock: Callable[[], datetime]
    _folder: Path
    _by: str
    _reach: Reach | None = None
    _allowed: tuple[Path, ...] = ()
    """Below which an officer may point to something."""

    def begin(self, wanted: Assignment, *, secrets: Secrets | None = None) -> Task:
        """Begin a task that goes on by itself. See `casework.tasks.begin` for what it raises."""
        return tasks.begin(
            wanted,
            secrets=secrets or Secrets(),
            by=self._by,
            reach=self._reach,
            allowed=self._allowed,
            database=self._database,
            ledger=self._ledger,
            key=self._key,
            clock=self._clock,
            folder=self._folder,
        )

    def refusals(self, wanted: Examine) -> Sequence[AmparoError]:
        """All that stands against a new exhibit, where `begin` raises what comes first. See `assignments.refusals`."""
        return assignments.refusals(wanted, self._database, self._reach, self._allowed)

    def resume(self, number: int, *, secrets: Secrets | None = None) -> Task:
        """Begin a task that goes on with an earlier one. See `casework.tasks.resume`."""
        return tasks.resume(
            number,
            secrets=secrets or Secrets(),
            by=self._by,
            reach=self._reach,
            allowed=self._allowed,
            database=self._database,
            ledger=self._ledger,
            key=self._key,
            clock=self._clock,
            folder=self._folder,
        )

    def stop(self, number: int, *, grace_s: float = tasks.GRACE_S) -> Task:
        """Ask a task to stop in order. See `casework.tasks.stop`."""
        return tasks.stop(
            number,
            by=self._by,
            reach=self._reach,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
            folder=self._folder,
            grace_s=grace_s,
        )

    def move(self, number: int, *, before: int | None) -> None:
        """Change the order of those that wait. See `casework.tasks.move`."""
        tasks.move(
            number,
            before=before,
            by=self._by,
            reach=self._reach,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
            folder=self._folder,
        )

    def show(self, number: int) -> Task:
        """One task; raise `NotFound`."""
        return tasks.task(number, reach=self._reach, database=self._database, folder=self._folder, clock=self._clock)

    def list(self, *, ended: int = 20) -> tasks.Seen:
        """The tasks that are open, and the last so many that ended."""
        return tasks.tasks(
            reach=self._reach, database=self._database, folder=self._folder, clock=self._clock, ended=ended
        )

    def turn(self, number: int) -> Turn:
        """The turn of a task, for its own process."""
        return Turn(number, database=self._database, clock=self._clock, folder=self._folder)

    def end(self, number: int, outcome: State, reason: str = "") -> None:
        """Record how a task ended, as its own process does."""
        tasks.end(
            number,
            outcome,
            reason,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
            folder=self._folder,
        )
