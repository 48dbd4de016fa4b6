"""A sentence is what was written with its values; without values it is the text itself, whatever stands in it."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.sentence import Sentence, Several

_NAMES = st.from_regex("[a-z_]{1,8}", fullmatch=True)
_VALUES = st.dictionaries(_NAMES, st.one_of(st.text(), st.integers(), st.dates()), min_size=1)


@given(st.text(), _VALUES)
def test_as_text_it_is_the_template_with_its_values(words: str, values: dict[str, object]) -> None:
    template = words.replace("{", "{{").replace("}", "}}") + " ".join(f"{{{name}}}" for name in values)
    sentence = Sentence(template, **values)
    assert str(sentence) == template.format(**values)
    assert pickle.loads(pickle.dumps(sentence)) == sentence


@given(st.text())
def test_without_values_nothing_is_put_in(text: str) -> None:
    assert str(Sentence(text)) == text


def test_places_may_say_how_a_value_is_written() -> None:
    assert str(Sentence("{text!a} has {count:,} letters", text="ø", count=1_000)) == "'\\xf8' has 1,000 letters"


def test_no_name_of_a_value_is_taken() -> None:
    assert str(Sentence("{self} and {template}", self="a", template="b")) == "a and b"


def test_it_holds_sentences_and_rows_of_words() -> None:
    row = Several((Sentence("a {thing}", thing=1), "b"))
    assert str(Sentence("Choose of {row}.", row=row)) == "Choose of a 1, b."


def test_what_is_not_there_is_seen_at_once() -> None:
    with pytest.raises(KeyError):
        str(Sentence("{here} and {there}", here=1))
