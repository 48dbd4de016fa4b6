"""How fast an operation's home, its groups and its clues are shown, and how long they take to be found at first.

    python benchmarks/screens.py [--files 1000000] [--backend sqlite|postgresql]

The made-up files of `benchmarks/web.py`, with a hash and a clue for each picture (a fifth of them are near copies),
and a conclusion for every fifth. First how long a thread takes to find each answer; then, what a request
takes when it is there: pages in all orders, filters that were not asked before, groups, places of a clue. Medians and
95th percentiles of 15 times, in milliseconds of the wall.
"""

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from amparo.casework import composition, overview, seen_clues, seen_groups
from amparo.casework.seen_clues import ClueOrder, SoughtClues
from amparo.casework.seen_groups import Sought, Tab
from amparo.casework.series import Order
from amparo.domain.canonical import canonical
from amparo.domain.clue import Clue
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.records.bulk import insert
from amparo.records.database import Database, connect
from amparo.records.rows import CLUE, FINDING, PERCEPTUAL_HASH
from contracts import catalogue as made
from contracts.databases import postgresql
from contracts.examination import begin
from web import EXHIBITS, fill, measure

_PATIENCE_S = 3_600.0
_CHUNK = 20_000


def fill_beside(database: Database, count: int) -> None:
    """Add hashes, clues and conclusions to the pictures."""
    chance = random.Random(7)
    pictures = database.fetch("SELECT id FROM media_file WHERE media_type LIKE 'image/%%' ORDER BY id")
    hashes: list[bytes] = []
    for start in range(0, len(pictures), _CHUNK):
        rows: dict[str, list[tuple[object, ...]]] = {"hash": [], "clue": [], "finding": []}
        for (file,) in pictures[start : start + _CHUNK]:
            value = bytearray(chance.choice(hashes) if hashes and chance.random() < 0.2 else chance.randbytes(32))
            value[chance.randrange(32)] ^= 1 << chance.randrange(8)
            hashes.append(bytes(value))
            rows["hash"].append((file, file, "pdq", bytes(value), 80, 0, 0))
            rows["clue"].append((file, file, "camera", f"Maker 7 Model 311 {file % 9_000}"))
            if file % 5 == 0:
                said = canonical({"conclusion": "no_conclusion", "reasons": []}).decode()
                rows["finding"].append((4 * count + file, file, "origin", "1", "No conclusion.", said))
        with database.transaction(durable=False):
            insert(database, PERCEPTUAL_HASH, rows["hash"])
            insert(database, CLUE, rows["clue"])
            insert(database, FINDING, rows["finding"])


def questions(reach: Reach, database: Database, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is asked when the answers are there."""
    every = [f"ES-{number}" for number in (7, 12, 13)]
    ports = {"reach": reach, "database": database}
    for tab in Tab:
        for order in (Order.FILES, Order.EXHIBITS):
            for exhibit in ("", *every):
                sought = Sought(exhibit, order=order)
                yield "a page of groups", lambda t=tab, s=sought: seen_groups.groups(t, s, folder=folder, **ports)

                def far(t: Tab = tab, s: Sought = sought) -> object:
                    return seen_groups.groups(t, s, number=500, folder=folder, **ports)

                yield "a page of groups far down", far
    numbers = iter(range(2, 10**9))

    def unasked() -> object:
        return seen_groups.groups(Tab.CAMERAS, Sought(about=f"maker {next(numbers) % 23}"), folder=folder, **ports)

    yield "a filter of groups that nobody asked before", unasked
    page = seen_groups.groups(Tab.NEAR_COPIES, Sought(), folder=folder, **ports)
    if page is not None and page.groups:
        first = page.groups[0]
        yield "a group", lambda: seen_groups.group(first.kind, first.representative.file, folder=folder, **ports)
    for order in ClueOrder:
        yield "a page of clues", lambda o=order: seen_clues.clues(SoughtClues(order=o), **ports)
    clues = seen_clues.clues(SoughtClues(), **ports)
    clue = clues.clues[0].clue if clues is not None and clues.clues else Clue("camera", "none")
    yield "where a clue leads", lambda: seen_clues.leads(clue, **ports)
    yield "home", lambda: (overview.overview(**ports), composition.composition(**ports))


def timed(what: str, act: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    act()
    print(
        f"  {what}: {time.perf_counter() - wall:.1f} s, of processor {time.process_time() - processor:.1f} s",
        flush=True,
    )


def benchmark(database: Database, folder: Path, count: int) -> None:
    print(f"{count:,} files on {database.vendor}, {EXHIBITS} exhibits", flush=True)
    bench = begin(database)
    for number in range(2, EXHIBITS + 1):
        made.exhibit(bench, f"ES-{number + 10}")
    fill(bench, 1, count)
    fill_beside(database, count)
    reach = Reach("ana", "", frozenset(Role), Purpose.OPERATIONAL_ANALYSIS, frozenset(range(1, EXHIBITS + 1)))
    ports = {"wait_s": _PATIENCE_S, "reach": reach, "database": database}
    for tab in Tab:
        timed(f"find {tab}", lambda tab=tab: seen_groups.groups(tab, Sought(), folder=folder, **ports))
    timed("count clues", lambda: seen_clues.clues(SoughtClues(), **ports))
    timed("count what the evidence is made of", lambda: composition.composition(**ports))
    measure(list(questions(reach, database, folder)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--backend", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    for backend in ("sqlite", "postgresql"):
        if options.backend in (None, backend):
            with contextlib.ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                address = (
                    str(folder / "workbench.sqlite3") if backend == "sqlite" else stack.enter_context(postgresql())
                )
                database = connect(address)
                stack.callback(database.close)
                database.migrate()
                benchmark(database, folder, options.files)


if __name__ == "__main__":
    main()
