"""The order of files within a reach, as one process has it at hand: a thread of its own makes it, and renews it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path

from amparo.casework.candidates import Table, brought_up_to, state_of
from amparo.casework.prepared import WAIT_S, Prepared
from amparo.casework.standing_order import Ranked, Standing
from amparo.casework.vocabularies import undecided
from amparo.casework.weights import laid_down
from amparo.domain.errors import Busy
from amparo.domain.need_to_know import Reach
from amparo.records.database import Database

PATIENCE_S = 30.0
"""So long whoever asks waits for the first order."""
_BRIEFLY_S = 0.05
_AT_ONCE = 200_000
"""So many candidates are put in order while somebody waits; more by a thread of its own, in the old order meanwhile."""


@dataclass(frozen=True, slots=True)
class Order:
    """Candidates in order, and what is decided about them."""

    ranked: Ranked
    standing: Standing


@dataclass(frozen=True, slots=True)
class _Basis:
    table: Table
    standing: Standing
    number: int


_NUMBERS = count(1)
_TABLES: Prepared[_Basis] = Prepared()
_RANKED: Prepared[Order] = Prepared(rest=0)


def caught_up(wait_s: float, reach: Reach, database: Database, folder: Path, clock: Callable[[], datetime]) -> Order:
    """As `at_hand`, with all that was decided until now."""
    order = at_hand(wait_s, reach, database, folder, clock)
    order.standing.catch_up(database, partial(undecided, database=database))
    return order


def at_hand(wait_s: float, reach: Reach, database: Database, folder: Path, clock: Callable[[], datetime]) -> Order:
    """The order of a reach: an older one as long as a new one is being made, by a thread of its own."""
    state, today = state_of(reach, database), clock().date()
    asked = (folder, reach.acquisitions)

    def made() -> _Basis:
        table = brought_up_to(state, reach=reach, database=database, folder=folder)
        return _Basis(table, Standing(table), next(_NUMBERS))

    # Who has an older one does not wait long for the new one.
    basis = _TABLES.get(asked, state, made, wait_s=_BRIEFLY_S) or _TABLES.get(asked, state, made, wait_s=wait_s)
    if basis is None:
        raise Busy("The order of the files is still being made: try again in a minute.")
    weights = laid_down(database).weights
    found = _RANKED.get(
        asked,
        (basis.value.number, str(weights), today),
        lambda: Order(Ranked(basis.value.table, weights, today), basis.value.standing),
        wait_s=wait_s if len(basis.value.table) <= _AT_ONCE else WAIT_S,
    )
    if found is None:
        raise Busy("The order of the files is still being made: try again in a minute.")
    return found.value
