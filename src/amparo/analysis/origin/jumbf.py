"""JUMBF (ISO/IEC 19566-5): boxes with labels, in which C2PA keeps its manifests."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_BOXES = 20_000
_DEPTH = 16


@dataclass(slots=True)
class LabelledBox:
    """A box with a label, the boxes with labels in it, and its contents."""

    label: str
    kind: bytes
    """The first four bytes of its type: `c2pa`, `c2ma`, `c2as`, `c2cl`, `cbor`, `json` …"""
    start: int
    """Offset of its header."""
    end: int
    boxes: list["LabelledBox"] = field(default_factory=list)
    contents: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Kind and bytes of the boxes in it that have no label."""

    def walk(self) -> Iterator["LabelledBox"]:
        """This box and all that are in it."""
        yield self
        for box in self.boxes:
            yield from box.walk()


@dataclass(slots=True)
class Jumbf:
    """What was found."""

    boxes: list[LabelledBox] = field(default_factory=list)
    broken: str = ""
    """A sentence: where the structure broke; else empty."""


def read_jumbf(raw: bytes) -> Jumbf:
    """The labelled boxes of `raw`. Whatever the bytes, it returns what it could read."""
    found = Jumbf()
    _Reader(raw, found).read(0, len(raw), found.boxes, 0)
    return found


class _Reader:
    def __init__(self, raw: bytes, found: Jumbf) -> None:
        self._raw = raw
        self._found = found
        self._left = _BOXES

    def read(self, start: int, end: int, into: list[LabelledBox], depth: int) -> None:
        for kind, box, body, stop in self._boxes(start, end):
            if kind != b"jumb":
                continue
            labelled = self._labelled(box, body, stop)
            if labelled is None:
                self._break(f"The box at offset {box} of the JUMBF structure is malformed: it has no description.")
                continue
            into.append(labelled)
            if depth == _DEPTH:
                self._break("The JUMBF structure is nested too deeply.")
                continue
            self.read(body, stop, labelled.boxes, depth + 1)

    def _labelled(self, box: int, body: int, stop: int) -> LabelledBox | None:
        raw = self._raw
        if body + 25 > stop or raw[body + 4 : body + 8] != b"jumd":
            return None
        (size,) = struct.unpack_from(">I", raw, body)
        description = raw[body + 8 : min(body + size, stop)]
        if len(description) < 17:
            return None
        label = b""
        if description[16] & 2:
            label = description[17:].partition(b"\0")[0]
        made = LabelledBox(label.decode("utf-8", "replace"), description[:4], box, stop)
        made.contents = [
            (kind, raw[start:end]) for kind, _, start, end in self._boxes(body + size, stop) if kind != b"jumb"
        ]
        return made

    def _boxes(self, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
        """Kind, offset, offset of the content, and end of each box."""
        at = start
        while at + 8 <= end:
            self._left -= 1
            if self._left < 0:
                self._break("The JUMBF structure has more boxes than stores have.")
                return
            size, kind = struct.unpack_from(">I4s", self._raw, at)
            body = at + 8
            if size == 1 and at + 16 <= end:
                size, body = struct.unpack_from(">Q", self._raw, body)[0], at + 16
            stop = at + size if size else end
            if stop < body or stop > end:
                self._break(f"The box at offset {at} of the JUMBF structure is malformed: its length cannot be.")
                return
            yield kind, at, body, stop
            at = stop

    def _break(self, sentence: str) -> None:
        self._found.broken = self._found.broken or sentence
