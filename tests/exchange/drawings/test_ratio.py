import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.exchange.drawings.head import MOST_BYTES, hex_table
from amparo.exchange.drawings.ratio import gauge
from contracts.patience import calm


def needle(svg: str) -> float:
    found = re.search(r'circle class="needle" cx="([\d.]+)%"', svg)
    assert found is not None
    return float(found[1])


@calm()
@given(st.floats(-1e6, 1e6))
def test_the_needle_stays_on_the_scale_and_on_its_side(log10: float) -> None:
    ratio = LikelihoodRatio(log10)
    across = needle(gauge("Origin", ratio, bounds=(-1, 1)).svg)
    assert 2 <= across <= 98
    assert (across - 50) * ratio.log10 >= 0


@pytest.mark.parametrize(
    ("log10", "words"),
    [
        (2.31, "moderately strong support for: made or altered by a generator."),
        (-1.2, "moderate support for: captured by a camera."),
        (0.5, "weak support. This is too little for a conclusion."),
        (0.1, "no support for one proposition over the other. This is too little for a conclusion."),
    ],
)
def test_it_says_what_the_scale_says(log10: float, words: str) -> None:
    drawing = gauge("Origin", LikelihoodRatio(log10), bounds=(-1.5, 2.5))
    assert drawing.said[0] == f"log10 = {log10:.2f}: {words}"
    assert "from -1.50 to +2.50, and no others" in drawing.said[1]


def test_it_is_no_verdict() -> None:
    for ratio in (LikelihoodRatio(6), LikelihoodRatio(-6), None):
        drawing = gauge("Origin", ratio)
        assert "It is not the probability that the picture is generated" in drawing.said[-1]
        assert "%" not in " ".join(drawing.said)
        assert not re.search("fake|real picture|verdict|kind-", drawing.__html__())


def test_without_a_ratio_there_is_no_needle() -> None:
    drawing = gauge("Origin", None)
    assert "needle" not in drawing.svg
    assert drawing.said[0] == "No likelihood ratio was had: nothing could be weighed."


def test_the_head_shows_where_what_and_as_text() -> None:
    markup = hex_table("Head", b"\xff\xd8 <b>&0123456789", offset=16)
    assert '<th scope="row">00000010</th>' in markup
    assert "<span>ff d8 20 3c 62 3e 26 30</span>" in markup
    assert "<span>..·&lt;b&gt;&amp;0</span>" in markup


def test_an_empty_and_a_long_head_say_so() -> None:
    assert "The file is empty" in hex_table("Head", b"")
    assert "1 more byte is left out." in hex_table("Head", bytes(MOST_BYTES + 1))
    assert len(hex_table("Head", bytes(10**7))) < 60_000
