"""How fast examinations are stored: batches of 256 items with digests, ledger and signed head, on each backend.

    python benchmarks/store.py [--items 43710] [--backend sqlite|postgresql]

`small` are files of which nothing but digests and type is known (two rows each); `findings` are pictures with six
findings and a hash (nine rows each), `previews` the same with a sealed preview of 20 KB. Seconds of the wall, and of
the processor in this process (which does not count PostgreSQL's own).
"""

import argparse
import contextlib
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from amparo.domain.digest import Digests
from amparo.domain.finding import Finding, PerceptualHash, Preview
from amparo.domain.item import Item
from amparo.domain.plan import Batch, Examined, Sight
from amparo.domain.sealing import SealingKey
from amparo.records import queries, verification
from amparo.records.database import Database, connect
from amparo.records.store import ExaminationRecords
from contracts.databases import postgresql
from contracts.examination import ROOT, begin

FACTS = {"make": "Alfama", "model": "A-1", "width_px": 4000, "height_px": 3000, "exposure_s": "1/125"}


def digests(number: int, kind: str) -> Digests:
    raw = hashlib.sha256(f"{kind} {number}".encode()).digest()
    return Digests(raw, raw[:20], raw[:16])


def small(number: int) -> Examined:
    return Examined(Sight.READ, digests(number, "small"), 22_000, "text/plain", True)


def picture(number: int, preview: Preview | None = None) -> Examined:
    made = digests(number, "picture" if preview is None else "preview")
    findings = [Finding(f"analyzer{n}", "1", f"Number {number} says that it is so.", FACTS) for n in range(5)]
    hashed = Finding("pdq", "1", "Its hash.", {}, (PerceptualHash(made.sha256, 90),), preview)
    return Examined(Sight.READ, made, 2_000_000, "image/jpeg", True, findings=(*findings, hashed))


def with_preview(number: int) -> Examined:
    return picture(number, Preview(digests(number, "jpeg").sha256 * 640, 512, 384))


def measure(database: Database, items: int) -> None:
    bench = begin(database)
    store = ExaminationRecords(database, bench.acquisition, ledger=bench.ledger, seal=SealingKey.new().seal)
    kinds: list[tuple[str, Callable[[int], Examined], int, int]] = [
        ("small", small, items, 2),
        ("findings", picture, items // 4, 9),
        ("previews", with_preview, items // 16, 10),
    ]
    for name, make, count, rows in kinds:
        wall = cpu = 0.0
        for start in range(0, count, 256):
            numbers = range(start, min(start + 256, count))
            listed = tuple(
                Item(f"{name}/{n // 40}/IMG_{n}.jpg", 22_000, modified_ns=n, accessed_ns=n, created_ns=n)
                for n in numbers
            )
            results = [make(n) for n in numbers]
            began, began_cpu = time.perf_counter(), time.process_time()
            rest = store.not_stored(Batch(ROOT, listed))
            assert rest is not None
            store.write(rest, results)
            wall += time.perf_counter() - began
            cpu += time.process_time() - began_cpu
        print(
            f"{database.vendor:10} {name:8} {count:6} items: {wall / count * 1e6:6.1f} µs an item,"
            f" {cpu / count * 1e6:6.1f} µs of processor, {count * rows / wall:8,.0f} rows/s"
        )
    for name, act in (
        ("verify ledger", lambda: verification.verify_ledger(database, bench.public_key)),
        ("verify store", lambda: verification.verify_store(database)),
        ("list all items", lambda: sum(1 for _ in queries.occurrences(database, bench.acquisition))),
    ):
        began = time.perf_counter()
        act()
        print(f"{database.vendor:10} {name}: {time.perf_counter() - began:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=43_710)
    parser.add_argument("--backend", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    for backend in ("sqlite", "postgresql"):
        if options.backend in (None, backend):
            with contextlib.ExitStack() as stack:
                if backend == "sqlite":
                    folder = stack.enter_context(tempfile.TemporaryDirectory())
                    address = str(Path(folder) / "workbench.sqlite3")
                else:
                    address = stack.enter_context(postgresql())
                database = connect(address)
                stack.callback(database.close)
                database.migrate()
                measure(database, options.items)


if __name__ == "__main__":
    main()
