"""Who examines: processes that are hired, given batches, watched and, where one is lost, done without."""

import contextlib
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from amparo.domain.limits import Limits
from amparo.engine import board as stages
from amparo.engine.board import Activity


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended, and at what. As text: its signal or its status."""

    activity: Activity
    status: int
    """Negative for the signal that ended it."""
    overtime: str = ""
    """Why it was ended, where it took too long."""
    lost: bool = False
    """Whether it was lost with its machine, so that nothing else is known."""

    def __str__(self) -> str:
        if self.status < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-self.status).name
        return f"status {self.status}"


class Hired(Protocol):
    """A process that examines, wherever it runs. It speaks the protocol of `engine.examiner`."""

    def fileno(self) -> int:
        """A descriptor that can be read when there is something to receive."""
        ...

    def send(self, message: bytes) -> None:
        """Send a packed message; one to a dead process is lost, and its death is seen when it is received from."""
        ...

    def receive(self) -> tuple[Any, ...]:
        """The next message. Raise `WorkerLost`."""
        ...

    def overtime(self) -> str:
        """Why it is to be ended: the limit that its present step has passed; empty where none."""
        ...

    def end(self) -> Ending:
        """End it at once, whatever it does."""
        ...


class Workforce(Protocol):
    """Those that examine one exhibit by one plan."""

    @property
    def size(self) -> int:
        """How many there are to be, at least 1."""
        ...

    def recruits(self) -> Iterable[Hired]:
        """Who can begin now, in place of those that ended too; asked again and again, and never waiting."""
        ...

    def close(self) -> None:
        """Let go of what was needed to hire."""
        ...


def overtime(activity: Activity, limits: Limits, now_s: float) -> str:
    """Why an examiner that is at `activity` is to be ended; empty where it may go on."""
    if activity.stage < stages.READING:
        return ""
    limit_s = limits.analysis_s
    if activity.stage == stages.READING:
        limit_s = limits.read_s + activity.size_bytes / limits.read_floor_bytes_per_s
    return f"It took longer than the limit of {limit_s:.0f} s." if now_s - activity.since_s > limit_s else ""
