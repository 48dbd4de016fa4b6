"""The inner loops of clustering, compiled as those of `kernels` are, and kept apart from them for the same reason."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.matching.kernels import Words, compiled

Numbers = NDArray[np.int64]

FARTHEST = 256
"""Bits that two hashes can differ in."""


@compiled
def neighbours(pairs: Numbers, count: Any) -> Any:
    """Of `pairs`, shape (k, 3), those of each node side by side: where they begin, shape (count + 1,), who, how far."""
    begins = np.zeros(count + 1, np.int64)
    for pair in range(pairs.shape[0]):
        begins[pairs[pair, 0] + 1] += 1
        begins[pairs[pair, 1] + 1] += 1
    for node in range(count):
        begins[node + 1] += begins[node]
    places = begins[:-1].copy()
    others = np.empty(2 * pairs.shape[0], np.uint32)
    distances = np.empty(2 * pairs.shape[0], np.uint16)
    for pair in range(pairs.shape[0]):
        one, other = pairs[pair, 0], pairs[pair, 1]
        others[places[one]], distances[places[one]] = other, pairs[pair, 2]
        others[places[other]], distances[places[other]] = one, pairs[pair, 2]
        places[one] += 1
        places[other] += 1
    return begins, others, distances


@compiled
def rename(pairs: Numbers, queries: Numbers, entries: Numbers) -> Any:
    """In place of the number of a query and of an entry, that of its hash; the lower one first."""
    for pair in range(pairs.shape[0]):
        one, other = queries[pairs[pair, 0]], entries[pairs[pair, 1]]
        pairs[pair, 0], pairs[pair, 1] = min(one, other), max(one, other)


@compiled
def tally(pairs: Numbers, weights: Numbers, about: Numbers, near: Numbers, lowest: Numbers) -> Any:
    """Count in some pairs: of each node the weights of its neighbours, their number, and what it is connected with.

    `lowest` is at first the node itself; from there a node leads over others to the lowest one of all it is connected
    with, see `settle`.
    """
    pair, count = 0, pairs.shape[0]
    while pair < count:
        one = pairs[pair, 0]
        lead, summed, begin = one, np.int64(0), pair
        while lowest[lead] != lead:
            lead = lowest[lead]
        while pair < count and pairs[pair, 0] == one:  # mostly many stand together
            other = pairs[pair, 1]
            summed += weights[other]
            about[other] += weights[one]
            near[other] += 1
            pair += 1
            if lowest[other] != lead:
                while lowest[other] != other:
                    lowest[other] = lowest[lowest[other]]
                    other = lowest[other]
                lowest[max(lead, other)] = min(lead, other)
                lead = min(lead, other)
        about[one] += summed
        near[one] += pair - begin
        lowest[one] = lead


@compiled
def settle(lowest: Numbers) -> Any:
    """After all pairs: of each node the lowest one that it is connected with, over any number of pairs."""
    for node in range(lowest.size):
        lowest[node] = lowest[lowest[node]]


@compiled
def cover(
    nodes: Numbers, begins: Numbers, ends: Numbers, others: Any, distances: Any, centres: Numbers, away: Numbers
) -> Any:
    """In order, each of `nodes` that has no centre within reach becomes one, and those about it go to it if it is near.

    The neighbours of `nodes[i]` are `others[begins[i]:ends[i]]`. `centres` has the nearest centre of each node, of
    several the first, and `away` the distance to it, at first more than there can be.
    """
    for at in range(nodes.size):
        node = nodes[at]
        if away[node] <= FARTHEST:
            continue
        centres[node], away[node] = node, 0
        for place in range(begins[at], ends[at]):
            if distances[place] < away[others[place]]:
                centres[others[place]], away[others[place]] = node, distances[place]


@compiled
def bands_shared(words: Words, least: Any) -> Any:
    """Of each hash, in how many of its sixteen bands of 16 bits at least so many have the value that it has."""
    counts = np.zeros((16, 1 << 16), np.uint32)
    for row in range(words.shape[0]):
        for band in range(np.uint64(16)):
            value = words[row, band >> np.uint64(2)] >> ((band & np.uint64(3)) << np.uint64(4))
            counts[band, value & np.uint64(0xFFFF)] += 1
    shared = np.zeros(words.shape[0], np.int64)
    for row in range(words.shape[0]):
        for band in range(np.uint64(16)):
            value = words[row, band >> np.uint64(2)] >> ((band & np.uint64(3)) << np.uint64(4))
            if counts[band, value & np.uint64(0xFFFF)] >= least:
                shared[row] += 1
    return shared


@compiled
def mark(rows: Numbers, begins: Numbers, films: Numbers, marks: Any) -> Any:
    """Mark for each query all films that show an entry near to it: those of an entry from `begins[entry]` on."""
    for row in range(rows.shape[0]):
        query, entry = rows[row, 0], rows[row, 1]
        for at in range(begins[entry], begins[entry + 1]):
            marks[query, films[at]] = True
