"""Tar archives, uncompressed."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.evidence.bomb import bomb_obstacle
from amparo.evidence.name_index import Locators, NameIndex
from amparo.evidence.streams import Nameless, PartStream
from amparo.evidence.tar_header import Entry, Pieces, checksum_holds, read_entry

_HARD_LINK = b"1"
_SPECIAL = {b"3": "a character device", b"4": "a block device", b"6": "a pipe", b"V": "the label of a volume"}


@dataclass(frozen=True, slots=True)
class Tar:
    """Tar archives: version 7, ustar, pax and GNU, with long names, sparse files and hard links.

    A hard link has the bytes of the member that it names. Times of pax are kept to the nanosecond.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "tar"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`: by the checksum of the first header, since old ones have no mark."""
        return head[:1] != b"\0" and checksum_holds(head)

    def open(self, stream: Stream, *, limits: Limits) -> "TarArchive":
        """As `ContainerFormat.open`."""
        return TarArchive(stream, limits)


class TarArchive:
    """An opened tar archive."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._index: NameIndex | None = None
        self._damage = "."
        self._end: int | None = None
        """Where the mark of the end stands, or what is damaged so that the rest is lost; once it was reached."""

    def items(self) -> Iterator[Item]:
        """As `Container.items`. An archive that is cut short or damaged gives the items before, then `Unreadable`."""
        locators = Locators()
        for number, (_, entry) in enumerate(self._entries()):
            locator = locators.of(entry.name, number)
            if not entry.is_folder:
                yield _item(entry, locator, self._limits)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        number, entry = self._find(name, locator, None)
        # Each link leads to a member before it, so this ends.
        while entry.kind == _HARD_LINK:
            number, entry = self._find(entry.link, "", number)
        if obstacle := _obstacle(entry, self._limits):
            raise LimitReached(obstacle)
        stored = PartStream(self._stream, entry.data_start, entry.data_bytes)
        return stored if entry.pieces is None else SparseStream(stored, entry.pieces, entry.size_bytes)

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`: from the mark of the end on, or from where it is damaged."""
        if self._end is None:
            self._scanned()
        return [] if self._end is None else [(self._end, self._stream.size_bytes)]

    def close(self) -> None:
        """As `Container.close`."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _find(self, name: str, locator: str, before: int | None) -> tuple[int, Entry]:
        """The entry of this name: the first, or for a hard link the last before it."""
        index = self._scanned()
        numbers = index.candidates(name, locator)
        if before is not None:
            numbers = [number for number in reversed(numbers) if number < before]
        for number in numbers:
            entry = read_entry(self._stream, index.places[number])
            if entry is not None and entry.name == name and not entry.is_folder:
                return number, entry
        purpose = "" if before is None else " for a hard link to have the bytes of"
        raise Unreadable(f"The tar archive has no member {escape(name)}{purpose}{self._damage}")

    def _scanned(self) -> NameIndex:
        if self._index is None:
            index = NameIndex()
            try:
                for place, entry in self._entries():
                    index.add(entry.name, place)
            except Unreadable as error:
                self._damage = f" in the part that can be read. {error}"
            self._index = index
        return self._index

    def _entries(self) -> Iterator[tuple[int, Entry]]:
        """All entries with their places."""
        place, count = 0, 0
        while (entry := self._entry(place)) is not None:
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {count}.")
            yield place, entry
            count += 1
            place = entry.end

    def _entry(self, place: int) -> Entry | None:
        entry = None
        try:
            entry = read_entry(self._stream, place)
        finally:
            if entry is None:
                self._end = min(place, self._stream.size_bytes)
        return entry


class SparseStream(Nameless):
    """A file with holes, which read as zeros."""

    def __init__(self, stored: Stream, pieces: Pieces, size_bytes: int) -> None:
        self._stored = stored
        self._starts = [offset for offset, _ in pieces]
        self._lengths = [length for _, length in pieces]
        self._places = [0, *accumulate(self._lengths)]
        self.size_bytes = size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        parts = []
        number = bisect_right(self._starts, offset) - 1
        while offset < end:
            inside = offset - self._starts[number] if number >= 0 else 0
            if number >= 0 and inside < self._lengths[number]:
                part = self._stored.read_at(
                    self._places[number] + inside, min(self._lengths[number] - inside, end - offset)
                )
            else:
                number += 1
                part = bytes(min(self._starts[number] if number < len(self._starts) else end, end) - offset)
                number -= number == len(self._starts)
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Nothing to give up."""


def _obstacle(entry: Entry, limits: Limits) -> str:
    if entry.kind == b"2":
        return f"It is a symbolic link to {escape(entry.link)}; links are not followed."
    if entry.kind in _SPECIAL:
        return f"It is {_SPECIAL[entry.kind]}, not a file."
    return bomb_obstacle(entry.data_bytes, entry.size_bytes, limits)


def _item(entry: Entry, locator: str, limits: Limits) -> Item:
    obstacle = _obstacle(entry, limits)
    return Item(
        entry.name,
        None if obstacle or entry.kind == _HARD_LINK else entry.size_bytes,
        locator=locator,
        modified_ns=entry.modified_ns,
        accessed_ns=entry.accessed_ns,
        changed_ns=entry.changed_ns,
        created_ns=entry.created_ns,
        obstacle=obstacle,
        cause=Cause.LIMIT if entry.kind != b"2" and entry.kind not in _SPECIAL else Cause.NO_BYTES,
    )
