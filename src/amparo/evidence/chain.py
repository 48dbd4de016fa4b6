"""The chain from an exhibit to any item in it: containers opened inside each other, by address."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from amparo.domain.coverage import Account, Accounted
from amparo.domain.errors import AmparoError, LimitReached, Unreadable
from amparo.domain.item import (
    AfterTheEnd,
    Bounded,
    Container,
    ContainerFormat,
    Item,
    KnownWithin,
    Lockable,
    MarkedAtEnd,
    RecognisedOnly,
    Stream,
)
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.plan import ContainerAddress
from amparo.domain.secrets import Secrets
from amparo.evidence.folder import FILE, FOLDER, Folder, RootFile, SingleFile, is_folder
from amparo.evidence.split_raw import joined
from amparo.evidence.spool import Spooled
from amparo.evidence.streams import ForwardStream, as_file
from amparo.evidence.unclaimed import WithUnclaimed

HEAD_BYTES = 68 * 1024
"""What recognising a container looks at. Some file systems (Btrfs, UFS 2) have their first mark behind 64 KiB."""
TAIL_BYTES = 512
"""The same, of a stream's end."""
_PAGE_BYTES = 4096
_KEPT_OPEN = 16


def head_of(stream: Stream) -> tuple[bytes, Unreadable | None]:
    """The first 68 KiB, and why not all of them could be read: a page that cannot be is zeros."""
    try:
        return stream.read_at(0, HEAD_BYTES), None
    except Unreadable as error:
        failure = error
    pages = []
    for place in range(0, min(HEAD_BYTES, stream.size_bytes), _PAGE_BYTES):
        length = min(_PAGE_BYTES, HEAD_BYTES - place, stream.size_bytes - place)
        try:
            pages.append(stream.read_at(place, length))
        except Unreadable:
            pages.append(bytes(length))
    return b"".join(pages), failure


def tail_of(stream: Stream) -> bytes:
    """The last 512 bytes; empty where they cannot be read."""
    try:
        return stream.read_at(max(stream.size_bytes - TAIL_BYTES, 0), TAIL_BYTES)
    except Unreadable:
        return b""


def _confirmed(each: ContainerFormat, file: Callable[[], BinaryIO] | None) -> bool:
    """Whether a kind that was recognised is the one, where that takes a look inside."""
    if not isinstance(each, KnownWithin):
        return True
    if file is None:
        return False
    try:
        with file() as opened:
            return each.confirms(opened)
    except Unreadable:
        return False


class Evidence:
    """One exhibit on this machine, and all that lies in it. For one thread of one process.

    Containers stay open while they are used, and some beyond that, so that neighbours open quickly; which they are
    shows nowhere but in speed. What can only be read forward is copied within `limits` where it must be read at random.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        exhibit: str,
        formats: tuple[ContainerFormat, ...],
        limits: Limits,
        secrets: Secrets = Secrets(),  # noqa: B008 - a value
    ) -> None:
        self._root = Path(root)
        self._exhibit = exhibit
        self._formats = formats
        self._marked_at_end = [(each.kind, each) for each in formats if isinstance(each, MarkedAtEnd)]
        self._after_the_end = [(each.kind, each) for each in formats if isinstance(each, AfterTheEnd)]
        self._limits = limits
        self._secrets = secrets
        self._open: OrderedDict[ContainerAddress, _Opened] = OrderedDict()
        self._last: tuple[ContainerAddress, _Opened] | None = None

    def kind_of_root(self) -> str:
        """How the exhibit is opened: `folder`, a format's kind by its content, or `file`. Raise `Unreadable`."""
        if is_folder(self._root):
            return FOLDER
        with closing(joined(self._root_file())) as stream:
            head, failure = head_of(stream)
            kind = self.recognise(head, tail_of(stream), stream.size_bytes, lambda: as_file(stream))
            if failure is not None and not kind:
                raise failure
            return kind or FILE

    def recognise(self, head: bytes, tail: bytes, size_bytes: int, file: Callable[[], BinaryIO] | None = None) -> str:
        """The kind of container that a stream of `size_bytes` is; empty for none.

        It begins with `head` (68 KiB) and ends with `tail` (512 bytes; empty where the end cannot be read). `file`
        gives a reader for the kinds that only a look inside tells from others; without it none of these is found.
        """
        for kind, marked in self._marked_at_end:
            if marked.recognises_end(tail, size_bytes):
                return kind
        for each in self._formats:
            if each.recognises(head, size_bytes) and _confirmed(each, file):
                return each.kind
        return ""

    def after_the_end(self, head: bytes, file: Callable[[], BinaryIO]) -> str:
        """The kind by which to open what stands after the end of a file that `recognise` finds none for; or empty."""
        for kind, each in self._after_the_end:
            try:
                with file() as opened:
                    if each.follows(head, opened):
                        return kind
            except Unreadable:
                continue
        return ""

    def refusal(self, kind: str, stream: Stream) -> str:
        """Why a volume that was recognised as `kind` cannot be read; empty where it can be. Raise `Unreadable`."""
        found = self._format(kind)
        return found.refusal(stream) if isinstance(found, RecognisedOnly) else ""

    def container(self, item: ItemPath, kind: str) -> Container:
        """The item (or the exhibit, by a path without steps) opened as `kind`. Raise `Unreadable`.

        It need not be closed, and can be used until the evidence is closed.
        """
        address = ContainerAddress(item, kind)
        self._opened(address)
        return _Addressed(self, address)

    def account(self, item: ItemPath, kind: str) -> Account | None:
        """What the bytes of a container are that was just listed to its end; `None` where it has no account of them."""
        container = self._opened(ContainerAddress(item, kind)).container
        return container.account() if isinstance(container, Accounted) else None

    def stream(self, path: ItemPath) -> Stream:
        """The bytes of an item, or of the exhibit where it is a file, joined with its raw segments. To be closed.

        Raise `Unreadable`.
        """
        if path.steps:
            return self._item(path)
        self._require_own(path)
        return joined(self._root_file())

    def close(self) -> None:
        """Close all that is open, inner containers first; streams that are still out are not read again."""
        for address in sorted(self._open, key=lambda address: address.item.depth, reverse=True):
            self._close(address)

    def _root_file(self) -> RootFile:
        if is_folder(self._root):
            raise Unreadable(f"{self._root} is a folder; name an item in it ({self._exhibit}!{FOLDER}:/NAME).")
        return RootFile(self._root)

    def _require_own(self, path: ItemPath) -> None:
        if path.exhibit != self._exhibit:
            raise Unreadable(f"{path} does not lie in the exhibit {self._exhibit}, which is what is open here.")

    def _item(self, path: ItemPath) -> "_Lent":
        step = path.steps[-1]
        return self._lend(ContainerAddress(path.parent, step.kind), step.name, step.locator)

    def _lend(self, address: ContainerAddress, name: str, locator: str) -> "_Lent":
        return _Lent(self, self._opened(address), address, name, locator, self._limits)

    def _opened(self, address: ContainerAddress) -> "_Opened":
        # Neighbours are read one after the other: most of the time it is the one that was used last.
        if self._last is not None and self._last[0] is address:
            return self._last[1]
        opened = self._open.get(address)
        if opened is not None:
            self._open.move_to_end(address)
            self._evict()
            self._last = address, opened
            return opened
        self._require_own(address.item)
        if address.item.depth >= self._limits.nesting:
            raise LimitReached(
                f"Not opened as {address.kind}: it lies {address.item.depth} containers deep, and the limit is"
                f" {self._limits.nesting}."
            )
        opened = self._newly_opened(address)
        self._open[address] = opened
        self._evict()
        return opened

    def _newly_opened(self, address: ContainerAddress) -> "_Opened":
        if not address.item.steps and address.kind == FOLDER:
            return _Opened(Folder(self._root, limits=self._limits))
        if not address.item.steps and address.kind == FILE:
            whole = self._root_file()
            return _Opened(SingleFile(whole, self._root), whole)
        container_format = self._format(address.kind)
        stream = self._item(address.item).at_random() if address.item.steps else self._root_file()
        try:
            stream = joined(stream)
            return _Opened(self._container(container_format, stream), stream)
        except BaseException:
            stream.close()
            raise

    def _container(self, container_format: ContainerFormat, stream: Stream) -> Container:
        if isinstance(container_format, Lockable):
            container = container_format.unlock(stream, limits=self._limits, secrets=self._secrets)
        else:
            container = container_format.open(stream, limits=self._limits)
        return WithUnclaimed(container, stream, self._limits) if isinstance(container, Bounded) else container

    def _format(self, kind: str) -> ContainerFormat:
        for each in self._formats:
            if each.kind == kind:
                return each
        raise Unreadable(
            f"Nothing here opens containers of the kind {kind!r}: install what does, or check the address."
        )

    def _evict(self) -> None:
        """Close what was not used for longest; what others stand on stays open, however many they are."""
        excess = len(self._open) - _KEPT_OPEN
        if excess <= 0:
            return
        idle = [address for address, opened in self._open.items() if not opened.users]
        for address in idle[:excess]:
            # The newest is about to be used by who asked for it.
            if address != next(reversed(self._open)):
                self._close(address)

    def _close(self, address: ContainerAddress) -> None:
        opened = self._open.pop(address)
        self._last = None
        opened.container.close()
        if opened.stream is not None:
            opened.stream.close()


@dataclass(slots=True, eq=False)
class _Opened:
    """An open container, the stream that it was opened on (a folder has none), and how many use it."""

    container: Container
    stream: Stream | None = None
    users: int = 0
    """Streams that are lent from it, those of inner containers among them, and listings that run in it."""


class _Addressed:
    """A container by its address: opened again, if need be, whenever it is used."""

    def __init__(self, evidence: Evidence, address: ContainerAddress) -> None:
        self._evidence = evidence
        self._address = address

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        opened = self._evidence._opened(self._address)
        opened.users += 1
        try:
            yield from opened.container.items()
        finally:
            opened.users -= 1

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        return self._evidence._lend(self._address, name, locator)

    def close(self) -> None:
        """The evidence closes it."""


class _Lent:
    """The stream of an item. It holds its container open, knows its place, and goes back where it must by a copy."""

    def __init__(
        self,
        evidence: Evidence,
        opened: _Opened,
        address: ContainerAddress,
        name: str,
        locator: str,
        limits: Limits,
    ) -> None:
        self._stream = opened.container.open(name, locator)
        self._opened: _Opened | None = opened
        opened.users += 1
        self._evidence = evidence
        self._address = address
        self._folder, _, self.name = name.rpartition("/")
        self._limits = limits
        self._position = 0
        self.size_bytes = self._stream.size_bytes

    def at_random(self) -> Stream:
        """This stream, for one who will read it in any order."""
        if isinstance(self._stream, ForwardStream):
            self._stream = Spooled(self._stream, self._limits)
        return self

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`."""
        if offset < self._position:
            self.at_random()
        part = self._stream.read_at(offset, length)
        self._position = offset + len(part)
        return part

    def sibling(self, name: str) -> Stream | None:
        """The item `name` in the same folder of the same container, or by a path below that folder."""
        if any(part in ("", ".", "..") for part in name.split("/")):
            return None
        try:
            return self._evidence._lend(self._address, f"{self._folder}/{name}" if self._folder else name, "")
        except (AmparoError, UnicodeEncodeError):  # a name that no container can have, or does not have
            return None

    def close(self) -> None:
        """As `Stream.close`."""
        if self._opened is not None:
            self._stream.close()
            self._opened.users -= 1
            self._opened = None
