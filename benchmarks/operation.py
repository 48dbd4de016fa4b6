"""How long clusters of a whole operation take: from the beginning, when an exhibit is added, and when nothing is new.

    python benchmarks/operation.py [--pictures 1000000] [--more 10000]

Rows of made-up pictures are put into a workbench, unlike but for a tenth, which has a near copy each; nothing is drawn.
Seconds of the wall, the store read included; the functions are compiled before.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from amparo.casework.near_copies import FILE
from amparo.casework.series import Kind, Wanted
from amparo.workbench import Workbench
from contracts.hashes import uniform

NEAR = Wanted(kinds=[Kind.NEAR_COPIES], limit=50)
_FIRST = 1_000


def fill(workbench: Workbench, acquisition: int, first: int, count: int) -> None:
    """Add rows of pictures to an exhibit, as an examination would; their ids begin with `first`."""
    hashes = uniform(count, first)
    tenth = count // 10
    hashes[tenth : 2 * tenth] = hashes[:tenth]
    hashes[tenth : 2 * tenth, 0] ^= 1
    ids = range(first, first + count)
    rows = {
        "media_file (id, operation_id, sha256, sha1, md5, size_bytes, media_type, analysed, gaps)": (
            (id_, 1, id_.to_bytes(32), id_.to_bytes(20), id_.to_bytes(16), 1, "image/jpeg", 1, 0) for id_ in ids
        ),
        "perceptual_hash (id, media_file_id, analyzer, value, quality, frame, time_ms)": (
            (id_, id_, "pdq", hashes[id_ - first].tobytes(), 90, 0, 0) for id_ in ids
        ),
        "occurrence (id, acquisition_id, container_id, path_digest, item_path, name, state, sight, media_file_id, gaps,"
        " superseded)": (
            (id_, acquisition, 1, id_.to_bytes(16), f"ES-{acquisition}!x:/{id_}.jpg", "x", "live", "read", id_, 0, 0)
            for id_ in ids
        ),
    }
    database = sqlite3.connect(workbench.folder / "amparo.sqlite3")
    with database:
        for table, values in rows.items():
            places = ", ".join("?" * (table.count(",") + 1))
            database.executemany(f"INSERT INTO {table} VALUES ({places})", values)
    database.close()


def timed(what: str, workbench: Workbench, exhibit: str | None = None) -> None:
    began = time.perf_counter()
    groups = workbench.clusters(exhibit, NEAR)
    list(groups)
    print(f"{what:24} {time.perf_counter() - began:6.2f} s, {groups.total:,} clusters", flush=True)


def main(pictures: int, more: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        workbench = Workbench.init(root / "workbench", key_file=root / "key")
        for number in (1, 2):
            (root / "a.txt").write_text(str(number))
            for _ in workbench.examine(root / "a.txt", exhibit=f"ES-{number}", workers=1):
                pass
        kept = workbench.folder / FILE
        fill(workbench, 1, _FIRST, 100)
        timed("compiling", workbench)
        fill(workbench, 1, _FIRST + 100, pictures - 100)
        kept.unlink()
        timed(f"{pictures:,} pictures", workbench)
        timed("nothing new", workbench)
        fill(workbench, 2, _FIRST + pictures, more)
        timed(f"{more:,} more", workbench)
        timed("around one exhibit", workbench, "ES-2")
        kept.unlink()
        timed(f"{pictures + more:,} at once", workbench)
        print(f"kept: {kept.stat().st_size / (pictures + more):.0f} bytes a picture")
        workbench.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pictures", type=int, default=1_000_000)
    options.add_argument("--more", type=int, default=10_000)
    given = options.parse_args()
    main(given.pictures, given.more)
