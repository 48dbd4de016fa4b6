"""The LZW of Unix `compress`, whose files end in `.Z`."""

from amparo.domain.errors import Unreadable

MARK = b"\x1f\x9d"
_HEADER_BYTES = 3
_CLEARS = 0x80
_LEAST_BITS, _MOST_BITS = 9, 16
_CLEAR = 256
_TAIL_BYTES = 128
"""Of an entry's text, what it holds itself: so a table of long texts takes little memory."""


def bits_of(head: bytes) -> int:
    """How long the codes may become, by the header; 0 where it is none."""
    if len(head) < _HEADER_BYTES or not head.startswith(MARK) or head[2] & 0x60:
        return 0
    bits = head[2] & 0x1F
    return bits if _LEAST_BITS <= bits <= _MOST_BITS else 0


class Uncompress:
    """Undoes it in parts. The format has no end mark and no checksum: the end of its `size_bytes` is the end.

    As `amparo.evidence.decompressing.Decompressor`. Codes stand in groups of eight, which are of one length; where the
    length changes, what is left of a group fills up and says nothing.
    """

    unused_data = b""

    def __init__(self, size_bytes: int) -> None:
        self._to_come = size_bytes
        self._waiting = bytearray()
        self._bits = self._most_bits = 0
        self._clears = False
        self._group: list[int] = []
        self._tails: list[bytes] = []
        self._bases: list[int] = []
        """For each code the end of its text, and the code of what stands before that; -1 for nothing."""
        self._previous = -1
        self.eof = False

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out before more goes in."""
        return not self._group and len(self._waiting) < max(self._bits, _HEADER_BYTES) and not self.eof

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` bytes more, or those of one code beyond. Raise `Unreadable`."""
        self._waiting += data
        self._to_come -= len(data)
        if not self._bits and not self._begin():
            return b""
        out: list[bytes] = []
        size_bytes = 0
        while max_length < 0 or size_bytes < max_length:
            if not self._group and not self._take_group():
                self.eof = self._to_come <= 0
                break
            text = self._text(self._group.pop())
            out.append(text)
            size_bytes += len(text)
        return b"".join(out)

    def _begin(self) -> bool:
        if len(self._waiting) < _HEADER_BYTES:
            self.eof = self._to_come <= 0
            return False
        self._most_bits, self._clears = bits_of(bytes(self._waiting[:3])), bool(self._waiting[2] & _CLEARS)
        if not self._most_bits:
            raise Unreadable("Its header is not that of compress: it is damaged.")
        del self._waiting[:_HEADER_BYTES]
        self._start_table()
        return True

    def _start_table(self) -> None:
        self._bits = _LEAST_BITS
        self._tails = [bytes((each,)) for each in range(256)] + ([b""] if self._clears else [])
        self._bases = [-1] * len(self._tails)
        self._previous = -1

    def _take_group(self) -> bool:
        """The next eight codes, last first; fewer only at the end."""
        raw = bytes(self._waiting[: self._bits])
        count = len(raw) * 8 // self._bits
        if count < 1 or (count < 8 and self._to_come > 0):
            return False
        number, mask = int.from_bytes(raw, "little"), (1 << self._bits) - 1
        self._group = [number >> self._bits * position & mask for position in reversed(range(count))]
        del self._waiting[: self._bits]
        return True

    def _text(self, code: int) -> bytes:
        if code == _CLEAR and self._clears:
            self._group.clear()
            self._start_table()
            return b""
        if self._previous < 0:
            if code > 255:
                raise Unreadable("Its compressed bytes are damaged: a code stands for nothing.")
            self._previous = code
            return self._tails[code]
        known = len(self._tails)
        if code > known or (code == known and known == 1 << self._most_bits):
            raise Unreadable("Its compressed bytes are damaged: a code stands for nothing.")
        text = self._whole(code) if code < known else b""
        if known < 1 << self._most_bits:
            first = text[:1] or self._whole(self._previous)[:1]
            self._add(first)
            text = text or self._whole(code)
        self._previous = code
        return text

    def _add(self, last: bytes) -> None:
        tail = self._tails[self._previous]
        if len(tail) < _TAIL_BYTES:
            self._tails.append(tail + last)
            self._bases.append(self._bases[self._previous])
        else:
            self._tails.append(last)
            self._bases.append(self._previous)
        if len(self._tails) == 1 << self._bits and self._bits < self._most_bits:
            self._bits += 1
            self._group.clear()

    def _whole(self, code: int) -> bytes:
        base = self._bases[code]
        if base < 0:
            return self._tails[code]
        parts = [self._tails[code]]
        while base >= 0:
            parts.append(self._tails[base])
            base = self._bases[base]
        return b"".join(reversed(parts))
