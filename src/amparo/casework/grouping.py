"""Which files belong together, by their numbers alone: near copies, films, bursts, one camera, one file in many."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from amparo.casework.near_copies import OnProgress, near_copies, near_copies_within
from amparo.casework.near_films import near_films
from amparo.records import pictures
from amparo.records.database import Database

_BURST_S = 3
"""Seconds between neighbours of a burst, at most."""
_BURST_FILES = 3
UNKNOWN = -(2**62)
"""In place of a moment that nobody states."""

_Camera = tuple[str, str, str]
"""Make, model, serial number."""


class Kind(StrEnum):
    """Why files stand together."""

    NEAR_COPIES = "near copies"
    """Pictures within the radius of one of them."""
    FILMS = "films"
    """Films, animations and files of several pages of which most frames are in one of them, or of its in them."""
    BURST = "burst"
    """Pictures of one camera in one folder, taken within seconds of each other."""
    CAMERA = "camera"
    """Pictures that name the same camera with the same serial number."""
    SAME_FILE = "same file"
    """One picture or film, byte by byte, in more than one exhibit."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A group by the numbers of its media files."""

    kind: Kind
    about: str
    """The camera, or empty."""
    files: "array[int]"
    representative: int
    distances: "array[int]" = field(default_factory=lambda: array("q"))
    """Of near copies, of each file."""
    percents: "array[int]" = field(default_factory=lambda: array("q"))
    """Of films, how much each shares with the representative."""
    moments: "array[int]" = field(default_factory=lambda: array("q"))
    """Of cameras and bursts, when each file was taken: in seconds since 1970 by the camera's clock, or `UNKNOWN`."""


def found(
    kinds: Collection[Kind],
    *,
    database: Database,
    folder: Path,
    within: Collection[int] | None = None,
    on_progress: OnProgress | None = None,
) -> Iterator[Found]:
    """The groups of these kinds; with `within`, as if there were no other acquisitions than these."""
    if Kind.NEAR_COPIES in kinds:
        near = near_copies(database, folder, on_progress) if within is None else near_copies_within(within, database)
        for representative, members in near:
            files, distances = zip(*members, strict=True)
            yield Found(Kind.NEAR_COPIES, "", array("q", files), representative, array("q", distances))
    if Kind.FILMS in kinds:
        for representative, members in near_films(database, within):
            files, percents = zip(*members, strict=True)
            yield Found(Kind.FILMS, "", array("q", files), representative, percents=array("q", percents))
    if Kind.BURST in kinds or Kind.CAMERA in kinds:
        taken = [
            (file, _camera(facts), _taken(facts)) for file, facts in pictures.with_cameras(database, within=within)
        ]
        if Kind.BURST in kinds:
            yield from _bursts(taken, database, within)
        if Kind.CAMERA in kinds:
            yield from _cameras(taken)
    if Kind.SAME_FILE in kinds:
        for file in pictures.in_several_exhibits(database, within=within):
            yield Found(Kind.SAME_FILE, "", array("q", (file,)), file)


_Taken = tuple[int, _Camera, int]
"""File, camera, moment."""


def _camera(facts: Mapping[str, Any]) -> _Camera:
    camera: Mapping[str, Any] = facts.get("camera") or {}
    return str(camera.get("make", "")), str(camera.get("model", "")), str(camera.get("serial", ""))


def _taken(facts: Mapping[str, Any]) -> int:
    """When a picture was taken by its camera's clock, which has no zone: as if it were UTC; or `UNKNOWN`."""
    text = str((facts.get("times") or {}).get("original", ""))
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return int(datetime.strptime(text[:19], form).replace(tzinfo=UTC).timestamp())
        except ValueError:
            continue
    return UNKNOWN


def _bursts(taken: Iterable[_Taken], database: Database, within: Collection[int] | None) -> Iterator[Found]:
    moments = {file: (moment, camera) for file, camera, moment in taken if moment != UNKNOWN and any(camera)}
    lies = pictures.places(database, list(moments), within=within)
    known = pictures.addresses(database, [places[0].occurrence for places in lies.values()])
    shots: dict[tuple[str, _Camera], list[tuple[int, int]]] = defaultdict(list)
    for file, (moment, camera) in moments.items():
        if file in lies:
            shots[known[lies[file][0].occurrence][0].rpartition("/")[0], camera].append((moment, file))
    for (_, camera), times in sorted(shots.items()):
        run: list[tuple[int, int]] = []
        for shot in [*sorted(times), None]:
            if shot is not None and run and shot[0] - run[-1][0] <= _BURST_S:
                run.append(shot)
                continue
            if len(run) >= _BURST_FILES:
                yield _of_camera(Kind.BURST, camera[:2], [(file, moment) for moment, file in run])
            run = [shot] if shot is not None else []


def _cameras(taken: Iterable[_Taken]) -> Iterator[Found]:
    of_camera: dict[_Camera, list[tuple[int, int]]] = defaultdict(list)
    for file, camera, moment in taken:
        if camera[2]:
            of_camera[camera].append((file, moment))
    for camera, shots in sorted(of_camera.items()):
        if len(shots) > 1:
            yield _of_camera(Kind.CAMERA, camera, shots)


def _of_camera(kind: Kind, camera: Iterable[str], shots: Collection[tuple[int, int]]) -> Found:
    files, moments = (array("q", column) for column in zip(*shots, strict=True))
    return Found(kind, " ".join(filter(None, camera)), files, files[0], moments=moments)
