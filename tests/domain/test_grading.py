"""What decisions about a file say together, and how far two deciders agree: whatever they say, in whatever order."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.grading import (
    Category,
    Flag,
    Grading,
    MalformedGrading,
    Round,
    Severity,
    Standing,
    Verdict,
    Vocabulary,
    cohen_kappa,
)

MEANINGS = {
    ("n", "a"): "a",
    ("n", "b"): "b",
    ("old", "1"): "a",
    ("old", "5"): "b",
    ("new", "0"): "b",
    ("new", "1"): "a",
}
UNDECIDED = {("n", "?"), ("old", "0"), ("new", "5")}
CATEGORIES = [*sorted({*MEANINGS, *UNDECIDED}), ("own", "x")]


def grading(
    number: int,
    officer: str,
    category: tuple[str, str],
    round_: Round = Round.FIRST,
    flags: frozenset[Flag] = frozenset(),
    source: str = "",
    withdrawn: bool = False,
) -> Grading:
    return Grading(number, round_, officer, "alfama", "2026", *category, "", flags, source=source, withdrawn=withdrawn)


@st.composite
def histories(draw: st.DrawFn) -> list[Grading]:
    return [
        grading(
            number,
            draw(st.sampled_from(["rui", "rita", "bela"])),
            draw(st.sampled_from(CATEGORIES)),
            draw(st.sampled_from([Round.FIRST, Round.FIRST, Round.SECOND, Round.RECONCILED])),
            draw(st.sets(st.sampled_from(list(Flag)), max_size=1).map(frozenset)),
            draw(st.sampled_from(["", "", "an agency"])),
            draw(st.booleans()),
        )
        for number in range(1, 1 + draw(st.integers(0, 6)))
    ]


def of(said: Sequence[Grading]) -> Verdict:
    return Verdict.of(said, MEANINGS, UNDECIDED)


@given(histories())
@settings(max_examples=40)
def test_what_was_taken_back_changes_nothing(said: list[Grading]) -> None:
    assert of(said) == of([one for one in said if not one.withdrawn])


@given(histories())
@settings(max_examples=40)
def test_who_says_nothing_closes_nothing(said: list[Grading]) -> None:
    silent = [one for one in said if (one.vocabulary, one.category) in UNDECIDED and one.round is not Round.RECONCILED]
    assert of(silent) == Verdict(Standing.WAITING)


@given(histories())
@settings(max_examples=40)
def test_a_settled_dispute_stays_settled(said: list[Grading]) -> None:
    settled = grading(99, "vera", ("n", "a"), Round.RECONCILED)
    assert of([*said, settled]) == Verdict(Standing.RECONCILED, "n", "a")
    assert of([*said, settled, grading(100, "rui", ("n", "b"))]).category == "a"


@given(histories())
@settings(max_examples=40)
def test_a_category_is_named_where_and_only_where_they_agree(said: list[Grading]) -> None:
    verdict = of(said)
    standing = [one for one in said if not one.withdrawn]
    named = verdict.standing in (Standing.GRADED, Standing.AGREED, Standing.RECONCILED)
    assert bool(verdict.category) == named
    if named:
        assert (verdict.vocabulary, verdict.category) in {(one.vocabulary, one.category) for one in standing}
    if verdict.standing is Standing.AGREED:
        assert len({one.decider for one in standing}) > 1


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_who_spoke_first_decides_nothing(said: list[Grading], chance: object) -> None:
    """One word of each decider, in any order: the same standing."""
    each = list({one.decider: one for one in said if one.round is not Round.RECONCILED}.values())
    shuffled = list(each)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert of(shuffled).standing is of(each).standing


def test_an_officer_is_no_second_opinion_of_himself() -> None:
    twice = [grading(1, "rui", ("n", "b")), grading(2, "rui", ("n", "a"))]
    assert of(twice) == Verdict(Standing.GRADED, "n", "a")
    for source in ("an agency", "rui"):
        assert of([*twice, grading(3, "rui", ("n", "a"), source=source)]).standing is Standing.AGREED


def test_the_same_code_of_two_vocabularies_says_what_each_of_them_says() -> None:
    assert of([grading(1, "rui", ("old", "5")), grading(2, "rita", ("new", "0"))]).standing is Standing.AGREED
    assert of([grading(1, "rui", ("old", "5")), grading(2, "rita", ("new", "1"))]).standing is Standing.DISPUTED
    assert of([grading(1, "rui", ("old", "0")), grading(2, "rita", ("new", "0"))]).standing is Standing.GRADED
    # What nobody has said to be the same is not taken for it, whatever it is called.
    assert of([grading(1, "rui", ("own", "x")), grading(2, "rita", ("their", "x"))]).standing is Standing.DISPUTED


def test_categories_of_one_vocabulary_are_alike_only_where_they_are_the_same() -> None:
    meanings = {("v", "1"): "a", ("v", "2"): "a", ("n", "a"): "a"}
    said = [grading(1, "rui", ("v", "1")), grading(2, "rita", ("n", "a")), grading(3, "bela", ("v", "2"))]
    assert Verdict.of(said[:2], meanings).standing is Standing.AGREED
    assert Verdict.of(said, meanings).standing is Standing.DISPUTED


def test_other_flags_are_a_dispute() -> None:
    flagged = grading(2, "rita", ("n", "a"), flags=frozenset({Flag.DISTRIBUTED}))
    assert of([grading(1, "rui", ("n", "a")), flagged]).standing is Standing.DISPUTED


def test_kappa_of_known_tables() -> None:
    """Cohen 1960: 20 and 15 of 50 alike, 5 and 10 not."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)
    assert cohen_kappa([]) is None
    assert cohen_kappa([("a", "a")] * 3) is None
    assert cohen_kappa([("a", "b")] * 3) == 0


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30)


@given(PAIRS)
@settings(max_examples=40)
def test_kappa_is_a_figure_between_minus_one_and_one(pairs: list[tuple[str, str]]) -> None:
    kappa = cohen_kappa(pairs)
    if kappa is None:
        assert len({one for pair in pairs for one in pair}) < 2
        return
    assert -1 - 1e-9 <= kappa <= 1 + 1e-9
    assert (math.isclose(kappa, 1)) == all(first == second for first, second in pairs)


@given(PAIRS, st.permutations("abc"))
@settings(max_examples=40)
def test_kappa_asks_neither_for_order_nor_for_names(pairs: list[tuple[str, str]], names: Sequence[str]) -> None:
    called = dict(zip("abc", names, strict=True))
    kappa = cohen_kappa(pairs)
    for other in (
        [(second, first) for first, second in pairs],
        pairs[::-1],
        [(called[first], called[second]) for first, second in pairs],
    ):
        assert cohen_kappa(other) == pytest.approx(kappa)


def test_a_vocabulary_that_cannot_be() -> None:
    one = Category("a", "A", Severity.NONE)
    assert Vocabulary("v", "About.", (one,)).category("a") is one
    with pytest.raises(MalformedGrading, match="no category 'b': choose one of a"):
        Vocabulary("v", "About.", (one,)).category("b")
    for code in ("", " a", "a\n", "a" * 101):
        with pytest.raises(MalformedGrading, match="no code"):
            Vocabulary("v", "About.", (Category(code, "A", Severity.NONE),))
    with pytest.raises(MalformedGrading, match="twice"):
        Vocabulary("v", "About.", (one, one))
