"""Opened versions of hash sets: which of them know a digest, or a hash within a distance."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.domain.canonical import canonical
from amparo.domain.digest import Algorithm
from amparo.domain.grading import Vocabulary
from amparo.domain.hash_set import Entry, SetVersion
from amparo.matching.bloom import BloomFilter
from amparo.matching.entry_table import EntryTable
from amparo.matching.exact_index import ExactIndex
from amparo.matching.perceptual_table import PerceptualTable
from amparo.matching.sealed_file import FileRefused
from amparo.matching.set_builder import ENTRIES, EXACT, NEAR, PERCEPTUAL
from amparo.matching.sorting import Bytes

if TYPE_CHECKING:
    from amparo.matching.perceptual_index import PerceptualIndex

FILTER = "filter"
MEANINGS = "meanings.json"
"""The file of a version that says what its categories mean."""
UNLISTED = -1
"""In place of an entry's number where a set cannot say which of its values it was."""
_FEW = 500_000
"""Comparisons that are done before the compiled ones are loaded."""


class KnownSet:
    """An opened version of a set. Opening reads headers only, whatever the size."""

    def __init__(self, version: SetVersion, folder: Path) -> None:
        """Open the files of `version`, which lie in `folder`; raise `FileRefused`."""
        self.version = version
        self.filter = BloomFilter.open(folder / FILTER) if FILTER in version.files else None
        self._entries: EntryTable | None = None
        if self.filter is None:
            self.exact = ExactIndex.open(folder / EXACT)
            self.perceptual = PerceptualTable.open(folder / PERCEPTUAL)
            self._entries = EntryTable.open(folder / ENTRIES)
        self._meanings = _meanings(folder / MEANINGS)
        self._near = folder / NEAR if NEAR in version.files else None
        self._index: PerceptualIndex | None = None

    def __len__(self) -> int:
        """How many entries can be listed."""
        return 0 if self._entries is None else len(self._entries)

    def entry(self, number: int) -> Entry | None:
        """One entry with all that its source states; `None` for a filter. Raise `FileRefused`."""
        if self._entries is None:
            return None
        return self._entries.entry(number, self.exact, self.perceptual, self._meanings)

    def categories(self) -> list[str]:
        """The categories in use, as the source writes them."""
        return [] if self._entries is None else self._entries.all_categories

    def look_up(self, algorithm: Algorithm, digests: Bytes) -> NDArray[np.int64]:
        """Each pair of a query and an entry with its digest, shape (k, 2); `UNLISTED` where it is a filter's hit."""
        if self.filter is None:
            return self.exact.look_up(algorithm, digests)
        if algorithm.value not in self.version.counts.digests:
            return np.empty((0, 2), dtype=np.int64)
        found = np.flatnonzero(self.filter.holds(algorithm, digests))
        return np.stack([found, np.full(len(found), UNLISTED)], axis=1)

    def near(self, hashes: Bytes, radius: int) -> NDArray[np.int64]:
        """Each hash of the set within `radius` bits of a query: query, entry, distance; shape (k, 3).

        Raise `FileRefused` or `IndexRefused`.
        """
        if self.filter is not None or not len(self.perceptual):
            return np.empty((0, 3), dtype=np.int64)
        index = self._opened_index()
        if index is not None:
            return self._entries_of(index.query(hashes, radius))
        if len(hashes) * len(self.perceptual) <= _FEW:
            return self._entries_of(self.perceptual.within(hashes, radius))
        from amparo.matching.brute_force import all_near  # it brings a compiler with it

        return self._entries_of(all_near(hashes, self.perceptual.hashes, radius))

    def near_one_by_one(self, hashes: Bytes, radius: int) -> NDArray[np.int64]:
        """As `near`, by comparing with every hash, and by other code than searches many: to hold `near` against."""
        if self.filter is not None or not len(self.perceptual):
            return np.empty((0, 3), dtype=np.int64)
        if self._near is None:
            return self._entries_of(self.perceptual.within(hashes, radius))
        from amparo.matching.brute_force import all_near

        return self._entries_of(all_near(hashes, self.perceptual.hashes, radius))

    def _entries_of(self, rows: NDArray[Any]) -> NDArray[np.int64]:
        """The same rows with the numbers of entries in place of those of hashes."""
        found = rows.astype(np.int64)
        if len(found) and found[:, 1].max() >= len(self.perceptual):
            raise FileRefused(f"{self._near} has hashes that the set has not: run amparo verify.")
        found[:, 1] = self.perceptual.entries[found[:, 1]]
        return found

    def _opened_index(self) -> "PerceptualIndex | None":
        if self._index is None and self._near is not None:
            from amparo.matching.perceptual_index import PerceptualIndex

            self._index = PerceptualIndex.open(self._near)
        return self._index

    def verify(self) -> None:
        """Read all the files; raise `FileRefused` or `IndexRefused` where one is not what was written."""
        if self._entries is not None:
            self.exact.verify()
            self.perceptual.verify()
            self._entries.verify()
            index = self._opened_index()
            if index is not None:
                index.verify()


class DigestHit(NamedTuple):
    """A set knows a digest."""

    query: int
    known: KnownSet
    entry: int
    """Its number in the set, or `UNLISTED`."""


class HashHit(NamedTuple):
    """A set knows a hash within the radius."""

    query: int
    known: KnownSet
    entry: int
    distance: int


class KnownSets:
    """Several opened sets, asked together: what matching an exhibit builds upon."""

    def __init__(self, known: Sequence[KnownSet]) -> None:
        self.known = tuple(known)

    def look_up(self, algorithm: Algorithm, digests: Bytes) -> list[DigestHit]:
        """Who knows these digests, shape (n, size); ordered by query, then by set."""
        hits = [
            DigestHit(query, known, entry)
            for known in self.known
            for query, entry in known.look_up(algorithm, digests).tolist()
        ]
        return sorted(hits, key=lambda hit: hit.query)

    def near(self, hashes: Bytes, radius: int) -> list[HashHit]:
        """Who knows hashes within `radius` bits of these, shape (n, 32); ordered by query, then by distance."""
        hits = [
            HashHit(query, known, entry, distance)
            for known in self.known
            for query, entry, distance in known.near(hashes, radius).tolist()
        ]
        return sorted(hits, key=lambda hit: (hit.query, hit.distance))


def write_meanings(path: Path, vocabulary: Vocabulary) -> None:
    """Keep what the categories of a version mean with it, so that it stays the same when vocabularies change."""
    path.write_bytes(canonical({"about": vocabulary.about, "categories": dict(vocabulary.meanings)}))


def digest_array(digests: Iterable[bytes], size: int) -> Bytes:
    """Digests as an array of shape (n, size), as look-ups take them."""
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, size)


def _meanings(path: Path) -> Mapping[str, str]:
    try:
        return {str(code): str(meaning) for code, meaning in json.loads(path.read_bytes())["categories"].items()}
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise FileRefused(f"{path} cannot be read: run amparo verify, or import the hash set again.") from error
