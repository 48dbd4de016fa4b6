"""How many snapshots the volumes of an APFS container have, which libfsapfs does not say (Apple's Reference, 2020)."""

import struct
from collections.abc import Iterator

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream

_LARGEST_AREA = 1024
"""Blocks of checkpoint descriptors that are looked through; real ones have 8 to 280."""
_VOLUMES = 100
_LEAF, _ROOT, _FIXED_SIZES = 2, 1, 4


def snapshot_counts(stream: Stream) -> dict[int, int]:
    """By the number of the volume, from 1 in the order of the container, how many snapshots it says that it has.

    A volume whose superblock is not found that way is left out.
    """
    try:
        return dict(_counts(stream))
    except (Unreadable, struct.error):
        return {}


def _counts(stream: Stream) -> Iterator[tuple[int, int]]:
    block_bytes = _u32(stream.read_at(0, 40), 36)
    if block_bytes not in (4096, 8192, 16384, 32768, 65536):
        return
    container = _newest(stream, block_bytes)
    places = _places(stream, block_bytes, container)
    volumes = [number for number in struct.unpack_from(f"<{_VOLUMES}Q", container, 184) if number]
    for number, volume in enumerate(volumes, 1):
        if volume in places:
            superblock = stream.read_at(places[volume][1] * block_bytes, 256)
            if superblock[32:36] == b"APSB":
                yield number, _u64(superblock, 216)


def _newest(stream: Stream, block_bytes: int) -> bytes:
    """The superblock of the newest checkpoint; the first block is a copy that may be older."""
    found = stream.read_at(0, 4096)
    (count,), (base,) = struct.unpack_from("<I", found, 104), struct.unpack_from("<q", found, 112)
    for number in range(min(count, _LARGEST_AREA) if base > 0 else 0):
        place = (base + number) * block_bytes
        block = stream.read_at(place, 4096) if place < stream.size_bytes else b""
        if block[32:36] == b"NXSB" and _u64(block, 16) > _u64(found, 16):
            found = block
    return found


def _places(stream: Stream, block_bytes: int, container: bytes) -> dict[int, tuple[int, int]]:
    """By the number of a volume, in which transaction its superblock was written last, and in which block it lies.

    Of the container's object map, which has one node as a rule: it names the volumes and little else.
    """
    tree = _u64(stream.read_at(_u64(container, 160) * block_bytes, 64), 48)
    node = stream.read_at(tree * block_bytes, block_bytes)
    flags, level, count, table, table_bytes = struct.unpack_from("<HHI2H", node, 32)
    if level or flags & (_LEAF | _ROOT | _FIXED_SIZES) != _LEAF | _ROOT | _FIXED_SIZES:
        return {}
    found: dict[int, tuple[int, int]] = {}
    for number in range(min(count, block_bytes // 4)):
        key, value = struct.unpack_from("<2H", node, 56 + table + 4 * number)
        volume, transaction = struct.unpack_from("<2Q", node, 56 + table + table_bytes + key)
        (block,) = struct.unpack_from("<8xQ", node, block_bytes - 40 - value)
        found[volume] = max(found.get(volume, (0, 0)), (transaction, block))
    return found


def _u32(raw: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", raw, place)[0])


def _u64(raw: bytes, place: int) -> int:
    return int(struct.unpack_from("<Q", raw, place)[0])
