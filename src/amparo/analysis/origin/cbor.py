"""CBOR (RFC 8949) as values: bounded, and with no types but the plain ones."""

import struct
from typing import TypeAlias

from amparo.domain.errors import Unreadable

Cbor: TypeAlias = "int | float | str | bytes | bool | list[Cbor] | dict[str, Cbor] | None"
"""Tags are dropped; keys are text, others are written as text."""

_DEPTH = 32
_VALUES = 100_000
_BREAK = object()


def decoded_cbor(raw: bytes) -> Cbor:
    """The first value in `raw`; raise `Unreadable` where it is broken, too deep, or of too many parts."""
    value = _Decoder(raw).value(0)
    if value is _BREAK:
        raise Unreadable("CBOR begins with an end.")
    return value  # type: ignore[return-value]  # all but the break


class _Decoder:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0
        self._left = _VALUES

    def value(self, depth: int) -> object:
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            raise Unreadable("CBOR is nested too deeply, or has too many parts.")
        first = self._take(1)[0]
        major, short = first >> 5, first & 31
        if major == 7:
            return self._simple(short)
        if short == 31:
            return self._indefinite(major, depth)
        if short > 27:
            raise Unreadable(f"CBOR is broken at its byte {self._at - 1}.")
        length = short if short < 24 else int.from_bytes(self._take(1 << (short - 24)))
        if major < 2:
            return length if major == 0 else -1 - length
        if major == 2:
            return self._take(length)
        if major == 3:
            return self._take(length).decode("utf-8", "replace")
        if major == 6:
            return self._inner(depth)
        # Each part takes a byte at least: no list is longer than what is left.
        if length > len(self._raw) - self._at:
            raise Unreadable("CBOR states more parts than there are bytes.")
        if major == 4:
            return [self._inner(depth) for _ in range(length)]
        return {str(self._inner(depth)): self._inner(depth) for _ in range(length)}

    def _inner(self, depth: int) -> object:
        value = self.value(depth + 1)
        if value is _BREAK:
            raise Unreadable(f"CBOR is broken at its byte {self._at - 1}.")
        return value

    def _indefinite(self, major: int, depth: int) -> object:
        parts = []
        if major not in (2, 3, 4, 5):
            raise Unreadable(f"CBOR is broken at its byte {self._at - 1}.")
        while (part := self.value(depth + 1)) is not _BREAK:
            parts.append(part)
        if major == 4:
            return parts
        if major == 5:
            return {str(key): value for key, value in zip(parts[::2], parts[1::2], strict=False)}
        kind = bytes if major == 2 else str
        if not all(isinstance(part, kind) for part in parts):
            raise Unreadable("CBOR joins parts of other kinds.")
        return kind().join(parts)  # type: ignore[arg-type]

    def _simple(self, short: int) -> object:
        if short in (20, 21):
            return short == 21
        if short == 31:
            return _BREAK
        if short in (25, 26, 27):
            size, form = {25: (2, ">e"), 26: (4, ">f"), 27: (8, ">d")}[short]
            return float(struct.unpack(form, self._take(size))[0])
        if short == 24:
            self._take(1)
        return None

    def _take(self, count: int) -> bytes:
        if count > len(self._raw) - self._at:
            raise Unreadable("CBOR is cut short.")
        self._at += count
        return self._raw[self._at - count : self._at]
