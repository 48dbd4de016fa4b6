"""Partition tables: the disks that hold volumes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytsk3

from amparo.domain.coverage import Account
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.evidence.disk_signatures import is_apm, is_gpt, is_mbr, is_sun
from amparo.evidence.sleuthkit import DiskImage
from amparo.evidence.streams import Nameless

_BEYOND = 1 << 52
"""Bytes. The Sleuth Kit refuses a whole table where one partition begins beyond the medium; so it is told this size."""
_LARGEST = 1 << 62
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the disk in bytes."""

    start: int
    size_bytes: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Mbr:
    """A disk with a DOS partition table, extended partitions included: its volumes are `p1`, `p2` … by their place.

    The partitions are those that `mmls` lists as allocated, in its order. Where the medium ends before a partition
    does, the part that is there can be read. A protective table is that of a GPT disk, and no DOS partition table.
    """

    @property
    def kind(self) -> str:
        """`mbr`."""
        return "mbr"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """Whether sector 0 is a partition table and not the boot sector of a volume."""
        return is_mbr(head)

    def open(self, stream: Stream, *, limits: Limits) -> "PartitionTable":
        """Read the table. Raise `Unreadable`."""
        return PartitionTable(stream, pytsk3.TSK_VS_TYPE_DOS, limits)


@dataclass(frozen=True, slots=True)
class Gpt:
    """A disk with a GUID partition table: its volumes are `p1`, `p2` … by their place.

    The partitions are those that `mmls` lists as allocated, in its order. The copy of the table at the end of the
    disk serves where the first is damaged.
    """

    @property
    def kind(self) -> str:
        """`gpt`."""
        return "gpt"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """Whether there is a GPT header or a protective master boot record."""
        return is_gpt(head)

    def open(self, stream: Stream, *, limits: Limits) -> "PartitionTable":
        """Read the table. Raise `Unreadable`."""
        return PartitionTable(stream, pytsk3.TSK_VS_TYPE_GPT, limits)


@dataclass(frozen=True, slots=True)
class Apm:
    """A disk with an Apple Partition Map: its volumes are `p1`, `p2` … by their place; the map itself is none."""

    @property
    def kind(self) -> str:
        """`apm`."""
        return "apm"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the map's entry for itself, in block 1 of 512, 1,024, 2,048 or 4,096 bytes."""
        return is_apm(head)

    def open(self, stream: Stream, *, limits: Limits) -> "PartitionTable":
        """Read the map. Raise `Unreadable`."""
        return PartitionTable(stream, pytsk3.TSK_VS_TYPE_MAC, limits)


@dataclass(frozen=True, slots=True)
class Sun:
    """A disk with the label of Solaris (VTOC): its slices are `p1`, `p2` … by their place."""

    @property
    def kind(self) -> str:
        """`sun`."""
        return "sun"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the mark and the checksum of sector 0."""
        return is_sun(head)

    def open(self, stream: Stream, *, limits: Limits) -> "PartitionTable":
        """Read the label. Raise `Unreadable`."""
        return PartitionTable(stream, pytsk3.TSK_VS_TYPE_SUN, limits)


class PartitionTable:
    """An opened partition table."""

    def __init__(self, stream: Stream, table_type: Any, limits: Limits) -> None:
        self._stream = stream
        allocated: list[Area] = []
        unallocated: list[Area] = []
        tables: list[Area] = []
        self._lost_table = 0
        for start, size_bytes, flags, description in _parts(stream, table_type):
            if flags & int(pytsk3.TSK_VS_PART_FLAG_ALLOC):
                allocated.append(Area(start, size_bytes, description))
            elif flags & int(pytsk3.TSK_VS_PART_FLAG_META):
                tables.append(Area(start, size_bytes, description))
                if start >= stream.size_bytes:
                    self._lost_table = self._lost_table or start
            elif start < stream.size_bytes:
                unallocated.append(Area(start, min(size_bytes, stream.size_bytes - start), description))
        self._limits = limits
        self.partitions = tuple(allocated)
        """In the order of their place; `p1` is the first."""
        self.unallocated = tuple(_without(unallocated, [*allocated, *tables]))
        """What no partition covers, in the order of place."""

    def items(self) -> Iterator[Item]:
        """The partitions. Raise `Unreadable` at the end where further tables lie beyond the end of the medium."""
        for number, area in enumerate(self.partitions, 1):
            if number > self._limits.container_items:
                raise LimitReached(f"Only its first {number - 1} partitions were listed: that is the limit.")
            size_bytes: int | None = area.size_bytes
            obstacle = ""
            if not 0 <= area.start < area.start + area.size_bytes < _LARGEST:
                size_bytes, obstacle = None, "The partition table is damaged: no disk is as large as this partition."
            elif area.start >= self._stream.size_bytes:
                obstacle = f"This partition begins at byte {area.start}, and the medium ends before."
            yield Item(f"p{number}", size_bytes, volume=True, obstacle=obstacle)
        for number, area in enumerate(self.unallocated, 1):
            if len(self.partitions) + number > self._limits.container_items:
                raise LimitReached("Not all the space between its partitions was listed: that is the limit.")
            yield Item(f"gap{number}", area.size_bytes, ItemState.UNALLOCATED, volume=True)
        if self._lost_table:
            raise Unreadable(f"A partition table should be at byte {self._lost_table}, and the medium ends before.")

    def open(self, name: str, locator: str) -> Stream:
        """A partition. Reading it raises `Unreadable` where the medium ends before it does."""
        found = re.fullmatch("(p|gap)([1-9][0-9]{0,8})", name)
        if found and not locator:
            areas, number = self.partitions if found[1] == "p" else self.unallocated, int(found[2])
            if number <= len(areas):
                return _PartitionStream(self._stream, areas[number - 1])
        raise Unreadable(f"The disk has {len(self.partitions)} partitions, p1 and so on, and no {escape(name)!r}.")

    def account(self) -> Account:
        """As `Accounted.account`: partitions are contents, what lies between them is unallocated."""
        size_bytes = self._stream.size_bytes
        held = _covered_bytes(self.partitions, size_bytes)
        both = _covered_bytes((*self.partitions, *self.unallocated), size_bytes)
        return Account(size_bytes, held, structure=size_bytes - both, unallocated=both - held)

    def close(self) -> None:
        """Nothing to give up."""


def _covered_bytes(areas: Sequence[Area], size_bytes: int) -> int:
    """How many of the first `size_bytes` bytes lie in one of the areas."""
    covered = reached = 0
    for area in sorted(areas, key=lambda area: area.start):
        start, end = max(area.start, reached), min(area.start + area.size_bytes, size_bytes)
        covered += max(end - start, 0)
        reached = max(reached, end)
    return covered


def _without(areas: Sequence[Area], others: Sequence[Area]) -> Iterator[Area]:
    """What of the areas no other covers: The Sleuth Kit counts the tables themselves as free, too."""
    taken = sorted((other.start, other.start + other.size_bytes) for other in others)
    for area in areas:
        place, end = area.start, area.start + area.size_bytes
        for start, stop in taken:
            if place < min(start, end):
                yield Area(place, min(start, end) - place, area.description)
            place = max(place, stop)
        if place < end:
            yield Area(place, end - place, area.description)


def _parts(stream: Stream, table_type: Any) -> list[tuple[int, int, int, str]]:
    """(start, bytes, flags, description) of each part; raise `Unreadable`."""
    failure: OSError | None = None
    for size_bytes in (stream.size_bytes, max(stream.size_bytes, _BEYOND)):
        image = DiskImage(stream, size_bytes)
        try:
            volumes = pytsk3.Volume_Info(image, table_type, 0)
            unit = int(volumes.info.block_size)
            return [
                (
                    int(part.start) * unit,
                    int(part.len) * unit,
                    int(part.flags),
                    (part.desc or b"").decode("utf-8", "replace"),
                )
                for part in volumes
            ]
        except OSError as error:
            failure = error
    raise Unreadable(f"Its partition table cannot be read. {image.reason(failure)}") from failure


class _PartitionStream(Nameless):
    """The bytes of one partition."""

    def __init__(self, disk: Stream, area: Area) -> None:
        self._disk = disk
        self._start = area.start
        self.size_bytes = area.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self.size_bytes - offset)
        if length <= 0:
            return b""
        start = self._start + offset
        read = self._disk.read_at(start, length) if 0 <= start < self._disk.size_bytes else b""
        if len(read) < length:
            raise Unreadable(
                f"The medium ends at byte {self._disk.size_bytes}, before this partition does"
                f" (at byte {self._start + self.size_bytes})."
            )
        return read

    def close(self) -> None:
        pass
