"""Compound files (OLE2, [MS-CFB] version 3) with given streams, written for the tests."""

import struct
from collections.abc import Mapping

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A file with the streams by their paths; storages are made as needed."""
    entries = [["Root Entry", 5, _NONE, _END, 0]]
    """Name, type, first child, first sector, size."""
    children: dict[str, list[int]] = {"": []}
    numbers = {"": 0}
    for path, content in streams.items():
        folder = ""
        *above, last = path.split("/")
        for step in above:
            inner = f"{folder}/{step}"
            if inner not in numbers:
                numbers[inner] = len(entries)
                children[inner] = []
                children[folder].append(len(entries))
                entries.append([step, 1, _NONE, 0, 0])
            folder = inner
        children[folder].append(len(entries))
        entries.append([last, 2, _NONE, _END, len(content)])
        numbers[f"stream {path}"] = len(entries) - 1

    sectors: list[bytes] = []
    table: list[int] = []

    def place(content: bytes) -> int:
        if not content:
            return _END
        first = len(sectors)
        count = -(-len(content) // _SECTOR)
        for number in range(count):
            sectors.append(content[number * _SECTOR : (number + 1) * _SECTOR].ljust(_SECTOR, b"\0"))
            table.append(first + number + 1 if number + 1 < count else _END)
        return first

    small, small_table = b"", list[int]()
    for path, content in streams.items():
        entry = entries[numbers[f"stream {path}"]]
        if len(content) >= _CUTOFF:
            entry[3] = place(content)
        elif content:
            first, count = len(small_table), -(-len(content) // _SMALL)
            entry[3] = first
            small_table += [first + number + 1 if number + 1 < count else _END for number in range(count)]
            small += content.ljust(count * _SMALL, b"\0")
    entries[0][3], entries[0][4] = place(small), len(small)
    small_fat = place(
        struct.pack(f"<{len(small_table)}I", *small_table).ljust(-(-len(small_table) // 128) * 512, b"\xff")
    )

    siblings = {}
    for folder, members in children.items():
        # A chain to the right is a valid, if unbalanced, tree where names are in the order of the format.
        ordered = sorted(members, key=lambda number: (len(entries[number][0]), entries[number][0].upper()))
        entries[numbers[folder]][2] = ordered[0] if ordered else _NONE
        siblings |= dict(zip(ordered, [*ordered[1:], _NONE], strict=True))
    directory = b""
    for number, (name, kind, child, start, size) in enumerate(entries):
        raw = name.encode("utf-16-le")
        right = siblings.get(number, _NONE)
        directory += struct.pack("<64sHBBIII", raw, len(raw) + 2, kind, 1, _NONE, right, child)
        directory += bytes(36) + struct.pack("<IQ", start, size)
    directory_at = place(directory + bytes(-len(directory) % _SECTOR))

    fat_sectors = 1
    while (len(table) + fat_sectors) > fat_sectors * 128:
        fat_sectors += 1
    fat_at = len(table)
    table += [_FAT] * fat_sectors
    fat = struct.pack(f"<{len(table)}I", *table).ljust(fat_sectors * _SECTOR, b"\xff")
    where = [fat_at + number for number in range(fat_sectors)]
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6), 0,
        fat_sectors, directory_at, 0, _CUTOFF, small_fat, -(-len(small_table) // 128), _END, 0, where[0],
    )  # fmt: skip
    header = header[:76] + struct.pack(f"<{fat_sectors}I", *where).ljust(436, b"\xff")
    return header + b"".join(sectors) + fat
