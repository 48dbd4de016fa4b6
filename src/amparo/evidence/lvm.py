"""Linux' logical volumes (LVM2): those that lie whole on the one disk that is there."""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable, Unsupported
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import MIB, Limits
from amparo.evidence.lvm_text import parse
from amparo.evidence.streams import Nameless

_SECTOR = 512
_LABEL = re.compile(rb"LABELONE.{16}LVM2 001", re.DOTALL)
_DATA_AREA = struct.Struct("<QQ")
_AREA_MARK = b" LVM2 x[5A%r0N*>"
_LOCATION = struct.Struct("<QQII")
_LARGEST_TEXT_BYTES = 64 * MIB
_MOST_SEGMENTS = 1_000_000
_LARGEST_BYTES = 1 << 62


@dataclass(frozen=True, slots=True)
class Lvm:
    """A physical volume of LVM2: its logical volumes by their names, linear or striped, as far as they lie on it.

    A volume that needs another disk of its group, or that is no plain sequence of extents (thin, cached, RAID,
    snapshot), is an item that says so.
    """

    @property
    def kind(self) -> str:
        """`lvm`."""
        return "lvm"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the label, which stands in one of the first four sectors."""
        return any(_LABEL.match(head, sector * _SECTOR) for sector in range(4))

    def open(self, stream: Stream, *, limits: Limits) -> "VolumeGroup":
        """Read the metadata of the group. Raise `Unreadable`."""
        return VolumeGroup(stream, limits)


@dataclass(frozen=True, slots=True)
class _Run:
    """A part of a logical volume: `stripes` take turns, `stripe_bytes` each; each is a place on the disk."""

    start: int
    size_bytes: int
    stripe_bytes: int
    stripes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Volume:
    name: str
    size_bytes: int | None
    runs: tuple[_Run, ...] = ()
    obstacle: str = ""
    cause: Cause = Cause.UNSUPPORTED


class VolumeGroup:
    """An opened physical volume, with the logical volumes of its group."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        identifier, areas = _label(stream)
        self._volumes = {volume.name: volume for volume in _volumes(_metadata(stream, areas), identifier)}

    def items(self) -> Iterator[Item]:
        """As `Container.items`: each logical volume."""
        for count, volume in enumerate(self._volumes.values()):
            if count == self._limits.container_items:
                raise LimitReached(f"Only its first {count} volumes were listed: that is the limit.")
            yield Item(volume.name, volume.size_bytes, volume=True, obstacle=volume.obstacle,
                       cause=volume.cause if volume.obstacle else Cause.UNREADABLE)  # fmt: skip

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        volume = None if locator else self._volumes.get(name)
        if volume is None:
            raise Unreadable(f"The group has no logical volume {escape(name)!r}.")
        if volume.obstacle:
            raise (Unsupported if volume.cause is Cause.UNSUPPORTED else Unreadable)(volume.obstacle)
        return _LogicalVolume(self._stream, volume)

    def close(self) -> None:
        """Nothing to give up."""


def _label(stream: Stream) -> tuple[bytes, list[tuple[int, int]]]:
    """The identifier of the physical volume, and where its metadata areas are."""
    head = stream.read_at(0, 4 * _SECTOR)
    for sector in range(4):
        found = _LABEL.match(head, sector * _SECTOR)
        if found is not None:
            break
    else:
        raise Unreadable("Its label is damaged or cut short.")
    start = found.start()
    header = start + int.from_bytes(head[start + 20 : start + 24], "little")
    place = header + 40
    lists: list[list[tuple[int, int]]] = [[], []]
    for areas in lists:  # the data areas, then the metadata areas; each list ends with zeros
        while place + 16 <= start + _SECTOR:
            offset, size = _DATA_AREA.unpack_from(head, place) if place + 16 <= len(head) else (0, 0)
            place += 16
            if not offset:
                break
            areas.append((offset, size))
    return head[header : header + 32], lists[1]


def _metadata(stream: Stream, areas: list[tuple[int, int]]) -> Mapping[str, Any]:
    """What the newest copy of the metadata says that can be read."""
    failure: Unreadable | None = None
    found: list[tuple[int, Mapping[str, Any]]] = []
    for offset, size in areas:
        try:
            group = parse(_text(stream, offset, size))
            found.append((_number(group, "seqno"), group))
        except Unreadable as error:
            failure = failure or error
    if found:
        return max(found, key=lambda each: each[0])[1]
    raise failure or Unsupported(
        "It says that it is a part of an LVM group, and the group's metadata lie on another of its disks, if anywhere."
    )


def _text(stream: Stream, offset: int, size: int) -> bytes:
    """The text of the group in one metadata area, which goes round in a circle behind the area's header."""
    header = stream.read_at(offset, _SECTOR)
    if len(header) < _SECTOR or header[4:20] != _AREA_MARK:
        raise Unreadable(f"The metadata of the group at byte {offset} are damaged or cut short.")
    start, length, _, _ = _LOCATION.unpack_from(header, 40)
    if not length:
        raise Unsupported("This disk was prepared for LVM and belongs to no group: it holds no volumes.")
    if not _SECTOR <= start < size or length > min(size - _SECTOR, _LARGEST_TEXT_BYTES):
        raise Unreadable(f"The metadata of the group at byte {offset} are damaged: their place is impossible.")
    first = min(length, size - start)
    text = stream.read_at(offset + start, first) + stream.read_at(offset + _SECTOR, length - first)
    if len(text) < length:
        raise Unreadable(f"The metadata of the group at byte {offset} are cut short.")
    return text


def _volumes(metadata: Mapping[str, Any], identifier: bytes) -> Iterator[_Volume]:
    """The logical volumes that a person sees; those of which others are made are parts of these."""
    name, group = next(((name, value) for name, value in metadata.items() if isinstance(value, dict)), ("", {}))
    extent_bytes = _number(group, "extent_size") * _SECTOR
    disks = group.get("physical_volumes", {})
    if not extent_bytes or not isinstance(disks, dict):
        raise Unreadable("The metadata of the group are damaged.")
    starts = {
        label: _number(disk, "pe_start") * _SECTOR
        for label, disk in disks.items()
        if isinstance(disk, dict) and str(disk.get("id", "")).replace("-", "").encode("utf-8", "replace") == identifier
    }
    if not starts:
        raise Unreadable(f"The metadata of the group {escape(name)} do not name this disk.")
    volumes = group.get("logical_volumes", {})
    for label, volume in volumes.items() if isinstance(volumes, dict) else ():
        if isinstance(volume, dict):
            yield _volume(label, volume, extent_bytes, starts, len(disks))


def _volume(label: str, volume: Mapping[str, Any], extent_bytes: int, starts: Mapping[str, int], disks: int) -> _Volume:
    name = name_from_text(label).replace("/", "_")
    count = _number(volume, "segment_count")
    runs: list[_Run] = []
    size = 0
    try:
        if not 0 < count <= _MOST_SEGMENTS:
            raise Unreadable("The metadata of this volume are damaged: it has no segments.")
        for number in range(1, count + 1):
            segment = volume.get(f"segment{number}")
            if not isinstance(segment, dict):
                raise Unreadable(f"The metadata of this volume are damaged: segment {number} is missing.")
            runs.append(_run(segment, extent_bytes, starts, disks))
            size += runs[-1].size_bytes
            if size > _LARGEST_BYTES or runs[-1].start != size - runs[-1].size_bytes:
                raise Unreadable("The metadata of this volume are damaged: its segments do not join.")
    except Unreadable as error:
        return _Volume(name, None, obstacle=str(error), cause=Cause.of(error))
    return _Volume(name, size, tuple(runs))


def _run(segment: Mapping[str, Any], extent_bytes: int, starts: Mapping[str, int], disks: int) -> _Run:
    kind = segment.get("type")
    if kind != "striped":
        raise Unsupported(
            f"This logical volume is of the kind '{escape(str(kind)[:40])}', not a plain sequence of extents: activate"
            " the group with LVM and image the volume by itself."
        )
    start, size = _number(segment, "start_extent") * extent_bytes, _number(segment, "extent_count") * extent_bytes
    listed = segment.get("stripes")
    count = _number(segment, "stripe_count")
    if not isinstance(listed, list) or len(listed) != 2 * count or not count or size <= 0:
        raise Unreadable("The metadata of this volume are damaged: its stripes are.")
    places = []
    for label, extent in zip(listed[::2], listed[1::2], strict=True):
        if not isinstance(extent, int) or not 0 <= extent < _LARGEST_BYTES // extent_bytes:
            raise Unreadable("The metadata of this volume are damaged: its stripes are.")
        if label not in starts:
            raise Unsupported(
                f"This logical volume lies on several of the group's {disks} disks, and only one is here: activate the"
                " group with LVM, with all its disks, and image the volume by itself."
            )
        places.append(starts[str(label)] + extent * extent_bytes)
    stripe_bytes = _number(segment, "stripe_size") * _SECTOR if count > 1 else size
    if stripe_bytes <= 0 or _number(segment, "extent_count") % count or (count > 1 and (size // count) % stripe_bytes):
        raise Unreadable("The metadata of this volume are damaged: its stripes are.")
    return _Run(start, size, stripe_bytes, tuple(places))


def _number(values: Any, key: str) -> int:
    value = values.get(key) if isinstance(values, dict) else None
    return value if isinstance(value, int) and 0 <= value < 1 << 48 else 0


class _LogicalVolume(Nameless):
    """The bytes of a logical volume."""

    def __init__(self, disk: Stream, volume: _Volume) -> None:
        self._disk = disk
        self._runs = volume.runs
        self.size_bytes = volume.size_bytes or 0

    def read_at(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size_bytes)
        parts = []
        while offset < end:
            part = self._piece(offset, end - offset)
            parts.append(part)
            offset += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _piece(self, offset: int, length: int) -> bytes:
        run = next(run for run in self._runs if run.start <= offset < run.start + run.size_bytes)
        turn, inside = divmod(offset - run.start, run.stripe_bytes)
        length = min(length, run.stripe_bytes - inside)
        row, column = divmod(turn, len(run.stripes))
        place = run.stripes[column] + row * run.stripe_bytes + inside
        part = self._disk.read_at(place, length) if place < self._disk.size_bytes else b""
        if len(part) < length:
            raise Unreadable(f"The disk ends at byte {self._disk.size_bytes}, before this logical volume does.")
        return part

    def close(self) -> None:
        pass
