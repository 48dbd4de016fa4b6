"""Reads the numbers, bits and lists of which the directory of a 7z archive is made."""

import sys
from array import array

from amparo.domain.errors import LimitReached, Unreadable

DAMAGED = "The 7z archive's directory is damaged."
NO_CRC = -1
"""Stands for a CRC-32 that is not stated."""


class Cursor:
    """Reads a directory from its start on. Whatever is not there is damage."""

    def __init__(self, content: bytes, most: int) -> None:
        self._content = content
        self._most = most
        self._place = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._content) - self._place

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        if length > self.left:
            raise Unreadable(DAMAGED)
        self._place += length
        return self._content[self._place - length : self._place]

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """As many bytes follow the first as it has ones at its top; its other bits are the highest of the number."""
        first, value = self.byte(), 0
        for follows in range(8):
            if not first & (0x80 >> follows):
                value |= (first & (0x7F >> follows)) << (8 * follows)
                break
            value |= self.byte() << (8 * follows)
        if value >= 1 << 63:
            raise Unreadable(DAMAGED)
        return value

    def count(self, present: int = 0) -> int:
        """A number of things beside the `present` ones, each of which takes a byte or more."""
        value = self.number()
        if present + value > self._most:
            raise LimitReached(f"The 7z archive holds more items than the limit of {self._most}.")
        if value > self.left:
            raise Unreadable(DAMAGED)
        return value

    def part(self) -> "Cursor":
        """What follows, its length before it."""
        return Cursor(self.take(self.number()), self._most)

    def bits(self, count: int) -> bytes:
        """For each of `count` things whether it is so; a byte before says whether it is so for all."""
        return b"\xff" * (-(-count // 8)) if self.byte() else self.take(-(-count // 8))

    def expect(self, kind: int) -> None:
        """The next byte must be `kind`."""
        if self.byte() != kind:
            raise Unreadable(DAMAGED)

    def values(self, code: str, count: int) -> "array[int]":
        """`count` numbers of the type `code`, little-endian."""
        found = array(code)
        found.frombytes(self.take(count * found.itemsize))
        if sys.byteorder == "big":
            found.byteswap()
        return found

    def digests(self, count: int) -> list[int]:
        """The CRC-32 of each, or -1."""
        defined = self.bits(count)
        return [u32(self.take(4), 0) if bit(defined, number) else NO_CRC for number in range(count)]


def bit(bits: bytes, number: int) -> bool:
    """Whether bit `number` is set, the highest of each byte first; unset where there are fewer."""
    return number >> 3 < len(bits) and bool(bits[number >> 3] & (0x80 >> (number & 7)))


def u32(content: bytes, place: int) -> int:
    """The number of 32 bits at `place`, little-endian."""
    return int.from_bytes(content[place : place + 4], "little")
