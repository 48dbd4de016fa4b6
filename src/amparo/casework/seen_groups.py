"""Which files belong together, as far as an officer may see: a page of groups, a group with its members, all as rows.

What lies in exhibits that the officer may not see takes no part: groups are what they would be if there were no such
exhibits. They are found by a thread of their own and kept in memory (see `prepared`), since a million pictures take
seconds.
"""

from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path

import numpy as np

from amparo.casework import grouping
from amparo.casework.disclose import NoReason
from amparo.casework.grouping import UNKNOWN, Found, Kind
from amparo.casework.prepared import WAIT_S, Prepared, Ready
from amparo.casework.series import Member, Order, exhibits_of, members
from amparo.domain.errors import Busy, NotFound
from amparo.domain.match import Orientation
from amparo.domain.need_to_know import Act, Reach
from amparo.matching.turned_hash import orientations_of
from amparo.records import pictures
from amparo.records.database import Database
from amparo.records.ledger import Ledger

PAGE_GROUPS = 25
PAGE_MEMBERS = 50
_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400
_PAGE_FILES = 2_000
_CHOICES = 16
_PATIENCE_S = 30.0
"""So long who wants a list waits for what is being found."""


class NoGroup(NotFound):
    """A file that may be seen belongs to no group of this kind, or does not any more."""


class Tab(StrEnum):
    """What is shown together."""

    NEAR_COPIES = "near-copies"
    FILMS = "films"
    CAMERAS = "cameras"
    SAME_FILES = "same-files"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of groups there."""
        return _KINDS[self]


_KINDS: Mapping[Tab, tuple[Kind, ...]] = {
    Tab.NEAR_COPIES: (Kind.NEAR_COPIES,),
    Tab.FILMS: (Kind.FILMS,),
    Tab.CAMERAS: (Kind.CAMERA, Kind.BURST),
    Tab.SAME_FILES: (Kind.SAME_FILE,),
}


@dataclass(frozen=True, slots=True)
class Sought:
    """Which groups of a tab are wanted, and in which order."""

    exhibit: str = ""
    """Only what has a file there; empty for all."""
    files: int = 1
    """At least so many different files."""
    exhibits: int = 1
    """In at least so many exhibits."""
    about: str = ""
    """Words of the camera's name; empty for all."""
    kind: Kind | None = None
    order: Order = Order.FILES


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """A group in a list."""

    kind: Kind
    about: str
    files: int
    exhibits: tuple[str, ...]
    representative: Member
    first: datetime | None
    """When its earliest picture was taken, without a zone: by the camera's clock."""
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the groups that were sought."""

    groups: tuple[SeenGroup, ...]
    total: int
    number: int
    """From 1 on."""
    pages: int
    current: bool
    """Whether nothing was stored since they were found."""
    days: Mapping[date, tuple[int]]
    """Of cameras: how many of the pictures in all these groups were taken on each day, by the camera's clock."""


@dataclass(frozen=True, slots=True)
class SeenMember:
    """A file of a group."""

    member: Member
    representative: bool
    orientation: Orientation | None
    """How it is turned against the representative, where both have a hash."""
    taken: datetime | None


@dataclass(frozen=True, slots=True)
class WholeGroup:
    """A group with a page of its members: the nearest to the representative first, or those taken first."""

    group: SeenGroup
    members: tuple[SeenMember, ...]
    number: int
    pages: int
    days: Mapping[date, tuple[int]]


class _Kept:
    """All groups of a tab within a reach."""

    def __init__(self, found: Sequence[Found], exhibits: Sequence[tuple[str, ...]]) -> None:
        self.found = found
        self.exhibits = exhibits
        self._chosen: OrderedDict[Sought, tuple[Sequence[int], Mapping[date, tuple[int]]]] = OrderedDict()

    def chosen(self, sought: Sought) -> tuple[Sequence[int], Mapping[date, tuple[int]]]:
        """The places of the groups that are sought, in order, and the days of their pictures."""
        if (kept := self._chosen.get(sought)) is not None:
            return kept
        words = sought.about.casefold().split()
        places = [
            place
            for place, (group, exhibits) in enumerate(zip(self.found, self.exhibits, strict=True))
            if len(group.files) >= sought.files
            and len(exhibits) >= sought.exhibits
            and (not sought.exhibit or sought.exhibit in exhibits)
            and (sought.kind is None or group.kind is sought.kind)
            and all(word in group.about.casefold() for word in words)
        ]
        if sought.order is Order.EXHIBITS:
            places.sort(key=lambda place: (-len(self.exhibits[place]), -len(self.found[place].files)))
        elif sought.order is Order.FILES:
            places.sort(key=lambda place: -len(self.found[place].files))
        answer = places, _days([self.found[place] for place in places])
        self._chosen[sought] = answer
        while len(self._chosen) > _CHOICES:
            self._chosen.popitem(last=False)
        return answer


_AT_HAND: Prepared[_Kept] = Prepared()


def groups(
    tab: Tab, sought: Sought, *, number: int = 1, wait_s: float = WAIT_S, reach: Reach, database: Database, folder: Path
) -> Page | None:
    """A page of groups, or `None` as long as they are being found. Raise `Forbidden`, `NotFound` for an exhibit."""
    reach.require(Act.SEE_EVIDENCE)
    numbers = pictures.exhibits(database, within=reach.acquisitions)
    if sought.exhibit and sought.exhibit not in numbers.values():
        raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=sought.exhibit)
    ready = _kept(tab, wait_s, reach, database, folder)
    if ready is None:
        return None
    kept = ready.value
    chosen, days = kept.chosen(sought)
    pages = max(1, -(-len(chosen) // PAGE_GROUPS))
    number = min(max(number, 1), pages)
    page = chosen[(number - 1) * PAGE_GROUPS : number * PAGE_GROUPS]
    return Page(tuple(_seen(kept, page, reach, database)), len(chosen), number, pages, ready.current, days)


def exhibits(*, reach: Reach, database: Database) -> list[str]:
    """The numbers of the exhibits that may be seen. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    return list(dict.fromkeys(pictures.exhibits(database, within=reach.acquisitions).values()))


def group(
    kind: Kind, file: int, *, number: int = 1, wait_s: float = WAIT_S, reach: Reach, database: Database, folder: Path
) -> WholeGroup | None:
    """The group of this kind to which a file belongs, or `None` as long as groups are being found.

    Raise `Forbidden`, `NotFound` where there is no such file that may be seen, `NoGroup` where it has none.
    """
    reach.require(Act.SEE_EVIDENCE)
    tab = next(tab for tab in Tab if kind in tab.kinds)
    if not pictures.places(database, [file], within=reach.acquisitions):
        raise NotFound("The workbench has no file {file}.", file=file)
    ready = _kept(tab, wait_s, reach, database, folder)
    if ready is None:
        return None
    kept = ready.value
    place = next((at for at, one in enumerate(kept.found) if one.kind is kind and file in one.files), None)
    if place is None:
        raise NoGroup("File {file} belongs to no such group.", file=file)
    found = kept.found[place]
    pages = max(1, -(-len(found.files) // PAGE_MEMBERS))
    number = min(max(number, 1), pages)
    order = _order(found)[(number - 1) * PAGE_MEMBERS : number * PAGE_MEMBERS]
    (seen,) = _seen(kept, [place], reach, database)
    return WholeGroup(seen, tuple(_members(found, order, reach, database)), number, pages, _days([found]))


def near_copies_of(file: int, *, reach: Reach, database: Database, folder: Path) -> list[tuple[int, int, bool]]:
    """The files of the group of near copies to which one belongs: file, bits that differ, whether representative.

    Empty where there is none. Raise `Forbidden`, or `Busy` as long as groups are being found.
    """
    reach.require(Act.SEE_EVIDENCE)
    ready = _kept(Tab.NEAR_COPIES, _PATIENCE_S, reach, database, folder)
    if ready is None:
        raise Busy("What belongs together is still being found: try again in a minute.")
    found = next((one for one in ready.value.found if file in one.files), None)
    if found is None:
        return []
    return [
        (member, bits, member == found.representative)
        for member, bits in zip(found.files, found.distances, strict=True)
    ]


def rows(
    tab: Tab, sought: Sought, *, reason: str, reach: Reach, database: Database, ledger: Ledger, folder: Path
) -> Iterator[tuple[SeenGroup, SeenMember]]:
    """Each member of each group that is sought, for a list that leaves the workbench; logged before the first one.

    Raise `NoReason`, `Forbidden`, `NotFound`, or `Busy` as long as they are being found.
    """
    reach.require(Act.EXPORT)
    if not reason.strip():
        raise NoReason("Say why this list leaves the workbench: give a reason.")
    reach.require(Act.SEE_EVIDENCE)
    if sought.exhibit and sought.exhibit not in pictures.exhibits(database, within=reach.acquisitions).values():
        raise NotFound("The workbench has no exhibit {exhibit}.", exhibit=sought.exhibit)
    ready = _kept(tab, _PATIENCE_S, reach, database, folder)
    if ready is None or not ready.current:
        raise Busy("What belongs together is still being found: try again in a minute.")
    kept = ready.value
    chosen, _ = kept.chosen(sought)
    with database.transaction():
        ledger.append(
            "groups.export",
            {"groups": len(chosen), "shown": tab.value, "purpose": reach.purpose.value},
            {"officer": reach.officer, "reason": reason},
        )
        ledger.sign_head()
    return _rows(kept, chosen, reach, database)


def _rows(
    kept: _Kept, chosen: Sequence[int], reach: Reach, database: Database
) -> Iterator[tuple[SeenGroup, SeenMember]]:
    for place in chosen:
        found = kept.found[place]
        (seen,) = _seen(kept, [place], reach, database)
        order = iter(_order(found))
        while part := list(islice(order, _PAGE_FILES)):
            for member in _members(found, part, reach, database):
                yield seen, member


def _kept(tab: Tab, wait_s: float, reach: Reach, database: Database, folder: Path) -> Ready[_Kept] | None:
    within = reach.acquisitions

    def find() -> _Kept:
        found = list(grouping.found(tab.kinds, database=database, folder=folder, within=within))
        exhibits: list[tuple[str, ...]] = []
        rest = iter(found)
        while page := list(islice(rest, _PAGE_FILES)):
            files = list({file: None for group in page for file in group.files})
            lies = pictures.places(database, files, within=within)
            exhibits += (exhibits_of(group, lies) for group in page)
        return _Kept(found, exhibits)

    return _AT_HAND.get((database.place, folder, within, tab), pictures.state(database), find, wait_s=wait_s)


def _seen(kept: _Kept, places: Sequence[int], reach: Reach, database: Database) -> Iterator[SeenGroup]:
    chosen = [kept.found[place] for place in places]
    shown = pictures.places(database, [one.representative for one in chosen], within=reach.acquisitions)
    known = members(shown, None, database)
    for place, one in zip(places, chosen, strict=True):
        taken = [moment for moment in one.moments if moment != UNKNOWN]
        yield SeenGroup(
            one.kind,
            one.about,
            len(one.files),
            kept.exhibits[place],
            replace(known[one.representative], distance=0 if one.kind is Kind.NEAR_COPIES else None),
            _moment(min(taken)) if taken else None,
            _moment(max(taken)) if taken else None,
        )


def _members(found: Found, order: Sequence[int], reach: Reach, database: Database) -> Iterator[SeenMember]:
    files = [found.files[place] for place in order]
    known = members(pictures.places(database, files, within=reach.acquisitions), None, database)
    hashes = pictures.hashes_of(database, [found.representative, *files]) if found.distances else {}
    for place, file in zip(order, files, strict=True):
        yield SeenMember(
            replace(
                known[file],
                distance=found.distances[place] if found.distances else None,
                shared_percent=found.percents[place] if found.percents else None,
            ),
            file == found.representative,
            _turned(hashes.get(found.representative), hashes.get(file)),
            _moment(found.moments[place]) if found.moments and found.moments[place] != UNKNOWN else None,
        )


def _order(found: Found) -> list[int]:
    """The places of members: the representative, then the nearest, or those that were taken first."""
    by: array[int] = found.distances or found.moments
    places = range(len(found.files))
    if not by:
        return list(places)
    return sorted(places, key=lambda place: (found.distances and found.files[place] != found.representative, by[place]))


def _turned(representative: bytes | None, other: bytes | None) -> Orientation | None:
    if representative is None or other is None:
        return None
    wanted = int.from_bytes(representative)
    distances = [(wanted ^ int.from_bytes(one.tobytes())).bit_count() for one in orientations_of(other)]
    return Orientation.at(distances.index(min(distances)))


def _days(found: Sequence[Found]) -> dict[date, tuple[int]]:
    """How many different pictures were taken on each day."""
    if not any(one.moments for one in found):
        return {}
    files = np.concatenate([np.asarray(one.files) for one in found])
    moments = np.concatenate([np.asarray(one.moments) for one in found])
    _, first = np.unique(files, return_index=True)
    taken = moments[first]
    days, counts = np.unique(taken[taken != UNKNOWN] // _DAY_S, return_counts=True)
    return {_EPOCH + timedelta(days=day): (count,) for day, count in zip(days.tolist(), counts.tolist(), strict=True)}


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
