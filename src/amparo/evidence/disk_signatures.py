"""How the beginning of a disk or volume shows what it is. Sector 0 ends alike in partition tables and volumes.

Where more than one thing is there, the newest that was written counts: making an ext or HFS+ volume wipes sector 0,
so a partition table beside their superblock came later; making a FAT, exFAT or NTFS volume replaces sector 0; and a
CD image that boots from a stick carries a partition table for that alone.
"""

import struct
from collections.abc import Callable, Mapping

_PARTITION = struct.Struct("<BxxxBxxxII")
_WORD = struct.Struct(">H")
_GPT_MARK = b"EFI PART"


def _ends_like_a_boot_sector(head: bytes) -> bool:
    return head[510:512] == b"\x55\xaa"


def _ntfs(head: bytes) -> bool:
    return head[3:11] == b"NTFS    " and _ends_like_a_boot_sector(head)


def _exfat(head: bytes) -> bool:
    return head[3:11] == b"EXFAT   " and _ends_like_a_boot_sector(head)


def _fat(head: bytes) -> bool:
    """The BIOS parameter block, after "Microsoft FAT32 File System Specification" 1.03, section 3."""
    if not _ends_like_a_boot_sector(head) or not (head[0] == 0xEB or head[0] == 0xE9) or _ntfs(head) or _exfat(head):
        return False
    sector_bytes, cluster, reserved, fats, _, sectors, media, fat_sectors = struct.unpack_from("<HBHBHHBH", head, 11)
    return (
        sector_bytes in (512, 1024, 2048, 4096)
        and cluster.bit_count() == 1
        and reserved > 0
        and 1 <= fats <= 2
        and (media == 0xF0 or media >= 0xF8)
        and bool(sectors or any(head[32:36]))
        and bool(fat_sectors or any(head[36:40]))
    )


def _ext(head: bytes) -> bool:
    """The superblock: magic, block size of 1 to 64 KiB, inodes and blocks (Linux, ext4 disk layout)."""
    if head[1080:1082] != b"\x53\xef" or len(head) < 2048 or _partitioned(head):
        return False
    inodes, blocks, log_block = (int.from_bytes(head[at : at + 4], "little") for at in (1024, 1028, 1048))
    return inodes > 0 and blocks > 0 and log_block <= 6


def _hfs(head: bytes) -> bool:
    """The volume header, or the wrapper around one (Apple, Technical Note TN1150)."""
    mark = head[1024:1028]
    if mark[:2] == b"BD":
        return head[1148:1150] in (b"H+", b"HX") and not _partitioned(head)
    return mark in (b"H+\x00\x04", b"HX\x00\x05") and not _partitioned(head)


def _iso(head: bytes) -> bool:
    return head[32769:32774] == b"CD001"


def _ufs(head: bytes) -> bool:
    """The superblock of UFS 1 (at 8 KiB) or UFS 2 (at 64 KiB), in either byte order (FreeBSD, ffs/fs.h)."""
    marks = ((9564, 0x011954), (9564, 0x19540119), (66908, 0x19540119))
    return any(mark in (int.from_bytes(head[at : at + 4], "little"), int.from_bytes(head[at : at + 4], "big"))
               for at, mark in marks) and not _partitioned(head)  # fmt: skip


FILE_SYSTEMS: Mapping[str, Callable[[bytes], bool]] = {
    "ntfs": _ntfs,
    "exfat": _exfat,
    "fat": _fat,
    "ext": _ext,
    "hfs": _hfs,
    "iso": _iso,
    "ufs": _ufs,
}
"""By kind: whether a volume that begins with these bytes (68 KiB) is such a file system."""


def is_apm(head: bytes) -> bool:
    """The driver descriptor of block 0 or none, and an entry of the map in block 1 that is the map's own."""
    return any(
        head[block : block + 4] == b"PM\0\0" and head[block + 48 : block + 67] == b"Apple_partition_map"
        for block in (512, 1024, 2048, 4096)
    ) and not _iso(head)


def is_sun(head: bytes) -> bool:
    """The label of Solaris: its mark, and a checksum that makes all words of the sector add up to nothing."""
    if head[508:510] != b"\xda\xbe" or len(head) < 512:
        return False
    checksum = 0
    for (word,) in _WORD.iter_unpack(head[:512]):
        checksum ^= word
    return checksum == 0


def looks_random(head: bytes) -> bool:
    """Whether the bytes are spread as evenly as those of a cipher (chi-square, 255 degrees, one in ten thousand)."""
    if len(head) < 16384:
        return False
    expected = len(head) / 256
    return sum((count - expected) ** 2 for count in map(head.count, range(256))) / expected < 346


def is_gpt(head: bytes) -> bool:
    """A protective MBR, or the header itself at the second sector of 512 or 4,096 bytes (UEFI 2.10, 5.3)."""
    marked = head[512:520] == _GPT_MARK or head[4096:4104] == _GPT_MARK
    if not marked and not (_ends_like_a_boot_sector(head) and any(kind == 0xEE for kind, _, _ in _partitions(head))):
        return False
    return not _volume_in_sector_0(head) and not _iso(head)


def is_mbr(head: bytes) -> bool:
    """Four entries that make sense, at least one in use, and none of a protective MBR."""
    return _ends_like_a_boot_sector(head) and _partitioned(head) and not is_gpt(head) and not _iso(head)


def _volume_in_sector_0(head: bytes) -> bool:
    return _ntfs(head) or _exfat(head) or _fat(head)


def _partitioned(head: bytes) -> bool:
    return bool(_partitions(head)) and not _volume_in_sector_0(head)


def _partitions(head: bytes) -> list[tuple[int, int, int]]:
    """(type, first sector, sectors) of the entries in use of a master boot record; empty where it is none."""
    if not _ends_like_a_boot_sector(head):
        return []
    found = []
    for flag, kind, start, sectors in _PARTITION.iter_unpack(head[446:510]):
        if flag not in (0x00, 0x80):
            return []
        if kind:
            if not start or not sectors:
                return []
            found.append((kind, start, sectors))
    return found
