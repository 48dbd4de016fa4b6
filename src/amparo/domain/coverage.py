"""What became of every byte of an exhibit."""

from dataclasses import dataclass, fields, replace
from typing import Protocol, runtime_checkable

from amparo.domain.cause import Cause
from amparo.domain.errors import AmparoError


class AccountBroken(AmparoError, ValueError):
    """Figures of an account that do not add up to the size of what they account for."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the bytes of a space (a medium, a partition, a volume) are, by the tables of what lies in it.

    The parts add up to `size_bytes`. What became of the contents is known only when they are read: see `Covered`.
    """

    size_bytes: int
    contents: int = 0
    """What items hold: files, or the volumes of a partition table. Bytes that several of them share count once."""
    slack: int = 0
    """Behind the ends of files, up to the ends of their last clusters."""
    structure: int = 0
    """What the file system or partition table keeps for itself."""
    unallocated: int = 0
    """What nothing uses."""
    unknown: int = 0
    """What cannot be told, because the map of free space is damaged or not read."""

    def __post_init__(self) -> None:
        parts = (self.contents, self.slack, self.structure, self.unallocated, self.unknown)
        if min(parts) < 0 or sum(parts) != self.size_bytes:
            raise AccountBroken(f"The parts {parts} do not add up to {self.size_bytes} bytes.")


@runtime_checkable
class Accounted(Protocol):
    """What a `Container` is besides that lies in a space of bytes and can say what each of them is."""

    def account(self) -> Account:
        """The account, after `items` has come to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Covered:
    """What became of the bytes of a space, or of an exhibit: all but `structure`, which is a part of `read`, add up."""

    read: int = 0
    """Read and examined, as items or as what file systems and partition tables keep for themselves."""
    unallocated: int = 0
    """Used by nothing; looked through for pictures and films."""
    slack: int = 0
    """Behind the ends of files; not looked through."""
    unreadable: int = 0
    """Damaged, missing, refused, or left out at a limit."""
    unsupported: int = 0
    """Nothing here reads it."""
    encrypted: int = 0
    """A password or key is wanted."""
    structure: int = 0
    """How much of `read` is what file systems and partition tables keep for themselves."""

    @property
    def size_bytes(self) -> int:
        """The sum."""
        return self.read + self.unallocated + self.slack + self.unreadable + self.unsupported + self.encrypted

    def __add__(self, other: "Covered") -> "Covered":
        return Covered(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    @classmethod
    def failed(cls, size_bytes: int, cause: Cause) -> "Covered":
        """Bytes of which none could be examined, for one reason."""
        if cause is Cause.ENCRYPTED:
            return cls(encrypted=size_bytes)
        return cls(unsupported=size_bytes) if cause is Cause.UNSUPPORTED else cls(unreadable=size_bytes)

    def fitted(self, size_bytes: int) -> "Covered":
        """As part of what has `size_bytes` for it: what is beyond that is taken from what matters least.

        A volume can state more than its medium has (then its end is unreadable, and lies nowhere), or less.
        """
        if size_bytes >= self.size_bytes:
            more = size_bytes - self.size_bytes
            return replace(self, read=self.read + more, structure=self.structure + more)
        excess = self.size_bytes - size_bytes
        values = {}
        for name in ("unreadable", "unallocated", "slack", "unsupported", "encrypted", "read"):
            taken = min(getattr(self, name), excess)
            values[name] = getattr(self, name) - taken
            excess -= taken
        return replace(self, **values, structure=min(self.structure, values["read"]))


@dataclass(frozen=True, slots=True)
class Space:
    """A partition, a volume or a medium, and what became of its bytes."""

    address: str
    """The written form of a `ContainerAddress`, or of an item that could not be opened."""
    kind: str
    """How it was opened; empty where it was not."""
    covered: Covered
    reason: str = ""
    """Why it was not opened, or not listed to its end."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why something was not examined, and how many items and containers it concerns."""

    cause: Cause
    analyzer: str
    reason: str
    items: int


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the report of a phone extraction lists, and what came of it, in files."""

    address: str
    listed: int
    present: int
    """Of those, how many the extraction holds."""
    read: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen of an exhibit, and what not."""

    exhibit: str
    covered: Covered
    items: int
    """Listed."""
    items_read: int
    items_unread: int
    spaces: tuple[Space, ...]
    """Those within another follow it."""
    gaps: tuple[Gap, ...]
    """Most frequent first."""
    extractions: tuple[Extraction, ...] = ()
    """Those with a report, in the order in which they were found."""
