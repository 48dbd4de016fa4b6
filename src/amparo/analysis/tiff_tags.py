"""Tags of a TIFF structure (TIFF 6.0, BigTIFF, EXIF's CIPA DC-008) with the places of their values.

It takes what it is asked for and steps over the rest, so that it costs little beside `exif.read_exif`.
"""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_EXIF_DIRECTORY = 0x8769
_DIRECTORIES = 16
_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class Value:
    """The value of one tag."""

    tag: int
    kind: int
    """TIFF's type: 1 bytes, 2 ASCII, 7 undefined …"""
    offset: int
    """From the beginning of the structure."""
    size_bytes: int
    """As stated."""
    payload: bytes
    """Empty where it is larger than allowed; short where the structure ends before it."""


def values(file: BinaryIO, wanted: Collection[int], *, most_bytes: int) -> Iterator[Value]:
    """The values of the tags that are wanted, in the main directories and EXIF's, of a structure that `file` is.

    Of a tag that stands there more than once, the first counts.
    """
    left = set(wanted)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return
    big = struct.unpack(f"{order}H", head[2:4])[0] == 43
    if big and len(head) < 16:
        return
    end = file.seek(0, 2)
    number = struct.Struct(f"{order}Q" if big else f"{order}I")
    entry = struct.Struct(f"{order}HHQ8s" if big else f"{order}HHI4s")
    waiting = [number.unpack_from(head, 8 if big else 4)[0]]
    seen: set[int] = set()
    while waiting and len(seen) < _DIRECTORIES:
        directory = waiting.pop(0)
        if not 0 < directory < end or directory in seen:
            continue
        seen.add(directory)
        file.seek(directory)
        raw = file.read(8 if big else 2)
        count = int.from_bytes(raw, "little" if order == "<" else "big")
        if not 0 < count <= _ENTRIES:
            continue
        table = file.read(count * entry.size + number.size)
        for place in range(min(count, len(table) // entry.size)):
            tag, kind, length, inline = entry.unpack_from(table, place * entry.size)
            size = length * _SIZES.get(kind, 0)
            if tag == _EXIF_DIRECTORY:
                waiting.append(number.unpack(inline)[0] if kind != 3 else 0)
            elif tag in left and size:
                left.discard(tag)
                start = directory + len(raw) + place * entry.size + entry.size - number.size
                if size > number.size:
                    start = number.unpack(inline)[0]
                payload = b""
                if size <= most_bytes and start < end:
                    file.seek(start)
                    payload = file.read(size)
                yield Value(tag, kind, start, size, payload)
        if len(table) == count * entry.size + number.size:
            waiting.append(number.unpack_from(table, count * entry.size)[0])
