"""Which file is with which officer, so that nobody else is given it. Leases come and go; no ledger has them.

Each change is a transaction of its own: there is one writer at a time, so no two officers get one file, and no officer
two of a round.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from amparo.domain.grading import Round
from amparo.records.database import Database

_HELD = "SELECT l.media_file_id, o.name, l.until FROM lease l JOIN officer o ON o.id = l.officer_id"


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """That a file is with an officer."""

    media_file: int
    officer: str
    until_s: float
    """Since 1970."""


def held(database: Database, round_: Round, now_s: float) -> list[LeaseRow]:
    """The leases of a round that go on."""
    with database.errors():
        found = database.fetch(f"{_HELD} WHERE l.round = %s AND l.until > %s", (round_.value, now_s))
    return [LeaseRow(*row) for row in found]


def take(
    database: Database, officer: int, round_: Round, files: Iterable[int], *, now_s: float, until_s: float
) -> int | None:
    """Lease the first of `files` that nobody holds to an officer, in place of what he or she had; `None` for none."""
    with database.errors(), database.transaction(durable=False):
        database.execute(
            "DELETE FROM lease WHERE round = %s AND (until <= %s OR officer_id = %s)", (round_.value, now_s, officer)
        )
        for file in files:
            taken = database.fetch(
                "INSERT INTO lease (media_file_id, round, officer_id, until) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING RETURNING media_file_id",
                (file, round_.value, officer, until_s),
            )
            if taken:
                return file
    return None


def extend(database: Database, officer: int, round_: Round, file: int, *, until_s: float) -> bool:
    """Let a lease of an officer last longer; whether it was still there: `take` ends those whose time has run out."""
    with database.errors(), database.transaction(durable=False):
        return bool(
            database.fetch(
                "UPDATE lease SET until = %s WHERE media_file_id = %s AND round = %s AND officer_id = %s RETURNING id",
                (until_s, file, round_.value, officer),
            )
        )


def release(database: Database, officer: int, file: int | None = None) -> int:
    """End an officer's lease of a file, or all that he or she has; how many those were."""
    condition, of = ("", ()) if file is None else (" AND media_file_id = %s", (file,))
    with database.errors(), database.transaction(durable=False):
        query = f"DELETE FROM lease WHERE officer_id = %s{condition} RETURNING id"  # noqa: S608
        return len(database.fetch(query, (officer, *of)))
