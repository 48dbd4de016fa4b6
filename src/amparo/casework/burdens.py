"""What is known of files by which looking at them is bounded: how severe they are, and whether all is decided.

Where officers decided, the most severe of what they said counts, also before a second one has: who looks is protected
by what is known to anybody. What is shown of it is another matter: see `as_decided`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from amparo.casework import vocabularies
from amparo.casework.grading import is_blind
from amparo.domain.exposure import Burden, Seen
from amparo.domain.grading import Grading, Round, Severity, Standing, Verdict
from amparo.domain.need_to_know import Reach
from amparo.records import gradings, looks
from amparo.records.database import Database

_ORDER = list(Burden)
_SETTLED = (Standing.AGREED, Standing.RECONCILED)


def burden_of(file: int, database: Database) -> Burden:
    """The burden of one file: by what was decided about it, else by what hash sets say of it."""
    decided = _of(gradings.gradings(database, [file]), database).get(file)
    return looks.stated_burden(database, file) if decided is None else decided


def is_settled(file: int, database: Database) -> bool:
    """Whether two decided about a file alike, or a dispute about it was settled."""
    said = gradings.gradings(database, [file])[file]
    meanings, undecided = vocabularies.meanings(database=database), vocabularies.undecided(database=database)
    return Verdict.of(said, meanings, undecided).standing in _SETTLED


def as_decided(seen: Sequence[Seen], database: Database, reach: Reach | None = None) -> list[Seen]:
    """Looks with the burden by what was decided since; those at files about which nobody decided stay as they are.

    With `reach` only by what this officer may know: the first decision about a file for whose second one he or she may
    be asked does not show in the counters either.
    """
    said = gradings.gradings(database, list(dict.fromkeys(look.file for look in seen)))
    if reach is not None:
        undecided = vocabularies.undecided(database=database)
        said = {
            file: [one for one in each if one.decider == reach.officer] if is_blind(each, reach, undecided) else each
            for file, each in said.items()
        }
    decided = _of(said, database)
    if not decided:
        return list(seen)
    return [replace(look, burden=decided[look.file]) if look.file in decided else look for look in seen]


def severe_among(files: Sequence[int], database: Database) -> set[int]:
    """Of some files those that anybody decided to be severe, or that hash sets know as such."""
    categories = {
        (name, category.code)
        for name, vocabulary in vocabularies.known(database=database).items()
        for category in vocabulary.categories
        if category.decided and category.severity is Severity.SEVERE
    }
    return looks.severe_by_decisions(database, files, categories) | looks.severe_by_sets(database, files)


def _of(said: Mapping[int, Sequence[Grading]], database: Database) -> dict[int, Burden]:
    """The most severe of what stands about each file; without those about which nothing does."""
    if not any(said.values()):
        return {}
    known = {
        (name, category.code): Burden.of(category.severity)
        for name, vocabulary in vocabularies.known(database=database).items()
        for category in vocabulary.categories
        if category.decided
    }
    found = {}
    for file, each in said.items():
        standing = [one for one in each if not one.withdrawn]
        last = {one.decider: one for one in standing}.values()
        settled = [one for one in standing if one.round is Round.RECONCILED][-1:]
        burdens = [
            known[one.vocabulary, one.category] for one in settled or last if (one.vocabulary, one.category) in known
        ]
        if burdens:
            found[file] = max(burdens, key=_ORDER.index)
    return found
