"""QEMU's disk images: qcow, and qcow2 with its versions 2 and 3."""

import struct
from dataclasses import dataclass

from amparo.domain.errors import Encrypted, Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import Limits
from amparo.evidence.decompressing import fed, unzstd
from amparo.evidence.virtual_disk import Files, Medium, Tables, VirtualDisk, beneath, exactly, inflated, opened

MAGIC = b"QFI\xfb"
_VERSION_1 = struct.Struct(">4xIQI4xQBB2xIQ")
_VERSION_2 = struct.Struct(">4xIQIIQIIQ")
_OFFSET = 0x00FF_FFFF_FFFF_FE00
"""The bits of an entry of version 2 and 3 that are a place in the image."""
_EXTERNAL_FILE, _COMPRESSION, _SUBCLUSTERS = 1 << 2, 1 << 3, 1 << 4
_UNDERSTOOD = 0b11 | _EXTERNAL_FILE | _COMPRESSION | _SUBCLUSTERS
"""Incompatible features; the first two bits say that the image is dirty or corrupt, which reading does not mind."""
_STATE = 1 << 32 | 1
"""Of a subcluster, among those of its cluster: that it reads as zeros, and that it is there."""
_BACKING_FORMAT, _EXTERNAL_NAME = 0xE2792ACA, 0x44415441
_DEFLATE, _ZSTANDARD = 0, 1
MOST_EXTENSIONS = 64


@dataclass(frozen=True, slots=True)
class Qcow:
    """QEMU's images (qcow, qcow2): one item without a name, the medium as it was last; snapshots are not shown.

    A backing file (qcow of any version, or raw) is sought beside the image by the last part of its stated name; so is
    an external data file. Encrypted images say so. Clusters that Zstandard compressed need the extra `archives`.
    """

    @property
    def kind(self) -> str:
        """`qcow`."""
        return "qcow"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the magic and a version that there is."""
        return head[:4] == MAGIC and head[4:8] in (b"\0\0\0\1", b"\0\0\0\2", b"\0\0\0\3")

    def open(self, stream: Stream, *, limits: Limits) -> VirtualDisk:
        """Read the header, and that of each backing file. Raise `Unreadable`, `Encrypted`."""
        return opened(stream, limits, _medium)


def _medium(stream: Stream, files: Files) -> Medium:
    version = int.from_bytes(exactly(stream, 4, 4), "big")
    if version == 1:
        return _First(stream, files)
    if version in (2, 3):
        return _Second(stream, files)
    raise Unreadable(f"It is a qcow image of version {version}, which is not known.")


def _backing(stream: Stream, files: Files, place: int, length: int, kind: str = "") -> Stream | None:
    """The medium of the backing file whose name is at `place`; `kind` is its format, where the image says it."""
    if not place or not length:
        return None
    if length > 1023:
        raise Unreadable("The name of its backing file is too long: it is damaged.")
    name = name_from_bytes(exactly(stream, place, length))
    if name.startswith("json:") or kind not in ("", "raw", "qcow", "qcow2"):
        raise Unreadable(f"It stands on {escape(name)} ({escape(kind) or 'of no stated format'}), which is not read.")
    parent = files.parent(name)
    if kind == "raw" or (not kind and parent.read_at(0, 4) != MAGIC):
        return parent
    return _medium(parent, files)


def _require_plain(method: int) -> None:
    if method:
        how = {1: "AES", 2: "LUKS"}.get(method, f"method {method}")
        raise Encrypted(f"The virtual disk is encrypted ({how}): give its decrypted copy.")


class _First(Medium):
    """Version 1, after the header and tables in QEMU's `block/qcow.c`."""

    def __init__(self, stream: Stream, files: Files) -> None:
        fields = _VERSION_1.unpack(exactly(stream, 0, _VERSION_1.size))
        _, backing, backing_length, self.size_bytes, self._bits, self._table_bits, method, self._top = fields
        _require_plain(method)
        if not 9 <= self._bits <= 16 or not 6 <= self._table_bits <= 13:
            raise Unreadable("The size of its clusters is impossible: the header is damaged.")
        self._stream = stream
        self._kept = files.kept
        self._tables = Tables(stream, files.kept, "big")
        self._parent = _backing(stream, files, backing, backing_length)

    def piece(self, offset: int, length: int) -> bytes:
        number, inside = offset >> self._bits, offset & (1 << self._bits) - 1
        length = min(length, (1 << self._bits) - inside)
        table = self._tables.number(self._top + 8 * (number >> self._table_bits), 8)
        if not table:
            return beneath(self._parent, offset, length)
        entry = self._tables.number(table + 8 * (number & (1 << self._table_bits) - 1), 8)
        if not entry:
            return beneath(self._parent, offset, length)
        if entry >> 63:
            return self._kept.get(self, entry, self._decompressed)[inside : inside + length]
        return exactly(self._stream, entry + inside, length)

    def _decompressed(self, entry: int) -> bytes:
        shift = 63 - self._bits
        place, size = entry & (1 << shift) - 1, entry >> shift & (1 << self._bits) - 1
        return inflated(self._stream.read_at(place, size), 1 << self._bits, -15)


class _Second(Medium):
    """Versions 2 and 3, after QEMU's `docs/interop/qcow2.txt`: header, L1 and L2 tables, subclusters."""

    def __init__(self, stream: Stream, files: Files) -> None:
        fields = _VERSION_2.unpack(exactly(stream, 0, _VERSION_2.size))
        version, backing, backing_length, self._bits, self.size_bytes, method, self._top_count, self._top = fields
        _require_plain(method)
        if not 9 <= self._bits <= 21:
            raise Unreadable("The size of its clusters is impossible: the header is damaged.")
        features, header_bytes, compression = 0, 72, 0
        if version == 3:
            (features,) = struct.unpack(">Q", exactly(stream, 72, 8))
            (header_bytes,) = struct.unpack(">I", exactly(stream, 100, 4))
            if features & _COMPRESSION and header_bytes > 104:
                compression = exactly(stream, 104, 1)[0]
        if features & ~_UNDERSTOOD:
            raise Unreadable(f"It needs features that are not known here (bits {features & ~_UNDERSTOOD:#x}).")
        extensions = _extensions(stream, header_bytes, 1 << self._bits)
        if compression not in (_DEFLATE, _ZSTANDARD):
            raise Unreadable(f"Its clusters are compressed by method {compression}, which is not known.")
        self._compression = compression
        self._entry_bytes = 16 if features & _SUBCLUSTERS else 8
        self._table_bits = self._bits - (4 if features & _SUBCLUSTERS else 3)
        self._zero_flag = version == 3
        self._stream = stream
        self._content = stream
        if features & _EXTERNAL_FILE:
            self._content = files.parent(name_from_bytes(extensions.get(_EXTERNAL_NAME, b"")))
        self._external = bool(features & _EXTERNAL_FILE)
        self._kept = files.kept
        self._limits = files.limits
        self._tables = Tables(stream, files.kept, "big")
        kind = extensions.get(_BACKING_FORMAT, b"").decode("ascii", "replace")
        self._parent = _backing(stream, files, backing, backing_length, kind)

    def piece(self, offset: int, length: int) -> bytes:
        cluster_bytes = 1 << self._bits
        number, inside = offset >> self._bits, offset & cluster_bytes - 1
        length = min(length, cluster_bytes - inside)
        if number >> self._table_bits >= self._top_count:
            raise Unreadable(f"Its tables end before byte {offset} of the medium: it is damaged.")
        table = self._tables.number(self._top + 8 * (number >> self._table_bits), 8) & _OFFSET
        if not table:
            return beneath(self._parent, offset, length)
        place = table + self._entry_bytes * (number & (1 << self._table_bits) - 1)
        entry = self._tables.number(place, 8)
        if entry >> 62 & 1:
            return self._kept.get(self, entry, self._decompressed)[inside : inside + length]
        if self._entry_bytes == 16:
            return self._subcluster(entry & _OFFSET, self._tables.number(place + 8, 8), offset, length)
        if self._zero_flag and entry & 1:
            return bytes(length)
        # In an external file a cluster may lie at byte 0; it is there where the flag says that it is used once.
        if not entry & _OFFSET and not (self._external and entry >> 63):
            return beneath(self._parent, offset, length)
        return exactly(self._content, (entry & _OFFSET) + inside, length)

    def _subcluster(self, cluster: int, states: int, offset: int, length: int) -> bytes:
        """From the subcluster at `offset` on as far as its neighbours are in the same state."""
        inside, bits = offset & (1 << self._bits) - 1, self._bits - 5
        number, last = inside >> bits, inside + length - 1 >> bits
        state, end = states >> number & _STATE, number + 1
        while end <= last and states >> end & _STATE == state:
            end += 1
        length = min(length, (end << bits) - inside)
        if state >> 32:
            return bytes(length)
        if state:
            return exactly(self._content, cluster + inside, length)
        return beneath(self._parent, offset, length)

    def _decompressed(self, entry: int) -> bytes:
        shift, size_bytes = 70 - self._bits, 1 << self._bits
        place, sectors = entry & (1 << shift) - 1, entry >> shift & (1 << 62 - shift) - 1
        raw = self._stream.read_at(place, 512 * (sectors + 1) - place % 512)
        if self._compression == _DEFLATE:
            return inflated(raw, size_bytes, -15)
        found = b""
        for part in fed(unzstd(self._limits), raw):
            found += part
            if len(found) >= size_bytes:
                return found[:size_bytes]
        raise Unreadable(f"A compressed cluster of it has {len(found)} bytes instead of {size_bytes}.")


def _extensions(stream: Stream, place: int, end: int) -> dict[int, bytes]:
    """The header's extensions by type, as far as they are asked for here."""
    found: dict[int, bytes] = {}
    for _ in range(MOST_EXTENSIONS):
        if place + 8 > min(end, stream.size_bytes):
            break
        kind, length = struct.unpack(">II", exactly(stream, place, 8))
        if not kind:
            break
        if kind in (_BACKING_FORMAT, _EXTERNAL_NAME) and length <= 1023:
            found[kind] = exactly(stream, place + 8, length)
        place += 8 + length + -length % 8
    return found
