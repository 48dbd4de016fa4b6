"""Tokens, by which programs act for officers. What adds or changes one is called as in `registers`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from amparo.domain.canonical import canonical
from amparo.domain.errors import NotFound
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.domain.need_to_know import Purpose
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token, without itself."""

    id: int
    officer: str
    name: str
    purpose: Purpose
    at: str
    expires: str
    ended: str | None


def add_token(
    database: Database, officer: int, *, name: str, digest: bytes, purpose: Purpose, at: datetime, expires: datetime
) -> Recorded:
    """Add a token by its SHA-256."""
    with database.errors():
        row = models.Token.objects.using(database.alias).create(
            officer_id=officer,
            name=name,
            digest=digest,
            purpose=purpose.value,
            at=written_time(at),
            expires=written_time(expires),
        )
    return recorded_token(row)


def end_token(database: Database, token: int, at: datetime) -> Recorded:
    """Withdraw a token; raise `NotFound` where it is withdrawn."""
    with database.errors():
        row = models.Token.objects.using(database.alias).filter(pk=token, ended=None).first()
        if row is None:
            raise NotFound("No token {token} is in use.", token=token)
        row.ended = written_time(at)
        row.save()
    return recorded_token_end(row)


def tokens(database: Database, officer: str) -> list[TokenRow]:
    """The tokens of an officer, newest first."""
    return _rows(database, "o.name = %s ORDER BY t.id DESC", officer)


def by_digest(database: Database, digest: bytes) -> TokenRow | None:
    """The token with this SHA-256, whether it is in use or not."""
    return next(iter(_rows(database, "t.digest = %s", digest)), None)


def _rows(database: Database, condition: str, value: object) -> list[TokenRow]:
    with database.errors():
        found = database.fetch(
            "SELECT t.id, o.name, t.name, t.purpose, t.at, t.expires, t.ended FROM token t"  # noqa: S608
            f" JOIN officer o ON o.id = t.officer_id WHERE {condition}",
            (value,),
        )
    return [
        TokenRow(id_, officer, name, Purpose(purpose), at, expires, ended)
        for id_, officer, name, purpose, at, expires, ended in found
    ]


def recorded_token(row: models.Token) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "officer": row.officer_id,
        "name": row.name,
        "digest": bytes(row.digest).hex(),
        "purpose": row.purpose,
        "at": row.at,
        "expires": row.expires,
    }
    return Recorded("token", row.pk, canonical(fields).decode())


def recorded_token_end(row: models.Token) -> Recorded:
    """The withdrawal as it is committed to."""
    return Recorded("token.end", row.pk, canonical({"ended": row.ended}).decode())


def recorded_rows(database: Database) -> Iterator[Recorded]:
    """All that the ledger commits to."""
    for row in models.Token.objects.using(database.alias):
        yield recorded_token(row)
        if row.ended is not None:
            yield recorded_token_end(row)
