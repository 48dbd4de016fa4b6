"""Measures the perceptual index: `python benchmarks/matching.py 100000 1000000`. Prints a table in markdown."""

import os
import sys

from amparo.matching.measurement import measure
from examine import machine

_CLUSTERED = 5_000_000


def main() -> int:
    sizes = [int(float(size)) for size in sys.argv[1:]] or [100_000, 1_000_000, 10_000_000]
    described = machine()
    load = f"load before {os.getloadavg()[0]:.1f}"
    print(f"{described['processor']}, {described['cores']} cores, {described['at']}, {load}\n")
    print("| hashes | build s | bytes a hash | open s | alone µs | batched µs | recall | pairs and clusters s |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for size in sizes:
        found = measure(size, clusters=size <= _CLUSTERED)
        clusters = "not measured" if found.cluster_s is None else f"{found.cluster_s:.2f}"
        print(
            f"| {size:,} | {found.build_s:.2f} | {found.bytes_a_hash:.0f} | {found.open_s:.4f} | {found.alone_us:.0f}"
            f" | {found.batched_us:.1f} | {found.recall:.4f} | {clusters} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
