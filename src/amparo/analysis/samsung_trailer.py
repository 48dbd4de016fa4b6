"""What Samsung's phones write after the end of pictures: named parts, the table of which stands at the very end.

The format is not published; this is what ExifTool's author and others found: parts, then the table (`SEFH`, version,
count, and 12 bytes a part: kind, how far before the table it begins, its length), its length, and `SEFT`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from amparo.analysis.readable import decoded

END = b"SEFT"
"""The last bytes of a file that has such a trailer."""
_HEAD = b"SEFH"
_PARTS = 256
_PART_BYTES = 256 * 1024
_NAME_BYTES = 256
_TABLE_BYTES = 12 + 12 * _PARTS
_TEXT_BYTES = 64


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the trailer."""

    offset: int
    """In the file."""
    size_bytes: int
    """All of it, its own header and name included."""
    name: bytes
    payload: bytes
    """Empty where it has more than 256 KiB, as films have."""

    @property
    def payload_bytes(self) -> int:
        """How long the payload is, whether it was read or not."""
        return self.size_bytes - 8 - len(self.name)

    @property
    def text(self) -> str:
        """The payload, where it is short and can be shown: a time, a country code; else empty."""
        short = 0 < len(self.payload) <= _TEXT_BYTES and self.payload.isascii()
        return decoded(self.payload) if short and decoded(self.payload).isprintable() else ""


def samsung_parts(file: BinaryIO) -> Iterator[Part]:
    """The parts of the trailer that ends `file`; none where there is none, or where it is broken."""
    end = file.seek(0, 2)
    if end < 20:
        return
    file.seek(end - 8)
    (length, mark) = struct.unpack("<I4s", file.read(8))
    if mark != END or not 12 <= length <= min(_TABLE_BYTES, end - 8):
        return
    start = end - 8 - length
    file.seek(start)
    table = file.read(length)
    head, _, count = struct.unpack_from("<4sII", table)
    if head != _HEAD:
        return
    for place in range(min(count, _PARTS, (length - 12) // 12)):
        back, size = struct.unpack_from("<II", table, 12 + 12 * place + 4)
        if not 8 <= size <= back <= start:
            continue
        file.seek(start - back)
        raw = file.read(size if size <= _PART_BYTES else 8 + _NAME_BYTES)
        name_bytes = int.from_bytes(raw[4:8], "little")
        if 0 < name_bytes <= min(_NAME_BYTES, size - 8) and 8 + name_bytes <= len(raw):
            payload = raw[8 + name_bytes :] if size <= _PART_BYTES else b""
            yield Part(start - back, size, raw[8 : 8 + name_bytes], payload)
