"""The times of one file on a line: taken, modified, created, accessed, downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from amparo.exchange.drawings.drawing import Cell, Drawing, brief, picture, table, text
from amparo.exchange.wording import _, _n, instant

DRAWN_TIMES = 24
_ROW_PX, _FOOT_PX = 30, 24


@dataclass(frozen=True, slots=True)
class Stated:
    """One time, and who states it."""

    label: str
    """`taken`, `modified` …"""
    at_ns: int
    """Nanoseconds from 1970, UTC; of a clock without a zone, as if it were UTC."""
    by: str
    """The container, the metadata: what states it."""
    zoned: bool = True
    """Whether a zone is stated, or known by the format."""


def own_times(caption: str, times: Sequence[Stated], *, zone: tzinfo = UTC) -> Drawing:
    """A row to each time, in order, at its place between the first and the last.

    Times are written in `zone`, with UTC in the table; those of a clock without a zone as they are stated.
    """
    ordered = sorted(times, key=lambda each: each.at_ns)
    drawn = ordered[:DRAWN_TIMES]
    said = []
    if not drawn:
        said.append(_("Nothing states a time of this file."))
    if any(not each.zoned for each in drawn):
        said.append(_("Times without a zone are those of a clock of unknown zone: they may be hours from their place."))
    if (left := len(ordered) - len(drawn)) > 0:
        said.append(_n("{count} more time stands in the table only.", "{count} more stand in the table only.", left))
    first, last = (drawn[0].at_ns, drawn[-1].at_ns) if drawn else (0, 0)
    body = "".join(
        _row(each, place, (each.at_ns - first) / ((last - first) or 1), zone) for place, each in enumerate(drawn)
    )
    words = "; ".join(f"{each.label}: {_when(each, zone)}" for each in drawn) or said[0]
    in_utc = [Cell("UTC")] if zone is not UTC else []
    return Drawing(
        caption,
        picture(body, name=caption, words=words, css="times", height=max(1, len(drawn)) * _ROW_PX + 6),
        table(
            caption,
            [Cell(_("Time")), Cell(_("When")), *in_utc, Cell(_("Stated by"))],
            (
                [Cell(each.label), Cell(_when(each, zone)), *([Cell(_in_utc(each))] if in_utc else []), Cell(each.by)]
                for each in ordered
            ),
            total=len(ordered),
        ),
        said=tuple(said),
    )


def _when(time: Stated, zone: tzinfo) -> str:
    if time.zoned:
        return instant(time.at_ns, zone)
    return _("{time}, no zone stated").format(time=instant(time.at_ns).removesuffix(" UTC"))


def _in_utc(time: Stated) -> str:
    return instant(time.at_ns).removesuffix(" UTC") if time.zoned else "–"


def _row(time: Stated, place: int, share: float, zone: tzinfo) -> str:
    middle = place * _ROW_PX + _ROW_PX // 2 + 3
    across = 2 + 96 * share
    right = share > 0.5
    near = 'text-anchor="end" dx="-10"' if right else 'dx="10"'
    css = "kind-0" if time.zoned else "open"
    return (
        f'<line class="axis" x1="0" x2="100%" y1="{middle}" y2="{middle}" />'
        f'<circle class="{css}" cx="{across:.2f}%" cy="{middle}" r="5" />'
        f'<text class="over" x="{across:.2f}%" y="{middle - 4}" {near}>{brief(time.label, 14)}'
        f' <tspan class="figure">{text(_when(time, zone))}</tspan><title>{text(time.by)}</title></text>'
    )
