"""Canonical bytes (RFC 8785), for whatever is hashed or signed."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact


class NotCanonical(AmparoError, ValueError):
    """A value that has no canonical form here: a float, a huge number, a lone surrogate, a key that is not text."""


def canonical(value: Fact) -> bytes:
    """The RFC 8785 form of `value`; raise `NotCanonical`."""
    try:
        # The standard library's encoder gives the same bytes for nearly all values, ten times faster.
        return _SORTED_ENCODER.encode(value).encode() if _is_simple(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise NotCanonical(f"This value has no canonical form: {error}.") from error


def _is_simple(value: Any) -> bool:
    """Whether `value` is free of what the encoders write differently: huge numbers, keys beyond ASCII, other types."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_HUGE < value < _HUGE)
    if isinstance(value, float):
        raise NotCanonical("A floating-point number has no canonical form here; write it as text.")
    # Both lists are made to their ends: a float must not hide behind what the slow way has to judge.
    if isinstance(value, Mapping):
        simple = [_is_simple(part) for part in value.values()]
        return kind is dict and all(simple) and all(type(key) is str and key.isascii() for key in value)
    if kind is list or kind is tuple:
        return all(list(map(_is_simple, value)))
    return False


def canonical_rows(rows: Iterable[tuple[str | int | None, ...]]) -> bytes:
    """The RFC 8785 form of the array of the rows, each an array.

    Rows hold only text, whole numbers below 2**53 and null, for which the standard library's encoder gives the
    same bytes fifty times faster (a property test holds the two against each other).
    """
    return _ENCODER.encode(list(rows)).encode()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
_SORTED_ENCODER = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False, sort_keys=True
)
_HUGE = 2**53
