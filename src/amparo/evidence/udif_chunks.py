"""The chunks of disk images of macOS (UDIF): where each stands, and how it is decompressed."""

import bz2
import importlib
import lzma
import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.limits import MIB, Limits
from amparo.evidence.decompressing import dictionary_bytes

SECTOR = 512
LARGEST_CHUNK_BYTES = 64 * MIB
"""What one compressed chunk may give. Apple's tools write 256 KiB to a few MiB."""
_DESCRIPTOR = struct.Struct(">II4Q")
ZERO, RAW, IGNORED = 0, 1, 2
_ADC, _ZLIB, _BZIP2, _LZFSE, _XZ = 0x80000004, 0x80000005, 0x80000006, 0x80000007, 0x80000008
_COMMENT, _END = 0x7FFFFFFE, 0xFFFFFFFF
_LZFSE_HEADER = struct.Struct("<4sI")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring sectors that are kept in one way."""

    number: int
    method: int
    first_sector: int
    """On the medium."""
    sectors: int
    start: int
    """Of its bytes, in the image."""
    packed_bytes: int


class Chunks:
    """The chunks of an image in the order of its sectors, 40 bytes of memory each."""

    def __init__(self) -> None:
        self._records = bytearray()
        self._bases: list[tuple[int, int, int]] = []
        """Of each table: number of its first chunk, first sector, and what is added to its places."""
        self._order: list[int] = []
        self._starts = array("Q")

    def add(self, table: bytes, first_sector: int, place: int) -> None:
        """The descriptors of one table, whose sectors count from `first_sector` and its places from `place`."""
        self._bases.append((len(self._records) // _DESCRIPTOR.size, first_sector, place))
        for record in _DESCRIPTOR.iter_unpack(table):
            if record[0] == _END:
                break
            if record[0] != _COMMENT and record[3]:
                self._records += _DESCRIPTOR.pack(*record)

    def arrange(self) -> None:
        """Put them in the order of their sectors. Raise `Unreadable` where two overlap."""
        chunks = range(len(self._records) // _DESCRIPTOR.size)
        firsts = [self[number].first_sector for number in chunks]
        self._order = sorted(chunks, key=firsts.__getitem__)
        if any(first >= 1 << 62 for first in firsts):
            raise Unreadable("A chunk of the disk image lies beyond any disk: its table is damaged.")
        self._starts = array("Q", (firsts[number] for number in self._order))
        for position, number in enumerate(self._order[:-1]):
            chunk = self[number]
            if chunk.first_sector + chunk.sectors > self._starts[position + 1]:
                raise Unreadable("Two chunks of the disk image overlap: its table is damaged.")

    def __getitem__(self, number: int) -> Chunk:
        method, _, first, sectors, start, packed = _DESCRIPTOR.unpack_from(self._records, number * _DESCRIPTOR.size)
        base = self._bases[bisect_right(self._bases, number, key=lambda base: base[0]) - 1]
        return Chunk(number, method, base[1] + first, sectors, base[2] + start, packed)

    def of(self, sector: int) -> tuple[Chunk | None, int]:
        """The chunk of a sector, if any, and where the next one begins after it (0 for nowhere)."""
        position = bisect_right(self._starts, sector)
        following = self._starts[position] if position < len(self._starts) else 0
        if position:
            chunk = self[self._order[position - 1]]
            if sector < chunk.first_sector + chunk.sectors:
                return chunk, following
        return None, following


def unpacked(method: int, raw: bytes, size_bytes: int, limits: Limits) -> bytes:
    """The `size_bytes` bytes of a compressed chunk. Raise `Unreadable`."""
    coder = _CODERS.get(method)
    if coder is None:
        raise Unsupported(f"It has chunks of a kind that is not known (0x{method:08x}).")
    if size_bytes > LARGEST_CHUNK_BYTES:
        raise LimitReached(f"A chunk of the disk image has {size_bytes} bytes; the limit is {LARGEST_CHUNK_BYTES}.")
    try:
        found = coder(raw, size_bytes, limits)
    except (zlib.error, OSError, lzma.LZMAError, ValueError, EOFError, IndexError) as error:
        raise Unreadable(f"A compressed chunk of the disk image is damaged ({error}).") from error
    if len(found) != size_bytes:
        raise Unreadable(f"A compressed chunk of the disk image has {len(found)} bytes instead of {size_bytes}.")
    return found


def _inflated(raw: bytes, size_bytes: int, limits: Limits) -> bytes:
    decompressor = zlib.decompressobj()
    found = decompressor.decompress(raw, size_bytes)
    if not decompressor.eof:
        found += decompressor.decompress(decompressor.unconsumed_tail, 1)  # what is left is its checksum
    return found


def _bunzipped(raw: bytes, size_bytes: int, limits: Limits) -> bytes:
    return bz2.BZ2Decompressor().decompress(raw, size_bytes)


def _unxz(raw: bytes, size_bytes: int, limits: Limits) -> bytes:
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=dictionary_bytes(limits)).decompress(raw, size_bytes)


def _adc(raw: bytes, size_bytes: int, limits: Limits) -> bytes:
    """Apple Data Compression: bytes that stand as they are, and repetitions of what came before."""
    out, place = bytearray(), 0
    while place < len(raw) and len(out) < size_bytes:
        first = raw[place]
        if first & 0x80:
            length = (first & 0x7F) + 1
            out += raw[place + 1 : place + 1 + length]
            place += 1 + length
            continue
        if first & 0x40:
            length, back, place = (first & 0x3F) + 4, raw[place + 1] << 8 | raw[place + 2], place + 3
        else:
            length, back, place = (first >> 2 & 0x0F) + 3, (first & 3) << 8 | raw[place + 1], place + 2
        start = len(out) - back - 1
        if start < 0:
            raise Unreadable("A compressed chunk of the disk image is damaged: it repeats what was not there.")
        piece = out[start : start + length]
        out += (piece * (length // len(piece) + 1))[:length]
    return bytes(out[:size_bytes])


def _unlzfse(raw: bytes, size_bytes: int, limits: Limits) -> bytes:
    """Apple's LZFSE. What its blocks say that they give is added up before: the decoder has no bound of its own."""
    try:
        lzfse = importlib.import_module("lzfse")
    except ImportError as error:
        raise Unsupported("LZFSE is read by an extra that is not installed: pip install 'amparo[archives]'.") from error
    if _lzfse_bytes(raw) != size_bytes:
        raise Unreadable("A compressed chunk of the disk image is damaged: it states another size than its table.")
    try:
        return bytes(lzfse.decompress(raw))
    except (lzfse.error, MemoryError) as error:  # some damage makes it ask for ever more
        raise Unreadable("A compressed chunk of the disk image is damaged (LZFSE).") from error


def _lzfse_bytes(raw: bytes) -> int:
    """What the blocks say that they give (after Apple's lzfse_internal.h); -1 where they do not follow each other."""
    place, total = 0, 0
    while place + 4 <= len(raw):
        mark = raw[place : place + 4]
        if mark == b"bvx$":
            return total
        if place + 32 > len(raw) and mark != b"bvx-":
            return -1
        (size,) = struct.unpack_from("<I", raw, place + 4) if place + 8 <= len(raw) else (0,)
        total += size
        if mark == b"bvx-":
            place += 8 + size
        elif mark == b"bvxn":
            place += 12 + int.from_bytes(raw[place + 8 : place + 12], "little")
        elif mark == b"bvx1":
            place += 772 + int.from_bytes(raw[place + 12 : place + 16], "little")
            place += int.from_bytes(raw[place + 16 : place + 20], "little")
        elif mark == b"bvx2":
            first, second, third = struct.unpack_from("<3Q", raw, place + 8)
            place += (third & 0xFFFFFFFF) + (first >> 20 & 0xFFFFF) + (second >> 40 & 0xFFFFF)
        else:
            return -1
    return -1


_CODERS: dict[int, Callable[[bytes, int, Limits], bytes]] = {
    _ADC: _adc,
    _ZLIB: _inflated,
    _BZIP2: _bunzipped,
    _LZFSE: _unlzfse,
    _XZ: _unxz,
}
