"""What evidence holds: items in containers, and the ports through which their bytes are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol, runtime_checkable

from amparo.domain.cause import Cause
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets


class ItemState(StrEnum):
    """How an item lies in its container."""

    LIVE = "live"
    """Listed by a directory that is in use."""
    DELETED = "deleted"
    """Its directory entry or inode is there, marked as free."""
    ORPHAN = "orphan"
    """Its metadata is there, marked as free, and no directory names it."""
    CARVED = "carved"
    """Found by its content in space that nothing names."""
    UNALLOCATED = "unallocated"
    """Space that nothing names: a volume whose content is looked for."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a container: a stream of bytes with a name, or a reason why there is none.

    Times are nanoseconds since 1970-01-01 UTC, as the container records them; `None` where it records none.
    Where a container records local time without a zone (FAT, zip), it is taken as UTC.
    """

    name: str
    """The path inside the container without a leading slash; see `item_path` for its alphabet."""
    size_bytes: int | None
    """As the container states it; `None` where only reading will tell."""
    state: ItemState = ItemState.LIVE
    locator: str = ""
    modified_ns: int | None = None
    accessed_ns: int | None = None
    changed_ns: int | None = None
    created_ns: int | None = None
    volume: bool = False
    """Whether it is a space (a medium, a partition) rather than a file: it is opened, and not read as a whole."""
    obstacle: str = ""
    """A sentence: why there are no bytes to read (a link, a device, a directory that cannot be read); else empty."""
    cause: Cause = Cause.UNREADABLE
    """The kind of obstacle, where there is one."""
    doubt: str = ""
    """A sentence: why bytes that can be read may not be this item's own; else empty."""

    @property
    def bytes_to_read(self) -> int:
        """What examining it will read, as far as the container says."""
        return 0 if self.volume or self.obstacle else self.size_bytes or 0


class Stream(Protocol):
    """Random access to the bytes of one item, read-only."""

    @property
    def size_bytes(self) -> int:
        """Length in bytes."""
        ...

    @property
    def name(self) -> str:
        """What `sibling` would call this one: its name without folders (`disk.E01`); empty where it has none."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """The `length` bytes from `offset`; fewer only at the end. Raise `Unreadable` where they cannot be had."""
        ...

    def sibling(self, name: str) -> "Stream | None":
        """The item `name` that lies in the same folder (the next segment of a split image), or `None`.

        A path (`ab/abcd`) leads to folders below that one, where the container has them; never out of it.
        """
        ...

    def close(self) -> None:
        """Give up what reading holds. A closed stream is not read again."""
        ...


class Container(Protocol):
    """An opened container. One thread at a time."""

    def items(self) -> Iterator[Item]:
        """Every item, in an order that is the same each time. What cannot be listed is an item with an obstacle.

        Raise `Unreadable` where the listing must stop before its end.
        """
        ...

    def open(self, name: str, locator: str) -> Stream:
        """The bytes of the item that `items` gave with this name and locator. Raise `Unreadable` or `Encrypted`."""
        ...

    def close(self) -> None:
        """Give up what the container holds open (not the stream that it was opened on)."""
        ...


class ContainerFormat(Protocol):
    """A kind of container: how it is recognised and opened. A value; it can be sent to a worker process."""

    @property
    def kind(self) -> str:
        """The word that stands for it in an `ItemPath`."""
        ...

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """Whether a stream of `size_bytes` that begins with `head` (68 KiB, or all if shorter) is of this kind."""
        ...

    def open(self, stream: Stream, *, limits: Limits) -> Container:
        """Open `stream` as this kind. Raise `Unreadable`."""
        ...


@runtime_checkable
class MarkedAtEnd(Protocol):
    """What a `ContainerFormat` is besides, whose mark stands at the end: it is asked before all beginnings."""

    def recognises_end(self, tail: bytes, size_bytes: int) -> bool:
        """Whether a stream of `size_bytes` that ends with `tail` (512 bytes, or all if shorter) is of this kind."""
        ...


@runtime_checkable
class KnownWithin(Protocol):
    """What a `ContainerFormat` is besides, whose beginning others share: what it recognises is looked into."""

    def confirms(self, file: BinaryIO) -> bool:
        """Whether the stream whose bytes `file` reads is of this kind. It may raise `Unreadable`, which means no."""
        ...


@runtime_checkable
class AfterTheEnd(Protocol):
    """What a `ContainerFormat` is besides, that holds what stands after the end of a file of another format.

    It is asked of files alone, and only where no other kind recognised them: the file itself is examined as well.
    """

    def follows(self, head: bytes, file: BinaryIO) -> bool:
        """Whether in the file that begins with `head` more follows than its format has. It may raise `Unreadable`."""
        ...


@runtime_checkable
class Bounded(Container, Protocol):
    """A `Container` that knows besides where in its file its format begins and ends.

    What stands before, between and after is listed behind its own items, as `$Unclaimed/OFFSET.jpg`: see `unclaimed`.
    """

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """Where stretches begin and end that are no part of it, in order. Raise `Unreadable`."""
        ...


@runtime_checkable
class Lockable(Protocol):
    """What a `ContainerFormat` is besides, whose content may need a password or key: it is opened by this."""

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> Container:
        """Open `stream` with whichever of the secrets fits. Raise `Encrypted` where none does, or `Unreadable`."""
        ...


@runtime_checkable
class RecognisedOnly(Protocol):
    """What a `ContainerFormat` is besides, that knows a kind of volume by its mark and cannot read it.

    It is said, and the volume is carved like space that nothing names.
    """

    def refusal(self, stream: Stream) -> str:
        """A sentence: what the volume is, and what to do. Raise `Unreadable`."""
        ...
