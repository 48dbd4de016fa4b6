"""What others search perceptual hashes with: `python hash_search.py HASHES QUERIES RADIUS`, both uint8 (n, 32), `.npy`.

Prints a JSON object a line for each: seconds to build, microseconds a query asked alone and in a batch, and the pairs
that it finds.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

import faiss
import numpy as np
from numpy.typing import NDArray

Search = Callable[[NDArray[np.uint8]], set[tuple[int, int]]]
_SLOW_QUERIES = 200
"""At ten million a query takes some ten milliseconds."""


def pairs(limits: NDArray[np.uint64], entries: NDArray[np.int64]) -> set[tuple[int, int]]:
    queries = np.repeat(np.arange(len(limits) - 1), np.diff(limits.astype(np.int64)))
    return set(zip(queries.tolist(), entries.tolist(), strict=True))


def flat(hashes: NDArray[np.uint8], radius: int) -> Search:
    index = faiss.IndexBinaryFlat(256)
    index.add(hashes)

    def search(queries: NDArray[np.uint8]) -> set[tuple[int, int]]:
        limits, _, entries = index.range_search(queries, radius + 1)  # FAISS means: less than
        return pairs(limits, entries)

    return search


def multi_hash(hashes: NDArray[np.uint8], radius: int) -> Search:
    """As `threatexchange` sets it up: 16 hashes of 16 bits, one bit may be turned."""
    index = faiss.IndexBinaryMultiHash(256, 16, 16)
    index.nflip = 1
    index.add(hashes)

    def search(queries: NDArray[np.uint8]) -> set[tuple[int, int]]:
        limits, _, entries = index.range_search(queries, radius + 1)
        return pairs(limits, entries)

    return search


def threatexchange(hashes: NDArray[np.uint8], radius: int) -> Search:
    from threatexchange.hashing.pdq_faiss_matcher import PDQMultiHashIndex

    index = PDQMultiHashIndex()
    index.add([row.tobytes().hex() for row in hashes], range(len(hashes)))

    def search(queries: NDArray[np.uint8]) -> set[tuple[int, int]]:
        found = index.search([row.tobytes().hex() for row in queries], radius, return_as_ids=True)
        return {(query, int(entry)) for query, entries in enumerate(found) for entry in entries}

    return search


def pynear(hashes: NDArray[np.uint8], radius: int) -> Search:
    """Its multi-index over 16 parts; it finds the nearest ones, so as many are asked for as a range would hold here."""
    from pynear import MIHBinaryIndex

    index = MIHBinaryIndex(16)
    index.set(hashes)

    def search(queries: NDArray[np.uint8]) -> set[tuple[int, int]]:
        entries, distances = index.searchKNN(queries, 10, radius)
        return {
            (query, int(entry))
            for query, (near, away) in enumerate(zip(entries, distances, strict=True))
            for entry, distance in zip(near, away, strict=True)
            if 0 <= distance <= radius and entry >= 0
        }

    return search


def main() -> None:
    hashes, queries, radius = np.load(sys.argv[1]), np.load(sys.argv[2]), int(sys.argv[3])
    for name, make in (
        ("FAISS IndexBinaryFlat", flat),
        ("FAISS IndexBinaryMultiHash", multi_hash),
        ("threatexchange PDQMultiHashIndex", threatexchange),
        ("pynear MIHBinaryIndex", pynear),
    ):
        if name.startswith(("threat", "pynear")) and len(hashes) > 1_000_000:
            continue  # they take hashes one by one, as text or as lists
        begin = time.perf_counter()
        search = make(hashes, radius)
        build_s = time.perf_counter() - begin
        asked = queries[:_SLOW_QUERIES]
        alone = []
        faiss.omp_set_num_threads(1)  # it shares out queries, so one alone only waits for the second thread
        for at in range(min(len(asked), 30)):
            begin = time.perf_counter()
            search(asked[at : at + 1])
            alone.append(time.perf_counter() - begin)
        faiss.omp_set_num_threads(2)
        begin = time.perf_counter()
        found = search(asked)
        batched_s = time.perf_counter() - begin
        print(
            json.dumps(
                {
                    "name": name,
                    "build_s": build_s,
                    "alone_us": statistics.median(alone) * 1e6,
                    "batched_us": batched_s / len(asked) * 1e6,
                    "queries": len(asked),
                    "pairs": sorted(found),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
