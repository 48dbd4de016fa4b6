"""Vocabularies of agencies' own. What adds one is called as in `registers`."""

from datetime import datetime

from amparo.domain.canonical import canonical
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded


def add_vocabulary(database: Database, name: str, text: str, *, officer: int, at: datetime) -> Recorded:
    """Add a vocabulary as its file was; raise `Conflict` where there is one of that name."""
    with database.errors():
        row = models.Vocabulary.objects.using(database.alias).create(
            name=name, text=text, officer_id=officer, at=written_time(at)
        )
    return recorded_vocabulary(row)


def texts(database: Database) -> dict[str, str]:
    """The text of each, by its name."""
    with database.errors():
        return dict(database.fetch("SELECT name, text FROM vocabulary ORDER BY name"))


def recorded_vocabulary(row: models.Vocabulary) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {"name": row.name, "text": row.text, "officer": row.officer_id, "at": row.at}
    return Recorded("vocabulary", row.pk, canonical(fields).decode())
