"""What waits for an officer: notices, exhibits of the agency that were interrupted, and what was shared with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from amparo.casework.status import summary_of
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.notice import Notice
from amparo.records import members, notices, queries, registers
from amparo.records.database import Database
from amparo.records.members import SharedWith

RECENT = timedelta(days=14)
"""So long a new sharing is told of."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits."""

    notices: tuple[Notice, ...]
    """Not read yet, about exhibits that may be seen; oldest first."""
    interrupted: tuple[str, ...]
    """Exhibits of the officer's agency of which a sitting was interrupted, and which may be gone on with."""
    shared: tuple[SharedWith, ...]
    """Exhibits that were shared with the officer's agency lately, newest first."""


def waiting(*, reach: Reach, database: Database, clock: Callable[[], datetime]) -> Waiting:
    """What waits for an officer. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    acquisitions = [row for row in queries.acquisitions(database) if row.id in reach.acquisitions]
    seen = {row.exhibit for row in acquisitions}
    interrupted = [
        row.exhibit
        for row in acquisitions
        if row.id in reach.own and summary_of(row).state == registers.Outcome.INTERRUPTED
    ]
    since = clock() - RECENT
    return Waiting(
        tuple(notice for notice in notices.notices(database, reach.officer) if notice.exhibit in seen),
        tuple(interrupted) if reach.may(Act.EXAMINE) else (),
        tuple(
            shared
            for shared in members.shared_with(database, reach.agency)
            if shared.exhibit in seen and datetime.fromisoformat(shared.at) >= since
        ),
    )
