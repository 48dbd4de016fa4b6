"""One state of a catalogue, open: its rows in memory, its files as tables, and what is decided now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amparo.records.catalogue.columns import Columns, Read
from amparo.records.catalogue.decided import Told
from amparo.records.catalogue.kept import Manifest
from amparo.records.catalogue.meanings import Meanings
from amparo.records.catalogue.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Tables:
    """The files of one state as tables in SQL."""

    segments: str
    rows: str
    """The segments with what stands beside them; DuckDB reads them so by one thread."""
    profiles: str
    folders: str


@dataclass(frozen=True, slots=True)
class State:
    """One state of the catalogue, as whoever asks may know it."""

    manifest: Manifest
    tables: Tables
    columns: Columns
    meanings: Meanings
    told: Told
    """What is decided about files, as far as whoever asks may know."""
    remembered: Remembered
    run: Callable[..., list[tuple[Any, ...]]]
    """A query with the values that are bound in it, and by their names tables that it reads, as columns."""
    read: Read
    """The same without such tables, the answer by column, as NumPy arrays."""
