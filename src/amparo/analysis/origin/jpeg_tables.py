"""The quantisation tables of a JPEG and the form of its frame: whose settings they are, as far as is publicly known.

The standard tables are those of ITU-T T.81, annex K, scaled by the formula of the Independent JPEG Group (libjpeg,
`jcparam.c`); Photoshop's nine are those that Pillow publishes (`PIL.JpegPresets`). Cameras have mostly tables of their
own, which change with the model, the setting and the scene: see `known_tables`.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO

from PIL import JpegPresets

_STEPS = 2_000
_LUMA, _CHROMA = 0, 1
_Table = tuple[int, ...]

_ZIGZAG = tuple(
    row * 8 + column
    for diagonal in range(15)
    for row, column in sorted(
        ((row, diagonal - row) for row in range(8) if 0 <= diagonal - row < 8), reverse=diagonal % 2 == 0
    )
)
"""Where each coefficient of a stored table stands in the block, row by row."""

_ANNEX_K: tuple[_Table, _Table] = (
    (
        *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56),
        *(14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
    ),
    (
        *(17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99),
        *(47, 66, 99, 99, 99, 99, 99, 99),
        *(99,) * 32,
    ),
)


@dataclass(frozen=True, slots=True)
class JpegForm:
    """What the segments before the first scan say."""

    width_px: int
    height_px: int
    height_at: int
    """Where in the file the two bytes of the height stand."""
    progressive: bool
    """Whether the picture is stored in several passes."""
    baseline: bool
    """Whether it is stored in one pass, Huffman-coded, with eight bits a sample."""
    sampling: tuple[tuple[int, int], ...]
    """Of each component, across and down."""
    tables: tuple[_Table, ...]
    """Of each component, row by row; empty where it names none that is defined."""
    jfif: bool
    """Whether it begins with a JFIF segment."""
    tables_md5: str
    """As ExifTool digests the stored tables: MD5 of the segments by the number of their first table, zeros between."""

    @property
    def standard_quality(self) -> int | None:
        """1 to 100 where the tables are the standard's, scaled by libjpeg's formula; else `None`."""
        qualities = {_qualities(which).get(table) for which, table in self._both()}
        return qualities.pop() if len(qualities) == 1 else None

    @property
    def photoshop_setting(self) -> str:
        """Photoshop's name of the setting whose tables these are; else empty."""
        luma_and_chroma = tuple(table for _, table in self._both())
        return next((name for name, tables in photoshop_tables().items() if tables == luma_and_chroma), "")

    def _both(self) -> list[tuple[int, _Table]]:
        return [(_LUMA if number == 0 else _CHROMA, table) for number, table in enumerate(self.tables[:2])]


def standard_table(quality: int, which: int = _LUMA) -> _Table:
    """The standard's table for luma (0) or chroma (1) at a quality of 1 to 100, row by row, of 8 bits."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((step * scale + 50) // 100, 1), 255) for step in _ANNEX_K[which])


@lru_cache(maxsize=2)
def _qualities(which: int) -> Mapping[_Table, int]:
    return {standard_table(quality, which): quality for quality in range(100, 0, -1)}


@lru_cache(maxsize=1)
def photoshop_tables() -> Mapping[str, tuple[_Table, ...]]:
    """Photoshop's tables for luma and chroma, row by row, by the name of their setting."""
    presets: Mapping[str, Any] = JpegPresets.presets
    return {
        name.replace("_", " "): tuple(tuple(table) for table in preset["quantization"])
        for name, preset in presets.items()
    }


def jpeg_form(file: BinaryIO) -> JpegForm | None:
    """What a JPEG's segments say, `file` standing at its start; `None` where they are broken or there is no frame."""
    if file.read(2) != b"\xff\xd8":
        return None
    defined: dict[int, _Table] = {}
    stored: dict[int, bytes] = {}
    frame: tuple[int, int, bytes] | None = None
    jfif = False
    for step in range(_STEPS):
        start = file.read(2)
        while start == b"\xff\xff":
            start = b"\xff" + file.read(1)
        stated = file.read(2)
        if len(start) < 2 or start[0] != 0xFF or len(stated) < 2:
            return None
        payload_at = file.tell()
        payload = file.read(max(int.from_bytes(stated) - 2, 0))
        marker = start[1]
        if marker == 0xDB:
            defined |= _tables(payload)
            if payload and payload[0] & 15 < 4:
                stored[payload[0] & 15] = payload
        elif marker == 0xE0 and step == 0:
            jfif = payload[:5] == b"JFIF\0"
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = marker, payload_at, payload
        elif marker == 0xDA:
            return _form(frame, defined, stored, jfif) if frame else None
    return None


def _tables(payload: bytes) -> dict[int, _Table]:
    found = {}
    at = 0
    while at < len(payload):
        precision, number = payload[at] >> 4, payload[at] & 15
        size = 128 if precision else 64
        stored = payload[at + 1 : at + 1 + size]
        if len(stored) < size:
            break
        steps = struct.unpack(">64H" if precision else ">64B", stored)
        table = [0] * 64
        for place, step in zip(_ZIGZAG, steps, strict=True):
            table[place] = step
        found[number] = tuple(table)
        at += 1 + size
    return found


def _form(
    frame: tuple[int, int, bytes], defined: Mapping[int, _Table], stored: Mapping[int, bytes], jfif: bool
) -> JpegForm | None:
    marker, payload_at, payload = frame
    if len(payload) < 6 or len(payload) < 6 + 3 * payload[5]:
        return None
    precision, height, width, count = struct.unpack(">BHHB", payload[:6])
    components = [payload[6 + 3 * number : 9 + 3 * number] for number in range(min(count, 4))]
    return JpegForm(
        width_px=width,
        height_px=height,
        height_at=payload_at + 1,
        progressive=marker in (0xC2, 0xC6, 0xCA, 0xCE),
        baseline=marker in (0xC0, 0xC1) and precision == 8,
        sampling=tuple((each[1] >> 4, each[1] & 15) for each in components),
        tables=tuple(defined.get(each[2], ()) for each in components),
        jfif=jfif,
        tables_md5=hashlib.md5(
            b"\0".join(stored[number] for number in sorted(stored)), usedforsecurity=False
        ).hexdigest(),
    )
