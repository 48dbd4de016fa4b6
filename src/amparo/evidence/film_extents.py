"""Where films end, and the pictures that are built like them: ISO base media, Matroska, FLV, ASF, MPEG."""

from amparo.evidence.file_extents import FileExtent, Reader, at_a_border

_STEPS = 1_000_000

# ISO/IEC 14496-12, QuickTime; HEIF (23008-12), JPEG 2000 (15444-1) and JPEG XL (18181-2) are made of such boxes

_FIRST_BOXES = frozenset({b"ftyp", b"jP  ", b"JXL "})
_BOXES = frozenset(
    b"ftyp moov mdat free skip wide pnot uuid meta moof mfra sidx ssix styp prft emsg pdin udta mpvd sefd imda"
    b" jp2h jp2c jp2i jxlc jxlp jxll jxli jbrd Exif brob".split()
) | {b"jP  ", b"JXL ", b"xml ", b"junk", b"PICT"}
_CONTENTS = frozenset({b"mdat", b"jp2c", b"jxlc", b"jxlp", b"imda"})
_INDEXES = frozenset({b"moov", b"meta", b"jp2h", b"jxlc", b"jxlp"})
_EXTENSIONS = {
    b"heic": "heic",
    b"heix": "heic",
    b"heim": "heic",
    b"heis": "heic",
    b"hevc": "heic",
    b"mif1": "heic",
    b"msf1": "heic",
    b"avif": "avif",
    b"avis": "avif",
    b"crx ": "cr3",
    b"qt  ": "mov",
    b"M4V ": "m4v",
    b"M4A ": "m4a",
    b"jp2 ": "jp2",
    b"jxl ": "jxl",
}
_MOTION = b"mpvd"


def boxes(reader: Reader, start: int) -> FileExtent | None:
    """By its outermost boxes, up to what is none of those that exist, or the beginning of another file."""
    return _boxes(reader, start, hidden=frozenset())


def boxes_without_motion(reader: Reader, start: int) -> FileExtent | None:
    """The same, a picture ending before the film of a motion photo, which Google puts into a last box."""
    return _boxes(reader, start, hidden=frozenset({_MOTION}))


def _boxes(reader: Reader, start: int, *, hidden: frozenset[bytes]) -> FileExtent | None:
    place, seen, extension = start, set[bytes](), "mov"
    for _ in range(_STEPS):
        head = reader.at(place, 16)
        kind, size, header = head[4:8], int.from_bytes(head[:4]), 8
        if kind not in _BOXES or (place > start and kind in _FIRST_BOXES - {b"ftyp"}) or kind in hidden:
            break
        if kind == b"ftyp":
            if (seen - {b"jP  ", b"JXL "}) or not 16 <= size <= 4096:
                break
            extension = "3gp" if head[8:10] == b"3g" else _EXTENSIONS.get(head[8:12], "mp4")
        if size == 1:
            size, header = int.from_bytes(head[8:16]), 16
        elif size == 0 and kind in _CONTENTS:  # it goes on to the end of its file, wherever that was
            return FileExtent(reader.size_bytes, extension, whole=False)
        if size < header:
            break
        seen.add(kind)
        place += size
        if place > reader.size_bytes:
            break
    if not seen & (_CONTENTS | _INDEXES):
        return None
    whole = bool(seen & _CONTENTS or b"meta" in seen) and bool(seen & _INDEXES or b"moof" in seen)
    return FileExtent(min(place, reader.size_bytes), extension, whole and place <= reader.size_bytes)


def quicktime(reader: Reader, start: int) -> FileExtent | None:
    """Films from before `ftyp`: only where they are whole, as their mark is a common word."""
    found = boxes(reader, start)
    return found if found is not None and found.whole else None


# Matroska and WebM (RFC 8794, RFC 9559)

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_IN_SEGMENT = frozenset(
    {0x114D9B74, 0x1549A966, 0x1654AE6B, _CLUSTER, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, 0xEC, 0xBF}
)
_IN_CLUSTER = frozenset({0xE7, 0xA3, 0xA0, 0xA7, 0xAB, 0xAF, 0x5854, 0xEC, 0xBF})


def matroska(reader: Reader, start: int) -> FileExtent | None:
    """By its segment; where that states no size, as what is recorded live does, by the elements in it."""
    head = _element(reader, start)
    if head is None or head[2] is None or head[2] > 4096:
        return None
    extension = "webm" if b"webm" in reader.at(start, 64) else "mkv"
    segment = _element(reader, head[1] + head[2])
    if segment is None or segment[0] != _SEGMENT:
        return None
    _, place, size = segment
    if size is not None:
        first = _element(reader, place)
        return at_a_border(place + size, reader, extension) if first and first[0] in _IN_SEGMENT else None
    begin, known = place, _IN_SEGMENT
    for _ in range(_STEPS):
        element = _element(reader, place)
        if element is None or element[0] not in known:
            break
        kind, place, size = element
        if size is None and kind != _CLUSTER:
            break
        known = _IN_SEGMENT | _IN_CLUSTER if kind == _CLUSTER and size is None else known
        place += size or 0
    if place == begin:
        return None
    return at_a_border(place, reader, extension)


def _element(reader: Reader, place: int) -> tuple[int, int, int | None] | None:
    """The number of an element, where its content begins, and its size, `None` for unknown."""
    head = reader.at(place, 12)
    if not head or not head[0] & 0xF0:
        return None
    width = 9 - head[0].bit_length()
    first = head[width : width + 1]
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    raw = head[width : width + length]
    if len(raw) < length:
        return None
    size = int.from_bytes(raw) & (1 << 7 * length) - 1
    unknown = size == (1 << 7 * length) - 1
    return int.from_bytes(head[:width]), place + width + length, None if unknown else size


# FLV (Adobe, version 10.1)


def flv(reader: Reader, start: int) -> FileExtent | None:
    """By its tags, each followed by its own length."""
    if reader.number(start + 5, 4) != 9 or reader.number(start + 9, 4) != 0:
        return None
    place = start + 13
    for _ in range(_STEPS):
        tag = reader.at(place, 11)
        length = int.from_bytes(tag[1:4])
        if len(tag) < 11 or tag[0] not in (8, 9, 18) or reader.number(place + 11 + length, 4) != 11 + length:
            break
        place += 15 + length
    return FileExtent(place, "flv") if place > start + 13 else None


# ASF (Microsoft, revision 01.20.05)

_ASF = {
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c"),
    bytes.fromhex("90080033b1e5cf1189f400a0c90349cb"),
    bytes.fromhex("d329e2d6da35d111903400a0c90349be"),
    bytes.fromhex("f803b1fead12644c840f2a1d2f7ad48c"),
    bytes.fromhex("d03fb73c4a0c034899533dedf7b6228f"),
}
"""Header, data, and the indexes that may follow."""


def asf(reader: Reader, start: int) -> FileExtent | None:
    """By its outermost objects."""
    place, objects = start, 0
    while objects < 64 and reader.at(place, 16) in _ASF and (objects == 0 or place > start):
        size = reader.number(place + 16, 8, "little")
        if size < 24:
            break
        place, objects = place + size, objects + 1
        if place > reader.size_bytes or reader.at(place, 16) == reader.at(start, 16):
            break
    return at_a_border(place, reader, "wmv") if objects > 1 or place > reader.size_bytes else None


# MPEG (ISO/IEC 13818-1)

_PACKET = 188
_PACKETS = 680
_FEWEST_PACKETS = 24


def transport(reader: Reader, start: int) -> FileExtent | None:
    """As far as there is a sync byte every 188 bytes; with fewer than 24 of them it is none."""
    place = start
    while True:
        marks = reader.at(place, _PACKET * _PACKETS)[::_PACKET]
        in_step = len(marks) - len(marks.lstrip(b"G"))
        place += in_step * _PACKET
        if in_step < _PACKETS:
            break
    if place - start < _FEWEST_PACKETS * _PACKET:
        return None
    return at_a_border(place, reader, "ts")


def program(reader: Reader, start: int) -> FileExtent | None:
    """By its packs and packets."""
    place, packets, ended = start, 0, False
    for _ in range(_STEPS):
        head = reader.at(place, 14)
        if len(head) < 6 or head[:3] != b"\0\0\1":
            break
        if head[3] == 0xB9:
            place, ended = place + 4, True
            break
        if head[3] == 0xBA:
            newer = head[4] & 0xC0 == 0x40
            if len(head) < 14 or not (newer or head[4] & 0xF0 == 0x20):
                break
            place += 14 + (head[13] & 7) if newer else 12
        elif head[3] >= 0xBB:
            place, packets = place + 6 + int.from_bytes(head[4:6]), packets + 1
        else:
            break
    found = at_a_border(place, reader, "mpg")
    return FileExtent(found.end, "mpg", ended and found.whole) if packets > 1 else None
