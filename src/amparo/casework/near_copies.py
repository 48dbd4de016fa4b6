"""The near copies among all pictures of an operation; what was compared once is kept, and not compared again.

Beside the database lies a file (`kept_clusters`) with the clusters of all pictures up to one. It is used as long as the
ledger still has the state that it had then: rows that a power cut took back, or that somebody else put in their place,
do not have that. Whatever cannot be used is made anew from the store, which alone is evidence.
"""

import contextlib
import time
from array import array
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from amparo.domain.errors import AmparoError, Busy, NotFound
from amparo.domain.finding import Fact
from amparo.domain.match import ClusterProgress
from amparo.domain.sentence import Sentence
from amparo.matching.known_set import digest_array
from amparo.matching.sealed_file import FileRefused
from amparo.matching.set_record import SIZES
from amparo.records import ledger as ledgers
from amparo.records import pictures
from amparo.records.catalogue.building import NO_CLUSTERS, ClustersKept
from amparo.records.database import Database, ReadOnly

if TYPE_CHECKING:
    from amparo.matching.clusters import Clusters
    from amparo.matching.kept_clusters import KeptClusters, Names

FILE = "clusters"
"""Of a workbench: what was compared with what so far."""
_TICK_S = 0.1

OnProgress = Callable[[ClusterProgress], None]
_PAGE_MEMBERS = 50_000
_MADE_UP = 4_096
"""So many that bands are joined as well: fewer are compared each with each."""
_GOOD = 100
"""The quality of a picture that any gate lets pass."""


class ClustersDiffer(AmparoError):
    """What is kept of clusters is not what follows from the pictures."""


def near_copies(
    database: Database, folder: Path, on_progress: OnProgress | None = None
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each cluster of two or more pictures, largest first: the representative, and each member with its distance.

    Pictures are the numbers of media files. Only pictures that came since the last time are compared.
    """
    kept = _with_what_is_new(_open(database, folder / FILE), database, folder / FILE, on_progress)
    yield from _together(kept.names, kept.found)


def near_copies_within(
    acquisitions: Collection[int], database: Database
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """The same of the pictures that lie in some acquisitions, as if there were no others; nothing is kept of it.

    So who may see these alone learns nothing from a cluster about what lies elsewhere: neither that it is larger, nor
    that two pictures belong to it by way of a third one.
    """
    from amparo.matching.clusters import clustered  # it brings a compiler with it

    names, qualities, hashes = array("Q"), array("q"), bytearray()
    for page in pictures.hashed(database, within=acquisitions):
        for picture in page:
            names.append(picture.media_file)
            qualities.append(picture.quality)
            hashes += picture.pdq
    if names:
        rows = digest_array((bytes(hashes),), SIZES["pdq"])
        yield from _together(np.array(names), clustered(rows, np.array(qualities)))


def compile_ahead() -> None:
    """Compare a few made-up pictures: what compares is compiled then, and nobody waits for it later.

    Where numba can keep what it compiled, that is read instead of compiled once more.
    """
    from amparo.matching.clusters import clustered

    raw = np.random.default_rng(0).integers(0, 256, (_MADE_UP, SIZES["pdq"]), dtype=np.uint8)
    raw[::2] = raw[1::2]
    raw[::2, 0] ^= 1  # each second one is near to that which follows it
    clustered(digest_array((raw.tobytes(),), SIZES["pdq"]), np.full(_MADE_UP, _GOOD))


def _together(names: "Names", found: "Clusters") -> Iterator[tuple[int, list[tuple[int, int]]]]:
    representatives = found.representatives
    order = np.argsort(representatives, kind="stable")
    starts = np.flatnonzero(np.diff(representatives[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    for place in np.lexsort((starts, -sizes)):
        if sizes[place] < 2:
            return
        members = order[starts[place] : starts[place] + sizes[place]]
        near = zip(names[members].tolist(), found.distances[members].tolist(), strict=True)
        yield int(names[representatives[members[0]]]), list(near)


def as_kept(database: Database, folder: Path) -> ClustersKept:
    """Which picture is in which cluster, as far as they were compared: nothing is compared for it."""
    path = folder / FILE
    try:
        found = path.stat()
    except OSError:
        return NO_CLUSTERS

    def members() -> Iterator[tuple[list[int], list[int]]]:
        kept = _open(database, path)
        representatives = kept.found.representatives
        together = np.flatnonzero(np.bincount(representatives, minlength=len(representatives))[representatives] > 1)
        for start in range(0, len(together), _PAGE_MEMBERS):
            page = together[start : start + _PAGE_MEMBERS]
            yield kept.names[page].tolist(), kept.names[representatives[page]].tolist()

    return ClustersKept(f"{found.st_ino} {found.st_mtime_ns} {found.st_size}", members)


def check(database: Database, folder: Path) -> int | None:
    """Compare what is kept with what follows from the store; how many pictures it has, `None` where nothing is kept.

    Raise `ClustersDiffer`.
    """
    kept = _open(database, folder / FILE)
    if not kept.facts:
        return None
    again = _added(_none(), database, until=_last(kept))
    if not kept.same_as(again):
        raise ClustersDiffer("{path} is not what follows from the pictures: delete it.", path=folder / FILE)
    return len(kept.names)


def _none() -> "KeptClusters":
    from amparo.matching.kept_clusters import KeptClusters  # it brings a compiler with it

    return KeptClusters.none()


def _open(database: Database, path: Path) -> "KeptClusters":
    """What is kept, if it is sound and of this ledger; else none of it."""
    from amparo.matching.kept_clusters import KeptClusters

    try:
        kept = KeptClusters.open(path)
        entries = kept.facts.get("entries")
        if isinstance(entries, int):
            head = ledgers.signed_head(database, entries).head
            if head.root.hex() == kept.facts.get("root"):
                return kept
    except (FileRefused, NotFound):
        pass
    return KeptClusters.none()


def _last(kept: "KeptClusters") -> int:
    """The last row of a hash that it has."""
    last: Any = kept.facts.get("last", 0)
    return int(last)


def _with_what_is_new(
    kept: "KeptClusters", database: Database, path: Path, on_progress: OnProgress | None
) -> "KeptClusters":
    grown = _added(kept, database, on_progress=on_progress)
    if grown is kept:
        return kept
    # Who cannot keep it has it all the same; and who keeps it now keeps as much.
    with contextlib.suppress(OSError, Busy, ReadOnly), database.hold(Sentence("Keeping clusters")):
        for draft in path.parent.glob(f".{path.name}.*.part"):  # of processes that were killed
            draft.unlink()
        grown.keep(path)
    return grown


def _added(
    kept: "KeptClusters", database: Database, until: int | None = None, on_progress: OnProgress | None = None
) -> "KeptClusters":
    """With the pictures that came since, up to the row `until` of a hash; the same where there are none."""
    told = _Told(on_progress)
    names, qualities, hashes, last = array("Q"), array("q"), bytearray(), _last(kept)
    for page in pictures.hashed(database, last):
        for picture in page:
            if until is not None and picture.id > until:
                break
            names.append(picture.media_file)
            qualities.append(picture.quality)
            hashes += picture.pdq
            last = picture.id
        told.read(len(names))
    if not names:
        return kept
    # Read after the rows: a ledger that has this state has all of them.
    head = ledgers.signed_head(database).head
    facts: dict[str, Fact] = {"last": last, "entries": head.size, "root": head.root.hex()}
    rows = digest_array((bytes(hashes),), SIZES["pdq"])
    return kept.with_more(np.array(names), rows, np.array(qualities), facts, told.compared)


class _Told:
    """Tells now and then how far it is."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._pictures = 0
        self._share = 1.0
        self._began_s = self._told_s = 0.0

    def read(self, pictures: int) -> None:
        """So many pictures are read."""
        self._pictures = pictures
        self._tell(None)

    def compared(self, share: float) -> None:
        """A share of the comparison is done."""
        if share < self._share:  # of the first one, or of all anew
            self._began_s = time.monotonic()
        self._share = share
        self._tell(share)

    def _tell(self, share: float | None) -> None:
        now_s = time.monotonic()
        if self._on_progress is not None and (now_s - self._told_s >= _TICK_S or share == 1):
            self._told_s = now_s
            self._on_progress(ClusterProgress(self._pictures, share, now_s - self._began_s if share else 0.0))
