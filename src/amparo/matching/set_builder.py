"""Makes the files of one version of a set from its records, in memory that does not grow with them.

Records are written as they come to raw columns in a folder of drafts; at the end these are sorted into the exact index,
and bound together into the table of entries and the table of perceptual hashes.
"""

import contextlib
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from amparo.domain.digest import Algorithm
from amparo.domain.hash_set import EMPTY_FILE, FIRST_PROBLEMS, Counts, Problem
from amparo.matching import entry_table, exact_index, perceptual_table
from amparo.matching.perceptual_table import PerceptualTable
from amparo.matching.sealed_file import file_sha256, sync_folder
from amparo.matching.set_record import REPEATED, Record, Unused
from amparo.matching.sorting import FileColumn, Numbers, sorted_runs

EXACT, ENTRIES, PERCEPTUAL, NEAR = "exact", "entries", "pdq", "pdq.index"
"""The files of a version; the last is there where it has many perceptual hashes."""
FEW_HASHES = 20_000
"""Up to so many are compared one by one, which needs no index."""
_BATCH_RECORDS = 8192
_MOST_CATEGORIES = 4096
_LONGEST_CATEGORY = 64
_LONGEST_TEXT = 4096
_KNOWN_TEXTS = 65_536
"""So many different texts are recognised when they come again."""
_EMPTY_SHA256, _EMPTY_SHA1, _EMPTY_MD5 = EMPTY_FILE.sha256, EMPTY_FILE.sha1, EMPTY_FILE.md5
_EMPTY = frozenset({_EMPTY_SHA256, _EMPTY_SHA1, _EMPTY_MD5})
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Problems:
    """Counts problems, keeps the first, and hands each to whoever lists them."""

    def __init__(self, tell: Callable[[Problem], None] | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.first: list[Problem] = []
        self._tell = tell

    def add(self, problem: Problem) -> None:
        """Take one."""
        self.counts[problem.kind] += 1
        if len(self.first) < FIRST_PROBLEMS:
            self.first.append(problem)
        if self._tell is not None:
            self._tell(problem)


@dataclass(frozen=True, slots=True)
class Built:
    """What was made."""

    counts: Counts
    first_problems: list[Problem]
    files: Mapping[str, str]
    """SHA-256 of each, by name."""


class SetBuilder:
    """Fills `folder`, which is there and empty, with the files of a version. Use it in `with`: drafts are removed."""

    def __init__(self, folder: Path, tell: Callable[[Problem], None] | None = None) -> None:
        self._folder = folder
        self._drafts = folder / "drafts"
        self._problems = Problems(tell)
        self._records = self._entries = self._empty = self._texts = 0
        self._unused: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._categories: dict[str, int] = {}
        self._known_texts: dict[bytes, int] = {}
        self._text_bytes = 0
        self._files: dict[str, BinaryIO] = {}
        self.complete = True
        """Whether what was read came to its proper end."""

    def __enter__(self) -> Self:
        """Make the drafts."""
        self._drafts.mkdir()
        names = [*entry_table.COLUMNS, "key", "text_ends", "texts", "pdq.hashes", "pdq.quality", "pdq.entries"]
        names += [f"{algorithm}.{part}" for algorithm in Algorithm for part in ("digests", "entries")]
        self._files = {name: (self._drafts / name).open("wb") for name in names}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the drafts."""
        for file in self._files.values():
            with contextlib.suppress(OSError):  # a full disk was told already
                file.close()
        shutil.rmtree(self._drafts, ignore_errors=True)

    @property
    def records(self) -> int:
        """Read so far, good and bad."""
        return self._records

    @property
    def problems(self) -> int:
        """So far."""
        return self._problems.counts.total()

    @property
    def usable(self) -> int:
        """Entries so far."""
        return self._entries

    @property
    def first_problems(self) -> list[Problem]:
        """The first ones."""
        return self._problems.first

    def add(self, items: Iterable[Record | Problem | Unused]) -> None:
        """Take what a reader yields."""
        batch: list[Record] = []
        for item in items:
            if type(item) is Record:
                batch.append(item)
                if len(batch) == _BATCH_RECORDS:
                    self._add_records(batch)
                    batch.clear()
            elif type(item) is Unused:
                self._unused[item.kind] += 1
                self._records += item.kind == REPEATED
            elif type(item) is Problem:
                self._records += item.kind in ("malformed", "withdrawn")
                if item.kind == "cut":
                    self.complete = False
                self._problems.add(item)
        self._add_records(batch)

    def _add_records(self, batch: list[Record]) -> None:
        """Take some records, a column at a time: per record, Python does no more than the readers did."""
        self._records += len(batch)
        batch = self._usable(batch)
        if not batch:
            return
        first = self._entries
        self._entries += len(batch)
        numbers, sha256, sha1, md5, pdq, quality, category, flags, identifiers, series, tags = zip(*batch, strict=True)
        for algorithm, column in ((Algorithm.SHA256, sha256), (Algorithm.SHA1, sha1), (Algorithm.MD5, md5)):
            self._write_values(f"{algorithm}.digests", f"{algorithm}.entries", column, first)
        rows = np.full(len(batch), entry_table.NONE, dtype=np.uint32)
        hashed = self._write_values("pdq.hashes", "pdq.entries", pdq, first)
        if len(hashed):
            rows[hashed] = np.arange(len(hashed)) + (self._rows["pdq.entries"] - len(hashed))
            unknown = perceptual_table.UNKNOWN_QUALITY
            stated = [unknown if quality[place] is None else quality[place] for place in hashed.tolist()]
            self._write("pdq.quality", stated)
        self._write("record", numbers)
        categories = self._categories
        self._write(
            "category",
            [
                categories.get(text, 0) or self._category(number, text)
                for number, text in zip(numbers, category, strict=True)
            ],
        )
        self._write("flags", flags)
        self._write("pdq", rows)
        codes = list(map(entry_table.identifier_code, identifiers))
        self._write("identifier", codes)
        texts = [0] * len(batch)
        keys = codes
        if any(series) or any(tags) or entry_table.TEXT_IDENTIFIER in codes:
            keys = list(codes)
            for place, (code, named, tagged) in enumerate(zip(codes, series, tags, strict=True)):
                identifier = ""
                if code == entry_table.TEXT_IDENTIFIER:
                    identifier = str(identifiers[place])
                    keys[place] = _key(identifier)
                if identifier or named or tagged:
                    texts[place] = self._text(numbers[place], identifier, named, tagged)
        self._write("text", texts)
        # Spread over all that is sorted by its first bytes.
        self._write("key", (np.array(keys, dtype=np.uint64) * _MIX).astype(">u8"))

    def _usable(self, batch: list[Record]) -> list[Record]:
        """The records that have something to compare, without the digests of the empty file."""
        usable = []
        for record in batch:
            _, sha256, sha1, md5, pdq, *_ = record
            if md5 == _EMPTY_MD5 or sha1 == _EMPTY_SHA1 or sha256 == _EMPTY_SHA256:
                kept = [None if value in _EMPTY else value for value in (sha256, sha1, md5)]
                self._empty += sum(value in _EMPTY for value in (sha256, sha1, md5))
                if pdq is not None or any(kept):
                    usable.append(record._replace(sha256=kept[0], sha1=kept[1], md5=kept[2]))
            elif md5 or sha1 or sha256 or pdq:
                usable.append(record)
            else:
                reason = "It has no digest and no hash that can be compared."
                self._problems.add(Problem(record.number, "nothing", reason))
        return usable

    def _write_values(self, name: str, entries: str, column: Sequence[bytes | None], first: int) -> NDArray[Any]:
        """Write the values that are there, and their entries; the places of these in the batch."""
        values = [value for value in column if value is not None]
        if len(values) == len(column):
            places = np.arange(len(column))
        else:
            places = np.array([place for place, value in enumerate(column) if value is not None], dtype=np.int64)
        self._files[name].write(b"".join(values))
        self._write(entries, places + first)
        self._rows[entries] += len(values)
        return places

    def _write(self, name: str, numbers: ArrayLike) -> None:
        self._files[name].write(np.asarray(numbers, dtype=_dtype(name)).tobytes())

    def _category(self, number: int, category: str) -> int:
        if not category:
            return 0
        if len(category) > _LONGEST_CATEGORY or len(self._categories) == _MOST_CATEGORIES:
            self._problems.add(Problem(number, "category", f"Its category is not kept: {category[:40]!a}."))
            return 0
        clean = category.encode("utf-8", "replace").decode()
        if clean != category:
            reason = "Its category has bytes that are none of the file's encoding; they are replaced."
            self._problems.add(Problem(number, "encoding", reason))
        return self._categories.setdefault(clean, len(self._categories) + 1)

    def _text(self, number: int, identifier: str, series: str, tags: str) -> int:
        parts = [identifier, series, tags]
        for place, part in enumerate(parts):
            clean = part if part.isascii() else part.encode("utf-8", "replace").decode()
            if clean != part or "\ufffd" in part:
                reason = "A text has bytes that are none of the file's encoding; they are replaced."
                self._problems.add(Problem(number, "encoding", reason))
            if len(clean) > _LONGEST_TEXT:
                self._problems.add(Problem(number, "text", f"A text of {len(part):,} characters is cut."))
                clean = clean[:_LONGEST_TEXT]
            parts[place] = clean
        text = entry_table.about(*parts)
        known = self._known_texts.get(text)
        if known is not None:
            return known
        self._texts += 1
        self._text_bytes += len(text)
        self._files["texts"].write(text)
        self._write("text_ends", [self._text_bytes])
        if len(self._known_texts) < _KNOWN_TEXTS and not identifier:
            self._known_texts[text] = self._texts
        return self._texts

    def finish(self) -> Built:
        """Write the files and flush them to the disk."""
        for file in self._files.values():
            file.close()
        self._find_duplicates()
        positions: dict[Algorithm, Numbers] = {}

        def placed(algorithm: Algorithm, first: int, entries: Numbers) -> None:
            positions[algorithm][entries] = np.arange(first, first + len(entries), dtype=np.uint32)

        for algorithm in Algorithm:
            positions[algorithm] = np.full(self._entries, entry_table.NONE, dtype=np.uint32)
        columns = {
            algorithm: FileColumn(
                self._drafts / f"{algorithm}.digests",
                self._drafts / f"{algorithm}.entries",
                algorithm.size_bytes,
                self._rows[f"{algorithm}.entries"],
            )
            for algorithm in Algorithm
        }
        repeated = exact_index.build(self._folder / EXACT, columns, placed)
        entry_table.write(self._folder / ENTRIES, self._drafts, positions, list(self._categories), self._texts)
        perceptual_table.write(self._folder / PERCEPTUAL, self._drafts)
        names = [EXACT, ENTRIES, PERCEPTUAL]
        if self._rows["pdq.entries"] > FEW_HASHES:
            # Imported here, because it brings a compiler with it.
            from amparo.matching.perceptual_index import PerceptualIndex

            PerceptualIndex.build(PerceptualTable.open(self._folder / PERCEPTUAL).hashes, self._folder / NEAR)
            names.append(NEAR)
        sync_folder(self._folder)
        counts = Counts(
            self._records,
            self._entries,
            {name: rows for name, rows in self._digest_counts().items() if rows},
            self._empty,
            {algorithm.value: number for algorithm, number in repeated.items() if number},
            dict(self._unused),
            dict(self._problems.counts),
            self.complete,
        )
        files = {name: file_sha256(self._folder / name) for name in names}
        return Built(counts, self._problems.first, files)

    def _digest_counts(self) -> dict[str, int]:
        counts = {algorithm.value: self._rows[f"{algorithm}.entries"] for algorithm in Algorithm}
        return {**counts, "pdq": self._rows["pdq.entries"]}

    def _find_duplicates(self) -> None:
        """A problem for each identifier that an earlier entry has."""
        if not self._entries:
            return
        keys = FileColumn(self._drafts / "key", self._drafts / "numbers", 8, self._entries)
        with keys.entries.open("wb") as numbers:
            for start in range(0, self._entries, _BATCH_RECORDS):
                stop = min(start + _BATCH_RECORDS, self._entries)
                numbers.write(np.arange(start, stop, dtype="<u4").tobytes())
        records = np.memmap(self._drafts / "record", dtype="<u4", mode="r")
        last, first_entry = 0, 0
        for run in sorted_runs(keys):
            heads = np.concatenate([[np.uint64(last)], run.heads])
            entries = np.concatenate([[np.uint32(first_entry)], run.entries])
            for place in np.flatnonzero((heads[1:] == heads[:-1]) & (heads[1:] != 0)).tolist():
                record, earlier = int(records[entries[place + 1]]), int(records[entries[place]])
                self._problems.add(
                    Problem(record, "duplicate", f"It has the identifier of record {earlier}. Both are kept.")
                )
            last, first_entry = int(heads[-1]), int(entries[-1])


def _dtype(name: str) -> str:
    if name == "key":
        return ">u8"
    if name == "text_ends":
        return "<u8"
    if name == "pdq.quality":
        return "|u1"
    return entry_table.COLUMNS.get(name, "<u4")


def _key(identifier: str) -> int:
    return int.from_bytes(hashlib.blake2b(identifier.encode("utf-8", "replace"), digest_size=8).digest()) | 1
