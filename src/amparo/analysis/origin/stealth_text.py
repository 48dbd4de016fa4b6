"""Texts that some generators hide in the lowest bits of pixels ('stealth PNG info'): of a PNG, or a lossless WebP.

The bits run down the columns: of alpha one a pixel, of red, green and blue three a pixel. A mark of 15 letters comes
first; to see that it is not there takes, of a PNG, the first pixels of a few rows, whose values depend on nothing to
their right. A WebP is decoded, where it is not larger than generators make them.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from amparo.analysis.decoding import header, unreadable_where_decoding_fails
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.limits import Limits

_MARKS = {
    b"stealth_pnginfo": "alpha",
    b"stealth_pngcomp": "alpha",
    b"stealth_rgbinfo": "RGB",
    b"stealth_rgbcomp": "RGB",
}
_MARK_BYTES = 15
_ROWS = 8 * _MARK_BYTES
_FIRST_ROWS = 8
_TEXT_BYTES = 4 * 1024 * 1024
_SMALL_PIXELS = 4 * 1024 * 1024
_WIDEST_PX = 100_000
_PIECE_BYTES = 64 * 1024
_CHUNKS = 100_000
_WEBP = "image/webp"
MAY_HIDE = frozenset({"image/png", "image/apng", _WEBP})
"""Media types in which such texts are looked for."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text in the lowest bits."""

    mark: str
    channels: str
    stored: bytes
    """The bits as bytes: mark, length and text."""
    text: str


def hidden_text(file: BinaryIO, *, media_type: str, limits: Limits) -> Hidden | None:
    """The text in the lowest bits; `None` where there is none, or where pixels are stored with loss.

    Raise `Unreadable` where it is broken, or was not looked for.
    """
    if not (_may_be_in_webp(file) if media_type == _WEBP else _may_be(file)):
        return None
    file.seek(0)
    return _read(file, media_type, limits)


# The quick look


def _may_be_in_webp(file: BinaryIO) -> bool:
    """Whether it is one picture without loss, of a size that is decoded. Raise `Unreadable` where it is larger."""
    file.seek(12)
    for _ in range(_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[:4] in (b"VP8 ", b"ANIM"):
            return False
        if head[:4] == b"VP8L":
            size = int.from_bytes(file.read(5)[1:5], "little")
            pixels = ((size & 0x3FFF) + 1) * ((size >> 14 & 0x3FFF) + 1)
            if pixels > _SMALL_PIXELS:
                raise LimitReached(f"It was not looked for texts in the lowest bits of {pixels} pixels.")
            return True
        length = int.from_bytes(head[4:], "little")
        file.seek(length + length % 2, 1)
    return False


def _may_be(file: BinaryIO) -> bool:
    """Whether the first pixels do not show that there is no mark; true where a look at them does not tell."""
    file.seek(0)
    start = file.read(29)
    if len(start) < 29 or start[12:16] != b"IHDR":
        return False
    width, height = int.from_bytes(start[16:20]), int.from_bytes(start[20:24])
    depth, colours, interlaced = start[24], start[25], start[28]
    if depth != 8 or colours not in (2, 6) or not width or not height:
        return False
    if height < _ROWS or interlaced:
        return width * height <= _SMALL_PIXELS  # few are so small: they are decoded
    if width > _WIDEST_PX:
        raise Unreadable(f"It was not looked for texts in the lowest bits of {width} pixels a row: that is too wide.")
    channels = 3 if colours == 2 else 4
    pixels = _first_pixels(file, 1 + width * channels, channels)
    taken: list[bytes] = []
    for count, needed in ((_FIRST_ROWS, _FIRST_ROWS), (_ROWS, _ROWS)):
        while len(taken) < needed:
            pixel = next(pixels, None)
            if pixel is None:
                return False
            taken.append(pixel)
        if not any(_fits(taken[:count], mark, kind) for mark, kind in _MARKS.items()):
            return False
    return True


def _fits(pixels: list[bytes], mark: bytes, kind: str) -> bool:
    """Whether the lowest bits of these pixels begin with the mark, as far as they go."""
    if kind == "alpha":
        bits = [pixel[3] & 1 for pixel in pixels if len(pixel) == 4]
    else:
        bits = [value & 1 for pixel in pixels for value in pixel[:3]]
    count = min(len(bits), 8 * len(mark)) // 8
    if not count:
        return False
    return np.packbits(np.array(bits[: 8 * count], np.uint8)).tobytes() == mark[:count]


def _first_pixels(file: BinaryIO, row_bytes: int, channels: int) -> Iterator[bytes]:
    """The first pixel of each row, inflating no more than is asked for."""
    inflate = zlib.decompressobj()
    above = bytes(channels)
    row = bytearray()
    for piece in _data(file):
        waiting = piece
        while waiting:
            try:
                row += inflate.decompress(waiting, row_bytes - len(row))
            except zlib.error:
                return
            waiting = inflate.unconsumed_tail
            if len(row) == row_bytes:
                pixel = _unfiltered(row[0], bytes(row[1 : 1 + channels]), above)
                yield pixel
                above = pixel
                row.clear()
            elif not waiting:
                break


def _unfiltered(kind: int, raw: bytes, above: bytes) -> bytes:
    """The first pixel of a row: to its left there is nothing, so only what is above it matters."""
    if kind in (2, 4):  # Up; Paeth, which then takes what is above
        return bytes((value + up) & 255 for value, up in zip(raw, above, strict=True))
    if kind == 3:
        return bytes((value + up // 2) & 255 for value, up in zip(raw, above, strict=True))
    return bytes(raw)


def _data(file: BinaryIO) -> Iterator[bytes]:
    """The coded pixels in pieces."""
    at = 8
    for _ in range(_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length = int.from_bytes(head[:4])
        if head[4:] == b"IDAT":
            for start in range(0, length, _PIECE_BYTES):
                piece = file.read(min(_PIECE_BYTES, length - start))
                if not piece:
                    return
                yield piece
                file.seek(at + 8 + start + len(piece))
        at += 12 + length


# The whole reading


def _read(file: BinaryIO, media_type: str, limits: Limits) -> Hidden | None:
    with unreadable_where_decoding_fails():
        opened = header(file, media_type=media_type)
        if opened.width * opened.height > limits.picture_pixels:
            raise LimitReached("It was not looked for a text in the lowest bits: the picture has too many pixels.")
        if opened.mode not in ("RGB", "RGBA"):
            return None
        pixels = np.asarray(opened)
    for kind in ("alpha", "RGB"):
        if kind == "alpha" and pixels.shape[2] < 4:
            continue
        start = _bytes_of(pixels, kind, _MARK_BYTES + 4)
        mark = start[:_MARK_BYTES]
        if _MARKS.get(mark) != kind:
            continue
        length = int.from_bytes(start[_MARK_BYTES:]) // 8
        if length > min(_TEXT_BYTES, pixels.shape[0] * pixels.shape[1] * 3 // 8):
            raise Unreadable(f"A text in the lowest bits of {kind} states a length that cannot be.")
        stored = _bytes_of(pixels, kind, _MARK_BYTES + 4 + length)
        return Hidden(mark.decode(), kind, stored, _text(stored[_MARK_BYTES + 4 :], compressed=mark.endswith(b"comp")))
    return None


def _bytes_of(pixels: NDArray[np.uint8], kind: str, count: int) -> bytes:
    """The first bytes that the lowest bits make, down the columns."""
    height = pixels.shape[0]
    channels = 1 if kind == "alpha" else 3
    columns = -(-8 * count // (channels * height))
    some = pixels[:, :columns, 3:4] if kind == "alpha" else pixels[:, :columns, :3]
    bits = some.transpose(1, 0, 2).ravel()[: 8 * count] & 1
    return np.packbits(bits).tobytes()[:count]


def _text(raw: bytes, *, compressed: bool) -> str:
    if compressed:
        try:
            raw = zlib.decompressobj(wbits=31).decompress(raw, _TEXT_BYTES)
        except zlib.error as error:
            raise Unreadable("A text in the lowest bits of the pixels is compressed, and broken.") from error
    return raw.decode("utf-8", "replace")
