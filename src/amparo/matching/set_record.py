"""What the readers of formats yield: records of known values, and problems."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from amparo.domain.digest import Algorithm, MalformedDigest

PDQ_BYTES = 32
_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0", "", "null", "none"})
_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
SIZES = {"sha256": 32, "sha1": 20, "md5": 16, "pdq": PDQ_BYTES}
"""Of the values that are compared here, in bytes."""


class Record(NamedTuple):
    """One record of a set's file. A tuple, because there are ten million of them."""

    number: int
    """Of the record, or of its line, from 1."""
    sha256: bytes | None = None
    sha1: bytes | None = None
    md5: bytes | None = None
    pdq: bytes | None = None
    quality: int | None = None
    category: str = ""
    flags: int = 0
    identifier: str | int = ""
    series: str = ""
    tags: str = ""


class Unused(NamedTuple):
    """A value of a kind that cannot be compared here, or a record that only repeats the one before it (`REPEATED`)."""

    kind: str


REPEATED = "record with the digests of the one before"


def record_of(number: int, values: Mapping[str, bytes | None], **stated: Any) -> Record:
    """A record by the kinds of its values: `sha256`, `sha1`, `md5`, `pdq`; `stated` are other fields of a `Record`."""
    get = values.get
    return Record(number, get("sha256"), get("sha1"), get("md5"), get("pdq"), **stated)


def digest_bytes(kind: str, text: Any) -> bytes | None:
    """The bytes of a digest of `kind` (`sha256`, `sha1`, `md5`, `pdq`) as real files write them; `None` where empty.

    Hexadecimal in upper or lower case, also after `0x` or the algorithm's name, or base64. Raise `MalformedDigest`.
    """
    size = SIZES[kind]
    try:
        # Nearly all are written like this. Spaces between digits, which it takes too, make the text longer.
        value = bytes.fromhex(text)
        if len(value) == size and len(text) == 2 * size:
            return value
    except (TypeError, ValueError):  # told below
        value = b""
    if text is None:
        return None
    if not isinstance(text, str):
        raise MalformedDigest("A {kind} is text, not {what}.", kind=kind, what=type(text).__name__)
    bare = text.strip().strip("\"'")
    name, colon, rest = bare.partition(":")
    if colon and name.lower() == kind:
        bare = rest
    bare = bare.removeprefix("0x").removeprefix("0X")
    if not bare:
        return None
    if len(bare) == 2 * size and _HEX.match(bare):
        return bytes.fromhex(bare)
    try:
        value = base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) == size and len(bare) == len(base64.b64encode(value)):
        return value
    shown = bare if len(bare) <= 80 else f"{bare[:77]}..."
    if _HEX.match(bare):
        raise MalformedDigest(
            "A {kind} has {digits} hexadecimal digits, and {shown} has {given}.",
            kind=kind,
            digits=2 * size,
            shown=shown,
            given=len(bare),
        )
    raise MalformedDigest("{shown!a} is no {kind}.", shown=shown, kind=kind)


def flag_set(text: Any) -> bool:
    """A flag as sources write it: a boolean, a number, or a word. Raise `ValueError` for what is neither yes nor no."""
    if isinstance(text, bool) or text is None:
        return bool(text)
    word = str(text).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{str(text)[:40]!a} is neither true nor false")


def kind_of_length(digits: int) -> str | None:
    """The algorithm whose digests have so many hexadecimal digits; for 64 that is SHA-256, though PDQ has as many."""
    return {2 * algorithm.size_bytes: algorithm.value for algorithm in Algorithm}.get(digits)


def looks_like_pdq(values: list[str]) -> bool | None:
    """Whether texts of 64 hexadecimal digits are PDQ hashes; `None` where there are too few to tell.

    PDQ compares 256 numbers with their median, so that half of its bits are set: in four of five hashes exactly half,
    which happens to one SHA-256 in twenty.
    """
    halves = sum(int(value, 16).bit_count() == 128 for value in values)
    if len(values) >= 5:
        return 2 * halves > len(values)
    return False if not halves else None
