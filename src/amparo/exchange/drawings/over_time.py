"""Items over time: by day, month, year or several years, as the span asks; each column leads to its days."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from amparo.exchange.drawings.columns import Column, columns
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.wording import _, number

MOST_PERIODS = 62
"""Two months of days, five years of months, sixty-two years."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are counted together, the last one included."""

    first: date
    last: date
    label: str


def over_time(
    caption: str,
    series: Sequence[str],
    days: Mapping[date, Sequence[int]],
    *,
    href: Callable[[date, date], str] | None = None,
) -> Drawing:
    """How many items of each series there are on each day (UTC); `href` gets the first and last day of a column.

    What lies far from the rest (clocks that were never set) is counted in a sentence, not drawn: else all the rest
    would be one column.
    """
    counts = {day: tuple(each) for day, each in days.items() if any(each)}
    first, last = _window({day: sum(each) for day, each in counts.items()})
    periods = periods_of(first, last)
    sums = [[0] * len(series) for _period in periods]
    starts = {period.first: place for place, period in enumerate(periods)}
    before = after = 0
    for day, each in counts.items():
        if day < first:
            before += sum(each)
        elif day > last:
            after += sum(each)
        else:
            place = starts[_start(day, periods)]
            sums[place] = [one + more for one, more in zip(sums[place], each, strict=True)]
    said = []
    if before:
        said.append(_("{count} times lie before {day} and are not drawn.").format(count=number(before), day=first))
    if after:
        said.append(_("{count} times lie after {day} and are not drawn.").format(count=number(after), day=last))
    drawn = [
        Column(period.label, tuple(total), href(period.first, period.last) if href and any(total) else "")
        for period, total in zip(periods, sums, strict=True)
    ]
    return columns(caption, _("Time (UTC)"), series, drawn if counts else [], said=tuple(said))


def periods_of(first: date, last: date) -> list[Period]:
    """All periods from the one of `first` to the one of `last`, without gaps, at most `MOST_PERIODS`."""
    if (last - first).days < MOST_PERIODS:
        days = (first + timedelta(place) for place in range((last - first).days + 1))
        return [Period(day, day, day.isoformat()) for day in days]
    month, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    if end - month < MOST_PERIODS:
        return [_months(place, 1, f"{place // 12:04}-{place % 12 + 1:02}") for place in range(month, end + 1)]
    return [_months(year * 12, 12, f"{year:04}") for year in range(first.year, last.year + 1)]


def _months(month: int, count: int, label: str) -> Period:
    after = month + count
    last = date.max if after // 12 > date.max.year else date(after // 12, after % 12 + 1, 1) - timedelta(1)
    return Period(date(month // 12, month % 12 + 1, 1), last, label)


def _start(day: date, periods: Sequence[Period]) -> date:
    if periods[0].first == periods[0].last:
        return day
    return day.replace(day=1) if len(periods[0].label) > 4 else day.replace(month=1, day=1)


def _window(days: Mapping[date, int]) -> tuple[date, date]:
    """From the first day to the last, of those years in a row that hold most."""
    if not days:
        return date.min, date.min
    years: Counter[int] = Counter()
    for day, items in days.items():
        years[day.year] += items
    if max(years) - min(years) < MOST_PERIODS:
        return min(days), max(days)
    held = {year: sum(years[each] for each in range(year, year + MOST_PERIODS)) for year in years}
    start = max(held, key=lambda year: (held[year], year))
    within = [day for day in days if start <= day.year < start + MOST_PERIODS]
    return min(within), max(within)
