"""Walks the folders of a file system that a libyal library reads: each file as an item, addressed by its number."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from stat import S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_bytes, name_from_text
from amparo.evidence.libyal import FAILURES, LARGEST_BYTES, LibyalStream, Source

DEPTH = 1024
"""Folders inside each other."""
_NUMBER = re.compile("([1-9][0-9]{0,19})(?:-(0|[1-9][0-9]{0,4}))?")
_ATTRIBUTES = 65_536
_LINK_TARGET = "com.apple.fs.symlink"
"""Where APFS keeps what a symbolic link leads to, which is said of the link."""
_NO_ATTRIBUTES = "Its extended attributes cannot be listed, or not to their end."
_SPECIAL = {
    S_IFIFO: "a named pipe",
    S_IFCHR: "a character device",
    S_IFBLK: "a block device",
    S_IFSOCK: "a socket",
}


@dataclass(frozen=True, slots=True)
class Names:
    """How a library calls what all of them have."""

    number: str
    """Of a file entry: the method that gives its number in the file system."""
    by_number: str
    """Of a volume: the method that finds a file entry by it."""
    created: str = "get_creation_time_as_integer"
    mode: str = "get_file_mode"


class Tree:
    """The folders and files of one volume. Times are nanoseconds since 1970, as in XFS, APFS and ext.

    Extended attributes (resource forks among them) are items too: `NAME:ATTRIBUTE`, with the number of the file and
    their own as locator, `18-0`.
    """

    def __init__(self, source: Source, volume: Any, names: Names, prefix: str = "") -> None:
        self._source = source
        self._volume = volume
        self._names = names
        self._prefix = prefix

    def items(self) -> Iterator[Item]:
        """Every file, folder by folder: first what lies in a folder, then its folders one after the other."""
        root = self._source.tell("The root folder cannot be read.", self._volume.get_root_directory)
        if root is None:
            raise Unreadable("The file system has no root folder.")
        pending: list[tuple[Any, str, int]] = [(root, self._prefix, 0)]
        seen: set[int] = set()
        yield from self._attributes(root, self._prefix[:-1] or ".")
        while pending:
            folder, path, depth = pending.pop()
            below: list[tuple[Any, str, int]] = []
            try:
                yield from self._folder(folder, path, depth, seen, below)
            except Unreadable as error:
                obstacle = f"This folder cannot be listed, or not to its end. {error}"
                yield Item(path[:-1] or ".", None, locator=f"folder-{depth}-{len(seen)}", obstacle=obstacle,
                           cause=Cause.of(error))  # fmt: skip
            pending.extend(reversed(below))

    def open(self, locator: str) -> Stream:
        """The bytes of the file with this number, or of an attribute of it. Raise `Unreadable`."""
        found = _NUMBER.fullmatch(locator)
        if found is None or not locator.isascii() or int(found[1]) >= 1 << 63:
            raise Unreadable(f"The file system has no file with the number {escape(locator[:100])!r}.")
        find: Callable[[int], Any] = getattr(self._volume, self._names.by_number)
        entry = self._source.tell("The file cannot be found by its number.", lambda: find(int(found[1])))
        if entry is not None and found[2]:
            return self._attribute(entry, int(found[2]))
        if entry is None or S_IFMT(self._mode(entry)) != S_IFREG:
            raise Unreadable(f"The file system has no file with the number {locator}.")
        return LibyalStream(self._source, entry, self._size(entry), self._volume)

    def _folder(
        self, folder: Any, path: str, depth: int, seen: set[int], below: list[tuple[Any, str, int]]
    ) -> Iterator[Item]:
        if depth > DEPTH:
            raise Unreadable(f"It lies more than {DEPTH} folders deep: that is the limit.")
        number = self._number(folder)
        if number in seen:
            raise Unreadable("It was listed already under another name.")
        seen.add(number)
        count = self._source.tell("Its names cannot be read.", folder.get_number_of_sub_file_entries)
        given: set[str] = set()
        for place in range(count):
            try:
                entry = self._source.tell("This entry is damaged.", partial(folder.get_sub_file_entry, place))
                name = path + (_name(entry) or f"(no name {place})")
                if name in given:
                    name = f"{name} ({place})"
                given.add(name)
                mode = self._mode(entry)
                if S_IFMT(mode) == S_IFDIR:
                    below.append((entry, f"{name}/", depth + 1))
                else:
                    yield self._item(entry, name, mode)
                yield from self._attributes(entry, name)
            except Unreadable as error:
                yield Item(f"{path}(entry {place})", None, locator=f"entry-{place}", obstacle=str(error),
                           cause=Cause.of(error))  # fmt: skip

    def _item(self, entry: Any, name: str, mode: int) -> Item:
        number = str(self._number(entry))
        size: int | None = None
        obstacle, cause = "", Cause.NO_BYTES
        kind = S_IFMT(mode)
        if kind == S_IFREG:
            size = self._size(entry)
            if not 0 <= size < LARGEST_BYTES:
                size, cause = None, Cause.UNREADABLE
                obstacle = "Its metadata are damaged: no file has as many bytes as they record."
        elif kind == S_IFLNK:
            target = self._source.tell("The link cannot be read.", entry.get_symbolic_link_target)
            obstacle = f"This is a symbolic link to '{escape(name_from_text(target))}'." if target else (
                "This is a symbolic link.")  # fmt: skip
        else:
            obstacle = f"This is {_SPECIAL.get(kind, 'of a kind that is not known')}."
        return Item(
            name,
            size,
            locator=number,
            modified_ns=_ns(entry, "get_modification_time_as_integer"),
            accessed_ns=_ns(entry, "get_access_time_as_integer"),
            changed_ns=_ns(entry, "get_inode_change_time_as_integer"),
            created_ns=_ns(entry, self._names.created),
            obstacle=obstacle,
            cause=cause if obstacle else Cause.UNREADABLE,
        )

    def _attributes(self, entry: Any, name: str) -> Iterator[Item]:
        """The extended attributes of a file or folder; where they cannot be listed, one item that says so."""
        number = self._number(entry)
        try:
            count = self._source.tell(_NO_ATTRIBUTES, entry.get_number_of_extended_attributes)
            for place in range(min(count, _ATTRIBUTES)):
                attribute = self._source.tell(_NO_ATTRIBUTES, partial(entry.get_extended_attribute, place))
                label = _name(attribute)
                if label == _LINK_TARGET:
                    continue
                size = int(self._source.tell(_NO_ATTRIBUTES, attribute.get_size) or 0)
                label = label or f"(no name {place})"
                yield Item(f"{name}:{label}", size if 0 <= size < LARGEST_BYTES else None, locator=f"{number}-{place}")
            if count > _ATTRIBUTES:
                raise LimitReached(f"{_NO_ATTRIBUTES} There are {count}; the limit is {_ATTRIBUTES}.")
        except Unreadable as error:
            yield Item(f"{name}:", None, locator=f"{number}-attributes", obstacle=str(error), cause=Cause.of(error))

    def _attribute(self, entry: Any, place: int) -> Stream:
        sentence = "The extended attribute cannot be read."
        attribute = self._source.tell(sentence, partial(entry.get_extended_attribute, place))
        size = int(self._source.tell(sentence, attribute.get_size) or 0)
        return LibyalStream(self._source, attribute, size, (entry, self._volume))

    def _number(self, entry: Any) -> int:
        return int(self._source.tell("The number of this entry cannot be read.", getattr(entry, self._names.number)))

    def _mode(self, entry: Any) -> int:
        return int(self._source.tell("The kind of this entry cannot be read.", getattr(entry, self._names.mode)) or 0)

    def _size(self, entry: Any) -> int:
        return int(self._source.tell("The size of this file cannot be read.", entry.get_size) or 0)


def _name(entry: Any) -> str:
    """The name of an entry, fit for a path; empty where it has none or none that can be read."""
    try:
        text = entry.get_name()
    except FAILURES:
        return ""
    name = name_from_bytes(text) if isinstance(text, bytes) else name_from_text(str(text or ""))
    return name.replace("/", "_").replace("\0", "_")


def _ns(entry: Any, method: str) -> int | None:
    try:
        value = getattr(entry, method)()
    except FAILURES:
        return None
    return value if isinstance(value, int) and value and -(1 << 63) <= value < 1 << 63 else None
