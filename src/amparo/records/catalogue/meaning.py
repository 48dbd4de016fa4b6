"""What the numbers of a column say of a field: no value, one, or several.

A row's traits, camera, profile and placement are numbers; so is what is decided about its bytes. Which rows have a
value, and how many, follows from which numbers have it: there are few of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
"""Whole numbers, one for each row, or one for each number of something."""
_NOTHING = np.zeros(0, np.intp)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the numbers from 0 to `size` - 1 say of a field."""

    size: int
    numbers: Numbers
    """Those that have a value, once for each of their values."""
    codes: Numbers
    """Beside each, which of the `values` that is."""
    values: tuple[Any, ...]

    def having(self, is_wanted: Callable[[Any], bool], *, lacking: bool) -> NDArray[np.bool_]:
        """For each number whether one of its values is wanted; where `lacking`, also whether it has none."""
        wanted = np.fromiter(map(is_wanted, self.values), np.bool_, len(self.values))
        having = np.zeros(self.size, np.bool_)
        having[self.numbers[wanted[self.codes]]] = True
        if lacking:
            having |= ~self._valued()
        return having

    def counted(self, rows: Numbers) -> tuple[Numbers, int]:
        """Of so many rows by number: how many have each of the `values`, and how many have none."""
        by_value = np.bincount(self.codes, rows[self.numbers], len(self.values)).astype(np.int64)
        return by_value, int(rows[~self._valued()].sum())

    def renamed(self, name: Callable[[Any], Sequence[Any]]) -> "Meaning":
        """The same, where each value stands for others, or for none."""
        ends = np.cumsum(np.bincount(self.codes, minlength=len(self.values)))
        by_value: list[Numbers] = np.split(self.numbers[np.argsort(self.codes, kind="stable")], ends)
        of_name: dict[Any, list[Numbers]] = {}
        for value, numbers in zip(self.values, by_value[:-1], strict=True):
            for each in name(value):
                of_name.setdefault(each, []).append(numbers)
        having = [np.unique(np.concatenate(each)) if len(each) > 1 else each[0] for each in of_name.values()]
        codes = np.repeat(np.arange(len(having)), [len(each) for each in having])
        return Meaning(self.size, np.concatenate([_NOTHING, *having]), codes, tuple(of_name))

    def _valued(self) -> NDArray[np.bool_]:
        valued = np.zeros(self.size, np.bool_)
        valued[self.numbers] = True
        return valued
