"""The inner loops of clustering, compiled as those of `kernels` are, and kept apart from them for the same reason."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.matching.kernels import compiled

Numbers = NDArray[np.int64]


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
def sums(begins: Numbers, others: Any, weights: Numbers) -> Any:
    """Of each node, its own weight and those of its neighbours."""
    summed = weights.copy()
    for node in range(summed.size):
        for at in range(begins[node], begins[node + 1]):
            summed[node] += weights[others[at]]
    return summed


@compiled
def stars(begins: Numbers, others: Any, distances: Any, order: Numbers) -> Any:
    """The centre of each node and the distance to it.

    In `order`, each node that has no centre among its neighbours becomes one. Then each other node goes to its nearest
    centre, of several to the one that became one first.
    """
    count = begins.size - 1
    centres, away = np.arange(count), np.zeros(count, np.int64)
    ranks = np.full(count, count, np.int64)
    covered = np.zeros(count, np.bool_)
    for rank in range(order.size):
        node = order[rank]
        if not covered[node]:
            ranks[node] = rank
            covered[node] = True
            for at in range(begins[node], begins[node + 1]):
                covered[others[at]] = True
    for node in range(count):
        if ranks[node] < count:
            continue
        nearest, first = np.int64(257), np.int64(count)
        for at in range(begins[node], begins[node + 1]):
            rank = ranks[others[at]]
            if rank < count and (distances[at] < nearest or (distances[at] == nearest and rank < first)):
                nearest, first = np.int64(distances[at]), np.int64(rank)
                centres[node], away[node] = others[at], nearest
    return centres, away


@compiled
def chains(pairs: Numbers, count: Any) -> Any:
    """Of each node the lowest one that it is connected with, over any number of pairs."""
    lowest = np.arange(count)
    for pair in range(pairs.shape[0]):
        one, other = pairs[pair, 0], pairs[pair, 1]
        while lowest[one] != one:
            lowest[one] = lowest[lowest[one]]
            one = lowest[one]
        while lowest[other] != other:
            lowest[other] = lowest[lowest[other]]
            other = lowest[other]
        lowest[max(one, other)] = min(one, other)
    for node in range(count):
        lowest[node] = lowest[lowest[node]]
    return lowest
