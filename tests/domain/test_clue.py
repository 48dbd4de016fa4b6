import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.clue import Clue, NotAClue, clues_of
from amparo.domain.finding import Fact, Finding
from amparo.domain.origin import Claim, Layer, Mark


def declared(*states: dict[str, Fact]) -> Finding:
    marks = tuple(
        Mark("png:parameters", Claim.GENERATED, 0, 1, "ab" * 32, "It shows.", "It does not.", states=each)
        for each in states
    )
    return Finding("declared", "1", "Said.", {"origin": Layer(marks).fact()})


@given(st.text(min_size=1).filter(lambda kind: "=" not in kind), st.text(min_size=1))
def test_text_and_value_are_one(kind: str, value: str) -> None:
    clue = Clue(kind, value)
    assert Clue.parse(str(clue)) == clue


@pytest.mark.parametrize("text", ["", "seed", "=7", "seed="])
def test_what_names_no_kind_or_no_value_is_refused(text: str) -> None:
    with pytest.raises(NotAClue, match="KIND=VALUE"):
        Clue.parse(text)


def test_marks_name_models_seeds_and_prompts() -> None:
    found = clues_of(
        declared({"model": "made-up", "seed": 7, "hires": True}, {"model": "made-up", "loras": ["a", "b"]})
    )
    assert found == (Clue("model", "made-up"), Clue("seed", "7"), Clue("loras", "a"), Clue("loras", "b"))


def test_a_camera_is_known_by_its_serial_number_only() -> None:
    camera = {"make": "Canon", "model": "EOS 5D", "serial": "0123"}
    assert clues_of(Finding("metadata", "1", "Said.", {"camera": camera})) == (Clue("camera", "Canon EOS 5D 0123"),)
    assert clues_of(Finding("metadata", "1", "Said.", {"camera": {"make": "Canon"}})) == ()


def test_the_halves_of_a_live_photo_share_a_clue() -> None:
    halves = [Finding(name, "1", "Said.", {"content_identifier": "AB-12"}) for name in ("metadata", "video")]
    assert {clues_of(half) for half in halves} == {(Clue("live photo", "AB-12"),)}


def test_clues_are_few_and_short() -> None:
    found = clues_of(declared({f"kind{number}": "x" * (number + 250) for number in range(200)}))
    assert len(found) == 64
    assert max(len(clue.value) for clue in found) == 300
    assert len({clue.value for clue in found}) == 64


@pytest.mark.parametrize("origin", [7, "odd", [], {"marks": 1}])
def test_facts_of_others_are_no_clues(origin: Fact) -> None:
    assert clues_of(Finding("their_own", "1", "Said.", {"origin": origin, "camera": "odd"})) == ()
