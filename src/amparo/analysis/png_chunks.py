"""The chunks of a PNG (W3C, third edition; C2PA and others add some)."""

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO

from amparo.analysis.blocks import BLOCK_BYTES, STORE_BYTES, Block, Embedded, Kind

_STEPS = 100_000
_XMP = b"XML:com.adobe.xmp"


def walk_png(file: BinaryIO, found: Embedded) -> None:
    """Find the blocks up to the end of the picture."""
    file.seek(8)
    for _ in range(_STEPS):
        length, kind = struct.unpack(">I4s", file.read(8))
        offset = file.tell()
        if kind == b"IEND":
            here = file.seek(length + 4, 1)
            found.trailing_bytes = max(0, file.seek(0, 2) - here)
            return
        if kind in _CHUNKS:
            if length <= (STORE_BYTES if kind == b"caBX" else BLOCK_BYTES):
                _CHUNKS[kind](file.read(length), offset, found)
            else:
                found.skip(f"{kind.decode('latin-1')} chunk", offset, length)
        file.seek(offset + length + 4)


def _exif(payload: bytes, offset: int, found: Embedded) -> None:
    found.exif = payload
    found.add(Block(Kind.EXIF, "eXIf chunk", offset, len(payload), payload))


def _density(payload: bytes, offset: int, found: Embedded) -> None:
    across, down, unit = struct.unpack(">IIB", payload)
    found.density = (across, down, "metre" if unit == 1 else "aspect ratio")


def _profile(payload: bytes, offset: int, found: Embedded) -> None:
    found.icc = _inflated(payload.partition(b"\0")[2][1:])[0]


def _store(payload: bytes, offset: int, found: Embedded) -> None:
    found.add(Block(Kind.JUMBF, "caBX chunk", offset, len(payload), payload))


def _text(payload: bytes, offset: int, found: Embedded) -> None:
    keyword, _, text = payload.partition(b"\0")
    _add(found, "tEXt chunk", offset, payload, keyword, text)


def _compressed_text(payload: bytes, offset: int, found: Embedded) -> None:
    keyword, _, text = payload.partition(b"\0")
    _add(found, "zTXt chunk", offset, payload, keyword, text[1:], compressed=True)


def _international_text(payload: bytes, offset: int, found: Embedded) -> None:
    keyword, _, rest = payload.partition(b"\0")
    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    _add(found, "iTXt chunk", offset, payload, keyword, text, compressed=rest[:1] == b"\1")


def _add(
    found: Embedded, place: str, offset: int, stored: bytes, keyword: bytes, text: bytes, *, compressed: bool = False
) -> None:
    """Keep a text, or the XMP packet that lies under a keyword of its own."""
    whole = True
    if compressed:
        text, whole = _inflated(text)
    if not whole:
        found.note(f"The {place} at offset {offset} is damaged, or larger than 4 MiB: it was read in part.")
    if keyword == _XMP and place == "iTXt chunk":
        found.xmp = text
        found.add(Block(Kind.XMP, place, offset, len(stored), text))
        return
    name = keyword.decode("latin-1")
    found.add_text(name, text)
    found.add(Block(Kind.TEXT, place, offset, len(stored), text, name))


_CHUNKS: Mapping[bytes, Callable[[bytes, int, Embedded], None]] = {
    b"caBX": _store,
    b"eXIf": _exif,
    b"iCCP": _profile,
    b"iTXt": _international_text,
    b"pHYs": _density,
    b"tEXt": _text,
    b"zTXt": _compressed_text,
}


def _inflated(raw: bytes) -> tuple[bytes, bool]:
    """What `raw` inflates to, within bounds; whether that is all of it."""
    inflate = zlib.decompressobj()
    try:
        return inflate.decompress(raw, BLOCK_BYTES), inflate.eof
    except zlib.error:
        return b"", False
