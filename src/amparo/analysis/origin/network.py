"""A small network over the numbers of a tile, as plain arrays: one hidden layer, one score."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from amparo.domain.errors import AmparoError

_Numbers = NDArray[np.float32]
_NAMES = ("middle", "spread", "hidden", "hidden_offset", "output", "output_offset")


class NotWeights(AmparoError, ValueError):
    """A file that should hold the weights of a network, and does not, or not those that belong here."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The weights: numbers are centred, scaled and kept within 8 spreads, go through ReLUs, and are added up."""

    middle: _Numbers
    """Shape (n,): what is taken away from the numbers."""
    spread: _Numbers
    """Shape (n,): by what they are divided then."""
    hidden: _Numbers
    """Shape (n, h)."""
    hidden_offset: _Numbers
    """Shape (h,)."""
    output: _Numbers
    """Shape (h,)."""
    output_offset: _Numbers
    """Shape (1,)."""

    @classmethod
    def read(cls, path: Path, *, sha256: str) -> Self:
        """The network in the file at `path`, which has this digest; raise `NotWeights`."""
        raw = path.read_bytes()
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise NotWeights(f"{path.name} is not the file that the calibration was made with; install Amparo again.")
        with np.load(BytesIO(raw), allow_pickle=False) as arrays:
            return cls.of({name: arrays[name] for name in _NAMES})

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.floating]]) -> Self:
        """The network of these arrays, by the names above."""
        return cls(*(np.asarray(arrays[name], np.float32) for name in _NAMES))

    def arrays(self) -> dict[str, _Numbers]:
        """The inverse of `of`."""
        return {name: getattr(self, name) for name in _NAMES}

    def standardised(self, numbers: _Numbers) -> _Numbers:
        """What the hidden layer sees, for rows of shape (m, n)."""
        return ((numbers - self.middle) / self.spread).clip(-8, 8)

    def scores(self, numbers: _Numbers) -> _Numbers:
        """One score for each row of shape (m, n): above zero speaks for an alteration. No probability, no ratio."""
        active = np.maximum(self.standardised(numbers) @ self.hidden + self.hidden_offset, 0)
        return np.asarray(active @ self.output + self.output_offset[0], np.float32)
