"""Send out a case: the pictures and films of the operation that an officer may see, and what each agency says of them.

Cases of other agencies that were brought in are written on as they came, each as a case of its own, so that nothing
that anybody said gets lost on the way. No bytes of any file leave.
"""

import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from amparo import __version__
from amparo.casework.case_categories import Categories, model_of
from amparo.casework.case_identity import agency_of, case_id
from amparo.casework.case_import import seen_imports
from amparo.casework.case_media import media_of_file
from amparo.casework.disclose import NoReason
from amparo.casework.output import new_file
from amparo.domain.case_exchange import CaseMedia, ExchangeProgress, Said, Unmapped
from amparo.domain.grading import NEUTRAL, Vocabulary
from amparo.domain.need_to_know import Act, Reach
from amparo.exchange import case_csv
from amparo.exchange.case_csv import CsvCase
from amparo.exchange.case_json import MEDIA
from amparo.exchange.case_reading import SOURCE, VOCABULARY, ReadCase, with_property
from amparo.exchange.case_vics import fields_of, media_of, restated
from amparo.exchange.case_writing import vics
from amparo.records import case_files, case_imports, members, queries
from amparo.records.case_imports import CaseImportRow
from amparo.records.database import Database
from amparo.records.ledger import Ledger

_EVERY = 500
"""Records, after which progress is told."""


class CaseForm(StrEnum):
    """How a case is written."""

    VICS = "vics"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What of a case leaves, and how."""

    form: CaseForm = CaseForm.VICS
    vocabulary: str = ""
    """In which its categories are written; empty: that of all gradings, where they are of one."""
    mapped: Mapping[str, str] = field(default_factory=dict)
    """As `Categories.mapped`."""
    notes: bool = False
    """Whether what officers noted leaves too."""
    others: bool = True
    """Whether the cases of other agencies are written on."""


@dataclass(frozen=True, slots=True)
class SentCase:
    """A case that was written."""

    source: str
    """Whose it is."""
    case_id: str
    records: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What an export wrote."""

    vocabulary: str
    cases: tuple[SentCase, ...]


def export_case(
    output: Path,
    leaving: Leaving,
    *,
    reason: str,
    reach: Reach,
    categories: Categories,
    database: Database,
    ledger: Ledger,
    on_progress: Callable[[ExchangeProgress], None] | None = None,
) -> Sent:
    """Write the new file `output`, and say so in the ledger.

    Raise `Forbidden`, `NoReason`, `Unmapped`, `output.OutputRefused`. On any failure nothing is left of `output`.
    """
    reach.require(Act.EXPORT)
    if not reason.strip():
        raise NoReason("Say why this case is to leave the workbench: give a reason.")
    sending = _Sending(leaving, reach, categories, database, ledger, on_progress)
    with new_file(output) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="", write_through=False)
        for part in sending.parts():
            text.write(part)
        text.flush()
        text.detach()
        with database.transaction():
            ledger.append(
                "gradings.export",
                {
                    "form": leaving.form.value,
                    "records": sum(each.records for each in sending.sent),
                    "imports": [row.id for row in sending.others],
                    "notes": leaving.notes,
                },
                {"officer": reach.officer, "reason": reason, "file": output.name},
            )
            ledger.sign_head()
    return Sent(sending.vocabulary.name, tuple(sending.sent))


class _Sending:
    """One export: its cases, and what was written of them so far."""

    def __init__(
        self,
        leaving: Leaving,
        reach: Reach,
        categories: Categories,
        database: Database,
        ledger: Ledger,
        tell: Callable[[ExchangeProgress], None] | None,
    ) -> None:
        self._leaving, self._reach, self._database = leaving, reach, database
        self._categories = replace(categories, mapped=leaving.mapped)
        self._tell, self._began = tell, time.monotonic()
        known = members.agencies(database)
        self._displays = {agency.name: agency.display for agency in known}
        agency = agency_of(database, reach)
        self._own = agency.display if agency else queries.operation_name(database)
        self._case_id = case_id(ledger, agency)
        self.others = case_imports.standing(seen_imports(reach, database)) if leaving.others else []
        self._files = case_files.count(database, reach.acquisitions)
        self._total = self._files + sum(row.records for row in self.others)
        self.vocabulary = self._chosen()
        self.sent: list[SentCase] = []
        self._records = 0

    def _chosen(self) -> Vocabulary:
        if self._leaving.vocabulary:
            return self._categories.vocabulary(self._leaving.vocabulary)
        used = {row.vocabulary for row in self.others} | case_files.vocabularies(self._database)
        if len(used) > 1:
            raise Unmapped(
                f"These files are graded by {', '.join(sorted(used))}: say by --vocabulary in which of them, or of"
                " others, the categories are to be written."
            )
        return self._categories.vocabulary(next(iter(used), NEUTRAL))

    def parts(self) -> Iterator[str]:
        """The file, as it is read."""
        if self._leaving.form is CaseForm.VICS:
            yield from vics(model_of(self.vocabulary.name), self._vics_cases())
            return
        yield case_csv.header()
        if self._files:
            case = CsvCase(self._case_id, self._own, self.vocabulary.name)
            for media in self._counted(self._own_media(), self._own, self._case_id):
                yield case_csv.lines(case, media)
        for row in self.others:
            case = CsvCase(row.case_id, row.source, self.vocabulary.name)
            for record in self._counted(self._written_on(row), row.source, row.case_id):
                yield case_csv.lines(case, media_of(record))

    def _vics_cases(self) -> Iterator[tuple[Mapping[str, Any], Iterable[Mapping[str, Any]]]]:
        if self._files:
            header: dict[str, Any] = {
                "CaseID": self._case_id,
                "CaseNumber": queries.operation_name(self._database),
                "ContactOrganization": self._own,
                "SourceApplicationName": "Amparo",
                "SourceApplicationVersion": __version__,
                MEDIA: None,
                "TotalMediaFiles": 0,
            }
            header = with_property(header, VOCABULARY, self.vocabulary.name)
            own = self._counted(self._own_media(), self._own, self._case_id)
            yield header, self._numbered(own, header)
        for row in self.others:
            header = with_property(dict(row.header), VOCABULARY, self.vocabulary.name)
            if ReadCase(header, "").stated(SOURCE, "ContactOrganization") != row.source:
                header = with_property(header, SOURCE, row.source)
            yield header, self._counted(self._written_on(row), row.source, row.case_id)

    @staticmethod
    def _numbered(files: Iterator[CaseMedia], header: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        for number, media in enumerate(files, 1):
            yield fields_of(media, number)
            header["TotalMediaFiles"] = number

    def _counted(self, records: Iterable[Any], source: str, of: str) -> Iterator[Any]:
        count = 0
        for record in records:
            yield record
            count += 1
            self._records += 1
            if self._tell is not None and self._records % _EVERY == 0:
                share = min(self._records / max(self._total, 1), 1.0)
                self._tell(ExchangeProgress(self._records, share, time.monotonic() - self._began))
        self.sent.append(SentCase(source, of, count))

    def _own_media(self) -> Iterator[CaseMedia]:
        """The files that are here, with what imports say of them that has no other place."""
        stated_by = {row.id for row in self.others}
        for page in case_files.pages(self._database, self._reach.acquisitions):
            md5s = {file.digests.md5: file.digests for file in page}
            stated: dict[bytes, list[CaseMedia]] = {}
            for md5, sha1, sha256, record in case_imports.about(self._database, stated_by, list(md5s)):
                if sha1 in (None, md5s[md5].sha1) and sha256 in (None, md5s[md5].sha256):
                    stated.setdefault(md5, []).append(media_of(json.loads(record), places=False))
            for file in page:
                media, verdict = media_of_file(
                    file, stated.get(file.digests.md5, ()), self._displays, self._categories, notes=self._leaving.notes
                )
                if verdict.category:
                    where = f"{file.places[0].item_path}" if file.places else f"File {file.id}"
                    code = self._categories.written(verdict.category, verdict.vocabulary, self.vocabulary, where)
                    media = replace(media, category=code)
                yield media

    def _written_on(self, row: CaseImportRow) -> Iterator[Mapping[str, Any]]:
        """The records of a case that was brought in: as they came, unless their categories are written otherwise."""
        as_read = replace(self._categories, mapped=row.facts["mapped"])
        as_it_came = row.vocabulary == self.vocabulary.name and not as_read.mapped and not self._categories.mapped
        vocabulary = self._categories.vocabulary(row.vocabulary)
        where = f"Import {row.id}, of {row.source}"
        for text in case_imports.records(self._database, row.id):
            fields = json.loads(text)
            if as_it_came:
                yield fields
                continue
            media = media_of(fields, places=False)
            code, said = "", [as_read.said(each, vocabulary, where) for each in media.said]
            if media.category:
                read = as_read.read(media.category, vocabulary, where)
                code = self._categories.written(read, row.vocabulary, self.vocabulary, where)
                said = said or [Said(row.source, row.vocabulary, read, media.flags)]
            yield restated(fields, code, said)
