"""Counts as bars: one to a row, or several stacked, each part a link where the caller gives one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amparo.exchange.drawings.drawing import (
    Cell,
    Drawing,
    brief,
    hatches,
    legend,
    linked,
    part,
    percent,
    picture,
    table,
    text,
)
from amparo.exchange.wording import _, _n, number

DRAWN_ROWS = 40
"""Rows that one drawing shows; the table lists more."""
_ROW_PX, _BAR_PX, _LETTERS_PX = 52, 24, 18
_LABEL = 32
"""Characters of a label that fit beside its number on 360 px."""
_THINNEST = 0.4
"""Per cent of the width: what is there is seen."""


@dataclass(frozen=True, slots=True)
class Row:
    """One bar, and what it is made of, in the order of the kinds."""

    label: str
    counts: tuple[int, ...]
    hrefs: tuple[str, ...] = ()
    """Where each part leads, in the same order; empty for nowhere."""
    href: str = ""
    """Where the label leads."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What the parts of a bar are, and how they look and are written."""

    names: Sequence[str]
    looks: Sequence[int]
    key: str
    written: Callable[[int], str]


def bars(caption: str, heading: str, unit: str, rows: Sequence[Row]) -> Drawing:
    """One count to a row, drawn against the largest."""
    return stacks(caption, heading, (unit,), rows, to_scale=True)


def stacks(
    caption: str,
    heading: str,
    kinds: Sequence[str],
    rows: Sequence[Row],
    *,
    to_scale: bool = False,
    looks: Sequence[int] = (),
    written: Callable[[int], str] = number,
) -> Drawing:
    """Rows of parts; each as wide as all, or `to_scale` against the largest.

    `looks` are the colours and patterns of the kinds, by number, where the first ones in order will not do; `written`
    says a count for people.
    """
    looks = looks or range(len(kinds))
    totals = [sum(row.counts) for row in rows]
    most = max(totals, default=0)
    drawn = rows[:DRAWN_ROWS]
    defs, key = hatches(f"{caption} {kinds} {drawn}")
    of = _Kinds(kinds, looks, key, written)
    body = "".join(
        _drawn(row, total, place, of, most if to_scale else total)
        for place, (row, total) in enumerate(zip(drawn, totals, strict=False))
    )
    words = "; ".join(f"{row.label}: {in_words(row, kinds, written)}" for row in drawn) or _("Nothing to show.")
    said = [f"{row.label}: {row.note}" for row in drawn if row.note]
    if not most:
        said.insert(0, _("There is nothing to draw yet."))
    if (left := len(rows) - len(drawn)) > 0:
        said.append(_n("{count} more row stands in the table only.", "{count} more stand in the table only.", left))
    only = rows[0] if len(rows) == 1 else None
    named = [
        (f"{name}: {written(only.counts[kind])}" if only else name, only.hrefs[kind] if only and only.hrefs else "")
        for kind, name in enumerate(kinds)
    ]
    links = any(row.href or any(row.hrefs) for row in drawn)
    return Drawing(
        caption,
        picture(
            (defs if len(kinds) > 1 else "") + body,
            name=caption,
            words="" if links else words,
            css="bars",
            height=max(1, len(drawn)) * _ROW_PX,
            links=links,
        ),
        _table(caption, heading, kinds, rows, totals, written),
        legend(named, looks) if len(kinds) > 1 and most else "",
        tuple(said),
    )


def in_words(row: Row, kinds: Sequence[str], written: Callable[[int], str] = number) -> str:
    """A row for those who cannot see it."""
    total = sum(row.counts)
    if len(kinds) == 1:
        return written(total)
    parts = [
        f"{name} {written(count)} ({percent(count, total)})"
        for name, count in zip(kinds, row.counts, strict=True)
        if count
    ]
    return ", ".join(parts) or _("nothing")


def _drawn(row: Row, total: int, place: int, kinds: _Kinds, whole: int) -> str:
    top = place * _ROW_PX
    baseline = top + _LETTERS_PX - 5
    label = f'<text x="0" y="{baseline}">{brief(row.label, _LABEL)}<title>{text(row.label)}</title></text>'
    right = f'<text x="100%" y="{baseline}" text-anchor="end" class="figure">{text(kinds.written(total))}</text>'
    left, pieces = 0.0, ""
    for kind, count in enumerate(row.counts):
        width = 100 * count / whole if whole else 0.0
        if count:
            shown_width = max(width, _THINNEST)
            start = min(left, 100 - shown_width)
            box = f'x="{start:.3f}%" y="{top + _LETTERS_PX}" width="{shown_width:.3f}%" height="{_BAR_PX}"'
            said = f"{row.label} · {kinds.names[kind]}: {kinds.written(count)} ({percent(count, total)})"
            inside = f"<g>{part(kinds.looks[kind], kinds.key, box)}<title>{text(said)}</title></g>"
            pieces += linked(row.hrefs[kind] if row.hrefs else "", inside, label=said)
        left += width
    frame = f'<rect class="frame" x="0" y="{top + _LETTERS_PX}" width="100%" height="{_BAR_PX}" />'
    return f"{linked(row.href, label)}{right}{frame}{pieces}"


def _table(
    caption: str,
    heading: str,
    kinds: Sequence[str],
    rows: Sequence[Row],
    totals: Sequence[int],
    written: Callable[[int], str],
) -> str:
    several = len(kinds) > 1

    def cells(row: Row, total: int) -> list[Cell]:
        line = [Cell(row.label, row.href)]
        for kind, count in enumerate(row.counts):
            said = f"{written(count)} · {percent(count, total)}" if several and count else written(count)
            line.append(Cell(said, row.hrefs[kind] if row.hrefs else "", numeric=True))
        return [*line, Cell(written(total), numeric=True)] if several else line

    headings = [Cell(heading), *(Cell(name, numeric=True) for name in kinds)]
    if several:
        headings.append(Cell(_("All"), numeric=True))
    return table(
        caption, headings, (cells(row, total) for row, total in zip(rows, totals, strict=True)), total=len(rows)
    )
