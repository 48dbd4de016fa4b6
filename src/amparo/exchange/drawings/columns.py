"""Counts in a row of columns over one axis: over time, over a run."""

from collections.abc import Sequence
from dataclasses import dataclass

from amparo.exchange.drawings.drawing import Cell, Drawing, hatches, legend, linked, numeric, part, picture, table, text
from amparo.exchange.wording import _, number

DRAWN_COLUMNS = 120
_TOP_PX, _CHART_PX, _FOOT_PX = 18, 150, 20
_WIDEST = 25.0
_TICKS = 4
"""Labels under the axis that fit on 360 px."""


@dataclass(frozen=True, slots=True)
class Column:
    """One place on the axis, with a count for each series."""

    label: str
    counts: tuple[int, ...]
    href: str = ""


def columns(
    caption: str, heading: str, series: Sequence[str], places: Sequence[Column], *, said: tuple[str, ...] = ()
) -> Drawing:
    """At most `DRAWN_COLUMNS` places, side by side for each series, against the largest count."""
    drawn = places[:DRAWN_COLUMNS]
    most = max((max(each.counts) for each in drawn), default=0)
    if not most:
        said = (_("There is nothing to draw yet."), *said)
    defs, key = hatches(f"{caption} {series} {drawn}")
    floor = _TOP_PX + _CHART_PX
    body = [
        defs if len(series) > 1 else "",
        f'<line class="axis" x1="0" x2="100%" y1="{_TOP_PX}" y2="{_TOP_PX}" />',
        f'<text x="0" y="{_TOP_PX - 5}">{text(number(most))}</text>',
        *(_column(each, place, len(drawn), series, key, most) for place, each in enumerate(drawn)),
        f'<line class="axis" x1="0" x2="100%" y1="{floor}" y2="{floor}" />',
        *_ticks(drawn, floor + 15),
    ]
    links = any(each.href for each in drawn)
    words = "; ".join(_words(each, series) for each in drawn if any(each.counts)) or _("Nothing to show.")
    return Drawing(
        caption,
        picture(
            "".join(body),
            name=caption,
            words="" if links else words,
            css="columns",
            height=floor + _FOOT_PX,
            links=links,
        ),
        table(
            caption,
            [Cell(heading), *(Cell(name, numeric=True) for name in series)],
            ([Cell(each.label, each.href), *map(numeric, each.counts)] for each in places if any(each.counts)),
            total=sum(any(each.counts) for each in places),
        ),
        legend([(name, "") for name in series], range(len(series))) if len(series) > 1 else "",
        said,
    )


def _words(column: Column, series: Sequence[str]) -> str:
    counts = ", ".join(f"{name} {number(count)}" for name, count in zip(series, column.counts, strict=True))
    return f"{column.label}: {counts}"


def _width(places: int) -> float:
    """Of one place in per cent: a few do not fill the whole."""
    return min(100 / max(1, places), _WIDEST)


def _column(column: Column, place: int, places: int, series: Sequence[str], key: str, most: int) -> str:
    width = _width(places)
    each = width * 0.84 / len(series)
    bars = ""
    for kind, count in enumerate(column.counts):
        if count:
            high = max(2.0, count / most * _CHART_PX)
            left = place * width + width * 0.08 + kind * each
            box = f'x="{left:.3f}%" y="{_TOP_PX + _CHART_PX - high:.1f}" width="{each:.3f}%" height="{high:.1f}"'
            bars += part(kind, key, box)
    if not bars and not column.href:
        return ""
    said = _words(column, series)
    whole = f'<rect class="hit" x="{place * width:.3f}%" y="{_TOP_PX}" width="{width:.3f}%" height="{_CHART_PX}" />'
    return linked(column.href, f"<g>{bars}{whole}<title>{text(said)}</title></g>", label=said)


def _ticks(drawn: Sequence[Column], baseline: int) -> list[str]:
    last, width = len(drawn) - 1, _width(len(drawn))
    chosen = range(last + 1) if last < _TICKS else sorted({round(step * last / (_TICKS - 1)) for step in range(_TICKS)})
    written = []
    for place in chosen:
        anchor = "start" if place == 0 else "end" if place == last else "middle"
        across = {"start": 0.0, "end": width * len(drawn), "middle": width * (place + 0.5)}[anchor]
        label = text(drawn[place].label)
        written.append(f'<text x="{across:.2f}%" y="{baseline}" text-anchor="{anchor}">{label}</text>')
    return written
