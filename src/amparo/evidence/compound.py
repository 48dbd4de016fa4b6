"""Compound files (OLE2): Word, Excel, PowerPoint of before 2007, Outlook's single messages, Windows' Thumbs.db."""

import contextlib
import re
import struct
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, Stream
from amparo.domain.item_path import name_from_text
from amparo.domain.limits import MIB, Limits
from amparo.evidence.members import Member, Members
from amparo.evidence.name_index import Locators
from amparo.evidence.office_art import blips, drawing_group
from amparo.evidence.streams import MemoryStream, as_file

_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = 50_000
_THUMBNAIL = re.compile(r"[0-9]{1,10}|[0-9]{2,4}_[0-9a-f]{8,16}")
"""Thumbs.db: up to Windows XP the entry's number turned round, from Vista on the size and a digest."""
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_ATTACHMENT = re.compile(r"((?:.*/)?__attach_version1\.0_#[0-9A-F]{8}/)__substg1\.0_37010102")
_NOT_IN_NAMES = re.compile("[/\\\\\x00]")
_CATALOG = "Catalog"
_FREE = 0xFFFFFFFF
_SHIFTS_AT = 30
_SHIFTS = (b"\x09\0\x06\0", b"\x0c\0\x06\0")
"""Of the sizes of sectors and small sectors, in versions 3 and 4; olefile would take any, and memory for it."""


@dataclass(frozen=True, slots=True)
class Compound:
    """Compound files: documents of Office before 2007 (`.doc`, `.xls`, `.ppt`), `.msg`, `Thumbs.db`, `.msi`.

    Every stream is an item by its path. Besides, what lies inside the streams of known programs: pictures of documents
    as `pictures/STREAM-OFFSET.jpg`, attachments of messages as `attachments/NAME`, files embedded as packages as
    `embedded/NAME`, small pictures of a Thumbs.db as `thumbnails/NAME.jpg`, by the names that its catalog gives.
    Documents that are encrypted are said to be. Sectors that no stream uses are looked through (`$Unclaimed/OFFSET`).
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "ole"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return head.startswith(_MARK) and size_bytes >= 3 * 512

    def open(self, stream: Stream, *, limits: Limits) -> Members:
        """As `ContainerFormat.open`."""
        import olefile  # few exhibits need it

        if stream.read_at(_SHIFTS_AT, 4) not in _SHIFTS:
            raise Unreadable("The compound file is damaged: its sectors have a size that no version of the format has.")
        with _failures("The compound file is damaged: its directory cannot be read."):
            file = olefile.OleFileIO(as_file(stream), raise_defects=olefile.DEFECT_FATAL)
            paths = file.listdir(streams=True, storages=False)
        lost = "" if len(paths) <= _STREAMS else f"Only its first {_STREAMS} streams were listed: that is the limit."
        return Members(_Reader(file, limits).members(paths[:_STREAMS]), limits, lost, _free(file, stream.size_bytes))


def _free(file: Any, size_bytes: int) -> list[tuple[int, int]]:
    """Where sectors stand that no stream uses, with what was deleted; and what follows the last of all."""
    import numpy as np  # it takes its time, and few exhibits need it

    sector_bytes = int(file.sector_size)
    sectors = min(len(file.fat), max(size_bytes // sector_bytes - 1, 0))
    table = np.append(np.array(file.fat[:sectors], np.uint32), np.uint32(_FREE))  # as if what follows were free
    borders = np.flatnonzero(np.diff(np.concatenate([[0], (table == _FREE).astype(np.int8), [0]])))
    runs = ((borders.reshape(-1, 2) + 1) * sector_bytes).tolist()
    return [*((start, end) for start, end in runs[:-1]), (min(runs[-1][0], size_bytes), size_bytes)]


@contextlib.contextmanager
def _failures(sentence: str) -> Iterator[None]:
    """Turn what olefile raises over hostile bytes into `Unreadable`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (
        OSError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        struct.error,
        RecursionError,
    ) as error:
        raise Unreadable(f"{sentence} {type(error).__name__}: {error}"[:300]) from error


class _Reader:
    """Finds what an open compound file holds."""

    def __init__(self, file: Any, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._locators = Locators()
        self._number = 0

    def members(self, paths: list[list[str]]) -> Iterator[Member]:
        """Every stream, then what lies inside those that are understood."""
        names = ["/".join(path) for path in paths]
        for path, name in zip(paths, names, strict=True):
            yield self._stream(path, name)
        catalog = self._catalog() if [_CATALOG] in paths else {}
        for path, name in zip(paths, names, strict=True):
            yield from self._inside(path, name, set(names), catalog)

    def _stream(self, path: list[str], name: str) -> Member:
        obstacle, size, cause = "", None, Cause.UNREADABLE
        try:
            with _failures("Its size cannot be read."):
                size = int(self._file.get_size(path))
        except Unreadable as error:
            obstacle = str(error)
        if path[-1] in ("EncryptedPackage", "EncryptedSummary"):
            cause, obstacle = Cause.ENCRYPTED, "The document is encrypted with a password; decrypt it and examine that."
        elif size is not None and size > self._limits.in_memory_bytes:
            cause, obstacle = Cause.LIMIT, f"It has {size} bytes, more than are read of such a stream."
        return self._member(name, size, lambda: self._read(path), obstacle, cause)

    def _member(
        self,
        name: str,
        size_bytes: int | None,
        content: Callable[[], bytes],
        obstacle: str = "",
        cause: Cause = Cause.UNREADABLE,
    ) -> Member:
        name = name_from_text(name).strip("/") or "(no name)"
        self._number += 1
        item = Item(
            name,
            None if obstacle else size_bytes,
            locator=self._locators.of(name, self._number),
            obstacle=obstacle,
            cause=cause,
        )
        return Member(item, lambda: MemoryStream(content()))

    def _read(self, path: list[str]) -> bytes:
        with _failures("The stream is damaged."):
            size = self._file.get_size(path)
            if size > self._limits.in_memory_bytes:
                raise LimitReached(f"It has {size} bytes, more than are read of such a stream.")
            content = self._file.openstream(path).read()
            if not isinstance(content, bytes) or len(content) != size:
                raise Unreadable(f"The stream ends before its {size} bytes.")
            return content

    def _inside(self, path: list[str], name: str, names: set[str], catalog: dict[str, str]) -> Iterator[Member]:
        find = self._finder(path, name, names, catalog)
        if find is None:
            return
        try:
            content = self._read(path)
        except Unreadable:
            return  # the stream itself is an item that says so
        yield from find(content)

    def _finder(
        self, path: list[str], name: str, names: set[str], catalog: dict[str, str]
    ) -> Callable[[bytes], Iterator[Member]] | None:
        last = path[-1]
        if last in ("Pictures", "Data", "WordDocument"):
            return lambda content: self._pictures(name, content)
        if last in ("Workbook", "Book"):
            return lambda content: self._pictures(name, drawing_group(content))
        if last == "\x01Ole10Native":
            return self._package
        if found := _ATTACHMENT.fullmatch(name):
            return lambda content: self._attachment(found[1], content, names)
        if len(path) == 1 and _THUMBNAIL.fullmatch(last):
            return lambda content: self._thumbnail(last, content, catalog)
        return None

    def _pictures(self, name: str, content: bytes) -> Iterator[Member]:
        for offset, extension, picture in blips(content):
            title = f"pictures/{name.replace('/', '-')}-{offset:08}.{'bmp' if extension == 'dib' else extension}"
            yield self._member(title, len(picture), lambda picture=picture: picture)  # type: ignore[misc]

    def _package(self, content: bytes) -> Iterator[Member]:
        """A file that was embedded by dragging it in ([MS-OLEDS] 2.3.6)."""
        label_end = content.find(b"\0", 6)
        path_end = content.find(b"\0", label_end + 1)
        place = path_end + 5  # two numbers of 16 bits
        if min(label_end, path_end) < 0 or place + 4 > len(content):
            return
        (length,) = struct.unpack_from("<I", content, place)
        start = place + 4 + length
        if start + 4 > len(content):
            return
        (size,) = struct.unpack_from("<I", content, start)
        embedded = content[start + 4 : start + 4 + size]
        label = content[6:label_end].decode("cp1252", "replace")
        if len(embedded) == size:
            yield self._member(f"embedded/{_NOT_IN_NAMES.sub('_', label) or 'package'}", size, lambda: embedded)

    def _attachment(self, storage: str, content: bytes, names: set[str]) -> Iterator[Member]:
        """An attachment of a message ([MS-OXMSG] 2.2.2), by its long name, its short one, or its number."""
        title = ""
        for tag in ("3707001F", "3704001F", "3707001E", "3704001E"):
            if f"{storage}__substg1.0_{tag}" in names:
                with contextlib.suppress(Unreadable):
                    raw = self._read([*storage.strip("/").split("/"), f"__substg1.0_{tag}"])[:1024]
                    title = raw.decode("utf-16-le" if tag.endswith("F") else "cp1252", "replace").strip("\0 ")
                if title:
                    break
        title = _NOT_IN_NAMES.sub("_", title) or storage.strip("/").rpartition("#")[2]
        yield self._member(f"attachments/{title}", len(content), lambda: content)

    def _thumbnail(self, last: str, content: bytes, catalog: dict[str, str]) -> Iterator[Member]:
        starts = [place for mark in (_JPEG, _PNG) if (place := content.find(mark, 0, 128)) >= 0]
        if starts:
            picture = content[min(starts) :]
            extension = "png" if picture.startswith(_PNG) else "jpg"
            title = _NOT_IN_NAMES.sub("_", catalog.get(last, last))
            yield self._member(f"thumbnails/{title}.{extension}", len(picture), lambda: picture)

    def _catalog(self) -> dict[str, str]:
        """The names of the pictures in a Thumbs.db of Windows XP, by stream: the entry's number, turned round."""
        names: dict[str, str] = {}
        with contextlib.suppress(Unreadable, struct.error):
            content = self._read([_CATALOG])[:MIB]
            place = struct.unpack_from("<H", content, 0)[0]
            while place + 16 <= len(content):
                length, number = struct.unpack_from("<II", content, place)
                if length < 16:
                    break
                title = content[place + 16 : place + length].decode("utf-16-le", "replace").split("\0")[0]
                names[str(number)[::-1]] = title
                place += length
        return names
