"""What takes long is found by a thread of its own, and kept."""

import threading

import pytest

from amparo.casework import prepared
from amparo.casework.prepared import Prepared, Ready


def test_who_asks_waits_a_moment_and_then_gets_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_REST", 0)
    answers: Prepared[str] = Prepared()
    begun, found = threading.Event(), threading.Event()

    def slowly() -> str:
        begun.set()
        assert found.wait(10)
        return "second"

    assert answers.get("a", 1, lambda: "first", wait_s=10) == Ready("first", True)
    assert answers.get("a", 1, slowly, wait_s=0) == Ready("first", True)
    assert not begun.is_set()
    assert answers.get("a", 2, slowly, wait_s=0) == Ready("first", False)
    assert answers.get("b", 2, slowly, wait_s=0) is None
    found.set()
    assert answers.get("a", 2, slowly, wait_s=10) == Ready("second", True)


def test_it_is_found_once_for_all_who_ask_at_once() -> None:
    answers: Prepared[int] = Prepared()
    calls: list[int] = []
    go = threading.Event()

    def find() -> int:
        go.wait(10)
        calls.append(1)
        return len(calls)

    for _ in range(5):
        assert answers.get("a", 1, find, wait_s=0) is None
    go.set()
    assert answers.get("a", 1, find, wait_s=10) == Ready(1, True)
    assert calls == [1]


def test_an_answer_serves_a_while_before_it_is_found_anew() -> None:
    answers: Prepared[int] = Prepared(rest=10**9)
    assert answers.get("a", 1, lambda: 1, wait_s=10) == Ready(1, True)
    assert answers.get("a", 2, lambda: 2, wait_s=10) == Ready(1, False)


def test_the_next_who_asks_is_told_what_went_wrong() -> None:
    answers: Prepared[int] = Prepared()

    def fails() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        answers.get("a", 1, fails, wait_s=10)
    assert answers.get("a", 1, lambda: 1, wait_s=10) == Ready(1, True)


def test_the_last_few_answers_are_kept() -> None:
    answers: Prepared[int] = Prepared(most=2)
    for asked in (1, 2, 1, 3):
        answers.get(asked, 0, lambda asked=asked: asked, wait_s=10)  # type: ignore[misc]
    assert answers.get(1, 0, lambda: 10, wait_s=10) == Ready(1, True)
    assert answers.get(2, 0, lambda: 20, wait_s=10) == Ready(20, True)
