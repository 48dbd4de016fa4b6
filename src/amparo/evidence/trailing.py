"""What stands after the end of a picture or film: films of motion photos, further pictures, hidden archives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB, Limits
from amparo.evidence.carver import CarvedSpace
from amparo.evidence.file_extents import Reader, Walk
from amparo.evidence.film_extents import boxes_without_motion
from amparo.evidence.picture_extents import gif, jpeg, png, riff
from amparo.evidence.streams import OverFile, PartStream

_HOSTS: tuple[tuple[int, bytes, Walk], ...] = (
    (0, b"\xff\xd8\xff", jpeg),
    (0, b"\x89PNG\r\n\x1a\n", png),
    (0, b"GIF87a", gif),
    (0, b"GIF89a", gif),
    (0, b"RIFF", riff),
    (4, b"ftyp", boxes_without_motion),
)
_END_OF_JPEG = b"\xff\xd9"
_SCAN = 0xDA
_SEGMENTS = 1000
_TRIFLE_BYTES = 4096
"""What makers leave after the end as notes of their own is shorter (Samsung's trailer), as is padding."""
_WINDOW_BYTES = MIB
_ARCHIVES = {b"PK\x03\x04": "zip", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"%PDF-": "pdf"}
_ARCHIVE = re.compile(b"|".join(re.escape(mark) for mark in _ARCHIVES))
_LONGEST_MARK_BYTES = max(map(len, _ARCHIVES))
_NAME = re.compile(r"([0-9]{10,19})((?:-cut)?\.[a-z0-9]{2,4})")


@dataclass(frozen=True, slots=True)
class Trailing:
    """What stands after the true end of a JPEG, PNG, GIF, WebP, AVI, HEIC, MP4 or MOV file.

    Pictures and films there stand as `OFFSET.mp4`, by where in the whole file they begin, with the bytes from there to
    their own end (cut short: `OFFSET-cut.mp4`). What is left stands as `OFFSET.zip`, `.7z`, `.rar` or `.pdf` from such
    a mark on, else as `OFFSET.bin`; zeros are left out. Less than 4 KiB without any mark is a maker's own note.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "trailing"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """Never: what it opens is a file in its own right, which would not be seen if it were only opened."""
        return False

    def follows(self, head: bytes, file: BinaryIO) -> bool:
        """As `AfterTheEnd.follows`."""
        if _host(head) is None:
            return False
        if head.startswith(b"\xff\xd8\xff") and _is_plain_jpeg(file):
            return False
        tail = _tail(OverFile(file))
        if tail is None:
            return False
        if tail.size_bytes >= _TRIFLE_BYTES:
            return not _is_empty(tail, 0, tail.size_bytes)
        content = tail.read_at(0, tail.size_bytes)
        return _ARCHIVE.search(content) is not None or any(CarvedSpace(tail, Limits()).items())

    def open(self, stream: Stream, *, limits: Limits) -> "AfterEnd":
        """As `ContainerFormat.open`."""
        tail = _tail(stream)
        if tail is None:
            raise Unreadable("Nothing stands after its end, or it has none: it is cut short, or no picture or film.")
        return AfterEnd(tail, stream.size_bytes - tail.size_bytes, limits)


def _host(head: bytes) -> Walk | None:
    return next((walk for place, mark, walk in _HOSTS if head.startswith(mark, place)), None)


def _tail(stream: Stream) -> PartStream | None:
    """The bytes after the end of the picture or film; `None` where there are none, or no end."""
    reader = Reader(stream)
    walk = _host(reader.at(0, 16))
    found = walk(reader, 0) if walk is not None else None
    if found is None or not found.whole or found.end >= stream.size_bytes:
        return None
    return PartStream(stream, found.end, stream.size_bytes - found.end)


def _is_plain_jpeg(file: BinaryIO) -> bool:
    """Whether a JPEG ends with its first end marker after a scan began: told faster than by following its scans."""
    reader = Reader(OverFile(file))
    if reader.at(max(reader.size_bytes - 2, 0), 2) != _END_OF_JPEG:
        return False
    place = 2
    for _ in range(_SEGMENTS):
        head = reader.at(place, 4)
        if len(head) < 4 or head[0] != 0xFF:
            return False
        place += 2 + int.from_bytes(head[2:])
        if head[1] == _SCAN:
            break
    else:
        return False
    while place < reader.size_bytes:
        file.seek(place)
        window = file.read(_WINDOW_BYTES)
        at = window.find(_END_OF_JPEG)
        if at >= 0:
            return place + at + 2 == reader.size_bytes
        if len(window) < 2:
            break
        place += len(window) - 1  # the marker may lie across the border
    return False


def _is_empty(stream: Stream, start: int, end: int) -> bool:
    for place in range(start, end, _WINDOW_BYTES):
        if any(stream.read_at(place, min(_WINDOW_BYTES, end - place)).strip(b"\0")):
            return False
    return True


class AfterEnd:
    """The bytes after the end of a file, in which files are looked for."""

    def __init__(self, tail: Stream, start: int, limits: Limits) -> None:
        self._tail = tail
        self._start = start
        self._limits = limits
        self._space = CarvedSpace(tail, limits)
        self._rests: dict[str, tuple[int, int]] | None = None
        """What is no picture or film: where it begins and ends in the tail, by name; `None` before it is known."""

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        rests = dict[str, tuple[int, int]]()
        for count, (name, start, end, found) in enumerate(self._parts()):
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {count}.")
            if not found:
                rests[name] = start, end
            yield Item(name, end - start, ItemState.CARVED)
        self._rests = rests

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        match = _NAME.fullmatch(name)
        if match is None or not match[0].isascii() or locator or int(match[1]) < self._start:
            raise Unreadable(f"Nothing named {escape(name)!r} was found after its end.")
        if self._rests is None:
            self._rests = {each: (start, end) for each, start, end, found in self._parts() if not found}
        if name in self._rests:
            start, end = self._rests[name]
            return PartStream(self._tail, start, end - start)
        return self._space.open(f"{int(match[1]) - self._start:010}{match[2]}", "")

    def close(self) -> None:
        """As `Container.close`."""

    def _parts(self) -> Iterator[tuple[str, int, int, bool]]:
        """Each part in order: its name, where it begins and ends in the tail, whether it is a picture or film."""
        place = 0
        for item in self._space.items():
            match = _NAME.fullmatch(item.name)
            assert match is not None, "the carver names what it finds by its offset"
            start, end = int(match[1]), int(match[1]) + (item.size_bytes or 0)
            yield from self._rest(place, start)
            yield f"{self._start + start:010}{match[2]}", start, end, True
            place = end
        yield from self._rest(place, self._tail.size_bytes)

    def _rest(self, start: int, end: int) -> Iterator[tuple[str, int, int, bool]]:
        """What lies between finds: from the first mark of an archive on it is one, before that it is unknown."""
        mark, extension = self._archive(start, end)
        if start < mark and not _is_empty(self._tail, start, mark):
            yield f"{self._start + start:010}.bin", start, mark, False
        if mark < end:
            yield f"{self._start + mark:010}.{extension}", mark, end, False

    def _archive(self, start: int, end: int) -> tuple[int, str]:
        for place in range(start, end, _WINDOW_BYTES):
            window = self._tail.read_at(place, min(_WINDOW_BYTES + _LONGEST_MARK_BYTES, end - place))
            found = _ARCHIVE.search(window)
            if found is not None:
                return place + found.start(), _ARCHIVES[found[0]]
        return end, ""
