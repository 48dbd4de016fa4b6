"""Microsoft's disk images of Virtual PC, Windows 7 and Azure: VHD."""

import struct
from dataclasses import dataclass

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.limits import Limits
from amparo.evidence.streams import PartStream
from amparo.evidence.virtual_disk import (
    Files,
    Medium,
    Tables,
    VirtualDisk,
    beneath,
    exactly,
    opened,
    run,
    text_of_utf16,
)

_FOOTER_MARK, _HEADER_MARK = b"conectix", b"cxsparse"
_FOOTER_BYTES = 512
_FOOTER = struct.Struct(">8s8xQ24xQ4xII16s")
_HEADER = struct.Struct(">8s8xQ4xII4x16s8x512s")
_LOCATOR = struct.Struct(">4sII4xQ")
_FIXED, _DYNAMIC, _DIFFERENCING = 2, 3, 4
_ABSENT = 0xFFFFFFFF
_SECTOR = 512
_MOST_BLOCK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Vhd:
    """Virtual hard disks (VHD), fixed, dynamic and differencing: one item without a name, the medium.

    A differencing disk's parent is sought beside it under the names that it states, and must be the very disk that
    it was made on, by its identifier. The footer at the end serves where its copy at the beginning is damaged. Of a
    fixed disk it is the only mark.
    """

    @property
    def kind(self) -> str:
        """`vhd`."""
        return "vhd"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the copy of the footer at the beginning, which dynamic and differencing disks have."""
        return head.startswith(_FOOTER_MARK)

    def recognises_end(self, tail: bytes, size_bytes: int) -> bool:
        """By the footer, whose disk must be what stands before it: a larger disk may end with such an image."""
        if not _is_footer(tail):
            return False
        _, _, medium_bytes, disk_type, _, _ = _FOOTER.unpack_from(tail)
        return bool(disk_type == _FIXED and medium_bytes == size_bytes - _FOOTER_BYTES)

    def open(self, stream: Stream, *, limits: Limits) -> VirtualDisk:
        """Read footer and header, and those of each parent. Raise `Unreadable`."""
        return opened(stream, limits, lambda stream, files: _medium(stream, files, b""))


@dataclass(frozen=True, slots=True)
class _Footer:
    header: int
    size_bytes: int
    disk_type: int
    identifier: bytes


def _medium(stream: Stream, files: Files, expected: bytes) -> Stream:
    """The medium of a disk that must have the identifier `expected`, unless that is empty."""
    footer = _footer(stream)
    if expected and footer.identifier != expected:
        raise Unreadable("Its parent is another disk than the one that it was made on, by its identifier.")
    if footer.disk_type == _FIXED:
        return PartStream(stream, 0, footer.size_bytes)
    if footer.disk_type in (_DYNAMIC, _DIFFERENCING):
        return _Vhd(stream, files, footer)
    raise Unreadable(f"It is a VHD of type {footer.disk_type}, which is not known.")


def _footer(stream: Stream) -> _Footer:
    """A copy whose checksum is right, or what both say alike: tools that write identifiers into it leave it wrong."""
    places = (0, max(stream.size_bytes - _FOOTER_BYTES, 0))
    copies = [raw for raw in (stream.read_at(place, _FOOTER_BYTES) for place in places) if _is_footer(raw)]
    for raw in copies:
        _, header, size_bytes, disk_type, checksum, identifier = _FOOTER.unpack_from(raw)
        if checksum == ~(sum(raw) - sum(raw[64:68])) & 0xFFFFFFFF or (len(copies) == 2 and copies[0] == copies[1]):
            return _Footer(header, size_bytes, disk_type, identifier)
    raise Unreadable("Both copies of its footer are damaged or missing.")


def _is_footer(raw: bytes) -> bool:
    return len(raw) == _FOOTER_BYTES and raw.startswith(_FOOTER_MARK)


class _Vhd(Medium):
    """After "Virtual Hard Disk Image Format Specification" 1.0: dynamic disk header, block allocation table, blocks.

    The header's checksum is not held against it: tools that write parents into it leave it wrong. What it says is
    checked where it is used.
    """

    def __init__(self, stream: Stream, files: Files, footer: _Footer) -> None:
        raw = exactly(stream, footer.header, 1024)
        mark, self._map, self._count, self._block_bytes, identifier, name = _HEADER.unpack_from(raw)
        if mark != _HEADER_MARK:
            raise Unreadable("Its header is damaged.")
        if self._block_bytes.bit_count() != 1 or not _SECTOR <= self._block_bytes <= _MOST_BLOCK_BYTES:
            raise Unreadable("The size of its blocks is impossible: the header is damaged.")
        self.size_bytes = footer.size_bytes
        self._bitmap_bytes = -(-self._block_bytes // _SECTOR // 8 // _SECTOR) * _SECTOR
        self._stream = stream
        self._tables = Tables(stream, files.kept, "big")
        self._differencing = footer.disk_type == _DIFFERENCING
        self._parent: Stream | None = None
        if self._differencing:
            parent = files.parent(text_of_utf16(name, "big"), *_located(stream, raw))
            self._parent = _medium(parent, files, identifier)

    def piece(self, offset: int, length: int) -> bytes:
        number, inside = divmod(offset, self._block_bytes)
        length = min(length, self._block_bytes - inside)
        if number >= self._count:
            raise Unreadable(f"Its table ends before byte {offset} of the medium: it is damaged.")
        sector = self._tables.number(self._map + 4 * number, 4)
        if sector == _ABSENT:
            return beneath(self._parent, offset, length)
        place = sector * _SECTOR
        if self._differencing:
            first, last = inside // _SECTOR, (inside + length - 1) // _SECTOR
            own, count = run(self._tables, place, first, last, high_bit_first=True)
            length = min(length, (first + count) * _SECTOR - inside)
            if not own:
                return beneath(self._parent, offset, length)
        return exactly(self._stream, place + self._bitmap_bytes + inside, length)


def _located(stream: Stream, header: bytes) -> list[str]:
    """The parent's names after its locators: relative and absolute paths of Windows."""
    found = []
    for at in range(576, 768, _LOCATOR.size):
        code, _, length, place = _LOCATOR.unpack_from(header, at)
        if code in (b"W2ru", b"W2ku") and 0 < length <= 4096:
            found.append(text_of_utf16(stream.read_at(place, length), "little"))
    return found
