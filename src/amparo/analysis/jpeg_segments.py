"""The segments of a JPEG (ITU-T T.81; Adobe, ICC and ISO/IEC 19566-5 define the application segments)."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from amparo.analysis.blocks import BLOCK_BYTES, STORE_BYTES, Block, Embedded, Kind
from amparo.domain.errors import Unreadable

_STEPS = 100_000
_SCAN_BYTES = 1024 * 1024
_HEADER_BYTES = 4
"""Marker and length, before the payload of a segment."""

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_ICC = b"ICC_PROFILE\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_RESOURCE = struct.Struct(">4sH")
_MARKER_IN_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_NAMED = (b"JFIF\0", b"JFXX\0", b"Exif\0", _XMP, _MORE_XMP, _ICC, b"MPF\0", _PHOTOSHOP, b"Adobe\0", b"JP", b"Ducky")


@dataclass(slots=True)
class _Pieces:
    """A block that lies in several segments."""

    start: int
    end: int
    parts: dict[int, bytes] = field(default_factory=dict)
    size_bytes: int = 0

    def add(self, place: int, part: bytes, end: int, most_bytes: int) -> bool:
        """Keep a part under its place in the whole; whether there was room for it."""
        self.end = end
        if place in self.parts:
            return True
        if self.size_bytes + len(part) > most_bytes:
            return False
        self.parts[place] = part
        self.size_bytes += len(part)
        return True

    @property
    def whole(self) -> bytes:
        return b"".join(part for _, part in sorted(self.parts.items()))


def walk_jpeg(file: BinaryIO, found: Embedded) -> None:
    """Find the blocks before the first scan. Raise `Unreadable` where the segments are broken."""
    if file.read(2) != b"\xff\xd8":
        return
    profile: list[bytes] = []
    split: dict[bytes, _Pieces] = {}
    try:
        for marker, offset, payload in segments(file):
            _take(marker, offset, payload, found, profile, split)
    finally:
        # Each piece begins with its number and how many there are.
        found.icc = b"".join(piece[2:] for piece in sorted(profile, key=lambda piece: piece[:1]))[:BLOCK_BYTES]
        for name, pieces in split.items():
            kind, place = (Kind.JUMBF, "APP11 segments") if name[:2] == b"JP" else (Kind.XMP, "extended XMP segments")
            found.add(Block(kind, place, pieces.start, pieces.end - pieces.start, pieces.whole))


def _take(
    marker: int, offset: int, payload: bytes, found: Embedded, profile: list[bytes], split: dict[bytes, _Pieces]
) -> None:
    """Keep what one segment holds; `offset` is its payload's."""
    size = len(payload)
    if marker == 0xE0 and payload[:5] == b"JFIF\0" and size >= 12:
        unit, across, down = struct.unpack_from(">BHH", payload, 7)
        found.density = (across, down, {1: "inch", 2: "cm"}.get(unit, "aspect ratio"))
    elif marker == 0xE1 and payload[:4] == b"Exif":
        found.exif = found.exif or payload[6:]
        found.add(Block(Kind.EXIF, "APP1 segment", offset + 6, size - 6, payload[6:]))
    elif marker == 0xE1 and payload.startswith(_XMP):
        start = len(_XMP)
        found.xmp = found.xmp or payload[start:]
        found.add(Block(Kind.XMP, "APP1 segment", offset + start, size - start, payload[start:]))
    elif marker == 0xE1 and payload.startswith(_MORE_XMP):
        start = len(_MORE_XMP) + 40  # an identifier, the length of the whole, and where this part belongs
        place = int.from_bytes(payload[start - 4 : start])
        _join(found, split, payload[: start - 8], offset, size, place, payload[start:], BLOCK_BYTES)
    elif marker == 0xE2 and payload.startswith(_ICC) and len(profile) < 255:
        profile.append(payload[len(_ICC) :])
    elif marker == 0xEB and payload[:2] == b"JP" and size >= 16:
        # Instance, number of the part; each part repeats the header of the box.
        place, header = int.from_bytes(payload[4:8]), 16 if payload[8:12] == b"\0\0\0\1" else 8
        skipped = 0 if place <= 1 else header
        _join(found, split, payload[:4], offset, size, place, payload[8 + skipped :], STORE_BYTES)
    elif marker == 0xED and payload.startswith(_PHOTOSHOP):
        records = iptc_resource(payload[len(_PHOTOSHOP) :])
        if records:
            found.iptc = found.iptc or records
            found.add(Block(Kind.IPTC, "APP13 segment", offset, size, records))
    elif marker == 0xFE:
        found.add_text("comment", payload)
        found.add(Block(Kind.TEXT, "comment segment", offset, size, payload, "comment"))
    elif 0xE0 <= marker <= 0xEF and not payload.startswith(_NAMED):
        found.add(Block(Kind.SEGMENT, f"APP{marker - 0xE0} segment", offset, size, payload))


def _join(
    found: Embedded,
    split: dict[bytes, _Pieces],
    name: bytes,
    offset: int,
    size: int,
    place: int,
    part: bytes,
    most_bytes: int,
) -> None:
    kept = sum(each.size_bytes for each in split.values())
    if kept > 2 * STORE_BYTES or (name not in split and len(split) == 64):
        found.skip("segment", offset, size, "there are too many blocks in pieces before it")
        return
    pieces = split.setdefault(name, _Pieces(offset - _HEADER_BYTES, offset))
    if not pieces.add(place, part, offset + size, most_bytes):
        found.skip("segment", offset, size, "the block that it belongs to is too large")


def segments(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Marker, offset of the payload and payload of each segment up to the first scan, after whose header it stands."""
    for _ in range(_STEPS):
        start = file.read(2)
        while start == b"\xff\xff":
            start = b"\xff" + file.read(1)
        if len(start) < 2 or start[0] != 0xFF:
            raise Unreadable("The segments of this JPEG are broken.")
        (length,) = struct.unpack(">H", file.read(2))
        offset = file.tell()
        payload = file.read(max(length - 2, 0))
        if start[1] == 0xDA:
            return
        yield start[1], offset, payload


def after_end_of_jpeg(file: BinaryIO) -> int | None:
    """How many bytes follow the end marker, from a scan on; `None` where there is no such marker."""
    position = file.tell()
    for _ in range(_STEPS):
        file.seek(position)
        piece = file.read(_SCAN_BYTES)
        marker = _MARKER_IN_SCAN.search(piece)
        if marker is None:
            if len(piece) < 2:
                return None
            position += len(piece) - 1  # a marker may lie across the border
            continue
        position += marker.end()
        if marker[0][1] == 0xD9:
            return file.seek(0, 2) - position
        # Another scan's tables: their payload may hold any bytes, so it is stepped over.
        file.seek(position)
        length = file.read(2)
        if len(length) < 2:
            return None
        position += max(int.from_bytes(length), 2)
    return None


def iptc_resource(resources: bytes) -> bytes:
    """The IPTC records among Photoshop's image resources."""
    at = 0
    for _ in range(_STEPS):
        if at + 7 > len(resources):
            return b""
        signature, number = _RESOURCE.unpack_from(resources, at)
        if signature != b"8BIM":
            return b""
        at += 6 + (resources[at + 6] + 2) // 2 * 2  # a counted name, padded to even
        if at + 4 > len(resources):
            return b""
        (length,) = struct.unpack_from(">I", resources, at)
        if number == _IPTC_RESOURCE:
            return resources[at + 4 : at + 4 + length]
        at += 4 + (length + 1) // 2 * 2
    return b""
