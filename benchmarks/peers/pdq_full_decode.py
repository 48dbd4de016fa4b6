"""How others do it: a whole decode, then `pdqhash`. `python pdq_full_decode.py pillow|opencv|perception ROUNDS FILE…`.

`pillow` is what threatexchange does, `opencv` what perception does inside; `perception` calls perception itself.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path


def _pillow() -> Callable[[str], str]:
    import numpy as np
    import pdqhash
    from PIL import Image

    def hashed(name: str) -> str:
        with Image.open(name) as picture:
            bits, _ = pdqhash.compute(np.asarray(picture.convert("RGB")))
        return _hexadecimal(bits)

    return hashed


def _opencv() -> Callable[[str], str]:
    import cv2
    import pdqhash

    def hashed(name: str) -> str:
        pixels = cv2.cvtColor(cv2.imread(name), cv2.COLOR_BGR2RGB)
        bits, _ = pdqhash.compute(pixels)
        return _hexadecimal(bits)

    return hashed


def _perception() -> Callable[[str], str]:
    from perception import hashers

    hasher = hashers.PDQHash()
    return lambda name: str(hasher.compute(name, hash_format="hex"))


def _hexadecimal(bits: object) -> str:
    import numpy as np

    return np.packbits(np.asarray(bits, dtype=np.uint8)).tobytes().hex()


WAYS = {"pillow": _pillow, "opencv": _opencv, "perception": _perception}


def main() -> None:
    way, rounds, *names = sys.argv[1:]
    compute = WAYS[way]()
    results = {}
    for name in names:
        Path(name).read_bytes()
        times = []
        for _ in range(int(rounds) + 1):
            start = time.perf_counter()
            hashed = compute(name)
            times.append((time.perf_counter() - start) * 1000)
        # The first round warms up.
        results[name] = {"ms": statistics.median(times[1:]), "pdq": hashed}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
