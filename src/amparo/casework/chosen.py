"""Places that an examiner chose, so that these alone are tried again: what that comes to, and when it cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass

from amparo.domain.errors import AmparoError, NotFound
from amparo.records.chosen import choice
from amparo.records.database import Database
from amparo.records.queries import AcquisitionRow
from amparo.records.retrial import last_statement


class NothingToRetry(AmparoError):
    """Nothing stands at the chosen places that another try may help."""


class OtherFirst(AmparoError):
    """Something else that was begun with an exhibit is to come to its end first."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a retry of chosen places will try, if it begins now."""

    tried: tuple[str, ...]
    left: tuple[str, ...]
    """Those at which nothing failed that another try may help."""


def foreseen(known: AcquisitionRow, only: Sequence[str], *, database: Database) -> Foreseen:
    """What would be tried at the chosen places of an acquisition.

    Raise `OtherFirst` where something is to come to its end before, `NotFound` where nothing lies at one of them, and
    `NothingToRetry` where another try would help none.
    """
    if known.open_retry is not None:
        raise _other_first(known)
    if not known.complete:
        raise OtherFirst(
            "{exhibit} is not examined to its end: go on with that before places of it are tried again.",
            exhibit=known.exhibit,
        )
    found = choice(database, known.id, last_statement(database), only)
    for place in only:
        if place not in found.known:
            raise NotFound("The workbench has no {place}: write it as amparo quarantine does.", place=place)
    if not found.helped:
        raise NothingToRetry(
            "Nothing failed at the chosen places of {exhibit} that another try may help.", exhibit=known.exhibit
        )
    return Foreseen(
        tuple(place for place in only if place in found.helped),
        tuple(place for place in only if place not in found.helped),
    )


def require_retriable(known: AcquisitionRow, only: Sequence[str] | None, *, database: Database) -> None:
    """Raise what `foreseen` raises, save that a retry that was cut off is gone on with by the same choice.

    `only` is `None` where whatever failed is to be tried again.
    """
    if known.open_retry is not None:
        if known.open_retry.only != (None if only is None else tuple(only)):
            raise _other_first(known)
    elif only is not None:
        foreseen(known, only, database=database)


def _other_first(known: AcquisitionRow) -> OtherFirst:
    return OtherFirst(
        "{exhibit} is being tried again otherwise, and that did not come to its end: go on with that first.",
        exhibit=known.exhibit,
    )
