"""What two who decided independently said of the same files: where they differ, and how far they agree.

Never a ranking of people: what is counted are files and categories, not who gave them.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from amparo.casework import vocabularies
from amparo.domain.grading import Grading, Round, Standing, Verdict, cohen_kappa
from amparo.domain.need_to_know import Act, Reach
from amparo.records import gradings as records
from amparo.records import one_file
from amparo.records.database import Database
from amparo.records.gradings import Decided

Undecided: TypeAlias = Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A file of which two decided differently, and nobody has settled what it is."""

    file: int
    gradings: tuple[Grading, ...]
    """What stands, oldest first."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far those who decided independently agree."""

    files: int
    """About which two decided, the second without knowing what the first had said."""
    agreed: int
    """On the category."""
    same_flags: int
    kappa: float | None
    """Cohen's, over the categories; `None` where chance cannot be told: see `cohen_kappa`."""
    table: Mapping[tuple[str, str], int]
    """How many files were given which category first, and which second: neutral codes, else `VOCABULARY:CODE`."""


def disputes(*, after: int = 0, limit: int = 100, reach: Reach, database: Database) -> list[Dispute]:
    """At most `limit` of the files in dispute that may be seen, by their numbers above `after`.

    Raise `Forbidden`.
    """
    reach.require(Act.REVIEW)
    meanings, undecided = vocabularies.meanings(database=database), vocabularies.undecided(database=database)
    found: list[Dispute] = []
    for said in _seen_twice(after, reach, database, differing=True):
        for file, each in said.items():
            gradings = [one.grading for one in each]
            if Verdict.of(gradings, meanings, undecided).standing is Standing.DISPUTED:
                found.append(Dispute(file, tuple(one for one in gradings if not one.withdrawn)))
                if len(found) == limit:
                    return found
    return found


def agreement(*, reach: Reach, database: Database) -> Agreement:
    """How far two who decide about the same files agree, of those that may be seen.

    Of each file counts what stood when a second one decided first, and what he or she said then: from then on each
    knew of the other. What was brought in from elsewhere does not count: nobody knows who saw what there. Raise
    `Forbidden`.
    """
    if not reach.may(Act.STEER_REVIEW):
        reach.require(Act.REVIEW)
    meanings, undecided = vocabularies.meanings(database=database), vocabularies.undecided(database=database)
    table: Counter[tuple[str, str]] = Counter()
    same_flags = 0
    for said in _seen_twice(0, reach, database):
        for pair in (independent(each, undecided) for each in said.values()):
            if pair is not None:
                first, second = pair
                table[_label(first, meanings), _label(second, meanings)] += 1
                same_flags += first.flags == second.flags
    pairs = list(table.elements())
    return Agreement(
        len(pairs), sum(first == second for first, second in pairs), same_flags, cohen_kappa(pairs), dict(table)
    )


def independent(said: Sequence[Decided], undecided: Undecided) -> tuple[Grading, Grading] | None:
    """What two officers said of a file before either could know of the other; `None` where there were not two."""
    standing: dict[str, Decided] = {}
    for one in said:
        grading = one.grading
        if grading.source or grading.round is Round.RECONCILED:
            continue
        if (grading.vocabulary, grading.category) in undecided:
            standing.pop(grading.officer, None)
            continue
        for officer, before in standing.items():
            if officer != grading.officer and (before.withdrawn_at is None or before.withdrawn_at > grading.at):
                return before.grading, grading
        standing[grading.officer] = one
    return None


def _seen_twice(
    after: int, reach: Reach, database: Database, *, differing: bool = False
) -> Iterator[dict[int, list[Decided]]]:
    """The decisions about the files that may be seen and of which there are two at least, a page at a time.

    With `differing` without files of which all decisions say the same.
    """
    for files in records.graded_twice(database, after=after, differing=differing):
        visible = one_file.visible(database, files, reach.acquisitions)
        yield records.decided(database, [file for file in files if file in visible])


def _label(grading: Grading, meanings: Mapping[tuple[str, str], str]) -> str:
    key = (grading.vocabulary, grading.category)
    return meanings.get(key) or ":".join(key)
