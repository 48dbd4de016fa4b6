"""Single compressed files: gzip, bzip2, xz, lzma, Zstandard, zlib, compress. What lies in one is its only item."""

import lzma
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import MIB, Limits
from amparo.evidence.bomb import bomb_obstacle
from amparo.evidence.decoded_copy import DecodedCopy
from amparo.evidence.decompressing import PART_BYTES, Decompressor, bunzip, fed, gunzip, unlzma, unxz, unzlib, unzstd
from amparo.evidence.lzw import Uncompress, bits_of
from amparo.evidence.streams import Nameless
from amparo.evidence.unclaimed import matters

_GZIP, _XZ, _ZSTD = b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
_BZIP2_FIRST = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
"""What follows `BZh9`: a block, or the end of an empty file."""
_FIRST_PIECE_BYTES = 4096
_NAME_BYTES = 64 * 1024
_GZIP_EXTRA, _GZIP_NAME = 1 << 2, 1 << 3


@dataclass(frozen=True, slots=True)
class Gzip:
    """Gzip files (RFC 1952) of one or more members, such as the `.gz` of a `.tar.gz`; each CRC-32 is verified.

    The item has the name and time of the first member's header, where it has them.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "gzip"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return head.startswith(_GZIP) and len(head) >= 18 and head[3] < 32

    def open(self, stream: Stream, *, limits: Limits) -> "CompressedFile":
        """As `ContainerFormat.open`."""
        head = stream.read_at(0, _NAME_BYTES)
        modified_s = int.from_bytes(head[4:8], "little")
        item = Item(_gzip_name(head), None, modified_ns=modified_s * 10**9 or None)
        return CompressedFile(self.kind, stream, item, gunzip, lambda rest: rest.startswith(_GZIP), limits)


@dataclass(frozen=True, slots=True)
class Bzip2:
    """Bzip2 files of one or more streams; all checksums are verified. The item has no name."""

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "bzip2"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return _begins_bzip2(head)

    def open(self, stream: Stream, *, limits: Limits) -> "CompressedFile":
        """As `ContainerFormat.open`."""
        return CompressedFile(self.kind, stream, Item("", None), bunzip, _begins_bzip2, limits)


@dataclass(frozen=True, slots=True)
class Xz:
    """Files in the .xz format, of one or more streams; the checks that they have are verified. The item has no name."""

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "xz"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return head.startswith(_XZ)

    def open(self, stream: Stream, *, limits: Limits) -> "CompressedFile":
        """As `ContainerFormat.open`."""
        return CompressedFile(
            self.kind, stream, Item("", None), lambda: unxz(limits), lambda rest: rest.startswith(_XZ), limits
        )


@dataclass(frozen=True, slots=True)
class Lzma:
    """Files in the older .lzma format of LZMA Utils, which has no mark and no checksum. The item has no name."""

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "lzma"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`: by a header that encoders write, and a beginning that decompresses."""
        if head[:1] != b"\x5d" or len(head) < 18 or head[13]:
            return False
        dictionary = int.from_bytes(head[1:5], "little")
        if dictionary not in {1 << n for n in range(12, 31)} | {3 << n for n in range(11, 30)}:
            return False
        size = int.from_bytes(head[5:13], "little")
        if not 0 < size < 1 << 38 and size != (1 << 64) - 1:
            return False
        try:
            return bool(lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(head, 4096))
        except (lzma.LZMAError, MemoryError):
            return False

    def open(self, stream: Stream, *, limits: Limits) -> "CompressedFile":
        """As `ContainerFormat.open`."""
        return CompressedFile(self.kind, stream, Item("", None), lambda: unlzma(limits), lambda rest: False, limits)


@dataclass(frozen=True, slots=True)
class Zstandard:
    """Zstandard files (RFC 8878) of one or more frames; needs the extra `archives`. The item has no name."""

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "zstd"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`: a frame, after frames that are to be skipped if need be."""
        place = 0
        while _is_skippable(head[place : place + 8]):
            place += 8 + int.from_bytes(head[place + 4 : place + 8], "little")
        return head.startswith(_ZSTD, place)

    def open(self, stream: Stream, *, limits: Limits) -> "CompressedFile":
        """As `ContainerFormat.open`; an `Unreadable` names the extra where it is missing."""
        unzstd(limits)
        return CompressedFile(
            self.kind,
            stream,
            Item("", None),
            lambda: unzstd(limits),
            lambda rest: rest.startswith(_ZSTD) or _is_skippable(rest),
            limits,
        )


@dataclass(frozen=True, slots=True)
class Zlib:
    """A zlib stream (RFC 1950) that is a file of its own; its checksum is verified. The item has no name."""

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "zlib"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`: by two bytes that many things begin with, and that the rest inflates."""
        if len(head) < 8 or head[0] & 0x0F != 8 or head[0] >> 4 > 7 or head[1] & 0x20:
            return False
        if int.from_bytes(head[:2]) % 31:
            return False
        decompressor = zlib.decompressobj()
        try:
            found = decompressor.decompress(head, MIB)
        except zlib.error:
            return False
        # A stream that ends where the file does has shown its checksum; a longer one, 64 KiB without a mistake.
        return bool(found) and (decompressor.eof or len(head) < size_bytes or bool(decompressor.unconsumed_tail))

    def open(self, stream: Stream, *, limits: Limits) -> "CompressedFile":
        """As `ContainerFormat.open`."""
        return CompressedFile(self.kind, stream, Item("", None), unzlib, lambda rest: False, limits)


@dataclass(frozen=True, slots=True)
class Compress:
    """Files of Unix `compress` (`.Z`): LZW with codes of 9 to 16 bits, without a checksum. The item has no name."""

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "compress"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return bits_of(head) > 0

    def open(self, stream: Stream, *, limits: Limits) -> "CompressedFile":
        """As `ContainerFormat.open`."""
        return CompressedFile(
            self.kind, stream, Item("", None), lambda: Uncompress(stream.size_bytes), lambda rest: False, limits
        )


class CompressedFile:
    """An opened compressed file.

    How large its item is shows only when it has been decompressed, so opening the item does that once, into a copy: up
    to `limits.in_memory_bytes` in memory, above that in a temporary file without a name. The copy is kept until the
    container is closed. Where the bytes break off, or their checksum is wrong, the item ends with a place that cannot
    be read and says why: what stands before it can be had, and nobody takes it for all.

    What stands after the end of the last member is known only then too. Of a file up to `limits.in_memory_bytes` it is
    listed, where it is more than a trifle; else the item says that something was appended.
    """

    def __init__(
        self,
        kind: str,
        stream: Stream,
        item: Item,
        decompressor: Callable[[], Decompressor],
        begins: Callable[[bytes], bool],
        limits: Limits,
    ) -> None:
        self._kind = kind
        self._stream = stream
        self._item = item
        self._decompressor = decompressor
        self._begins = begins
        self._limits = limits
        self._copy: DecodedCopy | None = None
        self._refused: LimitReached | None = None
        self._end: int | None = None
        """Where what stands after its compressed bytes begins, once that was reached."""

    def items(self) -> Iterator[Item]:
        """As `Container.items`: one."""
        if self._limits.container_items < 1:
            raise LimitReached("It holds an item, and the limit is none.")
        yield self._item

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        if (name, locator) != (self._item.name, ""):
            raise Unreadable(
                f"The {self._kind} file holds {escape(self._item.name) or 'one thing without a name'} only."
            )
        if self._refused is not None:
            raise self._refused
        if self._copy is None:
            self._copy = self._copied()
        return _Content(self._copy)

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`: after the end of the last member."""
        if self._is_small() and self._copy is None and self._refused is None:
            try:
                self._copy = self._copied()
            except Unreadable:
                return []  # the item itself says why
        return [] if self._end is None else [(self._end, self._stream.size_bytes)]

    def close(self) -> None:
        """As `Container.close`."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _copied(self) -> DecodedCopy:
        copy = DecodedCopy(self._bounded(), self._limits)
        try:
            copy.grow()
            if isinstance(copy.damage, LimitReached):
                self._refused = copy.damage
            if copy.damage is not None and (self._refused is not None or not copy.size_bytes):
                raise copy.damage
        except BaseException:
            copy.close()
            raise
        return copy

    def _bounded(self) -> Iterator[bytes]:
        size_bytes = 0
        for part in self._decompressed():
            size_bytes += len(part)
            if obstacle := bomb_obstacle(self._stream.size_bytes, size_bytes, self._limits):
                raise LimitReached(obstacle)
            yield part

    def _decompressed(self) -> Iterator[bytes]:
        """The contents of all members, one after the other."""
        place = 0
        while True:
            place = yield from self._member(place)
            rest, follows = place, b""
            # Tapes and some programs fill up with zeros.
            while not follows and rest < self._stream.size_bytes:
                part = self._stream.read_at(rest, PART_BYTES)
                follows = part.lstrip(b"\0")
                rest += len(part) - len(follows)
            if not follows:
                return
            if not self._begins(self._stream.read_at(rest, 64)):
                if self._is_small() and matters(self._stream, rest, self._stream.size_bytes):
                    self._end = rest
                    return
                raise Unreadable(
                    f"After its compressed bytes, at byte {rest}, stand {self._stream.size_bytes - rest} bytes more"
                    f" that are not {self._kind}: it is damaged, or something was appended."
                )
            place = rest

    def _is_small(self) -> bool:
        return self._stream.size_bytes <= self._limits.in_memory_bytes

    def _member(self, place: int) -> Generator[bytes, None, int]:
        """The content of the member that begins at `place`; returns where it ends."""
        decompressor = self._decompressor()
        # What stands after the end of a member is copied: little, where a file has a great many small ones.
        piece_bytes = _FIRST_PIECE_BYTES
        while not decompressor.eof:
            piece = self._stream.read_at(place, piece_bytes)
            if not piece:
                raise Unreadable(f"It is cut short: its {self._stream.size_bytes} compressed bytes are not all.")
            yield from fed(decompressor, piece)
            place += len(piece)
            piece_bytes = min(2 * piece_bytes, PART_BYTES)
        return place - len(decompressor.unused_data)


class _Content(Nameless):
    """The item's bytes; where they are damaged, with one more that cannot be read, for all that are missing."""

    def __init__(self, copy: DecodedCopy) -> None:
        self._copy = copy
        self.size_bytes = copy.size_bytes + (copy.damage is not None)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        length = min(length, self.size_bytes - offset)
        if length <= 0:
            return b""
        if self._copy.damage is not None and offset + length == self.size_bytes:
            raise Unreadable(f"It can be read up to byte {self._copy.size_bytes} only. {self._copy.damage}")
        return self._copy.read_at(offset, length)

    def close(self) -> None:
        """The container frees the copy."""


def _gzip_name(head: bytes) -> str:
    """The name in the header of a member, without a leading slash; empty where it has none."""
    if len(head) < 10 or not head[3] & _GZIP_NAME:
        return ""
    start = 10
    if head[3] & _GZIP_EXTRA:
        start += 2 + int.from_bytes(head[10:12], "little")
    name, end, _ = head[start:].partition(b"\0")
    return name_from_bytes(name.lstrip(b"/")) if end else ""


def _begins_bzip2(head: bytes) -> bool:
    return head.startswith(b"BZh") and head[3:4] in b"123456789" and head[4:10] in _BZIP2_FIRST


def _is_skippable(head: bytes) -> bool:
    return len(head) >= 8 and head[0] & 0xF0 == 0x50 and head[1:4] == b"\x2a\x4d\x18"
