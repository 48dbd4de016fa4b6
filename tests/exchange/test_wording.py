import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.errors import NotFound, Unreadable
from amparo.domain.need_to_know import Role
from amparo.domain.sentence import Sentence, Several
from amparo.exchange.wording import _, _n, instant, shown, size, worded, worded_by


@pytest.mark.parametrize(
    ("bytes_", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1_023, "1,023 bytes"),
        (1_024, "1.0 KiB (1,024 bytes)"),
        (2_040_109_465, "1.9 GiB (2,040,109,465 bytes)"),
        (2**63, "8,192.0 PiB (9,223,372,036,854,775,808 bytes)"),
    ],
)
def test_sizes(bytes_: int, text: str) -> None:
    assert size(bytes_) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (-1, "1969-12-31 23:59:59 UTC"),
        (1_730_628_900_999_999_999, "2024-11-03 10:15:00 UTC"),
        (2**70, "1,180,591,620,717,411,303,424 ns from 1970, outside the calendar"),
        (-(2**70), "-1,180,591,620,717,411,303,424 ns from 1970, outside the calendar"),
        (2**90, "1,237,940,039,285,380,274,899,124,224 ns from 1970, outside the calendar"),
    ],
)
def test_times_of_evidence(nanoseconds: int, text: str) -> None:
    assert instant(nanoseconds) == text


def test_what_acts_unseen_is_shown() -> None:
    assert shown("invoice\u202egpj.exe\n") == "invoice‹U+202E›gpj.exe‹U+000A›"
    assert shown("\udcff") == "‹U+DCFF›"
    assert shown("Málaga 東京 שלום 😀") == "Málaga 東京 שלום 😀"


def test_long_text_is_cut_in_the_middle_and_says_so() -> None:
    assert shown("a" * 5_000 + "b" * 5_000) == f"{'a' * 700} ‹… 9,050 characters left out …› {'b' * 250}"


@given(st.text(st.characters(), max_size=3_000))
def test_what_is_shown_can_be_encoded_and_is_bounded(text: str) -> None:
    assert len(shown(text).encode()) < 12_000


class Shouting:
    """A language of its own."""

    def gettext(self, message: str, /) -> str:
        return message.upper()

    def ngettext(self, singular: str, plural: str, number: int, /) -> str:
        return f"{singular if number == 1 else plural}!"


def test_sentences_are_in_the_language_of_the_reader() -> None:
    with worded_by(Shouting()):
        assert _("No conclusion") == "NO CONCLUSION"
        assert _n("{count} row", "{count} rows", 2_000) == "2,000 rows!"
    assert _("No conclusion") == "No conclusion"


class Knowing:
    """A language of which some sentences are known."""

    def __init__(self, **known: str) -> None:
        self._known = known

    def gettext(self, message: str, /) -> str:
        return self._known.get(message.partition(" ")[0].strip("{}.,:").lower(), message)

    def ngettext(self, singular: str, plural: str, number: int, /) -> str:
        return self.gettext(singular if number == 1 else plural)


def test_a_refusal_is_said_in_the_language_of_the_reader_with_its_values() -> None:
    error = NotFound("Nowhere is {exhibit}.", exhibit="ES-7")
    with worded_by(Knowing(nowhere="{exhibit} er ingen steder.")):
        assert worded(error) == "ES-7 er ingen steder."
    assert worded(error) == str(error) == "Nowhere is ES-7."


def test_what_it_holds_is_said_in_that_language_too() -> None:
    why = Unreadable("Cut {how}", how=Sentence("short"))
    error = NotFound("Nothing of {roles}: {why}.", roles=Several([Role.AUDITOR, "x"]), why=why)
    with worded_by(Knowing(nothing="{why}; {roles}!", cut="klippet {how}", short="over", auditor="revisor")):
        assert worded(error) == "klippet over; revisor, x!"
    assert worded(error) == str(error) == "Nothing of auditor, x: Cut short."


@pytest.mark.parametrize(
    "broken", ["{other}", "{}", "{", "{exhibit.missing}", "{exhibit!z}", "{exhibit:%%%d}", "{0[1]}"]
)
def test_a_broken_translation_gives_the_english_sentence(broken: str) -> None:
    with worded_by(Knowing(nowhere=broken)):
        assert worded(NotFound("Nowhere is {exhibit}.", exhibit="ES-7")) == "Nowhere is ES-7."


def test_what_was_said_elsewhere_stays_and_the_language_has_no_say_in_it() -> None:
    with worded_by(Shouting()):
        assert worded("its seal is {broken}") == "its seal is {broken}"
        assert worded(Sentence("its seal is {broken}")) == "ITS SEAL IS {BROKEN}"
        assert worded(Sentence("")) == worded("") == ""


@given(st.text(max_size=300))
def test_a_value_cannot_mislead_the_reader(text: str) -> None:
    assert worded(Sentence("Look at {name}.", name=text)) == shown(f"Look at {text}.")
