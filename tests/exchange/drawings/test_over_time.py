import itertools
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.exchange.drawings.over_time import MOST_PERIODS, over_time, periods_of
from amparo.exchange.drawings.own_times import DRAWN_TIMES, Stated, own_times
from amparo.exchange.drawings.rates import Sample, progress, rates
from contracts.patience import calm

DAY = date(2024, 11, 3)


@pytest.mark.parametrize(
    ("days", "count", "first"), [(0, 1, "2024-11-03"), (40, 41, "2024-11-03"), (400, 14, "2024-11"), (9000, 26, "2024")]
)
def test_the_span_chooses_the_period(days: int, count: int, first: str) -> None:
    periods = periods_of(DAY, DAY + timedelta(days))
    assert (len(periods), periods[0].label) == (count, first)


@calm()
@given(st.dates(), st.integers(0, 22_000))
def test_periods_leave_no_gap(first: date, days: int) -> None:
    last = min(first, date.max - timedelta(days)) + timedelta(days)
    first = min(first, last)
    periods = periods_of(first, last)
    assert len(periods) <= MOST_PERIODS
    assert periods[0].first <= first
    assert last <= periods[-1].last
    for before, after in itertools.pairwise(periods):
        assert before.last + timedelta(1) == after.first


@calm(max_examples=60)
@given(st.dictionaries(st.dates(), st.integers(0, 9).map(lambda one: (one, 1)), max_size=30))
def test_every_time_is_drawn_or_counted(days: dict[date, tuple[int, int]]) -> None:
    drawing = over_time("Times", ("Created", "Modified"), days)
    written = sum(map(sum, days.values()))
    table = [int(cell.partition("<")[0].replace(",", "")) for cell in drawing.table.split('<td class="numeric">')[1:]]
    outside = sum(int(said.partition(" ")[0].replace(",", "")) for said in drawing.said if "not drawn" in said)
    assert sum(table) + outside == written


def test_a_column_leads_to_its_days() -> None:
    days = {DAY: (1,), DAY + timedelta(100): (2,)}
    drawing = over_time("Times", ("Taken",), days, href=lambda first, last: f"/files?from={first}&to={last}")
    assert 'href="/files?from=2024-11-01&amp;to=2024-11-30"' in drawing.svg
    assert drawing.svg.count("<a ") == 2


def test_clocks_that_were_never_set_are_counted_aside() -> None:
    drawing = over_time("Times", ("Taken",), {date.min: (9,), date.max: (3,), DAY: (40,)})
    assert drawing.said == (
        "9 times lie before 2024-11-03 and are not drawn.",
        "3 times lie after 2024-11-03 and are not drawn.",
    )


def test_many_thousands_of_days_make_a_bounded_drawing() -> None:
    days = {date.fromordinal(ordinal): (1, 2, 3) for ordinal in range(1, 400_000, 2)}
    assert len(over_time("Times", ("a", "b", "c"), days, href=lambda first, _last: f"?{first}").__html__()) < 200_000


def test_own_times_stand_in_order_and_say_what_they_do_not_know() -> None:
    second = 10**9
    times = [Stated("Modified", 9 * second, "ntfs"), Stated("Taken", second, "metadata", zoned=False)]
    drawing = own_times("Times", times)
    assert drawing.svg.index("Taken") < drawing.svg.index("Modified")
    assert "1970-01-01 00:00:01, no zone stated" in drawing.table
    assert "Times without a zone" in drawing.said[0]
    assert own_times("Times", []).said == ("Nothing states a time of this file.",)


def test_own_times_are_written_in_a_zone_with_utc_beside_them() -> None:
    times = [Stated("Modified", 0, "ntfs"), Stated("Taken", 1, "metadata", zoned=False), Stated("Far", 2**70, "ntfs")]
    drawing = own_times("Times", times, zone=ZoneInfo("Europe/Copenhagen"))
    assert "1970-01-01 01:00:00 CET" in drawing.svg
    assert "<td>1970-01-01 01:00:00 CET</td><td>1970-01-01 00:00:00</td>" in drawing.table
    assert "<td>1970-01-01 00:00:00, no zone stated</td><td>–</td>" in drawing.table
    assert drawing.table.count("outside the calendar") == 2


@calm()
@given(st.lists(st.integers(-(2**70), 2**70), max_size=40))
def test_own_times_stay_on_the_line(times: list[int]) -> None:
    drawing = own_times("Times", [Stated("Modified", each, "ntfs") for each in times])
    placed = [float(each.partition("%")[0]) for each in drawing.svg.split('cx="')[1:]]
    assert len(placed) == min(len(times), DRAWN_TIMES)
    assert all(2 <= each <= 98 for each in placed)


def test_rates_share_what_was_done_among_the_seconds() -> None:
    drawing = rates("Rate", [Sample(0, 0), Sample(10, 100), Sample(20, 100), Sample(30, 400)])
    assert [cell.partition("<")[0] for cell in drawing.table.split('<td class="numeric">')[1:]] == ["10", "30"]
    assert drawing.said == ("On average 13 items per second over 0:00:30.",)


@calm()
@given(st.lists(st.builds(Sample, st.floats(-5, 1e9), st.integers(0, 10**9)), max_size=50))
def test_any_samples_make_a_drawing(samples: list[Sample]) -> None:
    assert len(rates("Rate", samples).__html__()) < 60_000


def test_a_million_samples_make_a_bounded_drawing() -> None:
    assert len(rates("Rate", [Sample(at, at * 3) for at in range(10**6)]).__html__()) < 40_000


def test_progress_says_what_waits() -> None:
    assert "Waiting: 30" in progress("Progress", read=60, unread=10, waiting=30).legend
