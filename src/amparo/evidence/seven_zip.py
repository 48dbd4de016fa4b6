"""7z archives."""

import stat
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import MIB, Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.bomb import bomb_obstacle
from amparo.evidence.decoded_copy import DecodedCopy
from amparo.evidence.name_index import Locators, NameIndex
from amparo.evidence.seven_zip_cursor import NO_CRC, bit
from amparo.evidence.seven_zip_encryption import Passwords
from amparo.evidence.seven_zip_header import MARK, Files, Streams, end_of, read_directory
from amparo.evidence.streams import ForwardStream, MemoryStream, Nameless
from amparo.evidence.unclaimed import Shut, matters

_UNIX, _REPARSE_POINT = 1 << 15, 1 << 10
_FOLDER, _EMPTY_FILE, _ANTI, _MISSING = -1, -2, -3, -4
"""What a file without content is."""
_EPOCH = 116_444_736_000_000_000
"""1970 in units of 100 ns since 1601."""
_SOON_BYTES, _TRIED_BYTES = MIB, 64 * MIB
"""How far a password is tried: what is compressed with anything fails soon behind a wrong one."""
_WRONG_CRC = "Its bytes do not have the checksum (CRC-32) that the 7z archive states: they are damaged or were altered."


@dataclass(frozen=True, slots=True)
class SevenZip:
    """7z archives with LZMA, LZMA2, bzip2, deflate, delta and branch filters, or stored; with the extra `archives`
    Zstandard and Deflate64 too. Encrypted ones, names and all or not, are opened with a password that is given.

    Files in PPMd, BCJ2 and rarer methods are listed, and not read. A solid block is decompressed once for
    neighbours that are read in order. Blocks that would grow more than 250-fold beyond a gibibyte are bombs.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`; it begins with a letter, as every kind does."""
        return "sevenzip"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return head.startswith(MARK)

    def open(self, stream: Stream, *, limits: Limits) -> "SevenZipArchive | Shut":
        """As `ContainerFormat.open`."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "SevenZipArchive | Shut":
        """As `Lockable.unlock`. One whose very names need a password is `Shut` where something stands after it."""
        try:
            return SevenZipArchive(stream, limits, secrets)
        except Encrypted as error:
            behind = end_of(stream), stream.size_bytes
            if matters(stream, *behind):
                return Shut(error, [behind])
            raise


class SevenZipArchive:
    """An opened 7z archive."""

    def __init__(self, stream: Stream, limits: Limits, secrets: Secrets) -> None:
        self._stream = stream
        self._limits = limits
        self._passwords = Passwords(secrets)
        self._password_of: dict[int, str] = {}
        """By the number of the block, where one was found to fit."""
        self._streams, self._files = read_directory(stream, limits, self._passwords)
        self._names = _name_ends(self._files)
        self._contents = _contents(self._files, self._streams)
        self._index: NameIndex | None = None
        self._block: _OpenBlock | None = None

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        locators = Locators()
        for number in range(self._files.count):
            if number == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {number}.")
            name = self._name(number)
            locator = locators.of(name, number)
            if not self._is_folder(number):
                yield self._item(number, name, locator)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`. The checksum is checked when the end is reached by reading forward."""
        for number in self._scanned().candidates(name, locator):
            if self._name(number) == name and not self._is_folder(number):
                obstacle, cause = self._obstacle(number)
                if obstacle:
                    raise LimitReached(obstacle) if cause is Cause.LIMIT else Unreadable(obstacle)
                content = self._contents[number]
                return self._content(content) if content >= 0 else MemoryStream(b"")
        raise Unreadable(f"The 7z archive has no file {escape(name)}.")

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`: after the directory."""
        return [(end_of(self._stream), self._stream.size_bytes)]

    def close(self) -> None:
        """As `Container.close`."""
        if self._block is not None:
            self._block.leave()
            self._block = None

    def _content(self, content: int) -> Stream:
        streams = self._streams
        number, size_bytes, crc = streams.block_of[content], streams.sizes[content], streams.crcs[content]
        block = streams.blocks[number]
        password = self._password(number, content) if block.is_encrypted else ""

        def parts() -> Iterator[bytes]:
            return block.parts(self._stream, self._limits, self._passwords, password)

        if streams.counts[number] == 1:
            parts()  # says at once what cannot be read
            return ForwardStream(size_bytes, lambda: _checked(parts(), crc))
        if self._block is None or self._block.number != number:
            opened = _OpenBlock(number, parts(), self._limits)
            self.close()
            self._block = opened
        return _SolidContent(self._block, streams.starts[content], size_bytes, crc)

    def _password(self, number: int, content: int) -> str:
        """The password that fits a block. Raise `Encrypted` where none does."""
        if number in self._password_of:
            return self._password_of[number]
        while content and self._streams.block_of[content - 1] == number:
            content -= 1
        for password in self._passwords.candidates():
            if self._fits(number, content, password):
                self._passwords.fits(password)
                self._password_of[number] = password
                return password
        raise self._passwords.refusal("It is")

    def _fits(self, number: int, first: int, password: str) -> bool:
        """Whether the first content of a block comes out right: so far as is needed to tell, and `_TRIED_BYTES`."""
        block, size_bytes, crc = self._streams.blocks[number], self._streams.sizes[first], self._streams.crcs[first]
        own, done = 0, 0
        try:
            for part in block.parts(self._stream, self._limits, self._passwords, password):
                part = part[: size_bytes - done]
                own, done = zlib.crc32(part, own), done + len(part)
                if done >= size_bytes:
                    return crc in (own, NO_CRC)
                if done >= (_SOON_BYTES if block.is_compressed else _TRIED_BYTES):
                    return True
        except LimitReached:
            raise
        except Unreadable:
            return False
        return size_bytes == 0

    def _scanned(self) -> NameIndex:
        if self._index is None:
            index = NameIndex()
            for number in range(self._files.count):
                index.add(self._name(number), number)
            self._index = index
        return self._index

    def _name(self, number: int) -> str:
        if number >= len(self._names):
            return "(no name)"
        start = self._names[number - 1] + 2 if number else 0
        text = self._files.names[start : self._names[number]].decode("utf-16-le", "surrogatepass")
        return name_from_text(text).lstrip("/") or "(no name)"

    def _is_folder(self, number: int) -> bool:
        return self._contents[number] == _FOLDER

    def _item(self, number: int, name: str, locator: str) -> Item:
        content, (obstacle, cause) = self._contents[number], self._obstacle(number)
        size_bytes = self._streams.sizes[content] if content >= 0 else 0
        return Item(
            name,
            None if obstacle else size_bytes,
            locator=locator,
            modified_ns=_time(self._files.modified, number),
            accessed_ns=_time(self._files.accessed, number),
            created_ns=_time(self._files.created, number),
            obstacle=obstacle,
            cause=cause,
        )

    def _obstacle(self, number: int) -> tuple[str, Cause]:
        content = self._contents[number]
        if content == _ANTI:
            return "It is an anti-item: it says only that a file of this name is to be deleted.", Cause.NO_BYTES
        if content == _MISSING:
            return "The 7z archive's directory lists it, and does not say where its bytes stand.", Cause.UNREADABLE
        attributes = self._files.attributes[number] if self._files.attributes else 0
        kind = stat.S_IFMT(attributes >> 16) if attributes & _UNIX else 0
        if kind == stat.S_IFLNK or attributes & _REPARSE_POINT:
            return "It is a symbolic link; links are not followed.", Cause.NO_BYTES
        if kind not in (0, stat.S_IFREG):
            return "It is a device or a pipe, not a file.", Cause.NO_BYTES
        if content < 0:
            return "", Cause.UNREADABLE
        block = self._streams.blocks[self._streams.block_of[content]]
        return bomb_obstacle(block.packed_bytes, block.size_bytes, self._limits), Cause.LIMIT


class _OpenBlock:
    """The copy of a solid block: freed when the archive has gone on to another one and no stream reads it."""

    def __init__(self, number: int, parts: Iterator[bytes], limits: Limits) -> None:
        self.number = number
        self._copy = DecodedCopy(parts, limits)
        self._users = 1

    def enter(self) -> None:
        """One more reads it."""
        self._users += 1

    def leave(self) -> None:
        """One fewer reads it."""
        self._users -= 1
        if not self._users:
            self._copy.close()

    def read_at(self, offset: int, length: int) -> bytes:
        """Raise `Unreadable` where it ends before."""
        self._copy.grow(offset + length)
        if self._copy.size_bytes < offset + length:
            raise self._copy.damage or Unreadable(
                f"Its solid block in the 7z archive ends after {self._copy.size_bytes} bytes: it is damaged."
            )
        return self._copy.read_at(offset, length)


class _SolidContent(Nameless):
    """One file in a solid block, checked against its CRC-32 when it is read forward to its end."""

    def __init__(self, block: _OpenBlock, start: int, size_bytes: int, crc: int) -> None:
        block.enter()
        self._block: _OpenBlock | None = block
        self._start = start
        self._expected = crc
        self._crc = 0
        self._position = 0
        self.size_bytes = size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        length = min(length, self.size_bytes - offset)
        if length <= 0 or self._block is None:
            return b""
        part = self._block.read_at(self._start + offset, length)
        if offset == self._position:
            self._crc = zlib.crc32(part, self._crc)
            self._position += len(part)
            if self._position == self.size_bytes and self._expected not in (self._crc, NO_CRC):
                raise Unreadable(_WRONG_CRC)
        return part

    def close(self) -> None:
        """As `Stream.close`."""
        if self._block is not None:
            self._block.leave()
            self._block = None


def _checked(parts: Iterator[bytes], expected: int) -> Iterator[bytes]:
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
        yield part
    if expected not in (crc, NO_CRC):
        raise Unreadable(_WRONG_CRC)


def _name_ends(files: Files) -> "array[int]":
    """Where each name ends in the names, by number."""
    import numpy as np  # it takes its time, and only archives need it

    names = np.frombuffer(files.names, "<u2", len(files.names) // 2)
    ends = (np.flatnonzero(names == 0)[: files.count] * 2).astype(np.int64)
    return array("q", ends.tobytes())


def _contents(files: Files, streams: Streams) -> "array[int]":
    """The number of each file's content, or what it is that has none."""
    found, content, empties = array("q"), 0, 0
    for number in range(files.count):
        if not bit(files.empty, number):
            found.append(content if content < len(streams.sizes) else _MISSING)
            content += 1
            continue
        what = _EMPTY_FILE if bit(files.empty_file, empties) else _FOLDER
        found.append(_ANTI if bit(files.anti, empties) else what)
        empties += 1
    return found


def _time(times: "array[int]", number: int) -> int | None:
    """Nanoseconds since 1970; `None` for what no store holds."""
    time_ns = (times[number] - _EPOCH) * 100 if times and times[number] else None
    return time_ns if time_ns is not None and -(1 << 63) <= time_ns < 1 << 63 else None
