"""Notices to officers, and which exhibits a version of a hash set has not been held against yet.

What adds or changes a notice is called inside a transaction and returns a `Recorded`, as in `registers`.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amparo.domain.canonical import canonical
from amparo.domain.errors import NotFound
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.domain.notice import Notice
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded


@dataclass(slots=True)
class Held:
    """What an acquisition was compared with."""

    whole: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Of each set the last version of which all entries were compared, by its number in the set; 0 for none."""
    new_in: set[int] = field(default_factory=set)
    """The versions of which only what was new in them was compared."""


def held_against(database: Database) -> dict[int, Held]:
    """What each acquisition was compared with."""
    held: dict[int, Held] = defaultdict(Held)
    with database.errors():
        found = database.fetch("SELECT acquisition_id, facts FROM comparison ORDER BY id")
    for acquisition, written in found:
        facts: dict[str, Any] = json.loads(written)
        if "new_in" in facts:
            held[acquisition].new_in.add(facts["new_in"])
            continue
        for one in facts["sets"]:
            known = held[acquisition].whole
            known[one["name"]] = max(known[one["name"]], one["version"])
    return held


def officers_of(database: Database, acquisition: int) -> list[tuple[int, str]]:
    """Who examined an acquisition: number and name, each once."""
    with database.errors():
        found = database.fetch(
            "SELECT DISTINCT officer.id, officer.name FROM run JOIN officer ON officer.id = run.officer_id"
            " WHERE run.acquisition_id = %s ORDER BY officer.id",
            (acquisition,),
        )
    return [(int(id_), name) for id_, name in found]


def add_notice(database: Database, *, officer: int, comparison: int, version: int, at: datetime) -> Recorded:
    """Leave a notice to an officer: that a comparison with a new version of a set has matches."""
    with database.errors():
        row = models.Notice.objects.using(database.alias).create(
            officer_id=officer, comparison_id=comparison, version_id=version, at=written_time(at)
        )
    return recorded_notice(row)


def mark_read(database: Database, notices: Sequence[int], at: datetime) -> list[Recorded]:
    """Record that notices were read; raise `NotFound` where one is not there, or was read before."""
    recorded = []
    with database.errors():
        for number in notices:
            row = models.Notice.objects.using(database.alias).filter(pk=number, read=None).first()
            if row is None:
                raise NotFound("The workbench has no unread notice {number}.", number=number)
            row.read = written_time(at)
            row.save()
            recorded.append(recorded_reading(row))
    return recorded


def notices(database: Database, officer: str, *, every: bool = False) -> list[Notice]:
    """The notices to an officer that were not read yet, or all of them, oldest first."""
    with database.errors():
        rows = models.Notice.objects.using(database.alias).filter(officer__name=officer)
        if not every:
            rows = rows.filter(read=None)
        rows = rows.select_related("comparison__acquisition__exhibit", "version__hash_set")
        return [
            Notice(
                row.pk,
                row.at,
                row.comparison.acquisition.exhibit.number,
                row.version.hash_set.name,
                row.version.number,
                json.loads(row.comparison.facts)["matches"],
                row.read,
            )
            for row in rows.order_by("id")
        ]


def recorded_notice(row: models.Notice) -> Recorded:
    """The row as it is committed to, without what reading it adds."""
    fields: dict[str, Fact] = {
        "officer": row.officer_id,
        "comparison": row.comparison_id,
        "version": row.version_id,
        "at": row.at,
    }
    return Recorded("notice", row.pk, canonical(fields).decode())


def recorded_reading(row: models.Notice) -> Recorded:
    """That it was read, as it is committed to."""
    return Recorded("notice.read", row.pk, canonical({"read": row.read}).decode())
