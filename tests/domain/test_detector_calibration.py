"""The calibration of a detector: text and back, what it refuses, and for which pictures it speaks."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.calibration import Figures, Line, SourceFigures
from amparo.domain.canonical import canonical
from amparo.domain.detector_calibration import (
    DetectorCalibration,
    Domain,
    Look,
    Making,
    NotACalibration,
    ReferenceSet,
)
from amparo.domain.origin import Claim

HELD = DetectorCalibration(
    "example",
    "1.0",
    "00" * 32,
    "11" * 32,
    ReferenceSet("set", "22" * 32, 0, 1, 2),
    Making("2026-02-26T09:00:00+00:00", "ana", "Alfama", "amparo origin calibrate example set", "0.1", "1.32"),
    Line(1.5, -0.25, -1.1, 1.3),
    Domain(("image/jpeg, YCbCr 8",), 256, 2048),
    Figures(
        0.5,
        0.4,
        0.85,
        (
            SourceFigures(Claim.CAPTURED, "scans", 40, 1.2, 9, 1),
            SourceFigures(Claim.CAPTURED, "phone", 60, 0.6, 3, 0),
            SourceFigures(Claim.GENERATED, "one", 50, 0.3, 2, 0),
        ),
    ),
    0.5,
)
_numbers = st.floats(allow_nan=False, allow_infinity=False)
_counts = st.integers(0, 2**40)
_sources = st.builds(
    lambda side, source, cost, counts: SourceFigures(side, source, counts[2] + 1, cost, counts[1], counts[0]),
    st.sampled_from(Claim),
    st.text(),
    _numbers,
    st.tuples(_counts, _counts, _counts).map(sorted),
)
_calibrations = st.builds(
    DetectorCalibration,
    *[st.text()] * 4,
    st.builds(ReferenceSet, st.text(), st.text(), _counts, _counts, _counts),
    st.builds(Making, *[st.text()] * 6),
    st.builds(Line, _numbers, _numbers, st.floats(-9, 0), st.floats(0, 9)),
    st.builds(Domain, st.lists(st.text(), max_size=4).map(tuple), _counts, _counts),
    st.builds(Figures, _numbers, _numbers, _numbers, st.lists(_sources, max_size=4).map(tuple)),
    _numbers,
)


@given(_calibrations)
def test_it_is_read_as_it_was_written(calibration: DetectorCalibration) -> None:
    text = calibration.text()
    again = DetectorCalibration.parse(text)
    assert canonical(again.validity())
    assert again == calibration
    assert again.text() == text
    assert again.sha256 == calibration.sha256


@given(st.text() | st.integers(0, len(HELD.text()) - 3).map(lambda end: HELD.text()[:end]))
def test_any_text_is_a_calibration_or_refused(text: str) -> None:
    with pytest.raises(NotACalibration):
        DetectorCalibration.parse(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_any_value_in_a_place_is_read_as_it_stands_or_refused(data: st.DataObject) -> None:
    held = json.loads(HELD.text())
    place = held
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(_JSON)
    try:
        read = DetectorCalibration.parse(json.dumps(held))
    except NotACalibration:
        return
    assert json.loads(read.text()) == held


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("calibration 1", "calibration 2", "amparo detector calibration 1"),
        ('"upper": 1.3', '"upper": -0.1', "zero between"),
        ('"slope": 1.5', '"slope": NaN', "NaN"),
        ('"slope": 1.5', '"slope": 1e400', "out of range"),
        ('"tests": 40', '"tests": 0', "no tests"),
        ('"tests": 40', '"tests": -1', "out of range"),
        ('"tests": 40', '"tests": 8', "misled more often"),
        ('"tests": 40', '"tests": true', "another type"),
        ('"side": "captured"', '"side": "fake"', "holds no calibration"),
        ('"agency": "Alfama"', '"agency": "\\ud800"', "holds no calibration"),
        ('"unread": 1', '"unread": 1, "more": 1', "fields"),
    ],
)
def test_what_is_wrong_is_refused(old: str, new: str, says: str) -> None:
    assert old in HELD.text()
    with pytest.raises(NotACalibration) as refused:
        DetectorCalibration.parse(HELD.text().replace(old, new, 1))
    assert says in str(refused.value)


def test_its_validity_stands_in_a_finding_with_the_worst_source_first() -> None:
    validity = HELD.validity()
    assert canonical(validity)
    assert validity["out_of_domain"] == ["captured/scans"]
    assert [each["source"] for each in validity["sources"]] == ["scans", "phone", "one"]  # type: ignore[union-attr,index,call-overload]
    assert (
        len(canonical(replace(HELD, figures=replace(HELD.figures, sources=HELD.figures.sources * 5000)).validity()))
        < 9000
    )


def test_it_gives_nothing_where_it_is_worth_nothing() -> None:
    assert not HELD.obstacle
    assert "Cllr 1.00" in replace(HELD, figures=replace(HELD.figures, cllr=1.0)).obstacle
    assert "too few" in replace(HELD, line=Line(1, 0, 0, 0)).obstacle


def looks(kind: str, *sides_px: int) -> list[Look]:
    return [Look(kind, side, side + 10) for side in sides_px]


def test_its_domain_is_what_both_sides_have() -> None:
    captured = looks("jpeg", *range(300, 400, 10)) + looks("png", *range(300, 400, 10))
    other = looks("jpeg", *range(350, 500, 10)) + looks("webp", *range(300, 900, 10))
    domain = Domain.common(captured, other)
    assert domain == Domain(("jpeg",), 350, 390)
    assert not domain.obstacle(Look("jpeg", 350, 9000))
    assert "kind" in domain.obstacle(Look("png", 350, 400))
    assert "349 pixels" in domain.obstacle(Look("jpeg", 349, 400))
    assert "391 pixels" in domain.obstacle(Look("jpeg", 391, 400))


def test_sides_with_nothing_in_common_are_refused_with_what_to_do() -> None:
    with pytest.raises(NotACalibration, match="20 jpeg; the others are 20 png"):
        Domain.common(looks("jpeg", *[300] * 20), looks("png", *[300] * 20))
    with pytest.raises(NotACalibration, match="ends with a shorter side of 300 pixels, where the other begins with 64"):
        Domain.common(looks("jpeg", *[300] * 20), looks("jpeg", *[640] * 20))
    with pytest.raises(NotACalibration, match="of which each has 10"):
        Domain.common(looks("jpeg", *[300] * 20), looks("jpeg", *[300] * 9))
