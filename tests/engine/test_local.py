"""The engine: everything examined once, whatever happens to its workers."""

import os
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amparo.analysis.perceptual import Perceptual
from amparo.analysis.picture_facts import PictureFacts
from amparo.domain.cause import Cause
from amparo.domain.coverage import Account
from amparo.domain.finding import NotExamined
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.plan import Batch, ContainerAddress, Examined, Plan, Progress, Sight
from amparo.engine.examination import WorkersFail
from amparo.engine.local import LocalEngine
from amparo.engine.worker import Worker
from amparo.evidence import BUILTIN as FORMATS
from contracts.engine_analyzers import Length, Trap
from contracts.engine_containers import CarvedFormat, NoFilesFormat, SpacesFormat
from contracts.pictures import colours, saved


class Memory:
    """A store in memory; satisfies `ExaminationStore` and refuses to hold anything twice."""

    def __init__(self, root: ContainerAddress) -> None:
        self.pending = [root]
        self.listed_containers: dict[str, NotExamined | None] = {}
        self.items: dict[str, Examined] = {}
        self.claimed: set[bytes] = set()
        self.analysed: set[bytes] = set()

    def next_container(self) -> ContainerAddress | None:
        return self.pending.pop(0) if self.pending else None

    def not_stored(self, batch: Batch) -> Batch | None:
        left = tuple(item for item in batch.items if str(batch.container.path_of(item)) not in self.items)
        return replace(batch, items=left) if left else None

    def claim(self, sha256: bytes) -> bool:
        free = sha256 not in self.claimed | self.analysed
        self.claimed.add(sha256)
        return free

    def release(self, claims: Sequence[bytes]) -> None:
        self.claimed -= set(claims)

    def write(self, batch: Batch, examined: Sequence[Examined]) -> None:
        for item, one in zip(batch.items, examined, strict=True):
            path = batch.container.path_of(item)
            assert str(path) not in self.items
            self.items[str(path)] = one
            if one.sight is Sight.READ and one.digests is not None:
                assert one.digests.sha256 not in self.analysed or not one.findings
                self.analysed.add(one.digests.sha256)
            if one.container_kind:
                self.pending.append(ContainerAddress(path, one.container_kind))

    def listed(
        self, container: ContainerAddress, not_examined: NotExamined | None, account: Account | None = None
    ) -> None:
        assert str(container) not in self.listed_containers
        self.listed_containers[str(container)] = not_examined


ROOT = ContainerAddress(ItemPath("T-1"), "folder")


def plan(folder: Path, **limits: float) -> Plan:
    return Plan(str(folder), FORMATS, (Length(), Trap()), Limits(**limits))  # type: ignore[arg-type]


def engine(folder: Path, store: Memory, *, resumed: bool = False, **limits: float) -> LocalEngine:
    return LocalEngine(plan(folder, **limits), "T-1", store, workers=2, resumed=resumed)


def said(store: Memory) -> dict[str, tuple[list[str], list[str]]]:
    """For each item the sentences and the reasons, of its bytes where they were analysed under another name."""
    by_bytes = {one.digests: one for one in store.items.values() if one.sight is Sight.READ}
    result = {}
    for path, one in store.items.items():
        source = by_bytes[one.digests] if one.sight is Sight.REPEATED else one
        result[path] = (
            [found.sentence for found in source.findings],
            [missing.reason for missing in source.not_examined],
        )
    return result


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number:03}.bin").write_bytes(b"TRAP slow" if number % 50 == 7 else b"%d" % (number // 3))
    return folder


def test_every_item_is_examined_once_and_equal_bytes_are_analysed_once(many: Path) -> None:
    store = Memory(ROOT)
    told: list[Progress] = []
    run = LocalEngine(plan(many), "T-1", store, workers=2, resumed=False, on_progress=told.append)
    assert sum(len(batch.items) for batch, _ in run.run()) == 300
    assert len(store.items) == 300
    assert store.listed_containers == {"T-1!folder:": None}
    analysed = [one for one in store.items.values() if one.sight is Sight.READ]
    assert len(analysed) == len({one.digests for one in store.items.values()})
    assert told[-1].items == told[-1].found_items == 300
    assert told[-1].bytes == told[-1].found_bytes == sum(file.stat().st_size for file in many.iterdir())
    assert not told[-1].listing


@pytest.mark.parametrize(
    ("trap", "expected"),
    [("segfault", "SIGSEGV"), ("exit", "status 3"), ("fault", "ZeroDivisionError"), ("memory", "more memory")],
)
def test_what_kills_a_worker_costs_one_finding(tmp_path: Path, trap: str, expected: str) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)
    (tmp_path / "b2").write_text(f"TRAP {trap}")
    store = Memory(ROOT)
    list(engine(tmp_path, store).run())
    assert {path: len(found) for path, (found, _) in said(store).items()} == {
        f"T-1!folder:/{name}": 1 for name in ("a", "b", "b2", "c")
    }
    (reason,) = said(store)["T-1!folder:/b2"][1]
    assert expected in reason
    assert store.items["T-1!folder:/b2"].digests is not None


def test_what_hangs_is_ended_and_costs_one_finding(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("good")
    (tmp_path / "hang").write_text("TRAP hang")
    store = Memory(ROOT)
    began_s = time.monotonic()
    list(engine(tmp_path, store, analysis_s=1.0).run())
    assert time.monotonic() - began_s < 15
    assert said(store)["T-1!folder:/hang"] == (["It has 9 bytes."], ["It took longer than the limit of 1 s."])
    assert [each.cause for each in store.items["T-1!folder:/hang"].not_examined] == [Cause.LIMIT]
    assert said(store)["T-1!folder:/good"][1] == []


def test_a_container_that_lies_too_deep_is_not_opened(tmp_path: Path) -> None:
    import zipfile

    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.txt", "x")
    folder = tmp_path / "exhibit"
    folder.mkdir()
    with zipfile.ZipFile(folder / "outer.zip", "w") as archive:
        archive.write(inner, "inner.zip")
    store = Memory(ROOT)
    list(engine(folder, store, nesting=2).run())
    missing = store.listed_containers["T-1!folder:/outer.zip!zip:/inner.zip!zip:"]
    assert missing is not None
    assert "2 containers deep" in missing.reason
    assert store.listed_containers["T-1!folder:/outer.zip!zip:"] is None


def test_closing_the_run_ends_it_and_a_resumed_run_does_the_rest_once(many: Path) -> None:
    undisturbed = Memory(ROOT)
    list(engine(many, undisturbed).run())
    store = Memory(ROOT)
    run = engine(many, store).run()
    next(run)
    run.close()
    assert 0 < len(store.items) < 300
    store.pending = [ROOT]
    store.claimed.clear()
    list(engine(many, store, resumed=True).run())
    assert said(store) == said(undisturbed)


def test_killing_workers_at_random_moments_changes_nothing(many: Path) -> None:
    undisturbed = Memory(ROOT)
    list(engine(many, undisturbed).run())
    store = Memory(ROOT)
    over = threading.Event()

    def kill() -> None:
        for _ in range(6):
            time.sleep(0.25)
            for pid in _children(os.getpid()):
                if not over.is_set():
                    os.kill(pid, signal.SIGKILL)
                    break

    killer = threading.Thread(target=kill)
    killer.start()
    list(engine(many, store).run())
    over.set()
    killer.join()
    assert said(store) == said(undisturbed)


def _children(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def test_workers_that_cannot_start_end_the_run_with_a_word(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(WorkersFail, match="amparo doctor"):
        list(engine(many, Memory(ROOT)).run())


@pytest.mark.parametrize(
    "message",
    [("examined",), ("examined", 1, [("read",)]), ("examined", 1, None), ("claim", 1, b"short"), ("claim", 1, 7)],
)
def test_a_worker_that_talks_nonsense_loses_its_place_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: tuple[object, ...]
) -> None:
    """As a decoder would that hostile evidence has taken over."""
    (tmp_path / "one").write_text("one")
    honest, told = Worker.receive, []

    def receive(worker: Worker) -> tuple[Any, ...]:
        heard = honest(worker)
        if heard[0] == "claim" and not told:
            told.append(heard)
            return message
        return heard

    monkeypatch.setattr(Worker, "receive", receive)
    store = Memory(ROOT)
    list(engine(tmp_path, store).run())
    assert told
    assert said(store) == {"T-1!folder:/one": (["It has 3 bytes."], [])}


@pytest.mark.parametrize("carver", [(), (CarvedFormat(),)])
def test_space_is_opened_for_what_lies_in_it_and_each_reason_has_its_cause(
    tmp_path: Path, carver: tuple[CarvedFormat, ...]
) -> None:
    (tmp_path / "space").write_bytes(b"SPACES")
    store = Memory(ROOT)
    formats = (SpacesFormat(), *carver)
    list(LocalEngine(Plan(str(tmp_path), formats, ()), "T-1", store, workers=1, resumed=False).run())
    inside = "T-1!folder:/space!spaces:/"
    found = {path.removeprefix(inside): one for path, one in store.items.items() if path.startswith(inside)}
    kind = "carved" if carver else ""
    causes = {name: [each.cause for each in one.not_examined] for name, one in found.items()}
    unread = Cause.UNSUPPORTED if not carver else None
    assert {name: one.container_kind for name, one in found.items()} == {
        "free": kind, "lost": kind, "unknown": kind, "locked": "",
    }  # fmt: skip
    assert causes == {
        "free": [unread] * bool(unread),
        "lost": [unread] * bool(unread),
        "unknown": [Cause.UNSUPPORTED],
        "locked": [Cause.ENCRYPTED],
    }
    assert store.listed_containers[f"{inside.removesuffix('/')}"] == NotExamined(
        "spaces", "1", "There is more.", Cause.LIMIT
    )


def test_a_carved_file_that_no_decoder_reads_is_one_gap(tmp_path: Path) -> None:
    (tmp_path / "space").write_bytes(b"NOFILES")
    store = Memory(ROOT)
    analyzers = (Length(), Perceptual(), PictureFacts())
    list(LocalEngine(Plan(str(tmp_path), (NoFilesFormat(),), analyzers), "T-1", store, workers=1, resumed=False).run())
    found = store.items["T-1!folder:/space!nofiles:/0000000000.jpg"]
    assert [each.sentence for each in found.findings] == ["It has 20 bytes."]
    (missing,) = found.not_examined
    assert missing.reason.startswith("Carved, but it does not decode. ")
    assert (missing.analyzer, missing.cause) == ("carved", Cause.UNREADABLE)


def test_what_stands_after_the_end_of_a_picture_is_examined_and_so_is_the_picture(tmp_path: Path) -> None:
    first, second = (saved(colours(60, 80, seed), "JPEG") for seed in (1, 2))
    (tmp_path / "a.jpg").write_bytes(first + second)
    store = Memory(ROOT)
    made = Plan(str(tmp_path), FORMATS, (Length(),), Limits())
    list(LocalEngine(made, "T-1", store, workers=1, resumed=False).run())
    hidden = f"T-1!folder:/a.jpg!trailing:/{len(first):010}.jpg"
    assert said(store) == {
        "T-1!folder:/a.jpg": ([f"It has {len(first + second)} bytes."], []),
        hidden: ([f"It has {len(second)} bytes."], []),
    }
