"""Disk images of macOS (DMG), in Apple's Universal Disk Image Format."""

import plistlib
import struct
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits
from amparo.evidence.streams import PartStream
from amparo.evidence.udif_chunks import IGNORED, RAW, SECTOR, ZERO, Chunk, Chunks, unpacked
from amparo.evidence.virtual_disk import Files, Kept, Medium, VirtualDisk, opened

_MARK, _TABLE_MARK = b"koly", b"mish"
_TRAILER_BYTES = 512
_TRAILER = struct.Struct(">4sII12xQQ16xII16x8s128sQQ120x8s128sIQ12x")
_TABLE = struct.Struct(">4sIQQQII24x8s128sI")
_CRC32 = b"\0\0\0\x02\0\0\0\x20"
_XML_BYTES = 256 * MIB
_DESCRIPTOR_BYTES = 40
PIECE_BYTES = MIB


@dataclass(frozen=True, slots=True)
class Dmg:
    """Disk images of macOS (UDIF, `.dmg`): one item without a name, the medium.

    Chunks as they are, of zeros, in ADC, zlib, bzip2, LZMA and, with the extra `archives`, LZFSE. The checksum over
    the tables is verified when the image is opened, that of each partition where it is read forward to its end. An
    image without its trailer is a raw medium and opens as what that is; encrypted images, sparse images and images in
    several segments are said.
    """

    @property
    def kind(self) -> str:
        """`dmg`."""
        return "dmg"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the whole of an image that is no larger than a head; else see `recognises_end`."""
        return size_bytes == len(head) and self.recognises_end(head[-_TRAILER_BYTES:], size_bytes)

    def recognises_end(self, tail: bytes, size_bytes: int) -> bool:
        """By the trailer, which states its own length."""
        return len(tail) == _TRAILER_BYTES and tail.startswith(_MARK) and tail[8:12] == b"\0\0\x02\0"

    def open(self, stream: Stream, *, limits: Limits) -> VirtualDisk:
        """Read the trailer and the tables of chunks. Raise `Unreadable`."""
        return opened(stream, limits, _medium)


@dataclass(frozen=True, slots=True)
class _Partition:
    """What one table describes: a part of the medium with a checksum of its own."""

    first_byte: int
    end_byte: int
    crc: int | None


def _medium(stream: Stream, files: Files) -> Stream:
    raw = stream.read_at(max(stream.size_bytes - _TRAILER_BYTES, 0), _TRAILER_BYTES)
    if len(raw) < _TRAILER_BYTES or not raw.startswith(_MARK):
        raise Unreadable("The trailer at its end is missing: the disk image is cut short.")
    trailer = _TRAILER.unpack(raw)
    _, version, _, data_start, _, _, segments = trailer[:7]
    _, _, xml_start, xml_bytes, checksum_kind, checksum, _, sectors = trailer[7:]
    if segments > 1:
        raise Unsupported(
            f"It is one of {segments} segments of a disk image; join them with hdiutil and examine what comes out."
        )
    if not xml_bytes:
        raise Unsupported("Its tables are in a resource fork of before macOS 10.2, which is not read; convert it.")
    if version != 4:
        raise Unsupported(f"It is a disk image of version {version}; only version 4 is known.")
    if xml_bytes > _XML_BYTES:
        raise LimitReached(f"The tables of the disk image have {xml_bytes} bytes; the limit is {_XML_BYTES}.")
    tables = _tables(PartStream(stream, xml_start, xml_bytes).read_at(0, xml_bytes))
    chunks, partitions, crcs = Chunks(), list[_Partition](), b""
    for table in tables:
        mark, _, first, count, place, _, _, kind, crc, number = _header(table)
        if mark != _TABLE_MARK or first + count > sectors or len(table) < _TABLE.size + number * _DESCRIPTOR_BYTES:
            raise Unreadable("A table of the disk image is damaged.")
        chunks.add(table[_TABLE.size : _TABLE.size + number * _DESCRIPTOR_BYTES], first, data_start + place)
        known = int.from_bytes(crc[:4]) if kind == _CRC32 else None
        partitions.append(_Partition(first * SECTOR, (first + count) * SECTOR, known))
        crcs += crc[:4]
    guarded = checksum_kind == _CRC32 and all(each.crc is not None for each in partitions)
    if guarded and zlib.crc32(crcs) != int.from_bytes(checksum[:4]):
        raise Unreadable("The checksum over the disk image's tables is wrong: they are damaged or were altered.")
    chunks.arrange()
    return _Udif(stream, chunks, sorted(partitions, key=lambda each: each.first_byte), sectors * SECTOR, files)


def _header(table: bytes) -> tuple[Any, ...]:
    if len(table) < _TABLE.size:
        raise Unreadable("A table of the disk image is damaged.")
    return _TABLE.unpack_from(table)


def _tables(xml: bytes) -> list[bytes]:
    """The tables (`blkx`) of the property list. Raise `Unreadable`."""
    try:
        found = [each["Data"] for each in plistlib.loads(xml, fmt=plistlib.FMT_XML)["resource-fork"]["blkx"]]
    except Exception as error:  # of the parser, of base64, of what is not there
        raise Unreadable(f"The property list of the disk image is damaged ({type(error).__name__}).") from error
    if not all(isinstance(each, bytes) for each in found):
        raise Unreadable("The property list of the disk image is damaged: a table is no data.")
    return found


class _Udif(Medium):
    """The medium in chunks."""

    def __init__(
        self, stream: Stream, chunks: Chunks, partitions: list[_Partition], size_bytes: int, files: Files
    ) -> None:
        self._stream = stream
        self._chunks = chunks
        self._limits = files.limits
        self._kept: Kept = files.kept
        self._partitions = partitions
        self._starts = [each.first_byte for each in partitions]
        self._followed = (0, 0)
        """How far reading came forward from the start of a partition, and the CRC-32 of that."""
        self.size_bytes = size_bytes

    def piece(self, offset: int, length: int) -> bytes:
        """As `Medium.piece`."""
        chunk, following = self._chunks.of(offset // SECTOR)
        if chunk is None:
            # Between partitions, and behind the last: nothing is kept there.
            return bytes(min(length, following * SECTOR - offset) if following else length)
        inside = offset - chunk.first_sector * SECTOR
        size_bytes = chunk.sectors * SECTOR
        length = min(length, size_bytes - inside)
        if chunk.method in (ZERO, IGNORED):
            part = bytes(min(length, PIECE_BYTES))
        elif chunk.method == RAW:
            part = self._raw(chunk, inside, min(length, PIECE_BYTES))
        else:
            part = self._kept.get(self, chunk.number, self._unpacked)[inside : inside + length]
        return self._follow(offset, part, counts=chunk.method != IGNORED)

    def _raw(self, chunk: Chunk, inside: int, length: int) -> bytes:
        """As it stands; the last chunk may be shorter than its sectors, which zeros fill up."""
        stored = max(min(length, chunk.packed_bytes - inside), 0)
        return PartStream(self._stream, chunk.start + inside, stored).read_at(0, stored) + bytes(length - stored)

    def _unpacked(self, number: int) -> bytes:
        chunk = self._chunks[number]
        if chunk.packed_bytes > 2 * chunk.sectors * SECTOR + MIB:
            raise Unreadable("A compressed chunk of the disk image is larger than what it holds: its table is damaged.")
        packed = PartStream(self._stream, chunk.start, chunk.packed_bytes).read_at(0, chunk.packed_bytes)
        return unpacked(chunk.method, packed, chunk.sectors * SECTOR, self._limits)

    def _follow(self, offset: int, part: bytes, *, counts: bool) -> bytes:
        """Hold each partition against its CRC-32 that is read forward from its start; free space does not count."""
        position = bisect_right(self._starts, offset) - 1
        partition = self._partitions[position] if position >= 0 else None
        if partition is None or partition.crc is None or not partition.first_byte <= offset < partition.end_byte:
            return part
        reached, crc = (offset, 0) if offset == partition.first_byte else self._followed
        if offset != reached:
            return part
        self._followed = reached + len(part), zlib.crc32(part, crc) if counts else crc
        if self._followed == (partition.end_byte, partition.crc) or self._followed[0] < partition.end_byte:
            return part
        raise Unreadable(
            f"The bytes {partition.first_byte} to {partition.end_byte} of the medium do not have the checksum (CRC-32)"
            " that the disk image states: they are damaged or were altered."
        )
