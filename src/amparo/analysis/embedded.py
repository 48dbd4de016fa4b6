"""What picture files carry besides pixels, as bytes: EXIF, XMP, IPTC, colour profiles, comments, and what follows.

The blocks are found by walking the file's own structure, never by decoding pixels and never by searching for text.
Every walk is bounded in steps and in bytes kept, and a broken structure ends it with what was found before.
"""

import struct
from collections.abc import Callable, Mapping
from typing import BinaryIO

from amparo.analysis import brotli_stream, jxl
from amparo.analysis.blocks import BLOCK_BYTES, STORE_BYTES, Block, Embedded, Kind
from amparo.analysis.decoding import RAW_PHOTOGRAPHS, header, unreadable_where_decoding_fails
from amparo.analysis.gif_blocks import walk_gif
from amparo.analysis.isobmff import walk_isobmff
from amparo.analysis.jpeg_segments import after_end_of_jpeg, walk_jpeg
from amparo.analysis.matroska import walk_matroska
from amparo.analysis.photoshop_resources import walk_photoshop
from amparo.analysis.png_chunks import walk_png
from amparo.analysis.tiff_tags import values
from amparo.domain.errors import MissingExtra, Unreadable

_STEPS = 100_000
_TIFF_XMP, _TIFF_IPTC, _TIFF_ICC, _TIFF_C2PA = 700, 33723, 34675, 52545
_TIFF_KINDS = {_TIFF_XMP: Kind.XMP, _TIFF_IPTC: Kind.IPTC, _TIFF_C2PA: Kind.JUMBF}


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
            if to_the_end and walk is walk_jpeg:
                found.trailing_bytes = after_end_of_jpeg(file)
    except Unreadable as error:
        found.obstacle = f"The file's structure could not be followed to its end. {error}"
    return found


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
        if kind in _WEBP_KINDS:
            if length <= (STORE_BYTES if kind == b"C2PA" else BLOCK_BYTES):
                _take_webp(kind, at + 8, file.read(length), found)
            else:
                found.skip(f"{kind.decode().strip()} chunk", at + 8, length)
        at += 8 + (length + 1) // 2 * 2


_WEBP_KINDS = {b"EXIF": Kind.EXIF, b"XMP ": Kind.XMP, b"C2PA": Kind.JUMBF, b"ICCP": None}


def _take_webp(chunk: bytes, offset: int, payload: bytes, found: Embedded) -> None:
    kind = _WEBP_KINDS[chunk]
    if kind is None:
        found.icc = payload
        return
    if kind is Kind.EXIF:
        begin = 6 if payload.startswith(b"Exif\0\0") else 0
        offset, payload = offset + begin, payload[begin:]
        found.exif = payload
    elif kind is Kind.XMP:
        found.xmp = payload
    found.add(Block(kind, f"{chunk.decode().strip()} chunk", offset, len(payload), payload))


def _jxl(file: BinaryIO, found: Embedded) -> None:
    raw = file.read()
    for box in jxl.boxes(raw):
        name = f"{box.kind.decode('latin-1').strip()} box"
        size = box.end - box.start
        if box.kind == b"brob" and raw[box.start : box.start + 4] in (b"Exif", b"xml ", b"jumb"):
            _take_compressed(raw[box.start : box.start + 4], raw, box, found)
        elif box.kind in (b"Exif", b"xml ", b"jumb") and size > (STORE_BYTES if box.kind == b"jumb" else BLOCK_BYTES):
            found.skip(name, box.start, size, "it is too large")
        elif box.kind == b"Exif":
            begin = box.start + _before_exif(raw[box.start : box.start + 4])
            found.exif = raw[begin : box.end]
            found.add(Block(Kind.EXIF, name, begin, max(box.end - begin, 0), found.exif))
        elif box.kind == b"xml ":
            found.xmp = raw[box.start : box.end]
            found.add(Block(Kind.XMP, name, box.start, size, found.xmp))
        elif box.kind == b"jumb":
            # The box itself belongs to the structure that JUMBF is.
            header_bytes = 16 if raw[box.start - 16 : box.start - 8] == b"\0\0\0\1jumb" else 8
            begin = box.start - header_bytes
            found.add(Block(Kind.JUMBF, name, begin, box.end - begin, raw[begin : box.end]))


def _before_exif(stated: bytes) -> int:
    """How many bytes stand before the TIFF structure. The standard puts an offset first; some encoders do not."""
    return 0 if stated[:2] in (b"II", b"MM") else 4 + int.from_bytes(stated)


def _take_compressed(kind: bytes, raw: bytes, box: jxl.Box, found: Embedded) -> None:
    """Keep a box that is compressed by Brotli: its kind comes first, then what it holds."""
    place, size = f"brob box of {kind.decode().strip()}", box.end - box.start
    most = STORE_BYTES if kind == b"jumb" else BLOCK_BYTES
    try:
        payload = brotli_stream.unpacked(raw[box.start + 4 : box.end], most_bytes=most)
    except MissingExtra as error:
        found.skip(place, box.start, size, str(error).rstrip("."))
        found.missing = found.missing or f"A {place} was not read. {error}"
        return
    except Unreadable as error:
        found.skip(place, box.start, size, str(error).rstrip("."))
        return
    if kind == b"Exif":
        payload = payload[_before_exif(payload[:4]) :]
        found.exif = payload
    elif kind == b"xml ":
        found.xmp = payload
    else:
        payload = struct.pack(">I4s", len(payload) + 8, b"jumb") + payload
    kinds = {b"Exif": Kind.EXIF, b"xml ": Kind.XMP, b"jumb": Kind.JUMBF}
    found.add(Block(kinds[kind], place, box.start, size, payload, packed=True))


def _avif(file: BinaryIO, found: Embedded) -> None:
    walk_isobmff(file, found)
    file.seek(0)
    # How a picture is to be turned stands in boxes of its own, which Pillow gives as EXIF.
    stated = header(file, media_type="image/avif").info
    found.exif = _block(stated.get("exif")).removeprefix(b"Exif\0\0")


def _gif(file: BinaryIO, found: Embedded) -> None:
    walk_gif(file, found)
    file.seek(0)
    found.icc = _block(header(file, media_type="image/gif").info.get("icc_profile"))


def _tiff(file: BinaryIO, found: Embedded) -> None:
    found.exif_is_the_file = file.read(4) in (b"II*\0", b"MM\0*", b"IIRO", b"IIU\0")
    file.seek(0)
    for value in values(file, _TIFF_KINDS, most_bytes=STORE_BYTES):
        place = f"TIFF tag {value.tag}"
        if not value.payload:
            found.skip(place, value.offset, value.size_bytes, "it is too large, or its place is beyond the end")
            continue
        found.add(Block(_TIFF_KINDS[value.tag], place, value.offset, len(value.payload), value.payload))
    file.seek(0)
    tags = getattr(header(file, media_type="image/tiff"), "tag_v2", {})
    found.xmp, found.iptc, found.icc = (_block(tags.get(tag)) for tag in (_TIFF_XMP, _TIFF_IPTC, _TIFF_ICC))


def _block(value: object) -> bytes:
    """Bytes of a block as a decoder states it, or none."""
    if isinstance(value, tuple) and value and all(isinstance(part, int) and 0 <= part < 256 for part in value):
        value = bytes(value)
    return value[:BLOCK_BYTES] if isinstance(value, bytes) else b""


_BOXED_FILMS = ("video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2")
_MATROSKA = ("video/x-matroska", "video/webm")
FILMS = frozenset((*_BOXED_FILMS, *_MATROSKA))
"""Media types of films whose boxes or elements are walked."""

_WALKS: Mapping[str, Callable[[BinaryIO, Embedded], None]] = {
    **dict.fromkeys(_BOXED_FILMS, walk_isobmff),
    **dict.fromkeys(_MATROSKA, walk_matroska),
    "image/apng": walk_png,
    "image/avif": _avif,
    "image/gif": _gif,
    "image/heic": walk_isobmff,
    "image/heif": walk_isobmff,
    "image/jp2": walk_isobmff,
    "image/jpeg": walk_jpeg,
    "image/jpx": walk_isobmff,
    "image/jxl": _jxl,
    "image/png": walk_png,
    "image/tiff": _tiff,
    "image/vnd.adobe.photoshop": walk_photoshop,
    "image/webp": _webp,
}


_WITHOUT_BLOCKS = frozenset(
    f"image/{kind}" for kind in ("bmp", "dds", "qoi", "x-icon", "x-pcx", "x-portable-anymap", "x-tga")
)
"""Formats that have no place for EXIF, XMP or IPTC."""
