"""perception, `python perception_folder.py FOLDER`: PDQ of every picture, in a pool of two processes; nothing else."""

import json
import multiprocessing
import sys
from pathlib import Path

from perception import hashers

_HASHER = hashers.PDQHash()


def examine(name: str) -> tuple[int, bool]:
    return Path(name).stat().st_size, _HASHER.compute(name) is not None


def main() -> None:
    names = sorted(str(path) for path in Path(sys.argv[1]).rglob("*") if path.is_file())
    with multiprocessing.Pool(2) as pool:
        done = list(pool.imap_unordered(examine, names, chunksize=4))
    print(
        json.dumps({"items": len(done), "bytes": sum(size for size, _ in done), "pictures": sum(ok for _, ok in done)})
    )


if __name__ == "__main__":
    main()
