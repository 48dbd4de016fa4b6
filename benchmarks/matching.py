"""Measures the perceptual index beside its peers: `python benchmarks/matching.py 1e5 1e6 --peers-python PATH`.

Prints tables in markdown. The peers have an environment of their own (`benchmarks/peers/requirements.txt`); without it
ours is measured alone. All get the same hashes and queries, and each one's pairs are held against comparing with all.
With `--keep FOLDER` what was built stays there, and is measured again the next time: a hundred million take minutes.
With `--dense 2e4 5e4` it clusters so many hashes that are all near to each other, alone and among a million others.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.matching import PerceptualIndex
from amparo.matching.brute_force import all_near
from amparo.matching.clusters import clustered
from amparo.matching.measurement import measure
from examine import machine

RADIUS = 31
_CLUSTERED = 5_000_000
_QUERIES = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=float, default=[1e5, 1e6, 1e7])
    parser.add_argument("--dense", nargs="+", type=float, default=[], help="cluster so many near-equal hashes instead")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="build there, leave it, and use what is there")
    parser.add_argument("--peers-python", type=Path, help="Python of an environment with FAISS and threatexchange")
    options = parser.parse_args()
    sizes = [] if options.dense else [int(size) for size in options.sizes]
    described = machine()
    load = f"load before {os.getloadavg()[0]:.1f}"
    print(f"{described['processor']}, {described['cores']} cores, {described['at']}, {load}\n")
    if options.dense:
        print(
            "| near to each other | others | near pairs | s | processor s | peak memory MiB, of it hashes and program |"
        )
        print("|---|---|---|---|---|---|", flush=True)
        for size in options.dense:
            for others in (0, 1_000_000):
                alone = multiprocessing.get_context("spawn")
                with ProcessPoolExecutor(1, mp_context=alone) as process:  # so that its peak is its own
                    print(process.submit(dense, int(size), others).result(), flush=True)
        return 0
    print("| hashes | build s | build MiB | bytes a hash | open s | alone µs | batched µs | recall | clusters s |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for size in sizes:
        found = measure(size, clusters=size <= _CLUSTERED, keep=options.keep)
        build = (
            "before | before" if found.build_s is None else f"{found.build_s:.2f} | {(found.build_bytes or 0) >> 20:,}"
        )
        clusters = "not measured" if found.cluster_s is None else f"{found.cluster_s:.2f}"
        print(
            f"| {size:,} | {build} | {found.bytes_a_hash:.0f} | {found.open_s:.4f} | {found.alone_us:.0f}"
            f" | {found.batched_us:.1f} | {found.recall:.4f} | {clusters} |",
            flush=True,
        )
    if options.peers_python:
        print(f"\n| hashes | who | build s | alone µs | {_QUERIES} at once, µs each | recall | ours is |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for size in sizes:
            beside(size, options.peers_python)
    return 0


def dense(size: int, others: int) -> str:
    """A row of a table: so many unlike hashes within 24 bits of each other, and so many that are unlike all."""
    random = np.random.default_rng(size)
    places = np.argsort(random.random((size, 256)), axis=1)[:, :12]
    turned = np.zeros((size, 256), dtype=np.uint8)
    np.put_along_axis(turned, places, 1, axis=1)
    near = np.unique(np.packbits(turned, axis=1) ^ random.integers(0, 256, 32, dtype=np.uint8), axis=0)
    del places, turned
    hashes = np.concatenate([near, random.integers(0, 256, (others, 32), dtype=np.uint8)])
    clustered(hashes[:3_000], np.full(3_000, 100))  # so that compiling is not measured
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin, begin_processor = time.perf_counter(), time.process_time()
    found = clustered(hashes, np.full(len(hashes), 100))
    taken, processor = time.perf_counter() - begin, time.process_time() - begin_processor
    assert list(found.sizes.values()) == [len(near)], "they are one cluster"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = len(near) * (len(near) - 1) // 2
    return (
        f"| {len(near):,} | {others:,} | {pairs:,} | {taken:.1f} | {processor:.1f} | {peak // 1024:,},"
        f" {before // 1024:,} |"
    )


def beside(size: int, python: Path) -> None:
    """Ours and the peers on the same hashes, one after the other."""
    random = np.random.default_rng(size)
    hashes = random.integers(0, 256, (size, 32), dtype=np.uint8)
    queries = random.integers(0, 256, (_QUERIES, 32), dtype=np.uint8)
    turned = np.packbits(random.random((_QUERIES // 2, 256)) < 1 / 16, axis=1)
    queries[::2] = hashes[random.integers(0, size, _QUERIES // 2)] ^ turned
    expected = {(int(query), int(entry)) for query, entry, _ in all_near(queries, hashes, RADIUS).tolist()}
    ours = own(hashes, queries)
    for found in (ours, *peers(hashes, queries, python)):
        pairs = set(map(tuple, found["pairs"]))
        recall = len(pairs & expected) / max(len(expected), 1)
        ratio = found["alone_us"] / ours["alone_us"]
        print(
            f"| {size:,} | {found['name']} | {found['build_s']:.2f} | {found['alone_us']:.0f} |"
            f" {found['batched_us']:.0f} | {recall:.3f} | {'' if found is ours else f'{ratio:.0f} ×'} |",
            flush=True,
        )


def own(hashes: NDArray[np.uint8], queries: NDArray[np.uint8]) -> dict[str, Any]:
    """The same figures of ours."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        PerceptualIndex.build(hashes, Path(folder, "index"))
        index = PerceptualIndex.open(Path(folder, "index"))
        build_s = time.perf_counter() - begin
        index.query(queries[:1])
        alone = []
        for at in range(len(queries)):
            begin = time.perf_counter()
            index.query(queries[at : at + 1])
            alone.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        found = index.query(queries)
        batched_s = time.perf_counter() - begin
        pairs = found[:, :2].tolist()
        del index
    return {
        "name": "Amparo",
        "build_s": build_s,
        "alone_us": statistics.median(alone) * 1e6,
        "batched_us": batched_s / len(queries) * 1e6,
        "pairs": pairs,
    }


def peers(hashes: NDArray[np.uint8], queries: NDArray[np.uint8], python: Path) -> Iterator[dict[str, Any]]:
    """The figures of each peer, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "hashes.npy"), hashes)
        np.save(Path(folder, "queries.npy"), queries)
        script = Path(__file__).parent / "peers" / "hash_search.py"
        command = [python, script, f"{folder}/hashes.npy", f"{folder}/queries.npy", str(RADIUS)]
        done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, text=True, check=True)
    yield from map(json.loads, done.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main())
