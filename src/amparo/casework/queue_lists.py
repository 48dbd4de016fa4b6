"""The order of the files with the places where they lie, for lists that people read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amparo.casework import queue
from amparo.casework.queue import Placed, Why
from amparo.casework.status import acquisition_of
from amparo.domain.errors import NotFound
from amparo.domain.item_path import ItemPath
from amparo.domain.need_to_know import Reach
from amparo.domain.queue import Weights
from amparo.records import pictures, queries
from amparo.records.database import Database


@dataclass(frozen=True, slots=True)
class Listed:
    """A file in the order, and where it lies."""

    item_path: str
    """The first place of those that may be seen, in the written form."""
    exhibits: tuple[str, ...]
    placed: Placed


def listed(
    count: int,
    *,
    weights: Weights | None = None,
    wait_s: float,
    reach: Reach,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
) -> list[Listed]:
    """The first files that wait, in order, as `queue.ahead`; raises as that."""
    found = queue.ahead(
        count, weights=weights, wait_s=wait_s, reach=reach, database=database, folder=folder, clock=clock
    )
    places = pictures.places(database, [one.file for one in found], within=reach.acquisitions)
    addresses = pictures.addresses(database, [known[0].occurrence for known in places.values()])
    return [
        Listed(addresses[places[one.file][0].occurrence][0], tuple(place.exhibit for place in places[one.file]), one)
        for one in found
        if one.file in places
    ]


def why_at(
    item_path: ItemPath,
    *,
    wait_s: float,
    reach: Reach,
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
) -> Why:
    """How the file at a place stands to the queue, as `queue.why`; raise as that, and `NotFound` for a place."""
    acquisition = acquisition_of(database, item_path.exhibit).id
    row = queries.occurrence(database, acquisition, item_path)
    if acquisition not in reach.acquisitions or row.media_file is None:
        raise NotFound(
            "At {item_path} nothing was read: so nothing of it can wait to be looked at.", item_path=item_path
        )
    return queue.why(row.media_file, wait_s=wait_s, reach=reach, database=database, folder=folder, clock=clock)
