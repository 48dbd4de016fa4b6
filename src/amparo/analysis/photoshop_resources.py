"""The image resources of a Photoshop document (Adobe's file format specification): EXIF, XMP, IPTC, colour profile."""

import struct
from typing import BinaryIO

from amparo.analysis.blocks import BLOCK_BYTES, Block, Embedded, Kind
from amparo.domain.errors import Unreadable

_RESOURCES = 4096
_IPTC, _ICC, _EXIF, _XMP = 0x0404, 0x040F, 0x0422, 0x0424
_KINDS = {_IPTC: Kind.IPTC, _EXIF: Kind.EXIF, _XMP: Kind.XMP}


def walk_photoshop(file: BinaryIO, found: Embedded) -> None:
    """Find the blocks among a document's resources. Raise `Unreadable` where these are broken."""
    file.seek(26)  # the header, which says nothing of them
    (colours,) = struct.unpack(">I", file.read(4))
    file.seek(colours, 1)
    (size,) = struct.unpack(">I", file.read(4))
    at = file.tell()
    end = min(at + size, file.seek(0, 2))
    for _ in range(_RESOURCES):
        if at + 12 > end:
            return
        file.seek(at)
        mark, number, name = struct.unpack(">4sHB", file.read(7))
        if mark not in (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR"):
            raise Unreadable(f"The image resource at offset {at} of the document has no mark.")
        start = at + 7 + name + (name + 1) % 2 + 4
        file.seek(start - 4)
        (length,) = struct.unpack(">I", file.read(4))
        if start + length > end:
            raise Unreadable(f"The image resource at offset {at} of the document goes beyond their end.")
        _take(number, start, length, file, found)
        at = start + length + length % 2
    raise Unreadable(f"Only the first {_RESOURCES} image resources of the document were read.")


def _take(number: int, start: int, length: int, file: BinaryIO, found: Embedded) -> None:
    if number not in _KINDS and number != _ICC:
        return
    place = f"image resource {number}"
    if length > BLOCK_BYTES:
        found.skip(place, start, length)
        return
    payload = file.read(length)
    if number == _ICC:
        found.icc = found.icc or payload
        return
    if number == _EXIF:
        found.exif = found.exif or payload
    elif number == _XMP:
        found.xmp = found.xmp or payload
    else:
        found.iptc = found.iptc or payload
    found.add(Block(_KINDS[number], place, start, length, payload))
