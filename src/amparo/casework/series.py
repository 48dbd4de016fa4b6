"""Which pictures of an exhibit belong together: near copies, bursts, and all of one camera."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from amparo.casework.match import QUALITY_GATE, RADIUS
from amparo.casework.status import acquisition_of
from amparo.matching.known_set import digest_array
from amparo.records import matches as records
from amparo.records import queries
from amparo.records.database import Database
from amparo.records.matches import Place

_BURST_S = 3.0
"""Seconds between neighbours of a burst, at most."""
_BURST_FILES = 3


class Kind(StrEnum):
    """Why files stand together."""

    NEAR_COPIES = "near copies"
    """Pictures within the radius of one of them."""
    BURST = "burst"
    """Pictures of one camera in one folder, taken within seconds of each other."""
    CAMERA = "camera"
    """Pictures that name the same camera with the same serial number."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a group."""

    item_path: str
    sha256: bytes
    distance: int | None = None
    """Bits that differ from the representative, where that is why it stands there."""


@dataclass(frozen=True, slots=True)
class Group:
    """Files that belong together, for one reason."""

    kind: Kind
    about: str
    """The camera, or empty."""
    representative: Member
    """The one to look at first: the most central and best one of near copies, else the first."""
    members: tuple[Member, ...]
    """All of them, the representative among them, each at the first place where it lies."""


def clusters(exhibit: str, *, radius: int = RADIUS, quality: int = QUALITY_GATE, database: Database) -> Iterator[Group]:
    """The groups of an exhibit: near copies, largest first, then bursts, then cameras. Raise `NotFound`."""
    acquisition = acquisition_of(database, exhibit).id
    pictures = list(records.pictures(database, acquisition))
    places = records.places(database, acquisition)
    yield from _near_copies(pictures, places, radius, quality)
    taken = list(queries.findings_by(database, acquisition, "metadata"))
    yield from _bursts(taken, places)
    yield from _cameras(taken, places)


def _near_copies(
    pictures: Sequence[records.Picture], places: Mapping[int, Place], radius: int, quality: int
) -> Iterator[Group]:
    from amparo.matching.clusters import clustered  # it brings a compiler with it

    if not pictures:
        return
    found = clustered(
        digest_array((picture.pdq for picture in pictures), 32),
        [picture.quality for picture in pictures],
        radius=radius,
        quality_gate=quality,
    )
    for number, _ in sorted(found.sizes.items(), key=lambda one: (-one[1], one[0])):
        members = {
            int(place): _member(places, pictures[place].media_file, int(found.distances[place]))
            for place in found.members(number)
            if pictures[place].media_file in places
        }
        if number in members and len(members) > 1:
            yield Group(Kind.NEAR_COPIES, "", members[number], tuple(members.values()))


def _member(places: Mapping[int, Place], media_file: int, distance: int | None = None) -> Member:
    place = places[media_file]
    return Member(place.item_path, place.sha256, distance)


def _camera(facts: Mapping[str, Any]) -> tuple[str, str, str]:
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


def _bursts(taken: Sequence[tuple[int, Mapping[str, Any]]], places: Mapping[int, Place]) -> Iterator[Group]:
    shots: dict[tuple[str, tuple[str, str, str]], list[tuple[datetime, int]]] = defaultdict(list)
    for media_file, facts in taken:
        moment, camera = _taken(facts), _camera(facts)
        if moment is not None and any(camera) and media_file in places:
            folder = places[media_file].item_path.rpartition("/")[0]
            shots[folder, camera].append((moment, media_file))
    for (_, camera), times in sorted(shots.items()):
        run: list[tuple[datetime, int]] = []
        for shot in [*sorted(times), None]:
            if shot is not None and run and (shot[0] - run[-1][0]).total_seconds() <= _BURST_S:
                run.append(shot)
                continue
            if len(run) >= _BURST_FILES:
                members = tuple(_member(places, media_file) for _, media_file in run)
                yield Group(Kind.BURST, " ".join(filter(None, camera[:2])), members[0], members)
            run = [shot] if shot is not None else []


def _cameras(taken: Sequence[tuple[int, Mapping[str, Any]]], places: Mapping[int, Place]) -> Iterator[Group]:
    of_camera: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for media_file, facts in taken:
        camera = _camera(facts)
        if camera[2] and media_file in places:
            of_camera[camera].append(media_file)
    for camera, files in sorted(of_camera.items(), key=lambda one: (-len(one[1]), one[0])):
        if len(files) > 1:
            members = tuple(_member(places, media_file) for media_file in files)
            yield Group(Kind.CAMERA, " ".join(filter(None, camera)), members[0], members)
