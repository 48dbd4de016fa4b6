"""The sections of one segment of an EWF image (Expert Witness Compression Format, EnCase 1-6, SMART).

Layout after J. Metz, "Expert Witness Compression Format specification" (libewf documentation): a file header of
13 bytes, then a chain of sections. A section begins with a descriptor of 76 bytes: type (16), offset of the next
section (8), size (8), padding (40), Adler-32 of what precedes (4); all numbers little-endian.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from isal import igzip_lib, isal_zlib

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream

SIGNATURE = b"EVF\x09\x0d\x0a\xff\x00"
HEADER_BYTES = 13
DESCRIPTOR_BYTES = 76
SECTIONS = 1_000_000
"""Of one segment; the largest images that EnCase writes have some thousand."""
TABLE_ENTRIES = 1_048_576
"""Of one table; EnCase writes at most 65,534."""

_DESCRIPTOR = struct.Struct("<16sQQ40xI")
_IsalError = cast("type[Exception]", igzip_lib.IsalError)
_LOST_TABLE = "a table before byte {} is damaged, and so is its copy"
_TABLE = struct.Struct("<I4xQ4xI")
_FIRST = re.compile(r"(.*\.)([A-Za-z])([0-9]{2}|[A-Za-z]{2})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its type, and where its body lies in the segment."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """Where the offsets of `count` chunks stand: `count` numbers of 4 bytes, and mostly an Adler-32 of them."""

    start: int
    count: int
    base: int
    checked: bool
    """Whether the checksum is there."""


@dataclass(slots=True)
class Segment:
    """What one segment holds. `tables` has for each group of chunks its table, and its copy where there is one."""

    number: int
    size_bytes: int
    sections: list[Section] = field(default_factory=list)
    tables: list[list[Table]] = field(default_factory=list)
    last: bool = False
    """Whether the image says that it ends with this segment."""
    fault: str = ""
    """A sentence, where the chain of sections could not be followed to its end; else empty."""

    def end_of_section_at(self, offset: int) -> int:
        """Where the section ends in which the byte at `offset` lies."""
        place = bisect_right(self.sections, offset, key=lambda section: section.start) - 1
        return self.sections[place].end if place >= 0 else self.size_bytes

    def bodies(self, stream: Stream, *kinds: str, most_bytes: int = 1 << 20) -> Iterator[bytes]:
        """The first `most_bytes` bytes of each section of one of `kinds` that can be read, in order."""
        for section in self.sections:
            if section.kind in kinds:
                yield stream.read_at(section.start, max(min(section.end - section.start, most_bytes), 0))


def inflate(raw: bytes, most_bytes: int) -> bytes:
    """The first `most_bytes` bytes of a zlib stream, its checksum checked where it ends there; raise `Unreadable`."""
    try:
        return isal_zlib.decompressobj().decompress(raw, most_bytes)
    except _IsalError as error:
        raise Unreadable(f"It is damaged: {error}.") from error


def segment_name(name: str, number: int) -> str:
    """What segment `number` (from 1) is called where one of its fellows is called `name`; empty where no rule says.

    E01 to E99, then EAA to EZZ, FAA to ZZZ; in the case of `name`. SMART writes s01 and goes on alike.
    """
    parts = _FIRST.fullmatch(name)
    if parts is None:
        return ""
    stem, letter, _ = parts.groups()
    first = ord("S" if letter in "Ss" else "E")
    if number < 100:
        extension = f"{chr(first)}{number:02}"
    else:
        high, low = divmod(number - 100, 676)
        if first + high > ord("Z"):
            return ""
        extension = chr(first + high) + chr(65 + low // 26) + chr(65 + low % 26)
    return stem + (extension.lower() if letter.islower() else extension)


def segment_number(head: bytes) -> int:
    """The number that a segment gives itself in its first 13 bytes; raise `Unreadable`."""
    if len(head) < HEADER_BYTES or head[:8] != SIGNATURE:
        raise Unreadable("It does not begin like a segment of an EWF image.")
    return int.from_bytes(head[9:11], "little")


def read_segment(stream: Stream, *, smart: bool) -> Segment:
    """Follow the chain of sections of a segment. Raise `Unreadable` where not even its head can be had."""
    segment = Segment(segment_number(stream.read_at(0, HEADER_BYTES)), stream.size_bytes)
    offset = HEADER_BYTES
    damaged_table = False
    for _ in range(SECTIONS):
        try:
            descriptor = stream.read_at(offset, DESCRIPTOR_BYTES)
        except Unreadable as error:
            segment.fault = f"its section at byte {offset} cannot be read: {error}"
            return segment
        if len(descriptor) < DESCRIPTOR_BYTES:
            segment.fault = f"it is cut off at byte {segment.size_bytes}, before its end"
            return segment
        kind, following, size, checksum = _DESCRIPTOR.unpack(descriptor)
        if isal_zlib.adler32(descriptor[:72]) != checksum:
            segment.fault = f"the checksum of its section at byte {offset} is wrong"
            return segment
        name = kind.rstrip(b"\0").decode("ascii", "replace")
        if name in ("next", "done"):
            segment.last = name == "done"
            if damaged_table:
                segment.fault = _LOST_TABLE.format(offset)
            return segment
        if following <= offset:
            segment.fault = f"its section at byte {offset} points back"
            return segment
        start = offset + DESCRIPTOR_BYTES
        end = min(offset + size if size > DESCRIPTOR_BYTES else following, segment.size_bytes)
        segment.sections.append(Section(name, start, max(start, end)))
        if name in ("table", "table2"):
            table = _table(stream, segment.sections[-1], smart)
            if damaged_table and (name == "table" or table is None):
                segment.fault = _LOST_TABLE.format(offset)
                return segment
            if name == "table":
                damaged_table = table is None
                if table is not None:
                    segment.tables.append([table])
            elif table is not None and damaged_table:
                segment.tables.append([table])
                damaged_table = False
            elif table is not None and segment.tables and segment.tables[-1][0].count == table.count:
                segment.tables[-1].append(table)
        offset = following
    segment.fault = f"it has more than {SECTIONS} sections"
    return segment


def _table(stream: Stream, section: Section, smart: bool) -> Table | None:
    """The table in `section`, or `None` where its head is damaged."""
    try:
        head = stream.read_at(section.start, 24)
    except Unreadable:
        return None
    if len(head) < 24:
        return None
    count, base, checksum = _TABLE.unpack(head)
    start = section.start + 24
    if isal_zlib.adler32(head[:20]) != checksum or not 0 <= count <= TABLE_ENTRIES or start + 4 * count > section.end:
        return None
    return Table(start, count, base, checked=not smart)
