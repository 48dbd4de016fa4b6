"""Measures the perceptual index on this machine, and holds what it finds against comparing with all."""

import contextlib
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amparo.matching.brute_force import all_near
from amparo.matching.clusters import clustered
from amparo.matching.perceptual_index import PerceptualIndex

_ALONE, _CHECKED = 500, 100
_IN_MEMORY = 20_000_000
"""More hashes are made in a file."""
_BLOCK_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an index of `entries` hashes took. Half of the queries are near copies of entries, half are unlike all."""

    entries: int
    build_s: float | None
    """To the disk, and opened; `None` where it was there."""
    build_bytes: int | None
    """Memory that building took beside the hashes, at most; `None` where it was there or cannot be told."""
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


def measure(entries: int, *, batch: int = 100_000, clusters: bool = True, keep: Path | None = None) -> Measurement:
    """Measure with hashes made from a fixed seed. The index is built in the folder `keep` and stays there; one that is
    there from before is not built again. Without it, it is removed afterwards.
    """
    PerceptualIndex.in_memory(np.random.default_rng(1).integers(0, 256, (5_000, 32), dtype=np.uint8)).query(
        np.zeros((10, 32), np.uint8)
    )  # compiles
    with contextlib.ExitStack() as ended:
        place = Path(ended.enter_context(tempfile.TemporaryDirectory())) if keep is None else keep
        hashes = _made(np.random.default_rng(entries), entries, place / f"hashes-{entries}")
        queries = _queries(hashes, batch, np.random.default_rng((entries, batch)))
        path = place / f"index-{entries}"
        build_s = build_bytes = None
        if not path.exists():
            with _memory() as taken:
                begin = time.perf_counter()
                PerceptualIndex.build(hashes, path)
                build_s = time.perf_counter() - begin
            build_bytes = max(taken) - taken[0] if taken else None
        begin = time.perf_counter()
        index = PerceptualIndex.open(path)
        open_s = time.perf_counter() - begin
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
            begin = time.perf_counter()
            clustered(hashes, np.full(entries, 100))
            cluster_s = time.perf_counter() - begin
    return Measurement(
        entries,
        build_s,
        build_bytes,
        size_bytes / max(entries, 1),
        open_s,
        statistics.median(alone) * 1e6,
        batched_s / batch * 1e6,
        batch,
        len(expected & found) / len(expected) if expected else 1.0,
        cluster_s,
    )


def _made(random: np.random.Generator, count: int, path: Path) -> NDArray[np.uint8]:
    """Unlike hashes, in memory; or many of them mapped from a file at `path`, if need be made a block at a time."""
    if count <= _IN_MEMORY:
        return random.integers(0, 256, (count, 32), dtype=np.uint8)
    if not path.exists():
        draft = path.with_suffix(".part")
        with draft.open("wb") as file:
            for begin in range(0, count, _BLOCK_ROWS):
                file.write(random.integers(0, 256, (min(count - begin, _BLOCK_ROWS), 32), dtype=np.uint8).data)
        draft.rename(path)
    return np.memmap(path, dtype=np.uint8, mode="r", shape=(count, 32))


@contextlib.contextmanager
def _memory() -> Iterator[list[int]]:
    """What memory this process has of its own, from time to time, in bytes; nothing where that cannot be told."""
    taken: list[int] = []
    statement, ended = Path("/proc/self/status"), threading.Event()

    def look() -> None:
        while statement.exists():
            fields = dict(line.split(":", 1) for line in statement.read_text().splitlines())
            taken.append(int(fields["RssAnon"].split()[0]) * 1024)
            if ended.wait(0.05):
                return

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield taken
    finally:
        ended.set()
        looking.join()


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
