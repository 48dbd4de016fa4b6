"""Clusters that are kept: what comes later is compared as if all had come at once, and a file is never misread."""

import contextlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.canonical import canonical
from amparo.matching import clusters, kept_clusters
from amparo.matching.clusters import Clustering
from amparo.matching.hash_rows import NotHashes
from amparo.matching.kept_clusters import KIND, VERSION, KeptClusters
from amparo.matching.sealed_file import FileRefused, Section, new_sealed_file
from contracts.hashes import like_real, uniform

HASHES = like_real(600, 31)
QUALITIES = np.random.default_rng(31).integers(40, 101, len(HASHES))
NAMES = np.arange(600, dtype=np.uint64) * 3 + 7


def added(kept: KeptClusters, begin: int, end: int) -> KeptClusters:
    return kept.with_more(NAMES[begin:end], HASHES[begin:end], QUALITIES[begin:end], {"last": end})


@settings(max_examples=15)
@given(st.lists(st.integers(0, 600), max_size=6))
def test_step_by_step_through_files_is_as_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("kept") / "clusters"
    kept = KeptClusters.none()
    for begin, end in pairwise(sorted({0, 600, *cuts})):
        added(kept, begin, end).keep(path)
        kept = KeptClusters.open(path)
        assert kept.facts == {"last": end}
    whole = added(KeptClusters.none(), 0, 600)
    assert kept.same_as(whole)
    assert len(np.unique(kept.found.representatives)) > 100
    assert not kept.same_as(added(KeptClusters.none(), 0, 599))


@settings(max_examples=10)
@given(st.lists(st.integers(0, 600), max_size=4), st.integers(0, 3_000))
def test_pairs_that_are_not_held_are_not_kept(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], held: int
) -> None:
    path = tmp_path_factory.mktemp("kept") / "clusters"
    whole, kept = added(KeptClusters.none(), 0, 600), KeptClusters.none()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clusters, "_MOST_HELD", held)
        for begin, end in pairwise(sorted({0, 600, *cuts})):
            added(kept, begin, end).keep(path)
            kept = KeptClusters.open(path)
    assert kept.same_as(whole)
    whole.keep(path)
    assert KeptClusters.open(path).same_as(whole)


def test_only_what_is_new_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    with_more = Clustering.with_more

    def counted(self: Clustering, hashes: np.ndarray, *others: Any) -> Clustering:
        compared.append(len(hashes))
        return with_more(self, hashes, *others)

    monkeypatch.setattr(Clustering, "with_more", counted)
    added(KeptClusters.none(), 0, 590).keep(tmp_path / "clusters")
    added(KeptClusters.open(tmp_path / "clusters"), 590, 600)
    assert compared == [590, 10]


def test_nothing_is_kept_too(tmp_path: Path) -> None:
    KeptClusters.none().keep(tmp_path / "clusters")
    kept = KeptClusters.open(tmp_path / "clusters")
    assert kept.same_as(KeptClusters.none())
    assert added(kept, 0, 600).same_as(added(KeptClusters.none(), 0, 600))
    with pytest.raises(NotHashes, match="as many names"):
        kept.with_more(NAMES[:2], uniform(3), QUALITIES[:3], {})


def test_a_file_of_another_radius_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added(KeptClusters.none(), 0, 60).keep(tmp_path / "clusters")
    monkeypatch.setattr(kept_clusters, "RADIUS", 30)
    with pytest.raises(FileRefused, match="another radius"):
        KeptClusters.open(tmp_path / "clusters")
    with pytest.raises(FileRefused, match="cannot be read"):
        KeptClusters.open(tmp_path / "none")


@settings(max_examples=60)
@given(st.data())
def test_a_changed_file_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("kept") / "clusters"
    whole = added(KeptClusters.none(), 0, 40)
    whole.keep(path)
    raw = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(raw)
    with contextlib.suppress(FileRefused):
        assert KeptClusters.open(path).same_as(whole)  # a byte between the parts, which says nothing


COLUMNS = {
    "hashes": ("|u1", uniform(2)),
    "pairs": ("<u4", np.array([[0, 1]])),
    "near": ("<u2", np.array([9])),
    "names": ("<u8", np.array([5, 6])),
    "hash_of": ("<u4", np.array([0, 1])),
    "qualities": ("|u1", np.array([90, 90])),
    "representatives": ("<u4", np.array([0, 0])),
    "distances": ("<u2", np.array([0, 9])),
    "chains": ("<u4", np.array([0, 0])),
}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("near", np.array([9])),  # as it is: this one is read
        ("pairs", np.array([[0, 2]])),
        ("pairs", np.array([[2**32 - 1, 0]])),
        ("hash_of", np.array([0, 2])),
        ("representatives", np.array([0, 2])),
        ("chains", np.array([2, 0])),
        ("names", np.array([5])),
        ("qualities", np.array([90, 90, 90])),
        ("near", np.array([9, 9])),
        ("hashes", np.array([1, 2])),
    ],
)
def test_a_sealed_file_that_lies_is_refused(name: str, values: np.ndarray, tmp_path: Path) -> None:
    columns = {**COLUMNS, name: (COLUMNS[name][0], values)}
    sections = [Section(each, dtype, array.shape) for each, (dtype, array) in columns.items()]
    facts = json.loads(canonical({"radius": 31, "quality_gate": 50, "pairs_held": True, "facts": {}}))
    with new_sealed_file(tmp_path / "clusters", KIND, VERSION, facts, sections) as writer:
        for each, (dtype, array) in columns.items():
            writer.append(each, array.astype(dtype))
    if values is COLUMNS[name][1] or np.array_equal(values, COLUMNS[name][1]):
        assert KeptClusters.open(tmp_path / "clusters").found.sizes == {0: 2}
        return
    with pytest.raises(FileRefused):
        KeptClusters.open(tmp_path / "clusters")
