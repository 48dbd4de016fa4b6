"""What every drawing is made of: escaped text, links that stay in the workbench, hatched parts, a table of values."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from amparo.domain.errors import AmparoError
from amparo.exchange.wording import _, _n, number, shown

LISTED_ROWS = 200
"""Rows that a table of values lists."""
KINDS = 8
"""Parts that a drawing can tell apart, by colour and by pattern."""
_ELLIPSIS = "…"
_WITHIN = re.compile(r"(?:/(?!/)|[?#])[!-\[\]-~]*")
_HATCHES = (
    "",
    '<path d="M-1,1l2,-2M0,8l8,-8M7,9l2,-2" />',
    '<circle cx="2" cy="2" r="1.2" /><circle cx="6" cy="6" r="1.2" />',
    '<path d="M0,4h8M4,0v8" />',
    '<path d="M-1,7l2,2M0,0l8,8M7,-1l2,2" />',
    '<path d="M0,2h8M0,6h8" />',
    '<path d="M2,0v8M6,0v8" />',
    '<path d="M0,8l8,-8M0,0l8,8" />',
)


class NotALink(AmparoError, ValueError):
    """An address that would lead out of the workbench."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing in a table of values."""

    text: str
    href: str = ""
    """Where it leads: a path, a query or a fragment of the workbench; empty for nowhere."""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure: caption, legend, picture, sentences and table, all of it HTML whose text is escaped."""

    caption: str
    svg: str
    table: str
    legend: str = ""
    said: tuple[str, ...] = ()
    """Sentences under the picture, as plain text."""

    def __html__(self) -> str:
        """The whole figure, as HTML that needs no more escaping."""
        said = "".join(f'<p class="said">{text(sentence)}</p>\n' for sentence in self.said)
        values = _("Values as a table")  # not within the f-string, where those who gather words do not look
        return (
            f'<figure class="drawing">\n<figcaption>{text(self.caption)}</figcaption>\n{self.legend}{self.svg}\n{said}'
            f'<details class="values"><summary>{text(values)}</summary>\n{self.table}</details>\n'
            "</figure>\n"
        )


def text(value: str) -> str:
    """`value` as text or as an attribute's value of XML and HTML, whatever evidence put in it."""
    return escape(shown(value))


def brief(value: str, most: int) -> str:
    """`value` in at most `most` characters, its middle left out; escaped."""
    if len(value) > most:
        value = value[: most - most // 3 - 1] + _ELLIPSIS + value[len(value) - most // 3 :]
    return text(value)


def linked(href: str, inside: str, *, label: str = "") -> str:
    """`inside` (markup) as a link to `href`, or alone where that is empty; raise `NotALink`."""
    if not href:
        return inside
    if not _WITHIN.fullmatch(href):
        raise NotALink(
            "{href!a} is no address within the workbench: give a path, query or fragment, encoded.", href=href[:100]
        )
    named = f' aria-label="{text(label)}"' if label else ""
    return f'<a href="{escape(href)}"{named}>{inside}</a>'


def picture(body: str, *, name: str, words: str, css: str, height: int | None = None, links: bool = False) -> str:
    """One `<svg>`: with links, a group of them for those who listen; else an image that `name` and `words` describe."""
    role = "group" if links else "img"
    size = "" if height is None else f' height="{height}"'
    described = f"<desc>{text(words)}</desc>" if words else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{css}" width="100%"{size} role="{role}"'
        f' aria-label="{text(name)}"><title>{text(name)}</title>{described}{body}</svg>'
    )


def hatches(seed: str) -> tuple[str, str]:
    """The patterns of the kinds as `<defs>`, and the beginning of their names, which follows from `seed`."""
    key = f"hatch-{hashlib.blake2s(seed.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
    patterns = "".join(
        f'<pattern id="{key}-{kind}" class="hatch" width="8" height="8" patternUnits="userSpaceOnUse">{strokes}'
        "</pattern>"
        for kind, strokes in enumerate(_HATCHES)
        if strokes
    )
    return f"<defs>{patterns}</defs>", key


def part(kind: int, key: str, place: str) -> str:
    """A rectangle of a kind, its pattern over its colour; `place` are its attributes x, y, width and height."""
    kind %= KINDS
    over = f'<rect fill="url(#{key}-{kind})" {place} />' if _HATCHES[kind] else ""
    return f'<rect class="kind-{kind}" {place} />{over}'


def legend(entries: Sequence[tuple[str, str]], looks: Sequence[int]) -> str:
    """Swatches of the kinds in `looks` with their names; each entry is a name and where it leads."""
    defs, key = hatches(f"legend {entries} {looks}")
    place = 'x="0" y="0" width="14" height="14"'
    items: list[str] = []
    for kind, (name, href) in zip(looks, entries, strict=True):
        drawn = f"{'' if items else defs}{part(kind, key, place)}"
        swatch = f'<svg width="14" height="14" aria-hidden="true">{drawn}</svg>'
        items.append(f"<li>{linked(href, f'{swatch}{text(name)}')}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>\n'


def table(caption: str, headings: Sequence[Cell], rows: Iterable[Sequence[Cell]], *, total: int) -> str:
    """The values, a row each, the first `LISTED_ROWS` of `total`; a sentence says how many are left out."""
    head = "".join(f'<th scope="col"{_numeric(cell)}>{text(cell.text)}</th>' for cell in headings)
    body = ""
    for _place, row in zip(range(LISTED_ROWS), rows, strict=False):
        first, *rest = row
        cells = "".join(f"<td{_numeric(cell)}>{linked(cell.href, text(cell.text))}</td>" for cell in rest)
        body += f'<tr><th scope="row">{linked(first.href, text(first.text))}</th>{cells}</tr>\n'
    left = total - LISTED_ROWS
    remainder = text(_n("{count} more row is left out.", "{count} more rows are left out.", left)) if left > 0 else ""
    after = f'<p class="said">{remainder}</p>\n' if remainder else ""
    return (
        f'<div class="scrolls" role="region" tabindex="0" aria-label="{text(caption)}"><table>\n'
        f"<caption>{text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
        f"{after}"
    )


def percent(share: int, whole: int) -> str:
    """A part of a whole in per cent; what is there is never 0, and what is missing never 100."""
    if not whole:
        return "–"
    value = 100 * share / whole
    if 0 < value < 0.1:
        return "< 0.1 %"
    if 99.9 < value < 100:
        return "> 99.9 %"
    return f"{value:.1f} %"


def numeric(value: int, href: str = "") -> Cell:
    """A number in a table."""
    return Cell(number(value), href, numeric=True)


def _numeric(cell: Cell) -> str:
    return ' class="numeric"' if cell.numeric else ""
