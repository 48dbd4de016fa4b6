"""How fast files are found: pages of lists, facets, filters, words and trees over a made-up operation, on each backend.

    python benchmarks/web.py [--files 1000000] [--backend sqlite|postgresql] [--times 15] [--served] [--plans]

Rows of made-up files in seven exhibits are put into a workbench, as an examination would, a tenth of them copies;
nothing is drawn. A fiftieth of them is decided. Then what a screen asks is asked by the same function, each question so
many times in turn with the others, what is remembered being forgotten each time but where it says so: medians and 95th
percentiles of the wall, and what both cores together worked on it (that of PostgreSQL is not counted), as a table in
markdown. `--served` asks for whole pages besides, over HTTP, of a real `amparo serve` (`benchmarks/served.py`).
`--plans` prints how DuckDB answers typical ones. Most of the time goes into making the operation: `--keep DIR` keeps
that of SQLite for the next time.
"""

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from amparo import Workbench
from amparo.casework import files
from amparo.domain.canonical import canonical
from amparo.domain.grading import Round
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.domain.search import Search
from amparo.domain.search_fields import FIELDS
from amparo.records import gradings
from amparo.records.bulk import insert
from amparo.records.catalogue.searching import Catalogue
from amparo.records.gradings import Decision
from amparo.records.rows import FINDING, MEDIA_FILE, NOT_EXAMINED, OCCURRENCE, path_digest
from contracts import catalogue as made
from contracts.databases import postgresql
from contracts.examination import Bench
from timings import Timings

EXHIBITS = 7
_CHUNK = 20_000
_TYPES = ("image/jpeg",) * 5 + ("image/png", "video/mp4", "text/plain", "application/pdf", "application/zip")
_STATES = ("live",) * 7 + ("deleted", "deleted", "carved")
REMEMBERED = "words asked before"
"""So begins the name of a question about words for whose rows was looked before."""
_AT = 1_600_000_000_000_000_000


def fill(bench: Bench, first: int, count: int) -> None:
    """Add rows of files, as an examination would; their ids begin with `first`."""
    chance = random.Random(first)
    for start in range(first, first + count, _CHUNK):
        rows: dict[Any, list[tuple[Any, ...]]] = {MEDIA_FILE: [], OCCURRENCE: [], FINDING: [], NOT_EXAMINED: []}
        for id_ in range(start, min(start + _CHUNK, first + count)):
            add(rows, id_, first + count, chance)
        with bench.database.transaction(durable=False):
            for table, values in rows.items():
                insert(bench.database, table, values)
            bench.ledger.append("examination.batch", {"first": start})
            bench.ledger.sign_head()


def add(rows: dict[Any, list[tuple[Any, ...]]], id_: int, count: int, chance: random.Random) -> None:
    """The rows of one file: of a tenth, only another place of a file before it."""
    exhibit = 1 + id_ * EXHIBITS // (count + 1)
    kind = _TYPES[chance.randrange(10)]
    folder = f"Users/anna/{('Pictures', 'Downloads', 'Documents')[id_ // 4000 % 3]}/album {id_ // 40}"
    name = f"{folder}/IMG_{chance.randrange(100_000):05}.{kind.rpartition('/')[2]}"
    path = f"{'ES-7' if exhibit == 1 else f'ES-{exhibit + 10}'}!ewf:/!gpt:/p1!ntfs:/{name}#{id_}"
    copy = id_ > 1 and chance.random() < 0.1
    unread = not copy and chance.random() < 0.01
    file = chance.randrange(1, id_) if copy else id_
    time_ns = _AT + chance.randrange(200_000_000) * 10**9
    rows[OCCURRENCE].append(
        (id_, exhibit, exhibit, path_digest(path), path, name, _STATES[chance.randrange(10)],
         "unread" if unread else "repeated" if copy else "read", 10_000, time_ns, time_ns, time_ns, time_ns,
         None if unread else file, True, int(unread))
    )  # fmt: skip
    if unread:
        rows[NOT_EXAMINED].append((id_, exhibit, id_, None, None, "reading", "1", "It is torn.", "unreadable"))
    value = chance.randbytes(32)
    rows[MEDIA_FILE].append((id_, 1, value, value[:20], value[:16], chance.randrange(10**7), kind, True, 0))
    if kind.startswith("image/"):
        camera = {"make": f"Maker {id_ % 20}", "model": f"Model {id_ % 300}", "serial": f"{id_ % 900}"}
        facts = {"camera": camera, "times": {"original": f"20{10 + id_ % 15}-05-06T07:08:09"}}
        if id_ % 3 == 0:
            facts["position"] = {"latitude": "1", "longitude": "2"}
        if id_ % 5 == 0:
            facts = {"camera": {"software": f"Program {id_ % 1009}"}}
        rows[FINDING].append((2 * id_, id_, "metadata", "1", "A camera.", canonical(facts).decode()))
        size = {"width_px": 640 + id_ % 4000, "height_px": 480 + id_ % 3000}
        if id_ % 4 == 0:
            size["origin"] = {"marks": [], "traces": "coherent", "weight": None, "reasons": []}  # type: ignore[assignment]
        rows[FINDING].append((2 * id_ + 1, id_, "picture", "1", "A picture.", canonical(size).decode()))


def decide(bench: Bench, files: Sequence[int], officer: str, category: str) -> None:
    """Add a decision of an officer about some files."""
    database = bench.database
    number, agency = (
        database.fetch(f"SELECT id FROM {table} WHERE name = %s", (name,))[0][0]
        for table, name in (("officer", officer), ("agency", "alfama"))
    )
    with database.transaction(durable=False):
        gradings.add_grading(
            database, Decision(Round.FIRST, "neutral", category, "as it means"), files, operation=1, officer=number,
            agency=agency, at=datetime.now(UTC), submission=random.randbytes(8).hex(),
        )  # fmt: skip


def decided(bench: Bench, count: int) -> None:
    """Decide about a fiftieth of so many files; about a third of these twice, mostly alike."""
    chance = random.Random(50)
    for start in range(1, count, _CHUNK):
        files = [file for file in range(start, min(start + _CHUNK, count)) if chance.random() < 0.02]
        for place, category in enumerate(("abuse", "comparison", "not-pertinent")):
            decide(bench, files[place::3], "ana", category)
        decide(bench, files[::3], "rui", "abuse")
        decide(bench, files[1::30], "rui", "not-pertinent")


def questions(
    find: Callable[..., files.Found], tree: Callable[..., Any], decide: Callable[[], object]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is asked, and under which name it is told."""
    for sort in ("", *(field.name for field in FIELDS if field.sortable)):
        for descending in (False, True) if sort else (False,):
            search = Search((), sort, descending)
            yield "list: a page in each order", lambda search=search: find(search)
            deep = find(search.narrowed(Search.parse("state=deleted").filters[0]), limit=2_000).next
            yield "list: a page far down", lambda search=search, deep=deep: find(search, after=deep)
    for field in FIELDS:
        if field.faceted:
            yield "one facet", lambda name=field.name: find(Search(), limit=0, facets=[name])
    yield "all facets, no filter", lambda: find(Search(), facets=None)
    for text in (
        "kind=picture",
        "kind=picture&state=deleted&make=Maker 3",
        "size=1M..5M&modified=2022&sort=-size",
        "exhibit=ES-7&type=image/jpeg&gps=yes&sort=taken",
        "gap=unreadable",
        "exhibits=2..&kind=picture&sort=name",
        "match=known&origin=captured",
        "match=-&cluster=-&copies=2..",
        "standing=graded",
        "grade=neutral:abuse&kind=picture",
        "standing=waiting&match=-&sort=-taken",
        "in=ES-12!ewf:/!gpt:/p1!ntfs:/Users/anna/Pictures&state=carved",
    ):
        yield f"all facets: {text}", lambda text=text: find(Search.parse(text), facets=None)
    yield "one more decision, all facets", lambda: (decide(), find(Search(), facets=None))
    for text in ("text=img_12", 'text="album 77" pictures jpeg', "name=0042&kind=video"):
        yield f"words, all facets: {text}", lambda text=text: find(Search.parse(text), facets=None)
    yield (
        f"{REMEMBERED}, all facets and a place: text=img_12",
        lambda: (find(Search.parse("text=img_12&sort=name"), facets=None), tree(Search.parse("text=img_12"), "")),
    )
    yield "a digest", lambda: find(Search.parse("hash=" + "00" * 32))
    for place in ("", "ES-7", "ES-7!ewf:/!gpt:/p1!ntfs:/Users/anna", "ES-12!ewf:/!gpt:/p1!ntfs:/Users/anna/Pictures"):
        yield "tree: a place", lambda place=place: tree(Search.parse("kind=picture"), place)


def measure(
    asked: Sequence[tuple[str, Callable[[], object]]], times: int = 15, forget: Callable[[], object] = lambda: None
) -> None:
    timings = Timings()
    for _ in range(times):
        for name, ask in asked:
            if name.startswith(REMEMBERED):
                ask()
            else:
                forget()
            began, began_cpu = time.perf_counter(), time.process_time()
            ask()
            worked = time.process_time() - began_cpu
            timings.add(name, time.perf_counter() - began, worked)
    print(timings, flush=True)


class Explaining:
    """A connection of DuckDB that prints how each question is answered."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def cursor(self) -> "Explaining":
        return Explaining(self._connection.cursor())

    def register(self, name: str, table: Any) -> None:
        self._connection.register(name, table)

    def execute(self, query: str, values: Sequence[Any]) -> Any:
        for _, plan in self._connection.execute(f"EXPLAIN {query}", values).fetchall():
            print(plan)
        return self._connection.execute(query, values)


def plans(catalogue: Catalogue, ask: Sequence[tuple[str, Callable[[], object]]]) -> None:
    """Print how DuckDB answers."""
    connection = catalogue._connection
    catalogue._connection = Explaining(connection)  # type: ignore[assignment]
    catalogue._held = None
    for name, question in ask:
        print(f"{name}\n")
        question()
    catalogue._connection = connection


def timed(what: str, act: Callable[[], object]) -> None:
    began = time.perf_counter()
    act()
    print(f"  {what}: {time.perf_counter() - began:.1f} s", flush=True)


def benchmark(workbench: Workbench, count: int, times: int, show_plans: bool) -> None:
    database, folder = workbench._database, workbench.folder
    print(f"{count:,} files on {database.vendor}, {EXHIBITS} exhibits", flush=True)
    if not database.fetch("SELECT 1 FROM occurrence LIMIT 1"):
        bench = begun(workbench)
        timed("store", lambda: fill(bench, 1, count))
        for number in range(1, EXHIBITS + 1):
            made.compare(_of(bench, number), random.Random(number), share=0.05)
        timed("catalogue", lambda: files.refresh(database=database, folder=folder))
        timed("decide", lambda: decided(bench, count))
        fill(bench, count + 1, 1_000)
        timed("catalogue, with 1,000 more", lambda: files.refresh(database=database, folder=folder))
    size = sum(path.stat().st_size for path in (folder / "catalogue").glob("*.parquet"))
    print(f"  {size / count:.0f} bytes a file")
    acquisitions = frozenset(range(1, EXHIBITS + 1))
    reach = Reach("ana", "", frozenset(Role), Purpose.OPERATIONAL_ANALYSIS, acquisitions)

    def find(search: Search, **how: Any) -> files.Found:
        return files.find(search, **{"facets": [], **how}, reach=reach, database=database, folder=folder)

    def tree(search: Search, place: str) -> object:
        return files.branches(search, place, reach=reach, database=database, folder=folder)

    timed("first question of a process", lambda: find(Search(), facets=None))
    others = iter(range(1, count))
    bench = Bench(database, workbench._ledger, workbench._signing.public_key, 0, 0, 0)
    asked = questions(find, tree, lambda: decide(bench, [next(others)], "ana", "comparison"))
    catalogue = files._catalogue_in(folder)

    def forget() -> None:
        if catalogue._held is not None:
            columns, _, remembered = catalogue._held
            columns._remembered._answers.clear()
            remembered._answers.clear()

    measure(list(asked), times, forget)
    if show_plans:
        by_size, words = Search((), "size", True), Search.parse("text=album")
        place = "ES-7!ewf:/!gpt:/p1!ntfs:/Users/anna"
        plans(catalogue, [("a page by size", lambda: find(by_size)), ("words", lambda: find(words)),
                          ("a place", lambda: tree(Search(), place))])  # fmt: skip


def begun(workbench: Workbench) -> Bench:
    """Add an agency that owns seven exhibits, and its officer, who may do all."""
    workbench.members.add_agency("alfama", "Alfama", "PT")
    workbench.members.add("ana", "alfama", tuple(Role))
    workbench.members.add("rui", "alfama", (Role.REVIEWER,))
    database, ledger = workbench._database, workbench._ledger
    officer = database.fetch("SELECT id FROM officer WHERE name = 'ana'")[0][0]
    bench = Bench(database, ledger, workbench._signing.public_key, 0, 0, officer)
    for number in range(1, EXHIBITS + 1):
        name = "ES-7" if number == 1 else f"ES-{number + 10}"
        bench = made.exhibit(bench, name)
        workbench.members.give(name, "alfama")
    return bench


def opened(folder: Path, address: str) -> Workbench:
    """The workbench in a folder, which is made where it is not there."""
    if (folder / "workbench").exists():
        return Workbench.open(folder / "workbench", by="ana")
    return Workbench.init(
        folder / "workbench", operation="Made up", database=address, key_file=folder / "key", by="ana"
    )


def _of(bench: Bench, acquisition: int) -> Bench:
    return Bench(bench.database, bench.ledger, bench.public_key, bench.exhibit, acquisition, bench.officer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--backend", choices=["sqlite", "postgresql"])
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--served", action="store_true")
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a folder in which the SQLite store stays, or is")
    options = parser.parse_args()
    for backend in ("sqlite", "postgresql"):
        if options.backend in (None, backend):
            with contextlib.ExitStack() as stack:
                kept = options.keep if backend == "sqlite" else None
                folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory()))
                folder.mkdir(exist_ok=True)
                address = backend if backend == "sqlite" else stack.enter_context(postgresql())
                with opened(folder, address) as workbench:
                    benchmark(workbench, options.files, options.times, options.plans)
                if options.served:
                    served = [Path(__file__).parent / "served.py", folder / "workbench", "--times", str(options.times)]
                    print("\nthe same over HTTP", flush=True)
                    subprocess.run([sys.executable, *served], check=True)


if __name__ == "__main__":
    main()
