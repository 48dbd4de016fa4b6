"""What images of virtual disks share: a medium in blocks that tables locate, on top of other files."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Literal, cast

from isal import igzip_lib, isal_zlib

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import MIB, Limits
from amparo.evidence.siblings import Siblings
from amparo.evidence.streams import Nameless

KEPT_BYTES = 16 * MIB
"""Of tables and decompressed blocks, for a disk with all that it stands on."""
PAGE_BYTES = 64 * 1024
MOST_PARENTS = 64
"""Images on top of each other. Hyper-V makes 50 checkpoints at most, VMware 32."""
LARGEST_BYTES = 1 << 62

_IsalError = cast("type[Exception]", igzip_lib.IsalError)


class Kept:
    """What was read or decompressed last, up to `KEPT_BYTES`."""

    def __init__(self) -> None:
        self._parts: OrderedDict[tuple[object, int], bytes] = OrderedDict()
        self._size_bytes = 0

    def get(self, owner: object, number: int, make: Callable[[int], bytes]) -> bytes:
        """Part `number` of `owner`, from `make(number)` where it is not kept."""
        found = self._parts.get((owner, number))
        if found is not None:
            self._parts.move_to_end((owner, number))
            return found
        found = self._parts[owner, number] = make(number)
        self._size_bytes += len(found)
        while self._size_bytes > KEPT_BYTES and len(self._parts) > 1:
            self._size_bytes -= len(self._parts.popitem(last=False)[1])
        return found


class Tables:
    """The numbers in the tables of an image, read in pages when they are needed.

    So no number in the evidence chooses how much memory its tables take, and opening costs the same for any size.
    """

    def __init__(self, stream: Stream, kept: Kept, order: Literal["big", "little"]) -> None:
        self._stream = stream
        self._kept = kept
        self._order = order

    def number(self, place: int, size: int) -> int:
        """The unsigned number of `size` bytes at byte `place` of the image. Raise `Unreadable`."""
        page, at = divmod(place, PAGE_BYTES)
        if at + size > PAGE_BYTES:
            raw = self._stream.read_at(place, size)
        else:
            raw = self._kept.get(self, page, self._read)[at : at + size]
        if len(raw) < size:
            raise Unreadable(f"A table of the virtual disk should be at byte {place}, and the image ends before.")
        return int.from_bytes(raw, self._order)

    def _read(self, page: int) -> bytes:
        return self._stream.read_at(page * PAGE_BYTES, PAGE_BYTES)


class Medium(Nameless, ABC):
    """The medium of a virtual disk, or of a part of one, as a stream."""

    size_bytes: int

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        end = min(offset + length, self.size_bytes)
        parts = []
        while offset < end:
            part = self.piece(offset, end - offset)
            parts.append(part)
            offset += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @abstractmethod
    def piece(self, offset: int, length: int) -> bytes:
        """Some bytes from `offset`: at least one, at most `length`. Raise `Unreadable`."""

    def close(self) -> None:
        """The container gives up what is open."""


class Files:
    """The image and the files in its folder on which it stands (its parents, its extents), and what is kept of them."""

    def __init__(self, first: Stream, limits: Limits) -> None:
        self.limits = limits
        self._first = first
        self._numbers = {first.name: 0}
        self._names = [first.name]
        self._siblings = Siblings(first, lambda number: self._names[number])
        self._parents: dict[str, Stream] = {}
        self.kept = Kept()

    def parent(self, *paths: str) -> Stream:
        """The parent, which is stated as one of `paths`; of these only the last parts count. Raise `Unreadable`."""
        names = [name for name in dict.fromkeys(map(last_part, paths)) if name]
        if len(self._parents) == MOST_PARENTS:
            raise LimitReached(f"It stands on more than {MOST_PARENTS} images: that is the limit.")
        for name in names:
            if name == self._first.name or name in self._parents:
                raise Unreadable(f"The images that it stands on go round in a circle: {escape(name)} is there twice.")
            stream = self._first.sibling(name)
            if stream is not None:
                self._parents[name] = stream
                return stream
        stated = " or ".join(map(escape, names)) or "another image that it does not name"
        raise Unreadable(f"It stands on {stated}, which is missing: put it into the same folder.")

    def extent(self, path: str) -> "Extent":
        """The extent that is stated as `path`, opened when it is read; of `path` only the last part counts."""
        name = last_part(path)
        number = self._numbers.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
        return Extent(self._siblings, number)

    def close(self) -> None:
        """Close all that was opened, but for the image itself."""
        self._siblings.close()
        while self._parents:
            self._parents.popitem()[1].close()


class Extent(Nameless):
    """A file of a disk that lies in several. Only some are open at a time; reading one that is missing says so."""

    def __init__(self, siblings: Siblings, number: int) -> None:
        self._siblings = siblings
        self._number = number

    @property
    def size_bytes(self) -> int:
        """As `Stream.size_bytes`."""
        return self._siblings[self._number].size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        return self._siblings[self._number].read_at(offset, length)

    def close(self) -> None:
        """The container closes it."""


class VirtualDisk:
    """An opened image of a virtual disk: one item without a name, the medium."""

    def __init__(self, medium: Stream, files: Files) -> None:
        if not 0 <= medium.size_bytes < LARGEST_BYTES:
            raise Unreadable(f"It says that its medium has {medium.size_bytes} bytes: it is damaged.")
        self._medium = medium
        self._files = files

    def items(self) -> Iterator[Item]:
        """The medium."""
        if self._files.limits.container_items < 1:
            raise LimitReached("Its medium is not listed: the limit of items is reached.")
        yield Item("", self._medium.size_bytes, volume=True)

    def open(self, name: str, locator: str) -> Stream:
        """The medium, which has neither name nor locator."""
        if name or locator:
            raise Unreadable(f"An image of a virtual disk holds one medium and no item {escape(name)!r}.")
        return self._medium

    def close(self) -> None:
        """Close the files on which the image stands."""
        self._files.close()


def opened(stream: Stream, limits: Limits, read: Callable[[Stream, Files], Stream]) -> VirtualDisk:
    """The disk whose medium `read` makes. What was opened for it is closed where that fails. Raise `Unreadable`."""
    files = Files(stream, limits)
    try:
        return VirtualDisk(read(stream, files), files)
    except BaseException:
        files.close()
        raise


def last_part(path: str) -> str:
    """The file's name in a path of any system, as evidence states it."""
    return path.replace("\\", "/").rpartition("/")[2]


def exactly(stream: Stream, place: int, length: int) -> bytes:
    """The `length` bytes at `place` of the image. Raise `Unreadable` where it ends before."""
    raw = stream.read_at(place, length)
    if len(raw) < length:
        raise Unreadable(f"A part of the virtual disk should be at byte {place}, and the image ends before.")
    return raw


def beneath(parent: Stream | None, offset: int, length: int) -> bytes:
    """What a disk shows where nothing was written to it: its parent, and zeros where that ends or is none."""
    found = parent.read_at(offset, length) if parent is not None and offset < parent.size_bytes else b""
    return found if len(found) == length else found + bytes(length - len(found))


def inflated(raw: bytes, size_bytes: int, window_bits: int) -> bytes:
    """The `size_bytes` bytes that `raw` begins with, deflated. Raise `Unreadable` where there are fewer."""
    try:
        found = isal_zlib.decompressobj(window_bits).decompress(raw, size_bytes)
    except _IsalError as error:
        raise Unreadable(f"A compressed part of the virtual disk is damaged: {error}.") from error
    if len(found) < size_bytes:
        raise Unreadable(f"A compressed part of the virtual disk has {len(found)} bytes instead of {size_bytes}.")
    return found


def run(tables: Tables, place: int, first: int, last: int, *, high_bit_first: bool) -> tuple[bool, int]:
    """The bit of sector `first` in the bitmap at `place`, and how many sectors up to `last` have the same."""
    turn = 7 if high_bit_first else 0
    own = bool(tables.number(place + first // 8, 1) >> (first % 8 ^ turn) & 1)
    sector = first + 1
    while sector <= last:
        byte = tables.number(place + sector // 8, 1)
        if sector % 8 == 0 and byte == (0xFF if own else 0):
            sector += 8
        elif bool(byte >> (sector % 8 ^ turn) & 1) == own:
            sector += 1
        else:
            break
    return own, min(sector, last + 1) - first


def text_of_utf16(raw: bytes, order: Literal["big", "little"]) -> str:
    """The name that UTF-16 of evidence stands for, up to its first zero."""
    text = raw[: len(raw) // 2 * 2].decode("utf-16-be" if order == "big" else "utf-16-le", "surrogatepass")
    return name_from_text(text.partition("\0")[0])
