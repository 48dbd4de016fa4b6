"""Writes made-up EXIF (JEITA CP-3451): the camera, the time, the place, and an embedded thumbnail."""

import struct
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

Value = str | bytes | int | tuple[Fraction, ...]

_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 2, 3, 4, 5, 7
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0201, 0x0202
_POINTERS = frozenset({_EXIF_IFD, _GPS_IFD, _THUMBNAIL_AT, _THUMBNAIL_BYTES})


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that does not exist."""

    make: str
    model: str
    serial: str


def exif(
    camera: Camera,
    taken: datetime,
    *,
    place: tuple[float, float] | None = None,
    orientation: int = 1,
    thumbnail: bytes = b"",
) -> bytes:
    """The payload of an APP1 segment, with its mark `Exif`. `place` is latitude and longitude in degrees."""
    stamp = taken.strftime("%Y:%m:%d %H:%M:%S")
    main: dict[int, Value] = {
        0x010F: camera.make,
        0x0110: camera.model,
        0x0112: orientation,
        0x0131: "made up for demonstration",
        0x0132: stamp,
        _EXIF_IFD: 0,
    }
    shot: dict[int, Value] = {
        0x829A: (Fraction(1, 250),),
        0x829D: (Fraction(28, 10),),
        0x8827: 100,
        0x9000: b"0232",
        0x9003: stamp,
        0x9004: stamp,
        0x9011: "+01:00",
        0x920A: (Fraction(43, 10),),
        0x927C: b"MADE-UP\0" + camera.serial.encode(),
        0xA431: camera.serial,
    }
    position: dict[int, Value] = {}
    if place is not None:
        main[_GPS_IFD] = 0
        latitude, longitude = place
        position = {
            0x0000: b"\2\3\0\0",
            0x0001: "N" if latitude >= 0 else "S",
            0x0002: _degrees(latitude),
            0x0003: "E" if longitude >= 0 else "W",
            0x0004: _degrees(longitude),
        }
    small: dict[int, Value] = {0x0103: 6, _THUMBNAIL_AT: 0, _THUMBNAIL_BYTES: len(thumbnail)} if thumbnail else {}
    # The lengths of the directories do not depend on their pointers, so they are laid out first and written after.
    shot_at = 8 + len(_directory(main, 0, 0))
    gps_at = shot_at + len(_directory(shot, 0, 0))
    small_at = gps_at + (len(_directory(position, 0, 0)) if position else 0)
    thumbnail_at = small_at + len(_directory(small, 0, 0))
    main[_EXIF_IFD] = shot_at
    if position:
        main[_GPS_IFD] = gps_at
    content = struct.pack("<2sHI", b"II", 42, 8) + _directory(main, 8, small_at if small else 0)
    content += _directory(shot, shot_at, 0) + (_directory(position, gps_at, 0) if position else b"")
    if small:
        small[_THUMBNAIL_AT] = thumbnail_at
        content += _directory(small, small_at, 0) + thumbnail
    return b"Exif\0\0" + content


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """The JPEG with another segment right after its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def _directory(values: dict[int, Value], at: int, following: int) -> bytes:
    """An image file directory that lies `at` an offset, and the values that do not fit into its entries."""
    entries = struct.pack("<H", len(values))
    beyond = b""
    beyond_at = at + 2 + 12 * len(values) + 4
    for tag, value in sorted(values.items()):
        kind, count, content = _coded(tag, value)
        if len(content) > 4:
            entries += struct.pack("<HHII", tag, kind, count, beyond_at + len(beyond))
            beyond += content + bytes(len(content) % 2)
        else:
            entries += struct.pack("<HHI4s", tag, kind, count, content)
    return entries + struct.pack("<I", following) + beyond


def _coded(tag: int, value: Value) -> tuple[int, int, bytes]:
    if isinstance(value, str):
        content = value.encode("ascii") + b"\0"
        return _ASCII, len(content), content
    if isinstance(value, bytes):
        return _UNDEFINED, len(value), value
    if isinstance(value, tuple):
        return _RATIONAL, len(value), b"".join(struct.pack("<II", *part.as_integer_ratio()) for part in value)
    if tag in _POINTERS:
        return _LONG, 1, struct.pack("<I", value)
    return _SHORT, 1, struct.pack("<H", value)


def _degrees(value: float) -> tuple[Fraction, ...]:
    hundredths = round(abs(value) * 3600 * 100)
    minutes, rest = divmod(hundredths, 6000)
    return Fraction(minutes // 60), Fraction(minutes % 60), Fraction(rest, 100)
