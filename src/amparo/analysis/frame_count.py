"""How many pictures a file holds, counted without decoding them, and no further than a bound.

Pillow counts those of a GIF and of a TIFF by walking through all of it, in the time that the file asks for. The other
formats state their number, which costs nothing, and may be wrong.
"""

import io
import struct
from typing import BinaryIO, cast

from PIL import GifImagePlugin, Image, TiffImagePlugin

_STEPS = 4_000_000
"""Parts of a GIF that are passed over: 1 GiB of the usual length, some two seconds."""
_LARGEST_OFFSET = 2**63 - 1


def frame_count(image: Image.Image, most: int) -> tuple[int, bool]:
    """How many frames or pages an opened picture has, at most `most`; and whether there may be more than that."""
    file = cast(BinaryIO, getattr(image, "fp", None))
    if isinstance(image, GifImagePlugin.GifImageFile | TiffImagePlugin.TiffImageFile):
        place = file.tell()
        counted = _gif(file, most) if isinstance(image, GifImagePlugin.GifImageFile) else _tiff(file, most)
        file.seek(place)
        return counted
    try:
        stated = max(1, int(getattr(image, "n_frames", 1)))
    except Exception:  # what tells of layers may be damaged in any way, and the picture be whole
        return 1, True
    return min(stated, most), stated > most


def _gif(file: BinaryIO, most: int) -> tuple[int, bool]:
    """By its blocks, as Pillow reads them: bytes that begin none are passed over."""
    file.seek(10)
    screen = file.read(3)
    file.seek(_colours(screen[0]), io.SEEK_CUR)
    frames, within = 0, False
    for _ in range(_STEPS):
        begun = file.read(1)
        if not begun or (begun == b";" and not within):
            return max(1, frames), False
        if within:
            within = begun != b"\0"
            file.seek(begun[0], io.SEEK_CUR)
        elif begun == b",":
            if frames == most:
                return most, True
            described = file.read(9)
            frames, within = frames + 1, True
            file.seek(_colours(described[-1] if described else 0) + 1, io.SEEK_CUR)
        elif begun == b"!":
            within = True
            file.seek(1, io.SEEK_CUR)
    return max(1, frames), True


def _colours(flags: int) -> int:
    """Bytes of the table of colours that `flags` announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _tiff(file: BinaryIO, most: int) -> tuple[int, bool]:
    """By the chain of its directories (TIFF 6.0, or BigTIFF), which ends where it comes back to one of them."""
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    offset, number, entry_bytes = (order + "Q", order + "Q", 20) if big else (order + "I", order + "H", 12)
    seen = set[int]()
    raw = head[8:16] if big else head[4:8]
    while len(raw) == struct.calcsize(offset):
        at = struct.unpack(offset, raw)[0]
        if not at or at in seen or at > _LARGEST_OFFSET:
            break
        if len(seen) == most:
            return most, True
        file.seek(at)
        raw = file.read(struct.calcsize(number))
        if len(raw) < struct.calcsize(number):
            break
        seen.add(at)
        behind = at + len(raw) + struct.unpack(number, raw)[0] * entry_bytes
        if behind > _LARGEST_OFFSET:
            break
        file.seek(behind)
        raw = file.read(struct.calcsize(offset))
    return max(1, len(seen)), False
