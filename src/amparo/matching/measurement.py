"""Measures the perceptual index on this machine, and holds what it finds against comparing with all."""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amparo.matching.brute_force import all_near
from amparo.matching.clusters import clustered
from amparo.matching.perceptual_index import PerceptualIndex

_ALONE, _CHECKED = 500, 100


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an index of `entries` hashes took. Half of the queries are near copies of entries, half are unlike all."""

    entries: int
    build_s: float
    """To the disk, and opened."""
    bytes_a_hash: float
    open_s: float
    alone_us: float
    """A query asked alone, the median."""
    batched_us: float
    """A query among `batch`, on all processor cores."""
    batch: int
    recall: float
    """Share of what comparing with all finds for some of the queries; anything but 1 is a fault."""
    cluster_s: float | None
    """All pairs and clusters, from hashes in memory; `None` where it was not asked for."""


def measure(entries: int, *, batch: int = 100_000, clusters: bool = True, folder: Path | None = None) -> Measurement:
    """Measure with hashes made from a fixed seed; the index is built in `folder` and removed afterwards."""
    random = np.random.default_rng(entries)
    hashes = random.integers(0, 256, (entries, 32), dtype=np.uint8)
    queries = _queries(hashes, batch, random)
    PerceptualIndex.in_memory(hashes[:5_000]).query(queries[:10])  # so that compiling is not measured
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place, "index")
        begin = time.perf_counter()
        PerceptualIndex.build(hashes, path)
        built = time.perf_counter()
        index = PerceptualIndex.open(path)
        opened = time.perf_counter()
        index.query(queries[:_ALONE])
        alone = [_seconds(index, queries[at : at + 1]) for at in range(min(_ALONE, batch))]
        batched_s = _seconds(index, queries)
        sample = queries[:: max(1, batch // _CHECKED)]
        expected = set(map(tuple, all_near(sample, hashes).tolist()))
        found = set(map(tuple, index.query(sample).tolist()))
        size_bytes = index.size_bytes
        del index
    cluster_s = None
    if clusters:
        begin_clusters = time.perf_counter()
        clustered(hashes, np.full(entries, 100))
        cluster_s = time.perf_counter() - begin_clusters
    return Measurement(
        entries,
        built - begin,
        size_bytes / max(entries, 1),
        opened - built,
        statistics.median(alone) * 1e6,
        batched_s / batch * 1e6,
        batch,
        len(expected & found) / len(expected) if expected else 1.0,
        cluster_s,
    )


def _seconds(index: PerceptualIndex, queries: NDArray[np.uint8]) -> float:
    begin = time.perf_counter()
    index.query(queries)
    return time.perf_counter() - begin


def _queries(hashes: NDArray[np.uint8], count: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Half of them entries with 16 bits turned on average, in an order of no meaning."""
    queries = random.integers(0, 256, (count, 32), dtype=np.uint8)
    copies = random.choice(count, count // 2, replace=False)
    turned = np.packbits(random.random((len(copies), 256)) < 1 / 16, axis=1)
    queries[copies] = hashes[random.integers(0, len(hashes), len(copies))] ^ turned
    return queries
