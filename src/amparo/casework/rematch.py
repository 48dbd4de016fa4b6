"""A hash set arrives: all that is stored is compared with what is new in it, and who is concerned is told.

An exhibit is pending for a version of a set until it was compared with that version, or with a later one of the set.
Each comparison is a transaction of its own, so that what was cut off goes on with the next exhibit. Nobody who writes
meanwhile has to wait for it: the transaction begins when all matches are known.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from amparo.casework.hash_sets import open_version
from amparo.casework.match import QUALITY_GATE, RADIUS, Compared, spooled
from amparo.casework.officers import officer_of
from amparo.domain.digest import Algorithm
from amparo.domain.hash_set import SetKind, SetVersion
from amparo.domain.match import Basis
from amparo.domain.notice import Notice
from amparo.domain.sentence import Sentence
from amparo.matching.known_set import KnownSet, KnownSets, digest_array
from amparo.matching.set_record import SIZES
from amparo.records import hash_sets, matches, notices, queries, registers
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.matches import ComparedFile, NewMatch
from amparo.records.queries import AcquisitionRow

_HELD = Sentence("Comparing exhibits with new hash sets")


@dataclass(frozen=True, slots=True)
class Rematched:
    """What a new version of a set knows of an exhibit."""

    exhibit: str
    version: SetVersion
    matches: int
    """With what the version before did not have."""
    told: tuple[str, ...]
    """The officers who were left a notice."""


def pending(database: Database) -> list[tuple[SetVersion, AcquisitionRow]]:
    """Which exhibits are still to be compared with which versions, oldest versions first.

    An exhibit that was registered after a version came is compared when somebody asks for it, with all that is in use.
    """
    held = notices.held_against(database)
    acquisitions = queries.acquisitions(database)
    return [
        (version, acquisition)
        for version in sorted(hash_sets.versions(database), key=lambda version: version.id)
        if version.removed_at is None
        for acquisition in acquisitions
        if acquisition.at <= version.imported_at
        and version.id not in held[acquisition.id].new_in
        and version.number > held[acquisition.id].whole[version.name]
    ]


def rematch(
    *, by: str, database: Database, ledger: Ledger, clock: Callable[[], datetime], folder: Path
) -> Iterator[Rematched]:
    """Compare what is pending, yielding each exhibit when that is stored; what arrives meanwhile is compared too.

    Who examined an exhibit is left a notice where a set of known files has matches; what is known to be good is
    compared and stored, and nobody is told. Raise `Busy` where another process does this already (it compares all that
    is pending), or `FileRefused` where the files of a set are not as they were written.
    """
    while pending(database):
        with database.hold(_HELD):
            for version, acquisition in pending(database):
                before = _before(database, version, folder)
                known = open_version(version, folder)
                yield _compare(
                    acquisition, known, before, by=by, database=database, ledger=ledger, clock=clock, folder=folder
                )


def _before(database: Database, version: SetVersion, folder: Path) -> KnownSet | None:
    """The version that was in use before; `None` where there was none."""
    earlier = [
        one
        for one in hash_sets.versions(database, version.name)
        if one.number < version.number and one.removed_at is None
    ]
    return open_version(earlier[-1], folder) if earlier else None


def _compare(
    acquisition: AcquisitionRow,
    known: KnownSet,
    before: KnownSet | None,
    *,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    folder: Path,
) -> Rematched:
    compared = Compared(KnownSets([known]), RADIUS, QUALITY_GATE)
    version = known.version

    def found() -> Iterator[NewMatch]:
        for page in matches.files(database, acquisition.id):
            yield from _new(list(compared.page(page)), {file.id: file for file in page}, known, before)

    with spooled(found(), folder) as new, database.transaction():
        officer, added = officer_of(database, by)
        recorded, stored = matches.add_comparison(
            database,
            acquisition.id,
            officer=officer,
            at=clock(),
            matches=new,
            facts=lambda: {**compared.facts(), "new_in": version.id},
        )
        count: Any = stored["matches"]
        concerned = notices.officers_of(database, acquisition.id) if count and version.kind is SetKind.KNOWN else []
        left = [
            notices.add_notice(database, officer=each, comparison=recorded.id, version=version.id, at=clock())
            for each, _ in concerned
        ]
        ledger.append(
            "exhibit.rematch",
            {"acquisition": acquisition.id, "comparison": recorded.id, "version": version.id, "matches": count},
            {"officer": by, **registers.committed(recorded, *added, *left)},
        )
        ledger.sign_head()
    return Rematched(acquisition.exhibit, version, count, tuple(name for _, name in concerned))


def _new(
    found: Sequence[NewMatch], files: Mapping[int, ComparedFile], known: KnownSet, before: KnownSet | None
) -> Iterator[NewMatch]:
    """Those matches that the version before could not have: it has none of the values by which they match."""
    if before is None:
        yield from found
        return
    values: dict[str, list[tuple[int, bytes]]] = {}
    for place, match in enumerate(found):
        for kind, value in _values(match, files[match.media_file], known):
            values.setdefault(kind, []).append((place, value))
    had: set[int] = set()
    for kind, wanted in values.items():
        asked = digest_array((value for _, value in wanted), SIZES[kind])
        rows = before.near(asked, 0) if kind == "pdq" else before.look_up(Algorithm(kind), asked)
        had.update(wanted[query][0] for query in rows[:, 0].tolist())
    yield from (match for place, match in enumerate(found) if place not in had)


def _values(match: NewMatch, file: ComparedFile, known: KnownSet) -> Iterator[tuple[str, bytes]]:
    """The values by any of which a match could have been made before."""
    facts: Mapping[str, Any] = match.facts
    if match.basis == Basis.DIGEST:
        yield from ((algorithm.value, getattr(file.digests, algorithm.value)) for algorithm in Algorithm)
    elif match.basis == Basis.DIGEST_AS_TEXT:
        yield facts["algorithm"], bytes.fromhex(facts["digest"])
    else:
        entry = known.entry(match.entry)
        if entry is not None and entry.pdq is not None:
            yield "pdq", entry.pdq


def read(
    *,
    every: bool,
    mark: bool,
    by: str,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    exhibits: Collection[str] | None = None,
) -> list[Notice]:
    """The notices to `by` that were not read yet, or all; with `mark` they count as read from now on; logged.

    With `exhibits`, those about these only.
    """
    found = notices.notices(database, by, every=every)
    if exhibits is not None:
        found = [notice for notice in found if notice.exhibit in exhibits]
    unread = [notice.number for notice in found if notice.read_at is None]
    if mark and unread:
        with database.transaction():
            recorded = notices.mark_read(database, unread, clock())
            personal = {"officer": by, **registers.committed(*recorded)}
            ledger.append("notice.read", {"notices": list(unread)}, personal)
            ledger.sign_head()
    return found
