"""Ours: JPEG files to their PDQ hashes, `python ours_pdq.py ROUNDS FILE…`; prints medians in ms and the hashes."""

import json
import statistics
import sys
import time
from pathlib import Path

from amparo.analysis import pdq
from amparo.analysis.decoding import decode
from amparo.domain.limits import Limits


def main() -> None:
    rounds, *names = sys.argv[1:]
    results = {}
    for name in names:
        times = []
        for _ in range(int(rounds) + 1):
            start = time.perf_counter()
            picture = decode(Path(name).read_bytes(), media_type="image/jpeg", limits=Limits())
            hashed = pdq.pdq(picture.luma, picture.width_px, picture.height_px, picture.scale)
            times.append((time.perf_counter() - start) * 1000)
        # The first round warms up.
        results[name] = {"ms": statistics.median(times[1:]), "pdq": str(hashed)}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
