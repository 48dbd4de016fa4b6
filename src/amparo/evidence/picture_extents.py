"""Where pictures end: JPEG, PNG, GIF, WebP (and AVI, which is built alike), BMP, TIFF and the raw photographs on it."""

import re
import struct
import zlib

from amparo.domain.limits import MIB
from amparo.evidence.file_extents import FileExtent, Reader, at_a_border

_SEGMENTS = 100_000
_PIECE_BYTES = 64 * 1024

# JPEG (ITU-T T.81)

_LARGEST_JPEG_BYTES = 512 * MIB
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_OTHER_SEGMENTS = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, *range(0xE0, 0xF0), 0xFE})
_MARKER_IN_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_ZEROS = bytes(_PIECE_BYTES)


def jpeg(reader: Reader, start: int) -> FileExtent | None:
    """By its segments, and its scans, in which a marker stands only where they end.

    What has no frame and no scan shows nothing, and is none. One that goes on with something else (another file, a
    marker that no scan has, 64 KiB of zeros) ends there.
    """
    place, frame, scan = start + 2, False, False
    for _ in range(_SEGMENTS):
        head = reader.at(place, 10)
        while head[:2] == b"\xff\xff" and place - start < _LARGEST_JPEG_BYTES:  # fill bytes
            place += 1
            head = reader.at(place, 10)
        marker, length = (head[1], int.from_bytes(head[2:4])) if len(head) > 3 else (0, 0)
        if head[:2] == b"\xff\xd9" and scan:
            return FileExtent(place + 2, "jpg")
        if head[:1] != b"\xff" or length < 2 or place - start > _LARGEST_JPEG_BYTES:
            break
        if marker in _FRAMES and _is_frame(head, length):
            frame = True
        elif marker == 0xDA and frame and len(head) > 4 and length == 6 + 2 * head[4]:
            scan = True
        elif marker not in _OTHER_SEGMENTS:
            break
        place += 2 + length
        if marker == 0xDA:
            place = _end_of_scan(reader, place, start + _LARGEST_JPEG_BYTES)
    return FileExtent(min(place, reader.size_bytes), "jpg", whole=False) if scan else None


def _is_frame(head: bytes, length: int) -> bool:
    return len(head) == 10 and length == 8 + 3 * head[9] and 1 <= head[9] <= 4 and head[4] in (8, 12, 16)


def _end_of_scan(reader: Reader, place: int, most: int) -> int:
    """Where the first marker after `place` stands that does not belong to a scan, or the bytes stop being one."""
    begin = place
    while place < most:
        piece = reader.at(place, _PIECE_BYTES)
        if len(piece) == _PIECE_BYTES and piece == _ZEROS:
            return _without_zeros(reader, begin, place)
        found = _MARKER_IN_SCAN.search(piece)
        if found is not None:
            return place + found.start()
        if len(piece) < _PIECE_BYTES:
            return _without_zeros(reader, begin, place + len(piece))
        place += len(piece) - 1  # a marker may lie across the border
    return place


def _without_zeros(reader: Reader, begin: int, end: int) -> int:
    """Before the zeros that end there, as far as they are less than a piece."""
    from_place = max(begin, end - _PIECE_BYTES)
    return from_place + len(reader.at(from_place, end - from_place).rstrip(b"\0"))


# PNG (W3C, third edition)


def png(reader: Reader, start: int) -> FileExtent | None:
    """By its chunks, each with its checksum; one whose checksum is wrong is the last."""
    place = start + 8
    for number in range(_SEGMENTS):
        head = reader.at(place, 8)
        length, kind = int.from_bytes(head[:4]), head[4:]
        named = len(kind) == 4 and kind.isalpha() and length < 1 << 31
        if not named or (number == 0) != (kind == b"IHDR") or (number == 0 and length != 13):
            break
        crc, done = zlib.crc32(kind), 0
        while done < length and (piece := reader.at(place + 8 + done, min(length - done, _PIECE_BYTES))):
            crc, done = zlib.crc32(piece, crc), done + len(piece)
        if crc != reader.number(place + 8 + length, 4):
            # As far as it goes: of what was overwritten in the middle, the beginning can still be seen.
            return FileExtent(place + 8 + done, "png", whole=False) if number else None
        place += 12 + length
        if kind == b"IEND":
            return FileExtent(place, "png")
    return FileExtent(place, "png", whole=False) if place > start + 33 else None


# GIF (89a)


def gif(reader: Reader, start: int) -> FileExtent | None:
    """By its blocks and their parts of at most 255 bytes."""
    screen = reader.at(start, 13)
    if len(screen) < 13 or not (screen[6] or screen[7]) or not (screen[8] or screen[9]):
        return None
    place, pictures = start + 13 + _colours(screen[10]), 0
    for _ in range(_SEGMENTS):
        block = reader.at(place, 10)
        if block[:1] == b"\x3b" and pictures:
            return FileExtent(place + 1, "gif")
        if block[:1] == b"\x21" and len(block) > 1:
            after = _after_parts(reader, place + 2)
        elif block[:1] == b"\x2c" and len(block) == 10:
            pictures += 1
            after = _after_parts(reader, place + 11 + _colours(block[9]))
        else:
            break
        if after is None:
            place = reader.size_bytes
            break
        place = after
    return FileExtent(min(place, reader.size_bytes), "gif", whole=False) if pictures else None


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_parts(reader: Reader, place: int) -> int | None:
    for _ in range(1_000_000):
        length = reader.at(place, 1)
        if not length:
            return None
        place += 1 + length[0]
        if not length[0]:
            return place
    return None


# RIFF (Microsoft, 1991)


def riff(reader: Reader, start: int) -> FileExtent | None:
    """WebP and AVI: by the chunks inside, and by what goes on after 1 GiB (OpenDML)."""
    form = reader.at(start + 8, 4)
    extension = {b"WEBP": "webp", b"AVI ": "avi"}.get(form)
    first = reader.at(start + 12, 4)
    if extension is None or first not in ((b"VP8 ", b"VP8L", b"VP8X") if extension == "webp" else (b"LIST", b"JUNK")):
        return None
    end = _riff_end(reader, start)
    while end is not None and reader.at(end, 4) == b"RIFF" and reader.at(end + 8, 4) == b"AVIX":
        end = _riff_end(reader, end)
    if end is None:
        return _broken_riff(reader, start, extension)
    return at_a_border(end, reader, extension)


def _riff_end(reader: Reader, start: int) -> int | None:
    """Where the form ends, by its own size; `None` where its chunks do not fill that."""
    size = reader.number(start + 4, 4, "little")
    end, place = start + 8 + size + size % 2, start + 12
    if end > reader.size_bytes:
        return end
    for _ in range(_SEGMENTS):
        if place >= start + 8 + size:
            return end
        length = reader.number(place + 4, 4, "little")
        if not _is_chunk(reader.at(place, 4)) or length < 0 or place + 8 + length > end:
            return None
        place += 8 + length + length % 2
    return None


def _is_chunk(name: bytes) -> bool:
    return len(name) == 4 and all(0x20 <= letter < 0x7F for letter in name)


def _broken_riff(reader: Reader, start: int, extension: str) -> FileExtent | None:
    """As far as its chunks go, where they go beyond the first."""
    place = start + 12
    for _ in range(_SEGMENTS):
        length = reader.number(place + 4, 4, "little")
        if not _is_chunk(reader.at(place, 4)) or length < 0 or place + 8 + length > reader.size_bytes:
            break
        place += 8 + length + length % 2
    return FileExtent(min(place, reader.size_bytes), extension, whole=False) if place > start + 12 else None


# BMP (Windows)

_BITMAP = struct.Struct("<2sIIIIiiHHII")


def bmp(reader: Reader, start: int) -> FileExtent | None:
    """Its mark is two letters: all that its headers state must agree."""
    header = reader.at(start, _BITMAP.size)
    if len(header) < _BITMAP.size:
        return None
    _, size, reserved, pixels_at, head, width, height, planes, depth, packing, coded = _BITMAP.unpack(header)
    if reserved or head not in (40, 52, 56, 64, 108, 124) or planes != 1 or depth not in (1, 4, 8, 16, 24, 32):
        return None
    if not 0 < width < 1 << 16 or not 0 < abs(height) < 1 << 16 or not 14 + head <= pixels_at <= 14 + head + 1036:
        return None
    plain = (width * depth + 31) // 32 * 4 * abs(height)
    length = coded if packing in (1, 2) else plain
    if packing > 3 or not length or not 0 <= size - pixels_at - length <= 4:
        return None
    return at_a_border(start + size, reader, "bmp")


# TIFF 6.0

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_DIRECTORIES, _ENTRIES, _PARTS = 64, 1024, 1 << 20
_POINTERS = frozenset({330, 34665, 34853, 40965})
_PLACES = {273: 279, 324: 325, 513: 514}
"""Tags that say where data lie, and which says how long they are."""
_DNG_VERSION, _MAKE = 50706, 271


class _NoTiff(Exception):
    """Its directories do not hold."""


def tiff(reader: Reader, start: int) -> FileExtent | None:
    """By the farthest byte that its directories name: their own, their values, strips, tiles and previews."""
    order = "little" if reader.at(start, 2) == b"II" else "big"
    end, tags, make = start + 8, set[int](), b""
    waiting, done = [reader.number(start + 4, 4, order)], set[int]()
    try:
        while waiting and len(done) < _DIRECTORIES:
            at = waiting.pop(0)
            if at in done:
                continue
            if at < 8:
                raise _NoTiff
            done.add(at)
            entries, reached, following = _directory(reader, start, at, order)
            end = max(end, reached)
            waiting += [
                *([following] if following else []),
                *(each for tag in _POINTERS for each in entries.get(tag, ())),
            ]
            for places, lengths in _PLACES.items():
                both = zip(entries.get(places, ()), entries.get(lengths, ()), strict=False)
                end = max(end, max((start + place + length for place, length in both), default=0))
            tags |= entries.keys()
            make = make or reader.at(start + entries[_MAKE][0], 5).upper() if _MAKE in entries else make
    except _NoTiff:
        return None
    if not tags & _PLACES.keys() or 256 not in tags:
        return None
    raw = {b"NIKON": "nef", b"SONY": "arw", b"PENTA": "pef", b"SAMSU": "srw"}.get(make[:5].strip(b" \0"), "tif")
    extension = "dng" if _DNG_VERSION in tags else "cr2" if reader.at(start + 8, 2) == b"CR" else raw
    return at_a_border(end, reader, extension)


def _directory(reader: Reader, start: int, at: int, order: str) -> tuple[dict[int, tuple[int, ...]], int, int]:
    """The whole numbers of a directory by tag (of texts, where they lie), where its bytes end, and the next one."""
    count = reader.number(start + at, 2, order)
    if not 0 < count <= _ENTRIES or start + at + 6 + 12 * count > reader.size_bytes:
        raise _NoTiff
    letter = "<" if order == "little" else ">"
    table = reader.at(start + at + 2, 12 * count)
    found, end = dict[int, tuple[int, ...]](), start + at + 6 + 12 * count
    for number, (tag, kind, values, inline) in enumerate(struct.iter_unpack(letter + "HHII", table)):
        if kind not in _SIZES:
            raise _NoTiff
        length = _SIZES[kind] * values
        lies = start + at + 10 + 12 * number
        if length > 4:
            lies = start + inline
            end = max(end, lies + length)
        if kind in (3, 4, 13) and values <= _PARTS and (tag in _POINTERS or tag in (256, *_PLACES, *_PLACES.values())):
            raw = reader.at(lies, length)
            found[tag] = (
                struct.unpack(f"{letter}{len(raw) // _SIZES[kind]}{'H' if kind == 3 else 'I'}", raw)
                if (len(raw) == length)
                else ()
            )
        elif tag in (_MAKE, _DNG_VERSION):
            found[tag] = (lies - start,)
    return found, end, max(reader.number(start + at + 2 + 12 * count, 4, order), 0)
