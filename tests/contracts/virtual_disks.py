"""Writes small images of virtual disks of every kind, after the formats' specifications, and not after our readers.

`blocks` leave out the blocks that are zeros throughout, or those in `absent`.
"""

import struct
import uuid
import zlib
from collections.abc import Collection

MIB = 1024 * 1024
NONE = frozenset[int]()


def cut(content: bytes, size: int) -> list[bytes]:
    """Blocks of `size` bytes, the last one filled with zeros."""
    return [content[at : at + size].ljust(size, b"\0") for at in range(0, len(content), size)]


def deflated(content: bytes, window_bits: int) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    return made.compress(content) + made.flush()


def qcow2(
    content: bytes,
    *,
    version: int = 3,
    bits: int = 12,
    compressed: bool = False,
    absent: Collection[int] = NONE,
    zeros: Collection[int] = NONE,
    backing: bytes = b"",
    backing_format: bytes = b"",
    crypt: int = 0,
    features: int = 0,
) -> bytes:
    """Header, one L1 table, L2 tables, then clusters; `zeros` are the clusters with the zero flag."""
    size = 1 << bits
    clusters = cut(content, size)
    tables = -(-len(clusters) // (size // 8))
    assert tables <= size // 8
    body = bytearray()
    top_at = max(size, 2048)
    start = top_at + (1 + tables) * size
    entries = []
    for number, cluster in enumerate(clusters):
        if number in zeros:
            entries.append(1)
        elif number in absent or (not backing and not any(cluster)):
            entries.append(0)
        elif compressed and len(packed := deflated(cluster, -12)) < size:
            place = start + len(body)
            shift = 62 - (bits - 8)
            sectors = (place + len(packed) - 1) // 512 - place // 512
            entries.append(1 << 62 | sectors << shift | place)
            body += packed
        else:
            body += bytes(-len(body) % size)
            entries.append(1 << 63 | start + len(body))
            body += cluster
    body += bytes(-len(body) % 512)
    extensions = struct.pack(">II", 0xE2792ACA, len(backing_format)) + backing_format
    extensions += bytes(-len(extensions) % 8) + bytes(8)
    header = struct.pack(
        ">4sIQIIQIIQQIIQ", b"QFI\xfb", version, 1024 if backing else 0, len(backing), bits, len(content), crypt, tables,
        top_at, 0, 0, 0, 0,
    )  # fmt: skip
    if version == 3:
        header += struct.pack(">QQQII", features, 0, 0, 4, 104)
    header = (header + extensions).ljust(1024, b"\0") + backing
    top = b"".join(struct.pack(">Q", 1 << 63 | top_at + (1 + number) * size) for number in range(tables))
    tables_raw = b"".join(struct.pack(">Q", entry) for entry in entries).ljust(tables * size, b"\0")
    return header.ljust(top_at, b"\0") + top.ljust(size, b"\0") + tables_raw + bytes(body)


def qcow1(content: bytes, *, bits: int = 12, table_bits: int = 6, compressed: bool = False) -> bytes:
    size = 1 << bits
    clusters = cut(content, size)
    tables = -(-len(clusters) // (1 << table_bits))
    table_bytes = 8 << table_bits
    tables_at = 4096
    start = tables_at + tables * table_bytes
    start += -start % size
    body, entries = bytearray(), []
    for cluster in clusters:
        if not any(cluster):
            entries.append(0)
        elif compressed and len(packed := deflated(cluster, -12)) < size:
            entries.append(1 << 63 | len(packed) << (63 - bits) | start + len(body))
            body += packed
        else:
            body += bytes(-len(body) % size)
            entries.append(start + len(body))
            body += cluster
    header = struct.pack(">4sIQIIQBBHIQ", b"QFI\xfb", 1, 0, 0, 0, len(content), bits, table_bits, 0, 0, 48)
    top = b"".join(struct.pack(">Q", tables_at + number * table_bytes) for number in range(tables))
    raw = b"".join(struct.pack(">Q", entry) for entry in entries)
    return ((header + top).ljust(tables_at, b"\0") + raw).ljust(start, b"\0") + bytes(body)


def vhd_footer(size_bytes: int, disk_type: int, identifier: bytes, header: int = 512) -> bytes:
    raw = struct.pack(
        ">8sIIQI4sI4sQQII", b"conectix", 2, 0x10000, header, 0, b"test", 0, b"Wi2k", size_bytes, size_bytes, 0,
        disk_type,
    )  # fmt: skip
    whole = (raw + bytes(4) + identifier).ljust(512, b"\0")
    return whole[:64] + struct.pack(">I", ~sum(whole) & 0xFFFFFFFF) + whole[68:]


def vhd(
    content: bytes,
    *,
    block: int = 8192,
    identifier: bytes = b"A" * 16,
    parent: str = "",
    parent_identifier: bytes = bytes(16),
    own_sectors: Collection[int] | None = None,
    located: str = "",
) -> bytes:
    """A dynamic disk, or a differencing one on `parent`, which then has `own_sectors` of its own."""
    blocks = cut(content, block)
    table_bytes = -(-4 * len(blocks) // 512) * 512
    bitmap_bytes = -(-block // 512 // 8 // 512) * 512
    locator_at = 1536 + table_bytes
    body, entries, start = bytearray(), [], locator_at + 512
    for number, part in enumerate(blocks):
        first = number * block // 512
        own = [own_sectors is None or first + at in own_sectors for at in range(block // 512)]
        if not any(own) or (own_sectors is None and not any(part)):
            entries.append(0xFFFFFFFF)
            continue
        entries.append((start + len(body)) // 512)
        bits = sum(1 << len(own) - 1 - at for at, is_own in enumerate(own) if is_own)
        body += (bits << -len(own) % 8).to_bytes(-(-len(own) // 8), "big").ljust(bitmap_bytes, b"\0")
        # What a differencing disk does not own is of no account, so it is filled with something else.
        body += b"".join(part[512 * at : 512 * at + 512] if is_own else b"\xee" * 512 for at, is_own in enumerate(own))
    kind = 4 if parent or located else 3
    footer = vhd_footer(len(content), kind, identifier)
    header = struct.pack(">8sQQIIII", b"cxsparse", 2**64 - 1, 1536, 0x10000, len(blocks), block, 0)
    header = (header + parent_identifier + bytes(8) + parent.encode("utf-16-be")).ljust(576, b"\0")
    where = located.encode("utf-16-le")
    header += struct.pack(">4sIIIQ", b"W2ru" if where else b"", 512, len(where), 0, locator_at)
    header = header.ljust(1024, b"\0")
    header = header[:36] + struct.pack(">I", ~sum(header) & 0xFFFFFFFF) + header[40:]
    table = struct.pack(f">{len(entries)}I", *entries).ljust(table_bytes, b"\xff")
    return footer + header + table + where.ljust(512, b"\0") + bytes(body) + footer


def vdi(content: bytes, *, block: int = 4096, fixed: bool = False, kind: int = 0) -> bytes:
    blocks = cut(content, block)
    body, entries, used = bytearray(), [], 0
    for number, part in enumerate(blocks):
        if not fixed and not any(part):
            entries.append(0xFFFFFFFE if number % 2 else 0xFFFFFFFF)
            continue
        entries.append(used)
        used += 1
        body += part
    map_raw = struct.pack(f"<{len(entries)}I", *entries)
    start = 512 + len(map_raw) + -len(map_raw) % 512
    header = b"<<< A made-up virtual disk >>>\n".ljust(64, b"\0")
    header += struct.pack("<IIIII", 0xBEDA107F, 0x10001, 400, kind or (2 if fixed else 1), 0) + bytes(256)
    header += struct.pack("<IIIIIIIQIIII", 512, start, 0, 0, 0, 512, 0, len(content), block, 0, len(blocks), used)
    header += bytes(32) + uuid.UUID(int=7).bytes_le
    return (header.ljust(512, b"\0") + map_raw).ljust(start, b"\0") + bytes(body)


def descriptor(extents: str, *, cid: str = "0000cafe", parent_cid: str = "ffffffff", parent: str = "") -> bytes:
    hint = f'parentFileNameHint="{parent}"\n' if parent else ""
    return (
        f'# Disk DescriptorFile\nversion=1\nCID={cid}\nparentCID={parent_cid}\ncreateType="made-up"\n{hint}'
        f"# Extent description\n{extents}\n"
    ).encode()


def vmdk(
    content: bytes,
    *,
    grain: int = 8,
    tables_of: int = 16,
    text: bytes = b"",
    compressed: bool = False,
    absent: Collection[int] = NONE,
    zeros: Collection[int] = NONE,
) -> bytes:
    """A sparse file with the descriptor `text`, if any; `compressed` puts directory and header at the end."""
    grains = cut(content, grain * 512)
    body, entries = bytearray(), []
    start = (1 + 2) * 512
    for number, part in enumerate(grains):
        if number in zeros:
            entries.append(1)
        elif number in absent or (not absent and not any(part)):
            entries.append(0)
        else:
            entries.append((start + len(body)) // 512)
            if compressed:
                packed = zlib.compress(part)
                part = struct.pack("<QI", number * grain, len(packed)) + packed
            body += part + bytes(-len(part) % 512)
    tables = []
    for first in range(0, len(entries), tables_of):
        tables.append((start + len(body)) // 512)
        part_entries = entries[first : first + tables_of]
        body += struct.pack(f"<{len(part_entries)}I", *part_entries).ljust(4 * tables_of, b"\0")
        body += bytes(-len(body) % 512)
    directory = (start + len(body)) // 512
    body += struct.pack(f"<{len(tables)}I", *tables)
    body += bytes(-len(body) % 512)

    def header(place: int) -> bytes:
        flags = 0x30001 if compressed else 0x5
        raw = struct.pack(
            "<4sIIQQQQIQQQB4sH", b"KDMV", 3 if compressed else 1, flags, -(-len(content) // 512), grain,
            1 if text else 0, 2 if text else 0, tables_of, 0, place, 3, 0, b"\n \r\n", int(compressed),
        )  # fmt: skip
        return raw.ljust(512, b"\0")

    image = header(2**64 - 1 if compressed else directory) + text.ljust(1024, b"\0") + bytes(body)
    return image + bytes(512) + header(directory) + bytes(512) if compressed else image


def esx_extent(content: bytes, *, grain: int = 1, absent: Collection[int] = NONE) -> bytes:
    """An extent of ESX (COWD), with its one table of 4,096 entries."""
    grains = cut(content, grain * 512)
    start = 4 + 1 + 32
    entries = [0 if number in absent else start + number * grain for number in range(len(grains))]
    header = struct.pack("<4sIIIIII", b"COWD", 1, 3, len(content) // 512, grain, 4, 1)
    table = struct.pack(f"<{len(entries)}I", *entries).ljust(32 * 512, b"\0")
    return header.ljust(2048, b"\0") + struct.pack("<I", 5).ljust(512, b"\0") + table + b"".join(grains)


def crc32c(raw: bytes) -> int:
    checksum = 0xFFFFFFFF
    for byte in raw:
        checksum ^= byte
        for _ in range(8):
            checksum = checksum >> 1 ^ (0x82F63B78 if checksum & 1 else 0)
    return checksum ^ 0xFFFFFFFF


def checked(raw: bytes, size: int) -> bytes:
    """A structure of VHDX with its checksum."""
    raw = raw.ljust(size, b"\0")
    return raw[:4] + struct.pack("<I", crc32c(raw)) + raw[8:]


def guid(text: str) -> bytes:
    return uuid.UUID(text).bytes_le


def vhdx(
    content: bytes,
    *,
    written: bytes = b"W" * 16,
    log: bytes = b"",
    parent: dict[str, str] | None = None,
    own_sectors: Collection[int] | None = None,
) -> bytes:
    """A dynamic disk with blocks of a mebibyte, or a differencing one which has `own_sectors` of its own."""
    head = struct.pack("<4sIQ16s16s16sHHIQ", b"head", 0, 5, b"F" * 16, written, log or bytes(16), 0, 1, MIB, MIB)
    older = struct.pack("<4sIQ16s16s16sHHIQ", b"head", 0, 4, b"F" * 16, b"O" * 16, bytes(16), 0, 1, MIB, MIB)
    regions = b"regi" + struct.pack("<III", 0, 2, 0)
    regions += struct.pack("<16sQII", guid("2dc27766-f623-4200-9d64-115e9bfd4a08"), 2 * MIB, MIB, 1)
    regions += struct.pack("<16sQII", guid("8b7ca206-4790-4b9a-b8fe-575f050f886e"), 3 * MIB, MIB, 1)
    regions = checked(regions, 65536)
    values = [
        ("caa16737-fa36-4d43-b3b6-33f0aa44e76b", struct.pack("<II", MIB, 2 if parent else 0)),
        ("2fa54224-cd1b-4876-b211-5dbed83bf4b8", struct.pack("<Q", len(content))),
        ("8141bf1d-a96f-4709-ba47-f233a8faab5f", struct.pack("<I", 512)),
        ("cda348c7-445d-4471-9cc9-e9885251c556", struct.pack("<I", 4096)),
        ("beca12ab-b2e6-4523-93ef-c309e000c746", b"D" * 16),
    ]
    if parent:
        pairs, texts = b"", b""
        for key, value in parent.items():
            raw_key, raw_value = key.encode("utf-16-le"), value.encode("utf-16-le")
            at = 20 + 12 * len(parent) + len(texts)
            pairs += struct.pack("<IIHH", at, at + len(raw_key), len(raw_key), len(raw_value))
            texts += raw_key + raw_value
        located = guid("b04aefb7-d19e-4a81-b789-25b8e9445913") + struct.pack("<HH", 0, len(parent)) + pairs + texts
        values.append(("a8d35f2d-b30b-454d-abf7-d3d84834ab0c", located))
    entries, items = b"", b""
    for kind, value in values:
        entries += struct.pack("<16sIIII", guid(kind), 65536 + len(items), len(value), 4, 0)
        items += value
    metadata = (b"metadata" + struct.pack("<HH", 0, len(values))).ljust(32, b"\0") + entries
    metadata = metadata.ljust(65536, b"\0") + items
    blocks, body, states = cut(content, MIB), bytearray(), []
    assert len(blocks) <= 4096, "one chunk"
    bitmap = bytearray(MIB)
    for sector in own_sectors or ():
        bitmap[sector // 8] |= 1 << sector % 8
    for number, block in enumerate(blocks):
        own = [own_sectors is not None and number * 2048 + at in own_sectors for at in range(2048)]
        if own_sectors is None:
            states.append((6 if any(block) else number % 4) | (4 * MIB + len(body) if any(block) else 0))
            body += block if any(block) else b""
        elif any(own):
            states.append((6 if all(own) else 7) | 4 * MIB + len(body))
            body += b"".join(
                block[512 * at : 512 * at + 512] if is_own else b"\xee" * 512 for at, is_own in enumerate(own)
            )
        else:
            states.append(0)
    states += [0] * (4096 - len(states)) + [6 | 4 * MIB + len(body) if own_sectors else 0]
    body += bitmap if own_sectors else b""
    log_raw = b"loge".ljust(32, b"\0") + log if log else b""
    return b"".join(
        (
            b"vhdxfile".ljust(65536, b"\0"),
            checked(older, 4096).ljust(65536, b"\0"),
            checked(head, 4096).ljust(65536, b"\0"),
            regions,
            regions,
            bytes(MIB - 5 * 65536),
            log_raw.ljust(MIB, b"\0"),
            struct.pack(f"<{len(states)}Q", *states).ljust(MIB, b"\0"),
            metadata.ljust(MIB, b"\0"),
            bytes(body),
        )
    )
