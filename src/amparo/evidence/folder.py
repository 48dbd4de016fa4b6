"""Folders and single files of this machine, opened read-only, never through a symbolic link."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import Limits
from amparo.evidence.streams import Nameless, PartStream

FOLDER = "folder"
FILE = "file"

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_QUIET = getattr(os, "O_NOATIME", 0)
"""Reading leaves no trace in the access time, where the system lets us."""
_MAX_DEPTH = 1000
_SPECIAL = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


class FileStream(Nameless):
    """The bytes of an open file of this machine. It owns the descriptor."""

    def __init__(self, descriptor: int, size_bytes: int, modified_ns: int | None = None) -> None:
        """Over the open file; with `modified_ns` it is watched whether it is written to while it is read."""
        self._descriptor = descriptor
        self._modified_ns = modified_ns
        self.size_bytes = size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Stream.read_at`; a file that has shrunk since it was opened is `Unreadable`."""
        wanted = min(length, self.size_bytes - offset)
        if wanted <= 0:
            return b""
        part = b""
        try:
            part = os.pread(self._descriptor, wanted, offset)
            while len(part) < wanted:
                more = os.pread(self._descriptor, wanted - len(part), offset + len(part))
                if not more:
                    raise Unreadable(f"It became shorter while it was read: {self.size_bytes} bytes before.")
                part += more
            if self._modified_ns is not None and offset + wanted == self.size_bytes:
                status = os.fstat(self._descriptor)
                if (status.st_size, status.st_mtime_ns) != (self.size_bytes, self._modified_ns):
                    raise Unreadable("It was changed while it was read: what was read of it may not belong together.")
        except OSError as error:
            # Linux gives what stands before the first bad page, and fails at the next try.
            raise Unreadable(f"The system cannot read it at byte {offset + len(part)}: {error.strerror}.") from error
        return part

    def close(self) -> None:
        """Close the descriptor."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class RootFile(FileStream):
    """The exhibit itself, where it is a file or a device; the segments beside it are its siblings."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self.name = name_from_bytes(os.fsencode(self._path.name))
        super().__init__(*_open_root(self._path))

    def sibling(self, name: str) -> Stream | None:
        """The file `name` in the same folder, if it is a regular file."""
        if "/" in name or name in ("", ".", ".."):
            return None
        try:
            return FileStream(*_open_regular(os.fsencode(self._path.parent / name), None))
        except (OSError, ValueError, Unreadable):
            return None


class Folder:
    """A folder of this machine and all below it, in the order of the names' bytes, a folder's own items in its place.

    Links, pipes, sockets and devices are items with an obstacle: they are named, never followed or opened.
    """

    def __init__(self, path: Path, *, limits: Limits) -> None:
        self._limits = limits
        try:
            self._root = _quietly(os.fsencode(path), os.O_DIRECTORY, None)
        except OSError as error:
            raise Unreadable(_refusal(str(path), error)) from error
        self._recent: tuple[tuple[bytes, ...], int] | None = None

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        count = 0
        waiting: list[Iterator[tuple[tuple[bytes, ...], Item | None]]] = [self._listed(())]
        while waiting:
            for parts, item in waiting[-1]:
                if item is None:
                    waiting.append(self._listed(parts))
                    break
                count += 1
                if count > self._limits.container_items:
                    raise LimitReached(f"It holds more items than the limit of {self._limits.container_items}.")
                yield item
            else:
                waiting.pop()

    def _listed(self, parts: tuple[bytes, ...]) -> Iterator[tuple[tuple[bytes, ...], Item | None]]:
        """What a folder holds, in order; without an item where it is a folder to go into."""
        try:
            if len(parts) > _MAX_DEPTH:
                raise LimitReached(f"Not listed: it lies more than {_MAX_DEPTH} folders deep.")
            with os.scandir(self._directory(parts)) as entries:
                found = sorted((os.fsencode(entry.name), _status(entry)) for entry in entries)
        except (OSError, Unreadable) as error:
            reason = _refusal("This folder", error) if isinstance(error, OSError) else str(error)
            yield parts, Item(_name(parts) or ".", None, obstacle=reason, cause=Cause.of(error))
            return
        for raw, status in found:
            here = (*parts, raw)
            if status is None:
                yield here, Item(_name(here), None, obstacle="It vanished while its folder was listed.")
            elif stat.S_ISDIR(status.st_mode):
                yield here, None
            else:
                yield here, self._item(here, status)

    def _item(self, parts: tuple[bytes, ...], status: os.stat_result) -> Item:
        kind = stat.S_IFMT(status.st_mode)
        obstacle = ""
        if kind == stat.S_IFLNK:
            obstacle = f"It is a symbolic link to {escape(self._target(parts))}; links are not followed."
        elif kind != stat.S_IFREG:
            obstacle = f"It is {_SPECIAL.get(kind, 'of an unknown type')}, not a file."
        return Item(
            _name(parts),
            None if obstacle else status.st_size,
            modified_ns=status.st_mtime_ns,
            accessed_ns=status.st_atime_ns,
            changed_ns=status.st_ctime_ns,
            obstacle=obstacle,
            cause=Cause.NO_BYTES if obstacle else Cause.UNREADABLE,
        )

    def _target(self, parts: tuple[bytes, ...]) -> str:
        try:
            return name_from_bytes(os.readlink(parts[-1], dir_fd=self._directory(parts[:-1])))
        except (OSError, Unreadable):
            return "a place that cannot be read"

    def open(self, name: str, locator: str) -> FileStream:
        """As `Container.open`. No name leads out of the folder: each part is opened in the one before, never a link."""
        parts = tuple(name.encode("utf-8", "surrogateescape").split(b"/"))
        if locator or not all(parts) or b"." in parts or b".." in parts or b"\0" in name.encode("utf-8", "replace"):
            raise Unreadable(f"{escape(name)} is not the name of an item in a folder.")
        try:
            return FileStream(*_open_regular(parts[-1], self._directory(parts[:-1])))
        except OSError as error:
            raise Unreadable(_refusal("It", error)) from error

    def _directory(self, parts: tuple[bytes, ...]) -> int:
        """A descriptor of the folder at `parts`, good until the next call.

        The last one stays open: neighbours are read one after the other.
        """
        if self._recent is not None and self._recent[0] == parts:
            return self._recent[1]
        self._forget()
        descriptor = os.dup(self._root)
        for part in parts:
            try:
                deeper = _quietly(part, os.O_DIRECTORY | os.O_NOFOLLOW, descriptor)
            finally:
                os.close(descriptor)
            descriptor = deeper
        self._recent = parts, descriptor
        return descriptor

    def _forget(self) -> None:
        if self._recent is not None:
            os.close(self._recent[1])
            self._recent = None

    def close(self) -> None:
        """As `Container.close`."""
        self._forget()
        if self._root >= 0:
            os.close(self._root)
            self._root = -1


class SingleFile:
    """A container with one item: the exhibit's own file, of no kind that can be opened."""

    def __init__(self, stream: Stream, path: Path) -> None:
        self._stream = stream
        self._raw_name = os.fsencode(path.name)
        self._path = path

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        status = self._path.stat()
        yield Item(
            name_from_bytes(self._raw_name),
            self._stream.size_bytes,
            modified_ns=status.st_mtime_ns,
            accessed_ns=status.st_atime_ns,
            changed_ns=status.st_ctime_ns,
        )

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        if name != name_from_bytes(self._raw_name) or locator:
            raise Unreadable(f"The exhibit is the file {escape(name_from_bytes(self._raw_name))}, not {escape(name)}.")
        return PartStream(self._stream, 0, self._stream.size_bytes)

    def close(self) -> None:
        """Nothing to give up."""


def is_folder(path: Path) -> bool:
    """Whether the exhibit at `path` is a folder; raise `Unreadable` where it is missing or refused."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise Unreadable(_refusal(str(path), error)) from error


def _open_root(path: Path) -> tuple[int, int]:
    try:
        descriptor = _quietly(os.fsencode(path), 0, None)
    except OSError as error:
        raise Unreadable(_refusal(str(path), error)) from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISBLK(mode):
            raise Unreadable(f"{path} is neither a file, a folder nor a disk: give the path of one of these.")
        return descriptor, os.lseek(descriptor, 0, os.SEEK_END)
    except BaseException:
        os.close(descriptor)
        raise


def _open_regular(path: bytes, folder: int | None) -> tuple[int, int, int]:
    """A descriptor of a regular file, its size and when it was modified.

    Never through a link, and never waiting for a pipe's other end.
    """
    descriptor = _quietly(path, os.O_NOFOLLOW, folder)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Unreadable("It is not a regular file.")
    return descriptor, status.st_size, status.st_mtime_ns


def _quietly(path: bytes, flags: int, folder: int | None) -> int:
    try:
        return os.open(path, _READ | flags | _QUIET, dir_fd=folder)
    except PermissionError:
        return os.open(path, _READ | flags, dir_fd=folder)


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None


def _name(parts: tuple[bytes, ...]) -> str:
    return name_from_bytes(b"/".join(parts))


def _refusal(name: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{name} does not exist: check the path."
    if isinstance(error, PermissionError):
        return f"{name} may not be read by this user: ask for the right to read it, or examine it as one who has it."
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return f"{name} is a symbolic link; links are not followed."
    return f"{name} cannot be opened: {error.strerror if isinstance(error, OSError) else error}."
