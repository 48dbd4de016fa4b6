"""Microsoft's disk images of Hyper-V: VHDX."""

import struct
import uuid
from dataclasses import dataclass

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits
from amparo.evidence.virtual_disk import (
    Files,
    Medium,
    Tables,
    VirtualDisk,
    beneath,
    exactly,
    opened,
    run,
    text_of_utf16,
)

MAGIC = b"vhdxfile"
_HEADERS, _REGIONS = (64 * 1024, 128 * 1024), (192 * 1024, 256 * 1024)
_HEADER = struct.Struct("<4s4xQ16x16s16sHHIQ")
_REGION, _ITEM, _PAIR = struct.Struct("<16sQII"), struct.Struct("<16sIII4x"), struct.Struct("<IIHH")
_MOST_ENTRIES = 2047
_MOST_LOG_BYTES = 16 * MIB

_MAP, _METADATA = (
    uuid.UUID(text).bytes_le
    for text in ("2dc27766-f623-4200-9d64-115e9bfd4a08", "8b7ca206-4790-4b9a-b8fe-575f050f886e")
)
_PARAMETERS, _SIZE, _SECTOR, _PARENT, _DISK, _PHYSICAL = (
    uuid.UUID(text).bytes_le
    for text in (
        "caa16737-fa36-4d43-b3b6-33f0aa44e76b",
        "2fa54224-cd1b-4876-b211-5dbed83bf4b8",
        "8141bf1d-a96f-4709-ba47-f233a8faab5f",
        "a8d35f2d-b30b-454d-abf7-d3d84834ab0c",
        "beca12ab-b2e6-4523-93ef-c309e000c746",
        "cda348c7-445d-4471-9cc9-e9885251c556",
    )
)
_ZEROS, _UNMAPPED, _FULL, _PARTIAL = 2, 3, 6, 7
_IN_MIB = ~(MIB - 1)


@dataclass(frozen=True, slots=True)
class Vhdx:
    """Hyper-V's virtual hard disks (VHDX), dynamic, fixed and differencing: one item without a name, the medium.

    A differencing disk's parent is sought beside it under the names that it states, and must not have changed since,
    by the identifier of its last write. A disk whose log holds writes that are not applied yet cannot be read: it
    says so.
    """

    @property
    def kind(self) -> str:
        """`vhdx`."""
        return "vhdx"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the signature."""
        return head.startswith(MAGIC)

    def open(self, stream: Stream, *, limits: Limits) -> VirtualDisk:
        """Read headers and metadata, and those of each parent. Raise `Unreadable`."""
        return opened(stream, limits, lambda stream, files: _Vhdx(stream, files, ()))


class _Vhdx(Medium):
    """After [MS-VHDX] 2.2 to 2.6. The disk was last written under one of the identifiers `expected`, if there are."""

    def __init__(self, stream: Stream, files: Files, expected: tuple[str, ...]) -> None:
        if exactly(stream, 0, 8) != MAGIC:
            raise Unreadable("Its parent is no VHDX.")
        _require_unchanged(stream, expected)
        regions = _regions(stream)
        metadata = _metadata(stream, *regions[_METADATA])
        self._map, map_bytes = regions[_MAP]
        self._count = map_bytes // 8
        self._block_bytes, flags = struct.unpack_from("<II", metadata[_PARAMETERS])
        (self.size_bytes,) = struct.unpack_from("<Q", metadata[_SIZE])
        (self._sector_bytes,) = struct.unpack_from("<I", metadata[_SECTOR])
        if self._block_bytes.bit_count() != 1 or not MIB <= self._block_bytes <= 256 * MIB:
            raise Unreadable("The size of its blocks is impossible: its metadata are damaged.")
        if self._sector_bytes not in (512, 4096):
            raise Unreadable("The size of its sectors is impossible: its metadata are damaged.")
        self._ratio = (1 << 23) * self._sector_bytes // self._block_bytes
        self._stream = stream
        self._tables = Tables(stream, files.kept, "little")
        self._parent: Stream | None = None
        if flags & 2:
            stated = _locator(metadata.get(_PARENT, b""))
            names = [stated.get(key, "") for key in ("relative_path", "absolute_win32_path", "volume_path")]
            identifiers = [stated.get(key, "") for key in ("parent_linkage", "parent_linkage2")]
            self._parent = _Vhdx(files.parent(*names), files, tuple(filter(None, identifiers)))

    def piece(self, offset: int, length: int) -> bytes:
        number, inside = divmod(offset, self._block_bytes)
        length = min(length, self._block_bytes - inside)
        chunk, place_in_chunk = divmod(number, self._ratio)
        entry = self._entry(number + chunk)
        state, place = entry & 7, entry & _IN_MIB
        if state == _FULL:
            return exactly(self._stream, place + inside, length)
        if state in (_ZEROS, _UNMAPPED):
            return bytes(length)
        if state != _PARTIAL:
            return beneath(self._parent, offset, length)
        bitmap = self._entry((chunk + 1) * (self._ratio + 1) - 1)
        if bitmap & 7 != _FULL:
            raise Unreadable(f"The bitmap for byte {offset} of the medium is missing: it is damaged.")
        size, before = self._sector_bytes, place_in_chunk * (self._block_bytes // self._sector_bytes)
        first, last = inside // size, (inside + length - 1) // size
        own, count = run(self._tables, bitmap & _IN_MIB, before + first, before + last, high_bit_first=False)
        length = min(length, (first + count) * size - inside)
        return exactly(self._stream, place + inside, length) if own else beneath(self._parent, offset, length)

    def _entry(self, number: int) -> int:
        if number >= self._count:
            raise Unreadable("Its table ends before its medium does: it is damaged.")
        return self._tables.number(self._map + 8 * number, 8)


def _require_unchanged(stream: Stream, expected: tuple[str, ...]) -> None:
    """Raise `Unreadable` where writes wait in the log, or the last was not made under an identifier of `expected`."""
    headers = []
    for place in _HEADERS:
        raw = stream.read_at(place, 4096)
        if len(raw) == 4096 and raw.startswith(b"head") and _intact(raw):
            headers.append(_HEADER.unpack_from(raw))
    if not headers:
        raise Unreadable("Both copies of its header are damaged or missing.")
    _, _, written, log, log_version, version, log_bytes, log_place = max(headers, key=lambda header: header[1])
    if version != 1 or log_version != 0:
        raise Unreadable(f"It is a VHDX of version {version} with a log of version {log_version}, which is not read.")
    if any(log) and _in_use(stream, log, log_place, log_bytes):
        raise Unreadable(
            "It was not closed properly, and its log holds writes that are not applied: open a copy where it was in"
            " use, or with qemu-img check -r all, and give that."
        )
    if expected and f"{{{uuid.UUID(bytes_le=written)}}}" not in map(str.lower, expected):
        raise Unreadable("Its parent is another disk than the one that it was made on, or was changed since.")


def _in_use(stream: Stream, log: bytes, place: int, size_bytes: int) -> bool:
    """Whether the log has an entry of the identifier `log`."""
    if size_bytes > _MOST_LOG_BYTES:
        return True
    for at in range(place, min(place + size_bytes, stream.size_bytes), 4096):
        entry = stream.read_at(at, 48)
        if entry.startswith(b"loge") and entry[32:] == log:
            return True
    return False


def _regions(stream: Stream) -> dict[bytes, tuple[int, int]]:
    """Place and length of the map and the metadata."""
    for place in _REGIONS:
        raw = stream.read_at(place, 64 * 1024)
        if len(raw) < 64 * 1024 or not raw.startswith(b"regi") or not _intact(raw):
            continue
        count = min(int.from_bytes(raw[8:12], "little"), _MOST_ENTRIES)
        found = {}
        for at in range(16, 16 + count * _REGION.size, _REGION.size):
            kind, start, length, required = _REGION.unpack_from(raw, at)
            if kind in (_MAP, _METADATA):
                found[kind] = start, length
            elif required & 1:
                raise Unreadable(f"It needs a region of the kind {uuid.UUID(bytes_le=kind)}, which is not known here.")
        if len(found) == 2:
            return found
    raise Unreadable("Both copies of its region table are damaged or missing.")


def _metadata(stream: Stream, place: int, size_bytes: int) -> dict[bytes, bytes]:
    """The metadata of the disk by their identifiers."""
    raw = stream.read_at(place, min(size_bytes, MIB))
    if not raw.startswith(b"metadata") or len(raw) < 64 * 1024:
        raise Unreadable("Its metadata are damaged or missing.")
    found = {}
    count = min(int.from_bytes(raw[10:12], "little"), _MOST_ENTRIES)
    for at in range(32, 32 + count * _ITEM.size, _ITEM.size):
        kind, start, length, flags = _ITEM.unpack_from(raw, at)
        if kind in (_PARAMETERS, _SIZE, _SECTOR, _PARENT):
            found[kind] = raw[start : start + length]
        elif flags & 4 and kind not in (_DISK, _PHYSICAL):
            raise Unreadable(f"It needs metadata of the kind {uuid.UUID(bytes_le=kind)}, which is not known here.")
    for kind, least in ((_PARAMETERS, 8), (_SIZE, 8), (_SECTOR, 4)):
        if len(found.get(kind, b"")) < least:
            raise Unreadable("Its metadata are incomplete: they are damaged.")
    return found


def _locator(raw: bytes) -> dict[str, str]:
    """Keys and values of a parent locator."""
    found = {}
    count = int.from_bytes(raw[18:20], "little")
    for at in range(20, min(20 + count * _PAIR.size, len(raw) - _PAIR.size + 1), _PAIR.size):
        key, value, key_bytes, value_bytes = _PAIR.unpack_from(raw, at)
        found[text_of_utf16(raw[key : key + key_bytes], "little")] = text_of_utf16(
            raw[value : value + value_bytes], "little"
        )
    return found


def _intact(raw: bytes) -> bool:
    """Whether the CRC-32C at byte 4 is that of the structure with zeros in its place."""
    checksum = 0xFFFFFFFF
    for byte in raw[:4] + bytes(4) + raw[8:]:
        checksum = _CRC[(checksum ^ byte) & 0xFF] ^ checksum >> 8
    return checksum ^ 0xFFFFFFFF == int.from_bytes(raw[4:8], "little")


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_CRC = tuple(map(_crc_of, range(256)))
"""CRC-32C (Castagnoli), RFC 3720 appendix B.4, reflected."""
