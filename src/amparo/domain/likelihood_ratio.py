"""Likelihood ratios: how much more probable a finding is under one proposition than under another.

The words are those of the ENFSI Guideline for Evaluative Reporting in Forensic Science (2015), the measures those of
Brümmer and du Preez (Application-independent evaluation of speaker detection, 2006), the bounds those of Vergeer et al.
(Numerical likelihood ratios outputted by LR systems are often based on extrapolation: when to stop extrapolating?,
Science & Justice 56, 2016).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from amparo.domain.errors import AmparoError

_WORDS = (
    (1_000_000, "extremely strong support"),
    (10_000, "very strong support"),
    (1_000, "strong support"),
    (100, "moderately strong support"),
    (10, "moderate support"),
    (2, "weak support"),
)
NO_SUPPORT = "no support for one proposition over the other"


class NotALikelihoodRatio(AmparoError, ValueError):
    """A value that cannot be a likelihood ratio, or values from which none can be had."""


@dataclass(frozen=True, slots=True, order=True)
class LikelihoodRatio:
    """The probability of a finding under the first proposition, divided by that under the second."""

    log10: float
    """Rounded to hundredths: nobody measures finer, and so its text and its value are one."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.log10):
            raise NotALikelihoodRatio("A likelihood ratio is a number above zero and below infinity.")
        object.__setattr__(self, "log10", round(self.log10, 2) + 0.0)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str`; raise `NotALikelihoodRatio`."""
        try:
            return cls(float(text))
        except ValueError as error:
            raise NotALikelihoodRatio(f"{text!r} is no decimal logarithm of a likelihood ratio.") from error

    def __str__(self) -> str:
        return f"{self.log10:.2f}"

    def within(self, lower: float, upper: float) -> Self:
        """This ratio, no further out than the decimal logarithms `lower` and `upper`."""
        return type(self)(min(max(self.log10, lower), upper))

    @property
    def verbal(self) -> str:
        """The step of ENFSI's scale, without saying for which proposition: `log10` tells by its sign."""
        return next((words for least, words in _WORDS if abs(self.log10) >= math.log10(least)), NO_SUPPORT)


def cllr(first: Sequence[float], second: Sequence[float]) -> float:
    """The cost of log likelihood ratios, in bits: 0 is perfect, 1 says nothing, above 1 it misleads.

    `first` and `second` are decimal logarithms of the ratios of tests in which the first, or the second, proposition
    is true. Raise `NotALikelihoodRatio` where either is empty.
    """
    _both(first, second)
    return (cost(first) + cost([-each for each in second])) / 2


def cost(right: Sequence[float]) -> float:
    """The half of `cllr` that tests of one proposition bear, in bits: 0 is perfect, 1 says nothing, above 1 misleads.

    `right` are decimal logarithms of ratios, above zero where they support the proposition that is true.
    """
    return math.fsum(_softplus(-each * math.log(10)) for each in right) / (len(right) * math.log(2))


def best_cllr(first: Sequence[float], second: Sequence[float]) -> float:
    """`cllr` after the best monotone calibration of the same scores (pool adjacent violators): what it can reach."""
    _both(first, second)
    prior = math.log10(len(first) / len(second))
    scores = sorted([(score, 1) for score in first] + [(score, 0) for score in second])
    cost_of_first = cost_of_second = 0.0
    for share, ones, zeros in _pooled(scores):
        if ones:
            odds = math.log10(share / (1 - share)) - prior if share < 1 else math.inf
            cost_of_first += ones * _softplus(-odds * math.log(10))
        if zeros:
            odds = math.log10(share / (1 - share)) - prior if share > 0 else -math.inf
            cost_of_second += zeros * _softplus(odds * math.log(10))
    return (cost_of_first / len(first) + cost_of_second / len(second)) / (2 * math.log(2))


def _pooled(scores: Sequence[tuple[float, int]]) -> list[tuple[float, int, int]]:
    """Blocks of rising share of ones (the isotonic regression): share, ones, zeros."""
    blocks: list[tuple[int, int]] = []
    position = 0
    while position < len(scores):
        score, ones, zeros = scores[position][0], 0, 0
        while position < len(scores) and scores[position][0] == score:  # equal scores cannot be told apart
            ones, zeros = ones + scores[position][1], zeros + 1 - scores[position][1]
            position += 1
        blocks.append((ones, zeros))
        while len(blocks) > 1 and _share(blocks[-2]) >= _share(blocks[-1]):
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1]))
    return [(_share(block), *block) for block in blocks]


def _share(block: tuple[int, int]) -> float:
    return block[0] / (block[0] + block[1])


def bounds(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """The empirical lower and upper bound (ELUB) of decimal logarithms, never beyond the number of tests.

    Between them, a decision by these ratios costs no more than one that ignores them, with one misleading ratio added
    on either side. Both are 0 where the tests bear out no ratio at all.
    """
    _both(first, second)
    return -_upper([-each for each in second], [-each for each in first]), _upper(first, second)


def _upper(first: Sequence[float], second: Sequence[float]) -> float:
    """The largest threshold t from 1 on up to which P(LR < t | first) + t P(LR ≥ t | second) stays below 1."""
    highest = math.log10(len(second))
    ordered_first, ordered_second = sorted(first), sorted(second)
    below = at_least = 0
    reached = 0.0
    steps = math.floor(highest * 100)
    for hundredths in range(1, steps + 1):
        threshold = hundredths / 100
        while below < len(ordered_first) and ordered_first[below] < threshold:
            below += 1
        while at_least < len(ordered_second) and ordered_second[at_least] < threshold:
            at_least += 1
        missed = (below + 1) / (len(first) + 1)
        false = (len(second) - at_least + 1) / (len(second) + 1)
        if missed + 10**threshold * false > 1:
            break
        reached = threshold
    return reached


def logistic_fit(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Slope and intercept that turn a score into the natural logarithm of a likelihood ratio.

    Logistic regression with both propositions weighted alike, by Newton's method, and with a touch of ridge, so that
    scores that separate completely give a finite slope.
    """
    _both(first, second)
    middle = (math.fsum(first) / len(first) + math.fsum(second) / len(second)) / 2
    every = [*first, *second]
    spread = math.sqrt(math.fsum((each - middle) ** 2 for each in every) / len(every)) or 1.0
    rows = [((each - middle) / spread, 1.0, 0.5 / len(first)) for each in first]
    rows += [((each - middle) / spread, 0.0, 0.5 / len(second)) for each in second]
    ridge = 1.0 / (len(every) * 10)
    slope, intercept = 1.0, 0.0
    for _ in range(100):
        gradient_s, gradient_i, curve_ss, curve_si, curve_ii = ridge * slope, 0.0, ridge, 0.0, 1e-12
        for value, truth, weight in rows:
            share = _sigmoid(slope * value + intercept)
            error, curve = weight * (share - truth), weight * share * (1 - share)
            gradient_s += error * value
            gradient_i += error
            curve_ss += curve * value * value
            curve_si += curve * value
            curve_ii += curve
        size = curve_ss * curve_ii - curve_si * curve_si
        step_s = (gradient_s * curve_ii - gradient_i * curve_si) / size
        step_i = (gradient_i * curve_ss - gradient_s * curve_si) / size
        largest = max(abs(step_s), abs(step_i), 1.0)  # no step so long that it leaves the curve behind
        slope, intercept = slope - step_s / largest, intercept - step_i / largest
        if abs(step_s) + abs(step_i) < 1e-9:
            break
    return slope / spread, intercept - slope * middle / spread


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def _softplus(value: float) -> float:
    """The natural logarithm of 1 + exp(value)."""
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


def _both(first: Sequence[float], second: Sequence[float]) -> None:
    if not first or not second:
        raise NotALikelihoodRatio("It takes tests of both propositions; one of them has none.")
