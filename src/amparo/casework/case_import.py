"""Bring in a case of another agency: what it decided stands beside what was decided here, under its name.

Every record is kept as it came, whether its file is here or not, and is written on with the next export. A record
whose file is here becomes a grading of it, whose source is who decided; for files that come later, `apply_imports`
does the same. A case is brought in whole, in one transaction, or not at all.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from amparo.casework.case_categories import Categories
from amparo.casework.case_gradings import Graded, grade
from amparo.casework.case_identity import agency_of, own_cases
from amparo.casework.disclose import NoReason
from amparo.casework.officers import officer_of
from amparo.domain.case_exchange import CaseMedia, CaseUnreadable, ExchangeProgress, ImportCounts, Said
from amparo.domain.finding import Fact
from amparo.domain.grading import Vocabulary
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.need_to_know import Act, Reach
from amparo.exchange.case_reading import SOURCE, VOCABULARY, ReadCase, ReadRecord, ascii_json, read
from amparo.exchange.case_source import CaseSource
from amparo.records import case_imports, queries, registers
from amparo.records.case_imports import CaseImportRow, NewRecord
from amparo.records.database import Conflict, Database
from amparo.records.ledger import Ledger
from amparo.records.storable import storable_text

_SURVEYED, _STORED = 0.35, 0.7
"""Which share of an import is done after the first reading of its file, and after the second."""
_EVERY = 500
"""Records, after which progress is told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be read."""

    source: str = ""
    """Who decided; empty: as the file says."""
    vocabulary: str = ""
    """That its categories are of; empty: as the file says."""
    mapped: Mapping[str, str] = field(default_factory=dict)
    """As `Categories.mapped`."""


@dataclass(frozen=True, slots=True)
class ImportedCase:
    """A case that was brought in."""

    number: int
    source: str
    case_id: str
    vocabulary: str
    counts: ImportCounts


@dataclass(slots=True)
class _Case:
    """A case of a file, after the first reading of it."""

    header: dict[str, Any]
    source: str
    vocabulary: Vocabulary
    counts: ImportCounts
    passed_over: bool
    """Whether it is one that this workbench wrote."""


def import_case(
    path: Path,
    wanted: Wanted,
    *,
    reason: str,
    reach: Reach,
    categories: Categories,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
    on_progress: Callable[[ExchangeProgress], None] | None = None,
) -> list[ImportedCase]:
    """Bring in all cases of a file, VICS or CSV.

    Raise `Forbidden`, `NoReason`, `CaseUnreadable` (which names line and field), `Unmapped`, or `Conflict` where the
    same file was brought in before. On any failure nothing was brought in.
    """
    reach.require(Act.TAKE_GRADINGS)
    if not reason.strip():
        raise NoReason("Say why these gradings are brought in: give a reason.")
    source = CaseSource(path)
    progress = _Progress(source, on_progress)
    categories = replace(categories, mapped=wanted.mapped)
    own = own_cases(database, ledger)
    cases = list(_surveyed(source, wanted, categories, own, progress))
    if not any(not case.passed_over for case in cases):
        raise CaseUnreadable(f"{path} holds no case but what this workbench wrote itself.")
    sha256 = source.sha256
    with database.transaction():
        _require_new(database, reach, cases, wanted, sha256, path)
        officer, added = officer_of(database, reach.officer)
        agency = agency_of(database, reach)
        facts: dict[str, Fact] = {
            "file": escape(name_from_text(path.name)),
            "bytes": str(source.size_bytes),
            "sha256": sha256.hex(),
            "mapped": dict(wanted.mapped),
        }
        progress.begin_storing()
        items = read(source, places=False)  # which were read before
        numbers = []
        for case in cases:
            records = _stored(items, progress)
            if case.passed_over:
                for _ in records:
                    pass
                continue
            added.append(
                case_imports.add_import(
                    database,
                    operation=queries.only_operation(database),
                    officer=officer,
                    agency=agency.id if agency else None,
                    at=clock(),
                    source=case.source,
                    case_id=_text(ReadCase(case.header, "").stated("CaseID"), 200),
                    vocabulary=case.vocabulary.name,
                    header=ascii_json(case.header),
                    facts={**facts, "places": str(case.counts.places)},
                    records=records,
                )
            )
            numbers.append((added[-1].id, case))
        if source.sha256 != sha256:
            raise CaseUnreadable(f"{path} changed while it was read: import it again when it is whole.")
        progress.begin_grading()
        made = [
            (
                number,
                case,
                grade(
                    row,
                    reach=reach,
                    categories=categories,
                    database=database,
                    officer=officer,
                    at=clock(),
                    tell=progress.share,
                ),
            )
            for (number, case), row in zip(numbers, _rows(database, [number for number, _ in numbers]), strict=True)
        ]
        added += [each for _, _, graded in made for each in graded.recorded]
        ledger.append(
            "gradings.import",
            {
                "imports": [number for number, _ in numbers],
                "records": sum(case.counts.records for _, case in numbers),
                "graded": sum(graded.gradings for _, _, graded in made),
            },
            {
                "officer": reach.officer,
                "reason": reason,
                "file": escape(name_from_text(path.name)),
                **registers.committed(*added),
            },
        )
        ledger.sign_head()
    return [
        ImportedCase(number, case.source, row.case_id, case.vocabulary.name, _counted(case.counts, graded))
        for (number, case, graded), row in zip(made, _rows(database, [number for number, _ in numbers]), strict=True)
    ]


def apply_imports(
    *,
    reach: Reach,
    categories: Categories,
    database: Database,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> list[ImportedCase]:
    """Grade the files that came here since cases were brought in that speak of them.

    What an agency said already, and what was taken back here, is not said again. Raise `Forbidden`.
    """
    reach.require(Act.TAKE_GRADINGS)
    with database.transaction():
        officer, added = officer_of(database, reach.officer)
        rows = case_imports.standing(seen_imports(reach, database))
        made = []
        for row in rows:
            known = replace(categories, mapped=row.facts["mapped"])
            made.append(
                grade(
                    row,
                    reach=reach,
                    categories=known,
                    database=database,
                    officer=officer,
                    at=clock(),
                    heard_before=True,
                )
            )
        added += [each for graded in made for each in graded.recorded]
        if added:
            ledger.append(
                "gradings.apply",
                {"imports": [row.id for row in rows], "graded": sum(graded.gradings for graded in made)},
                {"officer": reach.officer, **registers.committed(*added)},
            )
            ledger.sign_head()
    return [
        ImportedCase(
            row.id, row.source, row.case_id, row.vocabulary, _counted(ImportCounts(records=row.records), graded)
        )
        for row, graded in zip(rows, made, strict=True)
    ]


def seen_imports(reach: Reach, database: Database) -> list[CaseImportRow]:
    """The cases that were brought in for an officer's agency, oldest first. Raise `Forbidden`."""
    reach.require(Act.SEE_EVIDENCE)
    return case_imports.imports(database, reach.agency or None)


def _rows(database: Database, numbers: Sequence[int]) -> list[CaseImportRow]:
    known = {row.id: row for row in case_imports.imports(database)}
    return [known[number] for number in numbers]


def _counted(counts: ImportCounts, graded: Graded) -> ImportCounts:
    return replace(
        counts,
        here=graded.here,
        by_md5_alone=graded.by_md5_alone,
        contradicting=graded.contradicting,
        graded=graded.gradings,
        repeated=graded.repeated,
    )


def _surveyed(
    source: CaseSource, wanted: Wanted, categories: Categories, own: frozenset[str], progress: "_Progress"
) -> Iterator[_Case]:
    """The cases of a file; all that is wrong in it is found here, before anything is stored."""
    seen, records = _Seen(), 0
    for item in read(source):
        if isinstance(item, ReadRecord):
            seen.add(item.media, f"{source.path}, line {item.line}, record {item.number}")
            records += 1
            progress.read(records)
        else:
            yield _case(item, seen, source, wanted, categories, own)
            seen = _Seen()
    if not records:
        raise CaseUnreadable(f"{source.path} lists no files at all: there is nothing to bring in.")


class _Seen:
    """What the records of a case were found to hold."""

    def __init__(self) -> None:
        self.records = self.places = self.uncategorised = 0
        self.categories: Counter[str] = Counter()
        self.where: dict[str, str] = {}
        """Where each category stands first."""
        self.said: dict[tuple[str, str], tuple[Said, str]] = {}
        """What agencies say, once for each vocabulary and category, and where that stands first."""

    def add(self, media: CaseMedia, where: str) -> None:
        self.records += 1
        self.places += len(media.places)
        self.uncategorised += not (media.category or media.flags or media.said)
        if media.category:
            self.categories[media.category] += 1
            self.where.setdefault(media.category, where)
        for said in media.said:
            self.said.setdefault((said.vocabulary, said.category), (said, where))

    @property
    def counts(self) -> ImportCounts:
        return ImportCounts(
            self.records, uncategorised=self.uncategorised, places=self.places, categories=dict(self.categories)
        )


def _case(
    case: ReadCase, seen: _Seen, source: CaseSource, wanted: Wanted, categories: Categories, own: frozenset[str]
) -> _Case:
    """A case, once its vocabulary and who decided are known, and its categories are of that vocabulary."""
    what = f"{source.path}"
    vocabulary = categories.of_case(wanted.vocabulary, case.stated(VOCABULARY), case.context, seen.categories, what)
    for code, where in seen.where.items():
        categories.read(code, vocabulary, where)
    for said, where in seen.said.values():
        categories.said(said, vocabulary, where)
    decider = wanted.source.strip() or case.stated(SOURCE, "ContactOrganization")
    if not decider and seen.records:
        raise CaseUnreadable(f"{what} does not say which agency decided: say so by --source.")
    passed_over = case.stated("CaseID") in own
    return _Case(case.header, _text(decider, 200), vocabulary, seen.counts, passed_over)


def _text(text: str, longest: int) -> str:
    """A text of a file as a column holds it: a line."""
    return " ".join(storable_text(text).split())[:longest]


def _stored(items: Iterator[ReadRecord | ReadCase], progress: "_Progress") -> Iterator[NewRecord]:
    """The records of the next case, to be stored."""
    for item in items:
        if not isinstance(item, ReadRecord):
            return
        progress.read(item.number)
        media = item.media
        yield NewRecord(media.md5, media.sha1, media.sha256, ascii_json(item.fields))


def _require_new(
    database: Database, reach: Reach, cases: Sequence[_Case], wanted: Wanted, sha256: bytes, path: Path
) -> None:
    """Raise `Conflict` where the same file was brought in before, read in the same way."""
    ways = {(case.source, case.vocabulary.name) for case in cases}
    for row in case_imports.imports(database, reach.agency or None):
        same = row.facts["sha256"] == sha256.hex() and row.facts["mapped"] == wanted.mapped
        if same and (row.source, row.vocabulary) in ways:
            raise Conflict(f"{path} was brought in already, on {row.at[:10]}, as import {row.id}.")


class _Progress:
    """Tells how far an import is: it reads its file twice, and grades what is here."""

    def __init__(self, source: CaseSource, tell: Callable[[ExchangeProgress], None] | None) -> None:
        self._source = source
        self._tell = tell
        self._began = time.monotonic()
        self._from, self._to = 0.0, _SURVEYED
        self._records = 0

    def begin_storing(self) -> None:
        """From now on the file is read for the second time."""
        self._from, self._to = _SURVEYED, _STORED

    def begin_grading(self) -> None:
        """From now on what is here is graded."""
        self._from, self._to = _STORED, 1.0

    def read(self, records: int) -> None:
        """That so many records were read."""
        self._records = records
        if records % _EVERY == 0:
            self.share(self._source.bytes_read / max(self._source.size_bytes, 1))

    def share(self, of_this: float) -> None:
        """That such a share of this part is done."""
        if self._tell is not None:
            share = self._from + (self._to - self._from) * of_this
            self._tell(ExchangeProgress(self._records, share, time.monotonic() - self._began))
