"""The inner loops of matching, compiled to machine code by numba: counting sort, probing, joining, comparing with all.

All of them stand in this one file, because what numba keeps of a compiled function is renewed when *its* file changes,
and not when that of a function which it calls does. Importing this module costs some tenths of a second, so it is
imported where matching begins. Where no folder can be written in which compiled code could be kept, each process
compiles anew, which takes seconds.

Hashes are rows of four little-endian words of 64 bits. Whatever comes from a file is checked before it is used as a
place in memory; a function that finds it impossible returns `DAMAGED`. A row of results is one number: query, entry and
distance side by side, see `packing`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Numbers = NDArray[np.uint32]

DISTANCE_BITS = 9
"""Of a packed row, the lowest: distances of 0 to 256."""
DAMAGED = -1
"""In place of a count: the index says what cannot be."""
TOO_MANY = -2
"""In place of a count: more rows than the limit that was given."""
PADDING = 8
"""Numbers after the last entry of a table of entries, so that four can always be read at once."""

_CANDIDATES = 1 << 14
_TILE = 512

_Compiled = TypeVar("_Compiled", bound=Callable[..., Any])


def compiled(function: _Compiled) -> _Compiled:
    """The function, compiled at its first call for the types that it is given; it runs beside other threads."""
    options: Any = {"nogil": True, "error_model": "numpy"}
    try:
        kept: _Compiled = numba.njit(function, cache=True, **options)
    except RuntimeError:  # there is no folder in which numba could keep it
        kept = numba.njit(function, **options)
    return kept


def _count_bits(_context: Any, _word: Any) -> Any:
    """The number of bits that are set: one instruction, also for several words at once."""
    return types.uint64(types.uint64), lambda _, builder, __, arguments: builder.ctpop(arguments[0])


def _ask_for(_context: Any, array: Any, place: Any) -> Any:
    """Ask for the cache line of `array[place]`, and do not wait. A place outside of the array does no harm."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers = context.make_array(signature.args[0])(context, builder, arguments[0])
        line = builder.bitcast(builder.gep(numbers.data, [arguments[1]]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), word, word, word])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetch, [line, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, place), generate


# Called from compiled code only, where they are instructions.
_popcount: Any = intrinsic(_count_bits)
_prefetch: Any = intrinsic(_ask_for)


@compiled
def _bits(words: Words, row: Any, start: Any, width: Any) -> Any:
    """The `width` bits of a hash from bit `start` on."""
    word, shift = start >> np.uint64(6), start & np.uint64(63)
    value = words[row, word] >> shift
    if shift + width > np.uint64(64):
        value |= words[row, word + np.uint64(1)] << (np.uint64(64) - shift)
    return value & ((np.uint64(1) << width) - np.uint64(1))


@compiled
def _distance(one: Words, row: Any, other: Words, place: Any) -> Any:
    bits = _popcount(one[row, 0] ^ other[place, 0]) + _popcount(one[row, 1] ^ other[place, 1])
    bits += _popcount(one[row, 2] ^ other[place, 2]) + _popcount(one[row, 3] ^ other[place, 3])
    return np.int64(bits)


@compiled
def _grown(rows: Words) -> Any:
    larger = np.empty(2 * rows.size, np.uint64)
    larger[: rows.size] = rows
    return larger


@compiled
def sort_band(words: Words, start: Any, width: Any, fine: Any, starts: Numbers, ids: Numbers) -> Any:
    """Sort all hashes by the `width` bits from `start` on, those with equal bits in their own order.

    Fills `starts`, shape (2**width + 1,), and `ids`, shape (n,): those of value v are `ids[starts[v]:starts[v + 1]]`.
    Returns the sum of the squares of their numbers. The values are first dealt out by all but their `fine` lowest bits,
    so that each part of the second step stays in the processor's caches.
    """
    count = words.shape[0]
    low = (np.uint64(1) << fine) - np.uint64(1)
    ends = np.zeros(np.int64(np.uint64(1) << (width - fine)) + 1, np.int64)
    for row in range(count):
        ends[(_bits(words, row, start, width) >> fine) + np.uint64(1)] += 1
    for part in range(1, ends.size):
        ends[part] += ends[part - 1]
    dealt = np.empty(count, np.uint64)
    for row in range(count):
        value = _bits(words, row, start, width)
        part = value >> fine
        dealt[ends[part]] = (value << np.uint64(32)) | np.uint64(row)
        ends[part] += 1
    places = np.empty(np.int64(low) + 2, np.int64)
    squares = 0
    begin = 0
    for number in range(ends.size - 1):
        end = ends[number]
        places[:] = 0
        for at in range(begin, end):
            places[((dealt[at] >> np.uint64(32)) & low) + np.uint64(1)] += 1
        first = np.uint64(number) << fine
        places[0] = begin
        for value in range(1, places.size):
            squares += places[value] * places[value]
            places[value] += places[value - 1]
            starts[first + np.uint64(value - 1)] = places[value - 1]
        for at in range(begin, end):
            value = (dealt[at] >> np.uint64(32)) & low
            ids[places[value]] = dealt[at] & np.uint64(0xFFFFFFFF)
            places[value] += 1
        begin = end
    starts[starts.size - 1] = count
    return squares


@compiled
def gather(words: Words, ids: Numbers, into: Words) -> Any:
    """`into[i] = words[ids[i]]`; how many, or `DAMAGED`."""
    flat = words.reshape(-1)
    count = np.uint64(words.shape[0])
    ahead = np.uint64(16)
    for at in range(np.uint64(ids.size)):
        if at + ahead < np.uint64(ids.size):
            _prefetch(flat, np.uint64(ids[at + ahead]) * np.uint64(4))
        place = np.uint64(ids[at])
        if place >= count:
            return DAMAGED
        for word in range(4):
            into[at, word] = words[place, word]
    return ids.size


@compiled
def sort_by_block(words: Words, start: Any, width: Any, fine: Any, blocks: NDArray[np.int64], ids: Numbers) -> Any:
    """Sort hashes by the bits from `start` on but the `fine` lowest; as `sort_band`, into `blocks` and `ids`."""
    blocks[:] = 0
    for row in range(words.shape[0]):
        blocks[(_bits(words, row, start, width) >> fine) + np.uint64(1)] += 1
    for block in range(1, blocks.size):
        blocks[block] += blocks[block - 1]
    places = blocks.copy()
    for row in range(words.shape[0]):
        block = _bits(words, row, start, width) >> fine
        ids[places[block]] = row
        places[block] += 1


@compiled
def probe(
    queries: Words,
    first: Any,
    last: Any,
    words: Words,
    starts: Numbers,
    ids: Numbers,
    bands: Words,
    masks: Numbers,
    radius: Any,
    shift: Any,
    limit: Any,
) -> Any:
    """Queries `first` to `last`, each compared with the entries that one of the bands proposes.

    `bands`, shape (m + 1, 5), has of each band its first bit, its width, where its part of `starts`, of `ids` and of
    `masks` begins. `masks` are what is to be turned in a value to have all those that are near enough. Returns packed
    rows, a pair that several bands propose once for each, and how many they are.
    """
    count = np.uint64(words.shape[0])
    flat = words.reshape(-1)
    candidates = np.empty(_CANDIDATES + 64, np.uint32)
    lows, highs = np.empty(masks.size, np.uint32), np.empty(masks.size, np.uint32)
    rows, found = np.empty(256, np.uint64), 0
    full, one, four = np.uint64(_CANDIDATES), np.uint64(1), np.uint64(4)
    for query in range(first, last):
        filled = np.uint64(0)
        for band in range(bands.shape[0] - 1):
            value = _bits(queries, query, bands[band, 0], bands[band, 1])
            starts_at, ids_at, masks_at = bands[band, 2], bands[band, 3], bands[band, 4]
            probes = bands[band + 1, 4] - masks_at
            for at in range(probes):
                place = starts_at + (value ^ np.uint64(masks[masks_at + at]))
                lows[at], highs[at] = starts[place], starts[place + one]
                _prefetch(ids, ids_at + np.uint64(lows[at]))
            for at in range(probes):
                low, high = np.uint64(lows[at]), np.uint64(highs[at])
                if low > high or high > count:
                    return rows, DAMAGED
                place = ids_at + low
                # Mostly there are fewer than four: to copy four costs less than to guess wrongly how many.
                for number in range(four):
                    candidates[filled + number] = ids[place + number]
                if high - low <= four:
                    filled += high - low
                else:
                    for number in range(high - low):
                        candidates[filled] = ids[place + number]
                        filled += one
                        if filled >= full:
                            rows, found = _compare(
                                queries, query, first, words, flat, candidates, filled, radius, shift, rows, found
                            )
                            if found < 0:
                                return rows, found
                            filled = np.uint64(0)
                if filled >= full:
                    rows, found = _compare(
                        queries, query, first, words, flat, candidates, filled, radius, shift, rows, found
                    )
                    if found < 0:
                        return rows, found
                    filled = np.uint64(0)
        rows, found = _compare(queries, query, first, words, flat, candidates, filled, radius, shift, rows, found)
        if found < 0:
            return rows, found
        if found > limit:
            return rows, TOO_MANY
    return rows, found


@compiled
def _compare(
    queries: Words,
    query: Any,
    first: Any,
    words: Words,
    flat: Words,
    candidates: Numbers,
    filled: Any,
    radius: Any,
    shift: Any,
    rows: Words,
    found: Any,
) -> Any:
    """Append to `rows` the first `filled` of the candidates that are near enough to a query."""
    count, four, ahead = np.uint64(words.shape[0]), np.uint64(4), np.uint64(16)
    for at in range(min(filled, ahead)):
        _prefetch(flat, np.uint64(candidates[at]) * four)
    for at in range(filled):
        _prefetch(flat, np.uint64(candidates[at + ahead]) * four)
        entry = np.uint64(candidates[at])
        if entry >= count:
            return rows, DAMAGED
        distance = _distance(queries, query, words, entry)
        if distance <= radius:
            if found == rows.size:
                rows = _grown(rows)
            row = (np.uint64(query - first) << shift) | (entry << np.uint64(DISTANCE_BITS)) | np.uint64(distance)
            rows[found] = row
            found += 1
    return rows, found


@compiled
def _by_earlier_band(
    queries: Words, query: Any, entries: Words, entry: Any, bands: Words, radii: NDArray[np.int64], band: Any
) -> Any:
    """Whether a band before this one proposes the pair too."""
    for earlier in range(band):
        start, width = bands[earlier, 0], bands[earlier, 1]
        turned = _bits(queries, query, start, width) ^ _bits(entries, entry, start, width)
        if np.int64(_popcount(turned)) <= radii[earlier]:
            return True
    return False


@compiled
def join(
    entries: Words,
    entry_ids: Numbers,
    first_entry: Any,
    starts: Numbers,
    first_block: Any,
    last_block: Any,
    fine: Any,
    queries: Words,
    query_ids: Numbers,
    query_blocks: NDArray[np.int64],
    highs: Numbers,
    lows: Numbers,
    lows_at: NDArray[np.int64],
    bands: Words,
    radii: NDArray[np.int64],
    band: Any,
    radius: Any,
    shift: Any,
    with_itself: Any,
    limit: Any,
) -> Any:
    """Many queries against the entries of blocks `first_block` to `last_block` of one band.

    Both are sorted by the band's bits and gathered in this order, `entries` from row `first_entry` on; a block has all
    that agree but in the `fine` lowest bits. The entries of a block stay in the processor's cache while the queries of
    all blocks near to it pass by: `highs` are what is to be turned in the number of a block, and for each of them
    `lows[lows_at[i]:lows_at[i + 1]]` in the lowest bits. A pair is returned by the first band that proposes it, packed;
    where the entries are compared `with_itself`, each pair once, the lower number first.
    """
    rows, found = np.empty(1024, np.uint64), 0
    start, width = bands[band, 0], bands[band, 1]
    step, most = np.uint64(1), np.uint64(radius)
    low_bits = (step << fine) - step
    for block in range(np.uint64(first_block), np.uint64(last_block)):
        first, last = np.int64(starts[block << fine]), np.int64(starts[(block + step) << fine])
        if first < first_entry or last < first or last - first_entry > entries.shape[0]:
            return rows, DAMAGED
        for number in range(highs.size):
            near = block ^ np.uint64(highs[number])
            if with_itself and near > block:
                continue
            for query in range(query_blocks[near], query_blocks[near + step]):
                one, two, three, four = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
                value = _bits(queries, query, start, width)
                base = (block << fine) | (value & low_bits)
                for at in range(np.uint64(lows_at[number]), np.uint64(lows_at[number + 1])):
                    place = base ^ np.uint64(lows[at])
                    if with_itself and near == block and place < value:
                        continue
                    low, high = int(starts[place]), int(starts[place + step])
                    if low < first or high < low or high > last:
                        return rows, DAMAGED
                    if with_itself and place == value:
                        low = query + 1
                    for entry in range(np.uint64(low - first_entry), np.uint64(max(low, high) - first_entry)):
                        # Half of the bits tell nearly all that are far apart.
                        bits = _popcount(one ^ entries[entry, 0]) + _popcount(two ^ entries[entry, 1])
                        if bits > most:
                            continue
                        bits += _popcount(three ^ entries[entry, 2]) + _popcount(four ^ entries[entry, 3])
                        if bits > most or _by_earlier_band(queries, query, entries, entry, bands, radii, band):
                            continue
                        if found == rows.size:
                            if found > limit:
                                return rows, TOO_MANY
                            rows = _grown(rows)
                        one_id, other_id = (
                            np.uint64(query_ids[query]),
                            np.uint64(entry_ids[entry + np.uint64(first_entry)]),
                        )
                        if with_itself and other_id < one_id:
                            one_id, other_id = other_id, one_id
                        rows[found] = (one_id << shift) | (other_id << np.uint64(DISTANCE_BITS)) | bits
                        found += 1
    return rows, found


@compiled
def scan(
    queries: Words, first: Any, last: Any, words: Words, radius: Any, shift: Any, with_itself: Any, limit: Any
) -> Any:
    """Queries `first` to `last` compared with every entry, or `with_itself` with those after it, as `probe`.

    Entries are turned into four columns, a tile of them at a time, so that several are compared by one instruction.
    """
    count = words.shape[0]
    columns = np.empty((4, _TILE), np.uint64)
    distances = np.empty(_TILE, np.uint64)
    rows, found = np.empty(256, np.uint64), 0
    nearest, limit_of = np.uint64(0), np.uint64(radius)
    for tile in range(first // _TILE * _TILE if with_itself else 0, count, _TILE):
        length = min(_TILE, count - tile)
        for place in range(length):
            for word in range(4):
                columns[word, place] = words[tile + place, word]
        for query in range(first, last):
            if with_itself and tile + length <= query + 1:
                continue
            one, two, three, four = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
            nearest = np.uint64(257)
            for place in range(length):
                bits = _popcount(one ^ columns[0, place]) + _popcount(two ^ columns[1, place])
                bits += _popcount(three ^ columns[2, place]) + _popcount(four ^ columns[3, place])
                distances[place] = bits
                nearest = min(nearest, bits)
            if nearest > limit_of:
                continue
            for place in range(max(0, query + 1 - tile) if with_itself else 0, length):
                if distances[place] <= limit_of:
                    if found == rows.size:
                        if found > limit:
                            return rows, TOO_MANY
                        rows = _grown(rows)
                    row = (np.uint64(query - first) << shift) | (np.uint64(tile + place) << np.uint64(DISTANCE_BITS))
                    rows[found] = row | distances[place]
                    found += 1
    return rows, found
