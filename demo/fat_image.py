"""Writes FAT12 and FAT16 file systems, and disks with one MBR partition, for demonstration and tests.

After Microsoft's "FAT: General Overview of On-Disk Format" (1.03): boot sector, two FATs, root directory, data.
Every file and folder lies in consecutive clusters. A deleted file keeps its clusters and its directory entries, whose
first byte is 0xE5, and its chain in the FATs is freed: what deleting does on a real device. Times are taken as UTC.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

SECTOR = 512
_FAT12_CLUSTERS = 4085
"""A volume with fewer clusters is FAT12: its count alone decides."""
_MOST_CLUSTERS = 65_525
_ROOT_ENTRIES = 512
_FREE_MARK = 0xE5
_LABEL = b"AMPARO DEMO"
_SERIAL = 0x2602_2025
_SHORT_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~!#$%&'()@^`{}")


@dataclass(frozen=True, slots=True)
class FatFile:
    """A file to be laid down. Folders come from the `/` in its path."""

    path: str
    content: bytes
    deleted: bool = False
    modified: datetime = datetime(2026, 2, 26, 9, 0, tzinfo=UTC)
    """FAT keeps every other second, from 1980."""


@dataclass(slots=True)
class _Folder:
    name: str
    modified: datetime
    folders: dict[str, "_Folder"] = field(default_factory=dict)
    files: list[FatFile] = field(default_factory=list)
    cluster: int = 0


def fat_image(files: Sequence[FatFile], *, size_bytes: int) -> bytes:
    """A FAT12 or FAT16 volume of `size_bytes` (a multiple of 512); raise `ValueError` where the files do not fit."""
    return _Volume(size_bytes).written(_tree(files))


def mbr_disk(partition: bytes, *, first_sector: int = 2048) -> bytes:
    """A disk with an MBR whose one partition (FAT16, type 0x0E) starts at `first_sector`."""
    sectors = len(partition) // SECTOR
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x0E, b"\xfe\xff\xff", first_sector, sectors)
    boot = bytes(440) + struct.pack("<IH", _SERIAL, 0) + entry + bytes(48) + b"\x55\xaa"
    return boot + bytes((first_sector - 1) * SECTOR) + partition


def _tree(files: Sequence[FatFile]) -> _Folder:
    root = _Folder("", datetime(2026, 1, 1, tzinfo=UTC))
    for file in files:
        folder = root
        for name in file.path.split("/")[:-1]:
            folder = folder.folders.setdefault(name, _Folder(name, file.modified))
        folder.files.append(file)
    return root


class _Volume:
    def __init__(self, size_bytes: int) -> None:
        self.sectors = size_bytes // SECTOR
        self.sectors_per_cluster = 1
        while self.sectors // self.sectors_per_cluster >= _MOST_CLUSTERS // 2:
            self.sectors_per_cluster *= 2
        clusters = self.sectors // self.sectors_per_cluster
        self.bits = 12 if clusters < _FAT12_CLUSTERS else 16
        self.fat_sectors = -(-(clusters + 2) * self.bits // 8 // SECTOR) + 1
        self.data_sector = 1 + 2 * self.fat_sectors + _ROOT_ENTRIES * 32 // SECTOR
        self.clusters = (self.sectors - self.data_sector) // self.sectors_per_cluster
        # The tables take sectors that were counted as clusters, so the kind is settled by what is left.
        self.bits = 12 if self.clusters < _FAT12_CLUSTERS else 16
        self.cluster_bytes = self.sectors_per_cluster * SECTOR
        self.fat = [0] * (self.clusters + 2)
        self.fat[0], self.fat[1] = (0xFF8, 0xFFF) if self.bits == 12 else (0xFFF8, 0xFFFF)
        self.data = bytearray(self.clusters * self.cluster_bytes)
        self.next_cluster = 2

    def written(self, root: _Folder) -> bytes:
        freed: list[range] = []
        entries = self._entries(root, None, freed)
        if len(entries) > _ROOT_ENTRIES * 32:
            raise ValueError("too many entries for the root folder")
        for chain in freed:
            for cluster in chain:
                self.fat[cluster] = 0
        volume = self._boot_sector() + 2 * self._packed_fat() + entries.ljust(_ROOT_ENTRIES * 32, b"\0") + self.data
        return bytes(volume).ljust(self.sectors * SECTOR, b"\0")

    def _entries(self, folder: _Folder, parent: _Folder | None, freed: list[range]) -> bytes:
        """The directory of `folder`, after everything in it is laid down."""
        taken: set[bytes] = set()
        if parent is None:
            entries = _entry(_LABEL, 0x08, 0, 0, folder.modified)
        else:
            entries = _entry(b".".ljust(11), 0x10, folder.cluster, 0, folder.modified)
            entries += _entry(b"..".ljust(11), 0x10, parent.cluster, 0, folder.modified)
        for below in folder.folders.values():
            # A folder's own entries point to where it starts, so its room is taken before it is filled.
            names = [*below.folders, *(file.path.split("/")[-1] for file in below.files)]
            room = 32 * (2 + sum(2 + len(name) // 13 for name in names))
            below.cluster = self._taken(room)[0]
            start = (below.cluster - 2) * self.cluster_bytes
            content = self._entries(below, folder, freed)
            self.data[start : start + len(content)] = content
            entries += _named_entries(below.name, taken, 0x10, below.cluster, 0, below.modified, deleted=False)
        for file in folder.files:
            chain = self._taken(len(file.content))
            cluster = chain[0] if chain else 0
            start = (cluster - 2) * self.cluster_bytes
            if chain:
                self.data[start : start + len(file.content)] = file.content
            if file.deleted:
                freed.append(chain)
            name, size = file.path.split("/")[-1], len(file.content)
            entries += _named_entries(name, taken, 0x20, cluster, size, file.modified, deleted=file.deleted)
        return entries

    def _taken(self, size_bytes: int) -> range:
        chain = range(self.next_cluster, self.next_cluster + -(-size_bytes // self.cluster_bytes))
        if chain.stop > len(self.fat):
            raise ValueError("the volume is full")
        for cluster in chain:
            self.fat[cluster] = cluster + 1
        if chain:
            self.fat[chain[-1]] = (1 << self.bits) - 1
        self.next_cluster = chain.stop
        return chain

    def _packed_fat(self) -> bytes:
        if self.bits == 16:
            packed = struct.pack(f"<{len(self.fat)}H", *self.fat)
        else:
            padded = [*self.fat, 0] if len(self.fat) % 2 else self.fat
            pairs = zip(padded[::2], padded[1::2], strict=True)
            packed = b"".join((low | high << 12).to_bytes(3, "little") for low, high in pairs)
        return packed.ljust(self.fat_sectors * SECTOR, b"\0")

    def _boot_sector(self) -> bytes:
        small = self.sectors < 0x10000
        boot = b"\xeb\x3c\x90" + b"MSDOS5.0"
        boot += struct.pack("<HBHBH", SECTOR, self.sectors_per_cluster, 1, 2, _ROOT_ENTRIES)
        boot += struct.pack("<HBHHH", self.sectors if small else 0, 0xF8, self.fat_sectors, 63, 255)
        boot += struct.pack("<II", 0, 0 if small else self.sectors)
        boot += struct.pack("<BBBI", 0x80, 0, 0x29, _SERIAL) + _LABEL + f"FAT{self.bits}   ".encode()
        return boot.ljust(SECTOR - 2, b"\0") + b"\x55\xaa"


def _entry(short: bytes, attributes: int, cluster: int, size_bytes: int, modified: datetime) -> bytes:
    date = (modified.year - 1980) << 9 | modified.month << 5 | modified.day
    time = modified.hour << 11 | modified.minute << 5 | modified.second // 2
    return struct.pack("<11s3B7HI", short, attributes, 0, 0, time, date, date, 0, time, date, cluster, size_bytes)


def _named_entries(
    name: str, taken: set[bytes], attributes: int, cluster: int, size_bytes: int, modified: datetime, *, deleted: bool
) -> bytes:
    """The entries of one name: where it needs it the long form in parts of 13 characters, last first, then 8.3."""
    short, exact = _short_name(name, taken)
    entries = bytearray()
    if not exact:
        units = name.encode("utf-16-le")
        units += b"\0\0" if len(units) % 26 else b""
        parts = [units[start : start + 26].ljust(26, b"\xff") for start in range(0, len(units), 26)]
        for number, part in reversed(list(enumerate(parts, 1))):
            order = number | (0x40 if number == len(parts) else 0)
            entries += struct.pack(
                "<B10sBBB12sH4s", order, part[:10], 0x0F, 0, _checksum(short), part[10:22], 0, part[22:]
            )
    entries += _entry(short, attributes, cluster, size_bytes, modified)
    if deleted:
        entries[::32] = bytes([_FREE_MARK]) * (len(entries) // 32)
    return bytes(entries)


def _short_name(name: str, taken: set[bytes]) -> tuple[bytes, bool]:
    """The 8.3 name, padded to 11 bytes, and whether it says all that `name` says."""
    stem, dot, extension = name.rpartition(".") if "." in name.strip(".") else (name, "", "")
    plain_stem, plain_extension = (bytes(filter(_SHORT_ALPHABET.__contains__, part.upper().encode("ascii", "ignore")))
                                   for part in (stem, extension))  # fmt: skip
    short = plain_stem[:8].ljust(8) + plain_extension[:3].ljust(3)
    exact = (plain_stem + dot.encode() + plain_extension).decode() == name and len(plain_stem) <= 8
    exact = exact and len(plain_extension) <= 3 and short not in taken
    number = 1
    while not exact and (number == 1 or short in taken):
        tail = f"~{number}".encode()
        short = (plain_stem[: 8 - len(tail)] + tail).ljust(8) + plain_extension[:3].ljust(3)
        number += 1
    taken.add(short)
    return short, exact


def _checksum(short: bytes) -> int:
    """Of the 8.3 name, by which a long name knows the entry that it belongs to."""
    total = 0
    for byte in short:
        total = ((total & 1) << 7 | total >> 1) + byte & 0xFF
    return total
