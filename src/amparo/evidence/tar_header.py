"""The headers of tar archives: POSIX.1-2001 (ustar, pax), GNU (long names, sparse files), version 7."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import name_from_bytes
from amparo.domain.limits import MIB

BLOCK = 512
ZEROS = bytes(BLOCK)
_EXTENSION_BYTES = MIB
"""Long names and pax records larger than this are damage."""
_PIECES = 1_000_000
_LARGEST = (1 << 63) - 1

Pieces = tuple[tuple[int, int], ...]
"""Of a sparse file: offset and length of each piece that the archive holds, ascending."""


@dataclass(slots=True)
class Entry:
    """One member, with all the headers that speak of it."""

    name: str
    """Without leading slashes."""
    kind: bytes
    """The type flag."""
    size_bytes: int
    """Of the file; of its bytes in the archive where it is not sparse."""
    data_start: int
    data_bytes: int
    end: int
    """Where the next entry begins."""
    link: str
    is_folder: bool
    pieces: Pieces | None
    modified_ns: int | None
    accessed_ns: int | None = None
    changed_ns: int | None = None
    created_ns: int | None = None


_OCTAL = re.compile(rb"[ \0]*[0-7]+[ \0]")
"""How a checksum begins; asked first, since every file of an exhibit is asked whether it is a tar."""


class _Damaged(Exception):
    """A field that cannot be read."""


def checksum_holds(block: bytes) -> bool:
    """Whether a block begins with a header: its bytes add up to the sum in it, as unsigned or, in old ones, signed."""
    if not _OCTAL.match(block, 148, 157) or len(block) < BLOCK:
        return False
    try:
        stated = _number(block[148:156])
    except _Damaged:
        return False
    rest = block[:148] + b" " * 8 + block[156:BLOCK]
    unsigned = sum(rest)
    # Taken as signed, each byte from 128 on counts 256 less: only then is it worth counting them.
    excess = unsigned - stated
    return excess == 0 or (excess > 0 and excess % 256 == 0 and excess // 256 == sum(byte > 127 for byte in rest))


def read_entry(stream: Stream, place: int) -> Entry | None:
    """The entry whose first header is at `place`; `None` at the archive's end mark. Raise `Unreadable`."""
    try:
        return _entry(stream, place)
    except (_Damaged, ValueError, struct.error) as error:
        raise Unreadable(f"The tar archive is damaged at byte {place}; what follows is lost.") from error


def _entry(stream: Stream, place: int) -> Entry | None:
    long_name: bytes | None = None
    long_link: bytes | None = None
    records: list[tuple[bytes, bytes]] = []
    while True:
        block = stream.read_at(place, BLOCK)
        if len(block) < BLOCK:
            raise Unreadable(f"The tar archive ends at byte {stream.size_bytes} without its end mark: it is cut short.")
        if block == ZEROS:
            if stream.read_at(place + BLOCK, BLOCK) in (ZEROS, b""):
                return None
            place += BLOCK  # a lone block of zeros is skipped, as GNU tar does
            continue
        if not checksum_holds(block):
            raise _Damaged
        kind, size, data = block[156:157], _size(block[124:136]), place + BLOCK
        if kind not in b"LKxXg":
            return _member(stream, block, data, long_name, long_link, records)
        if size > _EXTENSION_BYTES or len(content := stream.read_at(data, size)) < size:
            raise _Damaged
        place = _after(data, size)
        if kind == b"L":
            long_name = content.rstrip(b"\0")
        elif kind == b"K":
            long_link = content.rstrip(b"\0")
        elif kind != b"g":  # what holds for all entries (a comment, as a rule) never names one
            records.extend(_records(content))


def _member(
    stream: Stream,
    block: bytes,
    data: int,
    long_name: bytes | None,
    long_link: bytes | None,
    records: list[tuple[bytes, bytes]],
) -> Entry:
    pax = dict(records)
    name = block[:100].split(b"\0")[0]
    if block[257:263] == b"ustar\0" and block[345] and block[156:157] != b"S":
        name = block[345:500].split(b"\0")[0] + b"/" + name
    name = pax.get(b"GNU.sparse.name") or pax.get(b"path") or long_name or name
    link = pax.get(b"linkpath") or long_link or block[157:257].split(b"\0")[0]
    size = _decimal(pax[b"size"]) if b"size" in pax else _size(block[124:136])
    kind = block[156:157]
    if kind in b"123456" and not (kind == b"1" and b"size" in pax):
        size = 0  # of links and the like it is what the other end has, if it is stated at all
    entry = Entry(
        name=name_from_bytes(name.lstrip(b"/")) or "(no name)",
        kind=kind,
        size_bytes=size,
        data_start=data,
        data_bytes=size,
        end=_after(data, size),
        link=name_from_bytes(link.lstrip(b"/") if kind == b"1" else link),
        is_folder=kind == b"5" or (name.endswith(b"/") and not size),
        pieces=None,
        modified_ns=_nanoseconds(pax.get(b"mtime", b"%d" % _number(block[136:148]))),
        accessed_ns=_nanoseconds(pax.get(b"atime", b"")),
        changed_ns=_nanoseconds(pax.get(b"ctime", b"")),
        created_ns=_nanoseconds(pax.get(b"LIBARCHIVE.creationtime", b"")),
    )
    if kind == b"S":
        _old_sparse(stream, block, entry)
    elif any(key.startswith(b"GNU.sparse.") for key in pax):
        _pax_sparse(stream, pax, records, entry)
    return entry


def _old_sparse(stream: Stream, block: bytes, entry: Entry) -> None:
    """GNU's own header of sparse files: four pieces in it, 21 in each block that follows it."""
    fields, extended = block[386:482], block[482]
    while extended:
        more = stream.read_at(entry.data_start, BLOCK)
        if len(more) < BLOCK or len(fields) > 24 * _PIECES:
            raise _Damaged
        fields, extended = fields + more[:504], more[504]
        entry.data_start += BLOCK
        entry.end += BLOCK
    numbers = [_size(fields[at : at + 12]) for at in range(0, len(fields), 12) if fields[at]]
    _set_pieces(entry, numbers, _size(block[483:495]))


def _pax_sparse(stream: Stream, pax: dict[bytes, bytes], records: list[tuple[bytes, bytes]], entry: Entry) -> None:
    """GNU's sparse formats 0.0 and 0.1 (pieces in the pax records) and 1.0 (before the bytes)."""
    if b"GNU.sparse.map" in pax:
        numbers = [_decimal(number) for number in pax[b"GNU.sparse.map"].split(b",")]
    elif pax.get(b"GNU.sparse.major") == b"1":
        numbers = _leading_map(stream, entry)
    else:
        numbers = [_decimal(value) for key, value in records if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes")]
    _set_pieces(entry, numbers, _decimal(pax.get(b"GNU.sparse.realsize") or pax.get(b"GNU.sparse.size") or b""))


def _leading_map(stream: Stream, entry: Entry) -> list[int]:
    """Decimal numbers, a line each, in whole blocks: how many pieces, then offset and length of each."""
    lines: list[bytes] = []
    rest = b""
    wanted = 1
    while len(lines) < wanted:
        block = stream.read_at(entry.data_start, BLOCK)
        if entry.data_bytes < BLOCK or len(block) < BLOCK:
            raise _Damaged
        entry.data_start += BLOCK
        entry.data_bytes -= BLOCK
        *more, rest = (rest + block).split(b"\n")
        lines.extend(more)
        if lines:
            wanted = 1 + 2 * _decimal(lines[0])
            if wanted > 2 * _PIECES:
                raise _Damaged
    return [_decimal(line) for line in lines[1:wanted]]


def _set_pieces(entry: Entry, numbers: list[int], size_bytes: int) -> None:
    pieces = tuple((offset, length) for offset, length in zip(numbers[::2], numbers[1::2], strict=True) if length)
    reached = 0
    for offset, length in pieces:
        if offset < reached:
            raise _Damaged
        reached = offset + length
    if reached > size_bytes or sum(length for _, length in pieces) > entry.data_bytes:
        raise _Damaged
    entry.pieces, entry.size_bytes = pieces, size_bytes


def _records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Pax records: `LENGTH KEY=VALUE` and a newline, LENGTH counting all of it."""
    at = 0
    while at < len(content) and content[at]:
        space = content.index(b" ", at, at + 20)
        end = at + _decimal(content[at:space])
        if end > len(content) or end <= space or content[end - 1 : end] != b"\n":
            raise _Damaged
        key, equals, value = content[space + 1 : end - 1].partition(b"=")
        if not equals:
            raise _Damaged
        yield key, value
        at = end


def _after(start: int, size: int) -> int:
    return start + -(-size // BLOCK) * BLOCK


def _number(field: bytes) -> int:
    """Octal text, or GNU's base 256 where the first bit is set."""
    if field[0] & 0x80:
        value = int.from_bytes(field) - (1 << (8 * len(field) - 1))
        value = value - (1 << (8 * len(field) - 1)) if field[0] & 0x40 else value
        if abs(value) > _LARGEST:
            raise _Damaged
        return value
    text = field.split(b"\0")[0].strip()
    if not text:
        return 0
    if text.strip(b"01234567"):
        raise _Damaged
    return int(text, 8)


def _size(field: bytes) -> int:
    size = _number(field)
    if size < 0:
        raise _Damaged
    return size


def _decimal(text: bytes) -> int:
    if not text.isdigit() or len(text) > 19 or int(text) > _LARGEST:
        raise _Damaged
    return int(text)


def _nanoseconds(text: bytes) -> int | None:
    """Of decimal seconds with a fraction, as pax has them."""
    if not text:
        return None
    whole, _, fraction = text.partition(b".")
    digits = whole.removeprefix(b"-")
    if not digits.isdigit() or len(digits) > 10 or (fraction and not fraction.isdigit()):
        return None
    value = int(digits) * 1_000_000_000 + int(fraction[:9].ljust(9, b"0"))
    if value > _LARGEST:
        return None
    return -value if whole.startswith(b"-") else value
