"""Containers of which nothing real is like, for the tests of the engine. A module that workers can import."""

from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.limits import Limits
from amparo.evidence.streams import MemoryStream, PartStream


class Spaces:
    """Space that nothing names, a volume that nothing reads, an encrypted file, and more than the limit allows."""

    _contents = {"free": b"some free", "lost": b"SPACES again", "unknown": b"no volume"}  # noqa: RUF012

    def items(self) -> Iterator[Item]:
        yield Item("free", 9, ItemState.UNALLOCATED, volume=True)
        yield Item("lost", 12, ItemState.UNALLOCATED, volume=True)
        yield Item("unknown", 9, volume=True)
        yield Item("locked", None, obstacle="It is encrypted.", cause=Cause.ENCRYPTED)
        raise LimitReached("There is more.")

    def open(self, name: str, locator: str) -> Stream:
        if name not in self._contents:
            raise Unreadable("It is not there.")
        return MemoryStream(self._contents[name])

    def close(self) -> None:
        pass


class Nothing:
    """A container that holds nothing."""

    def items(self) -> Iterator[Item]:
        return iter(())

    def open(self, name: str, locator: str) -> Stream:
        raise Unreadable("It is not there.")

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class SpacesFormat:
    """Whatever begins with SPACES, once."""

    kind: str = "spaces"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        return head == b"SPACES"

    def open(self, stream: Stream, *, limits: Limits) -> Spaces:
        return Spaces()


@dataclass(frozen=True)
class CarvedFormat:
    """A carver that finds nothing."""

    kind: str = "carved"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        return head == b"SPACES again"  # as something that is known does

    def open(self, stream: Stream, *, limits: Limits) -> Nothing:
        return Nothing()


@dataclass(frozen=True, slots=True)
class QuineFormat:
    """Holds itself twice, as archives that decompress to themselves do."""

    @property
    def kind(self) -> str:
        return "quine"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        return head.startswith(b"QUINE")

    def open(self, stream: Stream, *, limits: Limits) -> "QuineContainer":
        return QuineContainer(stream)


class QuineContainer:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def items(self) -> Iterator[Item]:
        yield Item("one", self._stream.size_bytes)
        yield Item("two", self._stream.size_bytes)

    def open(self, name: str, locator: str) -> Stream:
        return PartStream(self._stream, 0, self._stream.size_bytes)

    def close(self) -> None: ...


@dataclass(frozen=True)
class NoFiles:
    """Space in which one file was carved that is none."""

    def items(self) -> Iterator[Item]:
        yield Item("0000000000.jpg", 20, ItemState.CARVED)

    def open(self, name: str, locator: str) -> Stream:
        return MemoryStream(b"\xff\xd8\xff\xe0\0\4ab" + b"\xff\xda" + bytes(10))

    def close(self) -> None:
        """Nothing to give up."""


@dataclass(frozen=True)
class NoFilesFormat:
    """Whatever begins with NOFILES."""

    kind: str = "nofiles"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        return head == b"NOFILES"

    def open(self, stream: Stream, *, limits: Limits) -> NoFiles:
        return NoFiles()
