"""What the tests of the records share: databases on both backends, and the beginnings of an examination."""

import pytest

from amparo.records.database import Database
from contracts.databases import (  # noqa: F401
    database,
    database_address,
    postgresql_server,
    postgresql_template,
    sqlite_template,
)
from contracts.examination import Bench, begin


@pytest.fixture
def bench(database: Database) -> Bench:  # noqa: F811
    return begin(database)
