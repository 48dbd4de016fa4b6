"""Clusters that are kept in a file, so that what was compared once is not compared again.

The file has all that `Clustering` knows and what came of it: unlike hashes, the pairs of them that are near, of each
picture its hash, its quality and the name by which the caller knows it, and the cluster that it is in. Where there are
too many pairs to be held it has none, and says so in `pairs_held`. It follows from the pictures alone and may be
deleted: the clusters that are made anew are the same (see `clusters`). It is read whole when it is opened, by its
digest, and no number in it is taken for a place before it was compared with what there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amparo.domain.finding import Fact
from amparo.matching.clusters import QUALITY_GATE, Clustering, Clusters, OnShare, State
from amparo.matching.hash_rows import HASH_BYTES, RADIUS, NotHashes
from amparo.matching.packed_rows import Rows
from amparo.matching.sealed_file import FileRefused, SealedFile, Section, new_sealed_file

KIND = "clusters"
VERSION = 2
_PLAIN = 2**32 - 1
"""In place of the number of a hash: the picture is below the quality gate."""
_BLOCK_ROWS = 1_000_000

Names = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class KeptClusters:
    """The clusters of pictures, each of which has a name, a whole number. It never changes."""

    names: Names
    """Of each picture; shape (n,)."""
    found: Clusters
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the caller keeps with them."""
    _state: State | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """What `keep` wrote; raise `FileRefused`, also where it was made with another radius or quality gate."""
        file = SealedFile(path, KIND, VERSION)
        file.verify()
        if (file.facts.get("radius"), file.facts.get("quality_gate")) != (RADIUS, QUALITY_GATE):
            raise FileRefused(f"{path} has clusters of another radius or quality gate: delete it.")
        hash_of = file.array("hash_of", "<u4").astype(np.int64)
        compared = hash_of != _PLAIN
        hash_of[~compared] = -1
        pairs = _pairs(file)
        state = State(
            file.array("hashes", "|u1", HASH_BYTES),
            pairs if file.facts.get("pairs_held") is True else None,
            hash_of,
            _whole(file, "qualities", "|u1"),
        )
        found = Clusters(
            _whole(file, "representatives"), _whole(file, "distances", "<u2"), _whole(file, "chains"), compared
        )
        names = file.array("names", "<u8")
        count, unlike = len(names), len(state.hashes)
        columns = (state.hash_of, state.qualities, found.representatives, found.distances, found.chains)
        if (
            any(len(column) != count for column in columns)
            or _beyond(hash_of, unlike)
            or _beyond(pairs[:, :2], unlike)
            or _beyond(found.representatives, count)
            or _beyond(found.chains, count)
        ):
            raise FileRefused(f"{path} is damaged: it names pictures that it does not have. Delete it.")
        facts: Any = file.facts["facts"]
        return cls(names, found, facts, state)

    @classmethod
    def none(cls) -> Self:
        """Of no picture."""
        return cls(np.empty(0, np.uint64), Clustering(RADIUS, QUALITY_GATE).clusters())

    def with_more(
        self,
        names: Names,
        hashes: NDArray[np.uint8],
        qualities: NDArray[np.int64],
        facts: Mapping[str, Fact],
        on_share: OnShare | None = None,
    ) -> "KeptClusters":
        """With further pictures: shapes (m,), (m, 32) and (m,). Only these are compared, with each other and with all.

        Raise `NotHashes`. Where there are too many pairs to be held, all are compared.
        """
        if len(names) != len(hashes):
            raise NotHashes(f"{len(hashes)} hashes have as many names, not {len(names)}.")
        after = Clustering(RADIUS, QUALITY_GATE, self._state).with_more(hashes, qualities, on_share)
        return KeptClusters(np.concatenate((self.names, names)), after.clusters(on_share), facts, after.state)

    def keep(self, path: Path) -> None:
        """Write them at `path`, in place of what is there, when they are whole and on the disk."""
        state = self._state or Clustering(RADIUS, QUALITY_GATE).state
        hash_of = np.where(state.hash_of < 0, _PLAIN, state.hash_of)
        pairs = np.empty((0, 3), dtype=np.int64) if state.pairs is None else state.pairs
        columns: dict[str, tuple[NDArray[Any], str]] = {
            "hashes": (state.hashes, "|u1"),
            "pairs": (pairs[:, :2], "<u4"),
            "near": (pairs[:, 2], "<u2"),
            "names": (self.names, "<u8"),
            "hash_of": (hash_of, "<u4"),
            "qualities": (state.qualities, "|u1"),
            "representatives": (self.found.representatives, "<u4"),
            "distances": (self.found.distances, "<u2"),
            "chains": (self.found.chains, "<u4"),
        }
        sections = [Section(name, dtype, values.shape) for name, (values, dtype) in columns.items()]
        facts: dict[str, Fact] = {
            "radius": RADIUS,
            "quality_gate": QUALITY_GATE,
            "pairs_held": state.pairs is not None,
            "facts": dict(self.facts),
        }
        with new_sealed_file(path, KIND, VERSION, facts, sections) as writer:
            for name, (values, dtype) in columns.items():
                for start in range(0, len(values), _BLOCK_ROWS):
                    writer.append(name, values[start : start + _BLOCK_ROWS].astype(dtype))

    def same_as(self, other: "KeptClusters") -> bool:
        """Whether they say the same of the same pictures."""
        return np.array_equal(self.names, other.names) and all(
            np.array_equal(getattr(self.found, name), getattr(other.found, name))
            for name in ("representatives", "distances", "chains", "compared")
        )


def _pairs(file: SealedFile) -> Rows:
    near, numbers = file.array("near", "<u2"), file.array("pairs", "<u4", 2)
    if len(numbers) != len(near):
        raise FileRefused(f"{file.path} is damaged: its columns do not belong together. Delete it.")
    pairs = np.empty((len(near), 3), dtype=np.int64)
    pairs[:, :2] = numbers
    pairs[:, 2] = near
    return pairs


def _whole(file: SealedFile, name: str, dtype: str = "<u4") -> NDArray[np.int64]:
    return file.array(name, dtype).astype(np.int64)


def _beyond(numbers: NDArray[np.int64], count: int) -> bool:
    return bool(numbers.size and numbers.max() >= count)
