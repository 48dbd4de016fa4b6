"""The database itself draws from each entry of the ledger by what it is found, so that no index can say another thing.

Columns that are generated from `entry` cannot be written, and follow it. What cannot be read as JSON has none of them;
`amparo verify` names it.
"""

from typing import Any

from django.db import migrations

_COLUMNS = (
    ("act", "text", ("act",)),
    ("at", "text", ("at",)),
    ("acquisition", "bigint", ("facts", "acquisition")),
    ("exhibit", "bigint", ("facts", "exhibit")),
    ("file", "bigint", ("facts", "file")),
)
_INDEXES = (
    "CREATE INDEX ledger_entry_act ON ledger_entry (act, position, at)",
    "CREATE INDEX ledger_entry_at ON ledger_entry (at, position)",
    "CREATE INDEX ledger_entry_day ON ledger_entry (act, day)",
    *(
        f"CREATE INDEX ledger_entry_{name} ON ledger_entry ({name}, position) WHERE {name} IS NOT NULL"
        for name in ("acquisition", "exhibit", "file")
    ),
    "CREATE INDEX commitment_officer ON commitment (value, entry) WHERE name = 'officer'",
)
_NUMBER = (
    "CREATE FUNCTION amparo_stated_number(entry bytea, VARIADIC path text[]) RETURNS bigint LANGUAGE plpgsql IMMUTABLE"
    " AS $$ BEGIN RETURN (convert_from(entry, 'UTF8')::json #>> path)::bigint;"
    " EXCEPTION WHEN OTHERS THEN RETURN NULL; END $$"
)
_TEXT = _NUMBER.replace("amparo_stated_number", "amparo_stated").replace("bigint", "text")


def _statements(vendor: str) -> list[str]:
    if vendor == "sqlite":
        text = "CAST(entry AS TEXT)"
        return [
            *(
                f"ALTER TABLE ledger_entry ADD COLUMN {name} {kind} GENERATED ALWAYS AS"
                f" (CASE WHEN json_valid({text}) THEN json_extract({text}, '$.{'.'.join(path)}') END) VIRTUAL"
                for name, kind, path in _COLUMNS
            ),
            "ALTER TABLE ledger_entry ADD COLUMN day text GENERATED ALWAYS AS (substr(at, 1, 10)) VIRTUAL",
            *_INDEXES,
            # Holds the texts themselves, so that a search in all of them reads nothing else.
            "CREATE INDEX commitment_text ON commitment (name, entry, value)",
        ]
    columns = ", ".join(
        f"ADD COLUMN {name} {kind} GENERATED ALWAYS AS (amparo_stated{'_number' if kind == 'bigint' else ''}"
        f"(entry, {', '.join(repr(part) for part in path)})) STORED"
        for name, kind, path in _COLUMNS
    )
    columns += ", ADD COLUMN day text GENERATED ALWAYS AS (left(amparo_stated(entry, 'at'), 10)) STORED"
    return [
        _TEXT,
        _NUMBER,
        f"ALTER TABLE ledger_entry {columns}",
        *_INDEXES,
        "CREATE INDEX commitment_text ON commitment (name, entry)",
    ]


def draw(apps: Any, schema_editor: Any) -> None:
    for statement in _statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("records", "0016_accounts")]
    operations = [migrations.RunPython(draw)]
