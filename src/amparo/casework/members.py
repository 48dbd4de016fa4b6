"""Agencies and officers of an operation: who takes part, whose an exhibit is, and who may see it."""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from amparo.casework.disclose import NoReason
from amparo.casework.officers import officer_of
from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.need_to_know import Act, Forbidden, Purpose, Reach, Role
from amparo.records import members, models, queries, registers, tokens
from amparo.records.database import Conflict, Database
from amparo.records.ledger import Ledger
from amparo.records.members import AgencyRow, Member, Shared
from amparo.records.registers import Recorded

_NAME = re.compile(r"[a-z][a-z0-9.-]{0,39}")
_COUNTRY = re.compile(r"(?:[A-Z]{2})?")


class MalformedMember(AmparoError, ValueError):
    """A name, a country or a role of a member is not one."""


class WeakPassword(AmparoError, ValueError):
    """A password is too short, too common, or too like a name."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who takes part in the operation."""

    agencies: Sequence[AgencyRow]
    members: Sequence[Member]


def roster(*, database: Database, ended: bool = False) -> Roster:
    """Who takes part; with `ended`, also who did."""
    return Roster(members.agencies(database), members.members(database, ended=ended))


def known(*, reach: Reach, database: Database) -> Roster:
    """Who takes part, for those who keep members. Raise `Forbidden`."""
    reach.require(Act.KEEP_MEMBERS)
    return roster(database=database)


def add_agency(
    name: str,
    display: str,
    country: str,
    *,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> AgencyRow:
    """Add an agency. The first one gets the exhibits that are nobody's yet. Raise `MalformedMember`, `Conflict`."""
    if not _NAME.fullmatch(name):
        raise MalformedMember("{name!r} is no short name: use lower-case letters, digits, dots and hyphens.", name=name)
    if not _COUNTRY.fullmatch(country):
        raise MalformedMember(
            "{country!r} is no country: give two capital letters, as in ISO 3166-1, or none.", country=country
        )
    with database.transaction():
        first = not members.agencies(database)
        if any(known.name == name for known in members.agencies(database)):
            raise Conflict("There is an agency {name} already.", name=name)
        added = [members.add_agency(database, name, display or name, country)]
        agency = added[0].id
        if first:
            added += [
                members.add_ownership(database, exhibit, agency, clock()) for exhibit in members.unowned(database)
            ]
        ledger.append("agency.add", {"agency": agency}, {"officer": by, **registers.committed(*added)})
        ledger.sign_head()
    return members.agency(database, name)


def add_member(
    officer: str,
    agency: str,
    roles: Iterable[Role],
    purposes: Iterable[Purpose] = tuple(Purpose),
    *,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Member:
    """Make `officer` a member for an agency, or change what he or she is there: the old membership ends.

    Raise `MalformedMember`, or `NotFound` where there is no such agency.
    """
    roles, purposes = frozenset(roles), frozenset(purposes)
    if not _NAME.fullmatch(officer):
        raise MalformedMember(
            "{officer!r} is no short name: use lower-case letters, digits, dots and hyphens.", officer=officer
        )
    if not roles or not purposes:
        raise MalformedMember("A member has at least one role and one purpose.")
    with database.transaction():
        of = members.agency(database, agency)
        number, added = officer_of(database, officer)
        if (before := members.member(database, officer)) is not None:
            added = [*added, members.end_membership(database, before.id, clock())]
        operation = queries.only_operation(database)
        added = [
            *added,
            members.add_membership(
                database, number, of.id, operation=operation, roles=roles, purposes=purposes, at=clock()
            ),
        ]
        members.allow_log_in(database, number, allowed=True)
        ledger.append("member.add", {"agency": of.id}, {"officer": by, **registers.committed(*added)})
        ledger.sign_head()
    found = members.member(database, officer)
    if found is None:
        raise NotFound("{officer} was removed again meanwhile.", officer=officer)
    return found


def end_member(officer: str, *, by: str, database: Database, ledger: Ledger, clock: Callable[[], datetime]) -> None:
    """End a membership: from now on the officer sees nothing and cannot log in, nor can programs. Raise `NotFound`."""
    with database.transaction():
        before = members.member(database, officer)
        if before is None:
            raise NotFound("{officer} is not a member: see `amparo members`.", officer=officer)
        ended = members.end_membership(database, before.id, clock())
        members.allow_log_in(database, before.officer_id, allowed=False)
        # Another value that nothing opens: a session of before does not come back to life with a new membership.
        members.set_password(database, before.officer_id, make_password(None), given=False)
        over = registers.committed(ended, *_withdrawn(officer, database, clock))
        ledger.append("member.end", {"membership": before.id}, {"officer": by, **over})
        ledger.sign_head()


def set_password(
    officer: str,
    password: str,
    *,
    drop_factors: bool = False,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> None:
    """Give a member another password, to be changed at the next log-in; with `drop_factors` for somebody who lost them.

    Whatever he or she is logged in at ends, and no token lets a program in any more. Raise `NotFound`, or
    `WeakPassword`, which says what is wrong with it.
    """
    hashed = hashed_password(officer, password)
    with database.transaction():
        of = members.member(database, officer)
        if of is None:
            raise NotFound("{officer} is not a member: see `amparo members`.", officer=officer)
        members.set_password(database, of.officer_id, hashed, given=True)
        dropped = drop_factors and members.drop_factors(database, of.officer_id)
        withdrawn = _withdrawn(officer, database, clock)
        ledger.append(
            "member.password",
            {"membership": of.id, "factors_removed": dropped},
            {"officer": by, "member": officer, **registers.committed(*withdrawn)},
        )
        ledger.sign_head()


def _withdrawn(officer: str, database: Database, clock: Callable[[], datetime]) -> list[Recorded]:
    """Withdraw the tokens of an officer that are in use: whoever has one may be whom this is to keep out."""
    left = [row.id for row in tokens.tokens(database, officer) if row.ended is None]
    return [tokens.end_token(database, token, clock()) for token in left]


def hashed_password(officer: str, password: str) -> str:
    """A password as it is stored. Raise `WeakPassword`."""
    try:
        validate_password(password, models.Officer(name=officer))
    except ValidationError as error:
        said = " ".join(error.messages)  # by Django, in the language of whoever asks
        raise WeakPassword(said) from error
    return make_password(password)


def made_up_password() -> str:
    """A password of 120 random bits that can be read out."""
    return "-".join(secrets.token_hex(3) for _part in range(5))


def give(
    exhibit: str, agency: str, *, by: str, database: Database, ledger: Ledger, clock: Callable[[], datetime]
) -> None:
    """Say that an exhibit is an agency's from now on. Raise `NotFound`."""
    with database.transaction():
        number, of = members.exhibit_id(database, exhibit), members.agency(database, agency)
        added = members.add_ownership(database, number, of.id, clock())
        ledger.append(
            "exhibit.give", {"exhibit": number, "agency": of.id}, {"officer": by, **registers.committed(added)}
        )
        ledger.sign_head()


def share(
    exhibit: str,
    agency: str,
    *,
    reason: str,
    purposes: Iterable[Purpose] = (Purpose.OPERATIONAL_ANALYSIS,),
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> None:
    """Let another agency of the operation see an exhibit of one's own agency, for some purposes.

    Raise `Forbidden`, `NotFound`, `NoReason`, `MalformedMember`, or `Conflict` where the agency sees it already.
    """
    reach.require(Act.SHARE)
    if not reason.strip():
        raise NoReason("Say why this exhibit is shared: give a reason.")
    purposes = frozenset(purposes)
    if not purposes:
        raise MalformedMember("An exhibit is shared for at least one purpose.")
    with database.transaction():
        number = _own_exhibit(exhibit, reach, database)
        of = members.agency(database, agency)
        if of.name == reach.agency:
            raise MalformedMember(
                "{exhibit} is {agency}'s already: choose another agency.", exhibit=exhibit, agency=of.display
            )
        if any(one.agency == agency and one.ended is None for one in members.sharings(database, exhibit)):
            raise Conflict(
                "{agency} sees {exhibit} already: end that first to share it for other purposes.",
                agency=of.display,
                exhibit=exhibit,
            )
        added = members.add_sharing(database, number, of.id, purposes=purposes, reason=reason, at=clock())
        ledger.append(
            "exhibit.share",
            {"exhibit": number, "agency": of.id},
            {"officer": reach.officer, "reason": reason, **registers.committed(added)},
        )
        ledger.sign_head()


def unshare(
    exhibit: str,
    agency: str,
    *,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> None:
    """End that another agency sees an exhibit. Raise `Forbidden` or `NotFound`."""
    reach.require(Act.SHARE)
    with database.transaction():
        _own_exhibit(exhibit, reach, database)
        going_on = [one for one in members.sharings(database, exhibit) if one.agency == agency and one.ended is None]
        if not going_on:
            raise NotFound("{agency} does not see {exhibit}.", agency=agency, exhibit=exhibit)
        ended = members.end_sharing(database, going_on[0].id, clock())
        ledger.append(
            "exhibit.unshare", {"sharing": going_on[0].id}, {"officer": reach.officer, **registers.committed(ended)}
        )
        ledger.sign_head()


def sharings(exhibit: str, *, reach: Reach, database: Database) -> list[Shared]:
    """With whom an exhibit of one's own agency is or was shared. Raise `NotFound`."""
    _own_exhibit(exhibit, reach, database)
    return members.sharings(database, exhibit)


def reach_of(officer: str, purpose: Purpose = Purpose.OPERATIONAL_ANALYSIS, *, database: Database) -> Reach:
    """How far the eyes of an officer reach for a purpose. Everything that is looked up for the web takes it."""
    return members.visible_to(database, officer, purpose)


def owned_from_now(database: Database, exhibit: int, by: str, at: datetime) -> list[registers.Recorded]:
    """Whose a new exhibit is: the agency's of who registers it, else of the only agency; else nobody's yet."""
    of = members.member(database, by)
    known = members.agencies(database)
    agency = of.agency_id if of is not None else known[0].id if len(known) == 1 else None
    return [] if agency is None else [members.add_ownership(database, exhibit, agency, at)]


def _own_exhibit(exhibit: str, reach: Reach, database: Database) -> int:
    for acquisition in queries.acquisitions(database, exhibit):
        if acquisition.id in reach.own:
            return acquisition.exhibit_id
        if acquisition.id in reach.acquisitions:
            raise Forbidden("{exhibit} is another agency's: only its own people share it.", exhibit=exhibit)
    raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=exhibit)
