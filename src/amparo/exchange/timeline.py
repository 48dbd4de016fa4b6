"""Counts over time, cut to what one chart can show."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from amparo.domain.report import MonthCount

MOST_BINS = 60


@dataclass(frozen=True, slots=True)
class Bin:
    """One month (`2024-11`) or year (`2024`) of the chart."""

    label: str
    created: int
    modified: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bins without gaps, in order of time, at most `MOST_BINS`; empty where there is nothing to show."""

    bins: tuple[Bin, ...]
    outside: int
    """Times that lie before or after the bins."""


def timeline(months: Sequence[MonthCount]) -> Timeline:
    """By month where all fits; else by year; else those years, `MOST_BINS` in a row, that hold the most times."""
    created: Counter[int] = Counter()
    modified: Counter[int] = Counter()
    for count in months:
        created[count.year * 12 + count.month - 1] += count.created
        modified[count.year * 12 + count.month - 1] += count.modified
    seen = sorted(month for month, items in (created + modified).items() if items)
    if not seen:
        return Timeline((), 0)
    if seen[-1] - seen[0] < MOST_BINS:
        return Timeline(
            tuple(
                Bin(f"{month // 12:04}-{month % 12 + 1:02}", created[month], modified[month])
                for month in range(seen[0], seen[-1] + 1)
            ),
            outside=0,
        )
    return _by_year(_years(created), _years(modified))


def _years(months: Counter[int]) -> Counter[int]:
    years: Counter[int] = Counter()
    for month, items in months.items():
        years[month // 12] += items
    return years


def _by_year(created: Counter[int], modified: Counter[int]) -> Timeline:
    both = created + modified
    seen = sorted(both)

    def held(first: int) -> int:
        return sum(both[year] for year in range(first, first + MOST_BINS))

    first = max(seen, key=lambda year: (held(year), year))
    last = max(year for year in seen if year < first + MOST_BINS)
    bins = tuple(Bin(f"{year:04}", created[year], modified[year]) for year in range(first, last + 1))
    return Timeline(bins, outside=both.total() - held(first))
