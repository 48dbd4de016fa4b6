"""Databases: what they refuse, and under which name."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from amparo.domain.errors import Busy
from amparo.records import database as databases
from amparo.records import registers
from amparo.records.database import Conflict, Database, DiskFull, NewerWorkbench, NoDatabase, ReadOnly, connect
from amparo.records.verification import verify_ledger, verify_store
from contracts.examination import Bench, begin


def test_the_tables_are_those_of_this_version(database: Database) -> None:
    assert database.check_version()
    database.migrate()
    assert database.check_version()


def test_the_migrations_make_what_the_models_say() -> None:
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    assert changes == {}


def test_a_newer_workbench_is_refused(database: Database) -> None:
    database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('records', '0099_later', '2030-01-01 00:00:00')"
    )
    with pytest.raises(NewerWorkbench, match="update Amparo"):
        database.check_version()
    with pytest.raises(NewerWorkbench, match="0099_later"):
        database.migrate()


def test_no_workbench_is_said(tmp_path: Path, postgresql_server: str) -> None:
    missing = connect(tmp_path / "none.sqlite3")
    with pytest.raises(NoDatabase, match="amparo init"):
        missing.check_version()
    assert not (tmp_path / "none.sqlite3").exists()
    (tmp_path / "text.sqlite3").write_text("not a database at all, but long enough to have a header" * 20)
    for place, said in (
        (str(tmp_path / "text.sqlite3"), "damaged"),
        (postgresql_server, "amparo init"),
        (postgresql_server.replace("/postgres?", "/nothing?"), "cannot be opened"),
        ("postgresql://amparo@/postgres?host=/nowhere", "cannot be opened"),
    ):
        found = connect(place)
        with pytest.raises(NoDatabase, match=said):
            found.check_version()
        found.close()
    with pytest.raises(NoDatabase):
        connect("postgresql://amparo@host/")


def test_a_password_is_not_shown() -> None:
    found = connect("postgresql://ana:s%20cret@host:99/alfama?connect_timeout=1")
    assert found.place == "the database alfama on host"
    found.close()


def test_all_or_nothing(database: Database) -> None:
    def act() -> None:
        registers.add_operation(database, "Alfama")
        with database.transaction():
            registers.add_officer(database, "ana", "Ana")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.transaction():
        act()
    assert not database.in_transaction
    assert database.fetch("SELECT count(*) FROM operation") == [(0,)]
    assert database.fetch("SELECT count(*) FROM officer") == [(0,)]


def test_the_same_twice_is_a_conflict(bench: Bench) -> None:
    with pytest.raises(Conflict), bench.database.transaction():
        registers.add_operation(bench.database, "Alfama")


@pytest.mark.parametrize("table", ["ledger_entry", "tree_head"])
def test_the_ledger_takes_nothing_but_new_rows(bench: Bench, table: str) -> None:
    key = {"ledger_entry": "position", "tree_head": "size"}[table]
    other = {"ledger_entry": "subtrees", "tree_head": "root"}[table]
    statements = [f"UPDATE {table} SET {other} = {other}", f"DELETE FROM {table}", f"UPDATE {table} SET {key} = 9"]
    if bench.database.vendor == "sqlite":
        columns = "position, entry, subtrees" if table == "ledger_entry" else "size, root, envelope"
        statements.append(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}")
    else:
        statements.append(f"TRUNCATE {table}")
    for statement in statements:
        with pytest.raises(Exception, match="append-only"), bench.database.transaction():
            bench.database.execute(statement)
    verify_ledger(bench.database, bench.public_key)


def test_a_read_only_database_is_said(database: Database) -> None:
    database.execute(
        "PRAGMA query_only = ON" if database.vendor == "sqlite" else "SET default_transaction_read_only = on"
    )
    with pytest.raises(ReadOnly, match="may not be written"), database.transaction():
        registers.add_operation(database, "Alfama")


def test_a_full_disk_is_said(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "w.sqlite3")
    full = connect(tmp_path / "w.sqlite3")
    begin(full)
    pages = full.fetch("PRAGMA page_count")[0][0]
    full.fetch(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match="free some space"), full.transaction():
        registers.add_officer(full, "x" * 10_000_000, "")
    full.fetch("PRAGMA max_page_count = 1000000")
    assert full.fetch("SELECT count(*) FROM officer") == [(1,)]
    verify_store(full)
    full.close()


def test_a_writer_that_does_not_end_is_said(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_BUSY_S", 0.05)
    shutil.copy(sqlite_template, tmp_path / "w.sqlite3")
    first, second = connect(tmp_path / "w.sqlite3"), connect(tmp_path / "w.sqlite3")
    with first.transaction(), pytest.raises(Busy, match="wait"), second.transaction():
        pytest.fail("two wrote at once")
    first.close()
    second.close()


def test_two_workbenches_at_once(database_address: str, tmp_path: Path) -> None:
    one, other = connect(database_address), connect(tmp_path / "other.sqlite3")
    other.migrate()
    with one.transaction(), other.transaction():
        registers.add_operation(one, "Alfama")
        registers.add_operation(other, "Chiado")
    assert one.fetch("SELECT name FROM operation") == [("Alfama",)]
    assert other.fetch("SELECT name FROM operation") == [("Chiado",)]
    one.close()
    assert other.fetch("SELECT name FROM operation") == [("Chiado",)]
    other.close()


HOLDER = """
import sys, time
from amparo.records.database import connect
with connect(sys.argv[1]).hold("examine ES-7"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_process_at_a_time_holds_and_its_death_frees(database: Database, database_address: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, database_address], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Busy, match="examine ES-7 is being done"), database.hold("examine ES-7"):
            pytest.fail("two held at once")
        with database.hold("examine ES-8"):
            pass
        holder.kill()
    for _ in range(1_200):  # a server notices the death of its client a moment later
        try:
            with database.hold("examine ES-7"):
                return
        except Busy:
            time.sleep(0.05)
    pytest.fail("the lock outlived its holder")
