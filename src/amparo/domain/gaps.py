"""Statements that something was not examined, one by one: which are wanted, and what each says."""

from collections.abc import Sequence
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.quarantine import Subject, may_pass


@dataclass(frozen=True, slots=True)
class Gaps:
    """Which statements are wanted; what is empty, asks for nothing."""

    causes: Sequence[Cause] = ()
    analyzer: str = ""
    reason: str = ""
    """The whole sentence."""
    within: str = ""
    """The address of a container, or the beginning of a path."""
    text: str = ""
    """In the path, in any letters."""


@dataclass(frozen=True, slots=True)
class GapRow:
    """One statement that something could not be examined."""

    id: int
    analyzer: str
    version: str
    reason: str
    cause: Cause
    place: str
    """The written form of the address of an item or container; of bytes, of the first place where they lie."""
    media_file: int | None
    subject: Subject

    @property
    def may_pass(self) -> bool:
        """Whether another try may help."""
        return may_pass(self.subject, self.analyzer, self.cause)
