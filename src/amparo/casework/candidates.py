"""The pictures and films of an operation that may wait for a look, with what the reasons of the queue go by.

They are made for each reach on its own, as if there were no other exhibits than those that may be seen: so the order
tells nobody of what lies elsewhere. What was made is kept beside the workbench as a table of columns, and serves until
something is stored from which it follows; it may be deleted.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.casework import files
from amparo.casework.near_copies import near_copies, near_copies_within
from amparo.casework.near_films import near_films
from amparo.domain.errors import Busy, NotFound
from amparo.domain.match import Basis
from amparo.domain.need_to_know import Reach
from amparo.domain.queue import CAMERA_NAMED, NO_ORIGIN, TRACES_COHERENT, UNKNOWN_AGE, Candidates
from amparo.domain.sentence import Sentence
from amparo.records import candidates as records
from amparo.records import kept_candidates as keeping
from amparo.records import ledger as ledgers
from amparo.records import pictures
from amparo.records.catalogue.candidates import NO_TIME, columns
from amparo.records.database import Database, ReadOnly

Table = NDArray[Any]
NO_CLUSTER = -1
_BY = "by "
"""Before an analyzer's name, in the name of its column."""
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("media_file", "i8"),
    ("known", "u1"),
    ("near_series", "u1"),
    ("camera_traces", "u1"),
    ("serial_files", "i4"),
    ("in_camera_roll", "u1"),
    ("taken_day", "i4"),
    ("place", "u1"),
    ("time", "u1"),
    ("exhibits", "i4"),
    ("countries", "i4"),
    ("origin", "i2"),
    ("places", "i8"),
    ("cluster", "i4"),
    ("out", "u1"),
)
_DAY_NS = 86_400 * 10**9
_EPOCH = date(1970, 1, 1)
_MOST_THOUSANDTHS = 32_000
_WAITS_S = 0.1
_PATIENCE_S = 600.0


class Out(IntEnum):
    """Why a file does not wait, whatever was decided."""

    NOT = 0
    """It waits."""
    KNOWN = 1
    """A hash set knows its bytes."""
    NEAR_KNOWN = 2
    """It is near a known file, of no series whose victim is not identified."""


def state_of(reach: Reach, database: Database) -> str:
    """What the candidates of a reach follow from, as text: another as soon as they may be others."""
    stored = records.state(database)
    return json.dumps([keeping.VERSION, stored, sorted(reach.acquisitions)])


def candidates_of(table: Table, today: date) -> Candidates:
    """A table as the reasons take it on a day."""
    named = [name for name, _ in _COLUMNS[:12] if name != "taken_day"]
    by = {name.removeprefix(_BY): table[name] for name in table.dtype.names or () if name.startswith(_BY)}
    age = (today - _EPOCH).days - table["taken_day"].astype(np.int64)
    known = (table["time"] == 1) & (age >= 0)
    return Candidates(
        **{name: table[name] for name in named}, taken_age_days=np.where(known, age, UNKNOWN_AGE), classifiers=by
    )


def brought_up_to(state: str, *, reach: Reach, database: Database, folder: Path) -> Table:
    """The table of a reach at a state of the tables: as kept, or made and kept. Raise `MissingExtra`, `Busy`."""
    own = hashlib.sha256(json.dumps(sorted(reach.acquisitions)).encode()).hexdigest()[:24]
    place = folder / keeping.FOLDER / own
    ends = time.monotonic() + _PATIENCE_S
    while True:
        if (table := _as_kept(place, state, database)) is not None:
            return table
        try:
            with database.hold(Sentence("Making the order of the files")):
                if (table := _as_kept(place, state, database)) is None:
                    table = _made(reach, database, folder)
                    head = ledgers.signed_head(database).head
                    with contextlib.suppress(OSError):  # who cannot keep it has it all the same
                        keeping.write(place, table, state=state, entries=head.size, root=head.root.hex())
                return table
        except ReadOnly:
            return _made(reach, database, folder)
        except Busy:
            if time.monotonic() > ends:
                raise
            time.sleep(_WAITS_S)


def _as_kept(place: Path, state: str, database: Database) -> Table | None:
    """What is kept, if it is whole, of this state and of this ledger."""
    try:
        kept = keeping.read(place, state)
        if ledgers.signed_head(database, kept.entries).head.root.hex() == kept.root:
            return kept.table
    except (keeping.CandidatesRefused, NotFound):
        pass
    return None


def _made(reach: Reach, database: Database, folder: Path) -> Table:
    visible = pictures.exhibits(database, within=reach.acquisitions)
    if not visible:
        return np.zeros(0, list(_COLUMNS))
    countries = records.countries(database)
    said = files.asked(
        lambda catalogue: catalogue.ask(database, lambda state: columns(state, visible, countries)),
        True,
        database,
        folder,
    )
    forward = list(records.put_forward(database))
    analyzers = sorted({analyzer for page in forward for _, analyzer, _ in page})
    table: Table = np.zeros(
        len(said["media_file"]), [*_COLUMNS, *((f"{_BY}{analyzer}", "u1") for analyzer in analyzers)]
    )
    for name in ("media_file", "places", "exhibits", "countries", "serial_files", "place"):
        table[name] = said[name]
    table["in_camera_roll"] = said["roll"]
    ratio = np.asarray(said["lr"], np.int64)
    table["origin"] = np.where(ratio == NO_ORIGIN, ratio, np.clip(ratio, -_MOST_THOUSANDTHS, _MOST_THOUSANDTHS))
    taken = np.asarray(said["taken"], np.int64)
    stated = taken != NO_TIME
    table["time"] = stated
    table["taken_day"] = np.where(stated, taken, 0) // _DAY_NS
    table["camera_traces"] = np.where(said["named"], CAMERA_NAMED, 0)
    for page in records.coherent_traces(database):
        table["camera_traces"][places_of(table, page)] = TRACES_COHERENT
    for found in forward:
        for analyzer in {analyzer for _, analyzer, _ in found}:
            points = {file: number for file, by, number in found if by == analyzer}
            at = places_of(table, list(points))
            table[f"{_BY}{analyzer}"][at] = [points[file] for file in table["media_file"][at].tolist()]
    _grouped(table, _clusters(visible, database, folder))
    _settle_known(table, said, list(records.in_unidentified_series(database, visible)))
    return table


def places_of(table: Table, media_files: Sequence[int]) -> NDArray[np.intp]:
    """Where these files stand in a table, those that do."""
    wanted = np.unique(np.asarray(media_files, np.int64))
    at = np.searchsorted(table["media_file"], wanted)
    inside = at < len(table)
    at, wanted = at[inside], wanted[inside]
    found: NDArray[np.intp] = at[table["media_file"][at] == wanted]
    return found


def _clusters(
    visible: Mapping[int, str], database: Database, folder: Path
) -> Iterable[tuple[int, list[tuple[int, int]]]]:
    """The near copies among the pictures and films that may be seen."""
    if visible.keys() == pictures.exhibits(database).keys():
        yield from near_copies(database, folder)
        yield from near_films(database)
    else:
        yield from near_copies_within(visible, database)
        yield from near_films(database, visible)


def _grouped(table: Table, clusters: Iterable[tuple[int, list[tuple[int, int]]]]) -> None:
    """Give the members of each cluster its number."""
    table["cluster"] = NO_CLUSTER
    for number, (_, members) in enumerate(clusters):
        table["cluster"][places_of(table, [file for file, _ in members])] = number


def _settle_known(table: Table, said: Mapping[str, Any], in_series: Sequence[tuple[int, Basis]]) -> None:
    """Say of each file whether sets know it, and whether it leaves the queue for that."""
    exact, near = np.asarray(said["by_digest"], bool), np.asarray(said["near"], bool)
    series = np.zeros(len(table), bool)
    series[places_of(table, [file for file, basis in in_series if basis in (Basis.PICTURE, Basis.FILM)])] = True
    itself = np.zeros(len(table), bool)
    itself[places_of(table, [file for file, basis in in_series if basis is Basis.DIGEST])] = True
    clustered = table["cluster"] != NO_CLUSTER
    number = int(table["cluster"].max(initial=NO_CLUSTER)) + 1

    def beside(some: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether it stands in a cluster with one of these."""
        has = np.zeros(number + 1, bool)
        has[table["cluster"][some & clustered]] = True
        found: NDArray[np.bool_] = clustered & has[table["cluster"]]
        return found

    series |= beside(itself) & ~exact
    near |= beside(exact & np.asarray(said["by_known"], bool))
    table["known"] = exact | near | series
    table["near_series"] = series & ~exact
    table["out"] = np.where(exact, Out.KNOWN, np.where(near & ~series, Out.NEAR_KNOWN, Out.NOT))
