"""Reports that officers make for somebody: which they may, why, and the register of those that were handed out.

A report follows from the store, and can be made again: none is kept. That one was handed out stands in the ledger,
with its digest, so that whoever has one can be told who made it, when and for what. The ledger is the register.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from amparo.casework import reporting
from amparo.casework.disclose import NoReason
from amparo.domain.errors import NotFound
from amparo.domain.finding import Analyzer
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.sealing import SealingKey
from amparo.records import ledger_search, queries
from amparo.records.database import Database
from amparo.records.ledger import Ledger

ACT = "report.hand-out"
PAGE = 50
FORMS = ("html", "pdf")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report."""

    exhibit: str
    form: str
    """One of `FORMS`."""
    previews: bool
    language: str
    """In which it is worded, such as `es`; who calls sees to that."""


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A report that was made and handed out."""

    index: int
    """Of the act in the ledger."""
    at: str
    exhibit: str
    form: str
    previews: bool
    language: str
    sha256: str
    size_bytes: int
    officer: str | None
    """`None` where it is erased."""
    reason: str | None


def exhibits(*, reach: Reach, database: Database) -> list[str]:
    """Of which exhibits a report can be made. Raise `Forbidden`."""
    reach.require(Act.EXPORT)
    return [one.exhibit for one in queries.acquisitions(database) if one.id in reach.acquisitions and one.runs]


def hand_out(
    wanted: Wanted,
    output: Path,
    *,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    key: SealingKey,
    clock: Callable[[], datetime],
    analyzers: tuple[Analyzer, ...],
    folder: Path,
) -> str:
    """Write a report to the new file `output`, and record it; its SHA-256. It tells of no exhibit beyond the reach.

    Raise `Forbidden`, `NotFound`, `NoReason`, and as `reporting.report`. On any failure nothing is left of `output`.
    """
    reach.require(Act.EXPORT)
    if not reason.strip():
        raise NoReason("Say for whom this report is, and why: it leaves the workbench.")
    seen = {one.id: one.exhibit for one in queries.acquisitions(database) if one.id in reach.acquisitions}
    acquisition = next((id_ for id_, number in seen.items() if number == wanted.exhibit), None)
    if acquisition is None or wanted.exhibit not in exhibits(reach=reach, database=database):
        raise NotFound(f"The workbench has no exhibit {wanted.exhibit}.")
    reporting.report(
        wanted.exhibit,
        output,
        by=reach.officer,
        previews=wanted.previews,
        database=database,
        ledger=ledger,
        key=key,
        public_key=ledger.public_key,
        clock=clock,
        analyzers=analyzers,
        folder=folder,
        seen=frozenset(seen.values()),
    )
    try:
        with output.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with database.transaction():
            ledger.append(
                ACT,
                {
                    "acquisition": acquisition,
                    "form": wanted.form,
                    "previews": wanted.previews,
                    "language": wanted.language,
                    "sha256": digest,
                    "bytes": str(output.stat().st_size),
                },
                {"officer": reach.officer, "reason": reason},
            )
            ledger.sign_head()
    except BaseException:
        output.unlink(missing_ok=True)
        raise
    return digest


def handed_out(*, before: int | None = None, reach: Reach, database: Database) -> list[HandedOut]:
    """The newest reports of exhibits that may be seen, below the act `before`; at most `PAGE`. Raise `Forbidden`."""
    reach.require(Act.EXPORT)
    sought = ledger_search.Sought(acts=frozenset({ACT}), acquisitions=tuple(sorted(reach.acquisitions)))
    indexes = ledger_search.positions(database, sought, before=before, limit=PAGE)
    numbers = {one.id: one.exhibit for one in queries.acquisitions(database)}
    return [_told(found, numbers) for found in ledger_search.found(database, indexes)]


def _told(found: ledger_search.FoundEntry, numbers: dict[int, str]) -> HandedOut:
    facts: Any = found.entry.facts
    opened = {name: value for name, (_, value) in found.opened.items()}
    return HandedOut(
        found.entry.index,
        found.entry.at,
        numbers[facts["acquisition"]],
        facts["form"],
        facts["previews"],
        facts["language"],
        facts["sha256"],
        int(facts["bytes"]),
        opened.get("officer"),
        opened.get("reason"),
    )
