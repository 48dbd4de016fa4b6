"""The entries of one version of a set: for each what its source states, in a few bytes.

A column for each thing that is stated, all in the order of the source; texts that repeat (series, tags) stand once.
Digests are not repeated here: a column says where in the exact index each stands.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from amparo.domain.canonical import canonical
from amparo.domain.digest import Algorithm
from amparo.domain.hash_set import Entry, Flag
from amparo.matching.exact_index import ExactIndex
from amparo.matching.perceptual_table import PerceptualTable
from amparo.matching.sealed_file import FileRefused, SealedFile, Section, new_sealed_file
from amparo.matching.sorting import Numbers

KIND = "entries"
VERSION = 1
NONE = 2**32 - 1
"""In a column of positions: there is none."""
TEXT_IDENTIFIER = 2**63
"""Set in an identifier that is not a number: it stands among the texts then."""
_LARGEST_NUMBER = 10**18
_PART_BYTES = 4 * 1024 * 1024
COLUMNS = {"record": "<u4", "category": "<u2", "flags": "<u2", "text": "<u4", "identifier": "<u8", "pdq": "<u4"}
"""What the writer of a version fills, by the names of files in `columns`."""


class EntryTable:
    """The opened entries of a version."""

    def __init__(self, file: SealedFile) -> None:
        self._file = file
        self._columns = {name: file.array(name, dtype) for name, dtype in COLUMNS.items()}
        self._positions = {algorithm: file.array(f"at.{algorithm}", "<u4") for algorithm in Algorithm}
        self._text_ends = file.array("text_ends", "<u8")
        self._texts = file.array("texts", "|u1")
        categories = file.facts.get("categories")
        lengths = {len(column) for column in (*self._columns.values(), *self._positions.values())}
        if len(lengths) != 1 or not isinstance(categories, list):
            raise FileRefused(f"{file.path} is damaged: its columns do not belong together.")
        self.all_categories = [str(category) for category in categories]
        """Those in use, as the source writes them."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file; raise `FileRefused`."""
        return cls(SealedFile(path, KIND, VERSION))

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._columns["record"])

    def entry(self, number: int, exact: ExactIndex, perceptual: PerceptualTable, meanings: Mapping[str, str]) -> Entry:
        """One entry with its digests; raise `FileRefused` where the table leads to nothing."""
        if number >= len(self):
            raise FileRefused(f"{self._file.path} has no entry {number}: run amparo verify.")
        digests = {}
        for algorithm, positions in self._positions.items():
            position = int(positions[number])
            if position != NONE:
                if position >= exact.count(algorithm):
                    raise FileRefused(f"{self._file.path} leads to no digest: run amparo verify.")
                digests[algorithm.value] = exact.at(algorithm, np.array([position]))[0].tobytes()
        row = int(self._columns["pdq"][number])
        pdq, quality = perceptual.row(row) if row != NONE else (None, None)
        category = self._category(int(self._columns["category"][number]))
        about = self._about(int(self._columns["text"][number]))
        code = int(self._columns["identifier"][number])
        identifier = about.get("id", "") if code >= TEXT_IDENTIFIER else str(code - 1) if code else ""
        return Entry(
            number,
            int(self._columns["record"][number]),
            digests,
            pdq,
            quality,
            category,
            meanings.get(category, ""),
            Flag(int(self._columns["flags"][number]) & sum(Flag)),
            identifier,
            about.get("series", ""),
            about.get("tags", ""),
        )

    def verify(self) -> None:
        """Read all; raise `FileRefused`."""
        self._file.verify()

    def _category(self, code: int) -> str:
        if code > len(self.all_categories):
            raise FileRefused(f"{self._file.path} names a category that it does not have: run amparo verify.")
        return self.all_categories[code - 1] if code else ""

    def _about(self, code: int) -> Mapping[str, str]:
        if not code:
            return {}
        if code > len(self._text_ends):
            raise FileRefused(f"{self._file.path} leads to no text: run amparo verify.")
        start, end = int(self._text_ends[code - 2]) if code > 1 else 0, int(self._text_ends[code - 1])
        try:
            fields = json.loads(self._texts[start:end].tobytes())
            return {str(name): str(value) for name, value in fields.items()}
        except (AttributeError, ValueError, RecursionError) as error:
            raise FileRefused(f"{self._file.path} has a text that cannot be read: run amparo verify.") from error


def about(identifier: str, series: str, tags: str) -> bytes:
    """The texts of an entry as they are kept; empty where there are none."""
    texts = {name: text for name, text in (("id", identifier), ("series", series), ("tags", tags)) if text}
    return canonical(texts) if texts else b""


def write(path: Path, drafts: Path, positions: Mapping[Algorithm, Numbers], categories: list[str], texts: int) -> None:
    """Write the file at `path` from raw columns in the folder `drafts`, of which `text_ends` has `texts` rows."""
    rows = (drafts / "record").stat().st_size // 4
    sections = [
        *(Section(name, dtype, (rows,)) for name, dtype in COLUMNS.items()),
        *(Section(f"at.{algorithm}", "<u4", (rows,)) for algorithm in Algorithm),
        Section("text_ends", "<u8", (texts,)),
        Section("texts", "|u1", ((drafts / "texts").stat().st_size,)),
    ]
    with new_sealed_file(path, KIND, VERSION, {"categories": list(categories)}, sections) as writer:
        for name in (*COLUMNS, "text_ends", "texts"):
            with (drafts / name).open("rb") as column:
                while part := column.read(_PART_BYTES):
                    writer.append(name, part)
        for algorithm in Algorithm:
            writer.append(f"at.{algorithm}", positions[algorithm].astype("<u4"))


def identifier_code(identifier: str | int) -> int:
    """How an identifier is kept in its column: 0 for none, a number plus one, or a mark that it is a text."""
    if type(identifier) is int:
        return identifier + 1 if 0 <= identifier < _LARGEST_NUMBER else TEXT_IDENTIFIER
    if not identifier:
        return 0
    text = str(identifier)
    if text.isascii() and text.isdigit() and len(text) < 19 and (text[0] != "0" or text == "0"):
        return int(text) + 1
    return TEXT_IDENTIFIER
