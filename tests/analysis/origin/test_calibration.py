"""Scores become ratios, within bounds; files that are no calibration are refused."""

import json
import math
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.analysis.origin.calibration import Calibration, NotACalibration
from amparo.analysis.origin.network import Network, NotWeights
from amparo.domain.canonical import canonical

HELD = Calibration(
    network_sha256="00" * 32,
    features="1",
    script="training/calibrate.py",
    fitted_on="2 tests",
    slope=1.5,
    intercept=-0.5,
    lower=-0.9,
    upper=1.7,
    cllr=0.5,
    cllr_min=0.4,
    sources=({"source": "made", "cllr": "0.500", "ordinary": 1},),
    flat_share=0.5,
    distance=4.0,
)


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(HELD.text(), encoding="utf-8")
    assert Calibration.read(file) == HELD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        HELD.text().replace("calibration 1", "calibration 2"),
        json.dumps({**json.loads(HELD.text()), "more": 1}),
        replace(HELD, upper=-0.95).text(),
    ],
    ids=["nothing", "a list", "an empty map", "another format", "a key too many", "bounds on one side"],
)
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotACalibration):
        Calibration.read(file)


@given(score=st.floats(-1e6, 1e6), higher=st.floats(0, 1e6))
def test_ratios_rise_with_the_score_and_stay_within_their_bounds(score: float, higher: float) -> None:
    ratio, above = HELD.ratio(score), HELD.ratio(score + higher)
    assert HELD.lower <= ratio.log10 <= above.log10 <= HELD.upper


def test_a_ratio_is_the_logistic_one() -> None:
    assert HELD.ratio(1.0).log10 == round(1.0 / math.log(10), 2)


def test_validity_has_the_one_form_of_facts() -> None:
    assert canonical(HELD.validity())


def network() -> Network:
    draw = np.random.default_rng(1)
    return Network.of(
        {
            "middle": draw.normal(size=5),
            "spread": np.ones(5),
            "hidden": draw.normal(size=(5, 3)),
            "hidden_offset": draw.normal(size=3),
            "output": draw.normal(size=3),
            "output_offset": np.asarray([0.25]),
        }
    )


def test_a_network_is_read_as_it_was_written_and_only_with_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "network.npz"
    np.savez_compressed(file, **network().arrays())
    rows = np.random.default_rng(2).normal(size=(4, 5)).astype(np.float32)
    held = Network.read(file, sha256=sha256(file.read_bytes()).hexdigest())
    assert np.array_equal(held.scores(rows), network().scores(rows))
    with pytest.raises(NotWeights, match="install Amparo again"):
        Network.read(file, sha256="00" * 32)


def test_a_network_is_two_layers_with_a_relu_between() -> None:
    net, row = network(), np.asarray([[0.5, -1, 2, 100, 0]], np.float32)
    inner = np.maximum((row - net.middle).clip(-8, 8) @ net.hidden + net.hidden_offset, 0)
    assert net.scores(row) == pytest.approx(inner @ net.output + 0.25)
