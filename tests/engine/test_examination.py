"""The engine where machines are lost with those that examine there: everything stored once, the guilty item found."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amparo.domain.cause import Cause
from amparo.engine.examination import Engine
from amparo.engine.station import NEVER_BEGUN
from amparo.engine.wire import pack, unpack
from amparo.engine.worker import WorkerLost
from amparo.engine.workforce import Ending
from engine.test_local import ROOT, Memory, plan

READ = ("read", (b"\1" * 32, b"\2" * 20, b"\3" * 16), 1, "", None, "", (), ())
UNREAD = ("unread", None, 0, "", None, "", (), [("reading", "1", "Left out.", "fault")])


class Machine:
    """One that examines at once, and is lost when it meets the item "bad". Satisfies `Hired`."""

    def __init__(self, met: Counter[str]) -> None:
        self._met = met
        self._ear, self._mouth = os.pipe()
        self._answers: list[bytes] = []

    def fileno(self) -> int:
        return self._ear

    def send(self, message: bytes) -> None:
        _, number, _, items, skips = unpack(message)
        names = [item[0] for item in items]
        self._met.update(names)
        if self._mouth == -1:
            return
        if any(name == "bad" and not skips.get(at) for at, name in enumerate(names)):
            os.close(self._mouth)
            self._mouth = -1
            return
        results = [UNREAD if skips.get(at) else READ for at in range(len(items))]
        self._answers.append(pack(("examined", number, results)))
        os.write(self._mouth, b"\0")

    def receive(self) -> tuple[Any, ...]:
        if not os.read(self._ear, 1):
            raise WorkerLost("Its machine is gone.")
        heard: tuple[Any, ...] = unpack(self._answers.pop(0))
        return heard

    def overtime(self) -> str:
        return ""

    def end(self) -> Ending:
        for descriptor in (self._ear, self._mouth):
            if descriptor != -1:
                os.close(descriptor)
        self._ear = self._mouth = -1
        return Ending(NEVER_BEGUN, 0, lost=True)


class Machines:
    """One machine after the other. Satisfies `Workforce`."""

    size = 1

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()
        self._last: Machine | None = None
        self.closed = False

    def recruits(self) -> Iterator[Machine]:
        if self._last is None or self._last.fileno() == -1:
            self._last = Machine(self.met)
            yield self._last

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("bad", [True, False])
def test_an_item_that_costs_machines_is_found_and_left_out(tmp_path: Path, bad: bool) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}").write_text("x")
    (tmp_path / ("bad" if bad else "good")).write_text("x")
    store, machines = Memory(ROOT), Machines()
    list(Engine(plan(tmp_path), "T-1", store, machines, resumed=False).run())
    assert machines.closed
    assert len(store.items) == 41
    assert store.listed_containers == {"T-1!folder:": None}
    unread = {path: one for path, one in store.items.items() if one.sight == "unread"}
    assert list(unread) == (["T-1!folder:/bad"] if bad else [])
    assert machines.met["bad"] <= 12
    assert bad or max(machines.met.values()) == 1


def test_what_is_lost_now_and_then_is_not_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").write_text("x")
    lost: list[int] = []
    honest = Machine.receive

    def receive(machine: Machine) -> tuple[Any, ...]:
        if len(lost) < 5:
            lost.append(1)
            raise WorkerLost("Its machine is gone.")
        return honest(machine)

    monkeypatch.setattr(Machine, "receive", receive)
    store = Memory(ROOT)
    list(Engine(plan(tmp_path), "T-1", store, Machines(), resumed=False).run())
    assert [one.sight for one in store.items.values()] == ["read"]
    assert Cause.FAULT not in {missing.cause for one in store.items.values() for missing in one.not_examined}
