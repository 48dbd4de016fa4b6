"""What the tests of casework share: workbenches on both backends."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from amparo.workbench import Workbench
from contracts.databases import (  # noqa: F401
    database,
    database_address,
    postgresql_server,
    postgresql_template,
    sqlite_template,
    tables_are_made_once,
)

NUMBERS = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the tables of a new workbench are to be."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    server = request.getfixturevalue("postgresql_server")
    template = request.getfixturevalue("postgresql_template")
    name = f"casework_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def workbench(address: str, tmp_path: Path) -> Iterator[Workbench]:
    with Workbench.init(
        tmp_path / "workbench", operation="Alfama", database=address, key_file=tmp_path / "key", by="ana"
    ) as made:
        yield made
