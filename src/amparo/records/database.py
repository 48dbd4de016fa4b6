"""The database of a workbench: one SQLite file, or a PostgreSQL database for teams.

Each workbench has its own connection under its own alias, so that two can be open in one process.

What is committed is durable: SQLite runs in WAL mode with synchronous=FULL, PostgreSQL as it is configured. Only
the batches of an examination are committed with less (`durable=False`: synchronous=NORMAL, synchronous_commit=off):
a power failure can take the last of them back, whole and together with their ledger entries, and the examination does
them again when it is resumed. A killed process loses nothing that was committed, in either way.
"""

import contextlib
import hashlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from amparo.domain.errors import AmparoError, Busy, MissingExtra
from amparo.domain.sentence import Sentence
from amparo.records.apps import Records

_BUSY_S = 30.0
_ALIASES = itertools.count(1)
_WRITER_KEY = int.from_bytes(b"amparo-w") - 2**63
"""The PostgreSQL advisory lock of whoever writes to a workbench's database."""
_SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON; PRAGMA cache_size=-65536;"
    # Pages of indexes are written again with each batch: copy them from the log to the file once in 64 MiB, not in 4.
    " PRAGMA wal_autocheckpoint=16384; PRAGMA temp_store=MEMORY"
)


_KEPT = {"CONN_MAX_AGE": None}
"""A thread keeps its connection from one request of a server to the next."""


class NoDatabase(AmparoError):
    """There is no workbench's database here, it cannot be reached, or it is damaged."""


class NewerWorkbench(AmparoError):
    """The workbench was written by a newer Amparo."""


class DiskFull(AmparoError):
    """The database cannot grow."""


class ReadOnly(AmparoError):
    """The database may not be written."""


class Conflict(AmparoError):
    """The same thing is in the database already."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. `connect` makes it; each thread has its own connection behind it."""

    alias: str
    """Under which Django's connections know it: `Model.objects.using(alias)`."""
    place: str
    """How messages name it: a path, or host and name without a password."""
    file: Path | None
    """The SQLite file; `None` for PostgreSQL."""

    @property
    def vendor(self) -> str:
        """`sqlite` or `postgresql`."""
        return str(connections[self.alias].vendor)

    def migrate(self) -> None:
        """Make the tables, or bring them to this version of Amparo; raise `NewerWorkbench` where they are beyond it."""
        with self.errors():
            executor = self._executor()
            executor.migrate(executor.loader.graph.leaf_nodes())

    def check_version(self) -> bool:
        """Whether the tables are those of this version of Amparo (else they are older: `migrate`).

        Raise `NewerWorkbench` where they are of a newer one, `NoDatabase` where there are none.
        """
        if self.file is not None and not self.file.is_file():
            raise NoDatabase("There is no workbench's database at {place}: run amparo init.", place=self.place)
        with self.errors():
            executor = self._executor()
            if not executor.loader.applied_migrations:
                raise NoDatabase("{place} holds no workbench: run amparo init.", place=self.place)
            return not executor.migration_plan(executor.loader.graph.leaf_nodes())

    def _executor(self) -> MigrationExecutor:
        executor = MigrationExecutor(connections[self.alias])
        unknown = executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys()
        # Those of log-in and sessions are there where the workbench was served, and known only to who serves.
        if names := ", ".join(sorted(name for app, name in unknown if app == Records.label)):
            raise NewerWorkbench(
                "{place} was written by a newer Amparo (it has {names}): update Amparo.", place=self.place, names=names
            )
        return executor

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All of what is written inside, or nothing. One writer at a time; a nested one is part of the outer.

        With `durable=False` a power failure (not the death of a process) may take the transaction back.
        """
        with self.errors():
            connection = connections[self.alias]
            outermost = not connection.in_atomic_block
            if outermost and connection.vendor == "sqlite":
                self.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with transaction.atomic(using=self.alias, savepoint=False):
                if outermost and connection.vendor == "postgresql":
                    if not durable:
                        self.execute("SET LOCAL synchronous_commit = off")
                    self.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITER_KEY,))
                yield

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open on this thread's connection."""
        return bool(connections[self.alias].in_atomic_block)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement, in which `%s` stands for each parameter and `%%` for a percent sign."""
        self._run(sql, parameters)

    def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query that gives few; written as for `execute`."""
        return list(self._run(sql, parameters).fetchall())

    def _run(self, sql: str, parameters: Sequence[Any]) -> Any:
        # Past Django's cursor, whose layers cost more than most of these statements.
        connection = connections[self.alias]
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            sql = sql.replace("%s", "?").replace("%%", "%")
        with connection.wrap_database_errors:
            return connection.connection.execute(sql, parameters)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Give the database's refusals names that an officer can act on."""
        try:
            yield
        except (OperationalError, DatabaseError, InterfaceError) as error:
            raise self._named(error) from error

    def _named(self, error: Exception) -> Exception:
        text = str(error)
        cause = error.__cause__
        state = str(getattr(cause, "sqlstate", None) or "")
        if isinstance(error, IntegrityError):
            return Conflict("{place} has this already, or refuses it: {why}.", place=self.place, why=_line(text))
        if "disk is full" in text or state == "53100":
            return DiskFull(
                "There is no room left for {place}: free some space and run the same again.", place=self.place
            )
        unopened = "unable to open" in text and self.file is not None and self.file.is_file()
        if unopened or "readonly database" in text or state in {"25006", "42501"}:
            return ReadOnly("{place} may not be written: allow it, or work on a copy.", place=self.place)
        if "locked" in text or state in {"55P03", "40P01", "40001"}:
            return Busy("{place} is being written by another program: wait until it has finished.", place=self.place)
        if "unable to open" in text or (isinstance(error, OperationalError) and not state and self.file is None):
            return NoDatabase("{place} cannot be opened: {why}.", place=self.place, why=_line(text))
        if "not a database" in text or "malformed" in text:
            return NoDatabase(
                "{place} is damaged ({why}): go back to a copy of the workbench.", place=self.place, why=_line(text)
            )
        if "I/O error" in text:
            return NoDatabase(
                "{place} cannot be read or written ({why}): check the disk.", place=self.place, why=_line(text)
            )
        if "no such table" in text or state == "42P01":
            return NoDatabase("{place} holds no workbench: run amparo init.", place=self.place)
        return error

    @contextlib.contextmanager
    def hold(self, what: str | Sentence) -> Iterator[None]:
        """Be the only process that does `what`; raise `Busy`. The end of the process ends it, however it comes."""
        key = hashlib.sha256(str(what).encode()).digest()
        with contextlib.ExitStack() as stack:
            if self.file is not None:
                held = stack.enter_context(_locked_file(self.file.with_name(f"{self.file.name}.{key.hex()[:16]}.lock")))
            else:
                number = int.from_bytes(key[:8], signed=True)
                with self.errors():
                    held = bool(self.fetch("SELECT pg_try_advisory_lock(%s)", (number,))[0][0])
                if held:
                    stack.callback(self.execute, "SELECT pg_advisory_unlock(%s)", (number,))
            if not held:
                raise Busy(
                    "{what} is being done by another process: wait until it has finished, or stop it.", what=what
                )
            yield

    def close(self) -> None:
        """Close this thread's connection and forget the database."""
        connections[self.alias].close()
        with contextlib.suppress(AttributeError):
            del connections[self.alias]
        connections.settings.pop(self.alias, None)


def connect(where: str | Path, alias: str = "") -> Database:
    """The database at `where`: the path of a SQLite file, or `postgresql://USER:PASSWORD@HOST:PORT/NAME?OPTION=…`.

    Nothing is written or created yet; `migrate` does that. Without an `alias` it gets one of its own; a server, which
    has one workbench, calls it `default`. Raise `NoDatabase` or `MissingExtra`.
    """
    alias = alias or f"workbench-{next(_ALIASES)}"
    place, file, configuration = _configuration(where)
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: configuration})[alias]
    with contextlib.suppress(AttributeError):
        del connections[alias]  # where Django has asked for its `default` before
    return Database(alias, place, file)


def _configuration(where: str | Path) -> tuple[str, Path | None, dict[str, Any]]:
    if not str(where).startswith(("postgresql:", "postgres:")):
        path = Path(where).absolute()
        options = {"timeout": _BUSY_S, "transaction_mode": "IMMEDIATE", "init_command": _SQLITE_SETTINGS}
        return str(path), path, {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options, **_KEPT}
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise MissingExtra("PostgreSQL needs the extra postgres: pip install 'amparo[postgres]'.") from error
    parts = urlsplit(str(where))
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", unquote(parts.hostname or ""))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise NoDatabase("A PostgreSQL address names a database: postgresql://USER@HOST/NAME.")
    configuration = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(query),
        **_KEPT,
    }
    return f"the database {name} on {host or 'this machine'}", None, configuration


@contextlib.contextmanager
def _locked_file(path: Path) -> Iterator[bool]:
    """Whether the lock on `path` is held here. Worker processes do not inherit it: the descriptor closes on exec."""
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ReadOnly("{path} may not be written: allow it, or work on a copy.", path=path) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
