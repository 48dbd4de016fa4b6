"""What officers say of a file beside its category: how it came to be, and notes.

What adds one is called as in `registers`. An assessment stands beside what was measured, and beside those of others;
the last one of each officer counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amparo.domain.canonical import canonical
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.domain.origin import Claim
from amparo.records import models
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.registers import Recorded

_KEYS = 500


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an officer thinks of how a picture came to be."""

    number: int
    file: int
    officer: str
    agency: str
    at: str
    claim: Claim | None
    """`None`: he or she cannot say."""
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """What an officer wrote about a file."""

    number: int
    file: int
    officer: str
    agency: str
    at: str
    text: str


def add_assessment(
    database: Database,
    file: int,
    *,
    officer: int,
    agency: int,
    at: datetime,
    claim: Claim | None,
    reason: str,
    submission: str,
) -> Recorded:
    """Add an assessment; raise `Conflict` where the officer submitted it before."""
    with database.errors():
        row = models.Assessment.objects.using(database.alias).create(
            media_file_id=file,
            officer_id=officer,
            agency_id=agency,
            at=written_time(at),
            claim=claim.value if claim is not None else "",
            reason=reason,
            submission=submission,
        )
    return recorded_assessment(row)


def add_note(
    database: Database, file: int, *, officer: int, agency: int, at: datetime, text: str, submission: str
) -> Recorded:
    """Add a note; raise `Conflict` where the officer submitted it before."""
    with database.errors():
        row = models.Note.objects.using(database.alias).create(
            media_file_id=file,
            officer_id=officer,
            agency_id=agency,
            at=written_time(at),
            text=text,
            submission=submission,
        )
    return recorded_note(row)


def assessments(database: Database, files: Sequence[int]) -> list[Assessment]:
    """All assessments of these files, oldest first."""
    return [
        Assessment(number, file, officer, agency, at, Claim(claim) if claim else None, reason)
        for number, file, officer, agency, at, claim, reason in _rows(database, "assessment", "claim, r.reason", files)
    ]


def notes(database: Database, files: Sequence[int]) -> list[Note]:
    """All notes about these files, oldest first."""
    return [Note(*row) for row in _rows(database, "note", "text", files)]


def submitted(database: Database, table: str, officer: int, submission: str) -> int | None:
    """The number of what an officer submitted under this name to `assessment` or `note`."""
    with database.errors():
        rows = database.fetch(
            f"SELECT id FROM {table} WHERE officer_id = %s AND submission = %s",  # noqa: S608
            (officer, submission),
        )
    return int(rows[0][0]) if rows else None


def _rows(database: Database, table: str, columns: str, files: Sequence[int]) -> list[tuple[Any, ...]]:
    query = (
        f"SELECT r.id, r.media_file_id, o.name, a.name, r.at, r.{columns} FROM {table} r"  # noqa: S608
        " JOIN officer o ON o.id = r.officer_id JOIN agency a ON a.id = r.agency_id WHERE r.media_file_id {keys}"
    )
    with database.errors():
        pages = (files[start : start + _KEYS] for start in range(0, len(files), _KEYS))
        return sorted(row for page in pages for row in matching(database, query, page))


def recorded_assessment(row: models.Assessment) -> Recorded:
    """The row as it is committed to."""
    return Recorded("assessment", row.pk, _text(row, claim=row.claim, reason=row.reason))


def recorded_note(row: models.Note) -> Recorded:
    """The row as it is committed to."""
    return Recorded("note", row.pk, _text(row, text=row.text))


def _text(row: models.Assessment | models.Note, **said: str) -> str:
    fields: dict[str, Fact] = {
        "media_file": str(row.media_file_id),
        "officer": row.officer_id,
        "agency": row.agency_id,
        "at": row.at,
        "submission": row.submission,
        **said,
    }
    return canonical(fields).decode()
