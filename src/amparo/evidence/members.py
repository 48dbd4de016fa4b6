"""A container whose members are all found when it is opened: messages, documents, caches of small pictures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits


@dataclass(frozen=True, slots=True)
class Member:
    """One item, and how its bytes are had; `stream` may raise `Unreadable`."""

    item: Item
    stream: Callable[[], Stream]


class Members:
    """An opened container of few members. What is `lost` after the last of them is said at the end of the listing.

    `beside` are stretches of its file that are no part of it.
    """

    def __init__(
        self, members: Iterable[Member], limits: Limits, lost: str = "", beside: Sequence[tuple[int, int]] = ()
    ) -> None:
        self._limits = limits
        self._beside = beside
        self._members = {(member.item.name, member.item.locator): member for member in members}
        self._lost = lost

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        for count, member in enumerate(self._members.values()):
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {self._limits.container_items}.")
            yield member.item
        if self._lost:
            raise Unreadable(self._lost)

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        member = self._members.get((name, locator))
        if member is None:
            raise Unreadable(f"It has no item {escape(name)!r}.")
        if member.item.obstacle:
            raise Unreadable(member.item.obstacle)
        return member.stream()

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`."""
        return self._beside

    def close(self) -> None:
        """As `Container.close`."""


def whole(stream: Stream, limits: Limits) -> bytes:
    """All the bytes of a container that is read at once; raise `LimitReached` where it is too large for that."""
    if stream.size_bytes > limits.in_memory_bytes:
        raise LimitReached(
            f"It has {stream.size_bytes} bytes, and no more than {limits.in_memory_bytes} of such a file are read."
        )
    data = stream.read_at(0, stream.size_bytes)
    if len(data) != stream.size_bytes:
        raise Unreadable(f"It ends after {len(data)} of its {stream.size_bytes} bytes.")
    return data
