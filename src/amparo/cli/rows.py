"""Rows on standard output: text for people, JSON or CSV for programs."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from amparo.exchange.cells import cell

_PAGE_ROWS = 200

Row: TypeAlias = Mapping[str, str | int | float | Sequence[object] | Mapping[str, object] | None]


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
            writer.writerow({column: cell(row.get(column)) for column in columns})
    else:
        _print_table(rows, columns)


def print_record(record: Row, form: str) -> None:
    """Print one record: a line each value as text, an object as JSON, a row as CSV."""
    if form == "json":
        print(json.dumps(record, ensure_ascii=False, indent=2))
    elif form == "csv":
        print_rows([record], list(record), form)
    else:
        width = max(map(len, record))
        for key, value in record.items():
            print(f"{key.replace('_', ' '):<{width}}  {cell(value)}")


def _print_table(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """Aligned columns under their names; the widths follow each page of rows, so that no more than a page is held."""
    titles = [column.replace("_", " ") for column in columns]
    widths = [len(title) for title in titles]
    pages = iter(rows)
    while page := list(islice(pages, _PAGE_ROWS)):
        cells = [[cell(row.get(column)) or "-" for column in columns] for row in page]
        widths = [max(width, *(len(row[place]) for row in cells)) for place, width in enumerate(widths)]
        for line in [*([titles] if titles else []), *cells]:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        titles = []


def _print_json(rows: Iterable[Row]) -> None:
    separator = "["
    for row in rows:
        print(separator + json.dumps(row, ensure_ascii=False), end="")
        separator = ",\n "
    print("[]" if separator == "[" else "]")
