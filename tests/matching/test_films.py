"""Clusters of films against their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.matching import films
from amparo.matching.films import FilmClusters, film_clusters
from amparo.matching.hash_rows import NotHashes
from contracts.hashes import Hashes, crowd, slow_film, turned, uniform

Film = list[tuple[bytes, int]]
"""Hash and quality of each frame."""


def of(made: list[Film]) -> FilmClusters:
    frames = [(value, quality, number) for number, film in enumerate(made) for value, quality in film]
    rows = np.frombuffer(b"".join(value for value, _, _ in frames), np.uint8).reshape(-1, 32)
    return film_clusters(
        rows,
        np.array([quality for _, quality, _ in frames], np.int64),
        np.array([number for _, _, number in frames], np.int64),
        len(made),
    )


def by_definition(made: list[Film]) -> tuple[list[int], list[int]]:
    """As the documentation says it, slowly: representatives, and percents."""
    hashes = [sorted({value for value, quality in film if quality >= 50}) for film in made]

    def near(one: bytes, other: bytes) -> bool:
        return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count() <= 31

    def shared(one: list[bytes], other: list[bytes]) -> tuple[int, int]:
        return sum(any(near(frame, each) for each in other) for frame in one), len(one)

    compared = [number for number, film in enumerate(hashes) if film]
    larger: dict[tuple[int, int], int] = {}
    for one in compared:
        for other in compared:
            ways = [shared(hashes[one], hashes[other]), shared(hashes[other], hashes[one])]
            if any(100 * part >= 80 * whole for part, whole in ways):
                larger[one, other] = max(100 * part // whole for part, whole in ways)
    about = {one: sum((one, other) in larger for other in compared) for one in compared}
    order = sorted(compared, key=lambda one: (-about[one], -len(hashes[one]), hashes[one], one))
    centres: list[int] = []
    for one in order:
        if not any((one, centre) in larger for centre in centres):
            centres.append(one)
    representatives, percents = list(range(len(made))), [100] * len(made)
    for one in compared:
        if one not in centres:
            best = max(
                (centre for centre in centres if (one, centre) in larger),
                key=lambda centre: (larger[one, centre], -centres.index(centre)),
            )
            representatives[one], percents[one] = best, larger[one, best]
    return representatives, percents


def film(rows: Hashes, quality: int = 80) -> Film:
    return [(row.tobytes(), quality) for row in rows]


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(200, 5_000))
def test_clusters_of_films_are_what_their_definition_says(seed: int, marks: int) -> None:
    random = np.random.default_rng(seed)
    scenes = [uniform(12, seed % 1_000 + number) for number in range(3)] + [crowd(9, 12, seed % 77), slow_film(40)]
    made: list[Film] = []
    for _ in range(14):
        parts = [scenes[number] for number in random.integers(0, len(scenes), random.integers(0, 3))]
        rows = np.concatenate([np.empty((0, 32), np.uint8), *parts])
        rows = rows[random.random(len(rows)) < random.choice([0.5, 0.9, 1.0])]
        rows = turned(rows, random.integers(0, random.choice([1, 20, 40]), len(rows)), seed)
        made.append([(row.tobytes(), int(random.choice([40, 60, 90], p=[0.1, 0.4, 0.5]))) for row in rows])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(films, "_MOST_MARKS", marks)
        found = of(made)
    representatives, percents = by_definition(made)
    assert found.representatives.tolist() == representatives
    assert found.percents.tolist() == percents


def test_a_cut_goes_to_the_film_and_titles_join_nothing() -> None:
    title, first, second = uniform(3, 1), uniform(40, 2), uniform(40, 3)
    made = [
        film(np.concatenate([title, first])),
        film(np.concatenate([title, second])),
        film(turned(first[10:20], np.full(10, 9))),
        film(second, quality=30),
        [],
    ]
    found = of(made)
    assert found.representatives.tolist() == [0, 1, 0, 3, 4]
    assert found.percents.tolist() == [100] * 5


def test_the_order_of_films_changes_nothing() -> None:
    rows = uniform(60, 5)
    made = [film(rows[begin:end]) for begin, end in ((0, 50), (5, 50), (0, 30), (30, 60), (25, 60), (0, 30))]
    whole = of(made)
    mixed = of(made[::-1])
    stars = {frozenset(np.flatnonzero(whole.representatives == one).tolist()) for one in whole.representatives}
    again = {frozenset((5 - np.flatnonzero(mixed.representatives == one)).tolist()) for one in mixed.representatives}
    assert stars == again


def test_frames_have_qualities_and_films() -> None:
    with pytest.raises(NotHashes, match="as many"):
        film_clusters(uniform(3), np.zeros(3, np.int64), np.zeros(2, np.int64), 1)
    nothing = film_clusters(np.empty((0, 32), np.uint8), np.empty(0, np.int64), np.empty(0, np.int64), 0)
    assert len(nothing.representatives) == 0
