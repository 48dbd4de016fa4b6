"""The texts of Matroska and WebM films (RFC 9559; EBML, RFC 8794): tags, and the names of the programs that wrote them.

Elements are stepped over by seeking; nothing is read but headers and texts. Where the length of a segment or cluster is
not known, as in recordings of what is broadcast, the elements in it are stepped over one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from amparo.analysis.blocks import BLOCK_BYTES, Block, Embedded, Kind
from amparo.domain.errors import Unreadable

_STEPS = 200_000
_DEPTH = 8
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_INFO, _TAGS, _TAG, _SIMPLE_TAG = 0x1549A966, 0x1254C367, 0x7373, 0x67C8
_TAG_NAME, _TAG_STRING = 0x45A3, 0x4487
_NAMED = {0x7BA9: "title", 0x4D80: "muxing_app", 0x5741: "writing_app"}


@dataclass(frozen=True, slots=True)
class _Element:
    kind: int
    start: int
    """Offset of what it holds."""
    end: int | None
    """`None` where its length is not known."""


@dataclass(slots=True)
class _Walk:
    file: BinaryIO
    size_bytes: int
    left: int = _STEPS

    def elements(self, start: int, end: int) -> Iterator[_Element]:
        """The elements between two offsets, in order. Raise `Unreadable` where they are broken."""
        at = start
        while at < end:
            self.left -= 1
            if self.left < 0:
                raise Unreadable("There are more elements than are stepped over.")
            self.file.seek(at)
            head = self.file.read(12)
            kind, width = _number(head, whole=True, widest=4)
            size, more = _number(head[width:], whole=False, widest=8)
            body = at + width + more
            if size == (1 << 7 * more) - 1:  # its length is not known: what it holds follows as if it stood here
                yield _Element(kind, body, None)
                at = body
                continue
            if body + size > end:
                raise Unreadable(f"The element at offset {at} states a length that cannot be.")
            yield _Element(kind, body, body + size)
            at = body + size

    def text(self, element: _Element) -> bytes:
        """What an element of known length holds."""
        self.file.seek(element.start)
        return self.file.read((element.end or element.start) - element.start).rstrip(b"\0")


def _number(raw: bytes, *, whole: bool, widest: int) -> tuple[int, int]:
    """A number of variable width and its width; `whole` where the bit that tells the width belongs to it."""
    width = 9 - raw[0].bit_length() if raw and raw[0] else widest + 1
    if width > min(widest, len(raw)):
        raise Unreadable("An element has a number that cannot be.")
    value = int.from_bytes(raw[:width])
    return (value if whole else value & ((1 << 7 * width) - 1)), width


def walk_matroska(file: BinaryIO, found: Embedded) -> None:
    """Find the texts of a film. Raise `Unreadable` where its elements are broken."""
    walk = _Walk(file, file.seek(0, 2))
    _in_segment(walk, 0, walk.size_bytes, found, 0)


def _in_segment(walk: _Walk, start: int, end: int, found: Embedded, depth: int) -> None:
    for element in walk.elements(start, end):
        if element.end is None:
            if element.kind not in (_SEGMENT, _CLUSTER):
                raise Unreadable(f"The element before offset {element.start} has no length.")
        elif element.kind == _SEGMENT and depth == 0:
            _in_segment(walk, element.start, element.end, found, 1)
        elif element.kind == _INFO:
            for inner in walk.elements(element.start, element.end):
                if inner.kind in _NAMED:
                    _take(walk, inner, _NAMED[inner.kind], "Info element", found)
        elif element.kind == _TAGS:
            for tag in walk.elements(element.start, element.end):
                if tag.kind == _TAG and tag.end is not None:
                    _in_tag(walk, tag.start, tag.end, found, 0)


def _in_tag(walk: _Walk, start: int, end: int, found: Embedded, depth: int) -> None:
    """Keep the texts of a tag, and of those in it."""
    keyword = ""
    for inner in walk.elements(start, end):
        if inner.end is None:
            raise Unreadable(f"The element before offset {inner.start} has no length.")
        if inner.kind == _SIMPLE_TAG and depth < _DEPTH:
            _in_tag(walk, inner.start, inner.end, found, depth + 1)
        elif inner.kind == _TAG_NAME and inner.end - inner.start <= 256:
            keyword = walk.text(inner).decode("utf-8", "replace")
        elif inner.kind == _TAG_STRING:
            _take(walk, inner, keyword, "SimpleTag element", found)


def _take(walk: _Walk, element: _Element, keyword: str, place: str, found: Embedded) -> None:
    size = (element.end or element.start) - element.start
    if size > BLOCK_BYTES:
        found.skip(place, element.start, size)
        return
    text = walk.text(element)
    found.add_text(keyword, text)
    found.add(Block(Kind.TEXT, place, element.start, size, text, keyword))
