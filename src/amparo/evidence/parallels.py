"""Disk images of Parallels Desktop."""

import struct
from dataclasses import dataclass

from amparo.domain.errors import Unreadable, Unsupported
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits
from amparo.evidence.virtual_disk import Files, Medium, Tables, VirtualDisk, exactly, opened

_OLD_MARK, _MARK = b"WithoutFreeSpace", b"WithouFreSpacExt"
_HEADER = struct.Struct("<16sIIIIIQIIIQ")
_MAP = 64
_SECTOR = 512
_MOST_BLOCK_SECTORS = 1 << 21
_DESCRIPTOR = "DiskDescriptor.xml"


@dataclass(frozen=True, slots=True)
class Parallels:
    """Images of Parallels (`.hds`, or the `.hdd` file), expanding ones: one item without a name, the medium.

    An image of a disk with snapshots, which the `DiskDescriptor.xml` beside it lists, says that it is one, and is not
    read: alone it would show a state that never was. Plain images are raw media and open as what they are.
    """

    @property
    def kind(self) -> str:
        """`parallels`."""
        return "parallels"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the mark."""
        return head.startswith((_OLD_MARK, _MARK))

    def open(self, stream: Stream, *, limits: Limits) -> VirtualDisk:
        """Read the header. Raise `Unreadable`."""
        return opened(stream, limits, _Parallels)


class _Parallels(Medium):
    """After QEMU's "Parallels Expandable Image File Format": header, and a map of 4 bytes a block."""

    def __init__(self, stream: Stream, files: Files) -> None:
        mark, version, _, _, self._block_sectors, self._count, sectors, *_ = _HEADER.unpack(
            exactly(stream, 0, _HEADER.size)
        )
        if version != 2:
            raise Unsupported(f"It is a Parallels image of version {version}; only version 2 is known.")
        if not 0 < self._block_sectors <= _MOST_BLOCK_SECTORS or sectors > 1 << 52:
            raise Unreadable("The size of its blocks or of the disk is impossible: the header is damaged.")
        _require_alone(stream)
        self.size_bytes = (sectors if mark == _MARK else sectors & 0xFFFFFFFF) * _SECTOR
        self._unit_bytes = _SECTOR * (self._block_sectors if mark == _MARK else 1)
        self._stream = stream
        self._tables = Tables(stream, files.kept, "little")

    def piece(self, offset: int, length: int) -> bytes:
        block_bytes = self._block_sectors * _SECTOR
        number, inside = divmod(offset, block_bytes)
        length = min(length, block_bytes - inside)
        if number >= self._count:
            raise Unreadable(f"Its map ends before byte {offset} of the medium: it is damaged.")
        entry = self._tables.number(_MAP + 4 * number, 4)
        return exactly(self._stream, entry * self._unit_bytes + inside, length) if entry else bytes(length)


def _require_alone(stream: Stream) -> None:
    descriptor = stream.sibling(_DESCRIPTOR)
    if descriptor is None:
        return
    try:
        images = descriptor.read_at(0, MIB).count(b"<Image>")
    finally:
        descriptor.close()
    if images > 1:
        raise Unsupported(
            f"It is one of {images} images of a disk with snapshots: merge them (prl_disk_tool merge) and give the"
            " result."
        )
