"""Scores become ratios within bounds, and what those are worth is found on sources that were left out."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.calibration import Line, Trial, balanced_accuracy_of_rule, calibrated, interval_95
from amparo.domain.likelihood_ratio import NotALikelihoodRatio, cllr
from amparo.domain.origin import Claim


def trials(seed: int = 0, distance: float = 2.0, misled: str = "") -> list[Trial]:
    """Scores of three sources a side; those of `misled` lie where the other side's do."""
    chance = random.Random(seed)
    made = []
    for side, middle in ((Claim.CAPTURED, 0.0), (Claim.GENERATED, distance)):
        for source in "abc":
            name = f"{side}-{source}"
            centre = distance * 1.5 - middle if name == misled else middle
            made += [Trial(side, name, chance.gauss(centre, 1)) for _ in range(40)]
    return made


def test_ratios_stay_within_the_bounds_and_the_bounds_within_the_number_of_tests() -> None:
    line, figures = calibrated(trials())
    assert line.slope > 0
    assert -math.log10(120) <= line.lower < 0 < line.upper <= math.log10(120)
    assert line.ratio(1e9).log10 == round(line.upper, 2)
    assert line.ratio(-1e9).log10 == round(line.lower, 2)
    assert 0 < figures.cllr_min <= figures.cllr < 1
    assert figures.balanced_accuracy > 0.75


def test_each_source_is_judged_by_what_the_others_teach_and_the_worst_comes_first() -> None:
    _line, figures = calibrated(trials(misled="captured-b"))
    assert [each.cllr for each in figures.sources] == sorted((each.cllr for each in figures.sources), reverse=True)
    worst = figures.sources[0]
    assert (worst.side, worst.source, worst.tests) == (Claim.CAPTURED, "captured-b", 40)
    assert not worst.in_domain
    assert worst.misleading > 20
    assert all(each.in_domain for each in figures.sources[1:])


def test_the_figure_of_all_sources_is_the_cost_of_the_ratios_that_are_given() -> None:
    tests = trials()
    _line, figures = calibrated(tests)
    weighed = [
        sum(each.cllr * each.tests for each in figures.sources if (each.side is side))
        for side in (Claim.CAPTURED, Claim.GENERATED)
    ]
    assert figures.cllr == pytest.approx(sum(weighed) / 240)


def test_scores_that_tell_nothing_give_no_ratio() -> None:
    line, figures = calibrated(trials(distance=0.0))
    assert figures.cllr >= 0.97
    assert max(abs(line.lower), line.upper) < 0.5
    assert str(line.lower) != "-0.0"
    assert 0.3 < figures.balanced_accuracy < 0.7


def test_one_source_on_a_side_is_not_enough() -> None:
    with pytest.raises(NotALikelihoodRatio, match="two sources"):
        calibrated([trial for trial in trials() if trial.source in ("captured-a", "generated-a", "generated-b")])


@pytest.mark.parametrize("numbers", [(math.nan, 0, 0, 0), (1, math.inf, 0, 0), (1, 0, 0.5, 1), (1, 0, -1, -0.5)])
def test_a_line_has_finite_numbers_and_bounds_around_zero(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(NotALikelihoodRatio):
        Line(*numbers)


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.floats(-50, 50)), min_size=1, max_size=40),
)
def test_whatever_the_scores_the_figures_are_numbers(more: list[tuple[bool, str, float]]) -> None:
    tests = [Trial(side, source, 0.0) for side in (Claim.CAPTURED, Claim.GENERATED) for source in "ab"]
    tests += [Trial(Claim.CAPTURED if captured else Claim.GENERATED, source, score) for captured, source, score in more]
    line, figures = calibrated(tests)
    assert line.lower <= 0 <= line.upper
    assert math.isfinite(figures.cllr)
    assert all(0 <= each.strongly_misleading <= each.misleading <= each.tests for each in figures.sources)
    assert sum(each.tests for each in figures.sources) == len(tests)


@given(st.floats(-1e9, 1e9), st.floats(-1e6, 1e6), st.floats(-9, 0), st.floats(0, 9), st.floats(-1e9, 1e9))
def test_no_score_leads_beyond_the_bounds(
    slope: float, intercept: float, lower: float, upper: float, score: float
) -> None:
    line = Line(slope, intercept, lower, upper)
    assert lower <= line.log10(score) <= upper
    assert lower - 0.005 <= line.ratio(score).log10 <= upper + 0.005


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert interval_95(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert interval_95(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)
    assert interval_95(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe, 1998, table I


def test_cllr_is_the_mean_of_what_both_sides_cost() -> None:
    assert cllr([0.0], [0.0]) == pytest.approx(1)
    assert cllr([3.0], [-3.0]) < 0.01


def test_a_rule_without_pixels_reaches_a_half_where_both_sides_look_alike_and_all_where_they_do_not() -> None:
    sides = (Claim.CAPTURED, Claim.GENERATED)
    alike = [(side, source, kind) for side in sides for source in "ab" for kind in ["jpeg"] * 12 + ["png"] * 5]
    assert balanced_accuracy_of_rule(alike) == 0.5
    apart = [(side, source, side.value) for side in sides for source in "ab" for _ in range(3)]
    assert balanced_accuracy_of_rule(apart) == 1.0
    # A kind that one source alone has teaches nothing about the others.
    own = [(side, source, side.value + source) for side in sides for source in "ab"]
    assert balanced_accuracy_of_rule(own) == 0.5
