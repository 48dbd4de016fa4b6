"""What the reasons of the queue weigh, as laid down: the last row counts. Called as in `registers`."""

from dataclasses import dataclass
from datetime import datetime

from amparo.domain.canonical import canonical
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.records import models
from amparo.records.database import Database
from amparo.records.registers import Recorded


@dataclass(frozen=True, slots=True)
class WeightsRow:
    """Weights that were laid down."""

    id: int
    officer: str
    at: str
    weights: str
    """Canonical JSON."""
    reason: str


def add_weights(
    database: Database, *, operation: int, officer: int, weights: str, reason: str, at: datetime
) -> Recorded:
    """Lay down weights from now on."""
    with database.errors():
        row = models.QueueWeights.objects.using(database.alias).create(
            operation_id=operation, officer_id=officer, at=written_time(at), weights=weights, reason=reason
        )
    return recorded_weights(row)


def weights(database: Database) -> list[WeightsRow]:
    """All that were laid down, the last first."""
    with database.errors():
        found = database.fetch(
            "SELECT w.id, o.name, w.at, w.weights, w.reason FROM queue_weights w JOIN officer o ON o.id = w.officer_id"
            " ORDER BY w.id DESC"
        )
    return [WeightsRow(*row) for row in found]


def recorded_weights(row: models.QueueWeights) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "operation": row.operation_id,
        "officer": row.officer_id,
        "at": row.at,
        "weights": row.weights,
        "reason": row.reason,
    }
    return Recorded("queue_weights", row.pk, canonical(fields).decode())
