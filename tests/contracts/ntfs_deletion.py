"""Deletes files from an NTFS volume as Windows does first of all, or adds to them: no tool does without mounting."""

import struct
from collections.abc import Iterator

_BITMAP, _DATA = 6, 0x80
_RECORD_BYTES = 1024


def delete(content: bytearray, name: str, *, used_again: bool = False) -> None:
    """Mark the record of a file as free, and its clusters too, if they are not `used_again`."""
    record = _record(content, name)
    assert struct.unpack_from("<H", content, record + 22) == (1,)
    struct.pack_into("<H", content, record + 22, 0)
    if used_again:
        return
    cluster_bytes = _cluster_bytes(content)
    table = struct.unpack_from("<Q", content, 48)[0] * cluster_bytes
    ((bitmap, _),) = _runs(content, table + _BITMAP * _RECORD_BYTES)
    for first, count in _runs(content, record):
        for cluster in range(first, first + count):
            content[bitmap * cluster_bytes + cluster // 8] &= ~(1 << cluster % 8)


def overwrite(content: bytearray, name: str, part: bytes) -> None:
    """Put other bytes where a deleted file began, as another file would."""
    (first, _), *_ = _runs(content, _record(content, name))
    place = first * _cluster_bytes(content)
    content[place : place + len(part)] = part


def extend(content: bytearray, name: str, value: bytes) -> None:
    """Give a file extended attributes, as they lie in an attribute of their own behind the others ($EA)."""
    record = _record(content, name)
    place = record + struct.unpack_from("<H", content, record + 20)[0]
    while struct.unpack_from("<I", content, place)[0] != 0xFFFFFFFF:
        place += struct.unpack_from("<I", content, place + 4)[0]
    length = 24 + len(value) + -len(value) % 8
    assert place + length + 8 < record + 510, "it stays before the bytes that are kept elsewhere"
    content[place : place + 24] = struct.pack("<2I2B3HIHxx", 0xE0, length, 0, 0, 24, 0, 99, len(value), 24)
    content[place + 24 : place + length] = value.ljust(length - 24, b"\0")
    struct.pack_into("<2I", content, place + length, 0xFFFFFFFF, 0)
    struct.pack_into("<I", content, record + 24, place + length + 8 - record)


def share(content: bytearray, name: str, of: str) -> None:
    """Let the record of a file say that its contents lie where those of another one lie."""
    target, source = _run_list(content, _record(content, name)), _run_list(content, _record(content, of))
    assert target.stop - target.start == source.stop - source.start, "both lists of runs have as many bytes"
    content[target] = content[source]


def _cluster_bytes(content: bytes) -> int:
    return int(struct.unpack_from("<H", content, 11)[0]) * content[13]


def _record(content: bytes, name: str) -> int:
    wanted = name.encode("utf-16-le")
    (place,) = [
        place
        for place in range(0, len(content) - _RECORD_BYTES, _RECORD_BYTES)
        if content[place : place + 4] == b"FILE" and wanted in content[place : place + _RECORD_BYTES]
    ]
    return place


def _run_list(content: bytes, record: int) -> slice:
    """Where a record says in which runs the contents lie."""
    place = record + struct.unpack_from("<H", content, record + 20)[0]
    while struct.unpack_from("<I", content, place)[0] != _DATA or not content[place + 8]:
        place += struct.unpack_from("<I", content, place + 4)[0]
    start = at = place + struct.unpack_from("<H", content, place + 32)[0]
    while (sizes := content[at]) != 0:
        at += 1 + (sizes & 15) + (sizes >> 4)
    return slice(start, at)


def _runs(content: bytes, record: int) -> Iterator[tuple[int, int]]:
    """First cluster and number of clusters of each run of a file's contents."""
    place = record + struct.unpack_from("<H", content, record + 20)[0]
    while (kind := struct.unpack_from("<I", content, place)[0]) != 0xFFFFFFFF:
        if kind == _DATA and content[place + 8]:
            at = place + struct.unpack_from("<H", content, place + 32)[0]
            cluster = 0
            while (sizes := content[at]) != 0:
                middle, end = at + 1 + (sizes & 15), at + 1 + (sizes & 15) + (sizes >> 4)
                cluster += int.from_bytes(content[middle:end], "little", signed=True)
                yield cluster, int.from_bytes(content[at + 1 : middle], "little")
                at = end
        place += struct.unpack_from("<I", content, place + 4)[0]
