"""The index over an archive's names: right at every size, and flat in memory."""

import random
import tracemalloc

import pytest

from amparo.domain.errors import Unreadable
from amparo.evidence import name_index
from amparo.evidence.name_index import Locators, NameIndex


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 5000, 40_000])
def test_it_finds_what_a_dictionary_finds(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_index, "_BUCKET", 1000)
    monkeypatch.setattr(name_index, "_IN_MEMORY_BYTES", 64 * 1024)
    chance = random.Random(count)
    names = [f"{chance.randrange(max(count, 1))}" if chance.random() < 0.3 else f"x{n}" for n in range(count)]
    index, known, locators = NameIndex(), dict[str, list[int]](), Locators()
    for number, name in enumerate(names):
        index.add(name, 7 * number)
        known.setdefault(name, []).append(number)
    assert len(index.places) == count
    for number in chance.sample(range(count), min(count, 500)):
        assert index.places[number] == 7 * number
        assert index.candidates(names[number], "") == known[names[number]]
        assert index.candidates("whatever", str(number)) == [number]
    assert [index.locator(number) for number in range(count)] == [
        locators.of(name, number) for number, name in enumerate(names)
    ]
    assert index.candidates("not there", "") == []
    for locator in (str(count), "-1", "x", "٣", "9" * 30):
        with pytest.raises(Unreadable):
            index.candidates("x0", locator)
    index.close()


def test_it_may_grow_after_it_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    index = NameIndex()
    index.add("a", 1)
    assert index.candidates("a", "") == [0]
    index.add("a", 2)
    assert index.candidates("a", "") == [0, 1]
    assert list(index.places) == [1, 2]
    index.close()


def test_names_that_are_all_alike_are_found_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_index, "_BUCKET", 500)
    index = NameIndex()
    for number in range(3000):
        index.add("same", number)
    assert index.candidates("same", "") == list(range(3000))
    assert [number for number in range(3000) if not index.locator(number)] == [0]
    index.close()


def test_its_memory_does_not_grow_with_the_entries() -> None:
    peaks = []
    for count in (50_000, 400_000):
        tracemalloc.start()
        index = NameIndex()
        for number in range(count):
            index.add(f"DCIM/{number}.jpg", 60 * number)
        assert index.candidates("DCIM/7.jpg", "") == [7]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        index.close()
    assert peaks[1] < peaks[0] + 1_000_000
    assert peaks[1] < 8_000_000
