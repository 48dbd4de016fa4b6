"""Whether the queue is worth having, and how fast it is.

    python benchmarks/review_queue.py simulate [--files 12000] [--seeds 3]
    python benchmarks/review_queue.py speed [--files 1000000] [--backend sqlite|postgresql] [--looks 300]

`simulate` draws operations of which the truth is known and asks how many looks it takes to have seen 90 % of the new
scenes that a camera took, by the queue and by the orders of today's tools. `speed` fills a workbench with rows of
made-up files and measures the next file, and new weights. Nothing is drawn, and no picture is made.
"""

import argparse
import contextlib
import importlib.util
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from amparo.casework import files as searching
from amparo.casework import near_copies, queue
from amparo.casework.order_at_hand import caught_up
from amparo.casework.weights import set_weights
from amparo.domain.canonical import canonical
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.need_to_know import Purpose, Reach, Role
from amparo.domain.origin import Claim, Layer, Traces, Weight
from amparo.records.bulk import insert
from amparo.records.database import Database, connect
from amparo.records.rows import FINDING, MEDIA_FILE, OCCURRENCE, PERCEPTUAL_HASH, path_digest
from contracts import catalogue as made
from contracts import queue as rows_of
from contracts.databases import postgresql
from contracts.examination import Bench, begin

NOW = datetime(2026, 6, 1, tzinfo=UTC)
COUNTRIES = ("PT", "ES", "DK", "FR")
PHONES, COMPUTERS = 6, 6
GOAL = 0.9
_HASH_BYTES = 32


@dataclass(frozen=True)
class World:
    """How an operation is, before anybody examines it: shares of different files, and what the ways do to them."""

    name: str
    known: float = 0.30
    """Collected and in hash sets, byte by byte."""
    resaved: float = 0.12
    """Near copies of such, saved anew or made smaller."""
    published: float = 0.28
    """Photographs from the internet that no set has: taken by a camera, and not new."""
    drawn: float = 0.12
    """Screenshots, icons, drawings."""
    generated: float = 0.08
    """Made by a model."""
    new: float = 0.10
    """Taken by somebody's own camera, and published nowhere: the truth that is looked for."""
    stripped: float = 0.15
    """Of the new, those that came by a messenger: small, without metadata, in its folder."""
    saved_in_roll: float = 0.15
    """Of what was published, drawn or generated on a phone: kept in its camera roll."""
    with_metadata: float = 0.08
    """Of what was published: with the metadata of its camera still there."""
    forged: float = 0.03
    """Of what was generated: with a camera's metadata copied in."""
    recall: float = 0.9
    """Of near copies of known files, how many the comparison with a set finds."""


WORLDS = (
    World("as assumed"),
    World("nothing came by messenger", stripped=0.0),
    World("a third came by messenger", stripped=0.33),
    World("two in three came by messenger", stripped=0.67),
    World("camera rolls full of saved pictures", saved_in_roll=0.6),
    World("a third of the published with metadata", with_metadata=0.33),
    World("sets know little", known=0.08, resaved=0.04, published=0.5, drawn=0.2),
    World("half of the generated forged", generated=0.2, published=0.16, forged=0.5),
)
"""The first is the one of which the figure is told; the others say on what it depends."""


@dataclass
class File:
    """One file: what is true of it, and what an examination sees."""

    scene: int
    """Files of one scene, near copies of each other, have one number."""
    new: bool
    path: str
    exhibit: int
    size: int
    modified: datetime
    pdq: bytes
    metadata: dict[str, Any] = field(default_factory=dict)
    coherent: bool = False
    log10_lr: float | None = None
    basis: str = ""
    """By what a set knows it."""
    also: tuple[int, ...] = ()
    """Further exhibits on which the same bytes lie."""


class Drawing:
    """Draws the files of an operation, each by the way on which it came."""

    def __init__(self, world: World, count: int, seed: int) -> None:
        self.world = world
        self.count = count
        self.chance = random.Random(seed)
        self.scenes = 0
        self.shots = [self.chance.randrange(1, 9_000) for _ in range(PHONES + COMPUTERS)]

    def files(self) -> list[File]:
        world = self.world
        drawn: list[File] = []
        ways: tuple[tuple[float, Callable[[], list[File]]], ...] = (
            (world.known, self._known),
            (world.resaved, self._resaved),
            (world.published, self._published),
            (world.drawn, self._drawn),
            (world.generated, self._generated),
            (world.new, self._new),
        )
        total = sum(share for share, _ in ways)
        for share, way in ways:
            wanted = len(drawn) + round(self.count * share / total)
            while len(drawn) < wanted:
                drawn += way()
        self.chance.shuffle(drawn)  # the numbers of files say nothing
        return drawn

    def _scene(self) -> tuple[int, bytes]:
        self.scenes += 1
        return self.scenes, self.chance.randbytes(_HASH_BYTES)

    def _near(self, pdq: bytes) -> bytes:
        bits = int.from_bytes(pdq)
        for _ in range(self.chance.randrange(2, 16)):
            bits ^= 1 << self.chance.randrange(_HASH_BYTES * 8)
        return bits.to_bytes(_HASH_BYTES)

    def _size(self, median: int, spread: float) -> int:
        return int(median * self.chance.lognormvariate(0, spread))

    def _ago(self, mean_days: float) -> datetime:
        return NOW - timedelta(days=1 + self.chance.expovariate(1 / mean_days))

    def _ratio(self, mean: float, measured: float) -> float | None:
        if self.chance.random() >= measured:
            return None
        return max(-1.0, min(1.0, self.chance.gauss(mean, 0.5)))

    def _place(self, name: str, *, in_roll: float = 0.0) -> tuple[int, str]:
        """On which exhibit it lies, and where."""
        exhibit = self.chance.randrange(PHONES + COMPUTERS)
        if exhibit < PHONES:
            if self.chance.random() < in_roll:
                return exhibit, f"DCIM/{self.chance.choice(['Camera', 'Screenshots', '100APPLE'])}/{name}"
            return exhibit, f"{self.chance.choice(['Download', 'Pictures/Telegram', 'Android/data/cache'])}/{name}"
        folder = self.chance.choice(["Downloads", "Pictures", "Pictures/old", "Desktop/n", "AppData/Cache"])
        return exhibit, f"Users/u{exhibit}/{folder}/{name}"

    def _word(self) -> str:
        return self.chance.choice(
            [f"{self.chance.getrandbits(64):x}", f"{self.chance.randrange(10**6)}", f"pic{self.chance.randrange(999)}",
             f"IMG_{self.chance.randrange(10_000):04}", f"Image ({self.chance.randrange(400)})"]
        )  # fmt: skip

    def _known(self) -> list[File]:
        scene, pdq = self._scene()
        exhibit, path = self._place(f"{self._word()}.jpg", in_roll=0.03)
        also = tuple({self.chance.randrange(PHONES + COMPUTERS) for _ in range(self.chance.choice([0, 0, 1, 2]))})
        return [
            File(scene, False, path, exhibit, self._size(140_000, 0.8), self._ago(900), pdq, basis="digest",
                 log10_lr=self._ratio(-0.2, 0.5), also=tuple(set(also) - {exhibit}))
        ]  # fmt: skip

    def _resaved(self) -> list[File]:
        scene, pdq = self._scene()
        exhibit, path = self._place(f"{self._word()}.jpg", in_roll=0.03)
        found = "picture" if self.chance.random() < self.world.recall else ""
        return [
            File(scene, False, path, exhibit, self._size(90_000, 0.8), self._ago(700), self._near(pdq), basis=found,
                 log10_lr=self._ratio(-0.1, 0.5))
        ]  # fmt: skip

    def _published(self) -> list[File]:
        scene, pdq = self._scene()
        exhibit, path = self._place(f"{self._word()}.jpg", in_roll=self.world.saved_in_roll)
        file = File(scene, False, path, exhibit, self._size(130_000, 1.0), self._ago(600), pdq)
        file.log10_lr = self._ratio(-0.25, 0.5)
        if self.chance.random() < self.world.with_metadata:
            file.size = self._size(1_500_000, 0.9)
            file.coherent = self.chance.random() < 0.3
            self._camera(file, serial=0.2, gps=0.08, age_days=2_500, cameras=4_000)
        if self.chance.random() < 0.1:
            file.also = ((exhibit + 1) % (PHONES + COMPUTERS),)
        files = [file]
        if self.chance.random() < 0.15:  # saved once more, smaller
            other, path = self._place(f"{self._word()}.jpg", in_roll=self.world.saved_in_roll)
            files.append(
                File(scene, False, path, other, self._size(60_000, 0.6), self._ago(400), self._near(pdq),
                     log10_lr=self._ratio(-0.2, 0.4))
            )  # fmt: skip
        return files

    def _drawn(self) -> list[File]:
        scene, pdq = self._scene()
        exhibit, path = self._place(f"Screenshot_{self._word()}.png", in_roll=self.world.saved_in_roll)
        return [
            File(scene, False, path, exhibit, self._size(350_000, 1.1), self._ago(400), pdq,
                 log10_lr=self._ratio(0.1, 0.1))
        ]  # fmt: skip

    def _generated(self) -> list[File]:
        scene, pdq = self._scene()
        exhibit, path = self._place(f"{self.chance.randrange(10**5):05}-{self._word()}.png",
                                    in_roll=self.world.saved_in_roll)  # fmt: skip
        file = File(scene, False, path, exhibit, self._size(1_300_000, 0.5), self._ago(200), pdq)
        file.log10_lr = self._ratio(0.35, 0.6)
        if self.chance.random() < self.world.forged:
            file.coherent = self.chance.random() < 0.1
            self._camera(file, serial=0.3, gps=0.2, age_days=700, cameras=30)
        return [file]

    def _new(self) -> list[File]:
        """A scene: one to five pictures of it, on the phone that took them, on a computer, or passed on."""
        scene, pdq = self._scene()
        files = []
        exhibit = self.chance.randrange(PHONES)
        way = self.chance.random()
        taken = self._ago(500)
        for _ in range(self.chance.choice([1, 1, 1, 2, 2, 3, 5])):
            near = self._near(pdq)
            if way < self.world.stripped:
                name = f"IMG-{taken:%Y%m%d}-WA{self.chance.randrange(10_000):04}.jpg"
                other = self.chance.randrange(PHONES)
                path = f"Android/media/com.whatsapp/WhatsApp/Media/WhatsApp Images/{name}"
                sent = taken + timedelta(days=self.chance.expovariate(1 / 60))
                file = File(scene, True, path, other, self._size(130_000, 0.5), min(sent, NOW), near)
                file.log10_lr = self._ratio(-0.2, 0.5)
                if self.chance.random() < 0.15:
                    file.also = ((other + 1) % PHONES,)
            else:
                self.shots[exhibit] += 1
                name = f"IMG_{self.shots[exhibit]:04}.JPG"
                on_phone = way < self.world.stripped + (1 - self.world.stripped) * 0.7
                at = exhibit if on_phone else PHONES + self.chance.randrange(COMPUTERS)
                folder = "DCIM/Camera" if on_phone else f"Users/u{at}/Pictures/{self.chance.choice(['a', 'n', 'x'])}"
                file = File(scene, True, f"{folder}/{name}", at, self._size(2_600_000, 0.45), taken, near)
                file.coherent = self.chance.random() < (0.85 if on_phone else 0.6)
                file.log10_lr = self._ratio(-0.35, 0.6)
                self._camera(file, serial=0.3, gps=0.5, age_days=0, cameras=0, taken=taken, own=f"own {exhibit}")
            files.append(file)
        return files

    def _camera(
        self, file: File, *, serial: float, gps: float, age_days: float, cameras: int,
        taken: datetime | None = None, own: str = "",
    ) -> None:  # fmt: skip
        camera = {"make": "Maker", "model": f"Model {self.chance.randrange(40)}"}
        if self.chance.random() < serial:
            camera |= {"model": "Model", "serial": own or f"{self.chance.randrange(cameras)}"}
        when = taken or self._ago(age_days)
        file.metadata = {"camera": camera, "times": {"original": when.strftime("%Y-%m-%dT%H:%M:%S")}}
        if self.chance.random() < gps:
            file.metadata["position"] = {"latitude": "1", "longitude": "2"}


def fill(bench: Bench, files: Sequence[File], acquisitions: Sequence[int]) -> None:
    """Store what an examination would; the number of each file is its place in the list, from 1."""
    chance = random.Random(len(files))
    rows: dict[Any, list[tuple[Any, ...]]] = {MEDIA_FILE: [], OCCURRENCE: [], FINDING: [], PERCEPTUAL_HASH: []}
    for id_, file in enumerate(files, 1):
        value = chance.randbytes(32)
        rows[MEDIA_FILE].append((id_, 1, value, value[:20], value[:16], file.size, "image/jpeg", True, 0))
        rows[PERCEPTUAL_HASH].append((id_, id_, "pdq", file.pdq, 90, 0, 0))
        modified = int(file.modified.timestamp()) * 10**9
        for exhibit in (file.exhibit, *file.also):
            acquisition = acquisitions[exhibit]
            path = f"{_number(exhibit)}!folder:/{file.path}"
            number = len(rows[OCCURRENCE]) + 1
            rows[OCCURRENCE].append(
                (number, acquisition, acquisition, path_digest(f"{path}{number}"), path, file.path, "live", "read",
                 file.size, modified, modified, modified, modified, id_, True, 0)
            )  # fmt: skip
        for analyzer, facts in _said(file):
            number = len(rows[FINDING]) + 1
            rows[FINDING].append((number, id_, analyzer, "1", "It says so.", canonical(facts).decode()))
    with bench.database.transaction(durable=False):
        for table, values in rows.items():
            insert(bench.database, table, values)
        bench.ledger.append("examination.batch", {"first": 1})
        bench.ledger.sign_head()


def _said(file: File) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "metadata", file.metadata
    if file.coherent:
        yield "camera_traces", {"origin": Layer((), Traces.COHERENT).fact()}
    if file.log10_lr is not None:
        weight = Weight(Claim.GENERATED, LikelihoodRatio(round(file.log10_lr, 2)), {})
        yield "statistics", {"origin": Layer((), None, weight).fact()}


def _number(exhibit: int) -> str:
    return "ES-7" if exhibit == 0 else f"ES-{exhibit + 10}"


def operation(database: Database) -> tuple[Bench, list[int]]:
    """The exhibits, each of an agency of a country."""
    bench = begin(database)
    benches = [bench, *(made.exhibit(bench, _number(number)) for number in range(1, PHONES + COMPUTERS))]
    for number, each in enumerate(benches):
        officers = ["rui", "eva", "ivo", "zoe"] if number == 0 else []
        rows_of.agency(each, f"agency {number}", COUNTRIES[number % len(COUNTRIES)], officers)
    return bench, [each.acquisition for each in benches]


def compared(bench: Bench, files: Sequence[File], acquisitions: Sequence[int]) -> None:
    """Compare each exhibit with a set that has what is known."""
    for exhibit, acquisition in enumerate(acquisitions):
        found = {
            id_: file.basis for id_, file in enumerate(files, 1) if file.basis and exhibit in (file.exhibit, *file.also)
        }
        rows_of.known(Bench(bench.database, bench.ledger, bench.public_key, 0, acquisition, bench.officer), found)


def reach(name: str, acquisitions: Sequence[int]) -> Reach:
    return Reach(name, "", frozenset(Role), Purpose.OPERATIONAL_ANALYSIS, frozenset(acquisitions))


def looks(order: Sequence[int], files: Sequence[File]) -> int:
    """How many looks, in this order of numbers, it takes to have seen 90 % of the new scenes."""
    wanted = {file.scene for file in files if file.new}
    needed = int(np.ceil(GOAL * len(wanted)))
    seen: set[int] = set()
    for number, id_ in enumerate(order, 1):
        if files[id_ - 1].new:
            seen.add(files[id_ - 1].scene)
            if len(seen) >= needed:
                return number
    return len(files)  # never reached: as many as there are


def simulated(world: World, count: int, seed: int) -> dict[str, int]:
    """The looks by the queue and by other orders, of one operation."""
    files = Drawing(world, count, seed).files()
    with tempfile.TemporaryDirectory() as name:
        database = connect(str(Path(name) / "workbench.sqlite3"))
        try:
            database.migrate()
            bench, acquisitions = operation(database)
            fill(bench, files, acquisitions)
            compared(bench, files, acquisitions)
            order = caught_up(600, reach("rui", acquisitions), database, Path(name), lambda: NOW)
            found = [order.ranked.file(int(place)) for place in order.standing.first(order.ranked)]
        finally:
            database.close()
    chance = random.Random(seed)
    ids = list(range(1, len(files) + 1))
    unknown = [id_ for id_ in ids if files[id_ - 1].basis != "digest"]
    orders: dict[str, Callable[[int], Any]] = {
        "name": lambda id_: files[id_ - 1].path.rpartition("/")[2].casefold(),
        "path": lambda id_: (files[id_ - 1].exhibit, files[id_ - 1].path.casefold()),
        "size, largest first": lambda id_: -files[id_ - 1].size,
        "time, newest first": lambda id_: -files[id_ - 1].modified.timestamp(),
        "random": lambda id_: chance.random(),
    }
    told = {"files": len(files), "new scenes": len({file.scene for file in files if file.new})}
    told["queue"] = looks(found, files)
    told |= {name: looks(sorted(ids, key=key), files) for name, key in orders.items()}
    return told | {f"{name}*": looks(sorted(unknown, key=key), files) for name, key in orders.items()}


def simulate(count: int, seeds: int) -> None:
    """Print a line for each world: medians over seeds."""
    print(f"{count:,} files a world, medians of {seeds} seeds; * what sets know byte by byte was taken out before")
    for world in WORLDS:
        runs = [simulated(world, count, seed) for seed in range(seeds)]
        told = {name: round(statistics.median(run[name] for run in runs)) for name in runs[0]}
        others = {name: number for name, number in told.items() if name not in ("files", "new scenes", "queue")}
        plain = min((number, name) for name, number in others.items() if not name.endswith("*"))
        strict = min((number, name) for name, number in others.items() if name.endswith("*"))
        print(f"{world.name}: {told['files']:,} files, {told['new scenes']:,} new scenes")
        print(f"  queue {told['queue']:,}; " + ", ".join(f"{name} {number:,}" for name, number in others.items()))
        print(
            f"  of the best other order ({plain[1]}): {told['queue'] / plain[0]:.2f};"
            f" of the best* ({strict[1]}): {told['queue'] / strict[0]:.2f}",
            flush=True,
        )


def many(bench: Bench, acquisitions: Sequence[int], count: int) -> None:
    """Fill a workbench with rows of many files, in parts that memory holds."""
    spec = importlib.util.spec_from_file_location("files_found", Path(__file__).parent / "web.py")
    assert spec is not None
    assert spec.loader is not None
    files_found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(files_found)
    files_found.fill(bench, 1, count)
    chance = np.random.default_rng(1)
    for start in range(1, count + 1, 50_000):
        ids = range(start, min(start + 50_000, count + 1))
        hashes = chance.integers(0, 256, (len(ids), _HASH_BYTES), np.uint8)
        hashes[1::10] = hashes[::10][: len(hashes[1::10])]
        with bench.database.transaction(durable=False):
            pdq = [(id_, id_, "pdq", value.tobytes(), 90, 0, 0) for id_, value in zip(ids, hashes, strict=True)]
            insert(bench.database, PERCEPTUAL_HASH, pdq)
            last = bench.database.fetch("SELECT max(id) FROM finding")[0][0]
            coherent = canonical({"origin": Layer((), Traces.COHERENT).fact()}).decode()
            insert(
                bench.database, FINDING,
                [(last + number, id_, "camera_traces", "1", "They agree.", coherent)
                 for number, id_ in enumerate(ids[::4], 1)],
            )  # fmt: skip
            bench.ledger.append("examination.batch", {"first": start})
            bench.ledger.sign_head()
    for number, acquisition in enumerate(acquisitions):
        made.compare(
            Bench(bench.database, bench.ledger, bench.public_key, 0, acquisition, bench.officer),
            random.Random(number),
            share=0.05,
        )


def timed(what: str, act: Callable[[], object]) -> None:
    began = time.perf_counter()
    act()
    print(f"  {what}: {time.perf_counter() - began:.1f} s", flush=True)


def speed(database: Database, folder: Path, count: int, asked: int) -> None:
    """Print how long the order takes to be made, the next file, and new weights."""
    print(f"{count:,} files on {database.vendor}", flush=True)
    bench, acquisitions = operation(database)
    acquisitions = acquisitions[:7]
    timed("store", lambda: many(bench, acquisitions, count))
    at: dict[str, Any] = {"database": database, "folder": folder, "clock": lambda: datetime.now(UTC)}
    timed("clusters, the first time", lambda: list(near_copies.near_copies(database, folder)))
    rui = reach("rui", acquisitions)
    timed("catalogue, the first time", lambda: searching.refresh(database=database, folder=folder))
    timed("order, the first time", lambda: queue.ahead(1, wait_s=3_600, reach=rui, **at))
    saved = queue.saved(reach=rui, **at)
    print(f"  {saved.looks:,} looks for {saved.places:,} places", flush=True)
    took: list[float] = []
    for number in range(asked):
        officer = ("rui", "eva", "ivo", "zoe")[number % 4]
        began = time.perf_counter()
        given = queue.next_file(reach=reach(officer, acquisitions), **at)
        took.append((time.perf_counter() - began) * 1000)
        assert given is not None
        rows_of.decide(database, officer, [given.file])
    _told("next file, after a decision", took)
    took = []
    for _ in range(asked):
        began = time.perf_counter()
        queue.why(count // 2 | 1, reach=rui, **at)
        took.append((time.perf_counter() - began) * 1000)
    _told("why a file waits", took)
    began, weight = time.perf_counter(), 0
    set_weights({"recent": 333}, "measured", reach=rui, database=database, ledger=bench.ledger, clock=at["clock"])
    took = []
    while weight != 333:
        asked_at = time.perf_counter()
        first = queue.ahead(1, reach=rui, **at)[0]
        took.append((time.perf_counter() - asked_at) * 1000)
        weight = next((each.weight for each in first.reasons if each.reason == "recent"), 333)
    print(f"  new weights: {time.perf_counter() - began:.1f} s until the order follows", flush=True)
    _told("asked meanwhile", took)


def _told(what: str, milliseconds: Sequence[float]) -> None:
    p95 = statistics.quantiles(milliseconds, n=20)[-1] if len(milliseconds) > 1 else milliseconds[0]
    print(f"  {what}: median {statistics.median(milliseconds):.0f} ms, p95 {p95:.0f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["simulate", "speed"])
    parser.add_argument("--files", type=int)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--looks", type=int, default=300)
    parser.add_argument("--backend", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    if options.what == "simulate":
        simulate(options.files or 12_000, options.seeds)
        return
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        local = options.backend == "sqlite"
        database = connect(str(folder / "workbench.sqlite3") if local else stack.enter_context(postgresql()))
        stack.callback(database.close)
        database.migrate()
        speed(database, folder, options.files or 1_000_000, options.looks)


if __name__ == "__main__":
    main()
