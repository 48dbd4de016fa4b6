"""The queue, as `Workbench.queue` and a desk give it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from amparo.casework import queue, queue_lists, weights
from amparo.casework.order_at_hand import PATIENCE_S
from amparo.casework.queue import Given, LooksSaved, Placed, Waiting, Why
from amparo.casework.queue_lists import Listed
from amparo.casework.standing_order import LeftOut
from amparo.casework.weights import LaidDown
from amparo.domain.grading import Round
from amparo.domain.item_path import ItemPath
from amparo.domain.need_to_know import Reach
from amparo.domain.queue import Weights
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Queue:
    """Files in the order in which they wait for an officer's look. All but weights and leases may raise `Busy`."""

    _reach: Reach
    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]
    _folder: Path

    def next_file(
        self,
        *,
        round: Round = Round.FIRST,  # noqa: A002 - as the tables have it
        avoid: frozenset[int] = frozenset(),
        left_out: LeftOut | None = None,
        wait_s: float = PATIENCE_S,
    ) -> Given | None:
        """The file to be looked at now, leased. See `casework.queue.next_file`."""
        return queue.next_file(round=round, avoid=avoid, left_out=left_out, wait_s=wait_s, **self._ports())

    def extend(self, file: int, *, round: Round = Round.FIRST) -> datetime:  # noqa: A002
        """Keep a file; raise `NotWithYou`."""
        return queue.extend(file, round=round, reach=self._reach, database=self._database, clock=self._clock)

    def release(self, file: int | None = None) -> None:
        """Give a file back, or all that the officer has."""
        queue.release(file, reach=self._reach, database=self._database)

    def ahead(self, count: int, *, wait_s: float = PATIENCE_S) -> list[Placed]:
        """The first files that wait, in order; nothing is leased."""
        return queue.ahead(count, wait_s=wait_s, **self._ports())

    def listed(self, count: int, *, weights: Weights | None = None, wait_s: float = PATIENCE_S) -> list[Listed]:
        """The same, with the places where they lie; by other weights, where they are given."""
        return queue_lists.listed(count, weights=weights, wait_s=wait_s, **self._ports())

    def why_at(self, item_path: ItemPath, *, wait_s: float = PATIENCE_S) -> Why:
        """How the file at a place stands to the queue; raise `NotFound`."""
        return queue_lists.why_at(item_path, wait_s=wait_s, **self._ports())

    def why(self, file: int, *, wait_s: float = PATIENCE_S) -> Why:
        """How a file stands to the queue; raise `NotFound`."""
        return queue.why(file, wait_s=wait_s, **self._ports())

    def copies(self, file: int, *, wait_s: float = PATIENCE_S) -> list[int]:
        """The files that one look at this one serves; raise `NotFound`."""
        return queue.copies(file, wait_s=wait_s, **self._ports())

    def waiting(self, *, wait_s: float = PATIENCE_S) -> Waiting:
        """How many wait."""
        return queue.waiting(wait_s=wait_s, **self._ports())

    def saved(self, *, wait_s: float = PATIENCE_S) -> LooksSaved:
        """How many looks are not needed."""
        return queue.saved(wait_s=wait_s, **self._ports())

    def weights(self) -> LaidDown:
        """What reasons weigh."""
        return weights.weights(reach=self._reach, database=self._database)

    def set_weights(self, given: Mapping[str, object], reason: str, *, seen: int | None = None) -> Weights:
        """Lay down what reasons weigh from now on. See `casework.weights.set_weights`."""
        return weights.set_weights(
            given,
            reason,
            seen=seen,
            reach=self._reach,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
        )

    def _ports(self) -> dict[str, Any]:
        return {
            "reach": self._reach,
            "database": self._database,
            "folder": self._folder,
            "clock": self._clock,
        }
