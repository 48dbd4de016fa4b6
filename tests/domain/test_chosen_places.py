"""What is chosen is a list of addresses in one exhibit, each once; anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.chosen_places import MOST, MalformedChoice, chosen_places
from amparo.domain.item_path import ItemPath, name_from_bytes

names = st.binary(min_size=1, max_size=12).map(name_from_bytes)
items = st.lists(names, min_size=1, max_size=4).map(
    lambda steps: ItemPath("ES-7", ()).child("folder", steps[0]) if len(steps) == 1 else _inner(steps)
)


def _inner(steps: list[str]) -> ItemPath:
    path = ItemPath("ES-7")
    for step in steps:
        path = path.child("zip", step, step[:1])
    return path


@given(st.lists(items, min_size=1, max_size=8), st.data())
def test_any_order_and_any_number_of_times_is_the_same_choice(paths: list[ItemPath], data: st.DataObject) -> None:
    written = [text for path in paths for text in (str(path), f"{path}!ewf:")]
    chosen = chosen_places("ES-7", written)
    assert chosen == chosen_places("ES-7", data.draw(st.permutations([*written, *written[:2]])))
    assert set(chosen) == set(written)
    assert chosen_places("ES-7", chosen) == chosen


@given(st.text(max_size=30) | st.integers() | st.none())
def test_what_is_no_address_is_refused(place: object) -> None:
    with pytest.raises(MalformedChoice):
        chosen_places("ES-7", [place])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "written",
    [
        [],
        "ES-7!zip:/a",
        7,
        ["ES-8!zip:/a"],
        ["ES-7!zip:/a#"],
        ["ES-7!ZIP:"],
        ["ES-7!"],
        ["!zip:"],
        ["ES-7!zip:/\ud800"],
        ["ES-7!zip:/a", 7],
        [f"ES-7!zip:/{number}" for number in range(MOST + 1)],
    ],
)
def test_what_chooses_nothing_or_elsewhere_or_too_much_is_refused(written: object) -> None:
    with pytest.raises(MalformedChoice):
        chosen_places("ES-7", written)  # type: ignore[arg-type]
