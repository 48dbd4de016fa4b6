"""The order in which files wait for a person's look: by reasons that are named, can be checked, and add up.

Each reason gives a file whole points from 0 to 100. A supervisor says what a point of each reason weighs. The score
of a file is the sum of points times weights, in whole numbers, so that the parts shown beside a file give its score
exactly. What scores more is looked at first; of equals, the file with the lower number.

No reason takes anything away. In particular, what was found out about how a picture came to be only adds: a picture
that a model made may still show or derive from a real child, so no finding about origin puts a file behind where it
would stand without one, or takes it out of the queue.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amparo.domain.canonical import canonical
from amparo.domain.errors import AmparoError
from amparo.domain.sentence import Sentence

Whole = NDArray[np.int64]
Column = NDArray[Any]

MOST_POINTS = 100
MOST_WEIGHT = 1_000
CLASSIFIER = "classifier:"
"""Before an analyzer's name, in the name of the reason that it gives."""
CLASSIFIER_WEIGHT = 100
"""Of an analyzer for which no weight was laid down."""
UNKNOWN_AGE = -1
NO_ORIGIN = -32_768
"""Where no likelihood ratio was measured."""
CAMERA_NAMED, TRACES_COHERENT = 1, 2
_CLASSIFIER = re.compile(rf"{CLASSIFIER}[A-Za-z0-9_. -]{{1,100}}")
_LONGEST = 10_000


class MalformedWeights(AmparoError, ValueError):
    """Weights that make no sense."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What reasons go by: a value for each of n files, in columns of whole numbers of length n."""

    media_file: Column
    """Their numbers, rising."""
    known: Column
    """1 where a hash set knows the bytes, or a picture or film that is near."""
    near_series: Column
    """1 for near copies of what a hash set states as part of a series whose victim is not identified."""
    camera_traces: Column
    """0; `CAMERA_NAMED` where metadata name one; `TRACES_COHERENT` where what it leaves agrees with itself."""
    serial_files: Column
    """How many different files name the same camera with the same serial number, this one included; 0 where none."""
    in_camera_roll: Column
    """1 where it lies in a folder into which cameras and phones write."""
    taken_age_days: Column
    """Days since it was taken by the camera's clock, `UNKNOWN_AGE` where that is not stated or lies in the future."""
    place: Column
    """1 where metadata state a place."""
    time: Column
    """1 where metadata state when it was taken."""
    exhibits: Column
    """On how many exhibits it lies."""
    countries: Column
    """In exhibits of agencies of how many countries it lies."""
    origin: Column
    """Thousandths of the log10 likelihood ratio, positive for a generator; `NO_ORIGIN` where none was measured."""
    classifiers: Mapping[str, Column] = field(default_factory=dict)
    """Of each analyzer that an agency attached, by its name, the points that it gives."""

    def __len__(self) -> int:
        return len(self.media_file)

    def at(self, places: NDArray[np.intp]) -> Self:
        """The candidates at some places, in that order."""
        columns = {each.name: getattr(self, each.name)[places] for each in fields(self)[:-1]}
        return type(self)(**columns, classifiers={name: each[places] for name, each in self.classifiers.items()})


def _where(condition: Column, points: int = MOST_POINTS) -> Whole:
    return np.where(condition, points, 0).astype(np.int64)


def unknown(files: Candidates) -> Whole:
    """New to every hash set: none knows the bytes, none knows a picture or film that is near. 100 points.

    What nobody has catalogued may show somebody whom nobody is looking for yet. It says nothing where few sets are in
    use: import those that your country shares.
    """
    return _where(files.known == 0)


def near_series(files: Candidates) -> Whole:
    """Nearly the same as a file of a series whose victim is not identified, as a hash set states it. 100 points.

    The source states a series and does not state that its victim is identified. Another picture of it may hold what
    those before did not. Such near copies stay in the queue, all others leave it.
    """
    return _where(files.near_series == 1)


def camera_traces(files: Candidates) -> Whole:
    """Traces of a camera: 100 points where they agree with each other, 30 where metadata only name a camera.

    What a camera leaves when it writes a file (tables, thumbnail, sizes, notes of its maker) is lost on most ways
    through the internet: who has the file with them stands near to who took it. Names in metadata are easily copied.
    """
    return np.choose(np.clip(files.camera_traces, 0, TRACES_COHERENT), (0, 30, MOST_POINTS)).astype(np.int64)


def same_camera(files: Candidates) -> Whole:
    """Made by a camera that made other files here: same make, model and serial number. 40 points for two, up to 100.

    Several files of one camera are a producer's rather than a collector's: 20 points more each time their number
    doubles, from two on. Serial numbers stand in metadata and can be copied; patterns of sensors are not compared.
    """
    number = np.maximum(np.asarray(files.serial_files, np.int64), 1)
    doubled = np.floor(np.log2(number)).astype(np.int64)
    return np.where(number >= 2, np.minimum(20 + 20 * doubled, MOST_POINTS), 0)


def camera_roll(files: Candidates) -> Whole:
    """Lies where cameras and phones write what they take: `DCIM`, the camera's folder of a phone. 100 points.

    What lies there was mostly taken with the device that was seized, or saved on it on purpose.
    """
    return _where(files.in_camera_roll == 1)


def recent(files: Candidates) -> Whole:
    """Taken lately, by the camera's clock: 100 points for the last 30 days, then less, none from ten years on.

    Who was photographed lately may still be where the picture was taken. The clock of a camera may be wrong; a date in
    the future, or none, gives no points.
    """
    age = np.asarray(files.taken_age_days, np.int64)
    left = (3_650 - np.clip(age, 30, 3_650)) * MOST_POINTS // 3_620
    return np.where(age > UNKNOWN_AGE, left, 0)


def place_or_time(files: Candidates) -> Whole:
    """Metadata state where it was taken (70 points) or when (30 points).

    With a place or a time somebody can begin to look. Both can be wrong or made up.
    """
    return _where(files.place == 1, 70) + _where(files.time == 1, 30)


def exhibits(files: Candidates) -> Whole:
    """The same bytes lie on several exhibits that you may see: 40 points for two, 20 more for each further one.

    A file that is new and passed on already is shown to more people every day.
    """
    return _several(files.exhibits, 20)


def countries(files: Candidates) -> Whole:
    """The same bytes lie on exhibits of several countries that you may see: 60 points for two, up to 100.

    Those who have it are connected, and colleagues elsewhere look at it too: one look serves all.
    """
    return _several(files.countries, 30)


def _several(count: Column, each: int) -> Whole:
    number = np.minimum(np.asarray(count, np.int64), MOST_POINTS)
    return np.where(number >= 2, np.minimum(number * each, MOST_POINTS), 0)


def origin(files: Candidates) -> Whole:
    """Measurements of the pixels support a camera: 50 points for each power of ten of the likelihood ratio, up to 100.

    What supports a generator gives no points, as if nothing had been measured, and never fewer: origin only adds.
    """
    measured = np.asarray(files.origin, np.int64)
    return np.where(measured == NO_ORIGIN, 0, np.clip(-measured, 0, 2_000) // 20)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that puts a file forward."""

    name: str
    points: Callable[[Candidates], Whole]
    """Its docstring is what the manual says of the reason."""
    weight: int
    """Where no other was laid down."""
    sentence: Callable[[Candidates], Sentence]
    """Why a file has points for it, of candidates that are one file."""


def _camera_sentence(file: Candidates) -> Sentence:
    if int(file.camera_traces[0]) >= TRACES_COHERENT:
        return Sentence("The traces that a camera leaves agree with each other.")
    return Sentence("Metadata name a camera.")


def _clue_sentence(file: Candidates) -> Sentence:
    if not int(file.time[0]):
        return Sentence("Metadata state where it was taken.")
    if not int(file.place[0]):
        return Sentence("Metadata state when it was taken.")
    return Sentence("Metadata state where and when it was taken.")


REASONS: tuple[Reason, ...] = (
    Reason("unknown", unknown, 100, lambda file: Sentence("No hash set knows it, or anything near it.")),
    Reason(
        "near-series", near_series, 150, lambda file: Sentence("It is near a series whose victim is not identified.")
    ),
    Reason("camera-traces", camera_traces, 120, _camera_sentence),
    Reason(
        "same-camera",
        same_camera,
        100,
        lambda file: Sentence("{count} files here are of the same camera.", count=int(file.serial_files[0])),
    ),
    Reason(
        "camera-roll", camera_roll, 80, lambda file: Sentence("It lies where a camera or a phone writes what it takes.")
    ),
    Reason(
        "recent",
        recent,
        60,
        lambda file: Sentence("It was taken {count} days ago, by its clock.", count=int(file.taken_age_days[0])),
    ),
    Reason("place-or-time", place_or_time, 60, _clue_sentence),
    Reason(
        "exhibits", exhibits, 40, lambda file: Sentence("It lies on {count} exhibits.", count=int(file.exhibits[0]))
    ),
    Reason(
        "countries", countries, 60, lambda file: Sentence("It lies in {count} countries.", count=int(file.countries[0]))
    ),
    Reason("origin", origin, 40, lambda file: Sentence("Measurements of its pixels support a camera.")),
)
"""What puts files forward, in the order in which it is told. Agencies' classifiers come after them."""
_BY_NAME = {reason.name: reason for reason in REASONS}


def classifier_reason(analyzer: str) -> Reason:
    """The reason that an analyzer of an agency gives: as many points as its finding says, from 0 to 100."""

    def points(files: Candidates) -> Whole:
        """As many points as the finding of an attached analyzer says. What they mean, its maker documents."""
        return np.clip(np.asarray(files.classifiers[analyzer], np.int64), 0, MOST_POINTS)

    return Reason(
        f"{CLASSIFIER}{analyzer}",
        points,
        CLASSIFIER_WEIGHT,
        lambda file: Sentence("The analyzer {analyzer} puts it forward.", analyzer=analyzer),
    )


def reasons_of(files: Candidates) -> tuple[Reason, ...]:
    """All reasons by which these candidates are ordered."""
    return (*REASONS, *map(classifier_reason, sorted(files.classifiers)))


def _is_reason(name: str) -> bool:
    return name in _BY_NAME or _CLASSIFIER.fullmatch(name) is not None


def _parsed(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError) as error:
        raise MalformedWeights("Weights are a JSON object with a whole number for each reason.") from error
    if not isinstance(given, dict):
        raise MalformedWeights("Weights are a JSON object with a whole number for each reason.")
    return given


@dataclass(frozen=True, slots=True)
class Weights:
    """What a point of each reason weighs, from 0 to 1,000; as text, canonical JSON."""

    by_reason: Mapping[str, int] = field(default_factory=lambda: {each.name: each.weight for each in REASONS})

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Self:
        """These weights, and the usual one for each reason that is not named. Raise `MalformedWeights`."""
        found = {reason.name: reason.weight for reason in REASONS}
        for name, weight in given.items():
            if not _is_reason(name):
                raise MalformedWeights(
                    "There is no reason {name!r}: choose of {known}, or {prefix}ANALYZER.",
                    name=name,
                    known=", ".join(_BY_NAME),
                    prefix=CLASSIFIER,
                )
            if not isinstance(weight, int) or isinstance(weight, bool) or not 0 <= weight <= MOST_WEIGHT:
                raise MalformedWeights(
                    "The weight of {name} is a whole number from 0 to {most}: not {weight!r}.",
                    name=name,
                    most=MOST_WEIGHT,
                    weight=weight,
                )
            found[name] = weight
        if not any(found.values()):
            raise MalformedWeights("Where no reason weighs anything there is no order: give one of them a weight.")
        return cls(dict(sorted(found.items())))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str`; raise `MalformedWeights`."""
        return cls.of(_parsed(text))

    @classmethod
    def understood(cls, text: str) -> Self:
        """As `parse`, without reasons that this version of Amparo does not know: another one laid the weights down."""
        return cls.of({name: weight for name, weight in _parsed(text).items() if _is_reason(name)})

    def __str__(self) -> str:
        return canonical(dict(self.by_reason)).decode()

    def of_reason(self, reason: Reason) -> int:
        """What a point of it weighs."""
        return self.by_reason.get(reason.name, reason.weight)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one reason adds to the score of a file."""

    reason: str
    points: int
    weight: int
    sentence: Sentence | str
    """As `Reason` says it; as it was said and stored where an agency's analyzer speaks for itself."""

    @property
    def score(self) -> int:
        """Points times weight."""
        return self.points * self.weight


def scores(files: Candidates, weights: Weights) -> Whole:
    """The score of each of the n candidates."""
    total = np.zeros(len(files), np.int64)
    for reason in reasons_of(files):
        if weight := weights.of_reason(reason):
            total += weight * reason.points(files)
    return total


def order(media_file: Column, scored: Whole) -> NDArray[np.intp]:
    """The places of n files with these numbers and scores: who scores most first, of equals the lower number."""
    return np.lexsort((media_file, -scored))


def explained(files: Candidates, place: int, weights: Weights) -> tuple[Contribution, ...]:
    """What adds up to the score of the candidate at a place, weightiest first, without what adds nothing."""
    one = files.at(np.array([place]))
    found = []
    for reason in reasons_of(one):
        points, weight = int(reason.points(one)[0]), weights.of_reason(reason)
        if points and weight:
            found.append(Contribution(reason.name, points, weight, reason.sentence(one)))
    return tuple(sorted(found, key=lambda each: -each.score))
