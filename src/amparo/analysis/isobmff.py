"""The boxes of ISO base media files (ISO/IEC 14496-12, 23008-12) and their like: HEIC, AVIF, JPEG 2000, MP4.

Boxes are stepped over by seeking; nothing is read but headers and what is asked for.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from amparo.analysis.blocks import BLOCK_BYTES, STORE_BYTES, Block, Embedded, Kind
from amparo.domain.errors import Unreadable

_BOXES = 20_000
_ITEMS = 4096
_READ_ITEMS = 32
_KEYS = 256
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF_IN_JP2 = b"JpgTiffExif->JP2"


@dataclass(frozen=True, slots=True)
class Box:
    """One box."""

    kind: bytes
    start: int
    """Offset of what it holds."""
    end: int


@dataclass(slots=True)
class _Walk:
    """Reads boxes of one file, no more than so many."""

    file: BinaryIO
    size_bytes: int
    left: int = _BOXES

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        """The boxes between two offsets, in order. Raise `Unreadable` where they are broken."""
        at = start
        while at + 8 <= end:
            self.left -= 1
            if self.left < 0:
                raise Unreadable("There are more boxes than files have.")
            self.file.seek(at)
            size, kind = struct.unpack(">I4s", self.file.read(8))
            body = at + 8
            if size == 1:
                size, body = int.from_bytes(self.file.read(8)), at + 16
            stop = at + size if size else end
            if stop < body or stop > end:
                if start == 0 and not kind.isalnum():
                    return  # other bytes follow the end
                raise Unreadable(f"The box at offset {at} states a length that cannot be.")
            yield Box(kind, body, stop)
            at = stop

    def read(self, start: int, size_bytes: int) -> bytes:
        """Bytes of a box; short where the file ends."""
        self.file.seek(start)
        return self.file.read(max(size_bytes, 0))


def walk_isobmff(file: BinaryIO, found: Embedded) -> None:
    """Find the blocks of a picture or a film. Raise `Unreadable` where the boxes are broken."""
    walk = _Walk(file, file.seek(0, 2))
    for box in walk.boxes(0, walk.size_bytes):
        if box.kind == b"uuid":
            _take_uuid(walk, box, found)
        elif box.kind == b"meta":
            _take_meta(walk, box, found)
        elif box.kind == b"jumb":
            _take_jumbf(walk, box, found)
        elif box.kind == b"jp2h":
            found.icc = found.icc or _colours(walk, box)
        elif box.kind == b"moov":
            for inner in walk.boxes(box.start, box.end):
                _take_in_film(walk, inner, found)


def _take_in_film(walk: _Walk, box: Box, found: Embedded) -> None:
    """Keep what a film's boxes of texts hold; many programs write them in ways of their own, which costs them alone."""
    try:
        if box.kind == b"meta":
            _take_meta(walk, box, found)
        elif box.kind == b"udta":
            _take_user_data(walk, box, found)
    except Unreadable as error:
        found.note(f"The {_name(box.kind)} box at offset {box.start} is malformed: {error}")


def _take_uuid(walk: _Walk, box: Box, found: Embedded) -> None:
    kind = walk.read(box.start, 16)
    start, size = box.start + 16, box.end - box.start - 16
    if kind == _XMP and size <= BLOCK_BYTES:
        _add_xmp(found, "uuid box", start, walk.read(start, size))
    elif kind == _C2PA and size <= STORE_BYTES:
        payload = walk.read(start, size)
        # Version and flags, what it is for, and for a store where further hashes of the film stand.
        purpose, _, rest = payload[4:].partition(b"\0")
        if purpose == b"manifest":
            begin = start + 4 + len(purpose) + 9
            found.add(Block(Kind.JUMBF, "uuid box", begin, len(rest) - 8, rest[8:]))
    elif kind == _EXIF_IN_JP2 and size <= BLOCK_BYTES:
        payload = walk.read(start, size)
        found.exif = found.exif or payload
        found.add(Block(Kind.EXIF, "uuid box", start, size, payload))
    elif kind in (_XMP, _C2PA, _EXIF_IN_JP2):
        found.skip("uuid box", start, size, "it is too large")


def _take_jumbf(walk: _Walk, box: Box, found: Embedded) -> None:
    """Keep a box that itself belongs to the structure that JUMBF is."""
    start = box.start - (16 if walk.read(box.start - 16, 8) == b"\0\0\0\1jumb" else 8)
    size = box.end - start
    if size > STORE_BYTES:
        found.skip("jumb box", start, size, "it is too large")
    else:
        found.add(Block(Kind.JUMBF, "jumb box", start, size, walk.read(start, size)))


def _add_xmp(found: Embedded, place: str, offset: int, payload: bytes) -> None:
    found.xmp = found.xmp or payload
    found.add(Block(Kind.XMP, place, offset, len(payload), payload))


def _take_user_data(walk: _Walk, box: Box, found: Embedded) -> None:
    for inner in walk.boxes(box.start, box.end):
        size = inner.end - inner.start
        if inner.kind == b"meta":
            _take_meta(walk, inner, found)
        elif inner.kind[:1] == b"\xa9" and 4 < size <= BLOCK_BYTES:
            # QuickTime's texts: length and language before each.
            text = walk.read(inner.start + 4, size - 4)
            _add_text(found, "udta box", inner.start + 4, _name(inner.kind), text)


def _take_meta(walk: _Walk, box: Box, found: Embedded) -> None:
    # In ISO's files version and flags come first, in QuickTime's they do not.
    start = box.start if walk.read(box.start, 8)[4:8] in (b"hdlr", b"keys", b"ilst") else box.start + 4
    inside = {inner.kind: inner for inner in walk.boxes(start, box.end)}
    if b"ilst" in inside:
        keys = _keys(walk, inside[b"keys"]) if b"keys" in inside else []
        _take_list(walk, inside[b"ilst"], keys, found)
    if b"iloc" in inside and b"iinf" in inside:
        _take_items(walk, inside, found)
    if b"iprp" in inside:
        found.icc = found.icc or _profile(walk, inside[b"iprp"])


# Texts of films


def _keys(walk: _Walk, box: Box) -> list[str]:
    """Names that the entries of a list refer to by number, from 1."""
    names: list[str] = []
    at = box.start + 8
    while at + 8 <= box.end and len(names) < _KEYS:
        size = int.from_bytes(walk.read(at, 4))
        if size < 8 or at + size > box.end:
            break
        names.append(walk.read(at + 8, min(size - 8, 256)).decode("utf-8", "replace"))
        at += size
    return names


def _take_list(walk: _Walk, box: Box, keys: list[str], found: Embedded) -> None:
    for entry in walk.boxes(box.start, box.end):
        number = int.from_bytes(entry.kind)
        keyword = keys[number - 1] if 0 < number <= len(keys) else _name(entry.kind)
        for inner in walk.boxes(entry.start, entry.end):
            size = inner.end - inner.start
            if inner.kind == b"name" and size <= 256:
                keyword = walk.read(inner.start + 4, size - 4).decode("utf-8", "replace")
            elif inner.kind == b"data" and size > BLOCK_BYTES:
                found.skip("ilst box", inner.start, size)
            elif inner.kind == b"data" and walk.read(inner.start, 4) == b"\0\0\0\1":  # text in UTF-8
                text = walk.read(inner.start + 8, size - 8)
                _add_text(found, "ilst box", inner.start + 8, keyword, text)


def _add_text(found: Embedded, place: str, offset: int, keyword: str, text: bytes) -> None:
    found.add_text(keyword, text)
    found.add(Block(Kind.TEXT, place, offset, len(text), text, keyword))


def _name(kind: bytes) -> str:
    return kind.decode("latin-1")


# Items of pictures


@dataclass(slots=True)
class _Item:
    kind: bytes = b""
    content_type: bytes = b""
    extents: list[tuple[int, int]] = field(default_factory=list)


def _take_items(walk: _Walk, inside: dict[bytes, Box], found: Embedded) -> None:
    items: dict[int, _Item] = {}
    _read_kinds(walk, inside[b"iinf"], items)
    wanted = {
        number: item
        for number, item in items.items()
        if item.kind == b"Exif" or (item.kind == b"mime" and item.content_type == b"application/rdf+xml")
    }
    if wanted:
        _read_places(walk, inside[b"iloc"], wanted, inside.get(b"idat"))
    for item in list(wanted.values())[:_READ_ITEMS]:
        size = sum(length for _, length in item.extents)
        if not item.extents:
            continue
        offset = item.extents[0][0]
        place = "Exif item" if item.kind == b"Exif" else "XMP item"
        if size > BLOCK_BYTES:
            found.skip(place, offset, size)
            continue
        payload = b"".join(walk.read(*extent) for extent in item.extents)
        if item.kind == b"mime":
            _add_xmp(found, place, offset, payload)
            continue
        begin = 4 + int.from_bytes(payload[:4])  # where the TIFF structure begins
        found.exif = found.exif or payload[begin:]
        found.add(Block(Kind.EXIF, place, offset + begin, len(payload) - begin, payload[begin:]))


def _read_kinds(walk: _Walk, box: Box, items: dict[int, _Item]) -> None:
    start = box.start + (6 if walk.read(box.start, 1) == b"\0" else 8)
    for entry in walk.boxes(start, box.end):
        raw = walk.read(entry.start, min(entry.end - entry.start, 512))
        if entry.kind != b"infe" or len(raw) < 12 or raw[0] not in (2, 3) or len(items) == _ITEMS:
            continue
        wide = 2 * (raw[0] - 2)
        number, kind = int.from_bytes(raw[4 : 6 + wide]), raw[8 + wide : 12 + wide]
        _, _, rest = raw[12 + wide :].partition(b"\0")
        items[number] = _Item(kind, rest.partition(b"\0")[0])


def _read_places(walk: _Walk, box: Box, wanted: dict[int, _Item], inline: Box | None) -> None:
    if box.end - box.start > BLOCK_BYTES:
        raise Unreadable("The table of items is larger than pictures have.")
    take = _Fields(walk.read(box.start, box.end - box.start))
    version = take.number(1)
    take.number(3)
    sizes = take.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    for _ in range(min(take.number(wide), _ITEMS)):
        number = take.number(wide)
        method = take.number(2) & 15 if version in (1, 2) else 0
        take.number(2)
        base = take.number(base_size)
        for _ in range(take.number(2)):
            if version in (1, 2):
                take.number(index_size)
            start, length = base + take.number(offset_size), take.number(length_size)
            if method == 1 and inline is not None:
                start += inline.start
            item = wanted.get(number)
            if item is not None and method < 2 and len(item.extents) < 64 and start + length <= walk.size_bytes:
                item.extents.append((start, length or walk.size_bytes - start))


@dataclass(slots=True)
class _Fields:
    """Numbers one after the other; raise `Unreadable` after the last."""

    raw: bytes
    at: int = 0

    def number(self, size_bytes: int) -> int:
        if self.at + size_bytes > len(self.raw):
            raise Unreadable("The table of items is cut short.")
        self.at += size_bytes
        return int.from_bytes(self.raw[self.at - size_bytes : self.at])


def _profile(walk: _Walk, box: Box) -> bytes:
    """The first colour profile among the properties of items."""
    for container in walk.boxes(box.start, box.end):
        if container.kind == b"ipco":
            return _colours(walk, container)
    return b""


def _colours(walk: _Walk, box: Box) -> bytes:
    """The first colour profile among boxes of colours, in the form of HEIF or of JPEG 2000."""
    for inner in walk.boxes(box.start, box.end):
        size = inner.end - inner.start
        if inner.kind != b"colr" or size > BLOCK_BYTES:
            continue
        head = walk.read(inner.start, 4)
        if head in (b"prof", b"rICC"):
            return walk.read(inner.start + 4, size - 4)
        if head[:1] == b"\2" and box.kind == b"jp2h":
            return walk.read(inner.start + 3, size - 3)
    return b""
