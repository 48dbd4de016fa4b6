"""The central directory of a zip archive: where it lies, and what its records say (PKWARE APPNOTE 6.3.10, 4.3)."""

import calendar
import functools
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import name_from_bytes
from amparo.domain.limits import GIB, MIB

LOCAL = b"PK\x03\x04"
LOCAL_BYTES = 30
"""Of a member's local header, without its name and extra fields."""
_CENTRAL = b"PK\x01\x02"
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_END64_LOCATOR = b"PK\x06\x07"
_RECORD = struct.Struct("<4s4x2H4s3I3HH2xII")
_RECORD_BYTES = 46
LARGEST_RECORD = _RECORD_BYTES + 3 * 0xFFFF
_END_BYTES = 22
_NO_SIZE, _NO_DISK = 0xFFFFFFFF, 0xFFFF
_FARTHEST_BYTES, _WINDOW_BYTES = GIB, MIB
"""How far before the end a directory is looked for, and how much is looked through at once."""
_LARGEST = (1 << 63) - 1
SPLIT = "It is the last part of a split zip archive: put the parts before it (.z01 and on) into the same folder."
_UNIX_MAKERS = (3, 19)
_FILETIME_EPOCH_S = 11_644_473_600


@dataclass(slots=True)
class Member:
    """What a record of the central directory says of one member."""

    name: str
    """Without leading slashes, by the raw bytes: many tools write UTF-8 and do not say so."""
    flags: int
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    start: int
    """Of its local header, in the stream."""
    least_bytes: int
    """What it takes at least there: its local header, its name and its packed bytes, without extra fields."""
    mode: int
    """As in Unix, 0 where the archive has none."""
    is_folder: bool
    record_bytes: int
    dos_time: bytes
    extra: bytes

    def times(self) -> tuple[int | None, int | None, int | None]:
        """Modified, accessed, created, in nanoseconds: NTFS's of extra field 0x000A, Unix's of 0x5455, or DOS's."""
        for field, value in fields(self.extra):
            if field == 0x000A and len(value) >= 32 and value[4:8] == b"\x01\x00\x18\x00":
                times = struct.unpack_from("<3Q", value, 8)
                modified, accessed, created = (_of_filetime(time) for time in times)
                return modified, accessed, created
            if field == 0x5455 and len(value) >= 5 and value[0] & 1:
                return struct.unpack_from("<i", value, 1)[0] * 1_000_000_000, None, None
        return _of_dos_time(self.dos_time), None, None


def read_member(window: bytes, at: int, shift: int, disks: Sequence[int] = ()) -> Member | None:
    """The record that begins `at` in `window`; `None` where none does, or not a whole one.

    `shift` is added to the archive's own offsets: the bytes that stand before it. In a split archive it is where the
    member's part begins, of those that `disks` gives.
    """
    if len(window) - at < _RECORD_BYTES:
        return None
    (mark, flags, method, dos_time, crc, packed, size, name_len, extra_len, comment_len, disk, outer, start) = (
        _RECORD.unpack_from(window, at)
    )
    end = at + _RECORD_BYTES + name_len + extra_len + comment_len
    if mark != _CENTRAL or end > len(window):
        return None
    raw = window[at + _RECORD_BYTES : at + _RECORD_BYTES + name_len]
    extra = window[at + _RECORD_BYTES + name_len : at + _RECORD_BYTES + name_len + extra_len]
    if extra:
        packed, size, start, disk = _zip64(extra, packed, size, start, disk)
        raw = _unicode_name(extra, raw)
    return Member(
        name=name_from_bytes(raw.lstrip(b"/")) or "(no name)",
        flags=flags,
        method=method,
        crc=crc,
        packed_bytes=packed,
        size_bytes=min(size, _LARGEST),
        start=start + shift if not disks else start + disks[disk] if disk < len(disks) else -1,
        least_bytes=LOCAL_BYTES + name_len + packed,
        mode=outer >> 16 if window[at + 5] in _UNIX_MAKERS else 0,
        is_folder=raw.endswith(b"/") and not size,
        record_bytes=end - at,
        dos_time=dos_time,
        extra=extra,
    )


def fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The extra fields of a member: what each is, and its value."""
    at = 0
    while at + 4 <= len(extra):
        field, length = struct.unpack_from("<2H", extra, at)
        yield field, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _zip64(extra: bytes, packed: int, size: int, start: int, disk: int) -> tuple[int, int, int, int]:
    """Field 0x0001 has the values of those that are all ones in the record, in this order: size first, disk last."""
    if _NO_SIZE not in (packed, size, start):
        return packed, size, start, disk
    for field, value in fields(extra):
        if field == 0x0001:
            values = iter(struct.unpack_from(f"<{len(value) // 8}Q", value))
            size = next(values, size) if size == _NO_SIZE else size
            packed = next(values, packed) if packed == _NO_SIZE else packed
            start = next(values, start) if start == _NO_SIZE else start
            if disk == _NO_DISK and len(value) % 8 == 4:
                disk = int.from_bytes(value[-4:], "little")
    return packed, size, start, disk


def _unicode_name(extra: bytes, raw: bytes) -> bytes:
    """Info-ZIP's field 0x7075: the name in UTF-8, valid as long as the plain one is what it was made from."""
    if b"up" in extra:
        for field, value in fields(extra):
            if field == 0x7075 and value[:1] == b"\x01" and value[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
                return value[5:]
    return raw


def _of_filetime(time: int) -> int | None:
    nanoseconds = (time - _FILETIME_EPOCH_S * 10_000_000) * 100
    return nanoseconds if time and abs(nanoseconds) <= _LARGEST else None


@functools.lru_cache(maxsize=4096)
def _of_dos_time(raw: bytes) -> int | None:
    time, date = struct.unpack("<2H", raw)
    month, day = date >> 5 & 15, date & 31
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    parts = ((date >> 9) + 1980, month, day, time >> 11, time >> 5 & 63, (time & 31) * 2)
    return calendar.timegm((*parts, 0, 0, 0)) * 1_000_000_000


@dataclass(frozen=True, slots=True)
class End:
    """What stands at the end of an archive."""

    disk: int
    """The number of the last part, 0 where there is only one; so below."""
    directory_disk: int
    directory_bytes: int
    directory_offset: int
    place: int
    """Of itself, in the stream."""
    after: int
    """Where the next byte is no longer of the archive, but of its comment, or of what was appended."""


class Directory(NamedTuple):
    """Where the central directory of an archive stands."""

    start: int
    end: int
    shift: int
    """How many bytes stand before the archive that its own offsets do not count."""
    place: int
    """Of the record at the end of the archive, and where that ends."""
    after: int


def find_ends(stream: Stream) -> Iterator[End]:
    """What may be the end of an archive, the last first: its mark may stand in a comment too."""
    return _ends(stream, max(stream.size_bytes - _END_BYTES - 0xFFFF, 0), stream.size_bytes)


def _ends(stream: Stream, start: int, end: int) -> Iterator[End]:
    """What may be the end of an archive, of those that begin and end between two places, the last first."""
    tail = stream.read_at(start, end - start)
    at = len(tail)
    while (at := tail.rfind(_END, 0, at)) >= 0:
        if len(tail) - at < _END_BYTES:
            continue
        disk, directory_disk, _, _, size, offset, _ = struct.unpack_from("<4H2IH", tail, at + 4)
        found = End(disk, directory_disk, size, offset, start + at, start + at + _END_BYTES)
        if _NO_SIZE in (size, offset) or _NO_DISK in (disk, directory_disk):
            found = _end64(stream, found.place) or found
        yield found


def _far_ends(stream: Stream) -> Iterator[End]:
    """The same before the longest comment: something was appended to the archive."""
    end = stream.size_bytes - 0xFFFF
    last = max(end - _FARTHEST_BYTES, 0)
    while end > last:
        start = max(end - _WINDOW_BYTES, last)
        yield from _ends(stream, start, min(end + _END_BYTES - 1, stream.size_bytes))
        end = start


def find_directory(stream: Stream, disks: Sequence[int] = ()) -> Directory:
    """Where the central directory stands; raise `Unreadable`.

    Of a split archive `stream` is all the parts, and `disks` where each begins.
    """
    for end in find_ends(stream):
        if disks:
            if end.directory_disk < len(disks):
                start = disks[end.directory_disk] + end.directory_offset
                return Directory(start, min(start + end.directory_bytes, end.place), 0, end.place, end.after)
            continue
        if end.disk or end.directory_disk:
            raise Unreadable(SPLIT)
        # What stands before the archive (a program that unpacks it) moves all offsets, unless they count it.
        for start in (end.place - end.directory_bytes, end.directory_offset):
            if 0 <= start <= end.place and (stream.read_at(start, 4) == _CENTRAL or end.directory_bytes == 0):
                shift = start - end.directory_offset
                return Directory(start, min(start + end.directory_bytes, end.place), shift, end.place, end.after)
    for end in _far_ends(stream) if not disks else ():
        # Of an archive that begins where the file does: that of a member may stand in one that is cut short.
        start, behind = end.directory_offset, end.directory_offset + end.directory_bytes
        if not end.disk and end.directory_bytes > 0 and behind <= end.place and stream.read_at(start, 4) == _CENTRAL:
            return Directory(start, behind, 0, end.place, end.after)
    raise Unreadable("It has no directory at its end: the zip archive is damaged or cut short.")


def _end64(stream: Stream, end: int) -> End | None:
    locator = stream.read_at(end - 20, 20) if end >= 20 else b""
    if not locator.startswith(_END64_LOCATOR):
        return None
    (place,) = struct.unpack_from("<8xQ", locator)
    # The record stands right before its locator, wherever the archive begins.
    for start in (end - 20 - 56, place):
        if 0 <= start < end:
            record = stream.read_at(start, 56)
            if len(record) == 56 and record.startswith(_END64):
                disk, directory_disk, _, _, size, offset = struct.unpack_from("<2I4Q", record, 16)
                return End(disk, directory_disk, size, offset, start, end + _END_BYTES)
    return None
