"""Lists of files leave the workbench with a reason, as far as an officer may see."""

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from amparo.casework.disclose import NoReason
from amparo.casework.export_files import ExportForm, export
from amparo.casework.file_rows import COLUMNS
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.search import Search
from amparo.records import ledger as ledgers
from amparo.records.database import Database
from contracts import catalogue as made
from contracts.examination import begin


def reach(*acquisitions: int, role: Role = Role.EXAMINER) -> Reach:
    return Reach("ana", "Alfama", frozenset({role}), Purpose.OPERATIONAL_ANALYSIS, frozenset(acquisitions))


def test_a_list_holds_what_may_be_seen_whatever_evidence_calls_it(database: Database, tmp_path: Path) -> None:
    bench = begin(database)
    other = made.exhibit(bench, "ES-8")
    made.examine(bench, random.Random(1), 0, 20)
    made.examine(other, random.Random(2), 100, 9)
    at: dict[str, Any] = {"database": database, "ledger": bench.ledger, "folder": tmp_path}
    written = "".join(export(Search(), ExportForm.CSV, reason="charges", reach=reach(1), **at))
    rows = list(csv.DictReader(io.StringIO(written)))
    found = [row.item_path for row in made.rows_by_hand(bench, {1: "ES-7"}, made.ClustersKept("", lambda: iter(())))]
    assert [row["item_path"] for row in rows] == found
    assert tuple(rows[0]) == COLUMNS
    told = json.loads("".join(export(Search(), ExportForm.JSON, reason="charges", reach=reach(2), **at)))
    assert {each["item_path"].partition("!")[0] for each in told} == {"ES-8"}
    ids = [row[0] for row in database.fetch("SELECT id FROM occurrence ORDER BY id")]
    some = json.loads("".join(export(Search(), ExportForm.JSON, chosen=ids, reason="r", reach=reach(2), **at)))
    assert some == told
    none = "".join(export(Search.parse("make=nobody"), ExportForm.JSON, reason="r", reach=reach(1), **at))
    assert json.loads(none) == []
    entry = list(ledgers.entries(database))[-4]
    assert (entry.act, entry.facts) == ("files.export", {"form": "csv", "files": len(found)})


def test_no_list_leaves_without_a_reason_or_a_role(database: Database, tmp_path: Path) -> None:
    bench = begin(database)
    at: dict[str, Any] = {"database": database, "ledger": bench.ledger, "folder": tmp_path}
    before = ledgers.size(database)
    with pytest.raises(NoReason):
        export(Search(), ExportForm.CSV, reason=" ", reach=reach(1), **at)
    with pytest.raises(Forbidden):
        export(Search(), ExportForm.CSV, reason="charges", reach=reach(1, role=Role.REVIEWER), **at)
    assert ledgers.size(database) == before
