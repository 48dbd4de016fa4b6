"""Clusters against their definition, in any order, and in any number of steps."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from amparo.matching import brute_force, clusters, crowds, joining, perceptual_index
from amparo.matching.brute_force import all_near_pairs
from amparo.matching.clusters import Clustering, Clusters, clustered
from amparo.matching.hash_rows import NotHashes, as_words
from contracts.hashes import Hashes, crowd, like_real, slow_film, turned, uniform
from contracts.hashes import clustered as copies


def by_definition(
    hashes: Hashes, qualities: NDArray[np.int64], radius: int = 31, gate: int = 50
) -> set[frozenset[int]]:
    """The clusters, as the documentation says it, slowly."""
    compared = [number for number in range(len(hashes)) if qualities[number] >= gate]
    distances = np.bitwise_count(hashes[:, None, :] ^ hashes[None, :, :]).sum(axis=2)
    near = {one: [other for other in compared if distances[one, other] <= radius] for one in compared}
    best = {one: max(qualities[other] for other in near[one] if distances[one, other] == 0) for one in compared}
    order = sorted(compared, key=lambda one: (-len(near[one]), -best[one], value(hashes[one])))
    centres: list[int] = []
    for one in order:
        if not set(near[one]) & set(centres):
            centres.append(one)
    stars: dict[int, set[int]] = {centre: {centre} for centre in centres}
    for one in compared:
        reached = [centre for centre in centres if distances[one, centre] <= radius]
        stars[min(reached, key=lambda centre: (distances[one, centre], centres.index(centre)))].add(one)
    return {frozenset(star) for star in stars.values()} | {
        frozenset({one}) for one in range(len(hashes)) if one not in near
    }


def value(row: NDArray[np.uint8]) -> tuple[int, ...]:
    return tuple(row.view("<u8").byteswap().tolist())


def partition(found: Clusters) -> set[frozenset[int]]:
    return {frozenset(found.members(number).tolist()) for number in np.unique(found.representatives).tolist()}


def assert_same(found: Clusters, other: Clusters) -> None:
    for name in ("representatives", "distances", "chains", "compared"):
        assert np.array_equal(getattr(found, name), getattr(other, name)), name


@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_what_their_definition_says(seed: int) -> None:
    hashes = like_real(350, seed)
    qualities = np.random.default_rng(seed).integers(30, 101, len(hashes))
    found = clustered(hashes, qualities)
    assert partition(found) == by_definition(hashes, qualities)
    assert 50 < len(partition(found)) < 350
    assert sum(found.sizes.values()) + len(partition(found)) - len(found.sizes) == 350


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_the_order_changes_nothing(seed: int) -> None:
    hashes = copies(400, 12)
    hashes[:40] = hashes[40:80]
    random = np.random.default_rng(seed)
    qualities = np.random.default_rng(12).integers(45, 101, len(hashes))
    order = random.permutation(len(hashes))
    found, mixed = clustered(hashes, qualities), clustered(hashes[order], qualities[order])
    assert {frozenset(order[list(star)].tolist()) for star in partition(mixed)} == partition(found)
    shown = {hashes[number].tobytes() for number in found.representatives}
    assert {hashes[order][number].tobytes() for number in mixed.representatives} == shown


@settings(max_examples=15)
@given(st.lists(st.integers(0, 600), max_size=12))
def test_what_comes_later_is_clustered_as_if_it_had_been_there(cuts: list[int]) -> None:
    hashes = like_real(600, 31)
    qualities = np.random.default_rng(31).integers(40, 101, len(hashes))
    stepwise = Clustering()
    for begin, end in pairwise(sorted({0, 600, *cuts})):
        stepwise = stepwise.with_more(hashes[begin:end], qualities[begin:end])
    assert len(stepwise) == 600
    found, whole = stepwise.clusters(), clustered(hashes, qualities)
    assert_same(found, whole)


def few_are_held(monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    """Have crowds of twenty, parts of fifty rows, and of more pairs none held."""
    monkeypatch.setattr(clusters, "_MOST_HELD", held)
    monkeypatch.setattr(clusters, "_LOOKED_UP", 200)
    monkeypatch.setattr(crowds, "_FEWEST", 20)
    monkeypatch.setattr(crowds, "_SHARED_BY", 8)
    for module in (brute_force, joining, perceptual_index):
        monkeypatch.setattr(module, "PART_ROWS", 50)


def crowded(seed: int) -> Hashes:
    """Several crowds, two of them near to each other, a slow film, chains, equal ones and unlike ones."""
    near = [crowd(90, 12, seed), crowd(60, 20, seed), crowd(40, 8, seed + 1), crowd(30, 3, seed + 2)]
    hashes = np.concatenate(
        [*near, slow_film(120, seed), like_real(120, seed), np.repeat(uniform(1, seed), 20, axis=0)]
    )
    return np.random.default_rng(seed).permutation(hashes)


DENSE = {
    "one crowd": lambda: crowd(250),
    "a wide crowd": lambda: crowd(250, 17),
    "a slow film": lambda: slow_film(300),
    "all equal": lambda: np.repeat(uniform(1), 300, axis=0),
    "unlike": lambda: uniform(300),
    "like real": lambda: like_real(300),
    "crowds": lambda: crowded(9),
}


@pytest.mark.parametrize("kind", DENSE)
def test_pairs_that_are_not_held_give_the_same_clusters(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = DENSE[kind]()
    qualities = np.random.default_rng(3).integers(45, 101, len(hashes))
    held = clustered(hashes, qualities)
    few_are_held(monkeypatch, 0)
    counted = Clustering().with_more(hashes, qualities)
    assert (counted.state.pairs is None) == (kind not in ("all equal", "unlike"))
    assert_same(counted.clusters(), held)
    assert partition(held) == by_definition(hashes, qualities)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**20), st.integers(0, 12_000), st.lists(st.integers(0, 480), max_size=4))
def test_whatever_is_held_and_whenever_it_came_the_clusters_are_those_of_the_definition(
    monkeypatch: pytest.MonkeyPatch, seed: int, held: int, cuts: list[int]
) -> None:
    hashes = crowded(seed)
    qualities = np.random.default_rng(seed).integers(45, 101, len(hashes))
    with monkeypatch.context() as patched:
        few_are_held(patched, held)
        stepwise = Clustering()
        for begin, end in pairwise(sorted({0, len(hashes), *cuts})):
            stepwise = stepwise.with_more(hashes[begin:end], qualities[begin:end])
            stepwise = Clustering(state=stepwise.state)
        found = stepwise.clusters()
    assert partition(found) == by_definition(hashes, qualities)
    assert_same(found, clustered(hashes, qualities))


@pytest.mark.parametrize("kind", DENSE)
def test_all_pairs_are_found_whatever_is_taken_for_a_crowd(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few_are_held(monkeypatch, 0)
    for hashes in (DENSE[kind](), np.concatenate([DENSE[kind](), uniform(4_000, 77)])):
        parts = [np.empty((0, 3), dtype=np.int64), *(rows for rows, _ in crowds.near_pairs(as_words(hashes), 31))]
        pairs = np.concatenate(parts)
        assert np.array_equal(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))], all_near_pairs(hashes))


def test_a_film_of_thousands_of_near_frames_among_unlike_pictures() -> None:
    hashes = np.concatenate([crowd(7_000), uniform(20_000, 77), crowd(1_500, 12, 78)])
    found = Clustering().with_more(hashes, np.full(len(hashes), 80))
    assert found.state.pairs is None
    assert sorted(found.clusters().sizes.values()) == [1_500, 7_000]


def test_every_member_is_near_its_representative_and_no_pair_is_lost() -> None:
    hashes = like_real(20_000, 5)
    qualities = np.full(len(hashes), 100)
    found = clustered(hashes, qualities)
    away = np.bitwise_count(hashes ^ hashes[found.representatives]).sum(axis=1)
    assert np.array_equal(away, found.distances)
    assert found.distances.max() <= 31
    pairs = all_near_pairs(hashes)
    assert np.array_equal(found.chains[pairs[:, 0]], found.chains[pairs[:, 1]])
    alone = np.ones(len(hashes), dtype=bool)
    alone[pairs[:, :2].ravel()] = False
    assert np.array_equal(found.chains[alone], np.flatnonzero(alone))
    assert not np.intersect1d(list(found.sizes), np.flatnonzero(alone)).size


def test_a_chain_of_versions_is_cut_into_stars() -> None:
    links = [uniform(1, 3)]
    for step in range(60):
        flips = np.zeros(256, np.uint8)
        flips[(step * 20 + np.arange(20)) % 256] = 1
        links.append(links[-1] ^ np.packbits(flips))
    hashes = np.concatenate(links)
    found = clustered(hashes, np.full(len(hashes), 100))
    assert set(found.chains) == {0}, "each is within 20 bits of the next"
    assert len(np.unique(found.representatives)) >= 12
    assert found.distances.max() <= 31


def test_plain_pictures_connect_nothing() -> None:
    picture = uniform(1, 4)
    between = turned(picture, np.asarray([25]), 5)
    other = turned(between, np.asarray([25]), 6)
    hashes = np.concatenate([picture, between, other, np.zeros((50, 32), np.uint8)])
    qualities = np.asarray([90, 49, 90, *[10] * 50])
    found = clustered(hashes, qualities)
    assert not found.sizes
    assert found.compared.sum() == 2
    assert set(clustered(hashes, qualities, quality_gate=0).sizes.values()) == {3, 50}


def test_equal_hashes_are_one_however_many_they_are() -> None:
    hashes = np.concatenate([np.repeat(uniform(2, 8), 200_000, axis=0), uniform(100, 9)])
    qualities = np.full(len(hashes), 80)
    qualities[7] = 95
    found = clustered(hashes, qualities)
    assert found.sizes == {7: 200_000, 200_000: 200_000}


def test_the_representative_has_most_about_it_then_the_best_quality() -> None:
    middle = uniform(1, 11)
    around = np.repeat(middle, 4, axis=0)
    for number in range(4):
        around[number, number * 8 : number * 8 + 3] ^= 0xFF  # 24 bits each, so 48 from each other
    found = clustered(np.concatenate([around, middle]), [100, 100, 100, 100, 60])
    assert found.sizes == {4: 5}
    assert clustered(around[[0, 0, 0]], [70, 90, 90]).sizes == {1: 3}


def test_it_is_told_how_much_is_compared_however_little_there_is() -> None:
    for qualities in ([], [10, 10], [90, 10], [90, 90]):
        shares: list[float] = []
        first = Clustering().with_more(uniform(len(qualities)), qualities, shares.append)
        first.clusters(shares.append)
        first.with_more(uniform(len(qualities), 2), qualities, shares.append).clusters(shares.append)
        assert all(0 <= share <= 1 for share in shares)


def test_qualities_belong_to_hashes() -> None:
    with pytest.raises(NotHashes, match="as many qualities"):
        clustered(uniform(3), [100, 100])
    empty = clustered(np.empty((0, 32), np.uint8), [])
    assert len(empty.representatives) == 0
    assert not clustered(uniform(3), [0, 0, 0]).sizes
