"""Leads on pictures, as `Workbench.marked_leads` and `Desk.marked_leads` give them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from amparo.casework import leads
from amparo.domain.leads import Region, Status
from amparo.domain.need_to_know import Reach
from amparo.records.database import Database
from amparo.records.leads import Lead, Step
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class MarkedLeads:
    """What was marked on pictures for those who identify victims: for one officer, within his or her reach."""

    _reach: Reach
    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]

    def mark(self, file: int, text: str, region: Region | None = None, *, submission: str = "") -> Lead:
        """Mark a lead on a picture. See `casework.leads.mark`."""
        return leads.mark(
            file, text, region, submission=submission,
            reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def step(self, number: int, status: Status, text: str = "", *, submission: str = "") -> Lead:
        """Say how a lead stands from now on. See `casework.leads.step`."""
        return leads.step(
            number, status, text, submission=submission,
            reach=self._reach, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def leads(self, status: Status | None = None, *, after: int = 0, limit: int = 100) -> list[Lead]:
        """Leads on files that may be seen. See `casework.leads.leads`."""
        return leads.leads(status=status, after=after, limit=limit, reach=self._reach, database=self._database)

    def leads_of(self, file: int) -> list[Lead]:
        """The leads on one file. See `casework.leads.leads_of`."""
        return leads.leads_of(file, reach=self._reach, database=self._database)

    def steps(self, number: int) -> list[Step]:
        """What became of a lead. See `casework.leads.steps`."""
        return leads.steps(number, reach=self._reach, database=self._database)

    def row(self, lead: Lead) -> dict[str, str | int]:
        """A lead as a row of a list, by `casework.leads.COLUMNS`."""
        return leads.row_of(lead, self._reach, self._database)

    def export(self, status: Status | None = None, *, reason: str) -> Iterator[str]:
        """The leads as CSV; logged. See `casework.leads.export`."""
        return leads.export(
            status=status, reason=reason, reach=self._reach, database=self._database, ledger=self._ledger
        )
