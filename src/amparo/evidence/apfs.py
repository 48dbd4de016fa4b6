"""Apple's file system (APFS), by libfsapfs: the volumes of a container and their files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_text
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.apfs_snapshots import snapshot_counts
from amparo.evidence.libyal import FAILURES, Source, library, locked
from amparo.evidence.libyal_tree import Names, Tree

MOST_VOLUMES = 100
"""Of a container, after Apple's "Apple File System Reference" (NX_MAX_FILE_SYSTEMS)."""
_LOCATOR = re.compile("([1-9][0-9]{0,2})-([1-9][0-9]{0,19}(?:-[0-9]{1,5})?)")
_NAMES = Names("get_identifier", "get_file_entry_by_identifier")
_LOCKED = (
    "This volume is encrypted. Give the password of a user or the recovery key with --secrets; where the key lies in a"
    " chip of the computer (T2, Apple silicon), only that computer can decrypt it."
)
_UNREAD = "they are not read, and what was deleted or changed since may be in them."
_SNAPSHOTS = "This volume has {} snapshots (Time Machine makes such on the disk itself): " + _UNREAD
_PERHAPS = "It is not known whether this volume has snapshots: if so, " + _UNREAD


@dataclass(frozen=True, slots=True)
class Apfs:
    """APFS containers, by libfsapfs; needs the extra `volumes`. Live files; deleted ones are not sought.

    Files are `VOLUME/PATH`, with the number of the volume and of the file as locator (`1-18`). A volume that is
    encrypted is opened by a password or recovery key, and is else an item that says so. Fusion drives are not read.
    Extended attributes, resource forks among them, are `NAME:ATTRIBUTE`. Snapshots are not read: a volume says how many
    it has.
    """

    @property
    def kind(self) -> str:
        """`apfs`."""
        return "apfs"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the superblock of the container: its mark and a block size from 4 to 64 KiB."""
        return head[32:36] == b"NXSB" and int.from_bytes(head[36:40], "little") in (4096, 8192, 16384, 32768, 65536)

    def open(self, stream: Stream, *, limits: Limits) -> "ApfsContainer":
        """Open the container with no secrets. Raise `Unreadable`, or `Unsupported` where the extra is missing."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> "ApfsContainer":
        """Open the container; as `Lockable.unlock`, but that volumes which stay locked are items that say so."""
        return ApfsContainer(stream, limits, secrets)


@dataclass(frozen=True, slots=True)
class _Volume:
    number: int
    name: str
    tree: Tree | None
    obstacle: str = ""
    cause: Cause = Cause.UNREADABLE


class ApfsContainer:
    """An opened container."""

    def __init__(self, stream: Stream, limits: Limits, secrets: Secrets) -> None:
        self._limits = limits
        pyfsapfs = library("pyfsapfs", "volumes", "APFS volumes")
        self._source = Source(stream)
        self._container = pyfsapfs.container()
        told = self._source.tell
        told("The APFS container cannot be opened.", lambda: self._container.open_file_object(self._source.file))
        count = told("Its volumes cannot be counted.", self._container.get_number_of_volumes)
        self._snapshots = snapshot_counts(stream)
        self._volumes: list[_Volume] = []
        for number in range(1, min(count, MOST_VOLUMES) + 1):
            self._volumes.append(self._volume(number, secrets))

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        for count, item in enumerate(self._all_items()):
            if count == self._limits.container_items:
                raise LimitReached(f"Only its first {count} items were listed: that is the limit.")
            yield item

    def _all_items(self) -> Iterator[Item]:
        for volume in self._volumes:
            if volume.tree is None:
                yield Item(volume.name, None, locator=str(volume.number), volume=True, obstacle=volume.obstacle,
                           cause=volume.cause)  # fmt: skip
                continue
            for item in volume.tree.items():
                yield replace(item, locator=f"{volume.number}-{item.locator}")
            count = self._snapshots.get(volume.number)
            if count != 0:
                said = _PERHAPS if count is None else _SNAPSHOTS.format(count)
                yield Item(f"{volume.name}/$Snapshots", None, locator=f"{volume.number}-snapshots", volume=True,
                           obstacle=said, cause=Cause.UNSUPPORTED)  # fmt: skip

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`: by the locator."""
        found = _LOCATOR.fullmatch(locator)
        if found is None or int(found[1]) > len(self._volumes):
            raise Unreadable(f"The container has no item {escape(name)!r} with the number {escape(locator)!r}.")
        volume = self._volumes[int(found[1]) - 1]
        if volume.tree is None:
            raise (Encrypted if volume.cause is Cause.ENCRYPTED else Unreadable)(volume.obstacle)
        return volume.tree.open(found[2])

    def close(self) -> None:
        """As `Container.close`."""
        self._volumes.clear()
        self._container.close()

    def _volume(self, number: int, secrets: Secrets) -> _Volume:
        name = f"volume {number}"
        try:
            volume = self._source.tell("This volume cannot be opened.", partial(self._container.get_volume, number - 1))
            name = self._free(_name(volume) or name)
            if not self._source.tell("It cannot be told whether it is locked.", volume.is_locked):
                return _Volume(number, name, Tree(self._source, volume, _NAMES, f"{name}/"))
            gives = (volume.set_password, volume.set_recovery_password)
            ways = ((give, secret) for secret in secrets.passwords for give in gives)
            obstacle, cause = locked(self._source, volume, ways, _LOCKED)
            tree = None if obstacle else Tree(self._source, volume, _NAMES, f"{name}/")
            return _Volume(number, name, tree, obstacle, cause)
        except Unreadable as error:
            return _Volume(number, self._free(name), None, str(error), Cause.of(error))

    def _free(self, name: str) -> str:
        """The name, with a number where another volume has it."""
        taken = {volume.name for volume in self._volumes}
        return name if name not in taken else f"{name} ({len(self._volumes) + 1})"


def _name(volume: Any) -> str:
    try:
        return name_from_text(volume.get_name() or "").replace("/", "_").replace("\0", "_")
    except FAILURES:
        return ""
