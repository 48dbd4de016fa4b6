# ruff: noqa: S608 - the names in these statements are ours
"""What reviewers decide, note and see takes new rows and nothing else; a look is closed once."""

from typing import Any

from django.db import migrations

_MESSAGE = "what reviewers did is append-only"
_ALWAYS = ""
_CLOSED_ONCE = "NOT (OLD.ended IS NULL AND NEW.ended IS NOT NULL" + "".join(
    f" AND NEW.{column} = OLD.{column}"
    for column in ("id", "media_file_id", "officer_id", "at", "level", "burden", "most_s")
)
_TABLES = (
    "vocabulary",
    "grading",
    "graded",
    "withdrawal",
    "assessment",
    "note",
    "lead",
    "lead_step",
    "queue_weights",
    "viewing_policy",
    "case_import",
    "case_record",
)
_REFUSED = {**dict.fromkeys(_TABLES, _ALWAYS), "look": f"{_CLOSED_ONCE})"}
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
    dependencies = [("records", "0019_review")]
    operations = [migrations.RunPython(forbid)]
