"""The fast ways in and out of a table: `executemany` on SQLite, binary COPY on PostgreSQL, blocks of ids."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections

from amparo.records.database import Database
from amparo.records.rows import TABLES, Row, Table

_PAGE_ROWS = 1000


def insert(database: Database, table: Table, rows: Sequence[Row]) -> None:
    """Add rows inside the open transaction."""
    if not rows:
        return
    connection = connections[database.alias]
    columns = ", ".join(table.columns)
    with connection.wrap_database_errors:
        # Past Django's cursor, which would look at each row.
        if connection.vendor == "sqlite":
            places = ", ".join("?" * len(table.columns))
            connection.connection.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({places})", rows)  # noqa: S608
            return
        with (
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types(table.types)
            for row in rows:
                copy.write_row(row)


def next_ids(database: Database) -> dict[str, int]:
    """For each table the id that its next row gets; sure only while a transaction is open."""
    columns = ", ".join(f"(SELECT max(id) FROM {table.name})" for table in TABLES)  # noqa: S608
    row = database.fetch(f"SELECT {columns}")[0]
    return {table.name: (last or 0) + 1 for table, last in zip(TABLES, row, strict=True)}


def block(database: Database, table: Table, first: int, count: int) -> Iterator[Row]:
    """The rows with ids from `first` to `first + count - 1`, in order, a page at a time."""
    query = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE id >= %s AND id < %s ORDER BY id"  # noqa: S608
    for start in range(first, first + count, _PAGE_ROWS):
        yield from database.fetch(query, (start, min(start + _PAGE_ROWS, first + count)))


def matching(database: Database, query: str, keys: Sequence[bytes | int], before: Sequence[Any] = ()) -> list[Row]:
    """The rows of a query in which `{keys}` stands for one of `keys`; `before` are the parameters that come first."""
    if not keys:
        return []
    if database.vendor == "sqlite":
        return database.fetch(query.format(keys=f"IN ({', '.join(['%s'] * len(keys))})"), (*before, *keys))
    return database.fetch(query.format(keys="= ANY(%s)"), (*before, list(keys)))
