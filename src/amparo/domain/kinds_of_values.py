"""What a value that somebody sends can be: how each kind is called, and whether a value is of it.

Where Python takes one for another (`True` for a number), a value that came as JSON is told apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class KindOfValue:
    """What a field can be made of."""

    called: str
    """As a sentence names it, such as `text or null`."""
    holds: Callable[[object], bool]
    """Whether a value is of this kind."""


def kinds_of(dataclass_: type[Any]) -> Mapping[str, KindOfValue]:
    """Of each field of a dataclass, by its name; raise `KeyError` where a field is annotated as none of `KINDS`."""
    return {one.name: KINDS[one.type] for one in fields(dataclass_)}


def _is_text(value: object) -> bool:
    """Text that every store and every answer can hold."""
    return type(value) is str and "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_number(value: object) -> bool:
    """Of those that a database holds."""
    return type(value) is int and -(2**63) <= value < 2**63


def _is_texts_by_name(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, (*value, *value.values())))


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


KINDS: Mapping[object, KindOfValue] = {
    str: KindOfValue("text", _is_text),
    str | None: KindOfValue("text or null", lambda value: value is None or _is_text(value)),
    bool: KindOfValue("true or false", lambda value: type(value) is bool),
    int: KindOfValue("number", _is_number),
    int | None: KindOfValue("number or null", lambda value: value is None or _is_number(value)),
    Mapping[str, str]: KindOfValue("texts by name", _is_texts_by_name),
    Sequence[str] | None: KindOfValue(
        "a list of texts or null", lambda value: value is None or _is_list_of_texts(value)
    ),
}
"""By the annotation of a field."""
