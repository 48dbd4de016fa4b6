"""Finds an entry of an archive by its name, in 32 bytes of memory an entry."""

from array import array
from bisect import bisect_left, bisect_right

from amparo.domain.errors import Unreadable


class NameIndex:
    """The entries of one archive in its own order: where each stands, and which may have a given name.

    A name that occurs more than once stands for its first entry; the later ones have their number as locator.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self.places = array("q")
        """Where each entry's record begins, by number."""
        self._sorted: tuple[array[int], array[int]] | None = None
        """The hashes in order, and the number of each one's entry."""

    def add(self, name: str, place: int) -> None:
        """Append the next entry."""
        self._hashes.append(hash(name))
        self.places.append(place)
        self._sorted = None

    def candidates(self, name: str, locator: str) -> list[int]:
        """Numbers of the entries that may be meant, first to last; compare their names. Raise `Unreadable`."""
        if locator:
            if locator.isascii() and locator.isdigit() and len(locator) < 19 and int(locator) < len(self.places):
                return [int(locator)]
            raise Unreadable(f"The archive has {len(self.places)} entries; there is no entry {locator[:40]!r}.")
        if self._sorted is None:
            import numpy as np  # it takes its time, and only archives need it

            hashes = np.array(self._hashes, np.int64)
            order = np.argsort(hashes, kind="stable").astype(np.int64)
            self._sorted = array("q", hashes[order].tobytes()), array("q", order.tobytes())
        by_hash, numbers = self._sorted
        first = bisect_left(by_hash, hash(name))
        return list(numbers[first : bisect_right(by_hash, hash(name), first)])


class Locators:
    """Says during a listing which entries need a locator beside their name."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def of(self, name: str, number: int) -> str:
        """Empty for the first entry of a name, its number for the others."""
        key = hash(name)
        if key in self._seen:
            return str(number)
        self._seen.add(key)
        return ""
