"""How scores become likelihood ratios, and what those are worth on sources that the calibration did not see."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from amparo.domain.likelihood_ratio import (
    LikelihoodRatio,
    NotALikelihoodRatio,
    best_cllr,
    bounds,
    cost,
    logistic_fit,
)
from amparo.domain.origin import Claim


@dataclass(frozen=True, slots=True)
class Line:
    """A logistic calibration with bounds."""

    slope: float
    intercept: float
    """The natural logarithm of the ratio is `slope * score + intercept`."""
    lower: float
    upper: float
    """Decimal logarithms beyond which no ratio is given."""

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.slope, self.intercept, self.lower, self.upper))):
            raise NotALikelihoodRatio("The numbers of a calibration are finite.")
        if not self.lower <= 0 <= self.upper:
            raise NotALikelihoodRatio("The bounds of a calibration hold zero between them.")

    @classmethod
    def fit(cls, first: Sequence[float], second: Sequence[float]) -> Self:
        """Without bounds, on the scores of tests in which the first, or the second, proposition is true."""
        slope, intercept = logistic_fit(first, second)
        return cls(slope, intercept, -_FAR, _FAR)

    def log10(self, score: float) -> float:
        """The decimal logarithm of the ratio of a score, within the bounds."""
        return min(max((self.slope * score + self.intercept) / math.log(10), self.lower), self.upper)

    def ratio(self, score: float) -> LikelihoodRatio:
        """The ratio of a score, within the bounds."""
        return LikelihoodRatio(self.log10(score))


_FAR = 300.0
"""A bound that no ratio reaches in practice; above it, numbers have no end."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The score of one picture of which it is known how it came to be."""

    side: Claim
    """`CAPTURED`, or what stands against it."""
    source: str
    """The camera, collection or generator that it comes from."""
    score: float


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """How the ratios did on the pictures of one source, by a calibration that did not see it."""

    side: Claim
    source: str
    tests: int
    cllr: float
    """The cost of this source's ratios alone: 1 is what knowing nothing costs."""
    misleading: int
    """Tests whose ratio supports the wrong proposition."""
    strongly_misleading: int
    """Those by a factor of 10 or more."""

    @property
    def in_domain(self) -> bool:
        """Whether the ratios are worth more than knowing nothing."""
        return self.cllr < 1


def interval_95(hits: int, tests: int) -> tuple[float, float]:
    """The interval that holds the true share with 95 % confidence (Wilson, 1927)."""
    share, square = hits / tests, _Z_95**2
    middle = (share + square / (2 * tests)) / (1 + square / tests)
    reach = _Z_95 * math.sqrt(share * (1 - share) / tests + square / (4 * tests**2)) / (1 + square / tests)
    return max(0.0, middle - reach), min(1.0, middle + reach)


_Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Figures:
    """What ratios are worth, each by a calibration that did not see the picture's source."""

    cllr: float
    cllr_min: float
    balanced_accuracy: float
    """The mean over both sides of the share whose ratio, without bounds, supports the right proposition."""
    sources: tuple[SourceFigures, ...]
    """The worst first."""


def calibrated(tests: Sequence[Trial]) -> tuple[Line, Figures]:
    """The calibration on all tests, its bounds and figures by leaving out one source after the other.

    The bounds are the empirical ones of the ratios so had, never beyond the number of tests; the figures are of those
    ratios within these bounds, which is what will be given. Raise `NotALikelihoodRatio` where a side has fewer than
    two sources.
    """
    for side in (True, False):
        if len({test.source for test in tests if (test.side is Claim.CAPTURED) is side}) < 2:
            raise NotALikelihoodRatio("It takes two sources on each side: one is left out while the other is fitted.")
    held_out = _held_out(tests)
    lower, upper = (bound + 0.0 for bound in bounds(*_sides(tests, held_out)))
    fitted = Line.fit(*_sides(tests, [test.score for test in tests]))
    line = Line(fitted.slope, fitted.intercept, lower, upper)
    given = [min(max(log10, lower), upper) for log10 in held_out]
    first, second = _sides(tests, given)
    figures = Figures(
        (cost(first) + cost([-each for each in second])) / 2,
        best_cllr(*_sides(tests, held_out)),
        _balanced_accuracy(*_sides(tests, held_out)),
        tuple(sorted(_by_source(tests, given), key=lambda each: (-each.cllr, each.side, each.source))),
    )
    return line, figures


def _balanced_accuracy(first: Sequence[float], second: Sequence[float]) -> float:
    """Of a decision by the sign of a ratio; a ratio of one decides by the throw of a coin."""
    shares = [
        sum(1.0 if each > 0 else 0.5 if each == 0 else 0.0 for each in right) / len(right)
        for right in (
            first,
            [-each for each in second],
        )
    ]
    return sum(shares) / 2


def _held_out(tests: Sequence[Trial]) -> list[float]:
    """For each test, the decimal logarithm of its ratio by the line that was fitted without its source."""
    lines = {}
    for left_out in {(test.side, test.source) for test in tests}:
        rest = [test for test in tests if (test.side, test.source) != left_out]
        lines[left_out] = Line.fit(*_sides(rest, [test.score for test in rest]))
    return [lines[test.side, test.source].log10(test.score) for test in tests]


def _sides(tests: Sequence[Trial], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """The values of tests of what stands against capture, and of captured ones."""
    pairs = list(zip(tests, values, strict=True))
    return (
        [value for test, value in pairs if test.side is not Claim.CAPTURED],
        [value for test, value in pairs if test.side is Claim.CAPTURED],
    )


def _by_source(tests: Sequence[Trial], log10: Sequence[float]) -> Iterable[SourceFigures]:
    grouped: dict[tuple[Claim, str], list[float]] = {}
    for test, value in zip(tests, log10, strict=True):
        sign = -1 if test.side is Claim.CAPTURED else 1
        grouped.setdefault((test.side, test.source), []).append(sign * value)
    for (side, source), right in grouped.items():
        yield SourceFigures(
            side,
            source,
            len(right),
            cost(right),
            sum(each < 0 for each in right),
            sum(each <= -1 for each in right),
        )


def balanced_accuracy_of_rule(tests: Sequence[tuple[Claim, str, str]]) -> float:
    """How often side and kind go together: the balanced accuracy of a rule that sees a picture's kind and no pixel.

    `tests` are side, source and kind of each picture. For each source the rule is that of the others: a kind belongs
    to the side of which it is the larger share; a kind that neither has counts half.
    """
    right, total = {True: 0.0, False: 0.0}, {True: 0, False: 0}
    for left_out in {(side, source) for side, source, _ in tests}:
        counts = {True: Counter[str](), False: Counter[str]()}
        for side, source, kind in tests:
            if (side, source) != left_out:
                counts[side is Claim.CAPTURED][kind] += 1
        captured = left_out[0] is Claim.CAPTURED
        own, other = counts[captured], counts[not captured]
        for kind in (kind for side, source, kind in tests if (side, source) == left_out):
            lead = own[kind] * other.total() - other[kind] * own.total()  # of the shares, in whole numbers
            right[captured] += 1.0 if lead > 0 else 0.5 if lead == 0 else 0.0
            total[captured] += 1
    return (right[True] / total[True] + right[False] / total[False]) / 2
