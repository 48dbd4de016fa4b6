"""How an officer wants to see Amparo, as a value."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.preferences import (
    LANGUAGES,
    PREVIEW_SIZES_PX,
    MalformedPreferences,
    Preferences,
    Theme,
    zones,
)

CHOSEN = st.builds(
    Preferences,
    st.sampled_from(("", *LANGUAGES)),
    st.sampled_from(sorted(zones())),
    st.sampled_from(Theme),
    st.sampled_from(PREVIEW_SIZES_PX),
)


@given(CHOSEN)
def test_what_is_written_is_read_back(chosen: Preferences) -> None:
    assert Preferences.parse(str(chosen)) == chosen


def test_who_chose_nothing_has_what_everybody_has() -> None:
    assert Preferences.parse("{}") == Preferences() == Preferences("", "UTC", Theme.SYSTEM, 160)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(str))
def test_any_other_text_is_refused(text: str) -> None:
    with contextlib.suppress(MalformedPreferences):
        Preferences.parse(text)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("language", {"language": "tlh"}),
        ("zone", {"zone": "../etc/passwd"}),
        ("theme", {"theme": "loud"}),
        ("preview_px", {"preview_px": 5000}),
    ],
)
def test_a_choice_that_there_is_not_names_its_field(name: str, fields: dict[str, object]) -> None:
    with pytest.raises(MalformedPreferences) as refused:
        Preferences(**fields)  # type: ignore[arg-type]
    assert refused.value.name == name
