"""What an imported case says of files that are here, as gradings of them."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from amparo.casework.case_categories import Categories
from amparo.casework.case_identity import agency_of
from amparo.domain.case_exchange import CaseMedia, Said
from amparo.domain.errors import NotFound
from amparo.domain.grading import Round
from amparo.domain.need_to_know import Reach
from amparo.exchange.case_vics import media_of
from amparo.records import case_imports, gradings, queries
from amparo.records.case_imports import CaseImportRow
from amparo.records.database import Database
from amparo.records.gradings import Decision
from amparo.records.members import AgencyRow
from amparo.records.registers import Recorded

_PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class Graded:
    """What came of an imported case for the files that are here."""

    here: int
    """Records whose file is here."""
    by_md5_alone: int
    contradicting: int
    gradings: int
    """Of files, each by one agency."""
    repeated: int
    """Those that would only have said again what is on record."""
    recorded: Sequence[Recorded]


def grade(
    row: CaseImportRow,
    *,
    reach: Reach,
    categories: Categories,
    database: Database,
    officer: int,
    at: datetime,
    heard_before: bool = False,
    tell: Callable[[float], None] = lambda share: None,
) -> Graded:
    """Grade the files that are here and within reach by what a case says of them. Called inside a transaction.

    What the same source said last of a file is not said again, even where that was taken back here; of a case that was
    `heard_before`, nothing that it ever said. Of the agency for which this is done, only its own cases are heard, and
    only where they say what it does not say here. `tell` is told which share is done. Raise `Unmapped`, or `NotFound`
    where it is not known whose gradings they would be.
    """
    agency = agency_of(database, reach)
    own = {agency.name, agency.display} if agency else set()
    found = list(case_imports.here(database, row.id, reach.acquisitions))
    files: dict[int, list[int]] = defaultdict(list)
    for each in found:
        if each.agrees:
            files[each.record].append(each.media_file)
    latest: dict[tuple[int, str], Said] = {}
    for number, (record, media) in enumerate(_read(database, sorted(files))):
        if number % _PAGE_ROWS == 0:
            tell(number / len(files))
        for said in _statements(media, row, categories):
            if said.agency not in own or row.source in own:
                latest |= {(file, said.agency): said for file in files[record]}
    groups: dict[Said, list[int]] = defaultdict(list)
    for (file, _), said in _new(database, latest, agency.name if agency else "", own, heard_before):
        groups[said].append(file)
    recorded = _stored(groups, row, agency, categories, database, officer, at)
    here, made = {each.record for each in found}, sum(map(len, groups.values()))
    return Graded(
        len(here),
        len({each.record for each in found if each.basis == "md5"}),
        len(here - files.keys()),
        made,
        len(latest) - made,
        recorded,
    )


def _read(database: Database, records: Sequence[int]) -> Iterator[tuple[int, CaseMedia]]:
    for start in range(0, len(records), _PAGE_ROWS):
        page = records[start : start + _PAGE_ROWS]
        texts = case_imports.some(database, page)
        for record in page:
            yield record, media_of(json.loads(texts[record]), places=False)


def _statements(media: CaseMedia, row: CaseImportRow, categories: Categories) -> Iterator[Said]:
    """What a record says, agency by agency, in vocabularies that are known here; nothing where it decides nothing."""
    vocabulary = categories.vocabulary(row.vocabulary)
    where = f"Import {row.id}"
    if media.said:
        said = [categories.said(each, vocabulary, where) for each in media.said if each.category]
    elif media.category:
        code = categories.read(media.category, vocabulary, where)
        said = [Said(row.source, vocabulary.name, code, media.flags)]
    else:
        said = []
    for each in said:
        if categories.vocabulary(each.vocabulary).category(each.category).decided:
            yield each


def _new(
    database: Database, latest: Mapping[tuple[int, str], Said], agency: str, own: Collection[str], heard_before: bool
) -> Iterator[tuple[tuple[int, str], Said]]:
    """Those of the statements that their source did not make last, nor, of `own` ones, an officer of the `agency`."""
    keys = sorted(latest)
    for start in range(0, len(keys), _PAGE_ROWS):
        page = keys[start : start + _PAGE_ROWS]
        before: dict[tuple[int, str], Said] = {}
        known: set[tuple[int, Said]] = set()
        for file, made in gradings.gradings(database, sorted({file for file, _ in page})).items():
            for each in made:
                said = Said(each.source, each.vocabulary, each.category, each.flags)
                if each.source:
                    before[file, each.source] = said
                    known |= {(file, said)} if heard_before else set()
                elif each.agency == agency:
                    known |= {(file, replace(said, agency=name)) for name in own}
        for key in page:
            if before.get(key) != latest[key] and (key[0], latest[key]) not in known:
                yield key, latest[key]


def _stored(
    groups: Mapping[Said, Sequence[int]],
    row: CaseImportRow,
    agency: AgencyRow | None,
    categories: Categories,
    database: Database,
    officer: int,
    at: datetime,
) -> list[Recorded]:
    if not groups:
        return []
    if agency is None:
        raise NotFound(
            "Gradings of files that are here are kept for an agency, and it is not known whose you are: add it by"
            " `amparo members add-agency`, and yourself by `amparo members add`."
        )
    before = case_imports.gradings_from(database, row.id)
    return [
        gradings.add_grading(
            database,
            Decision(
                Round.FIRST,
                said.vocabulary,
                said.category,
                categories.vocabulary(said.vocabulary).category(said.category).meaning,
                said.flags,
                f"Import {row.id}.",
                said.agency,
            ),
            files,
            operation=queries.only_operation(database),
            officer=officer,
            agency=agency.id,
            at=at,
            submission=f"{case_imports.submission(row.id)}{before + number}",
        )
        for number, (said, files) in enumerate(groups.items(), 1)
    ]
