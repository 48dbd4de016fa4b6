"""One trace of a camera, or of what came after it, and what it shows."""

from dataclasses import dataclass
from enum import StrEnum

from amparo.domain.finding import Fact


class Says(StrEnum):
    """What a trace says of the file."""

    AGREES = "agrees"
    """It is as a camera would have left it."""
    CHANGED = "changed"
    """Ordinary software had the file after the camera: it was resized, turned, edited or saved again."""
    DIFFERS = "differs"
    """It contradicts another trace: the file is not as a camera wrote it."""
    STATES = "states"
    """A fact that speaks neither way."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was compared, and what came of it."""

    name: str
    """`maker_note`, `thumbnail`, `dimensions` …"""
    says: Says
    shows: str
    """One sentence."""
    does_not_show: str
    """One sentence."""

    def fact(self) -> dict[str, Fact]:
        """As it stands in a finding."""
        return {"name": self.name, "says": self.says, "shows": self.shows, "does_not_show": self.does_not_show}


ORDINARY = "That a generator had part in it: ordinary software does the same, and most services do."
"""What no trace of editing or saving again shows."""
COPIED = "That it was not copied: whoever copies the metadata of a photograph copies this, too."
"""What no agreement of metadata shows."""
WHY = "Why, and that a generator had part in it."
"""What no contradiction shows."""
