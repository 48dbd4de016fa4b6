from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.report import MonthCount
from amparo.exchange.timeline import MOST_BINS, Bin, timeline


def test_months_have_no_gaps() -> None:
    shown = timeline([MonthCount(2024, 11, 3, 0), MonthCount(2025, 2, 1, 5)])
    assert shown.bins == (Bin("2024-11", 3, 0), Bin("2024-12", 0, 0), Bin("2025-01", 0, 0), Bin("2025-02", 1, 5))
    assert shown.outside == 0


def test_many_months_become_years() -> None:
    shown = timeline([MonthCount(2010, 1, 1, 0), MonthCount(2010, 12, 1, 0), MonthCount(2020, 6, 0, 2)])
    assert (shown.bins[0], shown.bins[-1], len(shown.bins)) == (Bin("2010", 2, 0), Bin("2020", 0, 2), 11)


def test_far_times_stay_outside() -> None:
    shown = timeline([MonthCount(1601, 1, 9, 0), MonthCount(2019, 5, 40, 1), MonthCount(2107, 12, 0, 3)])
    assert shown.bins == (Bin("2019", 40, 1),)
    assert shown.outside == 12


def test_nothing_gives_nothing() -> None:
    assert timeline([MonthCount(2024, 1, 0, 0)]).bins == ()


@given(
    st.lists(st.builds(MonthCount, st.integers(-300, 60_056), st.integers(1, 12), *[st.integers(0, 99)] * 2)),
)
def test_every_time_is_shown_or_outside(months: list[MonthCount]) -> None:
    shown = timeline(months)
    assert len(shown.bins) <= MOST_BINS
    drawn = sum(each.created + each.modified for each in shown.bins)
    assert drawn + shown.outside == sum(each.created + each.modified for each in months)
