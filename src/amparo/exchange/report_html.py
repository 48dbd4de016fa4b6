"""The examination report as one HTML file that needs nothing else: no script, no network, no other file.

Its content security policy forbids everything but its own style sheet (by digest) and pictures that it carries
itself, so that even a fault in the escaping could not make a browser run or fetch anything.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from typing import TextIO

from amparo.domain.report import Report
from amparo.exchange.blocks import (
    Bars,
    Block,
    Cell,
    Code,
    Column,
    Document,
    Histogram,
    Notice,
    Paragraph,
    Points,
    Strips,
    Table,
    Terms,
    Tile,
    Tiles,
    Tone,
    Veiled,
)
from amparo.exchange.report_document import document
from amparo.exchange.timeline import Bin
from amparo.exchange.wording import _, number, shown

MEDIA_ROWS = 2_000
"""Pictures and videos that the file lists."""
_CHART_PX = 160
_TICKS = 5


def write_html(report: Report, out: TextIO, *, previews: bool = False) -> None:
    """Write `report` to `out` (text, UTF-8), row by row; with `previews`, pictures grey and blurred.

    Lists are cut at `MEDIA_ROWS` and `report_findings.LISTED_ROWS`, and a sentence says where the rest is.
    """
    written = document(report, previews=previews, media_rows=MEDIA_ROWS)
    for piece in _page(written):
        out.write(piece)


def _page(report: Document) -> Iterator[str]:
    style = files("amparo.exchange").joinpath("report.css").read_text("utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    yield (
        f'<!DOCTYPE html>\n<html lang="{_text(report.language)}" dir="ltr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{_text(report.running_title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<header>\n<p class="kicker">{_text(report.kicker)}</p>\n<h1>{_text(report.title)}</h1>\n'
    )
    yield '<dl class="lead">\n'
    for term, value in report.facts:
        yield f'<div><dt>{_text(term)}</dt><dd class="breaks">{_text(value)}</dd></div>\n'
    yield "</dl>\n"
    for block in report.opening:
        yield from _block(block)
    yield f'</header>\n<nav aria-labelledby="contents">\n<h2 id="contents">{_text(report.contents)}</h2>\n<ol>\n'
    for section in report.sections:
        yield f'<li><a href="#{section.anchor}">{_text(section.title)}</a></li>\n'
    yield "</ol>\n</nav>\n<main>\n"
    for section in report.sections:
        yield f'<section aria-labelledby="{section.anchor}">\n<h2 id="{section.anchor}">{_text(section.title)}</h2>\n'
        for block in section.blocks:
            yield from _block(block)
        yield "</section>\n"
    yield f"</main>\n<footer>{_text(report.running_title)}</footer>\n</body>\n</html>\n"


def _text(text: str) -> str:
    return escape(shown(text))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Notice():
            role = ' role="alert"' if block.tone is Tone.ALARM else ""
            yield f'<div class="notice {block.tone}"{role}><p class="title">{_text(block.title)}</p>'
            yield f" <p>{_text(block.text)}</p></div>\n"
        case Paragraph(text):
            yield f'<p class="breaks">{_text(text)}</p>\n'
        case Points(texts):
            yield f"<ul>\n{''.join(f'<li>{_text(text)}</li>' for text in texts)}\n</ul>\n"
        case Terms(rows):
            terms = "".join(f"<dt>{_text(term)}</dt><dd>{_cell(value)}</dd>\n" for term, value in rows)
            yield f'<dl class="terms">\n{terms}</dl>\n'
        case Tiles(tiles):
            yield f'<dl class="tiles">\n{"".join(map(_tile, tiles))}</dl>\n'
        case Table():
            yield from _table(block)
        case Bars():
            yield from _bars(block)
        case Histogram():
            yield from _histogram(block)
        case Strips():
            yield from _strips(block)


def _tile(tile: Tile) -> str:
    return f'<div class="{tile.tone}"><dt>{_text(tile.label)}</dt><dd>{_text(tile.value)}</dd></div>\n'


def _cell(cell: Cell) -> str:
    match cell:
        case str():
            return f'<span class="isolated">{_text(cell)}</span>'
        case Code(text, ""):
            return f"<code>{_text(text)}</code>"
        case Code(text, label):
            return f'<span class="label">{_text(label)}</span> <code>{_text(text)}</code>'
        case Veiled(jpeg):
            if jpeg is None:
                return f'<span class="label">{_text(_("no preview"))}</span>'
            source = base64.b64encode(jpeg).decode()
            return f'<img src="data:image/jpeg;base64,{source}" alt="{_text(_("preview, grey and blurred"))}">'
        case tuple():
            return "".join(f"<div>{_cell(each)}</div>" for each in cell)


def _class(column: Column) -> str:
    return ' class="numeric"' if column.numeric else ""


def _table(table: Table) -> Iterator[str]:
    headings = "".join(f'<th scope="col"{_class(column)}>{_text(column.label)}</th>' for column in table.columns)
    yield f'<table class="stacks">\n<caption>{_text(table.caption)}</caption>\n<thead><tr>{headings}</tr></thead>\n'
    yield "<tbody>\n"
    labels = [f'<td{_class(column)} data-label="{_text(column.label)}">' for column in table.columns]
    for row in table.rows:
        cells = "".join(f"{opening}{_cell(cell)}</td>" for opening, cell in zip(labels, row, strict=True))
        yield f"<tr>{cells}</tr>\n"
    yield "</tbody>\n</table>\n"
    if table.remainder:
        yield f'<p class="remainder">{_text(table.remainder)}</p>\n'


def _bars(bars: Bars) -> Iterator[str]:
    most = max((value for _label, value in bars.rows), default=0) or 1
    yield (
        f'<table class="bars">\n<caption>{_text(bars.caption)}</caption>\n<thead><tr><th scope="col">'
        f'{_text(bars.heading)}</th><th scope="col" class="numeric">{_text(_("Items"))}</th><td></td></tr></thead>\n'
        "<tbody>\n"
    )
    for label, value in bars.rows:
        yield (
            f'<tr><th scope="row" class="breaks">{_text(label)}</th><td class="numeric">{number(value)}</td>'
            f'<td><svg aria-hidden="true"><rect class="first" y="1" height="14" width="{100 * value / most:.2f}%" />'
            "</svg></td></tr>\n"
        )
    yield "</tbody>\n</table>\n"


def _strips(strips: Strips) -> Iterator[str]:
    swatch = '<svg aria-hidden="true"><rect class="part-{}" width="100%" height="100%" /></svg>'
    legend = "".join(f"<span>{swatch.format(place)}{_text(name)}</span>" for place, name in enumerate(strips.legend))
    yield f'<h3>{_text(strips.caption)}</h3>\n<p class="legend">{legend}</p>\n'
    for strip in strips.strips:
        total = sum(strip.parts) or 1
        left, drawn = 0.0, ""
        for place, part in enumerate(strip.parts):
            width = 100 * part / total
            if part:
                drawn += f'<rect class="part-{place}" x="{left:.3f}%" width="{max(width, 0.3):.3f}%" height="100%" />'
            left += width
        code = f" <code>{_text(strip.code)}</code>" if strip.code else ""
        note = f'<span class="label">{_text(strip.note)}</span>' if strip.note else ""
        yield (
            f'<figure class="strip">\n<figcaption>{_text(strip.label)}{code} · {_text(strip.size_text)} {note}'
            f'</figcaption>\n<svg role="img" aria-label="{_text(strips.in_words(strip))}">{drawn}</svg>\n</figure>\n'
        )


def _histogram(histogram: Histogram) -> Iterator[str]:
    bins = histogram.bins
    most = max(max(each.created, each.modified) for each in bins) or 1
    swatch = '<svg aria-hidden="true"><rect class="{}" width="100%" height="100%" /></svg>'
    yield (
        f'<figure>\n<figcaption>{_text(histogram.caption)}</figcaption>\n<p class="legend">'
        f"<span>{swatch.format('first')}{_text(histogram.created)}</span>"
        f"<span>{swatch.format('second')}{_text(histogram.modified)}</span></p>\n"
        f'<svg role="img" aria-label="{_text(histogram.in_words())}">\n'
        f'<line class="axis" x1="0" x2="100%" y1="18" y2="18" /><text x="0" y="13">{number(most)}</text>\n'
    )
    width = 100 / len(bins)
    for place, each in enumerate(bins):
        yield _column("first", place * width + width * 0.1, width * 0.4, each.created / most)
        yield _column("second", place * width + width * 0.5, width * 0.4, each.modified / most)
    floor = 18 + _CHART_PX
    yield f'<line class="axis" x1="0" x2="100%" y1="{floor}" y2="{floor}" />\n'
    for place in _ticks(bins):
        anchor = "start" if place == 0 else "end" if place == len(bins) - 1 else "middle"
        across = {"start": 0.0, "end": 100.0, "middle": (place + 0.5) * width}[anchor]
        yield f'<text x="{across:.2f}%" y="{floor + 17}" text-anchor="{anchor}">{_text(bins[place].label)}</text>\n'
    yield "</svg>\n</figure>\n"


def _column(series: str, left: float, width: float, part: float) -> str:
    if not part:
        return ""
    height = max(1.0, part * _CHART_PX)
    return (
        f'<rect class="{series}" x="{left:.3f}%" width="{width:.3f}%" y="{18 + _CHART_PX - height:.1f}"'
        f' height="{height:.1f}" />\n'
    )


def _ticks(bins: tuple[Bin, ...]) -> Iterable[int]:
    if len(bins) <= _TICKS:
        return range(len(bins))
    return sorted({round(step * (len(bins) - 1) / (_TICKS - 1)) for step in range(_TICKS)})
