"""Writes disk images of macOS (UDIF) and of Parallels, after the formats' descriptions, and not after our readers."""

import bz2
import itertools
import lzma
import plistlib
import struct
import zlib
from collections.abc import Callable

SECTOR = 512
ZERO, RAW, IGNORED, END = 0, 1, 2, 0xFFFFFFFF
METHODS = {"zero": ZERO, "raw": RAW, "ignored": IGNORED, "adc": 0x80000004, "zlib": 0x80000005}
METHODS |= {"bzip2": 0x80000006, "lzfse": 0x80000007, "lzma": 0x80000008}


def adc(content: bytes) -> bytes:
    """Apple Data Compression, by the longest run of what came 1, 2 or 700 bytes before."""
    out, at, waiting = bytearray(), 0, bytearray()

    def spill() -> None:
        while waiting:
            out.append(0x80 | min(len(waiting), 128) - 1)
            out.extend(waiting[:128])
            del waiting[:128]

    while at < len(content):
        best, back = 0, 0
        for distance in (1, 2, 700):
            length = 0
            while (
                distance <= at
                and length < 67
                and content[at + length : at + length + 1]
                == content[at + length - distance : at + length - distance + 1]
                and at + length < len(content)
            ):
                length += 1
            if length > best:
                best, back = length, distance
        if best < 4:
            waiting.append(content[at])
            at += 1
            continue
        spill()
        if best <= 18 and back <= 1024:
            out.extend(((best - 3) << 2 | (back - 1) >> 8, (back - 1) & 0xFF))
        else:
            out.extend((0x40 | (best - 4), (back - 1) >> 8, (back - 1) & 0xFF))
        at += best
    spill()
    return bytes(out)


def _lzfse(content: bytes) -> bytes:
    import lzfse

    return bytes(lzfse.compress(content))


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "adc": adc,
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "lzfse": _lzfse,
    "lzma": lzma.compress,
}


def dmg(
    content: bytes,
    *methods: str,
    chunk_sectors: int = 8,
    parts: tuple[int, ...] = (),
    before: int = 0,
    table_place: int = 0,
    checksums: bool = True,
    segments: int = 1,
    version: int = 4,
    wrong_crc: bool = False,
) -> bytes:
    """An image of `content`, whose chunks take turns with `methods`; chunks of zeros are not kept.

    It has one table, or one for each of the parts that begin at the sectors `parts`. Data begin after `before` bytes;
    each table counts its places from `table_place`.
    """
    sectors = len(content) // SECTOR
    assert sectors * SECTOR == len(content)
    bounds = [0, *parts, sectors]
    data, tables, crcs, turn = bytearray(table_place), [], b"", 0
    for first, end in itertools.pairwise(bounds):
        records, counted = b"", 0
        for at in range(first, end, chunk_sectors):
            count = min(chunk_sectors, end - at)
            piece = content[at * SECTOR : (at + count) * SECTOR]
            method = "zero" if not any(piece) else methods[turn % len(methods)]
            turn += 1
            packed = CODERS[method](piece) if method in CODERS else b""
            place = len(data) - table_place
            records += struct.pack(">II4Q", METHODS[method], 0, at - first, count, place, len(packed))
            data += packed
            counted = zlib.crc32(piece, counted) if method != "ignored" else counted
        records += struct.pack(">II4Q", END, 0, end - first, 0, len(data), 0)
        crc = struct.pack(">I", counted ^ wrong_crc).ljust(128, b"\0")
        kind = struct.pack(">II", 2, 32) if checksums else bytes(8)
        crcs += crc[:4]
        tables.append(
            struct.pack(">4sIQQQII24x", b"mish", 1, first, end - first, table_place, 2056, len(tables))
            + kind + crc + struct.pack(">I", len(records) // 40) + records
        )  # fmt: skip
    listed = [{"Attributes": "0x0050", "Data": each, "ID": "0", "Name": "a part"} for each in tables]
    xml = plistlib.dumps({"resource-fork": {"blkx": listed, "plst": []}})
    master = struct.pack(">II", 2, 32) + struct.pack(">I", zlib.crc32(crcs)).ljust(128, b"\0")
    trailer = struct.pack(
        ">4sIIIQQQQQII16s", b"koly", version, 512, 1, 0, before, len(data), 0, 0, 1, segments, bytes(16)
    )
    trailer += bytes(136) + struct.pack(">QQ", before + len(data), len(xml)) + bytes(120)
    trailer += (master if checksums else bytes(136)) + struct.pack(">IQ", 1, sectors) + bytes(12)
    assert len(trailer) == 512
    return bytes(before) + bytes(data) + xml + trailer


def parallels(content: bytes, *, block_sectors: int = 8, old: bool = False, version: int = 2) -> bytes:
    """An expanding image; blocks of zeros are left out. The old kind counts places in sectors."""
    block, sectors = block_sectors * SECTOR, len(content) // SECTOR
    blocks = [content[at : at + block].ljust(block, b"\0") for at in range(0, len(content), block)]
    start = -(-(64 + 4 * len(blocks)) // block)
    entries, data = [], b""
    for each in blocks:
        entries.append((start + len(data) // block) * (block_sectors if old else 1) if any(each) else 0)
        data += each if any(each) else b""
    mark = b"WithoutFreeSpace" if old else b"WithouFreSpacExt"
    header = struct.pack(
        "<16sIIIIIQIII8x", mark, version, 16, 100, block_sectors, len(blocks), sectors, 0, start * block_sectors, 0
    )
    return (header + struct.pack(f"<{len(entries)}I", *entries)).ljust(start * block, b"\0") + data
