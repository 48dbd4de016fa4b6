"""The examination report as one HTML file that needs nothing else: no script, no network, no other file.

Its content security policy forbids everything but its own style sheet (by digest) and pictures that it carries
itself, so that even a fault in the escaping could not make a browser run or fetch anything.
"""

import base64
import hashlib
from collections.abc import Iterator
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
from amparo.exchange.drawings.bars import Row, stacks
from amparo.exchange.drawings.columns import Column as Place
from amparo.exchange.drawings.columns import columns
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.report_document import document
from amparo.exchange.wording import _, number, rounded_size, shown

MEDIA_ROWS = 2_000
"""Pictures and videos that the file lists."""


def write_html(report: Report, out: TextIO, *, previews: bool = False) -> None:
    """Write `report` to `out` (text, UTF-8), row by row; with `previews`, pictures grey and blurred.

    Lists are cut at `MEDIA_ROWS` and `report_findings.LISTED_ROWS`, and a sentence says where the rest is.
    """
    written = document(report, previews=previews, media_rows=MEDIA_ROWS)
    for piece in _page(written):
        out.write(piece)


def _page(report: Document) -> Iterator[str]:
    styles = ("report.css", "drawings/static/drawings.css")
    style = "".join(files("amparo.exchange").joinpath(name).read_text("utf-8") for name in styles)
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
            yield _histogram(block).__html__()
        case Strips():
            yield _strips(block).__html__()


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


def _strips(strips: Strips) -> Drawing:
    rows = [Row(strip.code or strip.label, strip.parts, note=strip.note) for strip in strips.strips]
    return stacks(strips.caption, _("Space"), strips.legend, rows, written=rounded_size)


def _histogram(histogram: Histogram) -> Drawing:
    places = [Place(each.label, (each.created, each.modified)) for each in histogram.bins]
    return columns(histogram.caption, _("Time"), (histogram.created, histogram.modified), places)
