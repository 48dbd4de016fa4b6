"""Decisions about files: what officers decided, took back, thought of how a picture came to be, and noted.

What adds a row is called inside a transaction and returns a `Recorded`, as in `registers`. A decision is one row, of as
many files as it is of; the ledger holds them by a digest over theirs.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amparo.domain.canonical import canonical
from amparo.domain.finding import Fact
from amparo.domain.grading import Flag, Grading, Round
from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.registers import Recorded

_KEYS = 500
_COLUMNS = "d.id, d.round, o.name, a.name, d.at, d.vocabulary, d.category, d.meaning, d.flags, d.reason, d.source, w.at"
_JOINED = (
    " JOIN officer o ON o.id = d.officer_id JOIN agency a ON a.id = d.agency_id"
    " LEFT JOIN withdrawal w ON w.grading_id = d.id"
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided, before it is on record."""

    round: Round
    vocabulary: str
    category: str
    meaning: str
    flags: frozenset[Flag] = frozenset()
    reason: str = ""
    source: str = ""
    """Who decided, where it is brought in."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and when it was taken back, if it was."""

    grading: Grading
    withdrawn_at: str | None


def add_grading(
    database: Database,
    decision: Decision,
    files: Iterable[int],
    *,
    operation: int,
    officer: int,
    agency: int,
    at: datetime,
    submission: str,
) -> Recorded:
    """Add a decision about `files`, at least one; raise `Conflict` where the officer submitted it before."""
    wanted = sorted(set(files))
    with database.errors():
        row = models.Grading.objects.using(database.alias).create(
            operation_id=operation,
            officer_id=officer,
            agency_id=agency,
            at=written_time(at),
            round=decision.round.value,
            vocabulary=decision.vocabulary,
            category=decision.category,
            meaning=decision.meaning,
            flags=",".join(sorted(flag.value for flag in decision.flags)),
            reason=decision.reason,
            source=decision.source,
            files=len(wanted),
            files_digest=digest_over(_values(database, wanted)),
            submission=submission,
        )
        models.Graded.objects.using(database.alias).bulk_create(
            (models.Graded(grading_id=row.pk, media_file_id=file) for file in wanted), batch_size=_KEYS
        )
    return recorded_grading(row)


def add_withdrawal(database: Database, grading: int, *, officer: int, at: datetime, reason: str) -> Recorded:
    """Take a decision back; raise `Conflict` where it was."""
    with database.errors():
        row = models.Withdrawal.objects.using(database.alias).create(
            grading_id=grading, officer_id=officer, at=written_time(at), reason=reason
        )
    return recorded_withdrawal(row)


def gradings(database: Database, files: Sequence[int]) -> dict[int, list[Grading]]:
    """The decisions about each of `files`, oldest first, with those that were taken back."""
    return {file: [one.grading for one in said] for file, said in decided(database, files).items()}


def decided(database: Database, files: Sequence[int]) -> dict[int, list[Decided]]:
    """As `gradings`, with the times at which decisions were taken back."""
    found: dict[int, list[Decided]] = {file: [] for file in files}
    query = (
        f"SELECT g.media_file_id, {_COLUMNS} FROM graded g JOIN grading d ON d.id = g.grading_id{_JOINED}"  # noqa: S608
        " WHERE g.media_file_id {keys} ORDER BY d.id"
    )
    with database.errors():
        for start in range(0, len(files), _KEYS):
            for file, *row in matching(database, query, files[start : start + _KEYS]):
                found[file].append(Decided(_grading(row), row[-1]))
    return found


def submitted(database: Database, officer: int, submission: str) -> list[tuple[Grading, frozenset[int]]]:
    """The decisions that an officer submitted under one name, each with its files; empty where there are none."""
    with database.errors():
        rows = database.fetch(
            f"SELECT {_COLUMNS} FROM grading d{_JOINED} WHERE d.officer_id = %s AND d.submission = %s ORDER BY d.id",  # noqa: S608
            (officer, submission),
        )
    return [(_grading(row), frozenset(files_of(database, row[0]))) for row in rows]


def grading(database: Database, number: int) -> Decided | None:
    """One decision by its number."""
    with database.errors():
        rows = database.fetch(f"SELECT {_COLUMNS} FROM grading d{_JOINED} WHERE d.id = %s", (number,))  # noqa: S608
    return Decided(_grading(rows[0]), rows[0][-1]) if rows else None


def files_of(database: Database, number: int) -> list[int]:
    """The files that a decision is of."""
    with database.errors():
        rows = database.fetch(
            "SELECT media_file_id FROM graded WHERE grading_id = %s ORDER BY media_file_id", (number,)
        )
    return [file for (file,) in rows]


def graded_twice(database: Database, *, after: int = 0, differing: bool = False) -> Iterator[list[int]]:
    """The files of which there are two decisions at least, a page at a time, by their numbers.

    With `differing` those only of which not all decisions are for the same category with the same flags.
    """
    parts = " OR ".join(f"count(DISTINCT d.{name}) > 1" for name in ("vocabulary", "category", "flags"))
    having = f"count(*) > 1 AND ({parts})" if differing else "count(*) > 1"
    while True:
        with database.errors():
            rows = database.fetch(
                "SELECT g.media_file_id FROM graded g JOIN grading d ON d.id = g.grading_id"  # noqa: S608
                f" WHERE g.media_file_id > %s GROUP BY g.media_file_id HAVING {having}"
                " ORDER BY g.media_file_id LIMIT %s",
                (after, _KEYS),
            )
        if not rows:
            return
        yield [file for (file,) in rows]
        after = rows[-1][0]


def digest_over(values: Iterable[bytes]) -> bytes:
    """SHA-256 over the SHA-256 of files, sorted."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(value)
    return digest.digest()


def _values(database: Database, files: Sequence[int]) -> list[bytes]:
    query = "SELECT sha256 FROM media_file WHERE id {keys}"
    pages = (files[start : start + _KEYS] for start in range(0, len(files), _KEYS))
    return sorted(bytes(value) for page in pages for (value,) in matching(database, query, page))


def _grading(row: Sequence[Any]) -> Grading:
    number, round_, officer, agency, at, vocabulary, category, meaning, flags, reason, source, withdrawn = row
    return Grading(
        number,
        Round(round_),
        officer,
        agency,
        at,
        vocabulary,
        category,
        meaning,
        frozenset(Flag(flag) for flag in flags.split(",") if flag),
        reason,
        source,
        withdrawn is not None,
    )


def recorded_grading(row: models.Grading) -> Recorded:
    """The row as it is committed to, with its files by their digest."""
    fields: dict[str, Fact] = {
        "operation": row.operation_id,
        "officer": row.officer_id,
        "agency": row.agency_id,
        "at": row.at,
        "round": row.round,
        "vocabulary": row.vocabulary,
        "category": row.category,
        "meaning": row.meaning,
        "flags": row.flags,
        "reason": row.reason,
        "source": row.source,
        "files": str(row.files),
        "files_digest": bytes(row.files_digest).hex(),
        "submission": row.submission,
    }
    return Recorded("grading", row.pk, canonical(fields).decode())


def recorded_withdrawal(row: models.Withdrawal) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "grading": row.grading_id,
        "officer": row.officer_id,
        "at": row.at,
        "reason": row.reason,
    }
    return Recorded("withdrawal", row.pk, canonical(fields).decode())
