"""NSRL's Reference Data Set, version 3: a SQLite database.

Read: `sha256`, `sha1`, `md5` of the table `FILE` (the minimal sets) or `METADATA` (the full ones); where there is no
such table, of the view `DISTINCT_HASH` or `FILE`. Rows that follow each other with the same digests become one entry.
The database is opened read-only and immutable, and may run nothing that its maker wrote: no triggers, no functions, no
virtual tables, no recursion.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote

from amparo.domain.digest import Algorithm, MalformedDigest
from amparo.domain.hash_set import Problem, SetKind, SetUnreadable
from amparo.matching.formats.nsrl_text import once_each
from amparo.matching.formats.reading import Options, Reading
from amparo.matching.formats.source_file import SourceFile
from amparo.matching.set_record import Record, Unused, digest_bytes, record_of

_MARK = b"SQLite format 3\0"
_SOURCES = (("FILE", "table"), ("METADATA", "table"), ("DISTINCT_HASH", "view"), ("FILE", "view"))
_LEAST_ROW_BYTES = 150
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_LONGEST_VALUE = 1_000_000


@dataclass(frozen=True, slots=True)
class NsrlDatabase:
    """Known as a SQLite database by its first bytes, and as a set by its tables."""

    @property
    def name(self) -> str:
        """As `SetFormat.name`."""
        return "nsrl-sqlite"

    def recognises(self, source: SourceFile, options: Options) -> bool:
        """As `SetFormat.recognises`."""
        return source.head.startswith(_MARK)

    def read(self, source: SourceFile, options: Options) -> Reading:
        """As `SetFormat.read`."""
        return Reading("NSRL RDS 3", once_each(_records(source)), kind=SetKind.KNOWN_GOOD)


def _records(source: SourceFile) -> Iterator[Record | Problem | Unused]:
    number = 0
    try:
        with closing(_opened(source)) as database:
            table, columns = _table(source, database)
            database.set_authorizer(_authorize)
            names = ", ".join(f'"{column}"' for column in columns.values())
            cursor = database.execute(f'SELECT {names} FROM "{table}"')  # noqa: S608 - the names are ours
            for row in cursor:
                number += 1
                yield from _record(number, dict(zip(columns, row, strict=True)))
                # A database does not say where it is read; so much a row is what one takes at least.
                source.bytes_read = min(source.size_bytes, source.bytes_read + _LEAST_ROW_BYTES)
    except (sqlite3.Error, OverflowError) as error:
        if not number:
            raise SetUnreadable(
                "{path} cannot be read as a database ({why}): copy it again.", path=source.path, why=str(error)
            ) from error
        yield Problem(number, "cut", f"The database is damaged after row {number} ({error}): the rest is lost.")


def _opened(source: SourceFile) -> sqlite3.Connection:
    place = quote(str(source.path.absolute()).encode("utf-8", "surrogateescape"))
    database = sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True)
    database.text_factory = bytes
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    database.setlimit(sqlite3.SQLITE_LIMIT_VDBE_OP, 100_000)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON"):
        database.execute(f"PRAGMA {pragma}")
    return database


def _table(source: SourceFile, database: sqlite3.Connection) -> tuple[str, dict[str, str]]:
    """The name of what holds the rows, and its column for each algorithm."""
    found = {}
    for name, kind, root in database.execute("SELECT name, type, rootpage FROM sqlite_master"):
        if isinstance(name, bytes) and (kind == b"view" or root):  # a virtual table has no page
            found[name.decode("utf-8", "replace").upper(), kind.decode("ascii", "replace")] = name.decode(
                "utf-8", "replace"
            )
    for wanted in _SOURCES:
        if wanted not in found:
            continue
        name = found[wanted]
        if '"' in name:
            continue
        stored = {}
        for row in database.execute(f'PRAGMA table_info("{name}")'):
            column = row[1].decode("utf-8", "replace")
            stored[column.lower().replace("-", "").replace("_", "")] = column
        columns = {
            algorithm.value: stored[algorithm.value]
            for algorithm in Algorithm
            if algorithm.value in stored and '"' not in stored[algorithm.value]
        }
        if columns:
            return name, columns
    raise SetUnreadable(
        "{path} is a database, but not of NSRL: it has no table FILE or METADATA with digests.", path=source.path
    )


def _authorize(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _record(number: int, texts: dict[str, object]) -> Iterator[Record | Problem]:
    values: dict[str, bytes | None] = {}
    for kind, text in texts.items():
        try:
            values[kind] = digest_bytes(kind, text.decode("ascii", "replace") if isinstance(text, bytes) else text)
        except MalformedDigest as error:
            yield Problem(number, "digest", str(error))
    yield record_of(number, values)
