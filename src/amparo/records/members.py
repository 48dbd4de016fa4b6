"""Agencies, memberships, whose an exhibit is, and with whom it is shared; and what follows: who may see what.

Whatever adds to a register is called inside a transaction and returns a `Recorded`, as in `registers`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from django.db import connections

from amparo.domain.canonical import canonical
from amparo.domain.errors import NotFound
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.domain.need_to_know import Act, Purpose, Reach, Role
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded

_FACTORS = "mfa_authenticator"
"""Where log-in keeps second factors: a table of the server's, there once a workbench was served."""
_Value = TypeVar("_Value", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """Who takes part."""

    id: int
    name: str
    display: str
    country: str


@dataclass(frozen=True, slots=True)
class Member:
    """An officer at work in the operation."""

    id: int
    """Of the membership."""
    officer_id: int
    officer: str
    display: str
    agency_id: int
    agency: str
    agency_display: str
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    at: str
    ended: str | None
    can_log_in: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """That an agency may see an exhibit that is another's."""

    id: int
    exhibit: str
    agency: str
    agency_display: str
    purposes: frozenset[Purpose]
    reason: str
    at: str
    ended: str | None


@dataclass(frozen=True, slots=True)
class SharedWith:
    """That an exhibit of another agency may be seen."""

    exhibit: str
    agency: str
    """Whose it is, as people write it; empty where it is nobody's."""
    reason: str
    at: str


def add_agency(database: Database, name: str, display: str, country: str) -> Recorded:
    """Add an agency; raise `Conflict` where the name is taken."""
    with database.errors():
        row = models.Agency.objects.using(database.alias).create(name=name, display=display, country=country)
    return recorded_agency(row)


def add_membership(
    database: Database,
    officer: int,
    agency: int,
    *,
    operation: int,
    roles: Iterable[Role],
    purposes: Iterable[Purpose],
    at: datetime,
) -> Recorded:
    """Make an officer a member of the operation; raise `Conflict` where he or she is one."""
    with database.errors():
        row = models.Membership.objects.using(database.alias).create(
            operation_id=operation,
            officer_id=officer,
            agency_id=agency,
            roles=_joined(roles),
            purposes=_joined(purposes),
            at=written_time(at),
        )
    return recorded_membership(row)


def end_membership(database: Database, membership: int, at: datetime) -> Recorded:
    """End a membership; raise `NotFound` where it has ended."""
    with database.errors():
        row = models.Membership.objects.using(database.alias).filter(pk=membership, ended=None).first()
        if row is None:
            raise NotFound("No membership {membership} goes on.", membership=membership)
        row.ended = written_time(at)
        row.save()
    return recorded_membership_end(row)


def add_ownership(database: Database, exhibit: int, agency: int, at: datetime) -> Recorded:
    """Say whose an exhibit is from now on."""
    with database.errors():
        row = models.Ownership.objects.using(database.alias).create(
            exhibit_id=exhibit, agency_id=agency, at=written_time(at)
        )
    return recorded_ownership(row)


def add_sharing(
    database: Database, exhibit: int, agency: int, *, purposes: Iterable[Purpose], reason: str, at: datetime
) -> Recorded:
    """Let an agency see an exhibit; raise `Conflict` where it may already."""
    with database.errors():
        row = models.Sharing.objects.using(database.alias).create(
            exhibit_id=exhibit, agency_id=agency, purposes=_joined(purposes), reason=reason, at=written_time(at)
        )
    return recorded_sharing(row)


def end_sharing(database: Database, sharing: int, at: datetime) -> Recorded:
    """End a sharing; raise `NotFound` where it has ended."""
    with database.errors():
        row = models.Sharing.objects.using(database.alias).filter(pk=sharing, ended=None).first()
        if row is None:
            raise NotFound("No sharing {sharing} goes on.", sharing=sharing)
        row.ended = written_time(at)
        row.save()
    return recorded_sharing_end(row)


def set_password(database: Database, officer: int, hashed: str, *, given: bool) -> None:
    """Put another (hashed) password in the place of an officer's: `given` by somebody else, to be changed at log-in.

    Whatever was logged in by the old one is not any more.
    """
    with database.errors():
        models.Officer.objects.using(database.alias).filter(pk=officer).update(password=hashed, password_given=given)


def drop_factors(database: Database, officer: int) -> bool:
    """Forget the second factors of an officer; whether there were any."""
    with database.errors():
        if _FACTORS not in connections[database.alias].introspection.table_names():
            return False  # never served
        known = database.fetch(f"SELECT count(*) FROM {_FACTORS} WHERE user_id = %s", (officer,))  # noqa: S608
        database.execute(f"DELETE FROM {_FACTORS} WHERE user_id = %s", (officer,))  # noqa: S608
    return bool(known[0][0])


def has_acted(database: Database, officer: str) -> bool:
    """Whether somebody of this name is known, or stands in the ledger, as whoever has the key may."""
    with database.errors():
        found = database.fetch(
            "SELECT 1 FROM officer WHERE name = %s UNION ALL"
            " SELECT 1 FROM commitment WHERE name = 'officer' AND value = %s LIMIT 1",
            (officer, officer),
        )
    return bool(found)


def preferences(database: Database, officer: str) -> str:
    """What an officer stored as his or her preferences."""
    with database.errors():
        found = database.fetch("SELECT preferences FROM officer WHERE name = %s", (officer,))
    return str(found[0][0]) if found else "{}"


def set_preferences(database: Database, officer: str, written: str) -> None:
    """Store what an officer prefers."""
    with database.errors():
        models.Officer.objects.using(database.alias).filter(name=officer).update(preferences=written)


def allow_log_in(database: Database, officer: int, *, allowed: bool) -> None:
    """Say whether an officer may log in at all."""
    with database.errors():
        models.Officer.objects.using(database.alias).filter(pk=officer).update(is_active=allowed)


def agencies(database: Database) -> list[AgencyRow]:
    """The agencies, by name."""
    with database.errors():
        return [
            AgencyRow(*row) for row in database.fetch("SELECT id, name, display, country FROM agency ORDER BY name")
        ]


def agency(database: Database, name: str) -> AgencyRow:
    """The agency of that name; raise `NotFound`."""
    for found in agencies(database):
        if found.name == name:
            return found
    raise NotFound("There is no agency {name} here: see `amparo members`.", name=name)


def members(database: Database, *, ended: bool = False) -> list[Member]:
    """Those who are members, by agency and name; with `ended` those who were, too."""
    with database.errors():
        found = database.fetch(
            "SELECT m.id, o.id, o.name, o.display, a.id, a.name, a.display, m.roles, m.purposes, m.at, m.ended,"
            " o.is_active FROM membership m JOIN officer o ON o.id = m.officer_id JOIN agency a ON a.id = m.agency_id"
            " ORDER BY a.name, o.name, m.id"
        )
    return [
        Member(
            id_, who, name, shown, at, nick, full, _parted(Role, roles), _parted(Purpose, why), since, end, bool(able)
        )
        for id_, who, name, shown, at, nick, full, roles, why, since, end, able in found
        if ended or end is None
    ]


def member(database: Database, officer: str) -> Member | None:
    """The membership of an officer that goes on."""
    return next((one for one in members(database) if one.officer == officer), None)


def owners(database: Database) -> dict[str, AgencyRow]:
    """Whose each exhibit is, by its number; those that nobody owns are not there."""
    known = {row.id: row for row in agencies(database)}
    with database.errors():
        found = database.fetch(
            "SELECT exhibit.number, agency_id FROM ownership JOIN exhibit ON exhibit.id = exhibit_id"
            " ORDER BY ownership.id"
        )
    return {number: known[id_] for number, id_ in found}


def sharings(database: Database, exhibit: str) -> list[Shared]:
    """With whom an exhibit is or was shared, oldest first."""
    with database.errors():
        found = database.fetch(
            "SELECT s.id, e.number, a.name, a.display, s.purposes, s.reason, s.at, s.ended FROM sharing s"
            " JOIN exhibit e ON e.id = s.exhibit_id JOIN agency a ON a.id = s.agency_id"
            " WHERE e.number = %s ORDER BY s.id",
            (exhibit,),
        )
    return [
        Shared(id_, number, name, display, _parted(Purpose, purposes), reason, at, ended)
        for id_, number, name, display, purposes, reason, at, ended in found
    ]


def shared_with(database: Database, agency: str) -> list[SharedWith]:
    """What is shared with an agency now, newest first."""
    of = owners(database)
    with database.errors():
        found = database.fetch(
            "SELECT e.number, s.reason, s.at FROM sharing s JOIN exhibit e ON e.id = s.exhibit_id"
            " JOIN agency a ON a.id = s.agency_id WHERE a.name = %s AND s.ended IS NULL ORDER BY s.id DESC",
            (agency,),
        )
    return [SharedWith(number, of[number].display if number in of else "", reason, at) for number, reason, at in found]


def exhibit_id(database: Database, number: str) -> int:
    """The exhibit of a number; raise `NotFound`."""
    with database.errors():
        found = database.fetch("SELECT id FROM exhibit WHERE number = %s", (number,))
    if not found:
        raise NotFound("The workbench has no exhibit {exhibit}: see `amparo status`.", exhibit=number)
    return int(found[0][0])


def unowned(database: Database) -> list[int]:
    """The exhibits that are nobody's yet."""
    with database.errors():
        found = database.fetch("SELECT id FROM exhibit WHERE id NOT IN (SELECT exhibit_id FROM ownership) ORDER BY id")
    return [int(row[0]) for row in found]


def visible_to(database: Database, officer: str, purpose: Purpose) -> Reach:
    """How far the eyes of an officer reach for a purpose; nowhere without a membership that has this purpose."""
    of = member(database, officer)
    if of is None or purpose not in of.purposes:
        return Reach(officer, of.agency if of else "", frozenset(), purpose)
    with database.errors():
        own = database.fetch(
            "SELECT a.id FROM acquisition a JOIN ownership w ON w.exhibit_id = a.exhibit_id"
            " WHERE w.agency_id = %s AND w.id = (SELECT max(id) FROM ownership WHERE exhibit_id = a.exhibit_id)",
            (of.agency_id,),
        )
        shared = database.fetch(
            "SELECT a.id, s.purposes FROM acquisition a JOIN sharing s ON s.exhibit_id = a.exhibit_id"
            " WHERE s.agency_id = %s AND s.ended IS NULL",
            (of.agency_id,),
        )
    mine = frozenset(int(row[0]) for row in own)
    theirs = frozenset(int(id_) for id_, purposes in shared if purpose in _parted(Purpose, purposes))
    reach = Reach(officer, of.agency, of.roles, purpose, mine | theirs, mine)
    if reach.may(Act.SEE_EVIDENCE) or reach.may(Act.SEE_FIGURES):
        return reach
    return Reach(officer, of.agency, of.roles, purpose)


def recorded_agency(row: models.Agency) -> Recorded:
    """The row as it is committed to."""
    return _recorded("agency", row.pk, {"name": row.name, "display": row.display, "country": row.country})


def recorded_membership(row: models.Membership) -> Recorded:
    """The start of the membership as it is committed to."""
    fields: dict[str, Fact] = {
        "operation": row.operation_id,
        "officer": row.officer_id,
        "agency": row.agency_id,
        "roles": row.roles,
        "purposes": row.purposes,
        "at": row.at,
    }
    return _recorded("membership", row.pk, fields)


def recorded_membership_end(row: models.Membership) -> Recorded:
    """The end of the membership as it is committed to."""
    return _recorded("membership.end", row.pk, {"ended": row.ended})


def recorded_ownership(row: models.Ownership) -> Recorded:
    """The row as it is committed to."""
    return _recorded("ownership", row.pk, {"exhibit": row.exhibit_id, "agency": row.agency_id, "at": row.at})


def recorded_sharing(row: models.Sharing) -> Recorded:
    """The start of the sharing as it is committed to."""
    fields: dict[str, Fact] = {
        "exhibit": row.exhibit_id,
        "agency": row.agency_id,
        "purposes": row.purposes,
        "reason": row.reason,
        "at": row.at,
    }
    return _recorded("sharing", row.pk, fields)


def recorded_sharing_end(row: models.Sharing) -> Recorded:
    """The end of the sharing as it is committed to."""
    return _recorded("sharing.end", row.pk, {"ended": row.ended})


def _recorded(register: str, id_: int, fields: dict[str, Fact]) -> Recorded:
    return Recorded(register, id_, canonical(fields).decode())


def _joined(values: Iterable[StrEnum]) -> str:
    return ",".join(sorted(value.value for value in values))


def _parted(kind: type[_Value], text: str) -> frozenset[_Value]:
    return frozenset(kind(value) for value in text.split(",") if value)


def recorded_rows(database: Database) -> Iterator[Recorded]:
    """All that the ledger commits to: who takes part, whose exhibits are, and with whom they are shared."""
    alias = database.alias
    yield from map(recorded_agency, models.Agency.objects.using(alias))
    for membership in models.Membership.objects.using(alias):
        yield recorded_membership(membership)
        if membership.ended is not None:
            yield recorded_membership_end(membership)
    yield from map(recorded_ownership, models.Ownership.objects.using(alias))
    for sharing in models.Sharing.objects.using(alias):
        yield recorded_sharing(sharing)
        if sharing.ended is not None:
            yield recorded_sharing_end(sharing)
