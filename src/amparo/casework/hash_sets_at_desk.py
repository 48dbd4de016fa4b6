"""Hash sets as officers of an operation keep and see them: what roles allow, and matches only where they may look.

What a set holds is seen by everybody who may see evidence; that an exhibit matches it, only where the exhibit is seen.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from amparo.casework import hash_set_contents as contents
from amparo.casework import hash_sets as sets
from amparo.casework import lookup, rematch
from amparo.casework.disclose import NoReason
from amparo.casework.hash_set_contents import Difference, Differing, Form
from amparo.domain.errors import AmparoError
from amparo.domain.hash_set import Problem, SetVersion
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.notice import Notice
from amparo.domain.set_preview import SetPreview
from amparo.matching.formats.delimited import THINGS
from amparo.matching.formats.reading import Options
from amparo.matching.set_preview import preview
from amparo.matching.vocabulary import built_in
from amparo.records import hash_sets as records
from amparo.records import matches, queries
from amparo.records.database import Database
from amparo.records.ledger import Ledger

COLUMN_THINGS = THINGS
MOST_VALUES = 10_000
"""So many values are looked up at once."""


class TooMuch(AmparoError, ValueError):
    """More is asked at once than is answered at once."""


class VersionState(StrEnum):
    """Whether a version is compared with."""

    IN_USE = "in use"
    REPLACED = "replaced"
    REMOVED = "removed"
    DELETED = "removed, files deleted"


@dataclass(frozen=True, slots=True)
class SeenVersion:
    """A version, and whether it is in use."""

    version: SetVersion
    state: VersionState

    @property
    def problems(self) -> int:
        """How many things in its file were not read as they stand."""
        return sum(self.version.counts.problems.values())


@dataclass(frozen=True, slots=True)
class ComparedExhibit:
    """An exhibit that was compared with a version."""

    exhibit: str
    at: str
    by: str
    matches: int
    """With this version, in this comparison."""


def register(*, reach: Reach, database: Database) -> list[SeenVersion]:
    """All versions of all sets, by name, newest first. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    in_use = {version.id for version in records.current_versions(database)}
    found = sorted(records.versions(database), key=lambda version: (version.name.casefold(), -version.number))
    return [SeenVersion(version, _state(version, version.id in in_use)) for version in found]


def one(reference: str, *, reach: Reach, database: Database) -> SeenVersion:
    """One version; raise `Forbidden`, `NotFound`."""
    reach.require(Act.SEE_EVIDENCE)
    version = sets.find(database, reference)
    in_use = any(version.id == other.id for other in records.current_versions(database))
    return SeenVersion(version, _state(version, in_use))


def compared(version: SetVersion, *, reach: Reach, database: Database) -> list[ComparedExhibit]:
    """The exhibits that may be seen and were compared with a version, as far as that comparison stands."""
    reach.require(Act.SEE_EVIDENCE)
    found = []
    for acquisition in queries.acquisitions(database):
        if acquisition.id not in reach.acquisitions:
            continue
        for comparison in matches.standing_comparisons(database, acquisition.id):
            if _concerns(comparison.facts, version):
                count = matches.count_with(database, comparison.id, version.id)
                found.append(ComparedExhibit(acquisition.exhibit, comparison.at, comparison.officer, count))
    return found


def problems(version: SetVersion, *, first: int, count: int, reach: Reach, folder: Path) -> list[Problem]:
    """So many problems of a version's file from number `first` on; all that were kept. Raise `Forbidden`.

    Versions that were imported before all were kept have their first ones only.
    """
    reach.require(Act.SEE_EVIDENCE)
    return list(islice(_problems(version, folder), first, first + count))


def kept_problems(version: SetVersion) -> int:
    """How many problems of a version can be listed."""
    if sets.PROBLEMS in version.files and not version.files_deleted:
        return sum(version.counts.problems.values())
    return len(version.first_problems)


def every_problem(version: SetVersion, *, reach: Reach, folder: Path) -> Iterator[Problem]:
    """All problems that were kept of a version. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    return _problems(version, folder)


def differences(first: str, second: str, *, reach: Reach, database: Database, folder: Path) -> list[Difference]:
    """What two versions have alone and together. Raise `Forbidden`, and as `hash_set_contents.differences`."""
    reach.require(Act.SEE_EVIDENCE)
    return contents.differences(first, second, database=database, folder=folder)


def differing(first: str, second: str, *, reach: Reach, database: Database, folder: Path) -> Iterator[Differing]:
    """Each digest that one of two versions has alone. Raises as `differences`."""
    reach.require(Act.SEE_EVIDENCE)
    return contents.differing(first, second, database=database, folder=folder)


def preview_of(path: Path, *, columns: Mapping[str, str], hash: str, reach: Reach) -> SetPreview:  # noqa: A002
    """The beginning of a file to import. Raise `Forbidden`."""
    reach.require(Act.KEEP_HASH_SETS)
    return preview(path, Options(columns, hash))


def vocabularies() -> list[str]:
    """The vocabularies of categories that can be chosen."""
    return list(built_in())


def remove(
    reference: str,
    *,
    delete_files: bool,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
) -> list[SetVersion]:
    """Take a version out of use. Raise `Forbidden`, `NoReason`, and as `hash_sets.remove`."""
    reach.require(Act.KEEP_HASH_SETS)
    _require(reason)
    return sets.remove(
        reference,
        delete_files=delete_files,
        reason=reason,
        by=reach.officer,
        database=database,
        ledger=ledger,
        clock=clock,
        folder=folder,
    )


def export(
    reference: str,
    output: Path,
    *,
    form: Form,
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    folder: Path,
) -> SetVersion:
    """Write all entries of a version to the new file `output`. Raise as `hash_set_contents.export`, and `Forbidden`."""
    reach.require(Act.EXPORT)
    _require(reason)
    return contents.export(
        reference,
        output,
        form=form,
        reason=reason,
        by=reach.officer,
        database=database,
        ledger=ledger,
        folder=folder,
    )


def look_up(
    texts: Sequence[str], *, radius: int, reason: str, reach: Reach, database: Database, ledger: Ledger, folder: Path
) -> list[lookup.Answer]:
    """Who knows these values; logged. Raise `Forbidden`, `NoReason`, `TooMuch`, and as `lookup.look_up`."""
    reach.require(Act.SEE_EVIDENCE)
    _require(reason)
    if len(texts) > MOST_VALUES:
        raise TooMuch(
            "{count} values are too many at once: look up at most {most}.", count=len(texts), most=MOST_VALUES
        )
    return lookup.look_up(
        texts, radius=radius, reason=reason, by=reach.officer, database=database, ledger=ledger, folder=folder
    )


def notices(
    *, every: bool, mark: bool, reach: Reach, database: Database, ledger: Ledger, clock: Callable[[], datetime]
) -> list[Notice]:
    """The notices to an officer about exhibits that he or she may see. Raise `Forbidden`.

    With `mark` all that were not read yet, and may be seen, count as read from now on; logged.
    """
    reach.require(Act.SEE_EVIDENCE)
    seen = {one.exhibit for one in queries.acquisitions(database) if one.id in reach.acquisitions}
    return rematch.read(
        every=every, mark=mark, by=reach.officer, database=database, ledger=ledger, clock=clock, exhibits=seen
    )


def _concerns(facts: Mapping[str, Any], version: SetVersion) -> bool:
    if "new_in" in facts:
        return bool(facts["new_in"] == version.id)
    return any(one["name"] == version.name and one["version"] == version.number for one in facts["sets"])


def _problems(version: SetVersion, folder: Path) -> Iterator[Problem]:
    if sets.PROBLEMS not in version.files or version.files_deleted:
        yield from version.first_problems
        return
    with (folder / version.folder / sets.PROBLEMS).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        for record, kind, reason in rows:
            yield Problem(int(record), kind, reason)


def _require(reason: str) -> None:
    if not reason.strip():
        raise NoReason("Say why: give a reason.")


def _state(version: SetVersion, in_use: bool) -> VersionState:
    if version.files_deleted:
        return VersionState.DELETED
    if version.removed_at is not None:
        return VersionState.REMOVED
    return VersionState.IN_USE if in_use else VersionState.REPLACED
