"""Many queries against an index at once, and an index with itself: band by band, part by part.

A query alone waits for memory at every look-up. Many of them, sorted by the bits of a band, meet the same small part of
the entries while it lies in the processor's cache.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.matching import kernels
from amparo.matching.bands import Band, Plan, masks
from amparo.matching.hash_rows import Words, frozen
from amparo.matching.index_file import DamagedIndex
from amparo.matching.index_tables import Tables
from amparo.matching.packed_rows import MOST_ROWS, Found, Packed, Packing, Rows, side_by_side, split, threads

_BLOCK_ENTRIES = 4_096
"""Entries of a block, about: with their hashes and starts they fit the second cache of a processor core."""
_TASKS_A_THREAD = 8


def joined(tables: Tables, queries: Words, plan: Plan, radius: int, packing: Packing) -> Rows:
    """As `PerceptualIndex.query`; at most `packing.most_queries` at a time."""
    return _joined(tables, queries, plan, radius, packing)


def joined_with_itself(tables: Tables, plan: Plan, radius: int, packing: Packing) -> Rows:
    """As `PerceptualIndex.pairs`."""
    return _joined(tables, None, plan, radius, packing)


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """Queries sorted by the block of a band that their value lies in."""

    words: Words
    ids: NDArray[np.uint32]
    blocks: NDArray[np.int64]
    """Where each block begins, and at last the end."""


def _joined(tables: Tables, queries: Words | None, plan: Plan, radius: int, packing: Packing) -> Rows:
    found: list[Packed] = []
    for number, reach in enumerate(plan.radii):
        if reach >= 0:
            found += _of_band(tables, queries, number, plan, radius, packing)
    return packing.rows(np.concatenate(found), 0)


def _of_band(
    tables: Tables, queries: Words | None, number: int, plan: Plan, radius: int, packing: Packing
) -> Iterator[Packed]:
    layout = tables.layout
    band = layout.bands[number]
    fine = max(0, min(band.width, band.width - (layout.count // _BLOCK_ENTRIES).bit_length()))
    starts, ids = tables.starts(number), tables.ids(number)
    blocks = starts[:: 1 << fine].astype(np.int64)
    if blocks[0] != 0 or blocks[-1] != layout.count or np.any(np.diff(blocks) < 0):
        raise DamagedIndex("The index is damaged: its entries are not in order. Build it again.")
    if queries is None:
        asked = _Sorted(_gathered(tables.words, ids), ids, blocks)
    else:
        asked = _sorted(queries, band, fine, len(blocks))
    turned = masks(band.width, plan.radii[number])
    highs, firsts = np.unique(turned >> np.uint32(fine), return_index=True)
    lows = turned & np.uint32((1 << fine) - 1)
    lows_at = np.append(firsts, len(turned))
    bands = np.asarray([(cut.start, cut.width) for cut in layout.bands], dtype=np.uint64)
    radii = np.asarray(plan.radii, dtype=np.int64)

    def task(first_block: int, last_block: int) -> Found:
        first, last = int(blocks[first_block]), int(blocks[last_block])
        entries = asked.words[first:last] if queries is None else _gathered(tables.words, ids[first:last])
        return kernels.join(  # type: ignore[no-any-return]
            entries,
            ids,
            first,
            starts,
            first_block,
            last_block,
            np.uint64(fine),
            asked.words,
            asked.ids,
            asked.blocks,
            frozen(highs),
            frozen(lows),
            frozen(lows_at),
            frozen(bands),
            frozen(radii),
            number,
            radius,
            np.uint64(packing.shift),
            queries is None,
            MOST_ROWS,
        )

    ranges = split(len(blocks) - 1, threads() * _TASKS_A_THREAD)
    return side_by_side([functools.partial(task, *edges) for edges in ranges])


def _sorted(queries: Words, band: Band, fine: int, edges: int) -> _Sorted:
    ids, blocks = np.empty(len(queries), dtype=np.uint32), np.empty(edges, dtype=np.int64)
    kernels.sort_by_block(queries, np.uint64(band.start), np.uint64(band.width), np.uint64(fine), blocks, ids)
    return _Sorted(_gathered(queries, frozen(ids)), frozen(ids), frozen(blocks))


def _gathered(words: Words, ids: NDArray[np.uint32]) -> Words:
    into = np.empty((len(ids), 4), dtype=np.uint64)
    if kernels.gather(words, ids, into) == kernels.DAMAGED:
        raise DamagedIndex("The index is damaged: it names entries that it does not have. Build it again.")
    return frozen(into)
