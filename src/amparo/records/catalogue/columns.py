# ruff: noqa: S608 - the words in these statements are ours
"""The rows of one state in memory: of each column an array of numbers, read when it is first asked for.

Rows are found and counted by looking numbers up in these arrays, a millisecond or a few for a million; what DuckDB does
is read them. Of the state before, what stands in segments that both have is taken over.
"""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.records.catalogue.kept import CatalogueRefused, Kept, Manifest, Segment
from amparo.records.catalogue.meaning import Numbers
from amparo.records.catalogue.remembered import Remembered

Rows = NDArray[np.bool_]
"""For each row whether it is meant."""
Read = Callable[[str, Sequence[Any]], Mapping[str, Any]]
"""A query with the values that are bound in it; the answer by column, as NumPy arrays."""

NONE = -(2**63)
"""In place of a number, where a row has none."""
LATER = {
    "id": "row_id",
    **{name: name for name in ("traits", "camera", "profile", "placement", "cluster")},
    "folder": "folder_number",
    "name": "name_rank",
}
"""Columns that stand beside the segments, all of which most questions need; 0 is none."""
_MOST_ROWS = 32
"""Questions of which is remembered which rows they mean, a bit for each."""


class Columns:
    """The columns of one state. Threads may share it."""

    def __init__(self, kept: Kept, manifest: Manifest, read: Read, before: "Columns | None" = None) -> None:
        """Of a state, and of all that have the same files; what `before` has of the same segments is not read again."""
        self.manifest = manifest
        self._kept = kept
        self._later = kept.table(manifest.later)
        self._read = read
        self._lock = threading.Lock()
        self._held: dict[str, Numbers] = {}
        self._remembered = Remembered(_MOST_ROWS)
        if before is not None:
            for name in before._held.keys() - LATER.keys():
                self._held[name] = self._from_segments(name, before)

    def __len__(self) -> int:
        return self.manifest.rows

    def __getitem__(self, name: str) -> Numbers:
        """One column, which nobody may change: of `LATER`, or of numbers of the segments with `NONE` for none."""
        with self._lock:
            if name not in self._held and name in LATER:
                self._held |= self._from_later()
            elif name not in self._held:
                self._held[name] = self._from_segments(name, None)
            return self._held[name]

    def answer(self, question: Hashable, find: Callable[[], Rows]) -> Rows:
        """The rows that a question means; they are found once, as long as they are remembered."""
        packed = self._remembered.answer(question, lambda: np.packbits(find()))
        return np.unpackbits(packed, count=len(self)).view(np.bool_)

    def with_words(self, column: str, words: tuple[str, ...]) -> Rows:
        """The rows in whose text each of some words stands."""
        among = " AND ".join(f"contains({column}, ?)" for _ in words)
        query = f"SELECT id FROM {self._table(self.manifest.segments)} WHERE {among}"
        return self.answer((column, words), lambda: self.of_ids(self._read(query, words)["id"]))

    def of_ids(self, ids: Numbers) -> Rows:
        """The rows of occurrences; those that are not there say nothing."""
        rows = np.zeros(len(self), np.bool_)
        rows[self.positions(ids)] = True
        return rows

    def positions(self, ids: Numbers) -> Numbers:
        """Where the rows of occurrences stand, without those that are not there."""
        every = self["id"]
        if not len(every):
            return np.zeros(0, np.intp)
        at: Numbers = np.minimum(np.searchsorted(every, ids), len(every) - 1)
        found: Numbers = at[every[at] == ids]
        return found

    def _table(self, segments: Sequence[Segment]) -> str:
        return self._kept.table(*(each.file for each in segments))

    def _from_later(self) -> dict[str, Numbers]:
        wanted = ", ".join(f"{written} AS {name}" for name, written in LATER.items())
        found = self._read(f"SELECT {wanted} FROM {self._later}", ())
        return {name: self._checked(name, found[name]) for name in LATER}

    def _from_segments(self, name: str, before: "Columns | None") -> Numbers:
        """A column of the segments; those that another state has too are taken from there."""
        known = {} if before is None else dict(before._by_segment(name))
        missing = [each for each in self.manifest.segments if each not in known]
        if missing:
            # A number that is as small as `NONE` can be named by no search; it is the next one then.
            query = f"SELECT CASE WHEN {name} IS NULL THEN {NONE} ELSE greatest({name}, {NONE + 1}) END::BIGINT AS n"
            found = self._read(f"{query} FROM {self._table(missing)}", ())["n"]
            known |= dict(_split(self._checked(name, found, missing), missing))
        return np.concatenate([known[each] for each in self.manifest.segments])

    def _by_segment(self, name: str) -> "zip[tuple[Segment, Numbers]]":
        return _split(self._held[name], self.manifest.segments)

    def _checked(self, name: str, found: Any, of: Sequence[Segment] | None = None) -> Numbers:
        rows = sum(each.rows for each in (self.manifest.segments if of is None else of))
        if len(found) != rows or np.ma.is_masked(found):
            raise CatalogueRefused(
                "The catalogue has {found} numbers of {name} for {rows} rows: delete its folder, and it is made anew.",
                found=len(found), name=name, rows=rows,
            )  # fmt: skip
        array: Numbers = np.ma.getdata(found)
        array.flags.writeable = False
        return array


def _split(column: Numbers, segments: Sequence[Segment]) -> "zip[tuple[Segment, Numbers]]":
    ends = np.cumsum([each.rows for each in segments])
    return zip(segments, np.split(column, ends[:-1]), strict=True)
