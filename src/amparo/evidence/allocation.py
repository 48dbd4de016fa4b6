"""What file systems keep as free: their own maps, which The Sleuth Kit does not hand out.

Each reader takes the volume and gives a `FreeSpace`, or raises `Unreadable` where its map is damaged. What a map says
is what the file system believes; whether files agree with it is another question (`file_system` asks it).
"""

import struct
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Stream
from amparo.domain.limits import MIB
from amparo.evidence.ext_groups import ExtGroups
from amparo.evidence.free_space import NOTHING, FreeSpace, free_in, whole_part

_PART_BYTES = 4 * MIB
_LARGEST_UNITS = 1 << 33
"""Of a map: 4 TiB of sectors, 32 TiB of clusters of 4 KiB."""

ReadFile = Callable[[int], Iterator[bytes]]
"""The bytes of the file with a number, in parts."""


def free_space(kind: str, volume: Stream, read_file: ReadFile) -> FreeSpace:
    """What is free in a volume of `kind` (`ntfs`, `fat`, `exfat`, `ext`, `hfs`, `iso`); raise `Unreadable`."""
    if kind not in _READERS:
        raise Unreadable("The map that such a file system keeps is not read.")
    try:
        return _READERS[kind](volume, read_file)
    except (struct.error, IndexError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise Unreadable(f"The map of its free space is damaged: {error}.") from error


def _sane(units: int, unit_bytes: int) -> None:
    if not 0 < units <= _LARGEST_UNITS or not 0 < unit_bytes <= 64 * MIB:
        raise LimitReached(f"The map of its free space would have {units} units of {unit_bytes} bytes.")


def _ntfs(volume: Stream, read_file: ReadFile) -> FreeSpace:
    """The file `$Bitmap`, which has the number 6: a bit a cluster."""
    sector_bytes, cluster = struct.unpack_from("<HB", whole_part(volume, 0, 512), 11)
    cluster_bytes = sector_bytes * (cluster if cluster <= 128 else 1 << (256 - cluster))
    (sectors,) = struct.unpack_from("<Q", whole_part(volume, 0, 512), 40)
    units = sectors * sector_bytes // cluster_bytes
    _sane(units, cluster_bytes)
    return free_in(read_file(6), units, cluster_bytes, 0)


def _fat(volume: Stream, _: ReadFile) -> FreeSpace:
    """The first file allocation table: an entry of 12, 16 or 28 bits a cluster, 0 where it is free."""
    boot = whole_part(volume, 0, 512)
    sector_bytes, cluster, reserved, fats, roots, few_sectors, _, fat_sectors = struct.unpack_from(
        "<HBHBHHBH", boot, 11
    )
    sectors, large_fat = struct.unpack_from("<II", boot, 32)
    sectors, fat_sectors = few_sectors or sectors, fat_sectors or large_fat
    root_sectors = -(-roots * 32 // sector_bytes)
    first = reserved + fats * fat_sectors + root_sectors
    units = (sectors - first) // cluster
    _sane(units, cluster * sector_bytes)
    bits = 12 if units < 4085 else 16 if units < 65525 else 32
    entries = _fat_entries(volume, reserved * sector_bytes, units, bits)
    return free_in(entries, units, cluster * sector_bytes, first * sector_bytes)


def _fat_entries(volume: Stream, start: int, units: int, bits: int) -> Iterator[bytes]:
    """A bit a cluster, set where its entry is not 0. The first cluster has the number 2."""
    if bits == 12:
        packed = np.frombuffer(whole_part(volume, start, (units + 2) * 3 // 2 + 1), np.uint8).astype(np.uint16)
        number = np.arange(2, units + 2)
        pairs = packed[number * 3 // 2] | packed[number * 3 // 2 + 1] << 8
        yield np.packbits(np.where(number % 2, pairs >> 4, pairs & 0xFFF) != 0, bitorder="little").tobytes()
        return
    size, kind, mask = (2, "<u2", 0xFFFF) if bits == 16 else (4, "<u4", 0x0FFFFFFF)
    for unit in range(0, units, _PART_BYTES):
        count = min(_PART_BYTES, units - unit)
        entries = np.frombuffer(whole_part(volume, start + (unit + 2) * size, count * size), kind)
        yield np.packbits(entries & mask != 0, bitorder="little").tobytes()


def _exfat(volume: Stream, _: ReadFile) -> FreeSpace:
    """The allocation bitmap, which an entry of the root folder (type 0x81) names: a bit a cluster."""
    boot = whole_part(volume, 0, 512)
    fat_sector, _, heap_sector, units, root = struct.unpack_from("<IIIII", boot, 80)
    sector_bytes, cluster_bytes = 1 << min(boot[108], 12), 1 << min(boot[108] + boot[109], 25)
    _sane(units, cluster_bytes)
    heap, fat = heap_sector * sector_bytes, fat_sector * sector_bytes

    def chain(cluster: int) -> Iterator[bytes]:
        for _ in range(units):
            if not 2 <= cluster < units + 2:
                return
            yield whole_part(volume, heap + (cluster - 2) * cluster_bytes, cluster_bytes)
            (cluster,) = struct.unpack("<I", whole_part(volume, fat + cluster * 4, 4))

    for part in chain(root):
        for place in range(0, len(part), 32):
            kind, flags = part[place], part[place + 1]
            if kind == 0x81 and not flags & 1:  # of the first table, where there are two
                first, _ = struct.unpack_from("<IQ", part, place + 20)
                return free_in(chain(first), units, cluster_bytes, heap)
            if kind == 0:
                raise Unreadable("The root folder names no map of free space.")
    raise Unreadable("The root folder names no map of free space.")


def _hfs(volume: Stream, read_file: ReadFile) -> FreeSpace:
    """The allocation file, which has the number 6: a bit an allocation block, the highest bit of a byte first."""
    header = whole_part(volume, 1024, 512)
    if header[:2] == b"BD":
        raise Unreadable("The volume lies in a wrapper of HFS, whose free space is not read.")
    block_bytes, units = struct.unpack_from(">II", header, 40)
    _sane(units, block_bytes)
    return free_in(read_file(6), units, block_bytes, 0, order="big")


def _ext(volume: Stream, _: ReadFile) -> FreeSpace:
    """The block bitmaps of the groups; of a group without one, what its metadata leave."""
    groups = ExtGroups(volume)
    bits = map(groups.bitmap, range(groups.count))
    return free_in(bits, groups.blocks - groups.first, groups.block_bytes, groups.first * groups.block_bytes)


def _iso(_: Stream, __: ReadFile) -> FreeSpace:
    """It is written once, and keeps no map: nothing is known to be free."""
    return NOTHING


_READERS: Mapping[str, Callable[[Stream, ReadFile], FreeSpace]] = {
    "ntfs": _ntfs,
    "fat": _fat,
    "exfat": _exfat,
    "ext": _ext,
    "hfs": _hfs,
    "iso": _iso,
}
