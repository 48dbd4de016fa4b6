"""Regions of pictures."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.leads import WHOLE, MalformedLead, Region, read, written


@given(st.data())
@settings(max_examples=40)
def test_parse_and_str_are_inverses(data: st.DataObject) -> None:
    left, top = data.draw(st.integers(0, WHOLE - 1)), data.draw(st.integers(0, WHOLE - 1))
    region = Region(left, top, data.draw(st.integers(1, WHOLE - left)), data.draw(st.integers(1, WHOLE - top)))
    assert Region.parse(str(region)) == region
    assert read(written(region)) == region


def test_all_of_a_picture() -> None:
    assert written(None) == "null"
    assert read("null") is None


@given(st.text(max_size=20))
@settings(max_examples=40)
def test_any_text_is_a_region_or_refused(text: str) -> None:
    try:
        region = Region.parse(text)
    except MalformedLead:
        return
    assert 0 <= region.left < region.left + region.width <= WHOLE


@pytest.mark.parametrize("fields", [(-1, 0, 1, 1), (0, 0, 0, 1), (0, 0, 1001, 1), (999, 0, 2, 1), (0, 1.0, 1, 1)])
def test_what_is_no_region(fields: tuple[int, int, int, int]) -> None:
    with pytest.raises(MalformedLead):
        Region(*fields)
