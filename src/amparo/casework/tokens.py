"""Tokens: how an officer lets a program act for him or her, for one purpose and for some time."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from amparo.domain.errors import AmparoError, NotFound
from amparo.domain.need_to_know import Purpose, Reach
from amparo.records import members, registers
from amparo.records import tokens as records
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.tokens import TokenRow

_PREFIX = "amparo_"
LONGEST_DAYS = 365


class TokenRefused(AmparoError):
    """A token is none, or not in use."""


class MalformedToken(AmparoError, ValueError):
    """A token is wanted that cannot be."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token; it is shown this once."""

    token: str = field(repr=False)
    row: TokenRow


@dataclass(frozen=True, slots=True)
class Bearer:
    """For whom a token acts."""

    officer: str
    purpose: Purpose
    token: int


def issue(
    name: str,
    days: int,
    *,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Issued:
    """Make a token for the officer and the purpose of `reach`, for so many days. Raise `MalformedToken`, `NotFound`."""
    name = name.strip()
    if not name or len(name) > 100:
        raise MalformedToken("Give the token a name of at most 100 characters: what will use it.")
    if not 1 <= days <= LONGEST_DAYS:
        raise MalformedToken("A token is for 1 to {most} days.", most=LONGEST_DAYS)
    token = _PREFIX + secrets.token_urlsafe(32)
    now = clock()
    with database.transaction():
        of = members.member(database, reach.officer)
        if of is None:
            raise NotFound("{officer} is not a member.", officer=reach.officer)
        recorded = records.add_token(
            database,
            of.officer_id,
            name=name,
            digest=_digest(token),
            purpose=reach.purpose,
            at=now,
            expires=now + timedelta(days=days),
        )
        ledger.append(
            "token.issue", {"token": recorded.id}, {"officer": reach.officer, **registers.committed(recorded)}
        )
        ledger.sign_head()
    return Issued(token, next(row for row in records.tokens(database, reach.officer) if row.id == recorded.id))


def withdraw(token: int, *, reach: Reach, database: Database, ledger: Ledger, clock: Callable[[], datetime]) -> None:
    """Withdraw one of the officer's tokens; raise `NotFound`."""
    with database.transaction():
        if token not in {row.id for row in records.tokens(database, reach.officer)}:
            raise NotFound("There is no token {token}.", token=token)
        recorded = records.end_token(database, token, clock())
        ledger.append("token.withdraw", {"token": token}, {"officer": reach.officer, **registers.committed(recorded)})
        ledger.sign_head()


def tokens(*, reach: Reach, database: Database) -> Sequence[TokenRow]:
    """The officer's tokens, newest first."""
    return records.tokens(database, reach.officer)


def bearer(token: str, *, database: Database, at: datetime) -> Bearer:
    """For whom a token acts now; raise `TokenRefused`."""
    found = records.by_digest(database, _digest(token)) if token.startswith(_PREFIX) else None
    if found is None:
        raise TokenRefused("This is no token of this workbench: make one on the screen of tokens.")
    of = members.member(database, found.officer)
    if of is None or not of.can_log_in:
        raise TokenRefused("Its officer is no member any more.")
    if found.ended is not None:
        raise TokenRefused("This token was withdrawn: make another on the screen of tokens.")
    if datetime.fromisoformat(found.expires).astimezone(UTC) <= at:
        raise TokenRefused("This token has expired: make another on the screen of tokens.")
    return Bearer(found.officer, found.purpose, found.id)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
