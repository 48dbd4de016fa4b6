"""VMware's disk images, whole or in several files."""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from amparo.domain.errors import Encrypted, Unreadable
from amparo.domain.item import Container, Item, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import MIB, Limits
from amparo.evidence.virtual_disk import Files, Medium, Tables, beneath, exactly, inflated, opened

_HOSTED, _ESX = b"KDMV", b"COWD"
_HEADER = struct.Struct("<4sIIQQQQIQQQ5xH")
_ESX_HEADER = struct.Struct("<4sIIIIII")
_AT_END = 0xFFFF_FFFF_FFFF_FFFF
_ZERO_GRAINS, _COMPRESSED, _MARKERS = 1 << 2, 1 << 16, 1 << 17
_DEFLATE = 1
_SECTOR = 512
_MOST_GRAIN_SECTORS = 1 << 15
_MOST_DESCRIPTOR_BYTES = MIB
_NO_PARENT = "ffffffff"

_DESCRIPTOR = re.compile(rb"\s*# *disk *descriptor *file", re.IGNORECASE)
_EXTENT_NAME = re.compile(r"(.+)-(?:[sf][0-9]{3,6}|flat|delta)(\.vmdk)", re.IGNORECASE | re.DOTALL)
_EXTENT = re.compile(r'(?:RW|RDONLY|NOACCESS)\s+([0-9]{1,18})\s+([A-Z0-9]+)(?:\s+"([^"]*)"(?:\s+([0-9]{1,18}))?)?')


@dataclass(frozen=True, slots=True)
class Vmdk:
    """VMware's virtual disks (VMDK): one item without a name, the medium.

    Sparse disks in one file, compressed ones (streamOptimized, as in OVA), and descriptors with flat or sparse extents
    beside them, those of ESX (VMFSSPARSE) included. The parent of a snapshot is sought beside it by the last part of
    its stated name, and must not have changed since, by its content identifier. Where an extent is missing, the rest
    is readable. A sparse extent holds no item of its own: its bytes belong to the disk whose descriptor names it.
    """

    @property
    def kind(self) -> str:
        """`vmdk`."""
        return "vmdk"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the magic of a sparse file with a version that there is, or the first line of a descriptor."""
        if head[:4] in (_HOSTED, _ESX):
            return 1 <= int.from_bytes(head[4:8], "little") <= 3
        return _DESCRIPTOR.match(head[:100]) is not None

    def open(self, stream: Stream, *, limits: Limits) -> Container:
        """Read descriptor and header, and those of each parent; an extent is without items. Raise `Unreadable`."""
        if _descriptor(stream) is None:
            parts = _EXTENT_NAME.fullmatch(stream.name)
            whole = stream.sibling("".join(parts.groups())) if parts else None
            if whole is None:
                raise Unreadable("It is one extent of a virtual disk whose descriptor is missing: put it beside it.")
            whole.close()
            return _LaterExtent()
        return opened(stream, limits, lambda stream, files: _medium(stream, files, ""))


class _LaterExtent:
    """An extent, opened by itself."""

    def items(self) -> Iterator[Item]:
        return iter(())

    def open(self, name: str, locator: str) -> Stream:
        raise Unreadable("It is an extent of a virtual disk; its bytes belong to the whole.")

    def close(self) -> None:
        pass


def _descriptor(stream: Stream) -> str | None:
    """The text that describes the disk; `None` where this is an extent without one."""
    head = stream.read_at(0, _HEADER.size)
    place, length = 0, min(stream.size_bytes, _MOST_DESCRIPTOR_BYTES)
    if head.startswith(_HOSTED) and len(head) == _HEADER.size:
        _, _, _, _, _, start, sectors, *_ = _HEADER.unpack(head)
        place, length = start * _SECTOR, min(sectors * _SECTOR, _MOST_DESCRIPTOR_BYTES)
        if not place or not length:
            return None
    elif head.startswith((_HOSTED, _ESX)):
        return None
    return name_from_bytes(stream.read_at(place, length).partition(b"\0")[0])


def _medium(stream: Stream, files: Files, expected: str) -> Medium:
    """The medium of a disk that must have the content identifier `expected`, unless that is empty."""
    settings: dict[str, str] = {}
    extents: list[_Extent] = []
    for line in map(str.strip, (_descriptor(stream) or "").splitlines()):
        if found := _EXTENT.fullmatch(line):
            extents.append(_Extent(int(found[1]) * _SECTOR, found[2], found[3] or "", int(found[4] or 0) * _SECTOR))
        else:
            key, _, value = line.partition("=")
            settings[key.strip().lower()] = value.strip().strip('"')
    if "encryption.keysafe" in settings:
        raise Encrypted("The virtual disk is encrypted by VMware: give its decrypted copy.")
    if expected and settings.get("cid", "").lower() != expected:
        raise Unreadable("Its parent is another disk than the one that it was made on, or was changed since.")
    parent: Medium | None = None
    identifier = settings.get("parentcid", _NO_PARENT).lower()
    if identifier != _NO_PARENT:
        parent = _medium(files.parent(settings.get("parentfilenamehint", "")), files, identifier)
    if stream.read_at(0, 4) == _HOSTED:
        return _Sparse(stream, files, parent, 0)
    if not extents:
        raise Unreadable("Its descriptor names no extents: it is damaged.")
    return _Extents(files, extents, parent)


@dataclass(frozen=True, slots=True)
class _Extent:
    """A line of the descriptor."""

    size_bytes: int
    kind: str
    name: str
    start: int


class _Extents(Medium):
    """The extents one after the other."""

    def __init__(self, files: Files, extents: list[_Extent], parent: Stream | None) -> None:
        self._files = files
        self._extents = extents
        self._parent = parent
        *self._starts, self.size_bytes = accumulate((each.size_bytes for each in extents), initial=0)
        self._sparse: dict[int, _Sparse] = {}

    def piece(self, offset: int, length: int) -> bytes:
        number = bisect_right(self._starts, offset) - 1
        extent, inside = self._extents[number], offset - self._starts[number]
        length = min(length, extent.size_bytes - inside)
        if extent.kind == "ZERO":
            return bytes(length)
        if extent.kind in ("FLAT", "VMFS"):
            return exactly(self._files.extent(extent.name), extent.start + inside, length)
        if extent.kind not in ("SPARSE", "VMFSSPARSE"):
            raise Unreadable(f"Its extent {escape(extent.name)} is of the type {extent.kind}, which is not read.")
        if number not in self._sparse:
            file = self._files.extent(extent.name)
            self._sparse[number] = _Sparse(file, self._files, self._parent, self._starts[number])
        part = self._sparse[number].read_at(inside, length)
        if not part:
            raise Unreadable(f"Its extent {escape(extent.name)} is shorter than the descriptor says.")
        return part


class _Sparse(Medium):
    """A sparse file, after "VMware Virtual Disks: Virtual Disk Format 5.0": hosted, compressed, and of ESX.

    Its first byte is byte `start` of the disk, and where it has nothing, `parent` shows through.
    """

    def __init__(self, stream: Stream, files: Files, parent: Stream | None, start: int) -> None:
        self._stream = stream
        self._parent = parent
        self._start = start
        self._kept = files.kept
        self._tables = Tables(stream, files.kept, "little")
        self._flags = method = 0
        raw = exactly(stream, 0, _HEADER.size)
        if raw.startswith(_ESX):
            _, _, _, sectors, grain, self._directory, _ = _ESX_HEADER.unpack_from(raw)
            self._table_count = 4096
        else:
            fields = _HEADER.unpack(raw)
            if fields[9] == _AT_END:
                fields = _HEADER.unpack(exactly(stream, max(stream.size_bytes - 1024, 0), _HEADER.size))
            magic, _, self._flags, sectors, grain, _, _, self._table_count, _, self._directory, _, method = fields
            if magic != _HOSTED:
                raise Unreadable("Its header, or the footer in its place, is damaged or missing.")
        if not 1 <= grain <= _MOST_GRAIN_SECTORS or not 1 <= self._table_count <= 1 << 16:
            raise Unreadable("The size of its grains or tables is impossible: the header is damaged.")
        if self._flags & _COMPRESSED and method != _DEFLATE:
            raise Unreadable(f"It is compressed by method {method}, which is not known.")
        self._grain_bytes = grain * _SECTOR
        self.size_bytes = sectors * _SECTOR

    def piece(self, offset: int, length: int) -> bytes:
        number, inside = divmod(offset, self._grain_bytes)
        length = min(length, self._grain_bytes - inside)
        table, at = divmod(number, self._table_count)
        sector = self._tables.number(self._directory * _SECTOR + 4 * table, 4)
        if sector:
            sector = self._tables.number(sector * _SECTOR + 4 * at, 4)
        if not sector:
            return beneath(self._parent, self._start + offset, length)
        if sector == 1 and self._flags & _ZERO_GRAINS:
            return bytes(length)
        if not self._flags & _COMPRESSED:
            return exactly(self._stream, sector * _SECTOR + inside, length)
        expected = min(self._grain_bytes, self.size_bytes - number * self._grain_bytes)
        grain = self._kept.get(self, number, lambda _: self._decompressed(sector * _SECTOR, expected))
        return grain[inside : inside + length]

    def _decompressed(self, place: int, expected: int) -> bytes:
        length = 2 * self._grain_bytes
        if self._flags & _MARKERS:
            length = min(length, int.from_bytes(exactly(self._stream, place + 8, 4), "little"))
            place += 12
        return inflated(self._stream.read_at(place, length), expected, 15)
