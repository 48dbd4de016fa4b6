"""The registers of a workbench: operations, officers, exhibits, acquisitions, runs.

Whatever adds to a register is called inside a transaction and returns a `Recorded`, whose text the caller commits to
in the ledger's entry of its act: `ledger.append(act, public, personal=committed(exhibit, acquisition))`. So
`amparo verify` holds each row of a register against the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from amparo.domain.canonical import canonical
from amparo.domain.errors import NotFound
from amparo.domain.finding import Fact
from amparo.domain.item_path import escape
from amparo.domain.ledger import written_time
from amparo.domain.plan import ContainerAddress
from amparo.records import models
from amparo.records.bulk import insert, next_ids
from amparo.records.database import Database
from amparo.records.retrial import last_statement
from amparo.records.rows import CONTAINER, path_digest


class Outcome(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of a register."""

    register: str
    """Which one, and which part of the row: `exhibit`, `run`, `run.end` …"""
    id: int
    text: str
    """Canonical JSON of the row."""


def committed(*recorded: Recorded) -> Mapping[str, str]:
    """The personal values that the ledger's entry of an act takes for the rows that it added."""
    return {f"{row.register}:{row.id}": row.text for row in recorded}


def add_operation(database: Database, name: str) -> Recorded:
    """Add an operation; raise `Conflict` where the name is taken."""
    with database.errors():
        row = models.Operation.objects.using(database.alias).create(name=name)
    return recorded_operation(row)


def add_officer(database: Database, name: str, display: str) -> Recorded:
    """Add an officer under a short name; raise `Conflict` where it is taken."""
    with database.errors():
        row = models.Officer.objects.using(database.alias).create(name=name, display=display)
    return recorded_officer(row)


def add_exhibit(database: Database, operation: int, number: str) -> Recorded:
    """Add an exhibit; raise `Conflict` where the operation has one of that number."""
    with database.errors():
        row = models.Exhibit.objects.using(database.alias).create(operation_id=operation, number=number)
    return recorded_exhibit(row)


def add_acquisition(
    database: Database,
    exhibit: int,
    root: str,
    container: ContainerAddress,
    *,
    size_bytes: int | None,
    at: datetime,
    facts: Mapping[str, Fact],
) -> Recorded:
    """Add a reading of an exhibit, and the container that its `root` is opened as.

    `facts` hold what the acquisition says of itself and how it is examined: stored digests, header, analyzers.
    """
    with database.errors():
        row = models.Acquisition.objects.using(database.alias).create(
            exhibit_id=exhibit,
            root=escape(root),
            kind=container.kind,
            size_bytes=size_bytes,
            at=written_time(at),
            facts=canonical(facts).decode(),
        )
        address = str(container)
        number = next_ids(database)[CONTAINER.name]
        digest = path_digest(address)
        insert(database, CONTAINER, [(number, row.pk, digest, address, container.kind, None, 0, "pending")])
    return recorded_acquisition(row, address)


def begin_run(database: Database, acquisition: int, officer: int, at: datetime) -> Recorded:
    """Add a sitting of an examination."""
    with database.errors():
        row = models.Run.objects.using(database.alias).create(
            acquisition_id=acquisition, officer_id=officer, started=written_time(at)
        )
    return recorded_run(row)


def end_run(database: Database, run: int, at: datetime, outcome: Outcome) -> Recorded:
    """Record how a run ended; raise `NotFound` where no such run goes on."""
    with database.errors():
        row = models.Run.objects.using(database.alias).filter(pk=run, ended=None).first()
        if row is None:
            raise NotFound("The workbench has no run {run} that goes on.", run=run)
        row.ended, row.outcome = written_time(at), outcome.value
        row.save()
    return recorded_run_end(row)


def begin_retry(database: Database, acquisition: int, run: int, facts: Mapping[str, Fact]) -> Recorded:
    """Record that `run` begins to try again what could not be examined so far; `facts` as for an acquisition."""
    with database.errors():
        last = last_statement(database)
        row = models.Retry.objects.using(database.alias).create(
            acquisition_id=acquisition, run_id=run, last_statement=last, facts=canonical(facts).decode()
        )
    return recorded_retry(row)


def recorded_operation(row: models.Operation) -> Recorded:
    """The row as it is committed to."""
    return _recorded("operation", row.pk, {"name": row.name})


def recorded_officer(row: models.Officer) -> Recorded:
    """The row as it is committed to."""
    return _recorded("officer", row.pk, {"name": row.name, "display": row.display})


def recorded_exhibit(row: models.Exhibit) -> Recorded:
    """The row as it is committed to."""
    return _recorded("exhibit", row.pk, {"operation": row.operation_id, "number": row.number})


def recorded_acquisition(row: models.Acquisition, container: str) -> Recorded:
    """The row as it is committed to, with the address of its outermost container."""
    size = None if row.size_bytes is None else str(row.size_bytes)
    fields: dict[str, Fact] = {"exhibit": row.exhibit_id, "root": row.root, "kind": row.kind, "size": size}
    return _recorded("acquisition", row.pk, {**fields, "at": row.at, "facts": row.facts, "container": container})


def recorded_run(row: models.Run) -> Recorded:
    """The start of the run as it is committed to."""
    fields: dict[str, Fact] = {"acquisition": row.acquisition_id, "officer": row.officer_id, "started": row.started}
    return _recorded("run", row.pk, fields)


def recorded_run_end(row: models.Run) -> Recorded:
    """The end of the run as it is committed to."""
    return _recorded("run.end", row.pk, {"ended": row.ended, "outcome": row.outcome})


def recorded_retry(row: models.Retry) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {"acquisition": row.acquisition_id, "run": row.run_id}
    return _recorded("retry", row.pk, {**fields, "last_statement": str(row.last_statement), "facts": row.facts})


def _recorded(register: str, id_: int, fields: Mapping[str, Fact]) -> Recorded:
    return Recorded(register, id_, canonical(fields).decode())
