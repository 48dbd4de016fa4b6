"""What the page of two files side by side shows: their facts, in groups by who states them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from amparo.casework.one_file import Compared, Side
from amparo.exchange.wording import shown

_OF_A_METHOD = ".validity."
"""Within the names of facts that tell on what a method was tested: they are of the method, not of these files."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of both files."""

    name: str
    left: str
    right: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The facts that one analyzer states; of the bytes themselves, with an empty name."""

    analyzer: str
    rows: Sequence[Row]
    differing: int


def groups(compared: Compared, *, only_differing: bool) -> list[Group]:
    """The facts of both files by who states them, in the order in which they were found."""
    sides = [side for side in compared.sides if _OF_A_METHOD not in f"{side.name}."]
    first: dict[str, int] = {}
    for place, side in enumerate(sides):
        first.setdefault(_analyzer(side), place)
    sides.sort(key=lambda side: first[_analyzer(side)])  # what only the right file has stands with its analyzer
    found = []
    for analyzer, own in groupby(sides, key=_analyzer):
        rows = [_row(side, analyzer) for side in own]
        kept = [row for row in rows if row.differs or not only_differing]
        if kept:
            found.append(Group(shown(analyzer), kept, sum(row.differs for row in rows)))
    return found


def _analyzer(side: Side) -> str:
    analyzer, colon, _name = side.name.partition(": ")
    return analyzer if colon else ""


def _row(side: Side, analyzer: str) -> Row:
    name = side.name.removeprefix(f"{analyzer}: ") if analyzer else _bytes_names().get(side.name, side.name)
    return Row(shown(name), shown(side.left), shown(side.right), side.differs)


def _bytes_names() -> dict[str, str]:
    return {
        "media type": _("Media type"),
        "size in bytes": _("Size in bytes"),
        "sha256": "SHA-256",
        "sha1": "SHA-1",
        "md5": "MD5",
        "pdq": "PDQ",
        "pdq quality": _("PDQ quality"),
    }
