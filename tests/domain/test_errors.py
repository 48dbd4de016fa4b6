"""What went wrong keeps what it says, and what it says it of, wherever it goes."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.errors import AmparoError, Encrypted, NotFound, Unreadable
from amparo.domain.exposure import MalformedPolicy
from amparo.domain.search import MalformedSearch
from amparo.domain.sentence import Sentence

_VALUES = st.dictionaries(st.from_regex("[a-z_]{1,8}", fullmatch=True), st.one_of(st.text(), st.integers()), min_size=1)


@given(st.text(), _VALUES)
def test_as_text_it_is_its_template_with_its_values(words: str, values: dict[str, object]) -> None:
    template = words.replace("{", "{{").replace("}", "}}") + " ".join(f"{{{name}}}" for name in values)
    error = NotFound(template, **values)
    assert str(error) == template.format(**values)
    assert (error.sentence.template, error.sentence.values) == (template, values)


@given(st.text())
def test_a_text_of_its_own_is_never_formatted(text: str) -> None:
    assert str(Unreadable(text)) == text
    assert Unreadable(text).args == (text,)


class ByNumber(AmparoError):
    """A failure with a constructor of its own."""

    def __init__(self, number: int, *, at: str) -> None:
        super().__init__("Number {number} is wrong.", number=number)
        self.at = at


@pytest.mark.parametrize(
    "error",
    [
        NotFound("There is no exhibit {number}.", number="ES-7"),
        Encrypted("It holds {no} {template}."),
        NotFound("{name}: {why}", name="a", why=Unreadable("{offset} is cut off", offset=7)),
        NotFound(),
        ByNumber(3, at="here"),
        MalformedPolicy("There is no level {level!r}.", "level", level="loud"),
        MalformedSearch("{field}: there is nothing.", "size", field="size"),
    ],
)
def test_it_crosses_the_border_between_processes_whole(error: AmparoError) -> None:
    for came in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(came) is type(error)
        assert (str(came), came.args) == (str(error), error.args)
        assert came.sentence.template == error.sentence.template
        assert {name: str(value) for name, value in came.sentence.values.items()} == {
            name: str(value) for name, value in error.sentence.values.items()
        }
        assert vars(came).keys() == vars(error).keys()


def test_a_sentence_that_was_made_before_is_taken_as_it_is() -> None:
    sentence = Sentence("There is no exhibit {number}.", number="ES-7")
    assert NotFound(sentence).sentence is sentence
    assert str(NotFound(sentence)) == "There is no exhibit ES-7."
