# ruff: noqa: S608 - the words in these statements are ours
"""What the numbers of one state stand for, as its files say, and for whom."""

import threading
from collections.abc import Mapping

import numpy as np

from amparo.domain.cause import Cause
from amparo.records.catalogue.columns import Read
from amparo.records.catalogue.decided import FIELDS as DECIDED
from amparo.records.catalogue.decided import Told
from amparo.records.catalogue.kept import Kept, Manifest
from amparo.records.catalogue.later import CAMERA
from amparo.records.catalogue.meaning import Meaning, Numbers

PROFILE_COLUMNS = {"match": "kind", "set": "set_name", "category": "category", "basis": "basis"}
"""Of the fields that tell of matches, the column of what a profile says."""
COUNTED = ("copies", "exhibits")
"""Fields that count where bytes lie."""
_YEARS = {"modified": "modified_year", "taken": "taken_year"}
"""Of the times that are counted, the trait that is."""

Visible = Mapping[int, str]
"""The acquisitions that may be seen, each with the number of its exhibit."""


def column_of(field: str) -> str:
    """The column whose numbers say the value of a field that has choices, or that is counted."""
    if field in PROFILE_COLUMNS:
        return "profile"
    if field in COUNTED:
        return "placement"
    if field in DECIDED:
        return "said"
    return "camera" if field in CAMERA else "traits"


class Meanings:
    """What the numbers of one state stand for, each read when it is first asked for. Threads may share it."""

    def __init__(self, kept: Kept, manifest: Manifest, read: Read) -> None:
        self._read = read
        self._files = {
            "traits": (kept.table(manifest.traits), "traits"),
            "camera": (kept.table(manifest.cameras), "camera"),
            "profile": (kept.table(manifest.profiles), "profile"),
        }
        self._placements = kept.table(manifest.placements)
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str], Meaning] = {}
        self._lies: Mapping[str, Numbers] = {}

    def of(self, field: str, visible: Visible, told: Told) -> Meaning:
        """What the numbers of the column of a field say of it, for who may see so much."""
        column = column_of(field)
        if column == "said":
            return told.meaning(field)
        if column == "placement":
            return self._places(field, visible)
        if field == "exhibit":
            return self._as_stored("traits", "acquisition").renamed(
                lambda each: [visible[each]] if each in visible else []
            )
        return self._as_stored(column, PROFILE_COLUMNS.get(field, _YEARS.get(field, field)))

    def acquisitions(self) -> Meaning:
        """The acquisitions in which the rows of each number of traits lie."""
        return self._as_stored("traits", "acquisition")

    def placed(self, visible: Visible) -> Mapping[str, Numbers]:
        """By number of a placement, `copies` and `exhibits` of what may be seen; 0 where there is none."""
        with self._lock:
            if not self._lies:
                self._lies = self._read(f"SELECT placement, acquisition, copies FROM {self._placements}", ())
            lies = self._lies
        placement, acquisition = lies["placement"], lies["acquisition"]
        size = int(placement.max(initial=0)) + 1
        numbered = {number: code for code, number in enumerate(sorted(set(visible.values())))}
        most = int(acquisition.max(initial=0)) + 1
        exhibit = np.full(most, -1, np.int64)
        for each, number in visible.items():
            if each < most:
                exhibit[each] = numbered[number]
        at = exhibit[acquisition]
        seen = at >= 0
        copies = np.bincount(placement[seen], lies["copies"][seen], size).astype(np.int64)
        different = np.unique(placement[seen].astype(np.int64) * (len(numbered) + 1) + at[seen])
        exhibits = np.bincount(different // (len(numbered) + 1), minlength=size)
        return {"copies": copies, "exhibits": exhibits}

    def _places(self, field: str, visible: Visible) -> Meaning:
        counts = self.placed(visible)[field]
        values, codes = np.unique(counts, return_inverse=True)
        known = np.flatnonzero(counts)
        return Meaning(len(counts), known, codes[known], tuple(values.tolist()))

    def _as_stored(self, column: str, name: str) -> Meaning:
        with self._lock:
            if (found := self._held.get((column, name))) is None:
                table, number = self._files[column]
                found = self._meaning(table, number, name)
                if name == "gap":
                    found = found.renamed(_causes)
                self._held[column, name] = found
        return found

    def _meaning(self, table: str, number: str, name: str) -> Meaning:
        size = self._read(f"SELECT coalesce(max({number}), 0) + 1 AS n FROM {table}", ())["n"]
        values = self._read(f"SELECT DISTINCT {name} AS v FROM {table} WHERE {name} IS NOT NULL ORDER BY v", ())["v"]
        pairs = self._read(
            f"SELECT DISTINCT {number} AS number, dense_rank() OVER (ORDER BY {name}) - 1 AS code"
            f" FROM {table} WHERE {name} IS NOT NULL ORDER BY number, code",
            (),
        )
        return Meaning(int(size[0]), pairs["number"], pairs["code"], tuple(values.tolist()))


def _causes(mask: int) -> list[str]:
    return [cause.value for place, cause in enumerate(Cause) if mask >> place & 1]
