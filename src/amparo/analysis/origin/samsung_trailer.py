"""What Samsung's phones append to a picture: named parts, the table of which stands at the very end of the file."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from amparo.analysis.origin.statement import COPIED, Statement, stated
from amparo.domain.origin import Claim

END = b"SEFT"
_PARTS = 256
_PART_BYTES = 256 * 1024
_TABLE_BYTES = 12 + 12 * _PARTS
_EDITS = b"PhotoEditor_Re_Edit_Data"
_KIND = re.compile(r'"genAIType"\s{0,8}:\s{0,8}"?(-?\d{1,9})')


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the trailer."""

    offset: int
    name: bytes
    payload: bytes


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
    if head != b"SEFH":
        return
    for place in range(min(count, _PARTS, (length - 12) // 12)):
        back, size = struct.unpack_from("<II", table, 12 + 12 * place + 4)
        if not 8 <= size <= _PART_BYTES or back > start:
            continue
        file.seek(start - back)
        raw = file.read(size)
        name_bytes = int.from_bytes(raw[4:8], "little")
        if 8 + name_bytes <= len(raw):
            yield Part(start - back, raw[8 : 8 + name_bytes], raw[8 + name_bytes :])


def samsung_statement(part: Part) -> Statement | str | None:
    """What a part states of a model, or a sentence where it is malformed; `None` where it tells of other things."""
    if part.name != _EDITS or b"genAIType" not in part.payload:
        return None
    text = part.payload.decode("utf-8", "replace")
    found = _KIND.search(text)
    if found is None:
        return "Samsung's record of edits is malformed: it names no kind of model."
    if int(found[1]) == 0:
        return None
    return Statement(
        "samsung_genai",
        Claim.ALTERED,
        f"Samsung's editor recorded that a model was used (genAIType {found[1]}).",
        f"What the model changed: Samsung does not document the number. {COPIED}",
        stated({"tool": "Samsung", "genai_type": found[1]}),
    )
