"""VirtualBox's disk images."""

import struct
import uuid
from dataclasses import dataclass

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.limits import Limits
from amparo.evidence.virtual_disk import Files, Medium, Tables, VirtualDisk, exactly, opened

_SIGNATURE = b"\x7f\x10\xda\xbe"
_HEADER = struct.Struct("<64x4s4xIII256xII16x4xQIII4x32x16s")
_MOST_BLOCK_BYTES = 1 << 30
_DYNAMIC, _FIXED, _DIFFERENCING = 1, 2, 4
_ABSENT = 0xFFFFFFFE
"""From here on an entry stands for a block of zeros, or one that was never written."""


@dataclass(frozen=True, slots=True)
class Vdi:
    """VirtualBox's images (VDI), dynamic and fixed: one item without a name, the medium.

    A differencing image (of a snapshot) says that it is one, and cannot be read: it knows its parent by a number that
    only the machine's settings lead to a file.
    """

    @property
    def kind(self) -> str:
        """`vdi`."""
        return "vdi"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the signature after the text of the head."""
        return head[64:68] == _SIGNATURE

    def open(self, stream: Stream, *, limits: Limits) -> VirtualDisk:
        """Read the header. Raise `Unreadable`."""
        return opened(stream, limits, _Vdi)


class _Vdi(Medium):
    """After VirtualBox's `VDICore.h`: `VDIPREHEADER`, `VDIHEADER1`, and the map of 4 bytes a block."""

    def __init__(self, stream: Stream, files: Files) -> None:
        version = int.from_bytes(exactly(stream, 68, 4), "little")
        if version >> 16 != 1:
            raise Unreadable(f"It is a VDI of version {version >> 16}.{version & 0xFFFF}, which is not read.")
        fields = _HEADER.unpack(exactly(stream, 0, _HEADER.size))
        _, _, kind, _, self._map, self._start, self.size_bytes, self._block_bytes, extra, self._count, parent = fields
        if kind == _DIFFERENCING:
            raise Unreadable(
                f"It is a differencing image on top of {uuid.UUID(bytes_le=parent)}, whose file it does not name:"
                " merge the two (VBoxManage clonemedium) and give the result."
            )
        if kind not in (_DYNAMIC, _FIXED):
            raise Unreadable(f"It is a VDI of type {kind}, which is not read.")
        if not 512 <= self._block_bytes <= _MOST_BLOCK_BYTES:
            raise Unreadable("The size of its blocks is impossible: the header is damaged.")
        self._extra = extra
        self._stream = stream
        self._tables = Tables(stream, files.kept, "little")

    def piece(self, offset: int, length: int) -> bytes:
        number, inside = divmod(offset, self._block_bytes)
        length = min(length, self._block_bytes - inside)
        if number >= self._count:
            raise Unreadable(f"Its map ends before byte {offset} of the medium: it is damaged.")
        entry = self._tables.number(self._map + 4 * number, 4)
        if entry >= _ABSENT:
            return bytes(length)
        place = self._start + entry * (self._block_bytes + self._extra) + self._extra + inside
        return exactly(self._stream, place, length)
