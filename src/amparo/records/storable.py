"""What evidence can say and a database cannot hold, made storable; whatever is lost by it is said."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from amparo.domain.canonical import NotCanonical, canonical
from amparo.domain.finding import Fact, NotExamined

LARGEST = 2**63 - 1
"""What a column of whole numbers holds, in both directions."""
_UNSTORABLE_TEXT = re.compile("[\x00\ud800-\udfff]")


def storable_numbers(kind: str, numbers: Sequence[int | None]) -> tuple[tuple[int | None, ...], list[NotExamined]]:
    """The numbers that fit a column, and a statement about each that does not: evidence can say anything."""
    names = ("size in bytes", "time of modification", "time of access", "time of change", "time of creation")
    kept: list[int | None] = []
    refusals = []
    for name, number in zip(names, numbers, strict=True):
        if number is None or -LARGEST <= number <= LARGEST:
            kept.append(number)
        else:
            kept.append(None)
            unit = "" if name.startswith("size") else " nanoseconds from 1970"
            refusals.append(
                NotExamined(kind, "1", f"The {name} that the container states is out of range: {number:.3e}{unit}.")
            )
    return tuple(kept), refusals


def storable_text(text: str) -> str:
    """`text` with U+FFFD for what no database stores: NUL and lone surrogates."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE_TEXT.sub("\ufffd", text)


def storable_facts(facts: Mapping[str, Fact]) -> str:
    """Facts as canonical JSON; raise `NotCanonical`."""
    try:
        return canonical(facts).decode()
    except NotCanonical:
        return canonical(_with_storable_text(facts)).decode()


def _with_storable_text(fact: Any) -> Any:
    if isinstance(fact, str):
        return storable_text(fact)
    if isinstance(fact, Mapping):
        return {_with_storable_text(key): _with_storable_text(value) for key, value in fact.items()}
    if isinstance(fact, list | tuple):
        return [_with_storable_text(value) for value in fact]
    return fact
