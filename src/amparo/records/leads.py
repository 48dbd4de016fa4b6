"""Leads and what became of them. What adds one is called as in `registers`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amparo.domain.canonical import canonical
from amparo.domain.finding import Fact
from amparo.domain.leads import Region, Status, read, written
from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.bulk import matching
from amparo.records.database import Database
from amparo.records.registers import Recorded

_KEYS = 500
_LEADS = (
    "SELECT l.id, l.media_file_id, l.text, l.region, o.name, a.name, l.at, coalesce(s.status, 'new'),"
    " coalesce(s.at, l.at), coalesce(n.name, o.name), coalesce(s.text, '') FROM lead l"
    " JOIN officer o ON o.id = l.officer_id JOIN agency a ON a.id = l.agency_id"
    " LEFT JOIN lead_step s ON s.id = (SELECT max(id) FROM lead_step t WHERE t.lead_id = l.id)"
    " LEFT JOIN officer n ON n.id = s.officer_id"
)


@dataclass(frozen=True, slots=True)
class Lead:
    """Something that was marked, and how it stands."""

    number: int
    file: int
    text: str
    region: Region | None
    """Where on the picture; `None` for all of it."""
    officer: str
    agency: str
    at: str
    status: Status
    since: str
    """Since when it stands so …"""
    by: str
    """… and who said so …"""
    said: str
    """… in these words."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that became of a lead."""

    number: int
    officer: str
    at: str
    status: Status
    text: str


def add_lead(
    database: Database,
    file: int,
    *,
    officer: int,
    agency: int,
    at: datetime,
    text: str,
    region: Region | None,
    submission: str,
) -> Recorded:
    """Add a lead; raise `Conflict` where the officer submitted it before."""
    with database.errors():
        row = models.Lead.objects.using(database.alias).create(
            media_file_id=file,
            officer_id=officer,
            agency_id=agency,
            at=written_time(at),
            text=text,
            region=written(region),
            submission=submission,
        )
    return recorded_lead(row)


def add_step(
    database: Database, lead: int, *, officer: int, at: datetime, status: Status, text: str, submission: str
) -> Recorded:
    """Add what became of a lead; raise `Conflict` where the officer submitted it before."""
    with database.errors():
        row = models.LeadStep.objects.using(database.alias).create(
            lead_id=lead, officer_id=officer, at=written_time(at), status=status.value, text=text, submission=submission
        )
    return recorded_step(row)


def lead(database: Database, number: int) -> Lead | None:
    """A lead by its number."""
    return next(iter(_leads(database, "WHERE l.id = %s", (number,))), None)


def leads(database: Database, *, after: int = 0, status: Status | None = None, limit: int) -> list[Lead]:
    """At most `limit` leads with numbers above `after`, in the order in which they were marked."""
    wanted = "" if status is None else " AND coalesce(s.status, 'new') = %s"
    values = (after,) if status is None else (after, status.value)
    return _leads(database, f"WHERE l.id > %s{wanted} ORDER BY l.id LIMIT {int(limit)}", values)


def leads_of(database: Database, files: Sequence[int]) -> list[Lead]:
    """All leads on these files."""
    pages = (files[start : start + _KEYS] for start in range(0, len(files), _KEYS))
    with database.errors():
        rows = [row for page in pages for row in matching(database, f"{_LEADS} WHERE l.media_file_id {{keys}}", page)]
    return sorted(map(_lead, rows), key=lambda one: one.number)


def steps(database: Database, number: int) -> list[Step]:
    """What became of a lead, oldest first."""
    with database.errors():
        rows = database.fetch(
            "SELECT s.id, o.name, s.at, s.status, s.text FROM lead_step s JOIN officer o ON o.id = s.officer_id"
            " WHERE s.lead_id = %s ORDER BY s.id",
            (number,),
        )
    return [Step(id_, officer, at, Status(status), text) for id_, officer, at, status, text in rows]


def submitted_lead(database: Database, officer: int, submission: str) -> Lead | None:
    """What an officer marked under this name."""
    return next(iter(_leads(database, "WHERE l.officer_id = %s AND l.submission = %s", (officer, submission))), None)


def submitted_step(database: Database, officer: int, submission: str) -> tuple[int, Status, str] | None:
    """The lead, the status and the text of the step that an officer took under this name."""
    with database.errors():
        rows = database.fetch(
            "SELECT lead_id, status, text FROM lead_step WHERE officer_id = %s AND submission = %s",
            (officer, submission),
        )
    return (rows[0][0], Status(rows[0][1]), rows[0][2]) if rows else None


def _leads(database: Database, condition: str, values: Sequence[object]) -> list[Lead]:
    with database.errors():
        return list(map(_lead, database.fetch(f"{_LEADS} {condition}", values)))


def _lead(row: Sequence[Any]) -> Lead:
    number, file, text, region, officer, agency, at, status, since, by, said = row
    return Lead(number, file, text, read(region), officer, agency, at, Status(status), since, by, said)


def recorded_lead(row: models.Lead) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "media_file": str(row.media_file_id),
        "officer": row.officer_id,
        "agency": row.agency_id,
        "at": row.at,
        "text": row.text,
        "region": row.region,
        "submission": row.submission,
    }
    return Recorded("lead", row.pk, canonical(fields).decode())


def recorded_step(row: models.LeadStep) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "lead": row.lead_id,
        "officer": row.officer_id,
        "at": row.at,
        "status": row.status,
        "text": row.text,
        "submission": row.submission,
    }
    return Recorded("lead_step", row.pk, canonical(fields).decode())
