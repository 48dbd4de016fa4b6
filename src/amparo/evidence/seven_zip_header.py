"""The directory of a 7z archive: which files it lists, and in which packed blocks their bytes stand."""

import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits
from amparo.evidence.seven_zip_coders import AES, compresses, decoded
from amparo.evidence.seven_zip_cursor import DAMAGED, NO_CRC, Cursor, bit, u32
from amparo.evidence.seven_zip_encryption import Passwords
from amparo.evidence.streams import PartStream

MARK = b"7z\xbc\xaf\x27\x1c"
_START_BYTES = 32
_HEADER_BYTES = 256 * MIB
_BLOCKS = 1_000_000
"""Each costs some hundred bytes of memory."""
_PART_BYTES = 256 * 1024
_END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL, _MAIN, _FILES, _PACK, _UNPACK, _SUBSTREAMS, _SIZE, _CRC, _FOLDER = (
    range(12)
)
_UNPACK_SIZE, _UNPACK_COUNT, _EMPTY_STREAM, _EMPTY_FILE, _ANTI, _NAMES, _CREATED, _ACCESSED, _MODIFIED, _ATTRIBUTES = (
    range(12, 22)
)
_ENCODED = 23


@dataclass(frozen=True, slots=True)
class Block:
    """What is compressed together: one file, or many in a solid archive. The format calls it a folder."""

    chain: tuple[tuple[bytes, bytes], ...]
    """Method and properties of each coder, in the order of decoding; empty where they are no simple chain."""
    sizes: tuple[int, ...]
    """What each coder of the chain gives, in bytes."""
    start: int
    packed_bytes: int
    size_bytes: int

    @property
    def is_encrypted(self) -> bool:
        """Whether a password is needed."""
        return any(method == AES for method, _ in self.chain)

    @property
    def is_compressed(self) -> bool:
        """Whether decoding with a wrong password fails soon."""
        return any(compresses(method) for method, _ in self.chain)

    def parts(
        self, stream: Stream, limits: Limits, passwords: Passwords | None = None, password: str = ""
    ) -> Iterator[bytes]:
        """The bytes, from the start. Raise `Unreadable`."""
        if not self.chain:
            raise Unsupported("Its compression method (BCJ2 or another with several streams) cannot be read here.")
        packed = PartStream(stream, self.start, self.packed_bytes)
        parts: Iterator[bytes] = (
            packed.read_at(place, _PART_BYTES) for place in range(0, packed.size_bytes, _PART_BYTES)
        )
        for (method, properties), size_bytes in zip(self.chain, self.sizes, strict=True):
            if method == AES and passwords is not None:
                parts = passwords.decrypted(parts, properties, password, size_bytes)
            else:
                parts = decoded(parts, method, properties, size_bytes, limits)
        return parts


@dataclass(slots=True)
class Streams:
    """The blocks, and the files' contents in them, which the format calls substreams."""

    blocks: list[Block] = field(default_factory=list)
    block_crcs: list[int] = field(default_factory=list)
    counts: "array[int]" = field(default_factory=lambda: array("q"))
    """How many contents each block has."""
    block_of: "array[int]" = field(default_factory=lambda: array("q"))
    """The number of each content's block, and below where in it the content starts, its size, its CRC-32 or -1."""
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    crcs: "array[int]" = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class Files:
    """What the directory says of each file, by number. Arrays are empty where it says nothing."""

    count: int = 0
    names: bytes = b""
    """UTF-16-LE, each name with a zero after it."""
    empty: bytes = b""
    """Bits, by number: no content. The next two are by number among those: an empty file and no folder; a deletion."""
    empty_file: bytes = b""
    anti: bytes = b""
    created: "array[int]" = field(default_factory=lambda: array("Q"))
    """Units of 100 ns since 1601."""
    accessed: "array[int]" = field(default_factory=lambda: array("Q"))
    modified: "array[int]" = field(default_factory=lambda: array("Q"))
    attributes: "array[int]" = field(default_factory=lambda: array("I"))


def read_directory(stream: Stream, limits: Limits, passwords: Passwords) -> tuple[Streams, Files]:
    """The directory of the archive. Raise `Unreadable`, or `Encrypted` where no password fits that it needs."""
    start = stream.read_at(0, _START_BYTES)
    if len(start) < _START_BYTES or not start.startswith(MARK) or zlib.crc32(start[12:]) != u32(start, 8):
        raise Unreadable("The start of the 7z archive is damaged, so its directory cannot be found.")
    place, size, crc = struct.unpack_from("<QQI", start, 12)
    if size == 0:
        return Streams(), Files()
    if _START_BYTES + place + size > stream.size_bytes:
        raise Unreadable(
            f"The 7z archive is cut short: it has {stream.size_bytes} of {_START_BYTES + place + size} bytes, and its"
            " directory stood at the end."
        )
    _require_moderate(size)
    header = stream.read_at(_START_BYTES + place, size)
    for _ in range(4):  # compressed once as a rule
        if zlib.crc32(header) != crc:
            raise Unreadable(DAMAGED)
        cursor = Cursor(header, limits.container_items)
        kind = cursor.byte()
        if kind == _HEADER:
            return _read_header(cursor)
        if kind != _ENCODED:
            raise Unreadable(DAMAGED)
        streams = _read_streams(cursor)
        if len(streams.blocks) != 1 or streams.block_crcs[0] == NO_CRC:
            raise Unreadable(DAMAGED)
        crc = streams.block_crcs[0]
        header = _unpacked(streams.blocks[0], stream, limits, passwords, crc)
    raise Unreadable("The 7z archive's directory is compressed over and over, as in a bomb.")


def end_of(stream: Stream) -> int:
    """Where an archive ends whose directory could be found."""
    place, size = struct.unpack_from("<QQ", stream.read_at(0, _START_BYTES), 12)
    return min(_START_BYTES + (place + size if size else 0), stream.size_bytes)


def _unpacked(block: Block, stream: Stream, limits: Limits, passwords: Passwords, crc: int) -> bytes:
    _require_moderate(block.size_bytes)
    if not block.is_encrypted:
        return _joined(block, block.parts(stream, limits))
    for password in passwords.candidates():
        try:
            header = _joined(block, block.parts(stream, limits, passwords, password))
        except LimitReached:
            raise
        except Unreadable:
            continue
        if zlib.crc32(header) == crc:
            passwords.fits(password)
            return header
    raise passwords.refusal("The directory, names and all, is")


def _joined(block: Block, content: Iterator[bytes]) -> bytes:
    parts, size_bytes = [], 0
    for part in content:
        parts.append(part)
        size_bytes += len(part)
        if size_bytes >= block.size_bytes:
            break
    return b"".join(parts)[: block.size_bytes]


def _require_moderate(size_bytes: int) -> None:
    if size_bytes > _HEADER_BYTES:
        raise LimitReached(f"The 7z archive's directory has {size_bytes} bytes; the limit is {_HEADER_BYTES}.")


def _read_header(cursor: Cursor) -> tuple[Streams, Files]:
    streams, files = Streams(), Files()
    while (kind := cursor.byte()) != _END:
        if kind == _ARCHIVE_PROPERTIES:
            while cursor.byte() != _END:
                cursor.part()
        elif kind == _ADDITIONAL:
            _read_streams(cursor)
        elif kind == _MAIN:
            streams = _read_streams(cursor)
        elif kind == _FILES:
            files = _read_files(cursor)
        else:
            raise Unreadable(DAMAGED)
    return streams, files


def _read_streams(cursor: Cursor) -> Streams:
    streams = Streams()
    start, packed = _START_BYTES, list[int]()
    substreams = False
    while (kind := cursor.byte()) != _END:
        if kind == _PACK:
            start, packed = _read_packed(cursor)
        elif kind == _UNPACK:
            _read_blocks(cursor, streams, start, packed)
        elif kind == _SUBSTREAMS:
            _read_substreams(cursor, streams)
            substreams = True
        else:
            raise Unreadable(DAMAGED)
    if not substreams:
        streams.counts = array("q", [1] * len(streams.blocks))
        for number, (block, crc) in enumerate(zip(streams.blocks, streams.block_crcs, strict=True)):
            _add(streams, number, 0, block.size_bytes, crc)
    return streams


def _read_packed(cursor: Cursor) -> tuple[int, list[int]]:
    start, count, sizes = _START_BYTES + cursor.number(), cursor.count(), list[int]()
    while (kind := cursor.byte()) != _END:
        if kind == _SIZE:
            sizes = [cursor.number() for _ in range(count)]
        elif kind == _CRC:
            cursor.digests(count)
        else:
            raise Unreadable(DAMAGED)
    return start, sizes


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the coders of a block hang together."""

    chain: tuple[tuple[bytes, bytes], ...]
    order: tuple[int, ...]
    """The numbers of the outputs in the order of decoding."""
    outputs: int
    last: int
    """The output that is the block's."""
    packed: int
    """How many packed streams go in."""


def _read_blocks(cursor: Cursor, streams: Streams, start: int, packed: list[int]) -> None:
    cursor.expect(_FOLDER)
    count = cursor.count()
    if count > _BLOCKS:
        raise LimitReached(f"The 7z archive has {count} compressed blocks; the limit is {_BLOCKS}.")
    cursor.expect(0)  # not kept elsewhere
    known: dict[_Plan, _Plan] = {}  # most blocks are made alike
    plans = [known.setdefault(plan, plan) for plan in (_read_plan(cursor) for _ in range(count))]
    cursor.expect(_UNPACK_SIZE)
    taken = 0
    for plan in plans:
        sizes = [cursor.number() for _ in range(plan.outputs)]
        own = packed[taken : taken + plan.packed]
        if len(own) < plan.packed:
            raise Unreadable(DAMAGED)
        ordered = tuple(sizes[output] for output in plan.order)
        streams.blocks.append(Block(plan.chain, ordered, start, sum(own), sizes[plan.last]))
        start += sum(own)
        taken += plan.packed
    streams.block_crcs = [NO_CRC] * count
    while (kind := cursor.byte()) != _END:
        if kind != _CRC:
            raise Unreadable(DAMAGED)
        streams.block_crcs = cursor.digests(count)


def _read_plan(cursor: Cursor) -> _Plan:
    coders: list[tuple[bytes, bytes]] = []
    inputs = outputs = 0
    count = cursor.number()
    if not 1 <= count <= 32:
        raise Unreadable(DAMAGED)
    for _ in range(count):
        flags = cursor.byte()
        method = cursor.take(flags & 0x0F)
        own_inputs, own_outputs = (cursor.number(), cursor.number()) if flags & 0x10 else (1, 1)
        coders.append((method, cursor.take(cursor.number()) if flags & 0x20 else b""))
        inputs += own_inputs
        outputs += own_outputs
        if flags & 0x80 or inputs > 32 or outputs > 32 or not own_outputs:
            raise Unreadable(DAMAGED)
    bound = {cursor.number(): cursor.number() for _ in range(outputs - 1)}
    packed = inputs - len(bound)
    if len(bound) < outputs - 1 or packed < 1:
        raise Unreadable(DAMAGED)
    if packed > 1:
        for _ in range(packed):
            cursor.number()
    last = next((output for output in range(outputs) if output not in bound.values()), -1)
    if last < 0 or any(key >= inputs or value >= outputs for key, value in bound.items()):
        raise Unreadable(DAMAGED)
    if inputs != count or outputs != count:
        return _Plan((), (), outputs, last, packed)
    order = [last]
    while order[-1] in bound and len(order) < count:
        order.append(bound[order[-1]])
    if len(set(order)) != count:
        raise Unreadable(DAMAGED)
    order.reverse()
    return _Plan(tuple(coders[number] for number in order), tuple(order), outputs, last, packed)


def _read_substreams(cursor: Cursor, streams: Streams) -> None:
    kind = cursor.byte()
    counts = array("q", [1] * len(streams.blocks))
    if kind == _UNPACK_COUNT:
        counts, contents = array("q"), 0
        for _ in streams.blocks:
            counts.append(cursor.count(contents))
            contents += counts[-1]
        kind = cursor.byte()
    sized = kind == _SIZE
    for number, (block, count) in enumerate(zip(streams.blocks, counts, strict=True)):
        start = 0
        for _ in range(count - 1):
            size = cursor.number() if sized else -1
            if not 0 <= size <= block.size_bytes - start:
                raise Unreadable(DAMAGED)
            _add(streams, number, start, size, NO_CRC)
            start += size
        if count:
            crc = streams.block_crcs[number] if count == 1 else NO_CRC
            _add(streams, number, start, block.size_bytes - start, crc)
    if sized:
        kind = cursor.byte()
    streams.counts = counts
    while kind != _END:
        if kind != _CRC:
            raise Unreadable(DAMAGED)
        unknown = [number for number, crc in enumerate(streams.crcs) if crc == NO_CRC]
        for number, crc in zip(unknown, cursor.digests(len(unknown)), strict=True):
            streams.crcs[number] = crc
        kind = cursor.byte()


def _add(streams: Streams, block: int, start: int, size_bytes: int, crc: int) -> None:
    streams.block_of.append(block)
    streams.starts.append(start)
    streams.sizes.append(size_bytes)
    streams.crcs.append(crc)


def _read_files(cursor: Cursor) -> Files:
    files = Files(cursor.count())
    empty = 0
    while (kind := cursor.byte()) != _END:
        own = cursor.part()
        if kind == _EMPTY_STREAM:
            files.empty = own.take(-(-files.count // 8))
            empty = sum(bit(files.empty, number) for number in range(files.count))
        elif kind == _EMPTY_FILE:
            files.empty_file = own.take(-(-empty // 8))
        elif kind == _ANTI:
            files.anti = own.take(-(-empty // 8))
        elif kind == _NAMES:
            own.expect(0)
            files.names = own.take(own.left)
        elif kind == _CREATED:
            files.created = _defined(own, "Q", files.count)
        elif kind == _ACCESSED:
            files.accessed = _defined(own, "Q", files.count)
        elif kind == _MODIFIED:
            files.modified = _defined(own, "Q", files.count)
        elif kind == _ATTRIBUTES:
            files.attributes = _defined(own, "I", files.count)
        # Others fill up, or say nothing about the bytes.
    return files


def _defined(cursor: Cursor, code: str, count: int) -> "array[int]":
    """A value for each file; 0 where it has none."""
    defined = cursor.bits(count)
    cursor.expect(0)  # not kept elsewhere
    numbers = [number for number in range(count) if bit(defined, number)]
    found = cursor.values(code, len(numbers))
    if len(numbers) == count:
        return found
    values = array(code, bytes(count * found.itemsize))
    for number, value in zip(numbers, found, strict=True):
        values[number] = value
    return values
