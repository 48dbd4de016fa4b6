"""The extensions of a GIF (CompuServe 1990; XMP, ISO 16684-1, and C2PA name two of them)."""

from typing import BinaryIO

from amparo.analysis.blocks import BLOCK_BYTES, STORE_BYTES, Block, Embedded, Kind
from amparo.domain.errors import Unreadable

_STEPS = 100_000
_PIECE_BYTES = 64 * 1024
_XMP_TAIL_BYTES = 257
"""Bytes that lead any reader of sub-blocks to the end, after the packet."""


def walk_gif(file: BinaryIO, found: Embedded) -> None:
    """Find the blocks up to the end of the animation. Raise `Unreadable` where the structure is broken."""
    head = file.read(13)
    if head[:3] != b"GIF" or len(head) < 13:
        return
    at = 13 + _table_bytes(head[10])
    for _ in range(_STEPS):
        file.seek(at)
        kind = file.read(2)
        if kind[:1] == b";":
            return
        if kind[:1] == b",":
            file.seek(at + 9)
            at = _skip(file, at + 11 + _table_bytes(file.read(1)[0]))
        elif kind == b"!\xfe":
            end = _skip(file, at + 2)
            text = _joined(file, at + 2, end, found, "comment extension", BLOCK_BYTES)
            found.add_text("comment", text)
            found.add(Block(Kind.TEXT, "comment extension", at + 2, end - at - 2, text, "comment"))
            at = end
        elif kind == b"!\xff":
            at = _take_application(file, at + 2, found)
        elif kind[:1] == b"!":
            at = _skip(file, at + 2)
        else:
            raise Unreadable("The blocks of this GIF are broken.")


def _take_application(file: BinaryIO, at: int, found: Embedded) -> int:
    file.seek(at)
    name = file.read(12)[1:]
    start = at + 12
    end = _skip(file, at)
    if name == b"XMP DataXMP":
        size = end - start - _XMP_TAIL_BYTES - 1
        if 0 < size <= BLOCK_BYTES:
            file.seek(start)
            found.xmp = file.read(size)
            found.add(Block(Kind.XMP, "XMP extension", start, size, found.xmp))
        elif size > 0:
            found.skip("XMP extension", start, size)
    elif name == b"C2PA_GIF\x01\0\0":
        payload = _joined(file, start, end, found, "C2PA extension", STORE_BYTES)
        found.add(Block(Kind.JUMBF, "C2PA extension", start, end - start, payload))
    return end


def _table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(file: BinaryIO, at: int) -> int:
    """The offset after the sub-blocks that begin here."""
    piece, start = b"", at
    while True:
        if at >= start + len(piece):
            file.seek(at)
            piece, start = file.read(_PIECE_BYTES), at
            if not piece:
                raise Unreadable("This GIF is cut short.")
        size = piece[at - start]
        at += 1 + size
        if not size:
            return at


def _joined(file: BinaryIO, start: int, end: int, found: Embedded, place: str, most_bytes: int) -> bytes:
    """The sub-blocks between two offsets, without their lengths."""
    if end - start > most_bytes:
        found.skip(place, start, end - start, "it is too large")
        return b""
    file.seek(start)
    raw = file.read(end - start)
    parts, at = [], 0
    while at < len(raw) and raw[at]:
        parts.append(raw[at + 1 : at + 1 + raw[at]])
        at += 1 + raw[at]
    return b"".join(parts)
