"""Films compared by the hashes of their frames, as Meta's vPDQ does it, and which seconds of them match.

Frames below the quality gate count for nothing, and equal hashes of one film count once. A frame matches where the
other film has one within the radius. How much of each film matches is given both ways: a short cut of a long film
matches wholly, the long film a little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from amparo.domain.finding import PerceptualHash
from amparo.matching.clusters import QUALITY_GATE
from amparo.matching.hash_rows import HASH_BYTES, RADIUS, as_radius
from amparo.matching.perceptual_index import PerceptualIndex

LAST_FRAME_MS = 1_000
"""How long the last frame of a film is taken to be shown; one a second is hashed."""


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """A part of a film, from the beginning of one frame to that of the next that was kept and does not belong to it."""

    begin_ms: int
    end_ms: int

    def __str__(self) -> str:
        return f"{_clock(self.begin_ms)}–{_clock(self.end_ms)}"


@dataclass(frozen=True, slots=True)
class FilmMatch:
    """What two films have in common. Percentages are of unlike frames that are good enough, as in vPDQ."""

    known: int
    """Number of the known film."""
    query_percent: float
    """Share of the film asked about that is in the known one."""
    known_percent: float
    """Share of the known film that is in the one asked about."""
    distance: int
    """The least between two frames."""
    query_times: tuple[TimeRange, ...]
    """Which parts of the film asked about are in the known one."""
    known_times: tuple[TimeRange, ...]
    """And which parts of the known one."""


class _Film:
    """The frames of a film that count: unlike hashes, and each place where one of them is shown."""

    def __init__(self, frames: Sequence[PerceptualHash], quality_gate: int) -> None:
        shown = sorted(frames, key=lambda frame: (frame.time_ms, frame.frame))
        self.ends = [frame.time_ms for frame in shown[1:]] + [frame.time_ms + LAST_FRAME_MS for frame in shown[-1:]]
        self.begins = [frame.time_ms for frame in shown]
        self.hashes: dict[bytes, list[int]] = {}
        """Of each unlike hash, which frames have it."""
        for number, frame in enumerate(shown):
            if frame.quality >= quality_gate:
                self.hashes.setdefault(frame.value, []).append(number)
        self.places = list(self.hashes.values())

    @property
    def rows(self) -> NDArray[np.uint8]:
        return np.frombuffer(b"".join(self.hashes), dtype=np.uint8).reshape(-1, HASH_BYTES)

    def times(self, matched: NDArray[np.int64]) -> tuple[TimeRange, ...]:
        """When the hashes with these numbers are shown; frames that follow each other as one range."""
        ranges = list[TimeRange]()
        before = -2
        for number in sorted(place for found in matched.tolist() for place in self.places[found]):
            begin = ranges.pop().begin_ms if number == before + 1 else self.begins[number]
            ranges.append(TimeRange(begin, self.ends[number]))
            before = number
        return tuple(ranges)


class FilmIndex:
    """Known films by the hashes of their frames."""

    def __init__(self, films: Sequence[Sequence[PerceptualHash]], *, quality_gate: int = QUALITY_GATE) -> None:
        """Of `films`, each with the hashes that `analysis.vpdq` gives, in memory."""
        self.quality_gate = quality_gate
        self._films = [_Film(frames, quality_gate) for frames in films]
        sizes = [len(film.hashes) for film in self._films]
        self._firsts = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).astype(np.int64)
        rows = [np.empty((0, HASH_BYTES), dtype=np.uint8), *(film.rows for film in self._films)]
        self._index = PerceptualIndex.in_memory(np.concatenate(rows))

    @classmethod
    def of(cls, film: Sequence[PerceptualHash], *, quality_gate: int = QUALITY_GATE) -> Self:
        """Of one film."""
        return cls([film], quality_gate=quality_gate)

    def query(self, frames: Sequence[PerceptualHash], radius: SupportsIndex = RADIUS) -> Iterator[FilmMatch]:
        """Each known film that has a frame within `radius` of one of `frames`, in the order of their numbers."""
        film = _Film(frames, self.quality_gate)
        found = self._index.query(film.rows, as_radius(radius))
        films = np.searchsorted(self._firsts, found[:, 1], side="right") - 1
        for number in np.unique(films).tolist():
            known, rows = self._films[number], found[films == number]
            asked, had = np.unique(rows[:, 0]), np.unique(rows[:, 1] - self._firsts[number])
            yield FilmMatch(
                number,
                100 * len(asked) / len(film.hashes),
                100 * len(had) / len(known.hashes),
                int(rows[:, 2].min()),
                film.times(asked),
                known.times(had),
            )


def _clock(time_ms: int) -> str:
    seconds, thousandths = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{thousandths:03}"
