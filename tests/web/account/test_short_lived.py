"""What a server remembers for a while: one memory for all its processes."""

import time

import pytest

from amparo import Workbench
from amparo.records.short_lived import ShortLived


@pytest.fixture
def kept(workbench: Workbench) -> ShortLived:
    return ShortLived("default", {})


def test_what_one_process_stores_another_reads(kept: ShortLived) -> None:
    kept.set("a", [1.5, 2.5], 60)
    other = ShortLived("default", {})
    assert other.get("a") == [1.5, 2.5]
    assert kept.get("b", "nothing") == "nothing"
    assert kept.delete("a")
    assert not kept.delete("a")
    assert other.get("a") is None


def test_of_two_that_add_one_does(kept: ShortLived) -> None:
    assert kept.add("lock", True, 60)
    assert not kept.add("lock", True, 60)
    assert kept.delete("lock")
    assert kept.add("lock", True, 60)


def test_what_expired_is_not_there(kept: ShortLived, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.set("a", 1, 10)
    assert kept.touch("a", 20)
    assert not kept.touch("b", 20)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 15)
    assert kept.get("a") == 1
    monkeypatch.setattr(time, "time", lambda: now + 25)
    assert kept.get("a") is None
    assert kept.add("a", 2, 10)
    kept.clear()
    assert kept.get("a") is None
