"""What supervisors do about members: those of their own agency, and nobody else's.

Whoever has the workbench's key keeps all members, by `casework.members`; that is also where the first officer of an
agency comes from.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from amparo.casework import members as keeping
from amparo.casework.members import MalformedMember
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.need_to_know import ALLOWED, Act, Forbidden, Purpose, Reach, Role
from amparo.domain.sentence import Sentence, Several
from amparo.records import members
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.members import AgencyRow, Member


class ChangedMeanwhile(AmparoError):
    """Somebody else changed the same thing since it was shown."""


class LastKeeper(AmparoError):
    """The act would leave an agency with nobody who keeps its members."""


@dataclass(frozen=True, slots=True)
class OwnRoster:
    """The agencies of the operation, and the members of one's own."""

    agencies: tuple[AgencyRow, ...]
    members: tuple[Member, ...]


def own_roster(*, ended: bool = False, reach: Reach, database: Database) -> OwnRoster:
    """The agencies, and one's own agency's members; with `ended`, also who were. Raise `Forbidden`."""
    reach.require(Act.KEEP_MEMBERS)
    found = members.members(database, ended=ended)
    return OwnRoster(
        tuple(members.agencies(database)), tuple(member for member in found if member.agency == reach.agency)
    )


def own_member(officer: str, *, reach: Reach, database: Database) -> Member:
    """A member of one's own agency; raise `Forbidden`, or `NotFound` also for another agency's."""
    for member in own_roster(reach=reach, database=database).members:
        if member.officer == officer:
            return member
    raise NotFound("{officer} is no member of your agency.", officer=officer)


def bring_in_agency(
    name: str,
    display: str,
    country: str,
    *,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> AgencyRow:
    """Add an agency, which sees nothing yet. Raise `Forbidden`, `MalformedMember`, `Conflict`."""
    reach.require(Act.KEEP_MEMBERS)
    return keeping.add_agency(name, display, country, by=reach.officer, database=database, ledger=ledger, clock=clock)


def set_member(
    officer: str,
    roles: Iterable[Role],
    purposes: Iterable[Purpose],
    *,
    seen: int | None,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Member:
    """Make somebody a member of one's own agency, or change what he or she is there.

    `seen` is the membership that was shown, `None` for a new member. Raise `Forbidden`, `MalformedMember`,
    `ChangedMeanwhile`, which says what it is now, or `LastKeeper`.
    """
    reach.require(Act.KEEP_MEMBERS)
    roles = frozenset(roles)
    with database.transaction():
        now = _current(officer, reach, database)
        if seen is None and now is not None:
            raise ChangedMeanwhile("{officer} is a member already: {now}.", officer=officer, now=described(now))
        if now is None and seen is not None:
            raise ChangedMeanwhile(
                "Meanwhile the membership of {officer} was ended: add a new one if that is wrong.", officer=officer
            )
        if now is not None and now.id != seen:
            raise ChangedMeanwhile(
                "Meanwhile somebody changed {officer}: {now}. Decide again.", officer=officer, now=described(now)
            )
        if now is not None and not _keeps(roles):
            _require_another_keeper(now, reach, database)
        return keeping.add_member(
            officer, reach.agency, roles, purposes,
            by=reach.officer, database=database, ledger=ledger, clock=clock,
        )  # fmt: skip


def give_password(
    officer: str,
    *,
    drop_factors: bool = False,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> str:
    """Make up a password for a member of one's own agency, who changes it at log-in. Raise `Forbidden`, `NotFound`."""
    with database.transaction():
        member = own_member(officer, reach=reach, database=database)
        password = keeping.made_up_password()
        keeping.set_password(
            member.officer, password, drop_factors=drop_factors,
            by=reach.officer, database=database, ledger=ledger, clock=clock,
        )  # fmt: skip
    return password


def end_own_member(
    officer: str,
    *,
    seen: int,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> None:
    """End a membership of one's own agency. Raise `Forbidden`, `NotFound`, `ChangedMeanwhile`, `LastKeeper`."""
    with database.transaction():
        member = own_member(officer, reach=reach, database=database)
        if member.id != seen:
            raise ChangedMeanwhile(
                "Meanwhile somebody changed {officer}: {now}. Decide again.", officer=officer, now=described(member)
            )
        _require_another_keeper(member, reach, database)
        keeping.end_member(officer, by=reach.officer, database=database, ledger=ledger, clock=clock)


def described(member: Member) -> Sentence:
    """What somebody is, in words: for sentences."""
    roles, purposes = Several(sorted(member.roles)), Several(sorted(member.purposes))
    return Sentence("{roles}; for {purposes}; since {at}", roles=roles, purposes=purposes, at=member.at)


def _current(officer: str, reach: Reach, database: Database) -> Member | None:
    """The membership of an officer who is nobody else's."""
    known = [one for one in members.members(database, ended=True) if one.officer == officer]
    if any(one.agency != reach.agency for one in known):
        raise Forbidden("{officer} is or was another agency's: choose another short name.", officer=officer)
    if not known and members.has_acted(database, officer):
        raise MalformedMember(
            "{officer} is the name of somebody who acts at this workbench: choose another one.", officer=officer
        )
    return next((one for one in known if one.ended is None), None)


def _keeps(roles: Iterable[Role]) -> bool:
    return any(Act.KEEP_MEMBERS in ALLOWED[role] for role in roles)


def _require_another_keeper(member: Member, reach: Reach, database: Database) -> None:
    others = [one for one in own_roster(reach=reach, database=database).members if one.id != member.id]
    if _keeps(member.roles) and not any(_keeps(one.roles) for one in others):
        raise LastKeeper("Nobody else keeps the members of your agency: make somebody else supervisor first.")
