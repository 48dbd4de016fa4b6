"""Second readers of media and file systems, by libyal, against which ours are held; needs the extra `crosscheck`."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.item_path import name_from_text
from amparo.domain.limits import MIB
from amparo.evidence.libyal import FAILURES, LibyalStream, Source, library

DEPTH = 1024
"""Folders inside each other."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader says of one file or medium."""

    name: str
    size_bytes: int | None
    sha256: bytes | None
    problem: str = ""
    """Why its bytes cannot be had; else empty."""


def digested(name: str, size_bytes: int | None, opened: Callable[[], Stream]) -> Read:
    """What a file is called, how large it is, and the digest of all its bytes; or why they cannot be had."""
    digest = hashlib.sha256()
    try:
        with contextlib.closing(opened()) as stream:
            size_bytes = stream.size_bytes
            for offset in range(0, size_bytes, 4 * MIB):
                digest.update(stream.read_at(offset, min(4 * MIB, size_bytes - offset)))
    except Unreadable as error:
        return Read(name, size_bytes, None, str(error))
    return Read(name, size_bytes, digest.digest())


@dataclass(frozen=True, slots=True)
class SecondReader:
    """A libyal library as the second reader of one of our kinds."""

    kind: str
    module: str
    medium: str = ""
    """Of an image of a medium: what gives its size. A file system has none."""

    def read(self, stream: Stream, begun: Callable[[int], None]) -> Iterator[Read]:
        """Each live file of the file system by its path, or the one medium without a name. Raise `Unreadable`.

        `begun` is told the size of a file before it is read.
        """
        module = self.library()
        source = Source(stream)
        opened = (module.handle if hasattr(module, "handle") else module.file if self.medium else module.volume)()
        sentence = f"lib{self.module[2:]} cannot open it."
        if self.kind == "ewf":
            source.tell(sentence, lambda: opened.open_file_objects([source.file]))
        else:
            source.tell(sentence, lambda: opened.open_file_object(source.file))
        if self.medium:
            size = int(source.tell(sentence, getattr(opened, self.medium)))
            begun(size)
            yield digested("", size, lambda: LibyalStream(source, opened, size))
            return
        root = source.tell(sentence, opened.get_root_directory)
        if root is None:
            raise Unreadable(f"{sentence} It finds no root folder.")
        yield from _files(source, root, begun)

    def library(self) -> Any:
        """Its module; raise `Unsupported` where it is not installed."""
        return library(self.module, "crosscheck", "Second opinions")


SECOND_READERS = (
    SecondReader("ext", "pyfsext"),
    SecondReader("ntfs", "pyfsntfs"),
    SecondReader("hfs", "pyfshfs"),
    SecondReader("fat", "pyfsfat"),
    SecondReader("ewf", "pyewf", "get_media_size"),
    SecondReader("qcow", "pyqcow", "get_media_size"),
    SecondReader("vhd", "pyvhdi", "get_media_size"),
    SecondReader("vhdx", "pyvhdi", "get_media_size"),
    SecondReader("dmg", "pymodi", "get_media_size"),
)
"""By our kind. One line a kind."""


def _files(source: Source, root: Any, begun: Callable[[int], None]) -> Iterator[Read]:
    pending: list[tuple[Any, str, int]] = [(root, "", 0)]
    while pending:
        folder, path, depth = pending.pop()
        if depth > DEPTH:
            yield Read(path, None, None, f"It lies more than {DEPTH} folders deep.")
            continue
        try:
            count = source.tell("This folder cannot be listed.", folder.get_number_of_sub_file_entries)
        except Unreadable as error:
            yield Read(path, None, None, str(error))
            continue
        for number in range(count):
            name = f"{path}(entry {number})"
            try:
                entry = source.tell("This entry is damaged.", partial(folder.get_sub_file_entry, number))
                name = path + name_from_text(str(source.tell("Its name cannot be read.", entry.get_name) or ""))
                if _is_folder(entry):
                    pending.append((entry, f"{name}/", depth + 1))
                elif _is_file(entry):
                    size = int(source.tell("Its size cannot be read.", entry.get_size) or 0)
                    begun(size)
                    yield digested(name, size, partial(LibyalStream, source, entry, size))
            except Unreadable as error:
                yield Read(name, None, None, str(error))


def _is_folder(entry: Any) -> bool:
    if hasattr(entry, "has_directory_entries_index"):  # NTFS
        return bool(entry.has_directory_entries_index())
    if hasattr(entry, "get_file_mode"):
        return (_mode(entry) & 0o170000) == 0o040000
    return bool(entry.get_file_attribute_flags() & 0x10)  # FAT


def _is_file(entry: Any) -> bool:
    if hasattr(entry, "has_default_data_stream"):
        return bool(entry.has_default_data_stream())
    return not hasattr(entry, "get_file_mode") or (_mode(entry) & 0o170000) == 0o100000


def _mode(entry: Any) -> int:
    try:
        return int(entry.get_file_mode() or 0)
    except FAILURES:
        return 0
