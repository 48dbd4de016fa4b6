"""Canonical bytes: the fast ways give what the library of RFC 8785 gives."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.canonical import NotCanonical, canonical, canonical_rows
from amparo.domain.digest import Algorithm

whole = st.integers(-(2**53) + 1, 2**53 - 1)
text = st.text(st.characters(exclude_categories=["Cs"]))
facts = st.recursive(
    st.none() | st.booleans() | whole | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
)


@given(facts)
def test_canonical_is_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.lists(st.lists(st.none() | whole | text).map(tuple)))
def test_rows_are_rfc_8785(rows: list[tuple[str | int | None, ...]]) -> None:
    assert canonical_rows(rows) == rfc8785.dumps(rows)


def test_keys_are_sorted_by_utf16() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "a": 3}) == '{"a":3,"\U0001f600":2,"\ufb33":1}'.encode()


def test_words_of_an_enumeration_are_their_text() -> None:
    assert canonical({"a": Algorithm.MD5}) == b'{"a":"md5"}'


@pytest.mark.parametrize("value", [2**53, {"a": ["\udc80"]}, {"a": float("nan")}, {"é": [1.0]}, {1: 2}, object()])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_nesting_without_end_is_refused() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotCanonical):
        canonical(value)
