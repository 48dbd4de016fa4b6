"""Zip archives, and what is built on them: phone extractions, office documents, app packages."""

import bz2
import lzma
import stat
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from isal import isal_zlib

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import MIB, Limits
from amparo.evidence.bomb import bomb_obstacle
from amparo.evidence.name_index import Locators, NameIndex
from amparo.evidence.streams import ForwardStream, Nameless, PartStream
from amparo.evidence.zip_directory import LARGEST_RECORD, LOCAL, LOCAL_BYTES, Member, find_directory, read_member

_WINDOW_BYTES = MIB
_PART_BYTES = 256 * 1024
_DICTIONARY_BYTES = 256 * MIB
_ENCRYPTED, _MASKED = 1 << 0, 1 << 13
_STORED = 0
_DAMAGE = (cast("type[Exception]", isal_zlib.error), lzma.LZMAError, OSError, ValueError, EOFError)
_METHODS = {1: "shrink", 2: "reduce", 3: "reduce", 4: "reduce", 5: "reduce", 6: "implode", 9: "deflate64"}
_METHODS |= {20: "zstandard", 93: "zstandard", 94: "mp3", 95: "xz", 96: "jpeg", 97: "wavpack", 98: "ppmd", 99: "AES"}
_WRONG_CRC = (
    "Its bytes do not have the checksum (CRC-32) that the zip archive states: they are damaged or were altered."
)


@dataclass(frozen=True, slots=True)
class Zip:
    """Zip archives (PKWARE APPNOTE 6.3.10, zip64 included); of the two directories only the central one counts.

    Bombs are listed with that obstacle: members that overlap others, and those that would grow more than 250-fold
    beyond a gibibyte.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "zip"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        # A split archive begins with a mark of its own before the first member; an empty one is only an end.
        return size_bytes >= 22 and head.startswith((LOCAL, b"PK\x05\x06", b"PK00PK\x03\x04", b"PK\x07\x08PK\x03\x04"))

    def open(self, stream: Stream, *, limits: Limits) -> "ZipArchive":
        """As `ContainerFormat.open`."""
        return ZipArchive(stream, limits)


class ZipArchive:
    """An opened zip archive."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._start, self._end, self._shift = find_directory(stream)
        self._index: NameIndex | None = None
        self._overlapping: frozenset[int] = frozenset()
        self._damage: Unreadable | None = None

    def items(self) -> Iterator[Item]:
        """As `Container.items`. A directory that breaks off gives the items before, then `Unreadable`."""
        locators = Locators()
        places = self._scanned().places
        for number, (_, member) in enumerate(self._members(len(places))):
            locator = locators.of(member.name, number)
            if not member.is_folder:
                yield _item(member, locator, self._obstacle(member, number))
        if self._damage is not None:
            raise self._damage

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`. The checksum is checked when the end is reached by reading forward."""
        index = self._scanned()
        for number in index.candidates(name, locator):
            member = read_member(self._record(index.places, number), 0, self._shift)
            if member is not None and member.name == name and not member.is_folder:
                if obstacle := self._obstacle(member, number):
                    raise Unreadable(obstacle)
                return self._open(member)
        damage = f" in the part that can be read. {self._damage}" if self._damage else "."
        raise Unreadable(f"The zip archive has no member {escape(name)}{damage}")

    def _record(self, places: "array[int]", number: int) -> bytes:
        """The bytes from the beginning of one record to that of the next."""
        end = places[number + 1] if number + 1 < len(places) else self._end
        return self._stream.read_at(places[number], min(end - places[number], LARGEST_RECORD))

    def close(self) -> None:
        """As `Container.close`."""
        self._index = None

    def _scanned(self) -> NameIndex:
        """The index of the members; making it finds those that overlap, and where the directory breaks off."""
        if self._index is None:
            index = NameIndex()
            starts, ends = array("q"), array("q")
            try:
                for place, member in self._members(self._limits.container_items):
                    index.add(member.name, place)
                    starts.append(min(member.start, self._stream.size_bytes))
                    ends.append(min(member.start + LOCAL_BYTES + member.packed_bytes, self._stream.size_bytes))
            except Unreadable as error:
                self._damage = error
            self._overlapping = _overlapping(starts, ends)
            self._index = index
        return self._index

    def _members(self, most: int) -> Iterator[tuple[int, Member]]:
        """The records of the central directory with their places."""
        place, window, window_start = self._start, b"", self._start
        count = 0
        while place < self._end:
            if place + LARGEST_RECORD > window_start + len(window) < self._end:
                window_start = place
                window = self._stream.read_at(place, min(_WINDOW_BYTES, self._end - place))
            member = read_member(window, place - window_start, self._shift)
            if member is None:
                raise Unreadable(f"The zip archive's directory is damaged after {count} members; the others are lost.")
            if count == most:
                if most == self._limits.container_items:
                    raise LimitReached(f"It holds more items than the limit of {most}.")
                return
            yield place, member
            count += 1
            place += member.record_bytes

    def _obstacle(self, member: Member, number: int) -> str:
        if stat.S_ISLNK(member.mode):
            return f"It is a symbolic link{self._target(member)}; links are not followed."
        if number in self._overlapping:
            return "Its bytes overlap those of another member, as in a bomb; it is not read."
        return bomb_obstacle(member.packed_bytes, member.size_bytes)

    def _target(self, member: Member) -> str:
        try:
            stream = self._open(member)
            return (
                f" to {escape(name_from_bytes(stream.read_at(0, stream.size_bytes)))}"
                if member.size_bytes < 4096
                else ""
            )
        except Unreadable:
            return ""

    def _open(self, member: Member) -> Stream:
        if member.flags & (_ENCRYPTED | _MASKED):
            raise Encrypted("It is encrypted in the zip archive; extract it with its password and examine the result.")
        header = self._stream.read_at(member.start, LOCAL_BYTES) if member.start >= 0 else b""
        if len(header) < LOCAL_BYTES or not header.startswith(LOCAL):
            raise Unreadable("Its header is not where the zip archive says: the archive is damaged or cut short.")
        name_bytes, extra_bytes = struct.unpack_from("<2H", header, 26)
        packed = PartStream(self._stream, member.start + LOCAL_BYTES + name_bytes + extra_bytes, member.packed_bytes)
        if member.method == _STORED:
            if member.size_bytes != member.packed_bytes:
                raise Unreadable("It is stored, but with two different sizes: the zip archive is damaged.")
            return Checked(packed, member.crc)
        if member.method not in _DECOMPRESSORS:
            method = _METHODS.get(member.method, f"number {member.method}")
            raise Unreadable(f"Its compression method ({method}) cannot be read here; extract it with another tool.")
        return ForwardStream(member.size_bytes, lambda: inflated(packed, member))


class Checked(Nameless):
    """A stored member: read at random, and checked against its CRC-32 when it is read forward to its end."""

    def __init__(self, stream: Stream, crc: int) -> None:
        self._stream = stream
        self._expected = crc
        self._crc = 0
        self._position = 0
        self.size_bytes = stream.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        part = self._stream.read_at(offset, length)
        if offset == self._position and part:
            self._crc = isal_zlib.crc32(part, self._crc)
            self._position += len(part)
            if self._position == self.size_bytes and self._crc != self._expected:
                raise Unreadable(_WRONG_CRC)
        return part

    def close(self) -> None:
        """Nothing to give up."""


def inflated(packed: Stream, member: Member) -> Iterator[bytes]:
    """The bytes of a compressed member in parts, its CRC-32 checked after the last."""
    crc = 0
    try:
        for part in _DECOMPRESSORS[member.method](packed, member):
            crc = isal_zlib.crc32(part, crc)
            yield part
    except _DAMAGE as error:
        raise Unreadable(f"Its compressed bytes are damaged ({error}).") from error
    if crc != member.crc:
        raise Unreadable(_WRONG_CRC)


def _parts(packed: Stream, start: int = 0) -> Iterator[bytes]:
    for offset in range(start, packed.size_bytes, _PART_BYTES):
        yield packed.read_at(offset, _PART_BYTES)


def _inflate(packed: Stream, member: Member) -> Iterator[bytes]:
    """RFC 1951."""
    decompressor = isal_zlib.decompressobj(-15)
    for part in _parts(packed):
        waiting = part
        while not decompressor.eof:
            out = decompressor.decompress(waiting, _PART_BYTES)
            if out:
                yield out
            waiting = decompressor.unconsumed_tail
            if not waiting and len(out) < _PART_BYTES:
                break
        if decompressor.eof:
            return


def _bunzip(packed: Stream, member: Member) -> Iterator[bytes]:
    return _fed(bz2.BZ2Decompressor(), _parts(packed))


def _unlzma(packed: Stream, member: Member) -> Iterator[bytes]:
    """APPNOTE 5.8.8: version, size of the properties, properties, then a raw LZMA stream."""
    header = packed.read_at(0, 9)
    if len(header) < 9 or header[2:4] != b"\x05\x00" or header[4] >= 9 * 5 * 5:
        raise Unreadable("Its LZMA properties are damaged.")
    rest, lc = divmod(header[4], 9)
    pb, lp = divmod(rest, 5)
    # A dictionary larger than what is unpacked serves nothing, and would be memory that evidence asks for.
    dictionary = max(min(struct.unpack_from("<I", header, 5)[0], member.size_bytes), 4096)
    if dictionary > _DICTIONARY_BYTES:
        raise LimitReached(f"It needs an LZMA dictionary of {dictionary} bytes; the limit is {_DICTIONARY_BYTES}.")
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}]
    return _fed(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), _parts(packed, 9))


def _fed(decompressor: bz2.BZ2Decompressor | lzma.LZMADecompressor, parts: Iterator[bytes]) -> Iterator[bytes]:
    for part in parts:
        waiting = part
        while not decompressor.eof:
            out = decompressor.decompress(waiting, _PART_BYTES)
            waiting = b""
            if out:
                yield out
            if decompressor.needs_input:
                break
        if decompressor.eof:
            return


_DECOMPRESSORS: dict[int, Callable[[Stream, Member], Iterator[bytes]]] = {8: _inflate, 12: _bunzip, 14: _unlzma}


def _overlapping(starts: "array[int]", ends: "array[int]") -> frozenset[int]:
    """Numbers of the members that begin before an earlier one (by place) has ended."""
    if not starts:
        return frozenset()
    import numpy as np  # it takes its time, and only archives need it

    order = np.argsort(np.frombuffer(starts, np.int64), kind="stable")
    reached = np.maximum.accumulate(np.frombuffer(ends, np.int64)[order])
    late = np.frombuffer(starts, np.int64)[order][1:] < reached[:-1]
    return frozenset(order[1:][late].tolist())


def _item(member: Member, locator: str, obstacle: str) -> Item:
    modified, accessed, created = member.times()
    return Item(
        member.name,
        None if obstacle else member.size_bytes,
        locator=locator,
        modified_ns=modified,
        accessed_ns=accessed,
        created_ns=created,
        obstacle=obstacle,
    )
