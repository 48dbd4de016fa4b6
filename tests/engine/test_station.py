"""A station on another machine: it says what its examiner says, and ends it when nobody wants it any more."""

import asyncio
import gc
import os
import pickle
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amparo import __version__
from amparo.domain.item import Item
from amparo.domain.item_path import ItemPath
from amparo.domain.plan import ContainerAddress
from amparo.engine import station as stations
from amparo.engine.board import ANALYSING
from amparo.engine.station import Station, likeness_of, unpack_ending
from amparo.engine.wire import pack, pack_container, pack_items, unpack
from contracts.processes import children, running
from engine.test_local import plan

ROOT = pack_container(ContainerAddress(ItemPath("T-1"), "folder"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    (tmp_path / "hang").write_text("TRAP hang")
    return tmp_path


@pytest.fixture
def station(folder: Path) -> Iterator[Station]:
    made = Station()
    assert made.open(__version__, likeness_of(str(folder)), order(folder)) == ""
    yield made
    made.close()


def order(folder: Path, **limits: float) -> bytes:
    return pickle.dumps(("T-1", plan(folder, **limits)))


def batch(*names: str) -> bytes:
    return pack(("batch", 7, ROOT, pack_items([Item(name, 3) for name in names]), {}))


async def heard(station: Station, answer: bytes | None = None) -> tuple[list[tuple[Any, ...]], bytes]:
    """What is said next, in which there is something, and how the examiner ended."""
    for _ in range(20):
        messages, asks, ending = await station.exchange(answer)
        assert asks == (bool(messages) and unpack(messages[-1])[0] == "claim")
        if messages or ending:
            return [unpack(message) for message in messages], ending
        answer = None
    raise AssertionError("It is silent.")


def test_it_carries_batches_claims_and_results(station: Station) -> None:
    async def talk() -> None:
        await station.tell(batch("one", "two"))
        for _ in range(2):
            ((kind, number, sha256),), ending = await heard(station)
            assert (kind, number, len(sha256), ending) == ("claim", 7, 32, b"")
            await station.tell(pack(("claimed", True)))
        ((kind, number, results),), _ = await heard(station)
        assert (kind, number, len(results)) == ("examined", 7, 2)

    asyncio.run(talk())


def test_it_says_at_what_its_examiner_was_killed(station: Station) -> None:
    async def talk() -> None:
        await station.tell(batch("hang"))
        await heard(station)
        await station.exchange(pack(("claimed", True)))
        os.kill(children(os.getpid(), "amparo.engine.worker examiner")[0], signal.SIGKILL)
        messages, raw = await heard(station)
        ending = unpack_ending(raw)
        assert (messages, ending.status, ending.overtime, ending.lost) == ([], -signal.SIGKILL, "", False)
        assert (ending.activity.batch, ending.activity.item, ending.activity.stage) == (7, 0, ANALYSING + 1)

    asyncio.run(talk())


def test_it_ends_what_takes_too_long(folder: Path) -> None:
    made = Station()
    assert made.open(__version__, likeness_of(str(folder)), order(folder, analysis_s=0.3)) == ""

    async def talk() -> bytes:
        await made.tell(batch("hang"))
        await heard(made)
        return (await heard(made, pack(("claimed", True))))[1]

    ending = unpack_ending(asyncio.run(talk()))
    assert ending.overtime == "It took longer than the limit of 0 s."
    assert made.close() != b""


def test_what_is_read_of_an_exhibit_that_is_gone_is_not_said(station: Station, folder: Path) -> None:
    async def talk() -> None:
        folder.rename(folder.with_name("elsewhere"))
        await station.tell(batch("one"))
        messages, ending = await heard(station)
        assert (messages, unpack_ending(ending).lost) == ([], True)

    asyncio.run(talk())


@pytest.mark.parametrize("forgotten", [True, False])
def test_it_ends_with_those_who_forget_it(folder: Path, monkeypatch: pytest.MonkeyPatch, forgotten: bool) -> None:
    made: Station | None = Station()
    assert made is not None
    assert made.open(__version__, likeness_of(str(folder)), order(folder)) == ""
    deadline_s = time.monotonic() + 30
    while not (examiners := children(os.getpid(), "amparo.engine.worker examiner")) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    if forgotten:
        made = None
        gc.collect()
    else:
        monkeypatch.setattr(stations, "_LEASE_S", 0.2)
    while running(examiners[0]) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not running(examiners[0])
    if made:
        made.close()


class Absent:
    """As an analyzer whose package is not installed on that machine."""

    def __reduce__(self) -> tuple[object, ...]:
        return __import__, ("amparo_absent",)


def test_it_does_not_open_where_something_is_missing(folder: Path) -> None:
    likeness = likeness_of(str(folder))
    assert "install the same version" in Station().open("0.0", likeness, order(folder))
    assert "install the same packages" in Station().open(__version__, likeness, pickle.dumps(Absent()))
    (folder / "three").write_text("three")
    assert "share the exhibit under the same path" in Station().open(__version__, likeness, order(folder))


def test_a_likeness_tells_files_folders_and_nothing_apart(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert likeness_of(str(one)) == ""
    one.write_bytes(bytes(200_000) + b"1")
    two.write_bytes(bytes(200_000) + b"2")
    told = {likeness_of(str(place)) for place in (one, two, tmp_path)}
    two.write_bytes(bytes(200_001) + b"2")
    told.add(likeness_of(str(two)))
    assert len(told) == 4
    assert "" not in told
    two.write_bytes(one.read_bytes())
    assert likeness_of(str(one)) == likeness_of(str(two))
