"""Gradings: what an officer decides about files, how several decisions stand together, and how far they agree.

A decision is never changed. Whoever made it may take it back; another officer's stands beside it, and where two do not
agree, a third act says so with a name and a reason. The program decides nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from amparo.domain.errors import AmparoError


class MalformedGrading(AmparoError, ValueError):
    """A category, a flag or a vocabulary that cannot be."""


class Round(StrEnum):
    """Which of the decisions about a file one is."""

    FIRST = "first"
    SECOND = "second"
    """By another officer, who does not see the first."""
    RECONCILED = "reconciled"
    """By whoever has both before him or her; it stands above them."""


class Flag(StrEnum):
    """What is said of a file beside its category."""

    VICTIM_IDENTIFIED = "victim-identified"
    SELF_GENERATED = "self-generated"
    """The child shown took it."""
    DISTRIBUTED = "distributed"
    """It was passed on."""


class Severity(StrEnum):
    """What looking at files of a category costs; budgets and breaks go by it."""

    NONE = "none"
    SOME = "some"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Category:
    """One category of a vocabulary."""

    code: str
    """As those who use the vocabulary write it."""
    meaning: str
    severity: Severity
    decided: bool = True
    """Whether it says anything; 'not categorised' does not: files graded so still wait."""
    same_as: str = ""
    """The code of the neutral vocabulary that means the same; empty where none does."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The categories by which an agency grades. Two that use the same code may mean different things by it."""

    name: str
    about: str
    """One sentence: whose it is."""
    categories: tuple[Category, ...]
    """In the order in which they are offered."""

    def __post_init__(self) -> None:
        codes = [category.code for category in self.categories]
        if not codes or len(set(codes)) != len(codes) or not all(code.strip() == code != "" for code in codes):
            raise MalformedGrading(f"The vocabulary {self.name} names no category, one twice, or one without a code.")

    def category(self, code: str) -> Category:
        """The category of that code; raise `MalformedGrading`."""
        for category in self.categories:
            if category.code == code:
                return category
        known = ", ".join(category.code for category in self.categories)
        raise MalformedGrading(f"The vocabulary {self.name} has no category {code!r}: choose one of {known}.")


@dataclass(frozen=True, slots=True)
class Grading:
    """One decision about one file, as it is on record."""

    number: int
    """Of the decision, which may be about many files."""
    round: Round
    officer: str
    agency: str
    at: str
    vocabulary: str
    category: str
    """Its code."""
    flags: frozenset[Flag] = field(default=frozenset())
    reason: str = ""
    source: str = ""
    """Who decided, where it was imported."""
    withdrawn: bool = False

    @property
    def decider(self) -> str:
        """By whom it was decided: another decision of the same one is no second opinion."""
        return self.source or self.officer


class Standing(StrEnum):
    """How the decisions about a file stand together."""

    WAITING = "waiting"
    """Nobody has decided."""
    GRADED = "graded"
    """One officer has."""
    AGREED = "agreed"
    """Two have, alike: nobody is shown it again."""
    DISPUTED = "disputed"
    """They have, and not alike."""
    RECONCILED = "reconciled"
    """A dispute was settled."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all decisions about a file say together."""

    standing: Standing
    vocabulary: str = ""
    category: str = ""
    """Empty where nobody decided, or the dispute is open."""
    flags: frozenset[Flag] = field(default=frozenset())

    @classmethod
    def of(cls, gradings: Sequence[Grading], meanings: Mapping[tuple[str, str], str] | None = None) -> Self:
        """What follows from the decisions, in the order in which they were made.

        The last of each decider counts. Categories of different vocabularies are alike where `meanings` (by vocabulary
        and code) says the same of both.
        """
        standing = [grading for grading in gradings if not grading.withdrawn]
        settled = [grading for grading in standing if grading.round is Round.RECONCILED]
        if settled:
            last = settled[-1]
            return cls(Standing.RECONCILED, last.vocabulary, last.category, last.flags)
        latest = {grading.decider: grading for grading in standing}
        if not latest:
            return cls(Standing.WAITING)
        said = list(latest.values())
        known = meanings or {}

        def means(grading: Grading) -> tuple[str, str]:
            key = (grading.vocabulary, grading.category)
            return ("", known[key]) if known.get(key) else key

        if len({(means(grading), grading.flags) for grading in said}) > 1:
            return cls(Standing.DISPUTED)
        first = said[0]
        alone = len(said) == 1
        return cls(Standing.GRADED if alone else Standing.AGREED, first.vocabulary, first.category, first.flags)


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """How far two deciders agree beyond chance, over the categories that each gave to the same files.

    Cohen, 'A coefficient of agreement for nominal scales', 1960. `None` where there is no pair, or both gave one and
    the same category to all, so that chance cannot be told.
    """
    if not pairs:
        return None
    agreed = sum(first == second for first, second in pairs) / len(pairs)
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    by_chance = sum(firsts[category] * seconds[category] for category in firsts) / len(pairs) ** 2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
