"""Finding a picture however it is turned: its eight hashes against an index that has one of each entry."""

from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from amparo.matching.hash_rows import HASH_BYTES, RADIUS, NotHashes
from amparo.matching.packed_rows import Rows
from amparo.matching.perceptual_index import PerceptualIndex

COUNT = 8


def near_in_any_orientation(index: PerceptualIndex, hashes: NDArray[Any], radius: SupportsIndex = RADIUS) -> Rows:
    """Every entry within `radius` of each picture in one of its orientations: shape (k, 4), sorted.

    `hashes`: uint8, shape (q, 8, 32), of each picture the hashes of `analysis.pdq.orientations`. The columns: query,
    entry, distance, and the orientation (`domain.match.Orientation.at`) in which they are nearest, the first of them
    where several are. Raise as `PerceptualIndex.query`.
    """
    turned = np.asarray(hashes)
    if turned.ndim != 3 or turned.shape[1:] != (COUNT, HASH_BYTES):
        raise NotHashes(f"Pictures in eight orientations have hashes of shape (q, 8, 32), not {turned.shape}.")
    found = index.query(turned.reshape(-1, HASH_BYTES), radius)
    query, orientation = np.divmod(found[:, 0], COUNT)
    order = np.lexsort((orientation, found[:, 2], found[:, 1], query))
    rows = np.column_stack((query, found[:, 1], found[:, 2], orientation))[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = np.any(rows[1:, :2] != rows[:-1, :2], axis=1)
    return rows[first]
