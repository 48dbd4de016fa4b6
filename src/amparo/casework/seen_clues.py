"""What files name that others name too, as far as an officer may see: clues that are shared, and where one leads.

What lies in exhibits that the officer may not see takes no part: neither is it counted, nor does it make a clue shared.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from amparo.casework.disclose import NoReason
from amparo.casework.prepared import WAIT_S, Prepared, Ready
from amparo.domain.clue import Clue
from amparo.domain.errors import Busy, NotFound
from amparo.domain.need_to_know import Act, Reach
from amparo.records import clues as records
from amparo.records import pictures
from amparo.records.clues import Lead, SharedClue
from amparo.records.database import Database
from amparo.records.ledger import Ledger

PAGE_CLUES = 50
PAGE_LEADS = 50
_MOST_LEADS = 5_000
"""Of an export: so many are read at once."""
_PATIENCE_S = 30.0
"""So long who wants a list waits for what is being counted."""


class ClueOrder(StrEnum):
    """Which clues come first; of equal ones those that fewer files name, which say more."""

    EXHIBITS = "exhibits"
    FILES = "files"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class SoughtClues:
    """Which clues are wanted, and in which order."""

    kind: str = ""
    """Empty for all."""
    exhibit: str = ""
    """Only what a file there names; empty for all."""
    files: int = 2
    exhibits: int = 1
    text: str = ""
    """Words of the value; empty for all."""
    order: ClueOrder = ClueOrder.EXHIBITS


@dataclass(frozen=True, slots=True)
class CluesPage:
    """Some of the clues that were sought."""

    clues: tuple[SharedClue, ...]
    total: int
    number: int
    """From 1 on."""
    pages: int
    current: bool
    """Whether nothing was stored since they were counted."""
    kinds: Mapping[str, int]
    """How many clues there are of each kind, whatever else is sought; most first."""


@dataclass(frozen=True, slots=True)
class Leads:
    """Some of the places to which a clue leads."""

    clue: Clue
    leads: tuple[Lead, ...]
    total: int
    next: int
    """What to give as `after` for those that follow; 0 where there are none."""


_AT_HAND: Prepared[list[SharedClue]] = Prepared()


def clues(
    sought: SoughtClues, *, number: int = 1, wait_s: float = WAIT_S, reach: Reach, database: Database
) -> CluesPage | None:
    """A page of clues, or `None` as long as they are being counted. Raise `Forbidden`, `NotFound` for an exhibit."""
    reach.require(Act.SEE_EVIDENCE)
    acquisition = _acquisition(sought.exhibit, reach, database)
    ready = _kept(acquisition, wait_s, reach, database)
    if ready is None:
        return None
    chosen = _chosen(ready.value, sought)
    pages = max(1, -(-len(chosen) // PAGE_CLUES))
    number = min(max(number, 1), pages)
    page = chosen[(number - 1) * PAGE_CLUES : number * PAGE_CLUES]
    kinds = dict(Counter(each.clue.kind for each in ready.value).most_common())
    return CluesPage(tuple(page), len(chosen), number, pages, ready.current, kinds)


def leads(clue: Clue, *, after: int = 0, reach: Reach, database: Database) -> Leads:
    """A page of the places of files that name a clue. Raise `Forbidden`, or `NotFound` where none may be seen."""
    reach.require(Act.SEE_EVIDENCE)
    found = records.leads_page(database, clue, after=after, limit=PAGE_LEADS + 1, within=reach.acquisitions)
    if not found:
        raise NotFound("No file names {clue}.", clue=clue)
    total = records.count_leads(database, clue, within=reach.acquisitions)
    return Leads(
        clue, tuple(found[:PAGE_LEADS]), total, found[PAGE_LEADS - 1].occurrence if len(found) > PAGE_LEADS else 0
    )


def clue_rows(
    sought: SoughtClues, *, reason: str, reach: Reach, database: Database, ledger: Ledger
) -> Sequence[SharedClue]:
    """All clues that are sought, for a list that leaves the workbench; logged.

    Raise `NoReason`, `Forbidden`, `NotFound`, or `Busy` as long as they are being counted.
    """
    _require(reason, reach)
    ready = _kept(_acquisition(sought.exhibit, reach, database), _PATIENCE_S, reach, database)
    if ready is None or not ready.current:
        raise Busy("The clues are still being counted: try again in a minute.")
    chosen = _chosen(ready.value, sought)
    _log("clues.export", len(chosen), {}, reason, reach, database, ledger)
    return chosen


def lead_rows(clue: Clue, *, reason: str, reach: Reach, database: Database, ledger: Ledger) -> Iterator[Lead]:
    """All places to which a clue leads, for a list that leaves the workbench; logged before the first one.

    Raise `NoReason`, `Forbidden`, `NotFound`.
    """
    _require(reason, reach)
    total = records.count_leads(database, clue, within=reach.acquisitions)
    if not total:
        raise NotFound("No file names {clue}.", clue=clue)
    _log("leads.export", total, {"clue": str(clue)}, reason, reach, database, ledger)
    return _every(clue, reach, database)


def _every(clue: Clue, reach: Reach, database: Database) -> Iterator[Lead]:
    after = 0
    while page := records.leads_page(database, clue, after=after, limit=_MOST_LEADS, within=reach.acquisitions):
        yield from page
        after = page[-1].occurrence


def _kept(acquisition: int | None, wait_s: float, reach: Reach, database: Database) -> Ready[list[SharedClue]] | None:
    within = reach.acquisitions

    def find() -> list[SharedClue]:
        return records.shared(database, kind=None, exhibit=acquisition, files=2, exhibits=1, within=within)

    return _AT_HAND.get((database.place, within, acquisition), pictures.state(database), find, wait_s=wait_s)


def _chosen(found: Sequence[SharedClue], sought: SoughtClues) -> list[SharedClue]:
    words = sought.text.casefold().split()
    chosen = [
        each
        for each in found
        if each.files >= sought.files
        and each.exhibits >= sought.exhibits
        and (not sought.kind or each.clue.kind == sought.kind)
        and all(word in each.clue.value.casefold() for word in words)
    ]
    if sought.order is ClueOrder.FILES:
        chosen.sort(key=lambda each: -each.files)
    elif sought.order is ClueOrder.VALUE:
        chosen.sort(key=lambda each: each.clue)
    return chosen


def _acquisition(exhibit: str, reach: Reach, database: Database) -> int | None:
    if not exhibit:
        return None
    for acquisition, number in pictures.exhibits(database, within=reach.acquisitions).items():
        if number == exhibit:
            return acquisition
    raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=exhibit)


def _require(reason: str, reach: Reach) -> None:
    reach.require(Act.EXPORT)
    reach.require(Act.SEE_EVIDENCE)
    if not reason.strip():
        raise NoReason("Say why this list leaves the workbench: give a reason.")


def _log(
    act: str, rows: int, personal: Mapping[str, str], reason: str, reach: Reach, database: Database, ledger: Ledger
) -> None:
    with database.transaction():
        ledger.append(
            act,
            {"rows": rows, "purpose": reach.purpose.value},
            {**personal, "officer": reach.officer, "reason": reason},
        )
        ledger.sign_head()
