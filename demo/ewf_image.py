"""Writes disk images in Expert Witness form (E01, as EnCase 6), for demonstration and tests.

After J. Metz, "Expert Witness Compression Format specification" (libewf). A segment file is a chain of sections: the
acquisition's `header2` and `header`, the geometry in `volume`, the chunks in `sectors` with their offsets in `table`
and `table2`, then `hash` (MD5), `digest` (MD5 and SHA-1) and `done`. A chunk is a zlib stream, or, where that would be
no smaller, the bytes and their Adler-32.
"""

import hashlib
import struct
import uuid
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

SECTOR = 512
SECTORS_PER_CHUNK = 64
CHUNK = SECTOR * SECTORS_PER_CHUNK
_MOST_CHUNKS = 16_375
"""Entries that EnCase allows in one table."""
_COMPRESSED = 0x8000_0000
_DESCRIPTOR = struct.Struct("<16sQQ40x")
_MOST_SEGMENTS = 99


def ewf_segments(
    disk: bytes,
    *,
    segment_bytes: int | None = None,
    number: str = "ES-0",
    description: str = "made up for demonstration",
    acquired: datetime = datetime(2026, 2, 26, 9, 0, tzinfo=UTC),
) -> list[bytes]:
    """The segment files (E01, E02 …) of a `disk` whose length is a multiple of 512.

    A new segment begins when one has `segment_bytes`; without a bound there is one segment. Raise `ValueError` where
    the disk has a broken length or would need more than 99 segments.
    """
    if len(disk) % SECTOR:
        raise ValueError(f"a disk has whole sectors of {SECTOR} bytes")
    headers = _headers(number, description, acquired)
    volume = _volume(len(disk))
    done = _hashes(disk)
    groups = list(_groups(disk, segment_bytes))
    if len(groups) > _MOST_SEGMENTS:
        raise ValueError(f"more than {_MOST_SEGMENTS} segments: make them larger")
    segments = []
    for index, group in enumerate(groups, 1):
        segment = bytearray(b"EVF\x09\x0d\x0a\xff\x00\x01" + struct.pack("<HH", index, 0))
        opening = [*headers, (b"volume", volume)] if index == 1 else [(b"data", volume)]
        for kind, content in opening:
            _append(segment, kind, content)
        _append_chunks(segment, group)
        if index == len(groups):
            for kind, content in done:
                _append(segment, kind, content)
        _append(segment, b"done" if index == len(groups) else b"next", b"", last=True)
        segments.append(bytes(segment))
    return segments


def chunk_at(segment: bytes, chunk: int) -> tuple[int, int]:
    """Where in a segment file its chunk number `chunk` (from 0) starts and ends; for tests that damage one."""
    at = 13
    while True:
        kind, following, _ = _DESCRIPTOR.unpack_from(segment, at)
        if kind.rstrip(b"\0") == b"sectors":
            end = following
        if kind.rstrip(b"\0") == b"table":
            count, base = struct.unpack_from("<I4xQ", segment, at + 76)
            if chunk < count:
                offsets = [
                    base + (entry & ~_COMPRESSED) for entry in struct.unpack_from(f"<{count}I", segment, at + 76 + 24)
                ]
                return offsets[chunk], [*offsets, end][chunk + 1]
            chunk -= count
        if following == at:
            raise IndexError("this segment has fewer chunks")
        at = following


def _groups(disk: bytes, segment_bytes: int | None) -> Iterator[list[tuple[bytes, bool]]]:
    """The chunks of each segment: what is written, and whether that is compressed."""
    group: list[tuple[bytes, bool]] = []
    size = 0
    for start in range(0, len(disk), CHUNK):
        plain = disk[start : start + CHUNK]
        packed = zlib.compress(plain, 6)
        compressed = len(packed) < len(plain)
        written = packed if compressed else plain + struct.pack("<I", zlib.adler32(plain))
        if segment_bytes is not None and group and size + len(written) > segment_bytes:
            yield group
            group, size = [], 0
        group.append((written, compressed))
        size += len(written)
    yield group


def _append_chunks(segment: bytearray, group: list[tuple[bytes, bool]]) -> None:
    for first in range(0, len(group), _MOST_CHUNKS):
        part = group[first : first + _MOST_CHUNKS]
        base = len(segment)
        offset = 76
        entries = []
        for written, compressed in part:
            entries.append(offset | (_COMPRESSED if compressed else 0))
            offset += len(written)
        _append(segment, b"sectors", b"".join(written for written, _ in part))
        head = struct.pack("<I4xQ4x", len(entries), base)
        packed = struct.pack(f"<{len(entries)}I", *entries)
        table = _checked(head) + _checked(packed)
        _append(segment, b"table", table)
        _append(segment, b"table2", table)


def _append(segment: bytearray, kind: bytes, content: bytes, *, last: bool = False) -> None:
    """A section. The last one of a segment points to itself."""
    at = len(segment)
    size = _DESCRIPTOR.size + 4 + len(content)
    segment += _checked(_DESCRIPTOR.pack(kind, at if last else at + size, size)) + content


def _headers(number: str, description: str, acquired: datetime) -> list[tuple[bytes, bytes]]:
    unix = str(int(acquired.timestamp()))
    words = acquired.strftime("%Y %-m %-d %-H %-M %-S")
    keys = ["c", "n", "a", "e", "t", "av", "ov", "m", "u", "p"]
    told = ["made up", number, description, "nobody", "made up for demonstration", "1", "Linux"]

    def text(values: list[str]) -> str:
        return "\n".join(["1", "main", "\t".join(keys), "\t".join(values), "", ""])

    header2 = zlib.compress(b"\xff\xfe" + text([*told, unix, unix, "0"]).encode("utf-16-le"))
    header = zlib.compress(text([*told, words, words, "0"]).replace("\n", "\r\n").encode("ascii", "replace"))
    return [(b"header2", header2), (b"header2", header2), (b"header", header)]


def _volume(size_bytes: int) -> bytes:
    chunks = -(-size_bytes // CHUNK)
    geometry = struct.pack("<B3xIIIQ", 1, chunks, SECTORS_PER_CHUNK, SECTOR, size_bytes // SECTOR)
    flags = struct.pack("<12xB3x12xB3xI4x", 1, 1, SECTORS_PER_CHUNK)
    set_id = uuid.uuid5(uuid.NAMESPACE_OID, f"demonstration {size_bytes}").bytes
    return _checked((geometry + flags + set_id).ljust(1048, b"\0"))


def _hashes(disk: bytes) -> list[tuple[bytes, bytes]]:
    md5 = hashlib.md5(disk, usedforsecurity=False).digest()
    sha1 = hashlib.sha1(disk, usedforsecurity=False).digest()
    return [(b"hash", _checked(md5 + bytes(16))), (b"digest", _checked(md5 + sha1 + bytes(40)))]


def _checked(content: bytes) -> bytes:
    return content + struct.pack("<I", zlib.adler32(content))
