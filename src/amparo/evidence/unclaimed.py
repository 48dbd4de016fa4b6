"""What stands in a file beside what its format claims: looked through for pictures, films and archives."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from amparo.domain.errors import AmparoError, LimitReached, Unreadable
from amparo.domain.item import Bounded, Item, ItemState, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import MIB, Limits
from amparo.evidence.carver import CarvedSpace
from amparo.evidence.streams import PartStream

FOLDER = "$Unclaimed/"
"""Where such items stand among those of a container of another kind."""
LOCATOR = "unclaimed"
"""Of those items: a container's own are called as they like, and have other locators."""
TRIFLE_BYTES = 4096
"""What makers leave after the end as notes of their own is shorter (Samsung's trailer), as is padding."""
_STRETCHES = 10_000
_WINDOW_BYTES = MIB
_SECTOR_BYTES = 512
_ARCHIVES = {b"PK\x03\x04": "zip", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"%PDF-": "pdf"}
_ARCHIVE = re.compile(b"|".join(re.escape(mark) for mark in _ARCHIVES))
_LONGEST_MARK_BYTES = max(map(len, _ARCHIVES))
_NAME = re.compile(r"([0-9]{10,19})((?:-cut)?\.[a-z0-9]{2,4})")


def matters(stream: Stream, start: int, end: int) -> bool:
    """Whether what stands from `start` to `end` is more than zeros, and more than a maker's short note."""
    start = _past_sectors_of_zeros(stream, start, end)
    if end - start >= TRIFLE_BYTES:
        return True
    part = PartStream(stream, start, end - start)
    content = part.read_at(0, part.size_bytes)
    return _ARCHIVE.search(content) is not None or any(CarvedSpace(part, Limits()).items())


def _past_sectors_of_zeros(stream: Stream, start: int, end: int) -> int:
    """Where the first sector begins, counted from `start`, that is not all zeros; the end where there is none."""
    for place in range(start, end, _WINDOW_BYTES):
        window = stream.read_at(place, min(_WINDOW_BYTES, end - place))
        rest = window.lstrip(b"\0")
        if rest:
            zeros = len(window) - len(rest)
            return place + zeros - zeros % _SECTOR_BYTES
    return end


class _Part(NamedTuple):
    """A piece of a stretch, by where it begins and ends in the file."""

    name: str
    start: int
    end: int
    found: bool = False
    """Whether it is a find of the carver, which can find it again by its name."""


class Unclaimed:
    """Stretches of a file as a container.

    Pictures and films there stand as `OFFSET.mp4`, by where in the whole file they begin, with the bytes from there to
    their own end (cut short: `OFFSET-cut.mp4`). What is left stands as `OFFSET.zip`, `.7z`, `.rar` or `.pdf` from such
    a mark on, else as `OFFSET.bin`; sectors of zeros before it are left out.
    """

    def __init__(self, stream: Stream, stretches: Sequence[tuple[int, int]], limits: Limits) -> None:
        self._stream = stream
        self._stretches = stretches
        self._limits = limits
        self._rests: dict[str, _Part] | None = None
        """What is no picture or film, by name; `None` before it is known."""

    def items(self) -> Iterator[Item]:
        """As `Container.items`."""
        rests = dict[str, _Part]()
        for count, part in enumerate(self._parts()):
            if count == self._limits.container_items:
                raise LimitReached(f"It holds more items than the limit of {count}.")
            if not part.found:
                rests[part.name] = part
            yield Item(part.name, part.end - part.start, ItemState.CARVED)
        self._rests = rests

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        match = _NAME.fullmatch(name)
        if match is None or not match[0].isascii() or locator:
            raise Unreadable(f"Nothing named {escape(name)!r} was found beside what its format claims.")
        if self._rests is None:
            self._rests = {part.name: part for part in self._parts() if not part.found}
        if name in self._rests:
            _, start, end, _ = self._rests[name]
            return PartStream(self._stream, start, end - start)
        place = int(match[1])
        start, end = next((each for each in self._stretches if each[0] <= place < each[1]), (0, 0))
        return CarvedSpace(PartStream(self._stream, start, end - start), self._limits).open(
            f"{max(place - start, 0):010}{match[2]}", ""
        )

    def close(self) -> None:
        """As `Container.close`."""

    def _parts(self) -> Iterator[_Part]:
        for start, end in self._stretches[:_STRETCHES]:
            yield from self._parts_of(start, end)
        if len(self._stretches) > _STRETCHES:
            raise LimitReached(
                f"{len(self._stretches)} stretches of it are no part of what its format claims; only the first"
                f" {_STRETCHES} were looked through."
            )

    def _parts_of(self, start: int, end: int) -> Iterator[_Part]:
        """Each part of a stretch in order: finds of the carver, and what lies between them."""
        place = start
        for item in CarvedSpace(PartStream(self._stream, start, end - start), self._limits).items():
            found = _NAME.fullmatch(item.name)
            assert found is not None, "the carver names what it finds by its offset"
            begins = start + int(found[1])
            yield from self._rest(place, begins)
            place = begins + (item.size_bytes or 0)
            yield _Part(f"{begins:010}{found[2]}", begins, place, found=True)
        yield from self._rest(place, end)

    def _rest(self, start: int, end: int) -> Iterator[_Part]:
        """What lies between finds: from the first mark of an archive on it is one, before that it is unknown."""
        start = _past_sectors_of_zeros(self._stream, start, end)
        mark, extension = self._archive(start, end)
        if start < mark:
            yield _Part(f"{start:010}.bin", start, mark)
        if mark < end:
            yield _Part(f"{mark:010}.{extension}", mark, end)

    def _archive(self, start: int, end: int) -> tuple[int, str]:
        for place in range(start, end, _WINDOW_BYTES):
            window = self._stream.read_at(place, min(_WINDOW_BYTES + _LONGEST_MARK_BYTES, end - place))
            found = _ARCHIVE.search(window)
            if found is not None:
                return place + found.start(), _ARCHIVES[found[0]]
        return end, ""


class WithUnclaimed:
    """A container, and after its own items those that stand in its file and that its format does not claim."""

    def __init__(self, container: Bounded, stream: Stream, limits: Limits) -> None:
        self._container = container
        self._stream = stream
        self._limits = limits
        self._beside: Unclaimed | None = None

    def items(self) -> Iterator[Item]:
        """As `Container.items`. Where its own break off, what is known to stand beside them follows all the same."""
        failure: AmparoError | None = None
        try:
            yield from self._container.items()
        except AmparoError as error:
            failure = error
        try:
            for item in self._unclaimed().items():
                yield Item(FOLDER + item.name, item.size_bytes, item.state, LOCATOR)
        except AmparoError as error:
            raise failure or error from error
        if failure is not None:
            raise failure

    def open(self, name: str, locator: str) -> Stream:
        """As `Container.open`."""
        if locator == LOCATOR and name.startswith(FOLDER):
            return self._unclaimed().open(name.removeprefix(FOLDER), "")
        return self._container.open(name, locator)

    def close(self) -> None:
        """As `Container.close`."""
        self._container.close()

    def _unclaimed(self) -> Unclaimed:
        if self._beside is None:
            stretches = [each for each in self._container.unclaimed() if matters(self._stream, *each)]
            self._beside = Unclaimed(self._stream, stretches, self._limits)
        return self._beside


class Shut:
    """A container that does not open, of whose file only is known what stands beside it."""

    def __init__(self, refusal: AmparoError, stretches: Sequence[tuple[int, int]]) -> None:
        self._refusal = refusal
        self._stretches = stretches

    def items(self) -> Iterator[Item]:
        """Raise the refusal."""
        raise self._refusal

    def open(self, name: str, locator: str) -> Stream:
        """Raise the refusal."""
        raise self._refusal

    def unclaimed(self) -> Sequence[tuple[int, int]]:
        """As `Bounded.unclaimed`."""
        return self._stretches

    def close(self) -> None:
        """There is nothing to give up."""
