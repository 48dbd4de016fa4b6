import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.likelihood_ratio import (
    NO_SUPPORT,
    LikelihoodRatio,
    NotALikelihoodRatio,
    best_cllr,
    bounds,
    cllr,
    logistic_fit,
)

_LOGS = st.lists(st.floats(-6, 6), min_size=1, max_size=60)


@given(st.floats(-50, 50))
def test_text_and_value_are_one(log10: float) -> None:
    ratio = LikelihoodRatio(log10)
    assert LikelihoodRatio.parse(str(ratio)) == ratio


@pytest.mark.parametrize("text", ["", "nan", "inf", "-inf", "ten", "1e999"])
def test_what_is_no_number_is_no_ratio(text: str) -> None:
    with pytest.raises(NotALikelihoodRatio):
        LikelihoodRatio.parse(text)


@pytest.mark.parametrize(
    ("log10", "words"),
    [
        (0, NO_SUPPORT),
        (0.29, NO_SUPPORT),
        (0.31, "weak support"),
        (1, "moderate support"),
        (-1.5, "moderate support"),
        (2, "moderately strong support"),
        (3, "strong support"),
        (4, "very strong support"),
        (-6, "extremely strong support"),
    ],
)
def test_words_are_those_of_the_scale(log10: float, words: str) -> None:
    assert LikelihoodRatio(log10).verbal == words


def test_ratios_that_say_nothing_cost_one_bit_and_right_ones_none() -> None:
    assert cllr([0.0, 0.0], [0.0]) == pytest.approx(1)
    assert cllr([9.0] * 5, [-9.0] * 5) < 1e-6
    assert cllr([-2.0] * 5, [2.0] * 5) > 1


@given(_LOGS, _LOGS)
def test_no_calibration_costs_less_than_the_best(first: list[float], second: list[float]) -> None:
    assert best_cllr(first, second) <= cllr(first, second) + 1e-9
    assert best_cllr(first, second) <= 1 + 1e-9


@given(_LOGS, _LOGS)
def test_the_best_calibration_looks_at_order_only(first: list[float], second: list[float]) -> None:
    scaled = best_cllr([each * 4 for each in first], [each * 4 for each in second])
    assert scaled == pytest.approx(best_cllr(first, second))


@given(_LOGS, _LOGS)
def test_bounds_stay_within_the_number_of_tests(first: list[float], second: list[float]) -> None:
    lower, upper = bounds(first, second)
    assert -math.log10(len(first)) <= lower <= 0 <= upper <= math.log10(len(second))


def test_more_tests_that_separate_bear_out_more() -> None:
    few = bounds([3.0] * 20, [-3.0] * 20)
    many = bounds([3.0] * 2000, [-3.0] * 2000)
    assert many[1] > few[1] > 0 > few[0] > many[0]
    assert bounds([0.5, -0.5] * 50, [0.5, -0.5] * 50) == (0, 0)


def test_a_logistic_fit_finds_the_ratio_that_scores_were_drawn_from() -> None:
    draw = random.Random(7)
    first = [draw.gauss(1.0, 1.0) for _ in range(4000)]
    second = [draw.gauss(-1.0, 1.0) for _ in range(1500)]
    slope, intercept = logistic_fit(first, second)
    assert slope == pytest.approx(2, abs=0.15)  # of two normal distributions: the distance over the variance
    assert intercept == pytest.approx(0, abs=0.15)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_logistic_fit_is_finite_whatever_the_scores(first: list[float], second: list[float]) -> None:
    assert all(math.isfinite(each) for each in logistic_fit(first, second))


def test_one_proposition_alone_gives_nothing() -> None:
    for measure in (cllr, best_cllr, bounds, logistic_fit):
        with pytest.raises(NotALikelihoodRatio):
            measure([1.0], [])
