"""The perceptual hashes of one version of a set, with their quality and the entries that they belong to."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from amparo.matching.sealed_file import FileRefused, SealedFile, Section, new_sealed_file
from amparo.matching.set_record import PDQ_BYTES
from amparo.matching.sorting import Bytes, Numbers

KIND = "pdq"
VERSION = 1
UNKNOWN_QUALITY = 255
_BLOCK_ROWS = 500_000
_PART_BYTES = 4 * 1024 * 1024


class PerceptualTable:
    """The opened hashes of a version: `hashes`, shape (n, 32); `quality` and `entries`, shape (n,)."""

    def __init__(self, file: SealedFile) -> None:
        self._file = file
        self.hashes: Bytes = file.array("hashes", "|u1", PDQ_BYTES)
        self.quality: Bytes = file.array("quality", "|u1")
        """0 to 100, or `UNKNOWN_QUALITY`."""
        self.entries: Numbers = file.array("entries", "<u4")
        if not len(self.hashes) == len(self.quality) == len(self.entries):
            raise FileRefused(f"{file.path} is damaged: its columns do not belong together.")

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file; raise `FileRefused`."""
        return cls(SealedFile(path, KIND, VERSION))

    def __len__(self) -> int:
        """How many hashes there are."""
        return len(self.hashes)

    def row(self, number: int) -> tuple[bytes, int | None]:
        """A hash and its quality; raise `FileRefused` where there is none."""
        if number >= len(self):
            raise FileRefused(f"{self._file.path} has no hash {number}: run amparo verify.")
        quality = int(self.quality[number])
        return self.hashes[number].tobytes(), None if quality == UNKNOWN_QUALITY else quality

    def within(self, hashes: Bytes, radius: int) -> NDArray[np.int64]:
        """Each pair at a Hamming distance of at most `radius`: query, row, distance, shape (k, 3), in that order.

        Compares with every hash: for sets of few hashes. Those of many have an index beside (`PerceptualIndex`).
        """
        found = [np.empty((0, 3), dtype=np.int64)]
        words = np.ascontiguousarray(hashes).view("<u8")
        for start in range(0, len(self), _BLOCK_ROWS):
            block = self.hashes[start : start + _BLOCK_ROWS].view("<u8")
            for query, wanted in enumerate(words):
                distances = np.bitwise_count(block ^ wanted).sum(axis=1, dtype=np.int64)
                rows = np.flatnonzero(distances <= radius)
                found.append(np.stack([np.full(len(rows), query), rows + start, distances[rows]], axis=1))
        pairs = np.concatenate(found)
        return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]

    def verify(self) -> None:
        """Read all; raise `FileRefused`."""
        self._file.verify()


def write(path: Path, drafts: Path) -> None:
    """Write the file at `path` from raw columns in the folder `drafts`."""
    rows = (drafts / "pdq.quality").stat().st_size
    columns = (("hashes", "|u1", (rows, PDQ_BYTES)), ("quality", "|u1", (rows,)), ("entries", "<u4", (rows,)))
    with new_sealed_file(path, KIND, VERSION, {}, [Section(*column) for column in columns]) as writer:
        for name, _, _ in columns:
            with (drafts / f"pdq.{name}").open("rb") as column:
                while part := column.read(_PART_BYTES):
                    writer.append(name, part)
