"""What picture files carry besides pixels, as bytes: EXIF, XMP, IPTC, colour profiles, comments, and what follows.

The blocks are found by walking the file's own structure, never by decoding pixels and never by searching for text.
Every walk is bounded in steps and in bytes kept, and a broken structure ends it with what was found before.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from PIL import Image

from amparo.analysis import jxl
from amparo.analysis.decoding import RAW_PHOTOGRAPHS, header, unreadable_where_decoding_fails
from amparo.domain.errors import Unreadable

_BLOCK_BYTES = 4 * 1024 * 1024
"""No block is kept that is larger."""
_STEPS = 100_000
_TEXTS = 256
_TEXT_BYTES = 64 * 1024
_SCAN_BYTES = 1024 * 1024

_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_ICC_IN_JPEG = b"ICC_PROFILE\0"
_PHOTOSHOP_IN_JPEG = b"Photoshop 3.0\0"
_XMP_IN_PNG = b"XML:com.adobe.xmp"
_IPTC_RESOURCE = 0x0404
_RESOURCE = struct.Struct(">4sH")

_TIFF_XMP, _TIFF_IPTC, _TIFF_ICC = 700, 33723, 34675
_PSD_ICC, _PSD_EXIF, _PSD_XMP = 0x040F, 0x0422, 0x0424


@dataclass(slots=True)
class Embedded:
    """The blocks of one file; each is empty where there is none."""

    exif: bytes = b""
    """A TIFF structure, from its byte-order mark on."""
    exif_is_the_file: bool = False
    """Whether the file itself is such a structure (TIFF and most raw photographs)."""
    xmp: bytes = b""
    iptc: bytes = b""
    """IPTC-IIM records."""
    icc: bytes = b""
    texts: list[tuple[str, bytes]] = field(default_factory=list)
    """Comments, and texts with their keywords."""
    density: tuple[int, int, str] | None = None
    """Pixels across and down for each unit of length."""
    trailing_bytes: int | None = None
    """How much follows after the end of the picture; `None` where the format or its damage leaves it unknown."""
    obstacle: str = ""
    """A sentence: why there may be more than was found; else empty."""

    def add_text(self, keyword: str, text: bytes) -> None:
        """Keep a text, within bounds."""
        if len(self.texts) < _TEXTS:
            self.texts.append((keyword, text[:_TEXT_BYTES]))


def embedded(file: BinaryIO, *, media_type: str, to_the_end: bool = False) -> Embedded:
    """The blocks of `file`, which is read from its start.

    What follows the end of a JPEG is only known when it was looked for through all its scans, `to_the_end`.
    """
    found = Embedded()
    walk = _WALKS.get(media_type)
    if walk is None and media_type in RAW_PHOTOGRAPHS:
        walk = _tiff
    if walk is None:
        if media_type not in _WITHOUT_BLOCKS:
            found.obstacle = f"Metadata of {media_type} cannot be read."
        return found
    try:
        with unreadable_where_decoding_fails():
            walk(file, found)
            if to_the_end and walk is _jpeg:
                found.trailing_bytes = _after_end_of_jpeg(file)
    except Unreadable as error:
        found.obstacle = f"The file's structure could not be followed to its end. {error}"
    return found


# JPEG (ITU-T T.81; Adobe and ICC define the application segments)


def _jpeg(file: BinaryIO, found: Embedded) -> None:
    if file.read(2) != b"\xff\xd8":
        return
    profile: list[bytes] = []
    for marker, payload in _segments(file):
        if marker == 0xE0 and payload[:5] == b"JFIF\0" and len(payload) >= 12:
            unit, across, down = struct.unpack_from(">BHH", payload, 7)
            found.density = (across, down, {1: "inch", 2: "cm"}.get(unit, "aspect ratio"))
        elif marker == 0xE1 and payload[:4] == b"Exif" and not found.exif:
            found.exif = payload[6:]
        elif marker == 0xE1 and payload.startswith(_XMP_IN_JPEG) and not found.xmp:
            found.xmp = payload[len(_XMP_IN_JPEG) :]
        elif marker == 0xE2 and payload.startswith(_ICC_IN_JPEG) and len(profile) < 255:
            profile.append(payload[len(_ICC_IN_JPEG) :])
        elif marker == 0xED and payload.startswith(_PHOTOSHOP_IN_JPEG) and not found.iptc:
            found.iptc = _iptc_resource(payload[len(_PHOTOSHOP_IN_JPEG) :])
        elif marker == 0xFE:
            found.add_text("comment", payload)
    # Each piece begins with its number and how many there are.
    found.icc = b"".join(piece[2:] for piece in sorted(profile, key=lambda piece: piece[:1]))[:_BLOCK_BYTES]


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Marker and payload of each segment up to the first scan, after whose header the file then stands."""
    for _ in range(_STEPS):
        start = file.read(2)
        while start == b"\xff\xff":
            start = b"\xff" + file.read(1)
        if len(start) < 2 or start[0] != 0xFF:
            raise Unreadable("The segments of this JPEG are broken.")
        (length,) = struct.unpack(">H", file.read(2))
        payload = file.read(max(length - 2, 0))
        if start[1] == 0xDA:
            return
        yield start[1], payload


_MARKER_IN_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def _after_end_of_jpeg(file: BinaryIO) -> int | None:
    """How many bytes follow the end marker; `None` where there is no such marker."""
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


def _iptc_resource(resources: bytes) -> bytes:
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


# PNG (W3C, third edition)


def _png(file: BinaryIO, found: Embedded) -> None:
    file.seek(8)
    for _ in range(_STEPS):
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind == b"IEND":
            file.seek(length + 4, 1)
            here = file.tell()
            found.trailing_bytes = max(0, file.seek(0, 2) - here)
            return
        if kind not in _PNG_CHUNKS or length > _BLOCK_BYTES:
            file.seek(length + 4, 1)
            continue
        _PNG_CHUNKS[kind](file.read(length), found)
        file.seek(4, 1)


def _png_exif(payload: bytes, found: Embedded) -> None:
    found.exif = payload


def _png_density(payload: bytes, found: Embedded) -> None:
    across, down, unit = struct.unpack(">IIB", payload)
    found.density = (across, down, "metre" if unit == 1 else "aspect ratio")


def _png_profile(payload: bytes, found: Embedded) -> None:
    found.icc = _inflated(payload.partition(b"\0")[2][1:], _BLOCK_BYTES)


def _png_text(payload: bytes, found: Embedded) -> None:
    keyword, _, text = payload.partition(b"\0")
    found.add_text(keyword.decode("latin-1"), text)


def _png_compressed_text(payload: bytes, found: Embedded) -> None:
    keyword, _, text = payload.partition(b"\0")
    found.add_text(keyword.decode("latin-1"), _inflated(text[1:], _TEXT_BYTES))


def _png_international_text(payload: bytes, found: Embedded) -> None:
    keyword, _, rest = payload.partition(b"\0")
    compressed, text = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if keyword == _XMP_IN_PNG:
        found.xmp = _inflated(text, _BLOCK_BYTES) if compressed else text
    else:
        found.add_text(keyword.decode("latin-1"), _inflated(text, _TEXT_BYTES) if compressed else text)


_PNG_CHUNKS: Mapping[bytes, Callable[[bytes, Embedded], None]] = {
    b"eXIf": _png_exif,
    b"iCCP": _png_profile,
    b"iTXt": _png_international_text,
    b"pHYs": _png_density,
    b"tEXt": _png_text,
    b"zTXt": _png_compressed_text,
}


def _inflated(raw: bytes, most_bytes: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, most_bytes)
    except zlib.error:
        return b""


# Other formats


def _webp(file: BinaryIO, found: Embedded) -> None:
    mark, length, kind = struct.unpack("<4sI4s", file.read(12))
    if mark != b"RIFF" or kind != b"WEBP":
        return
    end = 8 + length
    found.trailing_bytes = max(0, file.seek(0, 2) - end)
    at = 12
    for _ in range(_STEPS):
        if at + 8 > end:
            return
        file.seek(at)
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind in (b"EXIF", b"XMP ", b"ICCP") and length <= _BLOCK_BYTES:
            payload = file.read(length)
            if kind == b"EXIF":
                found.exif = payload.removeprefix(b"Exif\0\0")
            elif kind == b"XMP ":
                found.xmp = payload
            else:
                found.icc = payload
        at += 8 + (length + 1) // 2 * 2


def _jxl(file: BinaryIO, found: Embedded) -> None:
    raw = file.read()
    for box in jxl.boxes(raw):
        if box.end - box.start > _BLOCK_BYTES:
            continue
        payload = raw[box.start : box.end]
        if box.kind == b"Exif":
            # The standard puts an offset first; some encoders leave it out.
            found.exif = payload if payload[:2] in (b"II", b"MM") else payload[4 + int.from_bytes(payload[:4]) :]
        elif box.kind == b"xml ":
            found.xmp = payload


def _heif(file: BinaryIO, found: Embedded) -> None:
    try:
        from pillow_heif import open_heif
    except ImportError as error:
        raise Unreadable("HEIC pictures need an extra: install amparo[heif].") from error
    # Pillow's view of it would put 1 for the orientation that EXIF states.
    _stated(open_heif(file).info, found)


def _stated_by_header(media_type: str) -> Callable[[BinaryIO, Embedded], None]:
    def walk(file: BinaryIO, found: Embedded) -> None:
        _stated(header(file, media_type=media_type).info, found)

    return walk


def _stated(stated: Mapping[str | tuple[int, int], object], found: Embedded) -> None:
    found.exif = _block(stated.get("exif")).removeprefix(b"Exif\0\0")
    found.xmp = _block(stated.get("xmp"))
    found.icc = _block(stated.get("icc_profile"))
    comment = stated.get("comment")
    if comment:
        found.add_text("comment", _block(comment))


def _tiff(file: BinaryIO, found: Embedded) -> None:
    found.exif_is_the_file = file.read(4) in (b"II*\0", b"MM\0*", b"IIRO", b"IIU\0")
    file.seek(0)
    tags = getattr(header(file, media_type="image/tiff"), "tag_v2", {})
    found.xmp, found.iptc, found.icc = (_block(tags.get(tag)) for tag in (_TIFF_XMP, _TIFF_IPTC, _TIFF_ICC))


def _psd(file: BinaryIO, found: Embedded) -> None:
    image: Image.Image = header(file, media_type="image/vnd.adobe.photoshop")
    for number, _, payload in getattr(image, "resources", ()):
        if number == _IPTC_RESOURCE:
            found.iptc = payload
        elif number == _PSD_EXIF:
            found.exif = payload
        elif number == _PSD_XMP:
            found.xmp = payload
        elif number == _PSD_ICC:
            found.icc = payload


def _block(value: object) -> bytes:
    """Bytes of a block as a decoder states it, or none."""
    if isinstance(value, tuple) and value and all(isinstance(part, int) and 0 <= part < 256 for part in value):
        value = bytes(value)
    return value[:_BLOCK_BYTES] if isinstance(value, bytes) else b""


_WALKS: Mapping[str, Callable[[BinaryIO, Embedded], None]] = {
    "image/apng": _png,
    "image/avif": _stated_by_header("image/avif"),
    "image/gif": _stated_by_header("image/gif"),
    "image/heic": _heif,
    "image/heif": _heif,
    "image/jpeg": _jpeg,
    "image/jxl": _jxl,
    "image/png": _png,
    "image/tiff": _tiff,
    "image/vnd.adobe.photoshop": _psd,
    "image/webp": _webp,
}

_WITHOUT_BLOCKS = frozenset(
    f"image/{kind}" for kind in ("bmp", "dds", "qoi", "x-icon", "x-pcx", "x-portable-anymap", "x-tga")
)
"""Formats that have no place for EXIF, XMP or IPTC."""
