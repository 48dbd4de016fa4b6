"""Gradings: what an officer decides about files, how several decisions stand together, and how far they agree.

A decision is never changed. Whoever made it may take it back; another officer's stands beside it, and where two do not
agree, a third act says so with a name and a reason. The program decides nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Self

from amparo.domain.errors import AmparoError

NEUTRAL = "neutral"
"""The vocabulary of no country, to which the others point."""
LONGEST_CODE = 100
"""Characters."""
LONGEST_TEXT = 10_000
"""Characters of a reason, a note or a lead."""


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
    """The code of the neutral vocabulary that means the same; empty where none does, or nobody has said so."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The categories by which an agency grades. Two that use the same code may mean different things by it."""

    name: str
    about: str
    """One sentence: whose it is."""
    categories: tuple[Category, ...]
    """In the order in which they are offered."""
    doubtful: frozenset[str] = frozenset()
    """Codes that other tools of the same origin use for something else."""
    offered: bool = False
    """Whether officers grade by it; by others, what comes from elsewhere is read."""

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for code in (category.code for category in self.categories):
            if not code or code != code.strip() or not code.isprintable() or len(code) > LONGEST_CODE:
                raise MalformedGrading(
                    "{code!r} is no code of a category: it has 1 to {most} characters.", code=code, most=LONGEST_CODE
                )
            if code in seen:
                raise MalformedGrading(
                    "The vocabulary {vocabulary} has the category {code!r} twice.", vocabulary=self.name, code=code
                )
            seen.add(code)

    @property
    def meanings(self) -> Mapping[str, str]:
        """What each code means."""
        return {category.code: category.meaning for category in self.categories}

    def doubts(self, used: Iterable[str]) -> list[str]:
        """Those of the codes in use that are doubtful."""
        return sorted(self.doubtful.intersection(used))

    def category(self, code: str) -> Category:
        """The category of that code; raise `MalformedGrading`."""
        for category in self.categories:
            if category.code == code:
                return category
        known = ", ".join(category.code for category in self.categories)
        raise MalformedGrading(
            "The vocabulary {vocabulary} has no category {code!r}: choose one of {known}.",
            vocabulary=self.name,
            code=code,
            known=known,
        )


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
    meaning: str = ""
    """What the code meant when it was given."""
    flags: frozenset[Flag] = field(default=frozenset())
    reason: str = ""
    source: str = ""
    """Who decided, where it was imported."""
    withdrawn: bool = False

    @property
    def decider(self) -> str:
        """By whom it was decided: another decision of the same one is no second opinion.

        An officer's short name, or one with a blank, which no officer has, whatever the source calls itself.
        """
        return f"source {self.source}" if self.source else self.officer


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
    def of(
        cls,
        gradings: Iterable[Grading],
        meanings: Mapping[tuple[str, str], str] | None = None,
        undecided: Collection[tuple[str, str]] = (),
    ) -> Self:
        """What follows from the decisions, in the order in which they were made.

        The last of each decider counts, and none of those whose category (by vocabulary and code) is one of
        `undecided`: who gives it says nothing. Categories of different vocabularies are alike where `meanings` says the
        same of both; those of one vocabulary only where they are the same.
        """
        standing = [one for one in gradings if not one.withdrawn]
        settled = next((one for one in reversed(standing) if one.round is Round.RECONCILED), None)
        if settled is not None:
            return cls(Standing.RECONCILED, settled.vocabulary, settled.category, settled.flags)
        said = list(last_words(standing, undecided).values())
        if not said:
            return cls(Standing.WAITING)
        first = said[0]
        if not all(alike(one, other, meanings or {}) for one, other in combinations(said, 2)):
            return cls(Standing.DISPUTED)
        alone = len(said) == 1
        return cls(Standing.GRADED if alone else Standing.AGREED, first.vocabulary, first.category, first.flags)


def last_words(gradings: Iterable[Grading], undecided: Collection[tuple[str, str]]) -> dict[str, Grading]:
    """What each decider said last of a file, of what says something; see `Verdict.of` for `undecided`."""
    last = {one.decider: one for one in gradings if not one.withdrawn and one.round is not Round.RECONCILED}
    return {decider: one for decider, one in last.items() if (one.vocabulary, one.category) not in undecided}


def written_grade(vocabulary: str, category: str) -> str:
    """A category of a vocabulary as one text, `neutral:abuse`; empty where there is none."""
    return f"{vocabulary}:{category}" if category else ""


def alike(one: Grading, other: Grading, meanings: Mapping[tuple[str, str], str]) -> bool:
    """Whether two decisions say the same: category and flags; see `Verdict.of` for `meanings`."""
    return one.flags == other.flags and (
        one.category == other.category
        if one.vocabulary == other.vocabulary
        else bool(means := meanings.get((one.vocabulary, one.category)))
        and means == meanings.get((other.vocabulary, other.category))
    )


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
