"""Shadow copies over an NTFS volume, laid out by libyal's "Volume Shadow Snapshot (VSS) format"."""

import struct
from collections.abc import Mapping

BLOCK = 16384
MARK = bytes.fromhex("6b87083876c1484eb7ae04046e6cc752")
MADE_2020 = 132_223_104_000_000_000
"""2020-01-01 00:00 UTC as a FILETIME."""


def shadowed(now: bytes, *before: Mapping[int, bytes], volume_size: int = 0, at: int = 0) -> bytes:
    """The volume `now` with shadow copies, oldest first: each is the blocks (by offset) that it overwrote afterwards.

    Catalog and stores lie from `at` on, which is to be free space of the volume.
    """
    volume = bytearray(now)
    volume[0x1E00:0x1E70] = struct.pack("<16sIIQQQQ", MARK, 1, 1, 0x1E00, 0x1E00, 0, at).ljust(112, b"\0")
    catalog = b""
    place = at + BLOCK
    for number, blocks in enumerate(before, start=1):
        store = struct.pack("<IHHQ", number, 0, 0, 7)
        header, listed, ranges, bitmap, data = (place + each * BLOCK for each in range(5))
        catalog += struct.pack(
            "<QQ16sQQQ", 2, volume_size or len(now), store, number, 0x40, MADE_2020 + number * 864_000_000_000
        ).ljust(128, b"\0")
        catalog += struct.pack("<QQ16sQQQQQQQ", 3, listed, store, header, ranges, bitmap, 0x21, 1 << 20, 0, 0).ljust(
            128, b"\0"
        )
        information = struct.pack("<16s16s16sIIIIHH", store, store, store, 13, 1, 9, 0, 0, 0)
        place = _block(volume, header, place, 4, information, len(information))
        descriptors = b"".join(
            struct.pack("<QQQII", offset, data + index * BLOCK - header, data + index * BLOCK, 0, 0)
            for index, offset in enumerate(blocks)
        )
        place = _block(volume, listed, header, 3, descriptors)
        place = _block(volume, ranges, header, 5, struct.pack("<QQQ", header, 0, (4 + len(blocks)) * BLOCK))
        place = _block(volume, bitmap, header, 6, b"")
        for offset, content in blocks.items():
            assert len(content) == BLOCK
            assert offset % BLOCK == 0
            volume[place : place + BLOCK] = content
            place += BLOCK
    _block(volume, at, at, 2, catalog)
    assert len(volume) == len(now)
    return bytes(volume)


def _block(volume: bytearray, offset: int, start: int, kind: int, content: bytes, size: int = 0) -> int:
    head = struct.pack("<16sIIQQQQ", MARK, 1, kind, offset - start, offset, 0, size).ljust(128, b"\0")
    volume[offset : offset + BLOCK] = (head + content).ljust(BLOCK, b"\0")
    return offset + BLOCK
