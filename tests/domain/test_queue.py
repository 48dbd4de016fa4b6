"""The order of the queue is total, stable, explained, and monotone in each reason; origin only adds."""

from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.queue import (
    CLASSIFIER,
    MOST_POINTS,
    MOST_WEIGHT,
    NO_ORIGIN,
    REASONS,
    TRACES_COHERENT,
    UNKNOWN_AGE,
    Candidates,
    MalformedWeights,
    Weights,
    explained,
    order,
    reasons_of,
    scores,
)

YES_OR_NO = st.integers(0, 1)
COLUMNS: dict[str, st.SearchStrategy[int]] = {
    "known": YES_OR_NO,
    "near_series": YES_OR_NO,
    "camera_traces": st.integers(0, TRACES_COHERENT),
    "serial_files": st.integers(0, 2**31 - 1) | st.integers(0, 40),
    "in_camera_roll": YES_OR_NO,
    "taken_age_days": st.integers(UNKNOWN_AGE, 2**31 - 1) | st.integers(UNKNOWN_AGE, 5_000),
    "place": YES_OR_NO,
    "time": YES_OR_NO,
    "exhibits": st.integers(0, 2**31 - 1) | st.integers(0, 5),
    "countries": st.integers(0, 2**31 - 1) | st.integers(0, 5),
    "origin": st.just(NO_ORIGIN) | st.integers(-32_000, 32_000),
}
TOWARDS = {"known": -1, "taken_age_days": -1, "origin": -1}
"""Columns of which less puts forward, where they say anything."""
SILENT = {"taken_age_days": UNKNOWN_AGE, "origin": NO_ORIGIN}


def candidates(rows: list[dict[str, int]], boats: list[int] | None = None) -> Candidates:
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows], np.int64) for name in COLUMNS}
    by = {} if boats is None else {"boats": np.array(boats, np.uint8)}
    return Candidates(media_file=np.arange(len(rows)) * 3 + 5, **columns, classifiers=by)


ROW = st.fixed_dictionaries(COLUMNS)
SOME = st.lists(ROW, min_size=1, max_size=12)
WEIGHTS = st.dictionaries(
    st.sampled_from([*(reason.name for reason in REASONS), f"{CLASSIFIER}boats"]), st.integers(0, MOST_WEIGHT)
).map(lambda given: Weights.of({"unknown": 1, **given} if not given.get("unknown") else given))


@given(SOME, WEIGHTS, st.data())
def test_the_order_is_total_stable_and_explained(rows: list[dict[str, int]], weights: Weights, data: Any) -> None:
    boats = data.draw(st.lists(st.integers(0, 255), min_size=len(rows), max_size=len(rows)))
    files = candidates(rows, boats)
    scored = scores(files, weights)
    places = order(files.media_file, scored).tolist()
    assert sorted(places) == list(range(len(rows)))
    for before, after in pairwise(places):
        assert (-scored[before], files.media_file[before]) < (-scored[after], files.media_file[after])
    for place in range(len(rows)):
        said = explained(files, place, weights)
        assert sum(each.score for each in said) == scored[place]
        assert all(0 < each.points <= MOST_POINTS and str(each.sentence).endswith(".") for each in said)
    shuffled = data.draw(st.permutations(places))
    mixed = files.at(np.array(shuffled))
    again = order(mixed.media_file, scores(mixed, weights))
    assert mixed.media_file[again].tolist() == files.media_file[places].tolist()


@given(ROW, st.sampled_from(sorted(COLUMNS)), st.data(), WEIGHTS)
def test_more_of_a_reason_never_puts_a_file_back(row: dict[str, int], name: str, data: Any, weights: Weights) -> None:
    other = {**row, name: data.draw(COLUMNS[name])}
    if SILENT.get(name) in (row[name], other[name]):
        silent, telling = (row, other) if row[name] == SILENT[name] else (other, row)
    else:
        towards = TOWARDS.get(name, 1)
        silent, telling = sorted((row, other), key=lambda one: one[name] * towards)
    less, more = scores(candidates([silent, telling], [0, 0]), weights).tolist()
    assert less <= more


@given(ROW, st.integers(0, 255), st.integers(0, 255), WEIGHTS)
def test_more_points_of_an_analyzer_never_put_a_file_back(
    row: dict[str, int], one: int, other: int, weights: Weights
) -> None:
    less, more = scores(candidates([row, row], sorted((one, other))), weights).tolist()
    assert less <= more


@given(ROW, st.integers(-32_000, 32_000), WEIGHTS)
def test_no_finding_about_origin_puts_a_file_behind_where_it_would_stand_without_one(
    row: dict[str, int], ratio: int, weights: Weights
) -> None:
    without, with_finding = scores(candidates([{**row, "origin": NO_ORIGIN}, {**row, "origin": ratio}]), weights)
    assert with_finding >= without
    assert with_finding == without or ratio < 0  # what supports a camera adds; what supports a generator does nothing


@given(SOME)
def test_points_are_whole_and_within_bounds(rows: list[dict[str, int]]) -> None:
    files = candidates(rows, [255] * len(rows))
    for reason in reasons_of(files):
        points = reason.points(files)
        assert points.dtype == np.int64
        assert points.shape == (len(rows),)
        assert 0 <= points.min() <= points.max() <= MOST_POINTS


def test_each_reason_says_for_what_it_gives_points() -> None:
    assert len({reason.name for reason in REASONS}) == len(REASONS)
    for reason in REASONS:
        assert "points" in (reason.points.__doc__ or "")
    assert [each.name for each in fields(Candidates)][1:-1] == list(COLUMNS)


@given(WEIGHTS)
def test_weights_are_written_and_read(weights: Weights) -> None:
    assert Weights.parse(str(weights)) == Weights.of(weights.by_reason)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_weights_or_refused(text: str) -> None:
    try:
        weights = Weights.parse(text)
    except MalformedWeights:
        return
    assert Weights.parse(str(weights)) == weights


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"luck": 1}, "no reason 'luck'"),
        ({"recent": -1}, "whole number from 0 to 1000"),
        ({"recent": 1_001}, "whole number"),
        ({"recent": True}, "whole number"),
        ({"recent": 1.5}, "whole number"),
        ({f"{CLASSIFIER}": 1}, "no reason"),
        ({reason.name: 0 for reason in REASONS}, "no order"),
    ],
)
def test_weights_that_make_no_sense_are_refused_in_a_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(MalformedWeights, match=sentence):
        Weights.of(given)


def test_a_reason_that_weighs_nothing_is_not_told() -> None:
    row = dict.fromkeys(COLUMNS, 0)
    files = candidates([{**row, "origin": NO_ORIGIN, "taken_age_days": UNKNOWN_AGE}])
    assert [each.reason for each in explained(files, 0, Weights())] == ["unknown"]
    assert explained(files, 0, Weights.of({"unknown": 0})) == ()
    assert len(replace(files)) == 1


def test_weights_of_another_version_count_as_far_as_they_are_understood() -> None:
    laid_down = Weights.understood('{"luck":7,"recent":9}')
    assert (laid_down.by_reason["recent"], "luck" in laid_down.by_reason) == (9, False)
    with pytest.raises(MalformedWeights, match="whole number"):
        Weights.understood('{"recent":-9}')
