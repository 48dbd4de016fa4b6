import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amparo.domain.canonical import canonical
from amparo.domain.finding import Finding
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import (
    CONCLUSIVE_LOG10,
    Claim,
    Conclusion,
    Layer,
    Mark,
    NotOrigin,
    Origin,
    Traces,
    Weight,
    origin_of,
)


def mark(claim: Claim | None, *, witness: str = "") -> Mark:
    return Mark("made:up", claim, 12, 34, "ab" * 32, "It shows.", "It does not show.", witness, {"seed": 7})


def weight(log10: float, claim: Claim = Claim.GENERATED, *independent_of: str) -> Weight:
    return Weight(claim, LikelihoodRatio(log10), {"cllr": "0.21"}, independent_of)


def concluded(**layers: Layer) -> Origin:
    return origin_of([Finding(name, "1", "Said.", {"origin": layer.fact()}) for name, layer in layers.items()])


_MARKS = st.builds(mark, st.sampled_from([*Claim, None]), witness=st.sampled_from(["", "c2pa", "xmp"]))
_WEIGHTS = st.builds(weight, st.floats(-4, 4), st.sampled_from([Claim.GENERATED, Claim.ALTERED]))
_LAYERS = st.builds(
    Layer,
    st.lists(_MARKS, max_size=3).map(tuple),
    st.sampled_from([*Traces, None]),
    st.none() | _WEIGHTS,
    st.lists(st.text(min_size=1, max_size=20), max_size=2).map(tuple),
)


@given(_LAYERS)
def test_a_layer_survives_being_stored(layer: Layer) -> None:
    finding = Finding("declared", "1", "Said.", {"origin": layer.fact()})
    canonical(finding.facts)
    assert Layer.of(finding) == layer


@pytest.mark.parametrize(
    "fact",
    [
        7,
        [],
        {"marks": 3},
        {"marks": [{}], "traces": None, "weight": None, "reasons": []},
        {"marks": [], "traces": "odd", "weight": None, "reasons": []},
        {"marks": [], "traces": None, "weight": {"claim": "generated", "log10_lr": "nan"}, "reasons": []},
    ],
)
def test_malformed_facts_are_refused(fact: object) -> None:
    with pytest.raises(NotOrigin):
        origin_of([Finding("declared", "1", "Said.", {"origin": fact})])  # type: ignore[dict-item]


def test_nothing_found_is_no_conclusion() -> None:
    origin = origin_of([])
    assert (origin.conclusion, origin.ratio, len(origin.reasons)) == (Conclusion.NO_CONCLUSION, None, 1)
    assert origin_of([Finding("pdq", "1", "A hash.", {"pdq": "00"})]).conclusion is Conclusion.NO_CONCLUSION


@pytest.mark.parametrize("claim", Claim)
def test_a_mark_alone_is_a_declaration(claim: Claim) -> None:
    assert concluded(declared=Layer((mark(claim),))).conclusion == f"declared_{claim}"


def test_marks_that_contradict_each_other_end_in_no_conclusion() -> None:
    origin = concluded(declared=Layer((mark(Claim.GENERATED), mark(Claim.CAPTURED))))
    assert origin.conclusion is Conclusion.NO_CONCLUSION
    assert "contradict" in origin.reasons[0]


def test_one_witness_that_tells_of_a_camera_and_a_generator_tells_of_an_alteration() -> None:
    both = (mark(Claim.GENERATED, witness="c2pa"), mark(Claim.CAPTURED, witness="c2pa"))
    assert concluded(declared=Layer(both)).conclusion is Conclusion.DECLARED_ALTERED


def test_a_generated_picture_that_was_altered_stays_generated() -> None:
    origin = concluded(declared=Layer((mark(Claim.GENERATED), mark(Claim.ALTERED))))
    assert origin.conclusion is Conclusion.DECLARED_GENERATED


def test_marks_of_a_generator_copied_to_a_photograph_end_in_no_conclusion() -> None:
    origin = concluded(declared=Layer((mark(Claim.GENERATED),)), camera_traces=Layer(traces=Traces.COHERENT))
    assert origin.conclusion is Conclusion.NO_CONCLUSION
    assert "copied" in origin.reasons[0]


def test_coherent_traces_support_a_camera_without_a_number() -> None:
    origin = concluded(camera_traces=Layer(traces=Traces.COHERENT))
    assert (origin.conclusion, origin.ratio, origin.verbal) == (Conclusion.CAPTURED, None, "no likelihood ratio")


def test_coherent_traces_outweigh_statistics_that_speak_for_a_generator() -> None:
    origin = concluded(camera_traces=Layer(traces=Traces.COHERENT), statistics=Layer(weight=weight(1)))
    assert origin.conclusion is Conclusion.NO_CONCLUSION


@pytest.mark.parametrize(
    ("claim", "log10", "conclusion"),
    [
        (Claim.GENERATED, 1.0, Conclusion.GENERATED),
        (Claim.GENERATED, 0.99, Conclusion.NO_CONCLUSION),
        (Claim.GENERATED, -1.0, Conclusion.CAPTURED),
        (Claim.ALTERED, 2.0, Conclusion.ALTERED),
        (Claim.ALTERED, -2.0, Conclusion.NO_CONCLUSION),
    ],
)
def test_measurements_conclude_from_moderate_support_on(claim: Claim, log10: float, conclusion: Conclusion) -> None:
    assert concluded(one=Layer(weight=weight(log10, claim))).conclusion is conclusion


def test_ratios_are_multiplied_only_where_they_are_independent() -> None:
    first, second = Layer(weight=weight(0.8)), Layer(weight=weight(0.7))
    assert concluded(a=first, b=second).ratio == LikelihoodRatio(0.8)
    tested = Layer(weight=weight(0.7, Claim.GENERATED, "a"))
    assert concluded(a=first, b=tested).ratio == LikelihoodRatio(1.5)


def test_measurements_that_disagree_end_in_no_conclusion() -> None:
    origin = concluded(a=Layer(weight=weight(2)), b=Layer(weight=weight(-1)))
    assert origin.conclusion is Conclusion.NO_CONCLUSION


@given(st.lists(_LAYERS, max_size=4))
def test_no_number_leaves_the_bounds_of_what_was_measured(layers: list[Layer]) -> None:
    origin = concluded(**{f"layer{number}": layer for number, layer in enumerate(layers)})
    measured = [layer.weight.ratio.log10 for layer in layers if layer.weight]
    if origin.ratio:
        assert origin.ratio.log10 in measured  # none of these is declared to be independent
    else:
        assert all(each <= 0 for each in measured)


@given(st.lists(_LAYERS, max_size=3))
@example([Layer(traces=Traces.CONTRADICTORY, weight=weight(1.0))])
def test_a_camera_is_never_overruled_by_a_generator(layers: list[Layer]) -> None:
    """Coherent traces of a camera, or a declared capture: never 'generated' nor 'declared generated'."""
    named = {f"layer{number}": layer for number, layer in enumerate(layers)}
    for extra in (Layer(traces=Traces.COHERENT), Layer((mark(Claim.CAPTURED, witness="its own"),))):
        conclusion = concluded(**named, camera=extra).conclusion
        assert conclusion not in (Conclusion.GENERATED, Conclusion.DECLARED_GENERATED)


@given(st.lists(_LAYERS, max_size=3))
def test_the_order_of_the_layers_decides_nothing_but_the_order_of_reasons(layers: list[Layer]) -> None:
    named = [(f"layer{number}", layer) for number, layer in enumerate(layers)]
    seen = {
        (origin.conclusion, origin.ratio)
        for origin in (concluded(**dict(order)) for order in itertools.permutations(named))
    }
    assert len(seen) == 1


def test_words_name_the_side() -> None:
    assert Origin(Conclusion.GENERATED, LikelihoodRatio(CONCLUSIVE_LOG10), ()).verbal == (
        "moderate support for: made or altered by a generator"
    )
    assert Origin(Conclusion.CAPTURED, LikelihoodRatio(-2.2), ()).verbal == (
        "moderately strong support for: captured by a camera"
    )
