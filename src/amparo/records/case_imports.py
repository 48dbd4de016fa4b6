"""Cases of other agencies as they came, written in one transaction and read page by page.

The digest of the records of an import is SHA-256 over the RFC 8785 form of each of them as an array: `case_record`, id,
import, MD5, SHA-1 and SHA-256 in hexadecimal, the record. The ledger holds the import with it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from amparo.domain.canonical import canonical, canonical_rows
from amparo.domain.finding import Fact
from amparo.domain.ledger import written_time
from amparo.records import models, one_file
from amparo.records.bulk import insert, matching
from amparo.records.database import Database
from amparo.records.registers import Recorded
from amparo.records.rows import Row, Table, Written

_PAGE_ROWS = 1_000
_KEYS = 500
_JOINED_ROWS = 100_000
_ID = "int8"


def _written(row: Row) -> Written:
    id_, of, md5, sha1, sha256, record = row
    digests = (None if value is None else bytes(value).hex() for value in (md5, sha1, sha256))
    return ("case_record", id_, of, *digests, record)


CASE_RECORD = Table(
    "case_record",
    ("id", "case_import_id", "md5", "sha1", "sha256", "record"),
    (_ID, _ID, "bytea", "bytea", "bytea", "text"),
    _written,
)


class NewRecord(NamedTuple):
    """A record to be stored."""

    md5: bytes | None
    sha1: bytes | None
    sha256: bytes | None
    record: str
    """JSON in ASCII."""


@dataclass(frozen=True, slots=True)
class CaseImportRow:
    """A case that was brought in."""

    id: int
    officer: str
    agency: str
    """Short name of the one for which it was brought in; empty where there are no agencies."""
    at: str
    source: str
    case_id: str
    vocabulary: str
    header: Mapping[str, Any]
    facts: Mapping[str, Any]
    records: int


class Here(NamedTuple):
    """A record whose file is in the workbench."""

    record: int
    """Its id."""
    media_file: int
    basis: str
    """The strongest digest that the record states: `sha256`, `sha1` or `md5`."""
    agrees: bool
    """Whether every digest that the record states is the file's."""


def add_import(
    database: Database,
    *,
    operation: int,
    officer: int,
    agency: int | None,
    at: datetime,
    source: str,
    case_id: str,
    vocabulary: str,
    header: str,
    facts: Mapping[str, Fact],
    records: Iterable[NewRecord],
) -> Recorded:
    """Store a case with its records, which are taken as they come. Called inside a transaction."""
    import_id = (database.fetch("SELECT max(id) FROM case_import")[0][0] or 0) + 1
    first = (database.fetch("SELECT max(id) FROM case_record")[0][0] or 0) + 1
    digest, count = hashlib.sha256(), 0
    pending = iter(records)
    while part := list(islice(pending, _PAGE_ROWS)):
        rows = [(first + count + number, import_id, *record) for number, record in enumerate(part)]
        insert(database, CASE_RECORD, rows)
        digest.update(canonical_rows(map(_written, rows)))
        count += len(rows)
    with database.errors():
        row = models.CaseImport.objects.using(database.alias).create(
            id=import_id,
            operation_id=operation,
            officer_id=officer,
            agency_id=agency,
            at=written_time(at),
            source=source,
            case_id=case_id,
            vocabulary=vocabulary,
            header=header,
            facts=canonical(facts).decode(),
            records=count,
            records_digest=digest.digest(),
        )
    return recorded_import(row)


def recorded_import(row: models.CaseImport) -> Recorded:
    """The row as it is committed to."""
    fields: dict[str, Fact] = {
        "operation": row.operation_id,
        "officer": row.officer_id,
        "agency": row.agency_id,
        "at": row.at,
        "source": row.source,
        "case_id": row.case_id,
        "vocabulary": row.vocabulary,
        "header": row.header,
        "facts": row.facts,
        "records": str(row.records),
        "digest": bytes(row.records_digest).hex(),
    }
    return Recorded("case_import", row.pk, canonical(fields).decode())


def recorded_cases(database: Database) -> Iterator[Recorded]:
    """Every import as it is committed to; as nobody ever committed to it, where its records are not those."""
    for row in models.CaseImport.objects.using(database.alias):
        whole = digest_of(database, row.pk) == (bytes(row.records_digest), row.records)
        yield recorded_import(row) if whole else Recorded("case_import", row.pk, "")
    strays = database.fetch(
        "SELECT DISTINCT case_import_id FROM case_record r"
        " WHERE NOT EXISTS (SELECT 1 FROM case_import i WHERE i.id = r.case_import_id)"
    )
    yield from (Recorded("case_import", number, "") for (number,) in strays)


def digest_of(database: Database, case_import: int) -> tuple[bytes, int]:
    """The digest of the records of an import as they are stored now, and how many there are."""
    digest, count = hashlib.sha256(), 0
    for page in _pages(database, case_import, CASE_RECORD.columns):
        digest.update(canonical_rows(map(_written, page)))
        count += len(page)
    return digest.digest(), count


def imports(database: Database, agency: str | None = None) -> list[CaseImportRow]:
    """What was brought in, oldest first; where an agency is named, for that one only."""
    condition, values = ("", ()) if agency is None else (" WHERE a.name = %s", (agency,))
    with database.errors():
        found = database.fetch(
            "SELECT i.id, o.name, a.name, i.at, i.source, i.case_id, i.vocabulary, i.header, i.facts, i.records"  # noqa: S608
            " FROM case_import i JOIN officer o ON o.id = i.officer_id LEFT JOIN agency a ON a.id = i.agency_id"
            f"{condition} ORDER BY i.id",
            values,
        )
    return [
        CaseImportRow(
            id_, officer, name or "", at, source, case_id, vocabulary, json.loads(header), json.loads(facts), count
        )
        for id_, officer, name, at, source, case_id, vocabulary, header, facts, count in found
    ]


def standing(rows: Sequence[CaseImportRow]) -> list[CaseImportRow]:
    """Those in whose place no later one stands: of the same case, from the same source, for the same agency."""
    last = set({(row.agency, row.source, row.case_id or str(row.id)): row.id for row in rows}.values())
    return [row for row in rows if row.id in last]


def records(database: Database, case_import: int) -> Iterator[str]:
    """The records of an import as they came, in order."""
    for page in _pages(database, case_import, ("id", "record")):
        yield from (record for _, record in page)


def _pages(database: Database, case_import: int, columns: Sequence[str]) -> Iterator[list[Any]]:
    after = 0
    while True:
        with database.errors():
            page = database.fetch(
                f"SELECT {', '.join(columns)} FROM case_record WHERE case_import_id = %s AND id > %s"  # noqa: S608
                " ORDER BY id LIMIT %s",
                (case_import, after, _PAGE_ROWS),
            )
        if page:
            yield page
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1][0]


_JOINS = (
    ("sha256", "r.sha256 IS NOT NULL", "m.sha256 = r.sha256 AND m.operation_id = (SELECT min(id) FROM operation)"),
    ("sha1", "length(r.sha256) IS NULL AND r.sha1 IS NOT NULL", "m.sha1 = r.sha1"),
    ("md5", "length(r.sha256) IS NULL AND length(r.sha1) IS NULL", "m.md5 = r.md5"),
)


def here(database: Database, case_import: int, acquisitions: Collection[int]) -> Iterator[Here]:
    """The records of an import whose files lie in `acquisitions`, by the strongest digest that each states."""
    query = "SELECT min(id), max(id) FROM case_record WHERE case_import_id = %s"
    with database.errors():
        first, last = database.fetch(query, (case_import,))[0]
    for start in range(first or 0, (last or -1) + 1, _JOINED_ROWS):
        for basis, stated, same in _JOINS:
            # Files have an index of their SHA-256 alone, records one of each digest. SQLite takes a CROSS JOIN in the
            # order in which it is written, and no index of what stands behind a plus or in `length`.
            page = "r.case_import_id = %s AND r.id >= %s AND r.id < %s"
            tables = "case_record r CROSS JOIN media_file m"
            if basis != "sha256":
                page, tables = page.replace("r.", "+r."), "media_file m CROSS JOIN case_record r"
            with database.errors():
                found = database.fetch(
                    "SELECT r.id, m.id, (r.sha1 IS NULL OR r.sha1 = m.sha1) AND (r.md5 IS NULL OR r.md5 = m.md5)"  # noqa: S608
                    f" FROM {tables} WHERE {same} AND {page} AND {stated}",
                    (case_import, start, start + _JOINED_ROWS),
                )
            seen = one_file.visible(database, [row[1] for row in found], acquisitions)
            yield from (Here(record, file, basis, bool(agrees)) for record, file, agrees in found if file in seen)


def some(database: Database, ids: Sequence[int]) -> Mapping[int, str]:
    """The records with these ids, as they came."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), _KEYS):
        with database.errors():
            query = "SELECT id, record FROM case_record WHERE id {keys}"
            found.update(matching(database, query, ids[start : start + _KEYS]))
    return found


def about(
    database: Database, imports_: Collection[int], md5s: Sequence[bytes]
) -> Iterator[tuple[bytes, bytes | None, bytes | None, str]]:
    """What some imports say of files by their MD5, oldest first: MD5, SHA-1, SHA-256 and the record."""
    query = "SELECT md5, sha1, sha256, record, case_import_id FROM case_record WHERE md5 {keys} ORDER BY id"
    for start in range(0, len(md5s), _KEYS):
        with database.errors():
            rows = matching(database, query, md5s[start : start + _KEYS])
        for md5, sha1, sha256, record, of in rows:
            if of in imports_:
                yield bytes(md5), _bytes(sha1), _bytes(sha256), record


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def gradings_from(database: Database, case_import: int) -> int:
    """How many gradings came of an import so far."""
    with database.errors():
        found = database.fetch(
            "SELECT count(*) FROM grading WHERE submission LIKE %s", (f"{submission(case_import)}%",)
        )
    return int(found[0][0])


def submission(case_import: int) -> str:
    """How the submissions of gradings begin that come of an import."""
    return f"import {case_import} "
