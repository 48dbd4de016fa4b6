# ruff: noqa: S608 - the names in these statements are ours
"""The ledger's tables take new rows and nothing else."""

from typing import Any

from django.db import migrations

_TABLES = (("ledger_entry", "position"), ("tree_head", "size"))
_MESSAGE = "the ledger is append-only"


def _statements(vendor: str) -> list[str]:
    statements = []
    for table, key in _TABLES:
        if vendor == "sqlite":
            statements += [
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
                for act in ("UPDATE", "DELETE")
            ]
            # INSERT OR REPLACE deletes without asking the trigger above.
            statements.append(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
                f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
                f" BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            )
        else:
            statements.append(
                f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql"
                f" AS $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
            )
            statements.append(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
            )
    return statements


def forbid(apps: Any, schema_editor: Any) -> None:
    for statement in _statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_tables")]
    operations = [migrations.RunPython(forbid)]
