"""Finds an entry of an archive by its name, in 24 bytes of memory an entry."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from amparo.domain.errors import Unreadable

if TYPE_CHECKING:
    import numpy as np


class NameIndex:
    """The entries of one archive in its own order: where each stands, and which may have a given name.

    A name that occurs more than once stands for its first entry; the later ones have their number as locator.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self.places = array("q")
        """Where each entry's record begins, by number."""
        self._sorted: tuple[np.ndarray, np.ndarray] | None = None

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
        import numpy as np  # it takes its time, and only archives need it

        if self._sorted is None:
            hashes = np.frombuffer(self._hashes, dtype=np.int64) if self._hashes else np.empty(0, np.int64)
            order = np.argsort(hashes, kind="stable")
            self._sorted = hashes[order], order
        hashes, order = self._sorted
        first, end = np.searchsorted(hashes, [hash(name)], "left")[0], np.searchsorted(hashes, [hash(name)], "right")[0]
        return [int(number) for number in order[first:end]]


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
