"""Multi-index hashing: which bits of a hash are looked up together, and how near a value must be to be proposed.

A hash is cut into bands that share no bit (Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index
Hashing", 2012). If two hashes differed in more than rᵢ bits of each band i, they would differ in Σ(rᵢ + 1) bits at
least. So with Σ(rᵢ + 1) > R, whatever lies within R of a query lies within rᵢ in one band at least, and is found there.
This holds for any hashes at all: what they are like decides how many are proposed, never which are found.
"""

import functools
import itertools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HASH_BITS = 256
SMALLEST = 2_048
"""Below so many entries all of them are compared, and there are no bands."""
_FEW, _MANY = 2_500_000, 40_000_000
"""Up to the first number of entries there are 16 bands, from the second on 10, between them 11.

The first two were measured at a million and ten million; the third follows from how much has to be looked at."""
_PROBE_NS, _CANDIDATE_NS, _SCAN_NS = 8.0, 12.0, 0.8
"""What a look-up costs about, what a proposed entry does, and what one does where all are compared in order."""
_MOST_TURNED = 4


@dataclass(frozen=True, slots=True)
class Band:
    """Bits of a hash that are looked up together."""

    start: int
    """The first of them, counted from the lowest of the first of four little-endian words."""
    width: int

    @property
    def values(self) -> int:
        """How many values they can have."""
        return 1 << self.width


@dataclass(frozen=True, slots=True)
class Plan:
    """How near values must be in each band for a radius; a band with -1 is not looked at."""

    radii: tuple[int, ...]
    probes: int
    """Values that are looked up for a query."""
    candidates: float
    """Entries that they propose, about."""

    @property
    def cost_ns(self) -> float:
        """Of a query, about."""
        return self.probes * _PROBE_NS + self.candidates * _CANDIDATE_NS


def bands_for(count: int) -> tuple[Band, ...]:
    """The bands for so many entries. More and narrower ones need fewer look-ups, and propose more entries."""
    if count < SMALLEST:
        return ()
    number = 16 if count <= _FEW else 11 if count < _MANY else 10
    widest = count.bit_length() - 1  # so there are no more values than entries: 4 bytes a hash and band at most
    bands, start = [], 0
    for left in range(number, 0, -1):
        width = min(widest, -(-(HASH_BITS - start) // left))
        bands.append(Band(start, width))
        start += width
    return tuple(bands)


def plan_for(radius: int, bands: Sequence[Band], crowds: Sequence[float], count: int) -> Plan | None:
    """The cheapest radii with Σ(rᵢ + 1) > `radius`; `None` where comparing with all `count` entries costs less.

    `crowds` says for each band how many entries share the value of one of them, on average over the entries. What a
    band costs rises with each further radius, and faster, so the cheapest next step leads to what is cheapest in all.
    """
    radii = [-1] * len(bands)

    def step_ns(number: int) -> float:
        probes = math.comb(bands[number].width, radii[number] + 1)
        return probes * (_PROBE_NS + _CANDIDATE_NS * crowds[number])

    for _ in range(radius + 1):
        allowed = [number for number, reach in enumerate(radii) if reach < min(_MOST_TURNED, bands[number].width)]
        if not allowed:
            return None
        radii[min(allowed, key=step_ns)] += 1
    probes = [ball(band.width, reach) for band, reach in zip(bands, radii, strict=True)]
    plan = Plan(tuple(radii), sum(probes), sum(map(operator.mul, probes, crowds)))
    return plan if plan.cost_ns < count * _SCAN_NS else None


def ball(width: int, radius: int) -> int:
    """How many values of `width` bits lie within `radius` of one."""
    return sum(math.comb(width, turned) for turned in range(radius + 1))


@functools.lru_cache(maxsize=64)
def masks(width: int, radius: int) -> NDArray[np.uint32]:
    """What is to be turned in a value to have each within `radius`, ascending; none for a radius of -1."""
    turned = (
        sum(1 << bit for bit in bits)
        for number in range(radius + 1)
        for bits in itertools.combinations(range(width), number)
    )
    found = np.asarray(sorted(turned), dtype=np.uint32)
    found.setflags(write=False)
    return found
