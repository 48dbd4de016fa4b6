"""EXIF (CIPA DC-008) read by exifread, held to bounds, and what it says about camera, time and place."""

import io
import logging
import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import BinaryIO, cast

from exifread.core.exif_header import ExifHeader
from exifread.core.ifd_tag import IfdTag
from exifread.tags import DEFAULT_STOP_TAG
from exifread.tags.fields import FieldType
from exifread.tags.makernote import apple, olympus, sony

from amparo.analysis.readable import hexadecimal, readable
from amparo.domain.errors import LimitReached

# It warns of every broken tag; with no handler at all, that would go to standard error.
logging.getLogger("exifread").addHandler(logging.NullHandler())

_READS = 200_000
"""Reads that one structure may cost; cameras' own take a few thousand."""
_READ_BYTES = 64 * 1024
_DIRECTORIES = 8
_TAGS = 600
_ENTRIES = 400
_TIME = re.compile(r"(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")


@dataclass(slots=True)
class Exif:
    """The tags of one EXIF structure."""

    tags: dict[str, IfdTag] = field(default_factory=dict)
    """By directory and name: `Image Make`, `EXIF DateTimeOriginal`, `GPS GPSLatitude`, `MakerNote SerialNumber` …"""
    obstacle: str = ""
    """A sentence: why the reading ended early; else empty."""

    def text(self, *names: str) -> str:
        """The first of these tags that says something, as text; else empty."""
        for name in names:
            tag = self.tags.get(name)
            if tag is not None and (text := readable(str(tag.printable))):
                return text
        return ""

    def number(self, name: str, place: int = 0) -> Fraction | None:
        """One of a tag's numbers, if there is one that is finite."""
        tag = self.tags.get(name)
        values = tag.values if tag is not None else ()
        if not isinstance(values, list) or len(values) <= place or not isinstance(values[place], int | Fraction):
            return None
        value = values[place]
        if isinstance(value, Fraction) and not value.denominator:
            return None  # exifread keeps 1/0 as it stands
        return Fraction(value.numerator, value.denominator)

    def replace(self, name: str, text: str) -> None:
        """Put a text in the place of a tag's own, if there is such a tag."""
        tag = self.tags.get(name)
        if tag is not None:
            tag.field_type, tag.values, tag.printable = FieldType.ASCII, text, text

    def facts(self) -> dict[str, str]:
        """Every tag as text."""
        return {readable(name, 80): _text_of(tag) for name, tag in list(self.tags.items())[:_TAGS]}


def read_exif(source: bytes | BinaryIO) -> Exif:
    """The tags of a TIFF structure with its maker's notes. Whatever the bytes, it returns what it could read."""
    window = _Window(io.BytesIO(source) if isinstance(source, bytes) else source)
    mark = window.read(1)
    if mark not in (b"I", b"M"):
        return Exif(obstacle="The EXIF block does not begin with a byte-order mark.")
    header = _Header(cast(BinaryIO, window), mark.decode(), 0, 0, False)
    obstacle = ""
    try:
        for number, directory in enumerate(header.list_ifd()[:_DIRECTORIES]):
            header.dump_ifd(directory, {0: "Image", 1: "Thumbnail"}.get(number, f"IFD {number}"))
        for name, pointer in (("EXIF", "Image ExifOffset"), ("EXIF SubIFD", "Image SubIFDs")):
            found = header.tags.get(pointer)
            for number, directory in enumerate((found.values if found else [])[:_DIRECTORIES]):
                header.dump_ifd(directory, f"{name}{number}" if name.endswith("SubIFD") else name)
        if "EXIF MakerNote" in header.tags and "Image Make" in header.tags:
            header.decode_maker_note()
    except LimitReached:
        obstacle = "Reading the EXIF structure ended early: it is far larger than cameras write."
    except Exception:
        # exifread meets broken structures with any exception; the tags before it are read.
        obstacle = "Reading the EXIF structure ended early: it is damaged."
    if header.unknown and not obstacle:
        obstacle = f"The EXIF structure's part {header.unknown} is damaged, or its layout is unknown."
    return Exif({name: tag for name, tag in header.tags.items() if isinstance(tag, IfdTag)}, obstacle)


class _Window:
    """What exifread reads through: no more than so many reads, and none of a length that the evidence chose."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._reads_left = _READS

    def seek(self, offset: int) -> int:
        return self._file.seek(offset)

    def read(self, length: int) -> bytes:
        self._reads_left -= 1
        if self._reads_left < 0:
            raise LimitReached("The EXIF structure takes more reads than allowed.")
        return self._file.read(min(length, _READ_BYTES))


class _Header(ExifHeader):
    """exifread's reader, held to directories that can be some, and with three more layouts of makers' notes."""

    unknown: str = ""
    """The last directory that was none."""

    def dump_ifd(
        self, ifd: int, ifd_name: str, tag_dict: object = None, relative: int = 0, stop_tag: str = DEFAULT_STOP_TAG
    ) -> None:
        """Read the directory at `ifd`, unless its entries show that there is none: exifread would take any bytes."""
        entries = self.s2n(ifd, 2)
        kinds = (self.s2n(ifd + 4 + 12 * place, 2) for place in range(min(entries, 4)))
        if entries > _ENTRIES or not all(1 <= kind <= 13 for kind in kinds):
            self.unknown = ifd_name
            return
        super().dump_ifd(ifd, ifd_name, tag_dict, relative, stop_tag)

    def decode_maker_note(self) -> None:
        """Read the maker's note, if its layout is known."""
        note = self.tags["EXIF MakerNote"]
        label = bytes(note.values[:16])
        if label.startswith((b"SONY DSC ", b"SONY CAM ")):
            self.dump_ifd(note.field_offset + 12, "MakerNote", sony.TAGS)
        elif label.startswith((b"OLYMPUS\0II", b"OLYMPUS\0MM")):
            self._dump_note(note.field_offset, 12, chr(label[8]), olympus.TAGS)
        elif label[:14] in (b"Apple iOS\0\0\1MM", b"Apple iOS\0\0\1II"):
            self._dump_note(note.field_offset, 14, chr(label[12]), apple.TAGS)
        else:
            super().decode_maker_note()

    def _dump_note(self, place: int, directory: int, order: str, tags: object) -> None:
        """Read a note whose offsets count from its own start, which exifread takes for others."""
        start, before = self.offset, self.endian
        self.offset, self.endian = start + place, order
        self.dump_ifd(directory, "MakerNote", tags)
        self.offset, self.endian = start, before

    def _process_field(self, tag_name: str, count: int, field_type: int, type_length: int, offset: int) -> list[object]:
        if field_type not in (FieldType.BYTE, FieldType.UNDEFINED):
            return list(super()._process_field(tag_name, count, field_type, type_length, offset))
        # At once: exifread takes a read for each byte of a maker's note.
        self.file_handle.seek(self.offset + offset)
        return list(self.file_handle.read(count))


def _text_of(tag: IfdTag) -> str:
    values = tag.values
    if isinstance(values, bytes):
        return hexadecimal(values)
    are_bytes = isinstance(values, list) and tag.field_type in (FieldType.BYTE, FieldType.UNDEFINED)
    if are_bytes and len(values) > 4 and not tag.prefer_printable:
        return hexadecimal(bytes(values))
    return readable(str(tag.printable))


# What it says


def camera(exif: Exif) -> dict[str, str]:
    """Make, model, serial numbers, lens, software and owner, as far as stated."""
    stated = {
        "make": exif.text("Image Make"),
        "model": exif.text("Image Model"),
        "serial": exif.text(
            "EXIF BodySerialNumber",
            "MakerNote SerialNumber",
            "MakerNote InternalSerialNumber",
            "Image CameraSerialNumber",
            "Image Tag 0xC62F",
        ),
        "lens": exif.text("EXIF LensModel", "MakerNote LensModel", "MakerNote LensType"),
        "lens_serial": exif.text("EXIF LensSerialNumber"),
        "software": exif.text("Image Software"),
        "owner": exif.text("EXIF CameraOwnerName", "MakerNote OwnerName"),
        "artist": exif.text("Image Artist"),
        "unique_id": exif.text("EXIF ImageUniqueID"),
    }
    return {name: text for name, text in stated.items() if text}


def content_identifier(exif: Exif) -> str:
    """What Apple's maker note shares with the film of a Live Photo (tag 0x0011); else empty."""
    return exif.text("MakerNote Tag 0x0011") if exif.text("Image Make") == "Apple" else ""


def times(exif: Exif) -> dict[str, str]:
    """When it was taken, digitised and modified, in ISO 8601; with an offset only where one is stated."""
    places = {
        "original": ("EXIF DateTimeOriginal", "EXIF SubSecTimeOriginal", "EXIF OffsetTimeOriginal"),
        "digitised": ("EXIF DateTimeDigitized", "EXIF SubSecTimeDigitized", "EXIF OffsetTimeDigitized"),
        "modified": ("Image DateTime", "EXIF SubSecTime", "EXIF OffsetTime"),
    }
    found = {name: _iso(*(exif.text(place) for place in of)) for name, of in places.items()}
    return {name: text for name, text in found.items() if text}


def _iso(time: str, fraction: str, offset: str) -> str:
    stated = _TIME.match(time)
    if stated is None or stated[1] == "0000":
        return ""
    text = "{}-{}-{}T{}:{}:{}".format(*stated.groups())
    if fraction.isascii() and fraction.isdigit():
        text += f".{fraction[:9]}"
    return text + (offset if _OFFSET.fullmatch(offset) else "")


def position(exif: Exif) -> dict[str, str]:
    """Where it says that it was taken: decimal degrees (WGS 84 unless `datum` says else), altitude, bearing, time."""
    latitude = _degrees(exif, "GPS GPSLatitude", "S", 90)
    longitude = _degrees(exif, "GPS GPSLongitude", "W", 180)
    found = {"latitude": latitude, "longitude": longitude} if latitude and longitude else {}
    altitude = exif.number("GPS GPSAltitude")
    if altitude is not None:
        below_sea = exif.number("GPS GPSAltitudeRef") == 1
        found["altitude_m"] = _decimal(-altitude if below_sea else altitude, "0.1")
    bearing = exif.number("GPS GPSImgDirection")
    if bearing is not None:
        found["bearing_degrees"] = _decimal(bearing, "0.1")
        found["bearing_from"] = {"M": "magnetic north"}.get(exif.text("GPS GPSImgDirectionRef"), "true north")
    if datum := exif.text("GPS GPSMapDatum"):
        found["datum"] = datum
    if time := _satellite_time(exif):
        found["time"] = time
    return found


def _degrees(exif: Exif, name: str, negative: str, most: int) -> str:
    parts = [exif.number(name, place) for place in range(3)]
    degrees, minutes, seconds = (part or Fraction(0) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if parts[0] is None or not 0 <= value <= most:
        return ""
    return _decimal(-value if exif.text(f"{name}Ref").upper().startswith(negative) else value, "0.0000001")


def _satellite_time(exif: Exif) -> str:
    hour, minute, second = (exif.number("GPS GPSTimeStamp", place) for place in range(3))
    date = re.match(r"(\d{4})[:-](\d\d)[:-](\d\d)", exif.text("GPS GPSDate", "GPS GPSDateStamp"))
    if hour is None or minute is None or second is None or date is None:
        return ""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 61):
        return ""
    return f"{date[1]}-{date[2]}-{date[3]}T{int(hour):02}:{int(minute):02}:{int(second):02}Z"


def _decimal(value: Fraction, step: str) -> str:
    """`value` rounded to `step`, without exponent or trailing zeros."""
    exact = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(step), ROUND_HALF_EVEN)
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
