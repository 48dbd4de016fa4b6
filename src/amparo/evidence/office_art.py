"""Pictures inside documents of Word, Excel and PowerPoint from before 2007 ([MS-ODRAW] 2.2.23)."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

_RECORD = re.compile(rb"(?s:(..)([\x1a-\x1f\x29\x2a]\xf0)(....))")
"""OfficeArtBlip: version and instance, type, length."""
_TWO_IDENTIFIERS = frozenset((0x217, 0x3D5, 0x543, 0x46B, 0x6E3, 0x6E1, 0x7A9, 0x6E5))
_ONE_IDENTIFIER = frozenset((0x216, 0x3D4, 0x542, 0x46A, 0x6E2, 0x6E0, 0x7A8, 0x6E4))
_BITMAPS = {0xF01D: "jpg", 0xF02A: "jpg", 0xF01E: "png", 0xF01F: "dib", 0xF029: "tif"}
_METAFILES = {0xF01A: "emf", 0xF01B: "wmf", 0xF01C: "pict"}
_MARKS = {
    "jpg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "tif": (b"II*\x00", b"MM\x00*"),
    "dib": (b"(\0\0\0",),
}
_METAFILE_HEADER_BYTES = 34
_LARGEST_METAFILE_BYTES = 64 * 1024 * 1024

_GROUP, _CONTINUE = 0xEB, 0x3C
"""BIFF records of an Excel workbook: MsoDrawingGroup and what continues it."""


class Blip(NamedTuple):
    """A picture, and where its record begins in the stream that was looked through."""

    offset: int
    extension: str
    content: bytes


def blips(stream: bytes) -> Iterator[Blip]:
    """The pictures in a stream of a document (`Pictures`, `Data`, `WordDocument`), in order."""
    end = 0
    for record in _RECORD.finditer(stream):
        if record.start() < end:
            continue  # inside the one before
        found = _blip(stream, record)
        if found is not None:
            end = record.end() + struct.unpack("<I", record[3])[0]
            yield Blip(record.start(), *found)


def _blip(stream: bytes, record: "re.Match[bytes]") -> tuple[str, bytes] | None:
    version, kind, length = struct.unpack("<HHI", record[0])
    instance = version >> 4
    if version & 0xF or instance not in _ONE_IDENTIFIER | _TWO_IDENTIFIERS or length > len(stream) - record.end():
        return None
    identifiers = 32 if instance in _TWO_IDENTIFIERS else 16
    body = stream[record.end() : record.end() + length]
    if extension := _BITMAPS.get(kind):
        content = body[identifiers + 1 :]
        return (extension, _as_file(extension, content)) if content.startswith(_MARKS[extension]) else None
    extension = _METAFILES[kind]
    header = body[identifiers : identifiers + _METAFILE_HEADER_BYTES]
    content = body[identifiers + _METAFILE_HEADER_BYTES :]
    if len(header) != _METAFILE_HEADER_BYTES or not content:
        return None
    if header[32] == 0:  # deflated
        try:
            content = zlib.decompressobj().decompress(content, _LARGEST_METAFILE_BYTES)
        except zlib.error:
            return None
    return extension, content


def _as_file(extension: str, content: bytes) -> bytes:
    """A bitmap without file header gets one; all others stand as they are."""
    if extension != "dib" or len(content) < 40:
        return content
    bits, compression = struct.unpack("<HI", content[14:20])
    colours = struct.unpack("<I", content[32:36])[0] or (1 << bits if bits <= 8 else 0)
    pixels = 14 + 40 + 4 * min(colours, 256) + (12 if compression == 3 else 0)
    return struct.pack("<2sIHHI", b"BM", 14 + len(content), 0, 0, pixels) + content


def drawing_group(workbook: bytes) -> bytes:
    """What the records of an Excel workbook say of its pictures, joined: they are split every 8,224 bytes."""
    parts: list[bytes] = []
    place, inside = 0, False
    while place + 4 <= len(workbook):
        kind, length = struct.unpack_from("<HH", workbook, place)
        inside = kind == _GROUP or (inside and kind == _CONTINUE)
        if inside:
            parts.append(workbook[place + 4 : place + 4 + length])
        place += 4 + length
    return b"".join(parts)
