"""What is to be done with which items, and what came of it: the values between the engine and the store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from amparo.domain.coverage import Account
from amparo.domain.digest import Digests
from amparo.domain.finding import Analyzer, Finding, NotExamined
from amparo.domain.item import ContainerFormat, Item
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets

CARVED = "carved"
"""The kind as which space is opened that nothing names or reads."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How an acquisition is examined. A value; it is sent to every worker process."""

    root: str
    """Path on this machine of what the exhibit's number stands for: a file or a folder."""
    formats: tuple[ContainerFormat, ...]
    analyzers: tuple[Analyzer, ...]
    limits: Limits = field(default_factory=Limits)
    secrets: Secrets = field(default_factory=Secrets)


@dataclass(frozen=True, slots=True)
class ContainerAddress:
    """An item (or the exhibit) that is to be opened as a container of `kind`."""

    item: ItemPath
    kind: str

    def path_of(self, item: Item) -> ItemPath:
        """The address of an item of this container."""
        return self.item.child(self.kind, item.name, item.locator)

    def __str__(self) -> str:
        return f"{self.item}!{self.kind}:"


@dataclass(frozen=True, slots=True)
class Batch:
    """The unit of work: 1 to 256 items of one container, in the order in which it lists them."""

    container: ContainerAddress
    items: tuple[Item, ...]


class Sight(StrEnum):
    """What became of an item's bytes."""

    READ = "read"
    """Read and analysed."""
    REPEATED = "repeated"
    """Read; the same bytes were analysed before in this operation."""
    OPENED = "opened"
    """A medium or a partition, whose files are examined instead."""
    UNREAD = "unread"
    """Not read: see its `NotExamined`."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of one item of a batch."""

    sight: Sight
    digests: Digests | None = None
    """`None` where not all the bytes could be read."""
    size_bytes: int = 0
    """Bytes read."""
    media_type: str = ""
    extension_agrees: bool | None = None
    """Whether the name's extension suits the media type; `None` where it has none, or an unknown one."""
    container_kind: str = ""
    """How the item can be opened further; empty where it is no container."""
    findings: tuple[Finding, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    """Of the bytes where they were `READ`: they hold for every copy. Else of this occurrence."""


@dataclass(frozen=True, slots=True)
class ExaminedItem:
    """One item with its address and what came of it."""

    container: ContainerAddress
    item: Item
    examined: Examined

    @property
    def path(self) -> ItemPath:
        """The item's address."""
        return self.container.path_of(self.item)

    @property
    def media_type(self) -> str:
        """By content; empty where the bytes were not read."""
        return self.examined.media_type

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What analyzers say; empty where they said it of the same bytes at another place."""
        return self.examined.findings


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an examination is."""

    items: int
    """Items done."""
    bytes: int
    """Bytes read."""
    found_items: int
    """Items that the containers opened so far have listed."""
    found_bytes: int
    listing: bool
    """Whether containers are still being listed, so that what is found still grows."""
    not_examined: int
    elapsed_s: float

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the rate so far; `None` while there is nothing to go by."""
        if self.listing or not self.bytes:
            return None
        return self.elapsed_s * max(self.found_bytes - self.bytes, 0) / self.bytes


class ExaminationStore(Protocol):
    """Where an examination takes its work from and puts its results. Each method is one transaction."""

    def next_container(self) -> ContainerAddress | None:
        """A container that is still to be listed, in the order in which they were found, and not yet given out."""
        ...

    def not_stored(self, batch: Batch) -> Batch | None:
        """The batch without the items that are in the store already; `None` where nothing remains."""
        ...

    def claim(self, sha256: bytes) -> bool:
        """Whether bytes with this digest are to be analysed: no analysis of them is stored, and no batch claims them.

        A media file that is stored only because a copy was `REPEATED` (while the batch that claimed its analysis
        was lost) has no analysis yet: it can be claimed again.
        """
        ...

    def release(self, claims: Sequence[bytes]) -> None:
        """Give claims back whose batch was lost."""
        ...

    def write(self, batch: Batch, examined: Sequence[Examined]) -> None:
        """Store what came of each item of the batch, and the containers found: all of it or nothing."""
        ...

    def listed(
        self, container: ContainerAddress, not_examined: NotExamined | None, account: Account | None = None
    ) -> None:
        """Record that a container is listed to its end, or why it could not be; all its items are stored.

        `account` says what its bytes are, where it lies in a space of them.
        """
        ...
