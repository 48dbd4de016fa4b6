"""Films compared as the reference compares them, and which seconds match."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.finding import PerceptualHash
from amparo.matching.video import FilmIndex, FilmMatch, TimeRange
from contracts.hashes import Hashes, turned, uniform


def film(hashes: Hashes, qualities: object = 100, every_ms: int = 1000) -> list[PerceptualHash]:
    good = np.broadcast_to(np.asarray(qualities), len(hashes))
    return [
        PerceptualHash(row.tobytes(), int(good[number]), number * 25, number * every_ms)
        for number, row in enumerate(hashes)
    ]


def as_the_reference(
    query: list[PerceptualHash], known: list[PerceptualHash], gate: int, radius: int
) -> tuple[float, float]:
    """`match_VPDQ_hash_brute` of facebook/ThreatExchange, after its `dedupe`."""

    def filtered(frames: list[PerceptualHash]) -> list[PerceptualHash]:
        unlike: dict[bytes, PerceptualHash] = {}
        for frame in frames:
            if frame.quality >= gate:
                unlike.setdefault(frame.value, frame)
        return list(unlike.values())

    def percent(some: list[PerceptualHash], others: list[PerceptualHash]) -> float:
        matched = sum(any(one.distance(other) <= radius for other in others) for one in some)
        return matched * 100 / len(some) if some else 0.0

    asked, had = filtered(query), filtered(known)
    return percent(asked, had), percent(had, asked)


def test_a_cut_matches_wholly_and_says_which_seconds() -> None:
    frames = uniform(600, 1)
    cut = turned(frames[120:180], np.full(60, 20))
    [match] = FilmIndex([film(uniform(50, 2)), film(frames)]).query(film(cut, every_ms=500))
    assert match == FilmMatch(1, 100.0, 10.0, 20, (TimeRange(0, 30_500),), (TimeRange(120_000, 180_000),))
    assert str(match.known_times[0]) == "0:02:00.000–0:03:00.000"


def test_scenes_apart_are_ranges_apart() -> None:
    scenes, other = uniform(20, 3), uniform(30, 4)
    mixed = np.concatenate([other[:10], scenes[:10], other[10:], scenes[10:]])
    [match] = FilmIndex.of(film(scenes)).query(film(mixed))
    assert match.query_times == (TimeRange(10_000, 20_000), TimeRange(40_000, 50_000))
    assert match.known_times == (TimeRange(0, 20_000),)
    assert (match.query_percent, match.known_percent, match.distance) == (40.0, 100.0, 0)


def test_a_standing_picture_lasts_until_the_next_one_that_was_kept() -> None:
    one, two, three = (row.tobytes() for row in uniform(3, 5))
    known = [
        PerceptualHash(one, 100, 0, 0),
        PerceptualHash(two, 100, 750, 30_000),
        PerceptualHash(three, 100, 775, 31_000),
    ]
    [match] = FilmIndex.of(known).query([PerceptualHash(one, 100)])
    assert match.known_times == (TimeRange(0, 30_000),)


def test_plain_frames_count_for_nothing_and_equal_ones_once() -> None:
    plain, scene = np.zeros((40, 32), np.uint8), uniform(4, 6)
    dark = film(np.concatenate([plain, scene]), [10] * 40 + [100] * 4)
    assert not list(FilmIndex.of(dark).query(film(plain, 49)))
    assert list(FilmIndex.of(dark, quality_gate=0).query(film(plain, 49)))
    repeated = film(np.concatenate([scene[:1], scene[:1], scene[1:2], scene[:1], uniform(1, 7)]))
    [match] = FilmIndex.of(dark).query(repeated)
    assert match.query_percent == pytest.approx(200 / 3)
    assert match.known_percent == 50
    assert match.query_times == (TimeRange(0, 4_000),)
    assert not list(FilmIndex.of(dark).query([]))
    assert not list(FilmIndex([]).query(repeated))
    assert not list(FilmIndex([[]]).query(repeated))


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(0, 100), st.integers(0, 60))
def test_percentages_are_those_of_the_reference(seed: int, gate: int, radius: int) -> None:
    random = np.random.default_rng(seed)
    scenes = uniform(12, 8)
    films = []
    for _ in range(3):
        chosen = scenes[random.integers(0, 12, 25)]
        hashes = np.where(random.random((25, 1)) < 0.3, chosen, turned(chosen, random.integers(0, 40, 25), seed))
        films.append(film(hashes, random.integers(0, 101, 25)))
    found = {match.known: match for match in FilmIndex(films[1:], quality_gate=gate).query(films[0], radius)}
    for number, known in enumerate(films[1:]):
        expected = as_the_reference(films[0], known, gate, radius)
        match = found.get(number)
        assert (match.query_percent, match.known_percent) == pytest.approx(expected) if match else expected == (0, 0)


def test_the_field_s_films(field: Path) -> None:
    films = {path.stem: listed(path) for path in sorted((field / "vpdq").glob("*.txt"))}
    assert len(films) == 5
    index = FilmIndex(list(films.values()))
    names = list(films)
    for name, frames in films.items():
        found = {names[match.known]: match for match in index.query(frames)}
        assert (found[name].query_percent, found[name].known_percent, found[name].distance) == (100, 100, 0)
        assert found[name].query_times == found[name].known_times
    for one, other in permutations(names, 2):
        expected = as_the_reference(films[one], films[other], 50, 31)
        matches = [match for match in index.query(films[one]) if names[match.known] == other]
        assert [(match.query_percent, match.known_percent) for match in matches] == [expected] * any(expected)


def listed(path: Path) -> list[PerceptualHash]:
    rows = (line.split(",") for line in path.read_text().split())
    return [
        PerceptualHash(bytes.fromhex(value), int(quality), int(frame), round(float(time_s) * 1000))
        for frame, quality, value, time_s in rows
    ]
