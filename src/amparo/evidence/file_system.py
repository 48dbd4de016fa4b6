"""File systems, live and deleted, by The Sleuth Kit: NTFS, FAT, exFAT, ext2 to ext4, HFS+, ISO 9660 and UFS."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytsk3

from amparo.domain.coverage import Account
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB, Limits
from amparo.evidence.disk_signatures import FILE_SYSTEMS
from amparo.evidence.exfat_entries import lies_in_one_run
from amparo.evidence.file_contents import FileStream, Target, target_of
from amparo.evidence.folder_entries import DEPTH, Folder, Folders
from amparo.evidence.shadow_copies import ShadowCopies
from amparo.evidence.sleuthkit import DiskImage
from amparo.evidence.volume_walk import VolumeWalk, Walk

if TYPE_CHECKING:
    from amparo.evidence.free_space import FreeSpace

SMALLEST_BYTES = 32 * 1024
"""Of a volume. FAT and NTFS list their own boot sectors as files, which are no volumes."""
REMEMBERED_NAMES = 500_000
"""In the folders that are kept for finding items by their names."""
UNALLOCATED = "$Unallocated"
"""The item that is all the free space of a volume."""
FREE = "free"
"""Its locator, which no file has."""
_TYPES = {
    "ntfs": pytsk3.TSK_FS_TYPE_NTFS_DETECT,
    "fat": pytsk3.TSK_FS_TYPE_FAT_DETECT,
    "exfat": pytsk3.TSK_FS_TYPE_EXFAT,
    "ext": pytsk3.TSK_FS_TYPE_EXT_DETECT,
    "hfs": pytsk3.TSK_FS_TYPE_HFS_DETECT,
    "iso": pytsk3.TSK_FS_TYPE_ISO9660_DETECT,
    "ufs": pytsk3.TSK_FS_TYPE_FFS_DETECT,
}


@dataclass(frozen=True, slots=True)
class VolumeFormat:
    """A file system: NTFS, FAT, exFAT, ext2 to ext4, HFS+, ISO 9660 or UFS, as The Sleuth Kit reads it.

    Every data attribute is an item: streams of NTFS as `NAME:STREAM` (extended attributes: `NAME:$EA`), resource forks
    of HFS+ as `NAME:rsrc`, its extended attributes as `NAME:ATTRIBUTE`. Names marked as deleted are DELETED items with
    the address of their metadata as locator (`37`, or `37-128-4` with type and number of an attribute); metadata that
    record bytes and that no name leads to are ORPHAN items under `$OrphanFiles/`. A deleted file is what its metadata
    say: its blocks may have been used again since. Links, devices, deleted names without bytes and folders that cannot
    be read are items that say so. FAT, exFAT and ISO 9660 record the time of a wall clock, which is given as if it
    were UTC. The shadow copies of an NTFS volume are volumes, `$Snapshots/1` and so on.
    """

    kind: str
    """`ntfs`, `fat`, `exfat`, `ext`, `hfs`, `iso` or `ufs`."""

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By the boot sector, superblock or volume header, where more than that is there."""
        return size_bytes >= SMALLEST_BYTES and FILE_SYSTEMS[self.kind](head)

    def open(self, stream: Stream, *, limits: Limits) -> "FileSystem":
        """Open the volume. Raise `Unreadable`."""
        return FileSystem(self.kind, stream, limits)


VOLUMES = tuple(map(VolumeFormat, ("ntfs", "exfat", "fat", "ext", "hfs", "iso", "ufs")))
"""One format for each file system."""


@dataclass(slots=True)
class _Index:
    """The items and folders of one folder by their full names, but for those that have a locator."""

    targets: dict[str, Target] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)


class FileSystem:
    """An opened file system."""

    def __init__(self, kind: str, stream: Stream, limits: Limits) -> None:
        self._limits = limits
        self._image = DiskImage(stream)
        try:
            self._volume = pytsk3.FS_Info(self._image, 0, _TYPES[kind])
            self._folders = Folders(kind, self._volume, self._image)
        except OSError as error:
            reason = self._image.reason(error)
            problem = Encrypted if "encrypted" in reason.lower() else Unreadable
            raise problem(f"The file system cannot be read. {reason}") from error
        self._indexes: OrderedDict[str, _Index] = OrderedDict()
        self._indexed_names = 0
        self._stream = stream
        self._block_bytes = int(self._volume.info.block_size)
        self._kind = kind
        self._free: FreeSpace | None = None
        self._free_failure = ""
        self._runs_known = _runs_known(kind, stream)
        self._walk = VolumeWalk(self._block_bytes, self._free_space, self._runs_known)
        self._copies = ShadowCopies(stream) if kind == "ntfs" else None

    def items(self) -> Iterator[Item]:
        """Every file, folder by folder: first what lies in a folder, then its folders one after the other."""
        walk = self._walk = VolumeWalk(self._block_bytes, self._free_space, self._runs_known)
        pending = [self._folders.root]
        count = 0
        while pending:
            below: list[Folder] = []
            for entry in self._folders.entries(pending.pop(), walk):
                if isinstance(entry, Folder):
                    below.append(entry)
                    continue
                if count == self._limits.container_items:
                    raise LimitReached(f"Only its first {count} items were listed: that is the limit.")
                count += 1
                yield self._folders.item(entry)
            pending.extend(reversed(below))
        for item in self._spaces():
            if count == self._limits.container_items:
                raise LimitReached(f"Only its first {count} items were listed: that is the limit.")
            count += 1
            yield item

    def _spaces(self) -> Iterator[Item]:
        """What lies in the volume beside its files."""
        if self._copies is not None:
            yield from self._copies.items()
        free = self._free_space()
        if free is None:
            obstacle = f"What is free in this volume is not known. {self._free_failure}"
            yield Item(UNALLOCATED, None, ItemState.UNALLOCATED, FREE, volume=True, obstacle=obstacle)
        elif free.size_bytes:
            yield Item(UNALLOCATED, free.size_bytes, ItemState.UNALLOCATED, FREE, volume=True)

    def account(self) -> Account:
        """As `Accounted.account`."""
        return self._walk.total(self._stream.size_bytes)

    def _free_space(self) -> "FreeSpace | None":
        """What nothing uses, and what lies behind the file system's end; `None` where its map cannot be read."""
        from amparo.evidence.allocation import free_space  # with NumPy, which takes its time, and only volumes need it

        if self._free is None and not self._free_failure:
            try:
                free = free_space(self._kind, self._stream, self._parts_of_file)
                end = free.end_byte or int(self._volume.info.block_count) * self._block_bytes
                self._free = free.clipped(self._stream.size_bytes).and_from(end, self._stream.size_bytes)
            except Unreadable as error:
                self._free_failure = str(error)
        return self._free

    def _parts_of_file(self, address: int) -> Iterator[bytes]:
        stream = FileStream(self._volume, self._image, (address, 0, -1))
        for offset in range(0, stream.size_bytes, 4 * MIB):
            yield stream.read_at(offset, 4 * MIB)

    def open(self, name: str, locator: str) -> Stream:
        """The contents that `items` gave with this name and locator. Raise `Unreadable` or `Encrypted`."""
        if (name, locator) == (UNALLOCATED, FREE):
            from amparo.evidence.free_space import FreeStream

            free = self._free_space()
            if free is None or not free.size_bytes:
                raise Unreadable(f"The file system has no free space that is known. {self._free_failure}".strip())
            return FreeStream(self._stream, free)
        if self._copies is not None and (copy := self._copies.open(name, locator)) is not None:
            return copy
        return FileStream(self._volume, self._image, target_of(locator) if locator else self._named(name))

    def close(self) -> None:
        """Forget what was remembered for finding items."""
        self._indexes.clear()
        if self._copies is not None:
            self._copies.close()

    def _named(self, name: str) -> Target:
        folder, slash, _ = name.rpartition("/")
        target = self._index(folder + slash).targets.get(name)
        if target is None:
            raise Unreadable(f"The file system has no file {escape(name)!r}.")
        return target

    def _index(self, path: str) -> _Index:
        """What lies in the folder at `path` (empty, or with a slash at the end); raise `Unreadable`."""
        found = self._indexes.get(path)
        if found is not None:
            self._indexes.move_to_end(path)
            return found
        folder: Folder | None = self._folders.root
        if path:
            above, slash, _ = path[:-1].rpartition("/")
            folder = self._index(above + slash).folders.get(path) if path.count("/") <= DEPTH else None
        if folder is None:
            raise Unreadable(f"The file system has no folder {escape(path[:1000])!r}.")
        found = _Index()
        for entry in self._folders.entries(folder, Walk()):
            if isinstance(entry, Folder):
                if not entry.located and entry.state is ItemState.LIVE:
                    found.folders[entry.path] = entry
            elif not entry.locator and not entry.obstacle:
                found.targets[entry.name] = entry.target
        self._indexes[path] = found
        self._indexed_names += len(found.targets) + len(found.folders)
        while self._indexed_names > REMEMBERED_NAMES and len(self._indexes) > 1:
            _, oldest = self._indexes.popitem(last=False)
            self._indexed_names -= len(oldest.targets) + len(oldest.folders)
        return found


def _runs_known(kind: str, volume: Stream) -> Callable[[int], bool] | None:
    """As `VolumeWalk` asks for it. A file deleted from FAT leaves its first cluster and its size, and is taken to have
    lain in one run; one of exFAT says whether it did."""
    if kind == "exfat":
        return partial(lies_in_one_run, volume)
    return (lambda _: True) if kind == "fat" else None
