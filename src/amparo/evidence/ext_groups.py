"""The block groups of ext2, ext3 and ext4, and which of their blocks are in use (Linux, ext4 disk layout)."""

import struct

import numpy as np

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.evidence.free_space import whole_part

_MOST_GROUPS = 1 << 20
_SPARSE_2, _META, _WIDE = 0x200, 0x10, 0x80
"""Features: copies of the superblock in two groups only; descriptors by parts; addresses of 64 bits."""
_SPARSE, _CHECKED, _CLUSTERS = 0x1, 0x410, 0x200
"""Copies in some groups only; descriptors with checksums, so that their flags count; a bit a cluster."""
_UNWRITTEN = 2
"""Flag of a group whose bitmap was never written."""


class ExtGroups:
    """The groups of a volume. Raise `Unreadable` where its superblock makes no sense."""

    def __init__(self, volume: Stream) -> None:
        self._volume = volume
        superblock = whole_part(volume, 1024, 1024)

        def word(at: int) -> int:
            return int(struct.unpack_from("<I", superblock, at)[0])

        def half(at: int) -> int:
            return int(struct.unpack_from("<H", superblock, at)[0])

        self.block_bytes = 1024 << min(word(24), 7)
        self.first = word(20)
        self._compatible, self._incompatible, self._read_only = word(92), word(96), word(100)
        wide = bool(self._incompatible & _WIDE)
        self.blocks = word(4) | (word(336) << 32 if wide else 0)
        self._per_group = word(32)
        self._descriptor_bytes = max(half(254), 64) if wide else 32
        self._backups = (0, word(588), word(592))
        self._first_meta = word(260)
        if self._read_only & _CLUSTERS:
            raise Unreadable("Its map of free space is one of clusters of blocks, which is not read.")
        if not 0 < self._per_group <= 8 * self.block_bytes or self._per_group % 8:
            raise Unreadable(f"Its groups would have {self._per_group} blocks.")
        self.count = -(-(self.blocks - self.first) // self._per_group)
        if not 0 < self.count <= _MOST_GROUPS or not 32 <= self._descriptor_bytes <= self.block_bytes:
            raise Unreadable(f"It would have {self.count} groups of blocks.")
        self._per_block = self.block_bytes // self._descriptor_bytes
        columns = np.frombuffer(self._descriptors(), np.uint8).reshape(self.count, self._descriptor_bytes)

        def addresses(low: int, high: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
            found = columns[:, low : low + 4].copy().view("<u4")[:, 0].astype(np.int64)
            if wide:
                found |= columns[:, high : high + 4].copy().view("<u4")[:, 0].astype(np.int64) << 32
            return found

        self._bitmaps = addresses(0, 32)
        table_blocks = -(-word(40) * (half(88) or 128) // self.block_bytes)
        self._tables = ((self._bitmaps, 1), (addresses(4, 36), 1), (addresses(8, 40), table_blocks))
        self._unwritten = (columns[:, 18] & _UNWRITTEN != 0) & bool(self._read_only & _CHECKED)
        self._descriptor_blocks = -(-self.count // self._per_block) + half(206)

    def bitmap(self, group: int) -> bytes:
        """A bit for each block of a group, the lowest of a byte first, set where it is in use."""
        begin = self.first + group * self._per_group
        count = min(self._per_group, self.blocks - begin)
        if not self._unwritten[group]:
            return whole_part(self._volume, int(self._bitmaps[group]) * self.block_bytes, self.block_bytes)[
                : -(-count // 8)
            ]
        used = np.zeros(count, np.uint8)
        used[: self._at_beginning(group)] = 1
        for addresses, length in self._tables:
            for at in addresses[(addresses < begin + count) & (addresses + length > begin)].tolist():
                used[max(at - begin, 0) : at + length - begin] = 1
        return np.packbits(used, bitorder="little").tobytes()

    def _at_beginning(self, group: int) -> int:
        """Blocks at the beginning of a group that hold a copy of the superblock and of descriptors."""
        copy = self._has_superblock(group)
        if self._incompatible & _META and group >= self._first_meta * self._per_block:
            return copy + (group % self._per_block in (0, 1, self._per_block - 1))
        return 1 + self._descriptor_blocks if copy else 0

    def _has_superblock(self, group: int) -> bool:
        if self._compatible & _SPARSE_2:
            return group in self._backups
        if group <= 1 or not self._read_only & _SPARSE:
            return True
        for base in (3, 5, 7):
            power = base
            while power < group:
                power *= base
            if power == group:
                return True
        return False

    def _descriptors(self) -> bytes:
        """The descriptors of all groups: after the superblock, or, with `meta_bg`, in the groups that they describe."""
        parts = []
        for number in range(-(-self.count // self._per_block)):
            place = self.first + 1 + number
            if self._incompatible & _META and number >= self._first_meta:
                group = number * self._per_block
                place = self.first + group * self._per_group + self._has_superblock(group)
            parts.append(whole_part(self._volume, place * self.block_bytes, self.block_bytes))
        return b"".join(part[: self._per_block * self._descriptor_bytes] for part in parts)[
            : self.count * self._descriptor_bytes
        ]
