"""XFS, by libfsxfs: the files of a volume, versions 4 and 5."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.evidence.libyal import Source, library
from amparo.evidence.libyal_tree import Names, Tree

_MARK = b"XFSB"
_NAMES = Names("get_inode_number", "get_file_entry_by_inode")


@dataclass(frozen=True, slots=True)
class Xfs:
    """XFS volumes, by libfsxfs; needs the extra `volumes`. Live files; deleted ones are not sought.

    Each item has its inode as locator. Links, devices and what cannot be read are items that say so. A volume whose
    log lies on another disk is read without it; the log is not replayed.
    """

    @property
    def kind(self) -> str:
        """`xfs`."""
        return "xfs"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the superblock: its mark, a block size from 512 bytes to 64 KiB, and the version 4 or 5."""
        return (
            head.startswith(_MARK)
            and len(head) >= 512
            and int.from_bytes(head[4:8], "big") in (1 << power for power in range(9, 17))
            and head[101] & 0x0F in (4, 5)
        )

    def open(self, stream: Stream, *, limits: Limits) -> "XfsVolume":
        """Open the volume. Raise `Unreadable`, or `Unsupported` where the extra is missing."""
        return XfsVolume(stream, limits)


class XfsVolume:
    """An opened volume."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._limits = limits
        pyfsxfs = library("pyfsxfs", "volumes", "XFS volumes")
        self._source = Source(stream)
        self._volume = pyfsxfs.volume()
        self._source.tell("The XFS volume cannot be opened.", lambda: self._volume.open_file_object(self._source.file))
        self._tree = Tree(self._source, self._volume, _NAMES)

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        most = self._limits.container_items
        items = self._tree.items()
        yield from itertools.islice(items, most)
        if next(items, None) is not None:
            raise LimitReached(f"Only its first {most} items were listed: that is the limit.")

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`; by the inode, or by the name alone for what lies beside another item."""
        if locator:
            return self._tree.open(locator)
        return self._tree.open(self._number(name))

    def close(self) -> None:
        """As `Container.close`."""
        self._volume.close()

    def _number(self, name: str) -> str:
        entry = self._source.tell(
            "The file cannot be found.", lambda: self._volume.get_file_entry_by_path(f"/{name}") if name else None
        )
        if entry is None:
            raise Unreadable(f"The volume has no file {escape(name)!r}.")
        return str(self._source.tell("The file cannot be found.", entry.get_inode_number))
