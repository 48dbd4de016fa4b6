"""Cpio archives: of Unix backups, RPM packages, boot images of Linux and Android."""

import re
import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import Limits
from amparo.evidence.name_index import Locators, NameIndex
from amparo.evidence.streams import MemoryStream, Nameless, PartStream

_OLD, _OLD_SWAPPED = b"\xc7\x71", b"\x71\xc7"
_ODC, _NEWC, _CRC = b"070707", b"070701", b"070702"
_MARKS = (_OLD, _OLD_SWAPPED, _ODC, _NEWC, _CRC)
_END_NAME = b"TRAILER!!!"
_LONGEST_NAME = 64 * 1024
_LONGEST_LINK = 4096
_STEP_BYTES = 64 * 1024
_ODC_FIELDS = re.compile(rb"070707" + rb"([0-7]{6})" * 7 + rb"([0-7]{11})([0-7]{6})([0-7]{11})")
_NEWC_FIELDS = re.compile(rb"07070[12]" + rb"([0-9A-Fa-f]{8})" * 13)
_KIND, _FILE, _FOLDER, _LINK = 0o170000, 0o100000, 0o040000, 0o120000
_SPECIAL = {0o020000: "a character device", 0o060000: "a block device", 0o010000: "a pipe", 0o140000: "a socket"}
_KINDS = {_FILE, _FOLDER, _LINK, *_SPECIAL}


@dataclass(frozen=True, slots=True)
class Cpio:
    """Cpio archives: old binary in either byte order, odc (POSIX.1), newc and crc (SVR4).

    A file with several names has its bytes under each of them. Archives that stand one behind the other, as in boot
    images, are read as one. The sums of the crc kind are verified.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "cpio"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`: by a first header that makes sense, since the mark may be two bytes."""
        if not head.startswith(_MARKS):
            return False
        try:
            entry = _read_header(MemoryStream(head), 0)
        except Unreadable:
            return False
        return entry.name_is_whole and entry.end <= size_bytes and entry.mode & _KIND in _KINDS

    def open(self, stream: Stream, *, limits: Limits) -> "CpioArchive":
        """As `ContainerFormat.open`."""
        return CpioArchive(stream, limits)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One member."""

    raw_name: bytes
    name_is_whole: bool
    mode: int
    file: tuple[int, int, int]
    """Device and inode, which a file's names share, and how many these are."""
    modified_ns: int
    data_start: int
    size_bytes: int
    check: int | None
    """The sum of its bytes, in archives that have it."""
    end: int
    """Where the next header begins."""

    @property
    def name(self) -> str:
        """Without leading slashes."""
        return name_from_bytes(self.raw_name.lstrip(b"/")) or "(no name)"

    @property
    def is_folder(self) -> bool:
        return self.mode & _KIND == _FOLDER

    @property
    def is_other_name(self) -> bool:
        """Whether its bytes may stand with another name of the same file."""
        return self.mode & _KIND == _FILE and self.file[2] > 1 and not self.size_bytes


class CpioArchive:
    """An opened cpio archive."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._index: NameIndex | None = None
        self._linked: dict[tuple[int, int, int], int] = {}
        """Where the entry stands that has the bytes of a file with several names."""
        self._damage = "."
        self._end: int | None = None
        """Where bytes begin after the end mark that are not cpio, once they were reached."""

    def items(self) -> Iterator[Item]:
        """As `Container.items`. An archive that is cut short or damaged gives the items before, then `Unreadable`."""
        locators = Locators()
        for number, (_, entry) in enumerate(self._entries()):
            locator = locators.of(entry.name, number)
            if not entry.is_folder:
                yield self._item(entry, locator)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        index = self._scanned()
        for number in index.candidates(name, locator):
            entry = _read_header(self._stream, index.places[number])
            if entry.name == name and not entry.is_folder:
                if obstacle := self._obstacle(entry):
                    raise Unreadable(obstacle)
                if entry.is_other_name and entry.file in self._linked:
                    entry = _read_header(self._stream, self._linked[entry.file])
                return self._content(entry)
        raise Unreadable(f"The cpio archive has no member {escape(name)}{self._damage}")

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`: after the end mark of the last archive."""
        self._scanned()
        return [] if self._end is None else [(self._end, self._stream.size_bytes)]

    def close(self) -> None:
        """As `Container.close`."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _content(self, entry: _Entry) -> Stream:
        stored = PartStream(self._stream, entry.data_start, entry.size_bytes)
        return stored if entry.check is None else _Summed(stored, entry.check)

    def _scanned(self) -> NameIndex:
        if self._index is None:
            index = NameIndex()
            try:
                for place, entry in self._entries():
                    index.add(entry.name, place)
                    if entry.file[2] > 1 and entry.size_bytes:
                        self._linked[entry.file] = place
            except Unreadable as error:
                self._damage = f" in the part that can be read. {error}"
            self._index = index
        return self._index

    def _entries(self) -> Iterator[tuple[int, _Entry]]:
        """All entries with their places."""
        place, count = 0, 0
        while place < self._stream.size_bytes:
            entry = _read_header(self._stream, place)
            if entry.raw_name == _END_NAME:
                place = self._next_archive(entry.end)
                continue
            if entry.end > self._stream.size_bytes + 3:  # the last may lack what fills it up
                raise Unreadable(
                    f"The cpio archive ends at byte {self._stream.size_bytes}, in {escape(entry.name)}: cut short."
                )
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {count}.")
            yield place, entry
            count += 1
            place = entry.end
            if place >= self._stream.size_bytes:
                raise Unreadable("The cpio archive ends without its end mark: it is cut short.")

    def _next_archive(self, place: int) -> int:
        """Where another archive begins after zeros that fill up; the end of the stream where none does."""
        while part := self._stream.read_at(place, _STEP_BYTES):
            rest = part.lstrip(b"\0")
            place += len(part) - len(rest)
            if rest:
                if self._stream.read_at(place, 6).startswith(_MARKS):
                    return place
                self._end = place
                raise Unreadable(
                    f"After the end mark of the cpio archive, at byte {place}, stand {self._stream.size_bytes - place}"
                    " bytes more that are not cpio (in a boot image, a compressed archive)."
                )
        return self._stream.size_bytes

    def _obstacle(self, entry: _Entry) -> str:
        kind = entry.mode & _KIND
        if kind == _LINK:
            target = self._stream.read_at(entry.data_start, min(entry.size_bytes, _LONGEST_LINK))
            return f"It is a symbolic link to {escape(name_from_bytes(target))}; links are not followed."
        return f"It is {_SPECIAL[kind]}, not a file." if kind in _SPECIAL else ""

    def _item(self, entry: _Entry, locator: str) -> Item:
        obstacle = self._obstacle(entry)
        return Item(
            entry.name,
            None if obstacle or entry.is_other_name else entry.size_bytes,
            locator=locator,
            modified_ns=entry.modified_ns,
            obstacle=obstacle,
            cause=Cause.NO_BYTES if obstacle else Cause.UNREADABLE,
        )


class _Summed(Nameless):
    """A member of the crc kind: its bytes are held against their sum when they are read forward to the end."""

    def __init__(self, stream: Stream, expected: int) -> None:
        self._stream = stream
        self._expected = expected
        self._sum = 0
        self._position = 0
        self.size_bytes = stream.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        part = self._stream.read_at(offset, length)
        if offset == self._position and part:
            self._sum = (self._sum + sum(part)) & 0xFFFFFFFF
            self._position += len(part)
            if self._position == self.size_bytes and self._sum != self._expected:
                raise Unreadable("Its bytes do not add up to the sum that the cpio archive states: they are damaged.")
        return part

    def close(self) -> None:
        """Nothing to give up."""


def _read_header(stream: Stream, place: int) -> _Entry:
    """The entry whose header is at `place`. Raise `Unreadable`."""
    head = stream.read_at(place, 110)
    if head.startswith((_OLD, _OLD_SWAPPED)) and len(head) >= 26:
        return _old(stream, place, head)
    if (odc := _ODC_FIELDS.match(head)) is not None:
        device, inode, mode, _, _, links, _, modified, name_bytes, size = (int(field, 8) for field in odc.groups())
        start = place + 76
        return _entry(stream, start, name_bytes, 1, mode, (device, inode, links), modified, size, None)
    if (newc := _NEWC_FIELDS.match(head)) is not None:
        numbers = array("Q", (int(field, 16) for field in newc.groups()))
        inode, mode, _, _, links, modified, size, major, minor, _, _, name_bytes, check = numbers
        file = ((major << 32) + minor, inode, links)
        known = check if head.startswith(_CRC) and mode & _KIND == _FILE else None
        return _entry(stream, place + 110, name_bytes, 4, mode, file, modified, size, known)
    raise Unreadable(f"The cpio archive is damaged at byte {place}; what follows is lost.")


def _old(stream: Stream, place: int, head: bytes) -> _Entry:
    """Words of 16 bits; those of 32 have the higher half first, in either order."""
    words = struct.unpack_from("<13H" if head.startswith(_OLD) else ">13H", head)
    _, device, inode, mode, _, _, links, _, high_time, low_time, name_bytes, high_size, low_size = words
    modified, size = high_time << 16 | low_time, high_size << 16 | low_size
    return _entry(stream, place + 26, name_bytes, 2, mode, (device, inode, links), modified, size, None)


def _entry(
    stream: Stream,
    name_start: int,
    name_bytes: int,
    filled: int,
    mode: int,
    file: tuple[int, int, int],
    modified_s: int,
    size_bytes: int,
    check: int | None,
) -> _Entry:
    """Name and data are filled up to multiples of `filled`: of the place in newc, which counts from the header."""
    if not 0 < name_bytes <= _LONGEST_NAME:
        raise Unreadable(f"The cpio archive is damaged at byte {name_start}; what follows is lost.")
    raw = stream.read_at(name_start, name_bytes)
    header_bytes = 110 if filled == 4 else 0
    name_end = name_start + name_bytes + -(header_bytes + name_bytes) % filled
    return _Entry(
        raw_name=raw.split(b"\0")[0],
        name_is_whole=len(raw) == name_bytes and raw.endswith(b"\0") and len(raw.rstrip(b"\0")) > 0,
        mode=mode,
        file=file,
        modified_ns=modified_s * 1_000_000_000,
        data_start=name_end,
        size_bytes=size_bytes,
        check=check,
        end=name_end + size_bytes + -size_bytes % filled,
    )
