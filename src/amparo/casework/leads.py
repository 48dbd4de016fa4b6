"""Mark what on a picture may lead to the people or the place that it shows, and say what became of it.

Whoever identifies victims works by the list of leads: what was marked, where on the picture, and how it stands.
"""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime

from amparo.casework.disclose import NoReason
from amparo.casework.submissions import SubmittedOtherwise, member_of, named, text_of
from amparo.domain.errors import NotFound
from amparo.domain.leads import MalformedLead, Region, Status
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sentence import Sentence
from amparo.exchange.cells import cell
from amparo.records import leads as records
from amparo.records import one_file, registers
from amparo.records.database import Database
from amparo.records.leads import Lead, Step
from amparo.records.ledger import Ledger

COLUMNS = ("lead", "file", "place", "status", "text", "region", "officer", "agency", "at", "since", "by", "said")
_PAGE_ROWS = 500


def mark(
    file: int,
    text: str,
    region: Region | None = None,
    *,
    submission: str = "",
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Lead:
    """Mark a lead on a picture: a part of it, or all.

    Raise `Forbidden`, `NotFound`, `MalformedLead`, `MalformedGrading`, `SubmittedOtherwise`.
    """
    reach.require(Act.REVIEW)
    one_file.file_row(database, file, reach.acquisitions)
    text = text_of(text, Sentence("lead"))
    if not text:
        raise MalformedLead("Say what is to be seen: 'uniform badge', 'view from the window'.")
    of, name = member_of(reach, database), named(submission)
    with database.transaction():
        found = records.submitted_lead(database, of.officer_id, name)
        if found is not None:
            if (found.file, found.text, found.region) != (file, text, region):
                raise SubmittedOtherwise
            return found
        recorded = records.add_lead(
            database, file, officer=of.officer_id, agency=of.agency_id, at=clock(), text=text, region=region,
            submission=name,
        )  # fmt: skip
        ledger.append(
            "lead.mark",
            {"file": file, "lead": recorded.id},
            {"officer": reach.officer, **registers.committed(recorded)},
        )
        ledger.sign_head()
    return _lead(recorded.id, reach, database)


def step(
    number: int,
    status: Status,
    text: str = "",
    *,
    submission: str = "",
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Lead:
    """Say how a lead stands from now on, and why where it ends.

    Raise `Forbidden`, `NotFound`, `NoReason`, `MalformedGrading`, `SubmittedOtherwise`.
    """
    reach.require(Act.FOLLOW_LEADS)
    _lead(number, reach, database)
    text = text_of(text, Sentence("text"))
    if status in (Status.HELPED, Status.EXHAUSTED) and not text:
        raise NoReason("Say what came of this lead, so that nobody follows it once more for nothing.")
    of, name = member_of(reach, database), named(submission)
    with database.transaction():
        before = records.submitted_step(database, of.officer_id, name)
        if before is None:
            recorded = records.add_step(
                database, number, officer=of.officer_id, at=clock(), status=status, text=text, submission=name
            )
            ledger.append(
                "lead.step",
                {"lead": number, "step": recorded.id},
                {"officer": reach.officer, **registers.committed(recorded)},
            )
            ledger.sign_head()
        elif before != (number, status, text):
            raise SubmittedOtherwise
    return _lead(number, reach, database)


def leads(
    *, status: Status | None = None, after: int = 0, limit: int = 100, reach: Reach, database: Database
) -> list[Lead]:
    """At most `limit` leads on files that may be seen, with numbers above `after`, as they were marked.

    Raise `Forbidden`.
    """
    reach.require(Act.SEE_EVIDENCE)
    found: list[Lead] = []
    while len(found) < limit:
        page = records.leads(database, after=after, status=status, limit=_PAGE_ROWS)
        visible = one_file.visible(database, [one.file for one in page], reach.acquisitions)
        found += [one for one in page if one.file in visible]
        if len(page) < _PAGE_ROWS:
            break
        after = page[-1].number
    return found[:limit]


def leads_of(file: int, *, reach: Reach, database: Database) -> list[Lead]:
    """The leads on one file, as they were marked. Raise `Forbidden`, `NotFound`."""
    reach.require(Act.SEE_EVIDENCE)
    one_file.file_row(database, file, reach.acquisitions)
    return records.leads_of(database, [file])


def steps(number: int, *, reach: Reach, database: Database) -> list[Step]:
    """What became of a lead, oldest first. Raise `Forbidden`, `NotFound`."""
    reach.require(Act.SEE_EVIDENCE)
    _lead(number, reach, database)
    return records.steps(database, number)


def export(
    *, status: Status | None = None, reason: str, reach: Reach, database: Database, ledger: Ledger
) -> Iterator[str]:
    """The leads as CSV, a line at a time, for those who identify victims; logged before the first one.

    Raise `Forbidden`, `NoReason`.
    """
    reach.require(Act.EXPORT)
    if not text_of(reason, Sentence("reason")):
        raise NoReason("Say why this list leaves the workbench: give a reason.")
    with database.transaction():
        ledger.append(
            "marks.export",
            {"status": status.value if status is not None else None, "purpose": reach.purpose.value},
            {"officer": reach.officer, "reason": reason},
        )
        ledger.sign_head()
    return _csv(status, reach, database)


def _csv(status: Status | None, reach: Reach, database: Database) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    after = 0
    while page := leads(status=status, after=after, limit=_PAGE_ROWS, reach=reach, database=database):
        for lead in page:
            writer.writerow(map(cell, row_of(lead, reach, database).values()))
            yield line.getvalue()
            line.seek(0)
            line.truncate()
        after = page[-1].number
    yield line.getvalue()


def row_of(lead: Lead, reach: Reach, database: Database) -> dict[str, str | int]:
    """A lead as a row of a list, by `COLUMNS`."""
    places = one_file.places(database, lead.file, reach.acquisitions, limit=1)
    return {
        "lead": lead.number,
        "file": lead.file,
        "place": places[0].item_path if places else "",
        "status": lead.status.value,
        "text": lead.text,
        "region": str(lead.region or ""),
        "officer": lead.officer,
        "agency": lead.agency,
        "at": lead.at,
        "since": lead.since,
        "by": lead.by,
        "said": lead.said,
    }


def _lead(number: int, reach: Reach, database: Database) -> Lead:
    found = records.lead(database, number) if 0 < number < 2**63 else None
    if found is None or not one_file.visible(database, [found.file], reach.acquisitions):
        raise NotFound("There is no lead {number}.", number=number)
    return found
