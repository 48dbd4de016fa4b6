# ruff: noqa: S608 - the names in these statements are ours
"""Comparisons, their matches and notices take new rows and nothing else.

Two things still change, each once: a comparison gets its facts (`{}` until then) in the transaction that makes it, when
all its matches are stored; and a notice gets the time at which it was read.
"""

from typing import Any

from django.db import migrations

_MESSAGE = "comparisons, matches and notices are append-only"
_ALWAYS = ""
_READ_ONCE = "NOT (OLD.read IS NULL AND NEW.read IS NOT NULL" + "".join(
    f" AND NEW.{column} = OLD.{column}" for column in ("id", "officer_id", "comparison_id", "version_id", "at")
)
_REFUSED = {"match": _ALWAYS, "comparison": "OLD.facts <> '{}' OR NEW.id <> OLD.id", "notice": f"{_READ_ONCE})"}
"""When a change to a row is refused."""


def _statements(vendor: str) -> list[str]:
    statements = []
    for table, refused in _REFUSED.items():
        if vendor == "sqlite":
            for act, when in (
                ("UPDATE", refused and f" WHEN {refused}"),
                ("DELETE", ""),
                # INSERT OR REPLACE deletes without asking the trigger above.
                ("INSERT", f" WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"),
            ):
                name = f"{table}_no_{'replace' if act == 'INSERT' else act.lower()}"
                statements.append(
                    f"CREATE TRIGGER {name} BEFORE {act} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
                )
        else:
            function = f"{table}_append_only"
            statements.append(
                f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql"
                f" AS $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
            )
            for name, act, scope in (
                (function, "DELETE OR TRUNCATE", "FOR EACH STATEMENT"),
                (f"{table}_no_update", "UPDATE", f"FOR EACH ROW WHEN ({refused})" if refused else "FOR EACH STATEMENT"),
            ):
                statements.append(
                    f"CREATE TRIGGER {name} BEFORE {act} ON {table} {scope} EXECUTE FUNCTION {function}()"
                )
    return statements


def forbid(apps: Any, schema_editor: Any) -> None:
    for statement in _statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("records", "0008_notice")]
    operations = [migrations.RunPython(forbid)]
