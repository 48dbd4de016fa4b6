"""Looking at what is unveiled: who may, how far, how much in a day; and what closes it again.

Each look asks the policy of the officer, is counted and stands in the ledger before a byte of it leaves. An officer has
one look at a time: the next one, `close` and `panic` end it, and by itself it ends after as long as it was allowed to
last. How long it lasted is measured here, by the clock of the server, and never said by a client.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from amparo.casework import burdens, previews
from amparo.casework.disclose import NoReason
from amparo.casework.previews import NoPreview
from amparo.casework.standing_order import LeftOut
from amparo.domain.errors import NotFound
from amparo.domain.exposure import Burden, Exposure, Level, NotAgain, Policy
from amparo.domain.need_to_know import Act, Forbidden, Reach
from amparo.domain.sealing import SealingKey
from amparo.exchange.veil import unveiled
from amparo.records import leases, queries, registers
from amparo.records import looks as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.one_file import file_row

_BEFORE_TODAY = timedelta(hours=12)
"""Looks of so long before today are asked for too: a break that is due at midnight is due after it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A JPEG to be looked at, held in memory only, and for how long."""

    jpeg: bytes = field(repr=False)
    level: Level
    seconds: int
    """After so many it is to be veiled again; no more are counted. 0 for what is veiled."""
    exposure: Exposure | None
    """How it stands with the officer now, this file counted; `None` for what is veiled, which is not."""


@dataclass(frozen=True, slots=True)
class Calmed:
    """What the panic key ended."""

    looks: int
    leases: int
    """Files that went back to the queue."""


def policy(*, reach: Reach, database: Database) -> Policy:
    """The policy of the officer: his or her own, else that of the operation, else the default, which allows nothing."""
    return policy_of(reach.officer, database)


def policy_of(officer: str, database: Database) -> Policy:
    """The same of an officer by name."""
    standing = {row.subject: row.policy for row in records.standing_policies(database)}
    written = standing.get(officer, standing.get(""))
    return Policy() if written is None else Policy.parse(written)


def exposure(*, reach: Reach, database: Database, clock: Callable[[], datetime]) -> Exposure:
    """How much the officer has seen today, and whether a break is due, by what he or she may know of the files."""
    return exposure_of(reach.officer, _officer(reach.officer, database), database, clock(), reach)


def exposure_of(officer: str, number: int, database: Database, now: datetime, reach: Reach | None = None) -> Exposure:
    """The same of an officer by name and number; by all that is known of the files, without `reach`."""
    wanted = policy_of(officer, database)
    found = records.looks_since(database, wanted.day_of(now) - _BEFORE_TODAY, number)
    return Exposure.of(wanted, burdens.as_decided([look.seen for look in found], database, reach), now)


def look(
    file: int,
    level: Level,
    *,
    reason: str = "",
    again: bool = False,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    clock: Callable[[], datetime],
) -> Shown:
    """The preview of a file as far as `level` unveils it; whatever was open before is closed.

    A reason is given, unless the queue gave the file to this officer and it is with him or her still. What two decided
    alike, or was settled, is shown `again` only, with a reason. Raise `NoReason`, `NotFound`, `NoPreview`; `Forbidden`
    where role or policy do not allow it, and of that `BudgetSpent`, `BreakDue` or `NotAgain`.
    """
    if level is Level.VEILED:
        return Shown(previews.preview(file, reach=reach, database=database, key=key).jpeg, level, 0, None)
    if level is Level.ORIGINAL:
        raise Forbidden("An original is no preview: it leaves by an act of its own, with a reason.")
    _may(file, level, reason, again, reach, database, clock())
    policy(reach=reach, database=database).require(level)  # before anything is decoded; the rest is asked by `begin`
    jpeg = unveiled(previews.opened(file, database, key), level)
    if jpeg is None:
        raise NoPreview("The preview is damaged: run amparo verify.")
    seconds = begin(file, level, reason=reason, again=again, reach=reach, database=database, ledger=ledger, clock=clock)
    return Shown(jpeg, level, seconds, exposure(reach=reach, database=database, clock=clock))


def require(
    file: int,
    level: Level,
    *,
    reason: str,
    again: bool = False,
    reach: Reach,
    database: Database,
    clock: Callable[[], datetime],
) -> int:
    """For how many seconds a file may be unveiled now. Raise as `look`."""
    now = clock()
    number = _may(file, level, reason, again, reach, database, now)
    stands = exposure_of(reach.officer, number, database, now)
    seconds = stands.allowed_s(file, burdens.burden_of(file, database), level)
    if not again and burdens.is_settled(file, database):
        raise NotAgain("What this file is, is decided: see it again only if you have to, and say why.")
    return seconds


def begin(
    file: int,
    level: Level,
    *,
    reason: str,
    again: bool = False,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> int:
    """Count a look and record it; for how many seconds it may be. Raise as `look`.

    Asked and counted in one transaction: however many browsers ask at once, no budget is exceeded.
    """
    with database.transaction():
        seconds = require(file, level, reason=reason, again=again, reach=reach, database=database, clock=clock)
        number, now = _officer(reach.officer, database), clock()
        ended = records.end_looks(database, number, now)
        began = records.begin_look(
            database,
            file,
            officer=number,
            at=now,
            level=level,
            burden=records.stated_burden(database, file),
            most_s=seconds,
        )
        ledger.append(
            "file.unveil",
            {"file": file, "level": level.value, "again": again, "purpose": reach.purpose.value},
            {"officer": reach.officer, "reason": reason, **registers.committed(began, *ended)},
        )
        ledger.sign_head()
    return seconds


def close(
    file: int | None = None,
    *,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> int:
    """Veil what the officer has open, or has open of one file; how many looks that ended. Closed twice is closed."""
    with database.transaction():
        number = queries.officer_id(database, reach.officer)
        ended = [] if number is None else records.end_looks(database, number, clock(), file)
        if ended:
            ledger.append("file.veil", {"looks": len(ended)}, {"officer": reach.officer, **registers.committed(*ended)})
            ledger.sign_head()
    return len(ended)


def panic(*, reach: Reach, database: Database, ledger: Ledger, clock: Callable[[], datetime]) -> Calmed:
    """Veil all at once and give every file back to the queue. The ledger has it as a fact; nobody is asked why."""
    with database.transaction():
        number = queries.officer_id(database, reach.officer)
        if number is None:
            return Calmed(0, 0)
        ended = records.end_looks(database, number, clock())
        calmed = Calmed(len(ended), leases.release(database, number))
        ledger.append(
            "viewing.panic",
            {"looks": calmed.looks, "leases": calmed.leases},
            {"officer": reach.officer, **registers.committed(*ended)},
        )
        ledger.sign_head()
    return calmed


def left_out(*, reach: Reach, database: Database, clock: Callable[[], datetime]) -> LeftOut | None:
    """What says which files the queue leaves out for this officer now: severe ones, just after one or with no budget.

    `None` where nothing is to be left out.
    """
    stands = exposure_of(reach.officer, _officer(reach.officer, database), database, clock())
    left = stands.left(Burden.SEVERE)
    if not stands.others_first and left.files and left.seconds:
        return None
    return partial(burdens.severe_among, database=database)


def _may(file: int, level: Level, reason: str, again: bool, reach: Reach, database: Database, now: datetime) -> int:
    """The number of the officer, who may see the file unveiled as far as role, reach and reason go. Raise as `look`."""
    reach.require(Act.OPEN_ORIGINAL)
    file_row(database, file, reach.acquisitions)
    number = _officer(reach.officer, database)
    if not reason.strip():
        deliberate = again or level is Level.ORIGINAL
        if deliberate or not records.is_leased(database, file, number, now):
            raise NoReason("Say why this file is to be seen: give a reason.")
    return number


def _officer(name: str, database: Database) -> int:
    number = queries.officer_id(database, name)
    if number is None:
        raise NotFound("There is no officer {name}.", name=name)
    return number
