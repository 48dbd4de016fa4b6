"""Keys and references as the tables of a workbench have them."""

from typing import Any

from django.db import models


class RowId(models.BigIntegerField):  # type: ignore[type-arg]
    """A primary key whose values the writer gives; on SQLite the row's own number, which costs nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "primary_key": True})

    def db_type(self, connection: Any) -> str:
        """SQLite takes only `integer` for the row's number; it has 64 bits there."""
        return "integer" if connection.vendor == "sqlite" else "bigint"

    def rel_db_type(self, connection: Any) -> str:
        """The type of columns that refer to it."""
        return "bigint"


def loose(to: Any, **options: Any) -> Any:
    """A reference that the database does not check, and for which there is no index of its own."""
    return models.ForeignKey(to, models.PROTECT, related_name="+", db_constraint=False, db_index=False, **options)
