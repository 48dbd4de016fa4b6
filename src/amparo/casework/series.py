"""Which pictures of an operation belong together: near copies, bursts, of one camera, one file in several exhibits."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from amparo.casework.near_copies import OnProgress, near_copies
from amparo.casework.status import acquisition_of
from amparo.records import pictures
from amparo.records.database import Database

_BURST_S = 3.0
"""Seconds between neighbours of a burst, at most."""
_BURST_FILES = 3
_PAGE_FILES = 2_000
"""Groups are read from the store together until they have so many files."""

_Camera = tuple[str, str, str]
"""Make, model, serial number."""


class Kind(StrEnum):
    """Why files stand together."""

    NEAR_COPIES = "near copies"
    """Pictures within the radius of one of them."""
    BURST = "burst"
    """Pictures of one camera in one folder, taken within seconds of each other."""
    CAMERA = "camera"
    """Pictures that name the same camera with the same serial number."""
    SAME_FILE = "same file"
    """One picture or film, byte by byte, in more than one exhibit."""


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
    exhibits: tuple[str, ...]
    """In which it lies: the one that was asked for first, then as they were registered."""
    item_paths: tuple[str, ...]
    """Its first place in each of them."""
    distance: int | None = None
    """Bits that differ from the representative, where that is why it stands there."""

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


@dataclass(frozen=True, slots=True)
class _Found:
    """A group by the numbers of its media files."""

    kind: Kind
    about: str
    files: tuple[int, ...]
    representative: int
    distances: tuple[int, ...] = ()


class Groups:
    """The groups that were asked for, in order; they are read from the store when their turn comes."""

    def __init__(self, found: Sequence[_Found], limit: int | None, exhibit: str | None, database: Database) -> None:
        self._found = found[:limit]
        self._exhibit = exhibit
        self._database = database
        self.total = len(found)
        """How many there would be without a limit."""

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Group]:
        page: list[_Found] = []
        files = 0
        for group in self._found:
            page.append(group)
            files += len(group.files)
            if files >= _PAGE_FILES:
                yield from self._read(page)
                page, files = [], 0
        yield from self._read(page)

    def _read(self, page: Sequence[_Found]) -> Iterator[Group]:
        lies = pictures.places(self._database, list({file: None for found in page for file in found.files}))
        known = pictures.addresses(self._database, [place.occurrence for each in lies.values() for place in each])
        for found in page:
            distances = dict(zip(found.files, found.distances, strict=False))
            members = {}
            for file in found.files:
                places = sorted(lies[file], key=lambda place: place.exhibit != self._exhibit)
                members[file] = Member(
                    known[places[0].occurrence][1],
                    tuple(place.exhibit for place in places),
                    tuple(known[place.occurrence][0] for place in places),
                    distances.get(file),
                )
            yield Group(
                found.kind,
                found.about,
                members[found.representative],
                tuple(members.values()),
                _exhibits(found, lies),
            )


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
        (group, 0) for group in _found(wanted.kinds, database, folder, on_progress) if len(group.files) >= wanted.files
    ]
    if exhibit is not None or wanted.exhibits > 1 or wanted.order is Order.EXHIBITS:
        lies = pictures.places(database, list({file: None for group, _ in found for file in group.files}))
        found = [
            (group, len(touched))
            for group, _ in found
            for touched in (_exhibits(group, lies),)
            if len(touched) >= wanted.exhibits and (exhibit is None or exhibit in touched)
        ]
    kinds = list(Kind)

    def turn(one: tuple[_Found, int]) -> tuple[int, int]:
        group, exhibits = one
        first = {Order.KIND: kinds.index(group.kind), Order.FILES: 0, Order.EXHIBITS: -exhibits}
        return first[wanted.order], -len(group.files)

    return Groups([group for group, _ in sorted(found, key=turn)], wanted.limit, exhibit, database)


def _exhibits(group: _Found, lies: Mapping[int, Sequence[pictures.Place]]) -> tuple[str, ...]:
    """The exhibits in which a group has files, in the order in which they were registered."""
    touched = sorted({place[:2] for file in group.files for place in lies[file]})
    return tuple(number for _, number in touched)


def _found(
    kinds: Collection[Kind], database: Database, folder: Path, on_progress: OnProgress | None
) -> Iterator[_Found]:
    if Kind.NEAR_COPIES in kinds:
        for representative, near in near_copies(database, folder, on_progress):
            files, distances = zip(*near, strict=True)
            yield _Found(Kind.NEAR_COPIES, "", files, representative, distances)
    if Kind.BURST in kinds or Kind.CAMERA in kinds:
        taken = list(pictures.with_cameras(database))
        if Kind.BURST in kinds:
            yield from _bursts(taken, database)
        if Kind.CAMERA in kinds:
            yield from _cameras(taken)
    if Kind.SAME_FILE in kinds:
        for file in pictures.in_several_exhibits(database):
            yield _Found(Kind.SAME_FILE, "", (file,), file)


def _camera(facts: Mapping[str, Any]) -> _Camera:
    camera: Mapping[str, Any] = facts.get("camera") or {}
    return str(camera.get("make", "")), str(camera.get("model", "")), str(camera.get("serial", ""))


def _taken(facts: Mapping[str, Any]) -> datetime | None:
    """When a picture was taken by its camera's clock, to the second."""
    text = str((facts.get("times") or {}).get("original", ""))
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text[:19], form)  # noqa: DTZ007 - of a camera's clock, which has no zone
        except ValueError:
            continue
    return None


def _bursts(taken: Iterable[tuple[int, Mapping[str, Any]]], database: Database) -> Iterator[_Found]:
    moments = {
        file: (moment, camera)
        for file, facts in taken
        if (moment := _taken(facts)) is not None and any(camera := _camera(facts))
    }
    lies = pictures.places(database, list(moments))
    known = pictures.addresses(database, [places[0].occurrence for places in lies.values()])
    shots: dict[tuple[str, _Camera], list[tuple[datetime, int]]] = defaultdict(list)
    for file, (moment, camera) in moments.items():
        shots[known[lies[file][0].occurrence][0].rpartition("/")[0], camera].append((moment, file))
    for (_, camera), times in sorted(shots.items()):
        run: list[tuple[datetime, int]] = []
        for shot in [*sorted(times), None]:
            if shot is not None and run and (shot[0] - run[-1][0]).total_seconds() <= _BURST_S:
                run.append(shot)
                continue
            if len(run) >= _BURST_FILES:
                files = tuple(file for _, file in run)
                yield _Found(Kind.BURST, " ".join(filter(None, camera[:2])), files, files[0])
            run = [shot] if shot is not None else []


def _cameras(taken: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[_Found]:
    of_camera: dict[_Camera, list[int]] = defaultdict(list)
    for file, facts in taken:
        camera = _camera(facts)
        if camera[2]:
            of_camera[camera].append(file)
    for camera, files in sorted(of_camera.items()):
        if len(files) > 1:
            yield _Found(Kind.CAMERA, " ".join(filter(None, camera)), tuple(files), files[0])
