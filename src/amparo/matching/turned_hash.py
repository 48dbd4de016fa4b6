"""The eight orientations of a PDQ hash, from the hash alone.

A turned or mirrored picture has the same DCT coefficients, transposed or with turned signs. A hash keeps of each only
whether it is above the median, which lies near zero: so the bit of a turned coefficient is the opposite one, save where
the coefficient lies between the median and its negative. With the picture at hand its orientations are exact
(`analysis.pdq.orientations`); from a hash a few bits of 256 are wrong, which counts against the distance.
"""

import numpy as np

from amparo.domain.match import Orientation
from amparo.matching.sorting import Bytes

ORIENTATIONS = tuple(Orientation)
"""In the order of Meta's reference."""
_ODD = (np.arange(1, 17) % 2).astype(bool)


def orientations_of(pdq: bytes) -> Bytes:
    """The hash in eight orientations, shape (8, 32), in the order of `ORIENTATIONS`; the first is itself."""
    bits = np.unpackbits(np.frombuffer(pdq, dtype=np.uint8))[::-1].reshape(16, 16).astype(bool)
    rows, columns = _ODD[:, None], _ODD[None, :]
    across = bits.T
    turned = (
        bits,
        across ^ rows,
        bits ^ rows ^ columns,
        across ^ columns,
        bits ^ rows,
        bits ^ columns,
        across,
        across ^ rows ^ columns,
    )
    return np.stack([np.packbits(one.ravel()[::-1]) for one in turned])
