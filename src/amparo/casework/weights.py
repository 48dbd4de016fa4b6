"""What the reasons of the queue weigh: a supervisor lays it down, on record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amparo.casework.disclose import NoReason
from amparo.casework.officers import officer_of
from amparo.casework.own_members import ChangedMeanwhile
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.queue import Weights
from amparo.records import queries, queue_weights, registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger


@dataclass(frozen=True, slots=True)
class LaidDown:
    """The weights that count, and who said so."""

    weights: Weights
    officer: str = ""
    """Empty where nobody laid any down."""
    at: str = ""
    reason: str = ""
    number: int = 0
    """Tells one state from another; 0 where nobody laid any down."""


def weights(*, reach: Reach, database: Database) -> LaidDown:
    """The weights that count. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    return laid_down(database)


def set_weights(
    given: Mapping[str, object],
    reason: str,
    *,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    seen: int | None = None,
) -> Weights:
    """Lay down what reasons weigh from now on; those that are not named keep theirs.

    `seen` is the number of those that were shown. Raise `Forbidden`, `MalformedWeights`, `NoReason`, or
    `ChangedMeanwhile` where others stand than were seen.
    """
    reach.require(Act.STEER_REVIEW)
    if not reason.strip():
        raise NoReason("Say why the order changes: give a reason.")
    with database.transaction():
        now = laid_down(database)
        if seen is not None and seen != now.number:
            raise ChangedMeanwhile(
                "{officer} laid down other weights meanwhile: look at them, then send yours again.", officer=now.officer
            )
        wanted = Weights.of({**now.weights.by_reason, **given})
        officer, added = officer_of(database, reach.officer)
        recorded = queue_weights.add_weights(
            database,
            operation=queries.only_operation(database),
            officer=officer,
            weights=str(wanted),
            reason=reason.strip(),
            at=clock(),
        )
        public: dict[str, Any] = {"weights": dict(wanted.by_reason)}
        ledger.append(
            "queue.weigh",
            public,
            {"officer": reach.officer, "reason": reason.strip(), **registers.committed(*added, recorded)},
        )
        ledger.sign_head()
    return wanted


def laid_down(database: Database) -> LaidDown:
    """The weights that count, for whoever puts files in order."""
    row = next(iter(queue_weights.weights(database)), None)
    return (
        LaidDown(Weights())
        if row is None
        else LaidDown(Weights.understood(row.weights), row.officer, row.at, row.reason, row.id)
    )
