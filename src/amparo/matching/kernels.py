"""The inner loops of matching, compiled to machine code by numba: counting sort, probing, joining, comparing with all.

All of them stand in this one file, because what numba keeps of a compiled function is renewed when *its* file changes,
and not when that of a function which it calls does. Importing this module costs some tenths of a second, so it is
imported where matching begins. Where no folder can be written in which compiled code could be kept, each process
compiles anew, which takes seconds.

Hashes are rows of four little-endian words of 64 bits. Whatever comes from a file is checked before it is used as a
place in memory; a function that finds it impossible returns `DAMAGED`. A row of results is one number: query, entry and
distance side by side, see `packed_rows`. A search returns when it has about as many rows as it was asked for: it writes
into `place`, four numbers that are 0 at the beginning, where it goes on when it is called again, and `ENDED` as the
first of them where it does not.
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
Numbers64 = NDArray[np.int64]

DISTANCE_BITS = 9
"""Of a packed row, the lowest: distances of 0 to 256."""
DAMAGED = -1
"""In place of a count: the index says what cannot be."""
ENDED = -1
"""In the place where a search goes on: it is at its end."""
_FULL = -2
"""In place of a count: there is no place for a further row. Only who calls makes more, and has it done again: where a
loop may put another array in the place of one, numba counts references at each turn, which costs more than all else."""
PADDING = 8
"""Numbers after the last entry of a table of entries, so that four can always be read at once."""

LANES = 8
"""Words that are compared at once."""

_CANDIDATES = 1 << 14
_AHEAD = 20
"""How many entries further memory is asked for what will be wanted."""
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


def _compare_lanes(_context: Any, words: Any, one_at: Any, two_at: Any, one: Any, two: Any, most: Any) -> Any:
    """Which of the `LANES` words from two places on differ in few bits, together, from two others: a bit for each.

    The words have one dimension; all else is of type uint64. Ten instructions on processors with registers of 512 bits,
    some more on others.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, first_place, second_place, first, second, most = arguments
        numbers = context.make_array(signature.args[0])(context, builder, array)
        word, number = ir.IntType(64), ir.IntType(32)
        lanes = ir.VectorType(word, LANES)
        count_ones = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(lanes, [lanes]), f"llvm.ctpop.v{LANES}i64"
        )

        def spread(value: Any) -> Any:
            one = builder.insert_element(ir.Constant(lanes, ir.Undefined), value, number(0))
            return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(number, LANES), [0] * LANES))

        def differing(place: Any, value: Any) -> Any:
            start = builder.bitcast(builder.gep(numbers.data, [place]), lanes.as_pointer())
            loaded = builder.load(start, align=8)
            return builder.call(count_ones, [builder.xor(loaded, spread(value))])

        bits = builder.add(differing(first_place, first), differing(second_place, second))
        few = builder.icmp_unsigned("<=", bits, spread(most))
        return builder.zext(builder.bitcast(few, ir.IntType(LANES)), word)

    return types.uint64(words, one_at, two_at, one, two, most), generate


# Called from compiled code only, where they are instructions.
_popcount: Any = intrinsic(_count_bits)
_prefetch: Any = intrinsic(_ask_for)
_near_lanes: Any = intrinsic(_compare_lanes)


@compiled
def _bits(words: Words, row: Any, start: Any, width: Any) -> Any:
    """The `width` bits of a hash from bit `start` on."""
    word, shift = start >> np.uint64(6), start & np.uint64(63)
    value = words[row, word] >> shift
    if shift + width > np.uint64(64):
        value |= words[row, word + np.uint64(1)] << (np.uint64(64) - shift)
    return value & ((np.uint64(1) << width) - np.uint64(1))


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
    """`into[:, i] = words[ids[i]]`: rows become four columns, in another order."""
    flat = words.reshape(-1)
    count, ahead = np.uint64(ids.size), np.uint64(_AHEAD)
    for at in range(count):
        if at + ahead < count:
            _prefetch(flat, np.uint64(ids[at + ahead]) * np.uint64(4))
        place = np.uint64(ids[at])
        for word in range(np.uint64(4)):
            into[word, at] = words[place, word]


@compiled
def crowds(words: Words, squares: NDArray[np.int64]) -> Any:
    """For each sixteen bits, the sum of the squares of how many share a value; `squares` has 16 zeros."""
    counts = np.zeros((16, 1 << 16), np.uint32)
    for row in range(words.shape[0]):
        for band in range(np.uint64(16)):
            value = words[row, band >> np.uint64(2)] >> ((band & np.uint64(3)) << np.uint64(4))
            counts[band, value & np.uint64(0xFFFF)] += 1
    for band in range(16):
        for value in range(1 << 16):
            squares[band] += np.int64(counts[band, value]) * np.int64(counts[band, value])


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
    some: Any,
    place: Numbers64,
) -> Any:
    """Queries `first` to `last`, each compared with the entries that one of the bands proposes.

    `bands`, shape (m + 1, 5), has of each band its first bit, its width, where its part of `starts`, of `ids` and of
    `masks` begins. `masks` are what is to be turned in a value to have all those that are near enough. Returns packed
    rows, a pair that several bands propose once for each, and how many they are: about `some`, all of a query together.
    """
    candidates = np.empty(_CANDIDATES + 64, np.uint32)
    edges = np.empty((2, masks.size), np.uint32)
    rows, found = np.empty(256, np.uint64), 0
    for query in range(max(first, place[0]), last):
        number = np.uint64(query - first) << shift
        after = _FULL
        while after == _FULL:
            after = _probe_one(
                queries, query, number, words, starts, ids, bands, masks, radius, candidates, edges, rows, found
            )
            if after == _FULL:
                if found >= some:
                    place[0] = query
                    return rows, found
                rows = _grown(rows)
        if after < 0:
            return rows, after
        found = after
    place[0] = ENDED
    return rows, found


@compiled
def _probe_one(
    queries: Words,
    query: Any,
    number: Any,
    words: Words,
    starts: Numbers,
    ids: Numbers,
    bands: Words,
    masks: Numbers,
    radius: Any,
    candidates: Numbers,
    edges: Numbers,
    rows: Words,
    found: Any,
) -> Any:
    """One query; its rows have `number` in the place of its own. How many rows there are then."""
    count = np.uint64(words.shape[0])
    full, one, four = np.uint64(_CANDIDATES), np.uint64(1), np.uint64(4)
    filled = np.uint64(0)
    for band in range(np.uint64(bands.shape[0] - 1)):
        value = _bits(queries, query, bands[band, 0], bands[band, 1])
        starts_at, ids_at, masks_at = bands[band, 2], bands[band, 3], bands[band, 4]
        probes = bands[band + one, 4] - masks_at
        for at in range(probes):
            place = starts_at + (value ^ np.uint64(masks[masks_at + at]))
            edges[0, at], edges[1, at] = starts[place], starts[place + one]
            _prefetch(ids, ids_at + np.uint64(edges[0, at]))
        for at in range(probes):
            low, high = np.uint64(edges[0, at]), np.uint64(edges[1, at])
            if low > high or high > count:
                return DAMAGED
            place = ids_at + low
            # Mostly there are fewer than four: to copy four costs less than to guess wrongly how many.
            for copied in range(four):
                candidates[filled + copied] = ids[place + copied]
            if high - low <= four:
                filled += high - low
            else:
                for copied in range(high - low):
                    candidates[filled] = ids[place + copied]
                    filled += one
                    if filled >= full:
                        found = _compare(queries, query, number, words, candidates, filled, radius, rows, found)
                        if found < 0:
                            return found
                        filled = np.uint64(0)
            if filled >= full:
                found = _compare(queries, query, number, words, candidates, filled, radius, rows, found)
                if found < 0:
                    return found
                filled = np.uint64(0)
    return _compare(queries, query, number, words, candidates, filled, radius, rows, found)


@compiled
def _compare(
    queries: Words,
    query: Any,
    number: Any,
    words: Words,
    candidates: Numbers,
    filled: Any,
    radius: Any,
    rows: Words,
    found: Any,
) -> Any:
    """Write to `rows` the first `filled` of the candidates that are near enough to a query; how many there are then."""
    flat = words.reshape(-1)
    count, four, ahead, most = np.uint64(words.shape[0]), np.uint64(4), np.uint64(_AHEAD), np.uint64(radius)
    one, two, three, last = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
    for at in range(min(filled, ahead)):
        _prefetch(flat, np.uint64(candidates[at]) * four)
    for at in range(filled):
        _prefetch(flat, np.uint64(candidates[at + ahead]) * four)
        entry = np.uint64(candidates[at])
        if entry >= count:
            return DAMAGED
        bits = _popcount(one ^ words[entry, 0]) + _popcount(two ^ words[entry, 1])
        bits += _popcount(three ^ words[entry, 2]) + _popcount(last ^ words[entry, 3])
        if bits <= most:
            if found == rows.size:
                return _FULL
            rows[found] = number | (entry << np.uint64(DISTANCE_BITS)) | bits
            found += 1
    return found


@compiled
def _proposed_first(
    queries: Words, query: Any, entries: Words, entry: Any, bands: Words, radii: NDArray[np.int64], band: Any
) -> Any:
    """Whether this band proposes the pair, and none before it does."""
    for number in range(band, -1, -1):
        word, shift = bands[number, 0] >> np.uint64(6), bands[number, 0] & np.uint64(63)
        turned = (queries[word, query] ^ entries[word, entry]) >> shift
        turned &= (np.uint64(1) << bands[number, 1]) - np.uint64(1)
        if (np.int64(_popcount(turned)) <= radii[number]) != (number == band):
            return False
    return True


@compiled
def join(
    entries: Words,
    entry_ids: Numbers,
    starts: Numbers,
    first_block: Any,
    last_block: Any,
    fine: Any,
    queries: Words,
    query_ids: Numbers,
    query_starts: Numbers,
    highs: Numbers,
    lows: Numbers,
    spans: Numbers,
    lows_at: NDArray[np.int64],
    bands: Words,
    radii: NDArray[np.int64],
    band: Any,
    one_word: Any,
    two_word: Any,
    radius: Any,
    shift: Any,
    with_itself: Any,
    some: Any,
    place: Numbers64,
) -> Any:
    """Many queries against the entries of blocks `first_block` to `last_block` of one band.

    Both are columns, sorted by the band's bits, which all lie in one word; where each value starts is checked by
    nobody. A block has all that agree but in the `fine` lowest bits. The entries of a block stay in the processor's
    cache while the queries of all blocks near to it pass by: `highs` are what is to be turned in the number of a block,
    and for each of them `lows[lows_at[i]:lows_at[i + 1]]` in the lowest bits. Where the entries of one value are few,
    with each of these those of 2**`spans[…]` neighbouring values are compared.

    Half of the bits tell nearly all that are far apart: those of `one_word` and `two_word`. A pair is returned by the
    first band that proposes it, packed; where the entries are compared `with_itself`, each pair once, the lower number
    first. Returns about `some` rows and how many they are.
    """
    rows, found = np.empty(1024, np.uint64), 0
    flat, step = entries.reshape(-1), np.uint64(1)
    first_high, first_query = place[1], np.uint64(place[2])
    for block in range(np.uint64(max(np.int64(first_block), place[0])), np.uint64(last_block)):
        for number in range(first_high, highs.size):
            near = block ^ np.uint64(highs[number])
            if with_itself and near > block:
                continue
            query = max(np.uint64(query_starts[near << fine]), first_query)
            first_query = np.uint64(0)
            after = _FULL
            while after == _FULL:
                after = _join_blocks(
                    entries,
                    flat,
                    entry_ids,
                    starts,
                    block << fine,
                    queries,
                    query_ids,
                    query,
                    np.uint64(query_starts[(near + step) << fine]),
                    (step << fine) - step,
                    lows[lows_at[number] : lows_at[number + 1]],
                    spans[lows_at[number] : lows_at[number + 1]],
                    bands,
                    radii,
                    band,
                    one_word,
                    two_word,
                    np.uint64(radius),
                    shift,
                    with_itself,
                    rows,
                    found,
                    place,
                )
                if after == _FULL:
                    query, found = np.uint64(place[2]), place[3]
                    if found >= some:
                        place[0], place[1] = np.int64(block), number
                        return rows, found
                    rows = _grown(rows)
            found = after
        first_high = 0
    place[0] = ENDED
    return rows, found


@compiled
def _join_blocks(
    entries: Words,
    flat: Words,
    entry_ids: Numbers,
    starts: Numbers,
    value_of_block: Any,
    queries: Words,
    query_ids: Numbers,
    first_query: Any,
    last_query: Any,
    low_bits: Any,
    lows: Numbers,
    spans: Numbers,
    bands: Words,
    radii: NDArray[np.int64],
    band: Any,
    one_word: Any,
    two_word: Any,
    most: Any,
    shift: Any,
    with_itself: Any,
    rows: Words,
    found: Any,
    place: Numbers64,
) -> Any:
    """Queries of one block against the entries of another; how many rows there are then.

    Where there is no place for the rows of a query, `place[2]` is that query and `place[3]` the number of rows before.
    """
    step, stride = np.uint64(1), np.uint64(entries.shape[1])
    own_word, own_shift = bands[band, 0] >> np.uint64(6), bands[band, 0] & np.uint64(63)
    one_at, two_at = one_word * stride, two_word * stride
    for query in range(first_query, last_query):
        one, two = queries[one_word, query], queries[two_word, query]
        base = value_of_block | ((queries[own_word, query] >> own_shift) & low_bits)
        before = found
        for at in range(np.uint64(lows.size)):
            span = np.uint64(spans[at])
            value = ((base ^ np.uint64(lows[at])) >> span) << span
            entry, end = np.uint64(starts[value]), np.uint64(starts[value + (step << span)])
            if with_itself and entry <= query:
                entry = query + step
            while entry < end:
                some = _near_lanes(flat, one_at + entry, two_at + entry, one, two, most)
                while some:
                    here = entry + _popcount((some & (~some + step)) - step)
                    some &= some - step
                    if here >= end:
                        break
                    bits = np.uint64(0)
                    for word in range(np.uint64(4)):
                        bits += _popcount(queries[word, query] ^ entries[word, here])
                    if bits > most or not _proposed_first(queries, query, entries, here, bands, radii, band):
                        continue
                    if found == rows.size:
                        place[2], place[3] = np.int64(query), before
                        return _FULL
                    one_id, other_id = np.uint64(query_ids[query]), np.uint64(entry_ids[here])
                    if with_itself and other_id < one_id:
                        one_id, other_id = other_id, one_id
                    rows[found] = (one_id << shift) | (other_id << np.uint64(DISTANCE_BITS)) | bits
                    found += 1
                entry += np.uint64(LANES)
    return found


@compiled
def scan(
    queries: Words,
    first: Any,
    last: Any,
    words: Words,
    radius: Any,
    shift: Any,
    with_itself: Any,
    some: Any,
    place: Numbers64,
) -> Any:
    """Queries `first` to `last` compared with every entry, or `with_itself` with those after it, as `probe`.

    Entries are turned into four columns, a tile of them at a time, so that several are compared by one instruction.
    """
    count = words.shape[0]
    columns = np.empty((4, _TILE), np.uint64)
    distances = np.empty(_TILE, np.uint64)
    rows, found = np.empty(2 * _TILE, np.uint64), 0
    nearest, limit_of = np.uint64(0), np.uint64(radius)
    first_tile = max(first // _TILE * _TILE if with_itself else 0, place[0])
    first_query = max(first, place[1])
    for tile in range(first_tile, count, _TILE):
        length = min(_TILE, count - tile)
        for at in range(length):
            for word in range(4):
                columns[word, at] = words[tile + at, word]
        for query in range(first_query, last):
            if with_itself and tile + length <= query + 1:
                continue
            one, two, three, four = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
            nearest = np.uint64(257)
            for at in range(length):
                bits = _popcount(one ^ columns[0, at]) + _popcount(two ^ columns[1, at])
                bits += _popcount(three ^ columns[2, at]) + _popcount(four ^ columns[3, at])
                distances[at] = bits
                nearest = min(nearest, bits)
            if nearest > limit_of:
                continue
            if rows.size - found < _TILE:
                if found >= some:
                    place[0], place[1] = tile, query
                    return rows, found
                rows = _grown(rows)
            for at in range(max(0, query + 1 - tile) if with_itself else 0, length):
                if distances[at] <= limit_of:
                    row = (np.uint64(query - first) << shift) | (np.uint64(tile + at) << np.uint64(DISTANCE_BITS))
                    rows[found] = row | distances[at]
                    found += 1
        first_query = first
    place[0] = ENDED
    return rows, found


@compiled
def unpack(packed: Words, shift: Any, first: Any, rows: Numbers64) -> Any:
    """Write to `rows`, shape (k, 3), what `packed`, shape (k,), says; queries are counted from `first` on."""
    distances = (np.uint64(1) << np.uint64(DISTANCE_BITS)) - np.uint64(1)
    entries = (np.uint64(1) << (shift - np.uint64(DISTANCE_BITS))) - np.uint64(1)
    for row in range(packed.size):
        rows[row, 0] = np.int64(packed[row] >> shift) + first
        rows[row, 1] = np.int64((packed[row] >> np.uint64(DISTANCE_BITS)) & entries)
        rows[row, 2] = np.int64(packed[row] & distances)
