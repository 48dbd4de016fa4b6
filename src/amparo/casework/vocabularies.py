"""The vocabularies by which an operation grades: those that come with Amparo, and those of its agencies.

One that is on record stays as it is: what was graded by it goes on meaning what it meant.
"""

import functools
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from amparo.casework.hash_sets import MalformedName
from amparo.casework.officers import officer_of
from amparo.domain.errors import NotFound
from amparo.domain.grading import NEUTRAL, Vocabulary
from amparo.domain.need_to_know import Act, Reach
from amparo.matching.vocabulary import built_in, parsed, text_of
from amparo.matching.vocabulary import vocabulary as of_name
from amparo.records import registers
from amparo.records import vocabularies as records
from amparo.records.database import Conflict, Database
from amparo.records.ledger import Ledger

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


def known(*, database: Database) -> Mapping[str, Vocabulary]:
    """All of them by name, `neutral` first."""
    ours = {name: of_name(name) for name in (NEUTRAL, *built_in())}
    return ours | {name: _parsed(name, text) for name, text in records.texts(database).items()}


def offered(*, database: Database) -> list[Vocabulary]:
    """Those by which officers grade, `neutral` first."""
    return [vocabulary for vocabulary in known(database=database).values() if vocabulary.offered]


def vocabulary(name: str, *, database: Database) -> Vocabulary:
    """One of them; raise `NotFound`, which names those that there are."""
    found = known(database=database)
    if name not in found:
        raise NotFound("There is no vocabulary {name}: choose one of {known}.", name=name, known=", ".join(found))
    return found[name]


def meanings(*, database: Database) -> dict[tuple[str, str], str]:
    """The code of the neutral vocabulary that means the same as a category has, by vocabulary and code."""
    return {
        (name, category.code): category.code if name == NEUTRAL else category.same_as
        for name, vocabulary in known(database=database).items()
        for category in vocabulary.categories
        if category.same_as or name == NEUTRAL
    }


def undecided(*, database: Database) -> frozenset[tuple[str, str]]:
    """The categories, by vocabulary and code, that say nothing: files graded so still wait."""
    return frozenset(
        (name, category.code)
        for name, vocabulary in known(database=database).items()
        for category in vocabulary.categories
        if not category.decided
    )


def add(
    name: str,
    path: Path,
    *,
    by: str,
    reach: Reach | None = None,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Vocabulary:
    """Put a vocabulary of an agency's own on record, by the file at `path`; officers grade by it from now on.

    Without a `reach` it is done by whoever has the key of the workbench. The same file under the same name once more
    changes nothing. Raise `Forbidden`, `MalformedName`, `SetUnreadable` where the file is no vocabulary, or `Conflict`.
    """
    if reach is not None:
        reach.require(Act.STEER_REVIEW)
    if not _NAME.fullmatch(name):
        raise MalformedName(
            "{name!r} is no name of a vocabulary: use lower-case letters, digits, dots and hyphens.", name=name
        )
    if name in built_in():
        raise Conflict("Amparo comes with a vocabulary {name}: choose another name.", name=name)
    text = text_of(path)
    read = parsed(name, text)
    with database.transaction():
        before = records.texts(database).get(name)
        if before == text:
            return read
        if before is not None:
            raise Conflict(
                "The vocabulary {name} is on record and says something else, by which files may be"
                " graded: give this one another name.",
                name=name,
            )
        officer, added = officer_of(database, by)
        recorded = records.add_vocabulary(database, name, text, officer=officer, at=clock())
        ledger.append(
            "vocabulary.add",
            {"vocabulary": recorded.id},
            {"officer": by, **registers.committed(*added, recorded)},
        )
        ledger.sign_head()
    return read


@functools.lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> Vocabulary:
    return parsed(name, text)
