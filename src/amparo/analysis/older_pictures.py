"""Picture formats of older programs and systems, whose marks are short: told by what else their headers state."""

import struct


def older_picture(head: bytes, size_bytes: int) -> str:
    """The media type of a picture in such a format, or nothing."""
    if len(head) < 18:
        return ""
    mark = head[:4]
    if mark == b"\0\0\2\0":
        return "image/x-win-bitmap" if _is_cursor(head, size_bytes) else _targa(head, size_bytes)
    if mark == b"icns":
        return "image/x-icns" if 8 < int.from_bytes(head[4:8]) <= size_bytes else ""
    if mark == b"\x59\xa6\x6a\x95":
        return "image/x-sun-raster"
    if mark == b"\xb1\x68\xde\x3a":
        return "image/x-dcx"
    if mark[:2] == b"\x01\xda" and head[2] in (0, 1) and head[3] in (1, 2) and head[4:6] in (b"\0\1", b"\0\2", b"\0\3"):
        return "image/x-sgi"
    if mark == b"\xd7\xcd\xc6\x9a":
        return "image/wmf"
    if mark == b"\1\0\0\0" and head[40:44] == b" EMF":
        return "image/emf"
    if head[4:6] in (b"\x11\xaf", b"\x12\xaf") and head[12:14] == b"\x08\0" and head[20:22] == b"\0\0":
        return "image/x-flic"
    return _targa(head, size_bytes)


def _is_cursor(head: bytes, size_bytes: int) -> bool:
    """A directory with at least one picture, the first of which lies behind it and inside the file."""
    if len(head) < 22 or head[9]:
        return False
    count, (length, start) = int.from_bytes(head[4:6], "little"), struct.unpack_from("<II", head, 14)
    return bool(count and length) and 6 + 16 * count <= start < size_bytes


_TARGA = struct.Struct("<BBBHHBHHHHBB")
_DEPTHS = {1: (8, 16), 2: (15, 16, 24, 32), 3: (8, 16)}
"""By the kind of a TGA (with a palette, colours, grey): bits a pixel."""


def _targa(head: bytes, size_bytes: int) -> str:
    """TGA has no mark at its beginning: every field of its header holds, and the pixels fit into the file."""
    identifier, mapped, kind, first, colours, colour_bits, _, _, width, height, depth, flags = _TARGA.unpack_from(head)
    packed, plain_kind = bool(kind & 8), kind & 7
    if kind > 11 or depth not in _DEPTHS.get(plain_kind, ()) or not width or not height or flags & 0xC0:
        return ""
    if mapped:
        holds = mapped == 1 and colours > 0 and first < colours and colour_bits in (15, 16, 24, 32)
    else:
        holds = plain_kind != 1 and not (first or colours or colour_bits)
    before = _TARGA.size + identifier + colours * ((colour_bits + 7) // 8)
    pixels = width * height * ((depth + 7) // 8)
    # Packed ones take at least one packet for each 128 pixels.
    least = before + (width * height // 128 * (1 + (depth + 7) // 8) if packed else pixels)
    most = before + (2 * pixels if packed else pixels) + _BEHIND_BYTES
    return "image/x-tga" if holds and least <= size_bytes <= most else ""


_BEHIND_BYTES = 64 * 1024
"""A TGA's own areas for programs and its footer may follow the pixels."""
