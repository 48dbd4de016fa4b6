"""The parts of a JPEG XL file that are read without decoding it (ISO/IEC 18181-1 and -2)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.errors import Unreadable

_BOXES = 4096
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_DISTRIBUTION_BITS = (9, 13, 18, 30)
_PREVIEW_EIGHTHS = (0, 0, 5, 9)
_PREVIEW_BITS = (6, 8, 10, 12)
_HEADER_BYTES = 32
"""More than the fields that are read here can take."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a JPEG XL container."""

    kind: bytes
    start: int
    """Offset of what it holds."""
    end: int


def boxes(raw: bytes) -> Iterator[Box]:
    """The boxes of a JPEG XL container, in order; none of a bare codestream."""
    at = 0
    if raw[4:8] != b"JXL ":
        return
    for _ in range(_BOXES):
        if at + 8 > len(raw):
            return
        size, kind = struct.unpack_from(">I4s", raw, at)
        start = at + 8
        if size == 1:
            if at + 16 > len(raw):
                return
            size, start = struct.unpack_from(">Q", raw, start)[0], at + 16
        end = at + size if size else len(raw)
        if end < start:
            return
        yield Box(kind, start, min(end, len(raw)))
        at = end


def size_px(raw: bytes) -> tuple[int, int]:
    """Width and height as the codestream states them, before its orientation; raise `Unreadable`."""
    return _size(_header(raw))


def is_animated(raw: bytes) -> bool:
    """Whether the codestream states that it has several frames; raise `Unreadable`."""
    bits = _header(raw)
    _size(bits)
    if bits.take(1) or not bits.take(1):  # all as by default, or no fields beyond it
        return False
    bits.take(3)  # orientation
    if bits.take(1):
        _size(bits)  # at which it is to be shown
    if bits.take(1):
        _pass_preview(bits)
    return bool(bits.take(1))


def _header(raw: bytes) -> "_Bits":
    codestream = raw[:_HEADER_BYTES]
    found = list(boxes(raw))
    if found:
        codestream = b"".join(
            raw[box.start + 4 * (box.kind == b"jxlp") : box.end][:_HEADER_BYTES]
            for box in found
            if box.kind in (b"jxlc", b"jxlp")
        )[:_HEADER_BYTES]
    if codestream[:2] != b"\xff\x0a" or len(codestream) < 4:
        raise Unreadable("This is no JPEG XL picture, or it is cut short in its header.")
    return _Bits(codestream[2:])


def _size(bits: "_Bits") -> tuple[int, int]:
    small = bool(bits.take(1))
    height = bits.side(small)
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return bits.side(small), height


def _pass_preview(bits: "_Bits") -> None:
    choices = _PREVIEW_EIGHTHS if bits.take(1) else _PREVIEW_BITS
    bits.take(choices[bits.take(2)])
    if not bits.take(3):
        bits.take(choices[bits.take(2)])


class _Bits:
    """Bits of a header, the lowest of each byte first; zeros after its end."""

    def __init__(self, raw: bytes) -> None:
        self._left = int.from_bytes(raw, "little")

    def take(self, count: int) -> int:
        taken = self._left & ((1 << count) - 1)
        self._left >>= count
        return taken

    def side(self, small: bool) -> int:
        if small:
            return 8 * (1 + self.take(5))
        return 1 + self.take(_DISTRIBUTION_BITS[self.take(2)])
