"""What stands after the end of a picture, film or program: films of motion photos, further pictures, archives."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream
from amparo.domain.limits import MIB, Limits
from amparo.evidence.file_extents import Reader, Walk
from amparo.evidence.film_extents import boxes_without_motion
from amparo.evidence.picture_extents import gif, jpeg, png, riff
from amparo.evidence.program_extents import linkable, portable_executable
from amparo.evidence.streams import OverFile
from amparo.evidence.unclaimed import Unclaimed, matters

_HOSTS: tuple[tuple[int, bytes, Walk], ...] = (
    (0, b"\xff\xd8\xff", jpeg),
    (0, b"\x89PNG\r\n\x1a\n", png),
    (0, b"GIF87a", gif),
    (0, b"GIF89a", gif),
    (0, b"RIFF", riff),
    (4, b"ftyp", boxes_without_motion),
    (0, b"MZ", portable_executable),
    (0, b"\x7fELF", linkable),
)
_END_OF_JPEG = b"\xff\xd9"
_END_AS_NUMBER = int.from_bytes(_END_OF_JPEG, "little")
_SCAN = 0xDA
_SEGMENTS = 1000
_WINDOW_BYTES = 16 * MIB
_STEP_BYTES = MIB // 4


@dataclass(frozen=True, slots=True)
class Trailing:
    """What stands after the true end of a JPEG, PNG, GIF, WebP, AVI, HEIC, MP4 or MOV file, or of a program (PE, ELF).

    Pictures and films there stand as `OFFSET.mp4`, by where in the whole file they begin, with the bytes from there to
    their own end (cut short: `OFFSET-cut.mp4`). What is left stands as `OFFSET.zip`, `.7z`, `.rar` or `.pdf` from such
    a mark on, else as `OFFSET.bin`; sectors of zeros before it are left out. Less than 4 KiB without any mark is a
    maker's own note.
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
        stream = OverFile(file)
        end = _end(stream)
        return end is not None and matters(stream, end, stream.size_bytes)

    def open(self, stream: Stream, *, limits: Limits) -> Unclaimed:
        """As `ContainerFormat.open`."""
        end = _end(stream)
        if end is None:
            raise Unreadable("Nothing stands after its end, or it has none: it is cut short, or of another kind.")
        return Unclaimed(stream, [(end, stream.size_bytes)], limits)


def _host(head: bytes) -> Walk | None:
    return next((walk for place, mark, walk in _HOSTS if head.startswith(mark, place)), None)


def _end(stream: Stream) -> int | None:
    """Where the picture, film or program ends that more bytes follow; `None` where there are none, or no end."""
    reader = Reader(stream)
    walk = _host(reader.at(0, 16))
    found = walk(reader, 0) if walk is not None else None
    return found.end if found is not None and found.whole and found.end < stream.size_bytes else None


def _is_plain_jpeg(file: BinaryIO) -> bool:
    """Whether a JPEG ends with its first end marker after a scan began: told faster than by following its scans."""
    size_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    window = file.read(_WINDOW_BYTES)  # of what is in memory and no larger, that is no copy
    if len(window) == size_bytes and not window.endswith(_END_OF_JPEG):
        return False
    place = _first_scan(window)
    start = 0
    while place >= 0 and window:
        at = _first_end(window, place - start)
        if at >= 0:
            return start + at + 2 == size_bytes
        start += len(window) - 1  # the marker may lie across the border
        place = start
        file.seek(start)
        window = file.read(_WINDOW_BYTES)
        if len(window) < 2:
            break
    return False


def _first_scan(window: bytes) -> int:
    """Where the first scan's data begin; -1 where none does within `window`, which begins as a JPEG does."""
    place = 2
    for _ in range(_SEGMENTS):
        head = window[place : place + 4]
        if len(head) < 4 or head[0] != 0xFF:
            return -1
        place += 2 + int.from_bytes(head[2:])
        if head[1] == _SCAN:
            return place
    return -1


def _first_end(window: bytes, start: int) -> int:
    """Where the first end marker stands from `start` on; -1 where none does.

    Compared two bytes at once, from even places and from odd ones: ten times as fast as `bytes.find`, which stops to
    think at every third byte.
    """
    import numpy as np  # it takes its time, and not every process opens pictures

    for step in range(start, len(window) - 1, _STEP_BYTES):
        found = []
        for first in (step, step + 1):
            pairs = np.frombuffer(window, "<u2", max(min(_STEP_BYTES, len(window) - first) // 2, 0), first)
            equal = pairs == _END_AS_NUMBER
            if equal.any():
                found.append(first + 2 * int(equal.argmax()))
        if found:
            return min(found)
    return -1
