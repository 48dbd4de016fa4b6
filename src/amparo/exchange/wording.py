"""How reports and screens write sentences, numbers, times and hostile text."""

import contextlib
import gettext
import re
import string
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Protocol

from amparo.domain.errors import AmparoError
from amparo.domain.sentence import Sentence, Several

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_TEXT = 1_000
_HEAD, _TAIL = 700, 250
_BINARY_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
# Controls, directional and invisible marks, lone surrogates, private use, non-characters: what could mislead a
# reader, break a line, or has no agreed look.
_UNSHOWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001fffe\U0001ffff\U000e0000-\U0010ffff]"
)


class Translator(Protocol):
    """Who knows sentences in the language of a reader."""

    def gettext(self, message: str, /) -> str:
        """The sentence in that language; itself where it is not known."""
        ...

    def ngettext(self, singular: str, plural: str, number: int, /) -> str:
        """The form of the sentence for `number`."""
        ...


class _Process:
    """The language of the process, from the catalogues of the domain `amparo`."""

    def gettext(self, message: str, /) -> str:
        return gettext.dgettext("amparo", message)

    def ngettext(self, singular: str, plural: str, number: int, /) -> str:
        return gettext.dngettext("amparo", singular, plural, number)


_translator: ContextVar[Translator] = ContextVar("translator", default=_Process())  # noqa: B039 - it holds nothing


@contextlib.contextmanager
def worded_by(translator: Translator) -> Iterator[None]:
    """Until the end of the block, in this thread, sentences come from `translator`."""
    token = _translator.set(translator)
    try:
        yield
    finally:
        _translator.reset(token)


def _(text: str) -> str:
    """`text` in the language of the process, or of whoever stands in for it (`worded_by`)."""
    return _translator.get().gettext(text)


def _n(one: str, many: str, count: int) -> str:
    """The form of the sentence for `count`, which stands in it as `{count}`."""
    return _translator.get().ngettext(one, many, count).format(count=number(count))


def number(value: int) -> str:
    """A whole number for people."""
    return f"{value:,}"


def size(bytes_: int) -> str:
    """A size for people, and exactly."""
    exact = _n("{count} byte", "{count} bytes", bytes_)
    return exact if bytes_ < 1024 else f"{rounded_size(bytes_)} ({exact})"


def rounded_size(bytes_: int) -> str:
    """A size for people."""
    if bytes_ < 1024:
        return _n("{count} byte", "{count} bytes", bytes_)
    scaled, unit = bytes_ / 1024, 0
    while scaled >= 1024 and unit < len(_BINARY_UNITS) - 1:
        scaled, unit = scaled / 1024, unit + 1
    return f"{scaled:,.1f} {_BINARY_UNITS[unit]}"


def moment(when: datetime, zone: tzinfo = UTC) -> str:
    """An aware time, in a zone, to the second."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def instant(nanoseconds: int, zone: tzinfo = UTC) -> str:
    """A time that evidence states, in a zone, to the second; as nanoseconds where no calendar reaches."""
    try:
        return moment(_EPOCH + timedelta(seconds=nanoseconds // 1_000_000_000), zone)
    except OverflowError:
        return _("{count} ns from 1970, outside the calendar").format(count=number(nanoseconds))


def code_point(character: str) -> str:
    """How a character is written that cannot be shown."""
    return f"‹U+{ord(character):04X}›"


def shown(text: str) -> str:
    """`text` as it can be shown to a reader without misleading him: bounded, and without marks that act unseen."""
    if len(text) > _LONGEST_TEXT:
        left_out = _n("{count} character left out", "{count} characters left out", len(text) - _HEAD - _TAIL)
        return f"{shown(text[:_HEAD])} ‹… {left_out} …› {shown(text[-_TAIL:])}"
    return _UNSHOWABLE.sub(lambda found: code_point(found[0]), text)


class _Spoken(string.Formatter):
    """Puts values into a sentence, those that are words themselves in the language of the reader, too."""

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return super().convert_field(_spoken(value), conversion)


def _spoken(value: object) -> object:
    if isinstance(value, AmparoError):
        return _spoken(value.sentence)
    if isinstance(value, StrEnum):
        return _(str(value.value))
    if isinstance(value, Several):
        return ", ".join(str(_spoken(each)) for each in value)
    if not isinstance(value, Sentence):
        return value
    if not value.template:
        return ""
    template = _(value.template)
    try:
        return _Spoken().vformat(template, (), value.values) if value.values else template
    except (LookupError, ValueError, AttributeError, TypeError):  # a translation with other places than the sentence
        return str(value)


def worded(what: AmparoError | Sentence | str) -> str:
    """A sentence in the language of the reader, as it can be shown; in English where there is no translation that fits.

    What was said elsewhere and stored, a `str`, stays as it was said.
    """
    return shown(str(_spoken(what)))
