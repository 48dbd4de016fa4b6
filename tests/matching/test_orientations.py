"""Pictures found however they are turned."""

import csv
from pathlib import Path

import numpy as np
import pytest

from amparo.analysis.decoding import decode
from amparo.analysis.pdq import of_picture, orientations, pdq
from amparo.domain.limits import Limits
from amparo.domain.match import Orientation
from amparo.matching import PerceptualIndex
from amparo.matching.hash_rows import NotHashes
from amparo.matching.orientations import near_in_any_orientation
from contracts.hashes import Hashes, uniform
from contracts.pictures import texture


def rows(*hashes: bytes) -> Hashes:
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)


def test_a_turned_picture_is_found_and_how_it_is_turned() -> None:
    luma = texture(640, 480, 7)
    known = pdq(luma, 480, 640)
    index = PerceptualIndex.in_memory(np.concatenate([uniform(5_000), rows(known.value)]))
    # What has to be done to the copy so that it is the known picture again.
    undone = {
        Orientation.AS_IT_IS: luma,
        Orientation.LEFT_90: np.rot90(luma, -1),
        Orientation.HALF: np.rot90(luma, -2),
        Orientation.LEFT_270: np.rot90(luma, -3),
        Orientation.UPSIDE_DOWN: np.flipud(luma),
        Orientation.LEFT_TO_RIGHT: np.fliplr(luma),
        Orientation.MAIN_DIAGONAL: luma.T,
        Orientation.OTHER_DIAGONAL: np.rot90(luma, 2).T,
    }
    copies = []
    for copy in undone.values():
        pixels = np.ascontiguousarray(copy)
        turned = orientations(pixels, pixels.shape[1], pixels.shape[0])
        copies.append(rows(*(found.value for found in turned)))
    found = near_in_any_orientation(index, np.stack(copies))
    assert [(query, entry) for query, entry, _, _ in found.tolist()] == [(number, 5_000) for number in range(8)]
    assert [Orientation.at(orientation) for *_, orientation in found.tolist()] == list(undone)
    assert found[:, 2].max() <= 20
    assert found[0, 2] == 0


def test_each_entry_is_named_once_in_its_nearest_orientation() -> None:
    query = uniform(8, 3)
    query[5] = query[2]
    near = query[2].copy()
    near[0] ^= 1
    index = PerceptualIndex.in_memory(np.stack([near, query[7], query[2]]))
    found = near_in_any_orientation(index, np.stack([uniform(8, 4), query]), 31)
    assert found.tolist() == [[1, 0, 1, 2], [1, 1, 0, 7], [1, 2, 0, 2]]
    assert near_in_any_orientation(index, np.empty((0, 8, 32), np.uint8)).shape == (0, 4)


def test_eight_orientations_are_eight() -> None:
    index = PerceptualIndex.in_memory(uniform(3))
    with pytest.raises(NotHashes, match="eight"):
        near_in_any_orientation(index, uniform(8))


def test_the_versions_of_the_bridge_are_found_from_any_one_of_them(field: Path, tmp_path: Path) -> None:
    files = [row["file"] for row in csv.DictReader((field / "pdq" / "expected.csv").read_text().splitlines())]
    hashed = []
    for name in files:
        picture = decode((field / "pdq" / name).read_bytes(), media_type="image/jpeg", limits=Limits())
        hashed.append(rows(*(found.value for found in of_picture(picture))))
    hashes = np.stack(hashed)
    bridge = {number for number, name in enumerate(files) if name.startswith("bridge-mods/")}
    assert len(bridge) == 12
    index = PerceptualIndex.build(np.concatenate([hashes[:, 0], uniform(10_000, 6)]), tmp_path / "index")
    for orientation in range(8):
        found = index.query(hashes[sorted(bridge), orientation])
        assert (len(found) == 144) == (orientation == 0)
    found = near_in_any_orientation(index, hashes)
    for number in bridge:
        assert set(found[found[:, 0] == number, 1].tolist()) == bridge
    # And from any of them, however it is turned: the hash at place 0 is one of a copy that was turned.
    turned = hashes[sorted(bridge)][:, [1, 3, 2, 0, 4, 5, 6, 7]]
    assert {tuple(row[:2]) for row in near_in_any_orientation(index, turned).tolist()} == {
        (query, entry) for query in range(12) for entry in bridge
    }
