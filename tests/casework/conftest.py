"""What the tests of casework share: a PostgreSQL server."""

from contracts.databases import postgresql_server  # noqa: F401
