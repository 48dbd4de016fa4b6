"""Pictures and embedded objects in Rich Text Format, as Word, WordPad and mail programs write it (RTF 1.9.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.item import Item, Stream
from amparo.domain.limits import Limits
from amparo.evidence.members import Member, Members, whole
from amparo.evidence.streams import MemoryStream

_MARK = b"{\\rtf"
_DESTINATION = re.compile(rb"\\(pict|objdata)(?![a-z])")
_WORD = re.compile(rb"\\\*|\\([a-z]{1,32})(-?[0-9]{1,10})? ?|[\r\n \t]+")
_GROUP = re.compile(rb"\{[^{}]*\}")
_BORDER = re.compile(rb"\\bin(-?[0-9]{1,10})(?![0-9]) ?|\\[^a-z]|[{}]", re.DOTALL)
"""What opens and closes groups, and what may hide a brace that does not."""
_NOT_DIGITS = re.compile(rb"[^0-9A-Fa-f]+")
_KINDS = {b"pngblip": "png", b"jpegblip": "jpg", b"emfblip": "emf", b"wmetafile": "wmf", b"macpict": "pict"}
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Rtf:
    """Documents in Rich Text Format: their pictures, in order, as `picture-0001.jpg`, and objects as `object-0001.ole`.

    An object that is a compound file (a document, a package with a file in it) is given as that, and opened further.
    """

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return "rtf"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return head.startswith(_MARK) and (b"\\" in head[5:64] or b"}" in head[5:64])

    def open(self, stream: Stream, *, limits: Limits) -> Members:
        """As `ContainerFormat.open`."""
        members: list[Member] = []
        lost = ""
        text = whole(stream, limits)
        for extension, content in _found(text):
            if len(members) == _MOST:
                lost = f"Only its first {_MOST} pictures and objects were listed: that is the limit."
                break
            stem = "object" if extension in ("ole", "bin") else "picture"
            item = Item(f"{stem}-{len(members) + 1:04}.{extension}", len(content))
            members.append(Member(item, lambda content=content: MemoryStream(content)))  # type: ignore[misc]
        return Members(members, limits, lost, [(_end(text), len(text))])


def _end(text: bytes) -> int:
    """Where the group that is the whole document is closed; the end of the text where it is not."""
    depth = place = 0
    for found in _BORDER.finditer(text):
        if found.start() < place:
            continue  # in raw bytes
        if found[1] is not None:
            place = found.end() + max(int(found[1]), 0)
        elif found[0] == b"{":
            depth += 1
        elif found[0] == b"}":
            depth -= 1
            if depth <= 0:
                return found.end()
    return len(text)


def _found(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Each picture or object: its extension and its bytes."""
    end = 0
    for start in _DESTINATION.finditer(text):
        if start.start() < end:
            continue  # inside the one before
        extension, content, end = _destination(text, start.end())
        if start[1] == b"objdata":
            place = content.find(_COMPOUND)
            extension, content = ("ole", content[place:]) if place >= 0 else ("bin", content)
        if content:
            yield extension, content


def _destination(text: bytes, place: int) -> tuple[str, bytes, int]:
    """What stands after `\\pict` or `\\objdata`: the kind that its words state, its bytes, and where it ends."""
    extension = "bmp"
    while True:
        if word := _WORD.match(text, place):
            place = word.end()
            extension = _KINDS.get(word[1] or b"", extension)
            if word[1] == b"bin":
                length = max(int(word[2] or 0), 0)
                return extension, text[place : place + length], min(place + length, len(text))
        elif group := _GROUP.match(text, place):
            place = group.end()
        else:
            break
    ends = [at for at in (text.find(b"}", place), text.find(b"{", place)) if at >= 0]
    end = min(ends, default=len(text))
    digits = _NOT_DIGITS.sub(b"", text[place:end])
    return extension, bytes.fromhex(digits[: len(digits) // 2 * 2].decode()), end
