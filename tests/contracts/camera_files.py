"""Writes picture files as cameras do: EXIF with maker's note and thumbnail around benign pixels."""

import struct
from collections.abc import Mapping
from typing import TypeAlias

from PIL import Image

from contracts.pictures import saved

Value: TypeAlias = str | int | bytes | tuple[int, int] | tuple[tuple[int, int], ...]
"""ASCII, LONG, UNDEFINED, SRATIONAL, or several of the last."""

MAKE, MODEL, SOFTWARE, MODIFIED, EXIF_AT = 0x010F, 0x0110, 0x0131, 0x0132, 0x8769
EXPOSURE_TIME, F_NUMBER, SHUTTER, APERTURE, TAKEN = 0x829A, 0x829D, 0x9201, 0x9202, 0x9003
MAKER_NOTE, WIDTH, HEIGHT, SERIAL, FOCAL_LENGTH, LENS = 0x927C, 0xA002, 0xA003, 0xA431, 0x920A, 0xA432
_THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0201, 0x0202

NIKON_NOTE = b"Nikon\0\2\x10\0\0II*\0\x08\0\0\0\1\0\1\0\7\0\4\0\0\x000210\0\0\0\0"
CANON_NOTE = struct.pack("<HHHII", 1, 1, 3, 1, 0) + bytes(4)


def exif_block(image: Mapping[int, Value], exif: Mapping[int, Value], thumbnail: bytes = b"") -> bytes:
    """A little-endian TIFF structure: the directory of the picture, the one of its making, and that of a thumbnail."""
    lengths = [_directory_bytes({**image, EXIF_AT: 0}), _directory_bytes(exif)]
    exif_at = 8 + lengths[0]
    second_at = exif_at + lengths[1]
    small = {_THUMBNAIL_AT: 0, _THUMBNAIL_BYTES: len(thumbnail)}
    thumbnail_at = second_at + _directory_bytes(small)
    first = _directory({**image, EXIF_AT: exif_at}, 8, second_at if thumbnail else 0)
    block = b"II*\0" + struct.pack("<I", 8) + first + _directory(exif, exif_at, 0)
    if thumbnail:
        block += _directory({**small, _THUMBNAIL_AT: thumbnail_at}, second_at, 0) + thumbnail
    return block


def _directory_bytes(entries: Mapping[int, Value]) -> int:
    return len(_directory(entries, 0, 0))


def _directory(entries: Mapping[int, Value], at: int, following: int) -> bytes:
    places, beyond = b"", b""
    beyond_at = at + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        kind, count, raw = _coded(value)
        if len(raw) > 4:
            place = struct.pack("<I", beyond_at + len(beyond))
            beyond += raw + bytes(len(raw) % 2)
        else:
            place = raw.ljust(4, b"\0")
        places += struct.pack("<HHI", tag, kind, count) + place
    return struct.pack("<H", len(entries)) + places + struct.pack("<I", following) + beyond


def _coded(value: Value) -> tuple[int, int, bytes]:
    match value:
        case str():
            raw = value.encode() + b"\0"
            return 2, len(raw), raw
        case bytes():
            return 7, len(value), value
        case int():
            return 4, 1, struct.pack("<I", value)
        case (int(above), int(below)):
            return 10, 1, struct.pack("<ii", above, below)
        case _:
            return 10, len(value), b"".join(struct.pack("<ii", *each) for each in value)  # type: ignore[misc]


def thumbnail_of(image: Image.Image, size: tuple[int, int] = (160, 120)) -> bytes:
    """A JPEG of the camera's usual size, with black bars where the picture has another shape."""
    small = image.copy()
    small.thumbnail(size)
    canvas = Image.new("RGB", size)
    canvas.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    return saved(canvas, "JPEG", quality=80)


def camera_file(
    image: Image.Image,
    form: str = "JPEG",
    *,
    in_image: Mapping[int, Value] | None = None,
    in_exif: Mapping[int, Value] | None = None,
    thumbnail: bytes | None = None,
    **options: object,
) -> bytes:
    """`image` as a coherent camera would have written it, but for what is given."""
    first = {MAKE: "NIKON CORPORATION", MODEL: "NIKON D7", MODIFIED: "2024:05:01 10:00:00"}
    second: dict[int, Value] = {
        EXPOSURE_TIME: (1, 125),
        F_NUMBER: (56, 10),
        TAKEN: "2024:05:01 10:00:00",
        SHUTTER: (697, 100),
        APERTURE: (497, 100),
        MAKER_NOTE: NIKON_NOTE,
        WIDTH: image.width,
        HEIGHT: image.height,
        SERIAL: "4711",
    }
    small = thumbnail_of(image) if thumbnail is None else thumbnail
    block = exif_block({**first, **(in_image or {})}, {**second, **(in_exif or {})}, small)
    return saved(image, form, exif=b"Exif\0\0" + block if form == "JPEG" else block, **options)
