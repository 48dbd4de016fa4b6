import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.limits import GIB, Limits, MalformedLimits


def test_a_policy_states_what_is_not_the_default() -> None:
    found = Limits.parse('analysis_s = 0.5\nspool_bytes = "64 GiB"\nnesting = 3\nitem_bytes = "1.5MiB"\n')
    assert found == Limits(analysis_s=0.5, spool_bytes=64 * GIB, nesting=3, item_bytes=1536 * 1024)
    assert found.with_values({"nesting": "4"}).nesting == 4
    assert Limits.parse("") == Limits()


@pytest.mark.parametrize(
    "text",
    [
        "nesting",
        "nestings = 3",
        "nesting = 0",
        "nesting = -1",
        "nesting = 1.5",
        'nesting = "3 GiB"',
        'nesting = "many"',
        "nesting = true",
        "nesting = [3]",
        "nesting = 1979-05-27",
        "analysis_s = nan",
        "analysis_s = inf",
        'spool_bytes = "3 GB"',
        "spool_bytes = 9223372036854775808",
        'analysis_s = "1e3"',
        "[limits]\nnesting = 3",
    ],
)
def test_what_is_no_limit_is_refused_with_a_word(text: str) -> None:
    with pytest.raises(MalformedLimits):
        Limits.parse(text)


@given(st.text())
def test_any_text_is_limits_or_refused(text: str) -> None:
    for parse in (Limits.parse, lambda text: Limits().with_values({"nesting": text})):
        try:
            assert isinstance(parse(text), Limits)
        except MalformedLimits:
            continue
