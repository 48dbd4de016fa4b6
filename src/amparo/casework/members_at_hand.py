"""The members of an open workbench's operation, as `Workbench.members` gives them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from amparo.casework import members
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.members import AgencyRow, Member


@dataclass(frozen=True, slots=True)
class Members:
    """Agencies and officers of one operation, for whoever has the key of its workbench."""

    _database: Database
    _ledger: Ledger
    _clock: Callable[[], datetime]
    _by: str

    def roster(self, *, ended: bool = False) -> members.Roster:
        """Who takes part; with `ended`, also who did."""
        return members.roster(database=self._database, ended=ended)

    def add_agency(self, name: str, display: str = "", country: str = "") -> AgencyRow:
        """Add an agency. See `casework.members.add_agency`."""
        return members.add_agency(
            name, display, country, by=self._by, database=self._database, ledger=self._ledger, clock=self._clock
        )

    def add(
        self, officer: str, agency: str, roles: Iterable[Role], purposes: Iterable[Purpose] = tuple(Purpose)
    ) -> Member:
        """Make an officer a member, or change what he or she is. See `casework.members.add_member`."""
        return members.add_member(
            officer, agency, roles, purposes,
            by=self._by, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def end(self, officer: str) -> None:
        """End a membership; raise `NotFound`."""
        members.end_member(officer, by=self._by, database=self._database, ledger=self._ledger, clock=self._clock)

    def set_password(self, officer: str, password: str, *, drop_factors: bool = False) -> None:
        """Give a member a password. See `casework.members.set_password`."""
        members.set_password(
            officer, password, drop_factors=drop_factors,
            by=self._by, database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def give(self, exhibit: str, agency: str) -> None:
        """Say that an exhibit is an agency's from now on. Raise `NotFound`."""
        members.give(exhibit, agency, by=self._by, database=self._database, ledger=self._ledger, clock=self._clock)

    def share(
        self, exhibit: str, agency: str, *, reason: str, purposes: Iterable[Purpose] = (Purpose.OPERATIONAL_ANALYSIS,)
    ) -> None:
        """Let another agency see an exhibit of one's own. See `casework.members.share`."""
        members.share(
            exhibit, agency, reason=reason, purposes=purposes, reach=self._reach(), database=self._database,
            ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def unshare(self, exhibit: str, agency: str) -> None:
        """End that another agency sees an exhibit. See `casework.members.unshare`."""
        members.unshare(
            exhibit, agency, reach=self._reach(), database=self._database, ledger=self._ledger, clock=self._clock,
        )  # fmt: skip

    def _reach(self) -> Reach:
        return members.reach_of(self._by, database=self._database)
