"""What was set aside: what could not be examined, and whether another try may help."""

from dataclasses import dataclass
from enum import StrEnum

from amparo.domain.cause import Cause
from amparo.domain.finding import EXHIBIT, READING, NotExamined


class Subject(StrEnum):
    """What could not be examined."""

    ITEM = "item"
    """The bytes of an item, which could not be read."""
    CONTAINER = "container"
    """A container, which could not be listed to its end."""
    ANALYSIS = "analysis"
    """What an analyzer could not say of bytes that were read."""


def may_pass(subject: Subject, analyzer: str, cause: Cause) -> bool:
    """Whether another try may help what `analyzer` could not do; doubt on what was read, none does."""
    if subject is Subject.ANALYSIS:
        return cause.may_pass_for_same_bytes
    return cause.may_pass and (analyzer == READING if subject is Subject.ITEM else analyzer != EXHIBIT)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One thing that could not be examined, for any reason but that there is nothing to examine."""

    subject: Subject
    address: str
    """The written form of an `ItemPath` or `ContainerAddress`; of bytes, of the first place where they lie."""
    said: NotExamined
    """The last word on it."""
    tries: int
    """How often it was tried in this workbench."""
    places: int
    """At how many places of the exhibit such bytes lie; 1 for what is one place."""

    @property
    def may_pass(self) -> bool:
        """Whether `amparo examine --retry-failed` tries it again."""
        return may_pass(self.subject, self.said.analyzer, self.said.cause)
