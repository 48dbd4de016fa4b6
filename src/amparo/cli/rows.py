"""Rows on standard output: text for people, JSON or CSV for programs."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Row: TypeAlias = Mapping[str, str | int | Sequence[object] | None]


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format`."""
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text", help="text (default), json or csv")


def print_rows(rows: Iterable[Row], columns: Sequence[str], form: str) -> None:
    """Print rows as they come, in memory that does not grow with their number."""
    if form == "json":
        _print_json(rows)
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({column: _cell(row.get(column)) for column in columns})
    else:
        for row in rows:
            print("  ".join(_cell(row.get(column)) or "-" for column in columns))


def print_record(record: Row, form: str) -> None:
    """Print one record: a line each value as text, an object as JSON, a row as CSV."""
    if form == "json":
        print(json.dumps(record, ensure_ascii=False, indent=2))
    elif form == "csv":
        print_rows([record], list(record), form)
    else:
        width = max(map(len, record))
        for key, value in record.items():
            print(f"{key.replace('_', ' '):<{width}}  {_cell(value)}")


def _print_json(rows: Iterable[Row]) -> None:
    separator = "["
    for row in rows:
        print(separator + json.dumps(row, ensure_ascii=False), end="")
        separator = ",\n "
    print("[]" if separator == "[" else "]")


def _cell(value: object) -> str:
    """A value in one cell. What a spreadsheet would take for a formula is made text by a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(str, value))
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "@", "\t", "\r")) else text
