"""Zip archives, and what is built on them: phone extractions, office documents, app packages."""

import stat
import struct
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import MIB, Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.bomb import bomb_obstacle
from amparo.evidence.name_index import NameIndex
from amparo.evidence.streams import ForwardStream, OverFile, PartStream
from amparo.evidence.zip_coders import STORED, Checked, coder, inflated
from amparo.evidence.zip_directory import (
    LARGEST_RECORD,
    LOCAL,
    LOCAL_BYTES,
    Member,
    find_directory,
    find_ends,
    read_member,
)
from amparo.evidence.zip_encryption import Doubted, Passwords, Unlocked, locked
from amparo.evidence.zip_gaps import gaps
from amparo.evidence.zip_parts import FIRST_PART, Parts, assembled, parts_at_end

_WINDOW_BYTES = MIB
_STEP_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Zip:
    """Zip archives (PKWARE APPNOTE 6.3.10, zip64 included); of the two directories only the central one counts.

    Members may be stored, deflated, or compressed with deflate64 or Zstandard (both with the extra `archives`), bzip2,
    LZMA or xz; encrypted by PKZIP's old cipher or by AES, whose passwords are tried. Parts (`x.z01`, `x.z02` …) are
    opened by the last, `x.zip`. An archive behind something else (a program that unpacks it) is found by its end, and
    what belongs to no member follows as `$Unclaimed/OFFSET`. Bombs are listed with that obstacle: members that overlap
    others, and those that would grow more than 250-fold beyond a gibibyte.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "zip"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        # A split archive begins with a mark of its own before the first member; an empty one is only an end.
        return size_bytes >= 22 and head.startswith((LOCAL, b"PK\x05\x06", b"PK00PK\x03\x04", b"PK\x07\x08PK\x03\x04"))

    def recognises_end(self, tail: bytes, size_bytes: int) -> bool:
        """The last of several parts, which begins with anything."""
        return parts_at_end(tail)

    def follows(self, head: bytes, file: BinaryIO) -> bool:
        """As `AfterTheEnd.follows`: a program that unpacks itself, or anything else before an archive."""
        stream = OverFile(file)
        if stream.size_bytes <= LOCAL_BYTES or next(find_ends(stream), None) is None:
            return False
        with closing(ZipArchive(stream, Limits(), Secrets())) as archive:
            return any(archive.items())

    def open(self, stream: Stream, *, limits: Limits) -> "ZipArchive":
        """As `ContainerFormat.open`."""
        return ZipArchive(stream, limits, Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "ZipArchive":
        """As `Lockable.unlock`: the directory is never encrypted, members may be."""
        return ZipArchive(stream, limits, secrets)


class ZipArchive:
    """An opened zip archive."""

    def __init__(self, stream: Stream, limits: Limits, secrets: Secrets) -> None:
        self._disks: Sequence[int]
        self._stream, self._disks = assembled(stream)
        self._limits = limits
        self._passwords = Passwords(secrets)
        self._index: NameIndex | None = None
        try:
            self._directory = find_directory(self._stream, self._disks)
        except BaseException as error:
            self.close()
            if isinstance(error, Unreadable) and FIRST_PART.fullmatch(stream.name):
                raise Unreadable(
                    "It is the first part of a split zip archive: its last part (.zip) opens it."
                ) from error
            raise
        self._overlapping: frozenset[int] = frozenset()
        self._damage: Unreadable | None = None

    def items(self) -> Iterator[Item]:
        """As `Container.items`. A directory that breaks off gives the items before, then `Unreadable`."""
        for _, item in self.numbered():
            yield item

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`. The checksum is checked when the end is reached by reading forward."""
        index = self._scanned()
        for number in index.candidates(name, locator):
            member = self._member(number)
            if member is not None and member.name == name:
                return self._readable(member, number)
        damage = f" in the part that can be read. {self._damage}" if self._damage else "."
        raise Unreadable(f"The zip archive has no member {escape(name)}{damage}")

    def numbered(self) -> Iterator[tuple[int, Item]]:
        """The items, each with the number of its member in the directory; else as `items`."""
        index = self._scanned()
        for number, (_, member) in enumerate(self._members(len(index.places))):
            locator = index.locator(number)
            if not member.is_folder:
                yield number, _item(member, locator, *self._obstacle(member, number))
        if self._damage is not None:
            raise self._damage

    def number_of(self, name: str) -> int | None:
        """The number of the first member of this name that is no folder; `None` where there is none."""
        for number in self._scanned().candidates(name, ""):
            member = self._member(number)
            if member is not None and member.name == name:
                return number
        return None

    def numbered_item(self, number: int) -> Item:
        """The item of a member by its number, without a locator. Raise `Unreadable`."""
        member = self._member(number)
        if member is None:
            raise Unreadable(f"The zip archive has no member {number}.")
        return _item(member, "", *self._obstacle(member, number))

    def open_numbered(self, number: int) -> Stream:
        """The bytes of a member by its number. Raise `Unreadable`."""
        member = self._member(number)
        if member is None:
            raise Unreadable(f"The zip archive has no member {number}.")
        return self._readable(member, number)

    def mentions(self, name: bytes) -> bool:
        """Whether these bytes stand anywhere in the directory: a quick look before the members are gone through."""
        for place in range(self._directory.start, self._directory.end, _WINDOW_BYTES):
            if name in self._stream.read_at(place, min(_WINDOW_BYTES + len(name), self._directory.end - place)):
                return True
        return False

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`: before, between and behind its members and its directory.

        A split archive has none: its members run from part to part.
        """
        if isinstance(self._stream, Parts):
            return []
        starts, ends = array("q"), array("q")
        try:
            for _, member in self._members(self._limits.container_items):
                start = max(member.start, 0)
                starts.append(min(start, self._stream.size_bytes))
                ends.append(min(start + member.least_bytes, self._stream.size_bytes))
        except Unreadable:
            return []  # what the rest of the directory claims is not known
        return list(gaps(self._stream, starts, ends, self._directory))

    def _member(self, number: int) -> Member | None:
        """A member that is no folder, by its number."""
        places = self._scanned().places
        if not 0 <= number < len(places):
            return None
        member = read_member(self._record(places, number), 0, self._directory.shift, self._disks)
        return None if member is None or member.is_folder else member

    def _readable(self, member: Member, number: int) -> Stream:
        obstacle, cause = self._obstacle(member, number)
        if obstacle:
            raise LimitReached(obstacle) if cause is Cause.LIMIT else Unreadable(obstacle)
        return self._open(member)

    def _record(self, places: Sequence[int], number: int) -> bytes:
        """The bytes from the beginning of one record to that of the next."""
        end = places[number + 1] if number + 1 < len(places) else self._directory.end
        return self._stream.read_at(places[number], min(end - places[number], LARGEST_RECORD))

    def close(self) -> None:
        """As `Container.close`."""
        if self._index is not None:
            self._index.close()
            self._index = None
        if isinstance(self._stream, Parts):
            self._stream.close()

    def _scanned(self) -> NameIndex:
        """The index of the members; making it finds those that overlap, and where the directory breaks off."""
        if self._index is None:
            index = NameIndex()
            reached, in_order = 0, True
            try:
                for place, member in self._members(self._limits.container_items):
                    index.add(member.name, place)
                    start, end = self._span(member)
                    in_order = in_order and start >= reached
                    reached = max(reached, end)
            except Unreadable as error:
                self._damage = error
            self._index = index
            if not in_order:
                self._overlapping = self._overlaps(len(index.places))
        return self._index

    def _span(self, member: Member) -> tuple[int, int]:
        """Where a member begins and ends, as far as the archive reaches."""
        size_bytes = self._stream.size_bytes
        return min(member.start, size_bytes), min(member.start + LOCAL_BYTES + member.packed_bytes, size_bytes)

    def _overlaps(self, count: int) -> frozenset[int]:
        """Numbers of the members that overlap; few archives have members in another order than their places."""
        starts, ends = array("q"), array("q")
        for _, member in self._members(count):
            start, end = self._span(member)
            starts.append(start)
            ends.append(end)
        return _overlapping(starts, ends)

    def _members(self, most: int) -> Iterator[tuple[int, Member]]:
        """The records of the central directory with their places."""
        place, window, window_start = self._directory.start, b"", self._directory.start
        count = 0
        while place < self._directory.end:
            if place + LARGEST_RECORD > window_start + len(window) < self._directory.end:
                window_start = place
                window = self._stream.read_at(place, min(_WINDOW_BYTES, self._directory.end - place))
            member = read_member(window, place - window_start, self._directory.shift, self._disks)
            if member is None:
                raise Unreadable(f"The zip archive's directory is damaged after {count} members; the others are lost.")
            if count == most:
                if most == self._limits.container_items:
                    raise LimitReached(f"It holds more items than the limit of {most}.")
                return
            yield place, member
            count += 1
            place += member.record_bytes

    def _obstacle(self, member: Member, number: int) -> tuple[str, Cause]:
        if stat.S_ISLNK(member.mode):
            return f"It is a symbolic link{self._target(member)}; links are not followed.", Cause.NO_BYTES
        if number in self._overlapping:
            return "Its bytes overlap those of another member, as in a bomb; it is not read.", Cause.LIMIT
        return bomb_obstacle(member.packed_bytes, member.size_bytes, self._limits), Cause.LIMIT

    def _target(self, member: Member) -> str:
        try:
            stream = self._open(member)
            return (
                f" to {escape(name_from_bytes(stream.read_at(0, stream.size_bytes)))}"
                if member.size_bytes < 4096
                else ""
            )
        except Unreadable:
            return ""

    def _open(self, member: Member) -> Stream:
        header = self._stream.read_at(member.start, LOCAL_BYTES) if member.start >= 0 else b""
        if len(header) < LOCAL_BYTES or not header.startswith(LOCAL):
            raise Unreadable("Its header is not where the zip archive says: the archive is damaged or cut short.")
        name_bytes, extra_bytes = struct.unpack_from("<2H", header, 26)
        packed = PartStream(self._stream, member.start + LOCAL_BYTES + name_bytes + extra_bytes, member.packed_bytes)
        unlocked = Unlocked(packed, member.method, member.crc)
        if locked(member):
            unlocked = self._passwords.unlock(packed, member, lambda found: _read_through(_opened(found, member)))
        opened = _opened(unlocked, member)
        return Doubted(opened) if unlocked.doubted else opened


def _opened(unlocked: Unlocked, member: Member) -> Stream:
    """The bytes of a member that is not encrypted, or no longer."""
    packed = unlocked.packed
    if unlocked.method == STORED:
        if member.size_bytes != packed.size_bytes:
            raise Unreadable("It is stored, but with two different sizes: the zip archive is damaged.")
        return packed if unlocked.crc is None else Checked(packed, unlocked.crc)
    coder(unlocked.method)  # says at once what cannot be read
    return ForwardStream(member.size_bytes, lambda: inflated(packed, unlocked.method, member.size_bytes, unlocked.crc))


def _read_through(stream: Stream) -> None:
    for place in range(0, stream.size_bytes, _STEP_BYTES):
        stream.read_at(place, _STEP_BYTES)


def _overlapping(starts: "array[int]", ends: "array[int]") -> frozenset[int]:
    """Numbers of the members that begin before an earlier one (by place) has ended."""
    if not starts:
        return frozenset()
    import numpy as np  # it takes its time, and only archives need it

    order = np.argsort(np.frombuffer(starts, np.int64), kind="stable")
    reached = np.maximum.accumulate(np.frombuffer(ends, np.int64)[order])
    late = np.frombuffer(starts, np.int64)[order][1:] < reached[:-1]
    return frozenset(order[1:][late].tolist())


def _item(member: Member, locator: str, obstacle: str, cause: Cause) -> Item:
    modified, accessed, created = member.times()
    return Item(
        member.name,
        None if obstacle else member.size_bytes,
        locator=locator,
        modified_ns=modified,
        accessed_ns=accessed,
        created_ns=created,
        obstacle=obstacle,
        cause=cause if obstacle else Cause.UNREADABLE,
    )
