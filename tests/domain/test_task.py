"""What is to be done is written and read again; how far it is adds up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.canonical import canonical
from amparo.domain.chosen_places import MalformedChoice
from amparo.domain.hash_set import ImportProgress
from amparo.domain.match import MatchProgress
from amparo.domain.plan import Progress
from amparo.domain.task import (
    Assignment,
    Clusters,
    CrossCheck,
    Examine,
    Headway,
    Import,
    Kind,
    Lane,
    MalformedTask,
    Match,
    Report,
    Retry,
    State,
    Verify,
    assignment,
)

paths = st.binary(min_size=1, max_size=20).map(lambda raw: "/" + raw.decode("utf-8", "surrogateescape"))
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)  # what a store can hold
mappings = st.dictionaries(st.sampled_from(["sha256", "source", "analysis_s"]), words)
numbers = st.sampled_from(["ES-7", "a"])
choices = st.none() | st.sets(st.sampled_from(["a!zip:", "a!zip:/1#2", "a!zip:/b.zip!zip:/%FF"]), min_size=1)
assignments: st.SearchStrategy[Assignment] = st.one_of(
    st.builds(Examine, numbers, paths, st.booleans(), st.none() | st.integers(1, 64), mappings),
    st.builds(Retry, st.just("a"), paths, st.none() | st.integers(1, 64), mappings, choices),
    st.builds(Match, numbers, st.integers(0, 256), st.integers(0, 100)),
    st.builds(Clusters, st.none() | numbers),
    st.builds(Report, numbers, paths, st.booleans()),
    st.builds(Import, words, paths, words, mappings, mappings, words, words),
    st.builds(Verify, st.none() | numbers),
    st.builds(CrossCheck, numbers),
)


@given(assignments)
def test_what_is_to_be_done_is_read_as_it_was_written(wanted: Assignment) -> None:
    canonical(wanted.facts())
    assert assignment(wanted.kind.value, wanted.facts()) == wanted


@pytest.mark.parametrize(("kind", "facts"), [("dance", {}), ("verify", {"path": "ES-7"}), ("examine", {"path": 7})])
def test_what_is_no_task_is_refused(kind: str, facts: dict[str, object]) -> None:
    with pytest.raises(MalformedTask):
        assignment(kind, facts)


@pytest.mark.parametrize(
    "only", [[], ["b!zip:"], "a!zip:", ["a!zip:", 7], {"a!zip:": "a!zip:"}, [f"a!zip:/{n}" for n in range(2000)]]
)
def test_what_is_no_choice_is_refused_and_never_taken_for_everything(only: object) -> None:
    with pytest.raises((MalformedTask, MalformedChoice)):
        assignment("retry", {"exhibit": "a", "only": only})
    assert assignment("retry", {"exhibit": "a", "only": ["a!zip:/2", "a!zip:/1", "a!zip:/2"]}) == Retry(
        "a", only=("a!zip:/1", "a!zip:/2")
    )


def test_only_what_reads_media_or_adds_to_hash_sets_waits() -> None:
    lanes = {kind: kind.lane for kind in Kind}
    assert {kind for kind, lane in lanes.items() if lane is Lane.MEDIA} == {
        Kind.EXAMINE, Kind.RETRY, Kind.CROSS_CHECK, Kind.VERIFY,
    }  # fmt: skip
    assert {kind for kind, lane in lanes.items() if lane is Lane.HASH_SETS} == {Kind.IMPORT}


def test_what_can_be_gone_on_with() -> None:
    assert {state for state in State if state.resumable} == {
        State.FAILED, State.STOPPED, State.WITHDRAWN, State.CUT_OFF,
    }  # fmt: skip
    assert not any(state.open and state.resumable for state in State)


def test_how_far_it_is_adds_up_and_is_read_as_it_was_written() -> None:
    listing = Headway.of_examination(Progress(10, 1000, 20, 5000, True, 1, 2.0))
    assert (listing.phase, listing.items_total, listing.share, listing.seconds_left) == ("listing", None, None, None)
    examining = Headway.of_examination(Progress(10, 1000, 20, 5000, False, 1, 2.0))
    assert (examining.phase, examining.share, examining.bytes_per_s) == ("examining", 0.2, 500.0)
    assert (examining.items_per_s, examining.seconds_left, examining.remarks) == (5.0, 8.0, 1)
    reading = Headway.of_import(ImportProgress(50, 100, 7, 2, 1.0))
    assert (reading.phase, reading.items, reading.unit, reading.share) == ("reading", 7, "records", 0.5)
    assert Headway.of_import(ImportProgress(100, 100, 7, 2, 1.0)).phase == "sorting"
    comparing = Headway.of_comparison(MatchProgress(5, 10, 3, 1.0))
    assert (comparing.phase, comparing.share, comparing.remarks) == ("comparing", 0.5, 3)
    assert Headway.of_comparison(MatchProgress(10, 10, 3, 1.0)).phase == "storing"
    for headway in (Headway(), listing, examining, reading, comparing):
        assert Headway.parse(headway.written()) == headway
