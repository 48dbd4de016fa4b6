"""What belongs together in an operation: near copies, films, bursts, of one camera, one file in several exhibits."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from amparo.casework import grouping
from amparo.casework.grouping import Found, Kind
from amparo.casework.near_copies import OnProgress
from amparo.casework.status import acquisition_of
from amparo.records import pictures
from amparo.records.database import Database

_PAGE_FILES = 2_000
"""Groups are read from the store together until they have so many files."""


class Order(StrEnum):
    """Which groups come first; of equal ones those with more files, then those that were met earlier."""

    KIND = "kind"
    """As `Kind` lists them."""
    FILES = "files"
    """Those with most files."""
    EXHIBITS = "exhibits"
    """Those that lie in most exhibits."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups are wanted, and in which order."""

    kinds: Collection[Kind] = tuple(Kind)
    files: int = 1
    """At least so many different files."""
    exhibits: int = 1
    """In at least so many exhibits."""
    order: Order = Order.KIND
    limit: int | None = None
    """At most so many groups."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a group."""

    sha256: bytes
    file: int
    """The number of its bytes in the workbench."""
    exhibits: tuple[str, ...]
    """In which it lies: the one that was asked for first, then as they were registered."""
    item_paths: tuple[str, ...]
    """Its first place in each of them."""
    distance: int | None = None
    """Bits that differ from the representative, where that is why it stands there."""
    shared_percent: int | None = None
    """Of films: how much of it is in the representative, or of that in it, whichever is more."""

    @property
    def item_path(self) -> str:
        """Its first place."""
        return self.item_paths[0]


@dataclass(frozen=True, slots=True)
class Group:
    """Files that belong together, for one reason."""

    kind: Kind
    about: str
    """The camera, or empty."""
    representative: Member
    """The one to look at first: the most central and best one of near copies, else the first."""
    members: tuple[Member, ...]
    """All of them, the representative among them."""
    exhibits: tuple[str, ...]
    """In which any of them lies."""


class Groups:
    """The groups that were asked for, in order; they are read from the store when their turn comes."""

    def __init__(self, found: Sequence[Found], limit: int | None, exhibit: str | None, database: Database) -> None:
        self._found = found[:limit]
        self._exhibit = exhibit
        self._database = database
        self.total = len(found)
        """How many there would be without a limit."""

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Group]:
        page: list[Found] = []
        files = 0
        for group in self._found:
            page.append(group)
            files += len(group.files)
            if files >= _PAGE_FILES:
                yield from self._read(page)
                page, files = [], 0
        yield from self._read(page)

    def _read(self, page: Sequence[Found]) -> Iterator[Group]:
        files = list({file: None for found in page for file in found.files})
        lies = pictures.places(self._database, files)
        known = members(lies, self._exhibit, self._database)
        for found in page:
            distances = dict(zip(found.files, found.distances, strict=False))
            percents = dict(zip(found.files, found.percents, strict=False))
            own = {
                file: replace(known[file], distance=distances.get(file), shared_percent=percents.get(file))
                for file in found.files
            }
            yield Group(
                found.kind, found.about, own[found.representative], tuple(own.values()), exhibits_of(found, lies)
            )


def members(lies: Mapping[int, Sequence[pictures.Place]], exhibit: str | None, database: Database) -> dict[int, Member]:
    """Files with what is known of these places of theirs, those in `exhibit` first."""
    known = pictures.addresses(database, [place.occurrence for each in lies.values() for place in each])
    found = {}
    for file, each in lies.items():
        places = sorted(each, key=lambda place: place.exhibit != exhibit)
        found[file] = Member(
            known[places[0].occurrence][1],
            file,
            tuple(place.exhibit for place in places),
            tuple(known[place.occurrence][0] for place in places),
        )
    return found


def clusters(
    exhibit: str | None,
    wanted: Wanted,
    *,
    database: Database,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> Groups:
    """The groups of all exhibits, or those that have a file in `exhibit`, whatever else they have. Raise `NotFound`.

    What was compared once is kept in `folder` and not compared again: see `near_copies`.
    """
    if exhibit is not None:
        acquisition_of(database, exhibit)
    found = [
        (group, 0)
        for group in grouping.found(wanted.kinds, database=database, folder=folder, on_progress=on_progress)
        if len(group.files) >= wanted.files
    ]
    if exhibit is not None or wanted.exhibits > 1 or wanted.order is Order.EXHIBITS:
        lies = pictures.places(database, list({file: None for group, _ in found for file in group.files}))
        found = [
            (group, len(touched))
            for group, _ in found
            for touched in (exhibits_of(group, lies),)
            if len(touched) >= wanted.exhibits and (exhibit is None or exhibit in touched)
        ]
    kinds = list(Kind)

    def turn(one: tuple[Found, int]) -> tuple[int, int]:
        group, exhibits = one
        first = {Order.KIND: kinds.index(group.kind), Order.FILES: 0, Order.EXHIBITS: -exhibits}
        return first[wanted.order], -len(group.files)

    return Groups([group for group, _ in sorted(found, key=turn)], wanted.limit, exhibit, database)


def exhibits_of(group: Found, lies: Mapping[int, Sequence[pictures.Place]]) -> tuple[str, ...]:
    """The exhibits in which a group has files, in the order in which they were registered."""
    touched = sorted({place[:2] for file in group.files for place in lies[file]})
    return tuple(number for _, number in touched)
