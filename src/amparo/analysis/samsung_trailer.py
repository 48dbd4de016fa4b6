"""What Samsung's phones write after the end of pictures: a directory of named entries, known by its last bytes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from amparo.analysis.readable import decoded

_FOOT = b"SEFT"
_HEAD = b"SEFH"
_ENTRIES = 32
"""Real ones have less than ten; so many fit into the bytes that are kept of a file's end."""
_TEXT_BYTES = 64


@dataclass(frozen=True, slots=True)
class Note:
    """One entry."""

    name: str
    size_bytes: int
    text: str
    """Its value, where it is short and can be shown: a time, a country code; else empty."""


def samsung_notes(tail: bytes, size_bytes: int, file: BinaryIO) -> Iterator[Note]:
    """The entries of a file of `size_bytes` that ends with `tail`; none where it has no such directory.

    The format is not published; this is what ExifTool's author and others found: the directory (`SEFH`, version, count,
    and 12 bytes an entry: kind, how far before the directory it begins, its length), its length, and `SEFT`.
    """
    if not tail.endswith(_FOOT) or len(tail) < 20:
        return
    length = int.from_bytes(tail[-8:-4], "little")
    directory = tail[-8 - length : -8] if 12 <= length <= len(tail) - 8 else b""
    if not directory.startswith(_HEAD):
        return
    count = int.from_bytes(directory[8:12], "little")
    start = size_bytes - 8 - length
    for number in range(min(count, (length - 12) // 12, _ENTRIES)):
        before, entry_bytes = struct.unpack_from("<2I", directory, 12 + 12 * number + 4)
        if not 8 <= entry_bytes <= before <= start:
            continue
        file.seek(start - before)
        content = file.read(min(entry_bytes, 8 + 256 + _TEXT_BYTES))
        name_bytes = int.from_bytes(content[4:8], "little")
        if not 0 < name_bytes <= 256 or 8 + name_bytes > min(entry_bytes, len(content)):
            continue
        value_bytes = entry_bytes - 8 - name_bytes
        value = content[8 + name_bytes : 8 + name_bytes + value_bytes]
        text = decoded(value) if value_bytes <= _TEXT_BYTES and value.isascii() and decoded(value).isprintable() else ""
        yield Note(decoded(content[8 : 8 + name_bytes]), value_bytes, text)
