"""The examination report as PDF/A-2a, for files that must still open in thirty years.

Set by Typst (the extra `pdf`), with the fonts that its wheel carries and nothing of the machine's, so that the same
report gives the same bytes. The values reach it as JSON beside a fixed source, never as a part of that source.
"""

import json
import re
from datetime import UTC
from importlib.resources import files
from typing import Any, BinaryIO

from amparo.domain.errors import AmparoError
from amparo.domain.report import Report
from amparo.exchange.blocks import (
    Bars,
    Block,
    Cell,
    Code,
    Document,
    Histogram,
    Notice,
    Paragraph,
    Points,
    Strips,
    Table,
    Terms,
    Tiles,
    Veiled,
)
from amparo.exchange.report_document import document
from amparo.exchange.wording import _, code_point, moment, number, shown

MEDIA_ROWS = 500
"""Pictures and videos that the file lists: about seventy pages."""
# What the fonts in Typst's wheel can show: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian, and signs.
# A test holds each of these characters against them.
_UNPRINTABLE = re.compile(
    "[^ -~\xa0-\xac\xae-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u04ff\u0531-\u0556\u0559-\u058a\u05d0-\u05ea"
    "\u0621-\u063a\u0640-\u0652\u10d0-\u10ff\u1e00-\u1eff\u1f00-\u1f15\u2010-\u2027\u202f-\u205e\u2074-\u208e"
    "\u20a0-\u20c0\u2100-\u214f\u2190-\u23ff\u2500-\u25ff]"
)

_Json = dict[str, Any]


class PdfNotPossible(AmparoError):
    """The report cannot be written as PDF here."""


def write_pdf(report: Report, out: BinaryIO, *, previews: bool = False) -> None:
    """Write `report` to `out` as PDF/A-2a; with `previews`, pictures grey and blurred.

    Lists are cut at `MEDIA_ROWS` and `report_findings.LISTED_ROWS`, and a sentence says where the rest is. Raise
    `PdfNotPossible` where the extra `pdf` is not installed or refuses.
    """
    try:
        import typst
    except ImportError as error:
        raise PdfNotPossible(
            "A PDF needs the extra ‘pdf’: run pip install 'amparo[pdf]', or write the report as .html."
        ) from error
    values = _document(document(report, previews=previews, media_rows=MEDIA_ROWS), report)
    source = files("amparo.exchange").joinpath("report.typ").read_bytes()
    try:
        out.write(
            typst.compile(
                source,
                sys_inputs={"report": json.dumps(values)},
                font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
                format="pdf",
                pdf_standards=["a-2a"],
                timestamp=int(report.made.timestamp()),
            )
        )
    except RuntimeError as error:
        raise PdfNotPossible(
            "The report cannot be set as PDF ({reason}); write it as .html instead.", reason=str(error)
        ) from error


def _text(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: code_point(found[0]), shown(text))


def _document(written: Document, report: Report) -> _Json:
    made = report.made.astimezone(UTC)
    return {
        "language": written.language,
        "title": _text(written.title),
        "running-title": _text(written.running_title),
        "kicker": _text(written.kicker),
        "contents": _text(written.contents),
        "program": _text(f"Amparo {report.amparo_version}"),
        "made": {unit: getattr(made, unit) for unit in ("year", "month", "day", "hour", "minute", "second")},
        "made-text": moment(report.made),
        "facts": [{"term": _text(term), "value": _text(value)} for term, value in written.facts],
        "opening": [_block(block) for block in written.opening],
        "sections": [
            {"title": _text(section.title), "blocks": [_block(block) for block in section.blocks]}
            for section in written.sections
        ],
    }


def _block(block: Block) -> _Json:
    match block:
        case Notice(tone, title, text):
            return {"type": "notice", "tone": tone, "title": _text(title), "text": _text(text)}
        case Paragraph(text):
            return {"type": "paragraph", "text": _text(text)}
        case Points(texts):
            return {"type": "points", "texts": [_text(text) for text in texts]}
        case Terms(rows):
            terms = [{"term": _text(term), "value": _cell(value)} for term, value in rows]
            return {"type": "terms", "rows": terms}
        case Tiles(tiles):
            return {
                "type": "tiles",
                "tiles": [
                    {"label": _text(tile.label), "value": _text(tile.value), "tone": tile.tone} for tile in tiles
                ],
            }
        case Table():
            return _table(block)
        case Bars(caption, heading, rows):
            bars = [{"label": _text(label), "value": value, "value-text": number(value)} for label, value in rows]
            return {
                "type": "bars",
                "caption": _text(caption),
                "heading": _text(heading),
                "value-heading": _text(_("Items")),
                "rows": bars,
            }
        case Strips(caption, legend, strips):
            return {
                "type": "strips",
                "caption": _text(caption),
                "legend": [_text(name) for name in legend],
                "strips": [
                    {
                        "label": _text(strip.label),
                        "code": _text(strip.code),
                        "size-text": strip.size_text,
                        "parts": list(strip.parts),
                        "note": _text(strip.note),
                        "in-words": _text(block.in_words(strip)),
                    }
                    for strip in strips
                ],
            }
        case Histogram():
            return {
                "type": "histogram",
                "caption": _text(block.caption),
                "created": _text(block.created),
                "modified": _text(block.modified),
                "most-text": number(max(max(each.created, each.modified) for each in block.bins)),
                "in-words": _text(block.in_words()),
                "bins": [
                    {"label": each.label, "created": each.created, "modified": each.modified} for each in block.bins
                ],
            }


def _table(table: Table) -> _Json:
    return {
        "type": "table",
        "caption": _text(table.caption),
        "columns": [
            {"label": _text(column.label), "share": column.share, "numeric": column.numeric} for column in table.columns
        ],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "remainder": _text(table.remainder),
    }


def _cell(cell: Cell) -> _Json:
    match cell:
        case str():
            return {"type": "text", "text": _text(cell)}
        case Code(text, label):
            return {"type": "code", "text": _text(text), "label": _text(label)}
        case Veiled(jpeg):
            if jpeg is None:
                return {"type": "text", "text": _text(_("no preview"))}
            return {"type": "preview", "jpeg": list(jpeg), "alt": _text(_("preview, grey and blurred"))}
        case tuple():
            return {"type": "cells", "cells": [_cell(each) for each in cell]}
