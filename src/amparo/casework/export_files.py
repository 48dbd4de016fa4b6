"""Lists of files that leave the workbench: each with a justification, and an entry in the ledger."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from amparo.casework import files
from amparo.casework.disclose import NoReason
from amparo.casework.file_rows import COLUMNS, row_of
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.search import Search
from amparo.exchange.cells import cell
from amparo.records.catalogue.description import FileRow
from amparo.records.database import Database
from amparo.records.ledger import Ledger


class ExportForm(StrEnum):
    """How a list is written."""

    CSV = "csv"
    JSON = "json"


def export(
    search: Search,
    form: ExportForm,
    *,
    chosen: Sequence[int] = (),
    reason: str,
    reach: Reach,
    database: Database,
    ledger: Ledger,
    folder: Path,
) -> Iterator[str]:
    """What a search finds (of it, where any are `chosen`, these occurrences), in parts of text, as it is read.

    The ledger says so before the first part is given. Raise `NoReason`, `Forbidden`, and what `files.find` raises.
    """
    reach.require(Act.EXPORT)
    if not reason.strip():
        raise NoReason("Say why this list is to leave the workbench: give a reason.")
    found = files.find(search, limit=0, at_once=True, reach=reach, database=database, folder=folder).total
    with database.transaction():
        ledger.append(
            "files.export",
            {"form": form.value, "files": min(found, len(set(chosen))) if chosen else found},
            {"officer": reach.officer, "reason": reason, "search": str(search)},
        )
        ledger.sign_head()
    rows = files.every(search, chosen=chosen, reach=reach, database=database, folder=folder)
    return _csv(rows) if form is ExportForm.CSV else _json(rows)


def _csv(rows: Iterator[FileRow]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = row_of(row)
        writer.writerow([cell(values[column]) for column in COLUMNS])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _json(rows: Iterator[FileRow]) -> Iterator[str]:
    separator = "["
    for row in rows:
        yield separator + json.dumps(row_of(row), ensure_ascii=False)
        separator = ",\n "
    yield "[]\n" if separator == "[" else "]\n"
