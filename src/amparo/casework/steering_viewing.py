"""What those do who answer for reviewers: lay down how far they may look and how much, and see how much they bear.

Load is shown by day, by how severe it was, and by officer in the order of names. It is never a ranking: seeing much is
no merit, seeing little no fault.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from amparo.casework.burdens import as_decided
from amparo.casework.disclose import NoReason
from amparo.casework.officers import officer_of
from amparo.casework.own_members import ChangedMeanwhile
from amparo.casework.viewing import exposure_of, policy_of
from amparo.domain.errors import NotFound
from amparo.domain.exposure import Amount, Burden, Exposure, Policy
from amparo.domain.need_to_know import ALLOWED, Act, Reach
from amparo.records import looks as records
from amparo.records import members, queries, registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.members import Member

MOST_DAYS = 92
_LOOKS = frozenset({Act.OPEN_ORIGINAL, Act.REVIEW})


@dataclass(frozen=True, slots=True)
class LaidDown:
    """A policy that stands."""

    officer: str
    """Whose; empty for all who have none of their own."""
    policy: Policy
    by: str
    at: str
    reason: str
    number: int
    """Of the policy among all that were ever laid down."""


@dataclass(frozen=True, slots=True)
class LoadOfDay:
    """What an officer saw unveiled on a day, of files of one burden."""

    officer: str
    day: date
    burden: Burden
    seen: Amount


@dataclass(frozen=True, slots=True)
class LoadOfOfficer:
    """How it stands with an officer now."""

    officer: str
    display: str
    exposure: Exposure
    own_policy: bool


@dataclass(frozen=True, slots=True)
class Load:
    """What those who look bear."""

    days: Sequence[date]
    """Oldest first, without gaps, in the time zone of the operation's policy."""
    zone: str
    rows: Sequence[LoadOfDay]
    """Where anything was seen: by day, then by the names of officers."""
    officers: Sequence[LoadOfOfficer]
    """By name: all who may look."""

    def by_day(self) -> Mapping[date, Mapping[Burden, Amount]]:
        """What all of them together saw; a file that two saw counts twice, for it was seen twice."""
        together: dict[date, dict[Burden, Amount]] = {day: dict.fromkeys(Burden, Amount()) for day in self.days}
        for row in self.rows:
            before = together[row.day][row.burden]
            together[row.day][row.burden] = Amount(before.files + row.seen.files, before.seconds + row.seen.seconds)
        return together


def lay_down(
    policy: Policy,
    officer: str = "",
    *,
    reason: str,
    seen: int | None = None,
    by: str,
    reach: Reach | None,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> LaidDown:
    """Let a policy count from now on: of one officer of one's own agency, or of all who have none of their own.

    `seen` is the number of the policy that was shown, 0 where none was. Without `reach`, whoever holds the workbench's
    key does it. Raise `Forbidden`, `NotFound`, `NoReason`, or `ChangedMeanwhile` where another stands than was seen.
    """
    if reach is not None:
        reach.require(Act.STEER_REVIEW)
    if not reason.strip():
        raise NoReason("Say why this policy is laid down: give a reason.")
    with database.transaction():
        subject = _member(officer, reach, database).officer_id if officer else None
        if seen is not None and seen != (before.number if (before := _of(officer, database)) else 0):
            raise ChangedMeanwhile("Somebody laid down another policy meanwhile: look at it, then send yours again.")
        own, added = officer_of(database, by)
        laid = records.add_policy(
            database,
            queries.only_operation(database),
            subject,
            officer=own,
            at=clock(),
            policy=str(policy),
            reason=reason,
        )
        personal = {"officer": by, "reason": reason, **({"subject": officer} if officer else {})}
        ledger.append("viewing.lay-down", {"policy": laid.id}, {**personal, **registers.committed(*added, laid)})
        ledger.sign_head()
    laid_down = _of(officer, database)
    if laid_down is None:
        raise NotFound("The policy that was just laid down is not there: run amparo verify.")
    return laid_down


def policies(*, reach: Reach | None, database: Database) -> list[LaidDown]:
    """The policies that stand: that of the operation, then those of officers of one's own agency, by name.

    Raise `Forbidden`.
    """
    if reach is not None:
        reach.require(Act.STEER_REVIEW)
    own = {member.officer for member in _members(reach, database)}
    return [each for each in _standing(database) if not each.officer or each.officer in own]


def policy_for(officer: str = "", *, reach: Reach | None, database: Database) -> tuple[Policy, LaidDown | None]:
    """What counts for an officer of one's own agency, or for all others; and what was laid down for just them, if so.

    Raise `Forbidden`, `NotFound`.
    """
    if reach is not None:
        reach.require(Act.STEER_REVIEW)
    if officer:
        _member(officer, reach, database)
    return policy_of(officer, database), _of(officer, database)


def load(days: int = 14, *, reach: Reach | None, database: Database, clock: Callable[[], datetime]) -> Load:
    """What officers of one's own agency saw unveiled in the last days, today among them. Raise `Forbidden`."""
    if reach is not None:
        reach.require(Act.STEER_REVIEW)
    days, now = max(1, min(days, MOST_DAYS)), clock()
    of_all = policy_of("", database)
    zone = ZoneInfo(of_all.zone)
    today = now.astimezone(zone).date()
    shown = [today - timedelta(days=before) for before in range(days - 1, -1, -1)]
    since = of_all.day_of(now) - timedelta(days=days)
    own = {each.officer for each in _standing(database)}
    rows, officers = [], []
    for member in _members(reach, database):
        files: dict[tuple[date, Burden], set[int]] = defaultdict(set)
        seconds: dict[tuple[date, Burden], int] = defaultdict(int)
        looks = [look.seen for look in records.looks_since(database, since, member.officer_id)]
        for seen in as_decided(looks, database):
            key = seen.at.astimezone(zone).date(), seen.burden
            files[key].add(seen.file)
            seconds[key] += seen.seconds(now)
        rows += [
            LoadOfDay(member.officer, *key, Amount(len(different), seconds[key]))
            for key, different in files.items()
            if key[0] in shown
        ]
        stands = exposure_of(member.officer, member.officer_id, database, now)
        officers.append(LoadOfOfficer(member.officer, member.display, stands, member.officer in own))
    order = list(Burden)
    rows.sort(key=lambda row: (row.day, row.officer, order.index(row.burden)))
    return Load(shown, of_all.zone, rows, officers)


def _of(officer: str, database: Database) -> LaidDown | None:
    """The policy of an officer's own, or of all others."""
    return next((each for each in _standing(database) if each.officer == officer), None)


def _standing(database: Database) -> list[LaidDown]:
    return [
        LaidDown(row.subject, Policy.parse(row.policy), row.officer, row.at, row.reason, row.id)
        for row in records.standing_policies(database)
    ]


def _members(reach: Reach | None, database: Database) -> list[Member]:
    """Who may look, of one's own agency, by name."""
    found = [
        member
        for member in members.members(database)
        if (reach is None or member.agency == reach.agency)
        and any(not _LOOKS.isdisjoint(ALLOWED[role]) for role in member.roles)
    ]
    return sorted(found, key=lambda member: member.officer)


def _member(officer: str, reach: Reach | None, database: Database) -> Member:
    for member in _members(reach, database):
        if member.officer == officer:
            return member
    raise NotFound(
        "{officer} is no member of your agency who may look at files: see `amparo members`.", officer=officer
    )
