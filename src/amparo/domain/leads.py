"""Leads: what on a picture may lead to the people or the place that it shows, for those who identify victims."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from amparo.domain.canonical import canonical
from amparo.domain.errors import AmparoError

WHOLE = 1_000


class MalformedLead(AmparoError, ValueError):
    """A lead, a region or a status that cannot be."""


class Status(StrEnum):
    """How a lead stands."""

    NEW = "new"
    """Marked, and nobody has taken it up."""
    TAKEN = "taken"
    """Somebody follows it."""
    HELPED = "helped"
    """It led to somebody or somewhere."""
    EXHAUSTED = "exhausted"
    """It led nowhere. Whoever knows more takes it up again."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture, in thousandths of its width and height as the preview shows it."""

    left: int
    top: int
    width: int
    height: int

    def __post_init__(self) -> None:
        for start, size in ((self.left, self.width), (self.top, self.height)):
            if type(start) is not int or type(size) is not int or start < 0 or size < 1 or start + size > WHOLE:
                raise MalformedLead(
                    "A region lies within the picture: left, top, width and height in thousandths, 0 to {most}.",
                    most=WHOLE,
                )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The region that `left,top,width,height` names; raise `MalformedLead`."""
        try:
            left, top, width, height = (int(part) for part in text.split(","))
        except ValueError as error:
            raise MalformedLead("A region is left,top,width,height in thousandths: 250,100,300,200.") from error
        return cls(left, top, width, height)

    def __str__(self) -> str:
        return f"{self.left},{self.top},{self.width},{self.height}"


def written(region: Region | None) -> str:
    """A region as it is stored, canonical JSON; `null` for all of the picture."""
    if region is None:
        return canonical(None).decode()
    fields = {"left": region.left, "top": region.top, "width": region.width, "height": region.height}
    return canonical(fields).decode()


def read(text: str) -> Region | None:
    """The region behind what `written` gave."""
    fields = json.loads(text)
    return None if fields is None else Region(**fields)
