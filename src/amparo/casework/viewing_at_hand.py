"""The policies of viewing of an open workbench, and what reviewers bear, as `Workbench.viewing` gives them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from amparo.casework import steering_viewing as steering
from amparo.casework.steering_viewing import LaidDown, Load
from amparo.domain.exposure import Policy
from amparo.domain.need_to_know import Reach
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Viewing:
    """How far officers may look, and how much they saw: for a supervisor, or whoever has the key of the workbench."""

    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]
    _by: str
    _reach: Reach | None = None

    def policies(self) -> Sequence[LaidDown]:
        """The policies that stand. See `casework.steering_viewing.policies`."""
        return steering.policies(reach=self._reach, database=self._database)

    def policy(self, officer: str = "") -> Policy:
        """What counts for an officer, or for all who have nothing of their own."""
        return steering.policy_for(officer, reach=self._reach, database=self._database)[0]

    def own_policy(self, officer: str = "") -> LaidDown | None:
        """What was laid down for just this officer, or for all who have nothing of their own."""
        return steering.policy_for(officer, reach=self._reach, database=self._database)[1]

    def lay_down(self, policy: Policy, officer: str = "", *, reason: str, seen: int | None = None) -> LaidDown:
        """Let a policy count from now on. See `casework.steering_viewing.lay_down`."""
        return steering.lay_down(
            policy,
            officer,
            reason=reason,
            seen=seen,
            by=self._by,
            reach=self._reach,
            database=self._database,
            ledger=self._ledger,
            clock=self._clock,
        )

    def load(self, days: int = 14) -> Load:
        """What officers saw unveiled in the last days. See `casework.steering_viewing.load`."""
        return steering.load(days, reach=self._reach, database=self._database, clock=self._clock)
