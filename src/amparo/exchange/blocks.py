"""What a written report is made of, whatever it is written as: HTML, PDF.

All text in blocks is plain text, evidence's text included; each form escapes it in its own way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from amparo.exchange.timeline import Bin
from amparo.exchange.wording import number


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be read letter by letter: an address, a digest."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Veiled:
    """A preview made grey and blurred (JPEG), or `None` where there is none that can be read."""

    jpeg: bytes | None


Cell: TypeAlias = "str | Code | Veiled | tuple[Cell, ...]"
"""One thing of a table; a tuple stands for things below each other."""


class Tone(StrEnum):
    """How loud a notice is."""

    ALARM = "alarm"
    CAUTION = "caution"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that must not be missed."""

    tone: Tone
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences, each with a point before it."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms with what stands for each."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure in large type."""

    label: str
    value: str
    tone: Tone = Tone.CALM


@dataclass(frozen=True, slots=True)
class Tiles:
    """The figures that matter most."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    label: str
    share: int
    """Part of the width that it takes in print."""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. `rows` is gone through once."""

    caption: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]
    remainder: str = ""
    """A sentence on the rows that are not printed."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart with its figures: label, value."""

    caption: str
    heading: str
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Two counts per month or year, side by side."""

    caption: str
    bins: tuple[Bin, ...]
    """At least one."""
    created: str
    """Legend of the first count."""
    modified: str
    """Legend of the second."""

    def in_words(self) -> str:
        """The chart for those who cannot see it."""
        return "; ".join(
            f"{each.label}: {self.created} {number(each.created)}, {self.modified} {number(each.modified)}"
            for each in self.bins
            if each.created or each.modified
        )


@dataclass(frozen=True, slots=True)
class Strip:
    """One thing and its parts, in the order of the legend."""

    label: str
    code: str
    """To be read letter by letter; empty where the label says it all."""
    size_text: str
    parts: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Strips:
    """Strips that show how things are divided, below each other, each as wide as all."""

    caption: str
    legend: tuple[str, ...]
    """At most six."""
    strips: tuple[Strip, ...]

    def in_words(self, strip: Strip) -> str:
        """A strip for those who cannot see it."""
        total = sum(strip.parts) or 1
        return "; ".join(
            f"{name} {100 * part / total:.1f} %" for name, part in zip(self.legend, strip.parts, strict=True) if part
        )


Block: TypeAlias = Notice | Paragraph | Points | Terms | Tiles | Table | Bars | Histogram | Strips


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands under it."""

    anchor: str
    """Lower-case letters and hyphens."""
    title: str
    blocks: Iterable[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, ready to be written."""

    language: str
    """BCP 47."""
    title: str
    running_title: str
    """At the top of each page."""
    kicker: str
    """Above the title."""
    facts: tuple[tuple[str, str], ...]
    opening: tuple[Block, ...]
    contents: str
    """Title of the table of contents."""
    sections: tuple[Section, ...]
