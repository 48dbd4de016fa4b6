"""File systems, live and deleted, by The Sleuth Kit: NTFS, FAT, exFAT, ext2 to ext4, HFS+, ISO 9660 and UFS."""

import calendar
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytsk3

from amparo.domain.cause import Cause
from amparo.domain.coverage import Account
from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import MIB, Limits
from amparo.evidence.disk_signatures import FILE_SYSTEMS
from amparo.evidence.exfat_entries import lies_in_one_run
from amparo.evidence.file_contents import LONGEST_HOLE_BYTES, FileStream, Target, hole, locator_of, target_of
from amparo.evidence.shadow_copies import ShadowCopies
from amparo.evidence.sleuthkit import DiskImage
from amparo.evidence.volume_walk import VolumeWalk, Walk

if TYPE_CHECKING:
    from amparo.evidence.free_space import FreeSpace

SMALLEST_BYTES = 32 * 1024
"""Of a volume. FAT and NTFS list their own boot sectors as files, which are no volumes."""
DEPTH = 1024
"""Folders inside each other."""
LARGE_FOLDER = 250_000
"""From so many entries on, every item of a folder has a locator, so that nothing need be remembered to find it."""
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
_NAME_ALLOCATED = int(pytsk3.TSK_FS_NAME_FLAG_ALLOC)
_META_ALLOCATED = int(pytsk3.TSK_FS_META_FLAG_ALLOC)
_VIRTUAL = int(pytsk3.TSK_FS_META_TYPE_VIRT)
_REGULAR = frozenset((int(pytsk3.TSK_FS_META_TYPE_REG), _VIRTUAL))
_FOLDER = int(pytsk3.TSK_FS_META_TYPE_DIR)
_VIRTUAL_FOLDER = int(pytsk3.TSK_FS_META_TYPE_VIRT_DIR)
_LINK = int(pytsk3.TSK_FS_META_TYPE_LNK)
_SPECIAL = {
    int(pytsk3.TSK_FS_META_TYPE_FIFO): "a named pipe",
    int(pytsk3.TSK_FS_META_TYPE_CHR): "a character device",
    int(pytsk3.TSK_FS_META_TYPE_BLK): "a block device",
    int(pytsk3.TSK_FS_META_TYPE_SOCK): "a socket",
    int(pytsk3.TSK_FS_META_TYPE_WHT): "a whiteout",
    int(pytsk3.TSK_FS_META_TYPE_SHAD): "a shadow inode",
}
_RESOURCE_FORK = int(pytsk3.TSK_FS_ATTR_TYPE_HFS_RSRC)
_CONTENT_TYPES = {
    "ntfs": frozenset((int(pytsk3.TSK_FS_ATTR_TYPE_NTFS_DATA),)),
    "hfs": frozenset(
        (int(pytsk3.TSK_FS_ATTR_TYPE_HFS_DATA), _RESOURCE_FORK, int(pytsk3.TSK_FS_ATTR_TYPE_HFS_EXT_ATTR))
    ),
}
"""The attributes that are contents, where a file may have more than one."""


@dataclass(frozen=True, slots=True)
class VolumeFormat:
    """A file system: NTFS, FAT, exFAT, ext2 to ext4, HFS+, ISO 9660 or UFS, as The Sleuth Kit reads it.

    Every data attribute is an item: alternate data streams of NTFS as `NAME:STREAM`, resource forks of HFS+ as
    `NAME:rsrc`, its extended attributes as `NAME:ATTRIBUTE`. Names that are marked as deleted are DELETED items with the address of their metadata as locator
    (`37`, or `37-128-4` with type and number of an attribute); metadata that record bytes and that no name leads
    to are ORPHAN items under `$OrphanFiles/`. A deleted file is what its metadata say: its blocks may have been
    used again since. Links, devices, deleted names without bytes and folders that cannot be read are items that
    say so. FAT, exFAT and ISO 9660 record the time of a wall clock, which is given as if it were UTC. The shadow copies
    of an NTFS volume are volumes, `$Snapshots/1` and so on.
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


@dataclass(frozen=True, slots=True)
class _Folder:
    address: int
    path: str
    """Empty for the root, or the path with a slash at the end."""
    depth: int = 0
    state: ItemState = ItemState.LIVE
    located: bool = False
    """Whether its items have locators, because their names do not tell which folder is meant."""


_Content: TypeAlias = tuple[str, int | None, Target, str]
"""Name, size, target and obstacle."""


class _Entry(NamedTuple):
    """An item in the making."""

    name: str
    size_bytes: int | None
    state: ItemState
    locator: str
    target: Target
    obstacle: str
    meta: Any
    """Of The Sleuth Kit, or `None`; valid until the next entry is asked for."""
    doubt: str = ""


@dataclass(slots=True)
class _Index:
    """The items and folders of one folder by their full names, but for those that have a locator."""

    targets: dict[str, Target] = field(default_factory=dict)
    folders: dict[str, _Folder] = field(default_factory=dict)


class FileSystem:
    """An opened file system."""

    def __init__(self, kind: str, stream: Stream, limits: Limits) -> None:
        self._limits = limits
        self._image = DiskImage(stream)
        try:
            self._volume = pytsk3.FS_Info(self._image, 0, _TYPES[kind])
            self._root = _Folder(int(self._volume.info.root_inum), "")
        except OSError as error:
            reason = self._image.reason(error)
            problem = Encrypted if "encrypted" in reason.lower() else Unreadable
            raise problem(f"The file system cannot be read. {reason}") from error
        self._content_types = _CONTENT_TYPES.get(kind, frozenset())
        self._to_ns = _wall_clock_ns if kind in ("fat", "exfat", "iso") else _ns
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
        pending = [self._root]
        count = 0
        while pending:
            below: list[_Folder] = []
            for entry in self._list(pending.pop(), walk):
                if isinstance(entry, _Folder):
                    below.append(entry)
                    continue
                if count == self._limits.container_items:
                    raise LimitReached(f"Only its first {count} items were listed: that is the limit.")
                count += 1
                yield self._item(*entry)
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
        folder: _Folder | None = self._root
        if path:
            above, slash, _ = path[:-1].rpartition("/")
            folder = self._index(above + slash).folders.get(path) if path.count("/") <= DEPTH else None
        if folder is None:
            raise Unreadable(f"The file system has no folder {escape(path[:1000])!r}.")
        found = _Index()
        for entry in self._list(folder, Walk()):
            if isinstance(entry, _Folder):
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

    def _item(
        self,
        name: str,
        size_bytes: int | None,
        state: ItemState,
        locator: str,
        target: Target,
        obstacle: str,
        meta: Any,
        doubt: str,
    ) -> Item:
        if meta is None:
            return Item(name, size_bytes, state, locator, obstacle=obstacle)
        to_ns = self._to_ns
        return Item(
            name,
            size_bytes,
            state,
            locator,
            to_ns(meta.mtime, meta.mtime_nano),
            to_ns(meta.atime, meta.atime_nano),
            to_ns(meta.ctime, meta.ctime_nano),
            to_ns(meta.crtime, meta.crtime_nano),
            obstacle=obstacle,
            cause=Cause.NO_BYTES if obstacle else Cause.UNREADABLE,
            doubt=doubt,
        )

    def _list(self, folder: _Folder, walk: Walk) -> Iterator[_Entry | _Folder]:
        """What lies in one folder. What is wrong with it is an entry at the end."""
        try:
            if folder.depth > DEPTH:
                raise LimitReached(f"It lies more than {DEPTH} folders deep: that is the limit.")
            if folder.address in walk.folders:
                raise Unreadable("It was listed already under another name.")
            walk.folders.add(folder.address)
            self._image.failure()  # of other reads, whoever cared for it
            yield from self._entries(folder, self._volume.open_dir(inode=folder.address), walk)
            if (failure := self._image.failure()) is not None:  # The Sleuth Kit took zeros in place of the bytes
                raise failure
        except (OSError, Unreadable) as error:
            reason = self._image.reason(error) if isinstance(error, OSError) else str(error)
            obstacle = f"This folder cannot be listed, or not to its end. {reason}"
            path = folder.path[:-1] or "."
            target = folder.address, 0, -1
            yield _Entry(path, None, folder.state, str(folder.address), target, obstacle, None)

    def _entries(self, folder: _Folder, entries: Any, walk: Walk) -> Iterator[_Entry | _Folder]:
        """As `_list`; raise `OSError`."""
        all_located = folder.located or int(entries.size) > LARGE_FOLDER
        names: set[tuple[str, str]] = set()
        orphans: _Folder | None = None
        for entry in entries:
            info = entry.info
            label = info.name
            raw = label.name
            if raw is None or raw == b".." or (raw == b"." and folder is not self._root):
                continue
            address = label.meta_addr
            state = folder.state
            if state is ItemState.LIVE and not label.flags & _NAME_ALLOCATED:
                state = ItemState.DELETED
            elif state is ItemState.ORPHAN:
                try:
                    entry = self._volume.open_meta(inode=address)
                except OSError:
                    continue
                info = entry.info
            meta = info.meta
            kind = meta.type if meta is not None else 0
            name = folder.path + name_from_bytes(raw)
            if kind == _VIRTUAL_FOLDER:
                if folder is self._root:
                    orphans = _Folder(address, name + "/", 1, ItemState.ORPHAN, located=True)
                continue
            used_again = state is not ItemState.LIVE and meta is not None and bool(meta.flags & _META_ALLOCATED)
            located = all_located or state is not ItemState.LIVE or b"/" in raw
            for item_name, size_bytes, target, obstacle in self._contents(entry, meta, kind, name, address, used_again):
                doubt = ""
                if state is not ItemState.LIVE and not obstacle:
                    obstacle, doubt = walk.recover(entry, target, size_bytes or 0)
                elif not obstacle:
                    walk.add(entry, target)
                if obstacle and state is ItemState.ORPHAN and not size_bytes:
                    continue
                if size_bytes is not None and size_bytes < 0:
                    size_bytes, obstacle = None, "Its metadata are damaged: they record less than no bytes."
                key = item_name, ""
                if located or key in names:
                    key = item_name, locator_of(target)
                    if key in names:
                        continue
                if not all_located or state is not ItemState.LIVE:
                    names.add(key)
                yield _Entry(item_name, size_bytes, state, key[1], target, obstacle, meta, doubt)
            if kind == _FOLDER and not used_again and raw != b".":
                path = name + "/"
                if (path, str(address)) not in names:
                    located = located or (path, "") in names
                    names |= {(path, ""), (path, str(address))}
                    state = ItemState.LIVE if state is ItemState.LIVE else ItemState.DELETED
                    yield _Folder(address, path, folder.depth + 1, state, located)
        if orphans is not None:
            yield orphans

    def _contents(
        self, entry: Any, meta: Any, kind: int, name: str, address: int, used_again: bool
    ) -> Sequence[_Content]:
        """All that one entry of a folder is the name of."""
        size_bytes: int | None = None
        if used_again:
            obstacle = "The metadata of this deleted name belong to another file now."
        elif kind == _VIRTUAL and self._kind == "exfat" and name.startswith("$FAT"):  # The Sleuth Kit cannot read it
            obstacle = "This is the file system's own table of chains, which is no file."
        elif kind in _REGULAR or kind == _FOLDER:
            attributes = list(self._attributes(entry, name, address)) if self._content_types else []
            if attributes or kind == _FOLDER:
                return attributes
            size_bytes, obstacle = meta.size, ""
            if size_bytes > LONGEST_HOLE_BYTES:
                obstacle = next((hole(attribute, size_bytes) for attribute in entry), "")
        elif kind == _LINK:
            to = f" to '{escape(name_from_bytes(meta.link))}'" if meta.link else ""
            obstacle = f"This is a symbolic link{to}."
        elif kind in _SPECIAL:
            obstacle = f"This is {_SPECIAL[kind]}."
        else:
            obstacle = "Only this name is left: its metadata cannot be read."
        return ((name, size_bytes, (address, 0, -1), obstacle),)

    def _attributes(self, entry: Any, name: str, address: int) -> Iterator[_Content]:
        """The contents of a file that may have more than one; a folder has such, too, but rarely."""
        for attribute in entry:
            part = attribute.info
            part_type = int(part.type)
            if part_type in self._content_types:
                size_bytes = int(part.size)
                label = b"rsrc" if part_type == _RESOURCE_FORK else part.name
                part_name = f"{name}:{name_from_bytes(label)}" if label else name
                yield part_name, size_bytes, (address, part_type, int(part.id)), hole(attribute, size_bytes)


def _runs_known(kind: str, volume: Stream) -> Callable[[int], bool] | None:
    """As `VolumeWalk` asks for it. A file deleted from FAT leaves its first cluster and its size, and is taken to have
    lain in one run; one of exFAT says whether it did."""
    if kind == "exfat":
        return partial(lies_in_one_run, volume)
    return (lambda _: True) if kind == "fat" else None


def _ns(seconds: int, nanoseconds: int) -> int | None:
    """Nanoseconds since 1970; `None` for 0, which stands for no time, and for what no clock can have shown."""
    total: int = seconds * 1_000_000_000 + nanoseconds
    return total if total and -(1 << 63) <= total < 1 << 63 else None


def _wall_clock_ns(seconds: int, nanoseconds: int) -> int | None:
    """As `_ns`, where The Sleuth Kit took the time of a wall clock for the local time of this machine."""
    if not seconds:
        return None
    return _ns(calendar.timegm(time.localtime(seconds)), nanoseconds)
