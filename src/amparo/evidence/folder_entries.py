"""The folders of a file system that The Sleuth Kit reads: what lies in each, live and deleted."""

import calendar
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import pytsk3

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, ItemState
from amparo.domain.item_path import escape, name_from_bytes
from amparo.evidence.file_contents import LONGEST_HOLE_BYTES, Target, hole, locator_of
from amparo.evidence.sleuthkit import DiskImage
from amparo.evidence.volume_walk import Walk

DEPTH = 1024
"""Folders inside each other."""
LARGE_FOLDER = 250_000
"""From so many entries on, every item of a folder has a locator, so that nothing need be remembered to find it."""
_IMPOSSIBLE_SIZE = "Its metadata are damaged: they record less than no bytes."
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
_EXTENDED = int(pytsk3.TSK_FS_ATTR_TYPE_NTFS_EA)
_LABELS = {_RESOURCE_FORK: b"rsrc", _EXTENDED: b"$EA"}
"""Of attributes that have no name of their own, or another one."""
_CONTENT_TYPES = {
    "ntfs": frozenset((int(pytsk3.TSK_FS_ATTR_TYPE_NTFS_DATA), _EXTENDED)),
    "hfs": frozenset(
        (int(pytsk3.TSK_FS_ATTR_TYPE_HFS_DATA), _RESOURCE_FORK, int(pytsk3.TSK_FS_ATTR_TYPE_HFS_EXT_ATTR))
    ),
}
"""The attributes that are contents, where a file may have more than one."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is to be listed."""

    address: int
    """Of its metadata."""
    path: str
    """Empty for the root, or the path with a slash at the end."""
    depth: int = 0
    state: ItemState = ItemState.LIVE
    located: bool = False
    """Whether its items have locators, because their names do not tell which folder is meant."""


Content: TypeAlias = tuple[str, int | None, Target, str]
"""Name, size, target and obstacle."""


class Entry(NamedTuple):
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


class Folders:
    """The folders of an opened file system. Raise `OSError` where it has no root."""

    def __init__(self, kind: str, volume: Any, image: DiskImage) -> None:
        self._kind = kind
        self._volume = volume
        self._image = image
        self._content_types = _CONTENT_TYPES.get(kind, frozenset())
        self._to_ns = _wall_clock_ns if kind in ("fat", "exfat", "iso") else _ns
        self.root = Folder(int(volume.info.root_inum), "")

    def item(self, entry: Entry) -> Item:
        """What is listed of an entry, before the next one is asked for."""
        name, size_bytes, state, locator, _, obstacle, meta, doubt = entry
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
            cause=Cause.NO_BYTES if obstacle not in ("", _IMPOSSIBLE_SIZE) else Cause.UNREADABLE,
            doubt=doubt,
        )

    def entries(self, folder: Folder, walk: Walk) -> Iterator[Entry | Folder]:
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
            yield Entry(path, None, folder.state, str(folder.address), target, obstacle, None)

    def _entries(self, folder: Folder, entries: Any, walk: Walk) -> Iterator[Entry | Folder]:
        """As `entries`; raise `OSError`."""
        all_located = folder.located or int(entries.size) > LARGE_FOLDER
        names: set[tuple[str, str]] = set()
        orphans: Folder | None = None
        for entry in entries:
            info = entry.info
            label = info.name
            raw = label.name
            if raw is None or raw == b".." or (raw == b"." and folder is not self.root):
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
                if folder is self.root:
                    orphans = Folder(address, name + "/", 1, ItemState.ORPHAN, located=True)
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
                    size_bytes, obstacle = None, _IMPOSSIBLE_SIZE
                key = item_name, ""
                if located or key in names:
                    key = item_name, locator_of(target)
                    if key in names:
                        continue
                if not all_located or state is not ItemState.LIVE:
                    names.add(key)
                yield Entry(item_name, size_bytes, state, key[1], target, obstacle, meta, doubt)
            if kind == _FOLDER and not used_again and raw != b".":
                path = name + "/"
                if (path, str(address)) not in names:
                    located = located or (path, "") in names
                    names |= {(path, ""), (path, str(address))}
                    state = ItemState.LIVE if state is ItemState.LIVE else ItemState.DELETED
                    yield Folder(address, path, folder.depth + 1, state, located)
        if orphans is not None:
            yield orphans

    def _contents(
        self, entry: Any, meta: Any, kind: int, name: str, address: int, used_again: bool
    ) -> Sequence[Content]:
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

    def _attributes(self, entry: Any, name: str, address: int) -> Iterator[Content]:
        """The contents of a file that may have more than one; a folder has such, too, but rarely."""
        for attribute in entry:
            part = attribute.info
            part_type = int(part.type)
            if part_type in self._content_types:
                size_bytes = int(part.size)
                label = _LABELS.get(part_type, part.name)
                part_name = f"{name}:{name_from_bytes(label)}" if label else name
                yield part_name, size_bytes, (address, part_type, int(part.id)), hole(attribute, size_bytes)


def _ns(seconds: int, nanoseconds: int) -> int | None:
    """Nanoseconds since 1970; `None` for 0, which stands for no time, and for what no clock can have shown."""
    total: int = seconds * 1_000_000_000 + nanoseconds
    return total if total and -(1 << 63) <= total < 1 << 63 else None


def _wall_clock_ns(seconds: int, nanoseconds: int) -> int | None:
    """As `_ns`, where The Sleuth Kit took the time of a wall clock for the local time of this machine."""
    if not seconds:
        return None
    return _ns(calendar.timegm(time.localtime(seconds)), nanoseconds)
