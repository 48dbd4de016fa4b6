"""How fast acts are found in the ledger: `python benchmarks/ledger.py [--entries N] [--database ADDRESS]`.

Entries are made up, by the rows that an operation of some years leaves: most store findings or consult files, few have
a justification. Prints the best of three runs of each question, with all that a page of results reads.
"""

import argparse
import os
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from amparo import Workbench
from amparo.domain.canonical import canonical
from amparo.records import ledger_search
from amparo.records.bulk import insert
from amparo.records.database import Database, connect
from amparo.records.ledger_search import Sought
from amparo.records.rows import Table

ENTRIES = Table("ledger_entry", ("position", "entry", "subtrees"), ("int8", "bytea", "bytea"), lambda row: row)
OPENINGS = Table("commitment", ("entry", "name", "key", "value"), ("int8", "text", "bytea", "text"), lambda row: row)
ACTS = (
    *("examination.batch",) * 40,
    *("file.consult",) * 30,
    *("file.unveil",) * 10,
    *("file.head",) * 5,
    *("item.disclose",) * 2,
    *("exhibit.match", "report.write", "hash_set.look_up", "ledger.read", "task.begin"),
)
REASONED = ("file.unveil", "file.head", "item.disclose", "hash_set.look_up", "report.write")
WORDS = ("series", "victim identification", "near copies", "request of the prosecutor", "quality control")
CONSULTING = frozenset({"file.consult", "file.unveil", "file.head", "item.disclose", "hash_set.look_up"})
QUESTIONS = {
    "newest": Sought(),
    "who consulted": Sought(acts=CONSULTING),
    "officer": Sought(officer="officer007"),
    "officer that is not there": Sought(officer="nobody"),
    "justification, common": Sought(reason="series"),
    "justification, rare": Sought(reason="case 9972"),
    "justification, none": Sought(reason="no such words"),
    "exhibit": Sought(acquisitions=(7,), exhibits=(7,)),
    "exhibit and officer": Sought(acquisitions=(7,), exhibits=(7,), officer="officer007"),
    "seven months": Sought(since="2026-02-01", until="2026-09-01"),
    "a day": Sought(since="2026-05-01", until="2026-05-02"),
    "a month, officer, justification": Sought(
        since="2026-05-01", until="2026-06-01", officer="officer007", reason="prosecutor"
    ),
    "file by number": Sought(files=(777,)),
    "file by name": Sought(file="IMG_4711.jpg"),
    "none of a common act": Sought(acts=frozenset({"file.consult"}), reason="no such words"),
}


def main() -> None:
    """Make a ledger, ask it, and print a table in markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--database", default="sqlite", help="or the address of an empty PostgreSQL database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "workbench"
        Workbench.init(place, database=options.database, key_file=Path(folder) / "key", by="ana").close()
        sqlite = options.database == "sqlite"
        database = connect(place / "amparo.sqlite3" if sqlite else options.database)
        _fill(database, options.entries)
        print(f"{options.entries:,} entries, {database.vendor}, {os.cpu_count()} cores, best of three:\n")
        print("| question | ms | entries found |\n|---|---|---|")
        for name, sought in QUESTIONS.items():
            took_s, found = min(_asked(database, sought) for _ in range(3))
            print(f"| {name} | {took_s * 1000:.1f} | {found} |")
        began_s = time.perf_counter()
        days = len(list(ledger_search.acts_by_day(database)))
        print(f"| acts by day | {(time.perf_counter() - began_s) * 1000:.1f} | {days} |")
        database.close()


def _asked(database: Database, sought: Sought) -> tuple[float, int]:
    began_s = time.perf_counter()
    found = ledger_search.found(database, ledger_search.positions(database, sought, limit=51))
    return time.perf_counter() - began_s, len(found)


def _fill(database: Database, count: int) -> None:
    chance = random.Random(1)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    start = database.fetch("SELECT max(position) FROM ledger_entry")[0][0] + 1
    for block in range(start, start + count, 10_000):
        entries: list[tuple[object, ...]] = []
        openings: list[tuple[object, ...]] = []
        for index in range(block, min(block + 10_000, start + count)):
            act = chance.choice(ACTS)
            facts = {"acquisition": chance.randrange(1, 40)} if act in ("examination.batch", *REASONED) else {}
            if act.startswith("file."):
                facts["file"] = chance.randrange(1, 500_000)
            personal = {} if act == "examination.batch" else {"officer": f"officer{chance.randrange(60):03}"}
            if act in REASONED:
                personal["reason"] = f"{chance.choice(WORDS)} of case {index % 9973}"
            if act in ("file.head", "item.disclose"):
                personal["item"] = f"ES-7!folder:/DCIM/IMG_{index % 50_000}.jpg"
            at = (first + timedelta(seconds=25 * index)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            written = {"act": act, "at": at, "commitments": dict.fromkeys(personal, "0" * 76), "facts": facts}
            entries.append((index, canonical({**written, "index": index, "version": 1}), bytes(64)))
            openings += [(index, name, bytes(32), value) for name, value in personal.items()]
        with database.transaction(durable=False):
            insert(database, ENTRIES, entries)
            insert(database, OPENINGS, openings)


if __name__ == "__main__":
    main()
