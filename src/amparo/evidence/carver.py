"""Pictures and films in space that nothing names: found by how they begin, followed to where they end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.item import Item, ItemState, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB, Limits
from amparo.domain.plan import CARVED
from amparo.evidence.file_extents import FileExtent, Reader, Signature
from amparo.evidence.film_extents import asf, boxes, flv, matroska, program, quicktime, transport
from amparo.evidence.picture_extents import bmp, gif, jpeg, png, riff, tiff
from amparo.evidence.streams import PartStream

SIGNATURES = (
    Signature(b"\xff\xd8\xff", jpeg, anywhere=True),
    Signature(b"\x89PNG\r\n\x1a\n", png, anywhere=True),
    Signature(b"ftyp", boxes, place=4, anywhere=True),
    Signature(b"GIF87a", gif),
    Signature(b"GIF89a", gif),
    Signature(b"RIFF", riff),
    Signature(b"\x1a\x45\xdf\xa3", matroska),
    Signature(b"II*\0", tiff),
    Signature(b"MM\0*", tiff),
    Signature(b"BM", bmp),
    Signature(b"JXL \r\n\x87\n", boxes, place=4),
    Signature(b"jP  \r\n\x87\n", boxes, place=4),
    Signature(b"moov", quicktime, place=4),
    Signature(b"mdat", quicktime, place=4),
    Signature(b"wide", quicktime, place=4),
    Signature(b"FLV\x01", flv),
    Signature(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), asf),
    Signature(b"\0\0\1\xba", program),
    Signature(b"G", transport),
)
"""Searching at every byte costs as much for each mark as reading: it is done for what phones make."""

_SECTOR_BYTES = 512
_WINDOW_BYTES = 4 * MIB
_LONGEST_MARK_BYTES = 32
_EMPTY = bytes(_WINDOW_BYTES + _LONGEST_MARK_BYTES)
_STEPS = (64 * 1024, 4096, _SECTOR_BYTES)
"""In which steps is read what cannot be read at once: a bad sector costs itself."""
_PATIENCE = 10_000
"""After so many failures of one listing the smaller steps are left out: on a dying disk, each may take seconds."""
_LOOKED_INTO = 256
"""Places at which another file may begin, of those tried in one that is cut short."""
_NAME = re.compile(r"([0-9]{10,19})(-cut)?\.([a-z0-9]{2,4})")

_ANYWHERE = tuple(each for each in SIGNATURES if each.anywhere)
_AT_SECTORS = tuple((each.place, each.mark) for each in SIGNATURES if not each.anywhere)
_FIRSTS = {place: {mark[:1] for at, mark in _AT_SECTORS if at == place} for place, _ in _AT_SECTORS}
_COLUMNS = tuple(
    (place, re.compile(b"[" + b"".join(re.escape(first) for first in sorted(firsts)) + b"]"))
    for place, firsts in sorted(_FIRSTS.items())
)
"""By place in a sector: the bytes with which marks begin there, so that one byte of most sectors is looked at."""
_MARKS = {place: tuple(mark for at, mark in _AT_SECTORS if at == place) for place, _ in _COLUMNS}


@dataclass(frozen=True, slots=True)
class Carved:
    """Space that nothing names: free clusters, gaps between partitions, a volume that nothing else here reads.

    A find stands as `OFFSET.jpg`, by where in the space it begins, and has the bytes from there to its true end. One
    that is cut short or overwritten is called `OFFSET-cut.jpg`, and ends where the bytes stop being of its format, or
    where another file begins. JPEG, PNG, and ISO media (MP4, MOV, HEIC …) are looked for at every byte, others where
    sectors begin. What lies inside a find is no find of its own. Files in several pieces are found as far as the first.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return CARVED

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """Never: the examiner opens what nothing names."""
        return False

    def open(self, stream: Stream, *, limits: Limits) -> "CarvedSpace":
        """As `ContainerFormat.open`."""
        return CarvedSpace(stream, limits)


@dataclass(slots=True)
class _Patience:
    """How often reading has failed."""

    failures: int = 0


class CarvedSpace:
    """A space in which files are looked for."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._reader = Reader(stream)

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        place = count = unread = 0
        patience = _Patience()
        while place < self._stream.size_bytes:
            window, lost = self._window(place, patience)
            unread += lost
            free_from = place
            for start in _candidates(window, place):
                if start < free_from or start >= place + _WINDOW_BYTES:
                    continue
                found = self._found(start)
                if found is not None:
                    if count == self._limits.container_items:
                        raise LimitReached(f"More files were found than the limit of {count}.")
                    count += 1
                    yield Item(_name(start, found), found.end - start, ItemState.CARVED)
                    free_from = found.end
            place = max(place + _WINDOW_BYTES, free_from)
        if unread:
            raise Unreadable(f"{unread} bytes of it could not be read, and what they hold was not looked for.")

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        match = _NAME.fullmatch(name)
        if match is not None and match[0].isascii() and not locator and int(match[1]) < self._stream.size_bytes:
            start = int(match[1])
            found = self._found(start)
            if found is not None and _name(start, found) == name:
                return PartStream(self._stream, start, found.end - start)
        raise Unreadable(f"Nothing named {escape(name)!r} was found in this space.")

    def close(self) -> None:
        """As `Container.close`."""

    def _window(self, place: int, patience: "_Patience") -> tuple[bytes, int]:
        """The bytes from `place`, with zeros for what cannot be read, and how many those are.

        What lies beyond the window proper is read again with the next one, and does not count.
        """
        length = min(_WINDOW_BYTES + _LONGEST_MARK_BYTES, self._stream.size_bytes - place)
        return self._pieces(place, length, _STEPS, place + _WINDOW_BYTES, patience)

    def _pieces(
        self, place: int, length: int, steps: tuple[int, ...], counted: int, patience: "_Patience"
    ) -> tuple[bytes, int]:
        """As `_window`; what cannot be read at once is read in steps, and those that cannot in smaller ones."""
        try:
            return self._stream.read_at(place, length), 0
        except Unreadable:
            patience.failures += 1
            if not steps or (len(steps) < len(_STEPS) and patience.failures > _PATIENCE):
                return bytes(length), max(min(place + length, counted) - place, 0)
        step, *smaller = steps
        pieces = [
            self._pieces(at, min(step, place + length - at), tuple(smaller), counted, patience)
            for at in range(place, place + length, step)
        ]
        return b"".join(part for part, _ in pieces), sum(lost for _, lost in pieces)

    def _found(self, start: int) -> FileExtent | None:
        """The file that begins at `start`; one that is cut short ends where another begins."""
        found = self._walked(start)
        if found is None or found.whole:
            return found
        tried = 0
        first = start + _SECTOR_BYTES - start % _SECTOR_BYTES
        for place in range(first, found.end, _WINDOW_BYTES):
            window, _ = self._window(place, _Patience())
            for other in _candidates(window, place):
                if other >= found.end or tried == _LOOKED_INTO:
                    return found
                if other % _SECTOR_BYTES == 0:
                    tried += 1
                    within = self._walked(other)
                    if within is not None and within.whole:
                        return FileExtent(other, found.extension, whole=False)
        return found

    def _walked(self, start: int) -> FileExtent | None:
        head = self._reader.at(start, _LONGEST_MARK_BYTES)
        at_sector = start % _SECTOR_BYTES == 0
        for each in SIGNATURES:
            if (each.anywhere or at_sector) and head.startswith(each.mark, each.place):
                found = each.walk(self._reader, start)
                if found is not None and found.end > start:
                    return found
        return None


def _name(start: int, found: FileExtent) -> str:
    return f"{start:010}{'' if found.whole else '-cut'}.{found.extension}"


def _candidates(window: bytes, begin: int) -> list[int]:
    """Where in `window`, which begins at `begin`, a file may begin, in order."""
    if window == _EMPTY:  # as much free space is: told at the speed of memory
        return []
    found = set[int]()
    for each in _ANYWHERE:
        at = window.find(each.mark)
        while at >= 0:
            if at >= each.place:
                found.add(begin + at - each.place)
            at = window.find(each.mark, at + 1)
    first = -begin % _SECTOR_BYTES
    for place, beginnings in _COLUMNS:
        for match in beginnings.finditer(window[first + place :: _SECTOR_BYTES]):
            at = first + match.start() * _SECTOR_BYTES
            if window.startswith(_MARKS[place], at + place):
                found.add(begin + at)
    return sorted(found)
