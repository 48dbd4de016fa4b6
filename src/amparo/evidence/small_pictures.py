"""Caches of small pictures that outlive what they show: Windows' thumbcache, Android's imgcache and thumbdata."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB, Limits
from amparo.evidence.streams import PartStream

_NAME = re.compile(r"([0-9]{12,18})-[0-9a-f]{16}\.[a-z]{3}")
_EXTENSIONS = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png"), (b"BM", "bmp"))
_WINDOW_BYTES = MIB

_CACHE = b"CMMM"
_VISTA, _SEVEN, _LATEST = 20, 21, 64
"""Versions: 20 and 21; 26, 28, 30 of Windows 8; 31 and 32 of Windows 10 and 11. None is as high as the last."""
_CACHE_HEADER_BYTES = 24
_LARGEST_ENTRY_BYTES = 256 * MIB

_BLOBS = b"\x10\x85\x24\xbd"
_BLOB = struct.Struct("<QIII")
"""Key, checksum, the offset of the blob itself, length."""
_BLOB_LOOK_BYTES = 4096
"""A blob begins with the path of what it shows, in UTF-16; the picture follows."""

_BLOCK_BYTES = 10_000
_BLOCK = struct.Struct(">BQI")
"""Whether it is in use, a number that ties it to its picture, length."""
_JPEG = b"\xff\xd8\xff"


class Small(NamedTuple):
    """A picture in a cache."""

    place: int
    """Where its entry begins."""
    key: int
    start: int
    size_bytes: int


class Damaged(NamedTuple):
    """An entry that cannot be read, while others after it can."""

    place: int


class Layout(Protocol):
    """How a cache is laid out."""

    @property
    def first(self) -> int:
        """Where the first entry may begin."""
        ...

    def entry(self, stream: Stream, place: int) -> tuple[Small | Damaged | None, int]:
        """The picture of the entry at `place`, if it has one, and where the next one begins.

        Raise `Unreadable` where nothing that follows can be found any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class Thumbcache:
    """Windows' cache of small pictures from Vista on (`thumbcache_256.db`): they stay when the pictures are deleted.

    A picture stands as `OFFSET-HASH.jpg`, by its place and the hash that Windows' index gives it. Entries without a
    picture are left out; after a damaged one, reading goes on with the next mark that begins one.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "thumbcache"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the mark and a version that Windows had."""
        return (
            head.startswith(_CACHE)
            and size_bytes >= _CACHE_HEADER_BYTES
            and _VISTA <= int.from_bytes(head[4:8], "little") < _LATEST
        )

    def open(self, stream: Stream, *, limits: Limits) -> "PictureCache":
        """As `ContainerFormat.open`."""
        header = stream.read_at(0, _CACHE_HEADER_BYTES)
        if not self.recognises(header, len(header)):
            raise Unreadable("The header of the cache is damaged.")
        return PictureCache(stream, limits, _Windows(int.from_bytes(header[4:8], "little")))


@dataclass(frozen=True, slots=True)
class _Windows:
    version: int
    first: int = 8

    def entry(self, stream: Stream, place: int) -> tuple[Small | Damaged | None, int]:
        """As `Layout.entry`."""
        header_bytes = 48 if self.version == _SEVEN else 56
        header = stream.read_at(place, header_bytes)
        if header.startswith(_CACHE) and len(header) == header_bytes:
            entry_bytes, key = struct.unpack_from("<IQ", header, 4)
            name_bytes, padding, length = struct.unpack_from("<III", header, 24 if self.version == _VISTA else 16)
            start = place + header_bytes + name_bytes + padding
            end = place + entry_bytes
            fits = start + length <= min(end, stream.size_bytes) and entry_bytes <= _LARGEST_ENTRY_BYTES
            if fits and entry_bytes >= header_bytes:
                return (Small(place, key, start, length) if length else None), end
            return Damaged(place), _following(stream, place + 1)
        return None, _following(stream, place + 1)


def _following(stream: Stream, place: int) -> int:
    """Where the next mark of an entry stands; the end where there is none."""
    while place < stream.size_bytes:
        window = stream.read_at(place, _WINDOW_BYTES)
        found = window.find(_CACHE)
        if found >= 0:
            return place + found
        place += max(len(window) - len(_CACHE) + 1, 1)
    return place


@dataclass(frozen=True, slots=True)
class ImgCache:
    """The cache of small pictures of Android's Gallery (`imgcache.0`).

    A picture stands as `OFFSET-KEY.jpg`, by its place and the key of its entry.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "imgcache"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the mark of such a file, and a first entry that says where it stands."""
        return head.startswith(_BLOBS) and len(head) > 24 and _BLOB.unpack_from(head, 4)[2] == 4

    def open(self, stream: Stream, *, limits: Limits) -> "PictureCache":
        """As `ContainerFormat.open`."""
        return PictureCache(stream, limits, _Blobs())


@dataclass(frozen=True, slots=True)
class _Blobs:
    first: int = 4

    def entry(self, stream: Stream, place: int) -> tuple[Small | Damaged | None, int]:
        """As `Layout.entry`."""
        header = stream.read_at(place, _BLOB.size + _BLOB_LOOK_BYTES)
        if len(header) < _BLOB.size:
            raise Unreadable(f"The cache is cut short at byte {place}.")
        key, _, offset, length = _BLOB.unpack_from(header)
        end = place + _BLOB.size + length
        if offset != place or end > stream.size_bytes:
            if any(header):
                raise Unreadable(f"The cache is damaged at byte {place}; what follows is lost.")
            return None, stream.size_bytes  # not yet written
        found = header.find(_JPEG, _BLOB.size)
        start = place + found
        return (Small(place, key, start, end - start) if found >= 0 and start < end else None), end


@dataclass(frozen=True, slots=True)
class Thumbdata:
    """Android's small pictures of its media store (`.thumbdata3--1967290299`): blocks of 10,000 bytes, many unused.

    A picture stands as `OFFSET-NUMBER.jpg`. Such a file has no mark: it is recognised where one of its first six blocks
    holds a picture.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "thumbdata"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        if len(head) < 100 or head[0] > 1:
            return False
        blocks = [head[place : place + 32] for place in range(0, len(head), _BLOCK_BYTES)]
        used = [block for block in blocks if any(block)]
        return bool(used) and all(_picture_in(block) for block in used)

    def open(self, stream: Stream, *, limits: Limits) -> "PictureCache":
        """As `ContainerFormat.open`."""
        return PictureCache(stream, limits, _Blocks())


def _picture_in(block: bytes) -> int:
    """The length of the picture in a block; 0 where it holds none."""
    if len(block) < _BLOCK.size + len(_JPEG):
        return 0
    used, _, length = _BLOCK.unpack_from(block)
    fits = used == 1 and 0 < length <= _BLOCK_BYTES - _BLOCK.size and block.startswith(_JPEG, _BLOCK.size)
    return int(length) if fits else 0


@dataclass(frozen=True, slots=True)
class _Blocks:
    first: int = 0

    def entry(self, stream: Stream, place: int) -> tuple[Small | Damaged | None, int]:
        """As `Layout.entry`."""
        block = stream.read_at(place, 32)
        length = _picture_in(block)
        start = place + _BLOCK.size
        small = None
        if length and start + length <= stream.size_bytes:
            small = Small(place, _BLOCK.unpack_from(block)[1], start, length)
        return small, place + _BLOCK_BYTES


class PictureCache:
    """An opened cache of small pictures."""

    def __init__(self, stream: Stream, limits: Limits, layout: Layout) -> None:
        self._stream = stream
        self._limits = limits
        self._layout = layout

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        count, place, damaged = 0, self._layout.first, list[int]()
        while place < self._stream.size_bytes:
            found, place = self._layout.entry(self._stream, place)
            if isinstance(found, Damaged):
                damaged.append(found.place)
            elif found is not None:
                if count == self._limits.container_items:
                    raise LimitReached(f"It holds more items than the limit of {self._limits.container_items}.")
                count += 1
                yield Item(self._name(found), found.size_bytes)
        if damaged:
            raise Unreadable(f"{len(damaged)} of its entries are damaged, the first at byte {damaged[0]}.")

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        match = _NAME.fullmatch(name)
        if match is not None and match[0].isascii() and not locator:
            place = int(match[1])
            if self._layout.first <= place < self._stream.size_bytes:
                found, _ = self._layout.entry(self._stream, place)
                if isinstance(found, Small) and found.place == place and self._name(found) == name:
                    return PartStream(self._stream, found.start, found.size_bytes)
        raise Unreadable(f"The cache has no picture {escape(name)!r}.")

    def close(self) -> None:
        """As `Container.close`."""

    def _name(self, found: Small) -> str:
        head = self._stream.read_at(found.start, min(found.size_bytes, 8))
        extension = next((extension for mark, extension in _EXTENSIONS if head.startswith(mark)), "bin")
        return f"{found.place:012}-{found.key:016x}.{extension}"
