"""Whose maker's note an EXIF structure holds: makers begin theirs in ways of their own, which software does not make.

The beginnings are public knowledge of those who read such notes (ExifTool, Exiv2 and exifread document them). Makers
who build each other's cameras share them.
"""

import re
from collections.abc import Iterator

from amparo.analysis.exif import Exif
from amparo.analysis.origin.trace import COPIED, ORDINARY, WHY, Says, Trace
from amparo.domain.picture import Picture

_BEGINNINGS: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"AOC\0", ("pentax", "asahi", "ricoh", "samsung")),
    (b"Apple iOS\0", ("apple",)),
    (b"DCI\0", ("casio",)),
    (b"EPSON\0", ("epson",)),
    (b"FOVEON\0", ("sigma",)),
    (b"FUJIFILM", ("fuji", "leica", "minolta", "sharp")),
    (b"HDRP", ("google",)),
    (b"HUAWEI", ("huawei", "honor")),
    (b"JVC ", ("jvc", "victor")),
    (b"KDK", ("kodak",)),
    (b"KYOCERA", ("kyocera", "contax")),
    (b"LEICA", ("leica", "panasonic")),
    (b"MOT\0", ("motorola",)),
    (b"Nikon\0", ("nikon",)),
    (b"OLYMP\0", ("olympus",)),
    (b"OLYMPUS\0", ("olympus", "om digital")),
    (b"OM SYSTEM", ("om digital", "olympus")),
    (b"PENTAX \0", ("pentax", "ricoh")),
    (b"Panasonic\0", ("panasonic", "leica")),
    (b"QVC\0", ("casio",)),
    (b"RECONYX", ("reconyx",)),
    (b"RICOH\0", ("ricoh", "pentax")),
    (b"Ricoh", ("ricoh",)),
    (b"SANYO\0", ("sanyo",)),
    (b"SIGMA\0", ("sigma",)),
    (b"SONY ", ("sony", "hasselblad")),
    (b"STMN", ("samsung",)),
    (b"VHAB ", ("hasselblad", "sony")),
)
_SENSOR_BYTES = 34
"""How long Canon's description of its sensor is, which it states first."""
_CANON_BEGINS = re.compile(rb"[^\x00]\x00\x01\x00\x03\x00|\x00[^\x00]\x00\x01\x00\x03", re.DOTALL)
"""A directory without any beginning of its own: few entries, the first of which is tag 1, of 16-bit numbers."""


def maker_note_traces(exif: Exif, picture: Picture | None) -> Iterator[Trace]:
    """Whether the maker's note is that of the maker whom the file names; nothing where there is none.

    `picture` is `None` where what is decoded is not what the camera developed.
    """
    note = exif.tags.get("EXIF MakerNote")
    make = exif.text("Image Make")
    if note is None or not make:
        return
    values = note.values
    start = bytes(value for value in values[:16] if isinstance(value, int) and 0 <= value < 256)
    owners = next((owners for beginning, owners in _BEGINNINGS if start.startswith(beginning)), ())
    claimed = make.lower()
    if any(owner in claimed for owner in owners):
        yield Trace("maker_note", Says.AGREES, f"The maker's note is one of {make}, whom the file names.", COPIED)
    elif owners:
        yield Trace(
            "maker_note",
            Says.DIFFERS,
            f"The file names {make} as the maker, and its maker's note is one of {owners[0].title()}.",
            WHY,
        )
    elif "canon" in claimed and _CANON_BEGINS.match(start):
        yield Trace("maker_note", Says.AGREES, f"The maker's note is laid out as those of {make} are.", COPIED)
        yield from _canon_model(exif)
        yield from _canon_sensor(exif, picture)
    else:
        yield Trace(
            "maker_note",
            Says.STATES,
            f"There is a maker's note whose beginning is not one of the {len(_BEGINNINGS)} that are known.",
            "Anything: many cameras write notes that nobody has described.",
        )


def _canon_model(exif: Exif) -> Iterator[Trace]:
    """Canon's note says the model once more, in another form."""
    stated = re.fullmatch(r"IMG:(.+) JPEG", exif.text("MakerNote ImageType"))
    model = exif.text("Image Model").removeprefix("Canon ")
    if stated and model and stated[1] == model:
        yield Trace("maker_note_model", Says.AGREES, f"The maker's note names the model {model}, too.", COPIED)


def _canon_sensor(exif: Exif, picture: Picture | None) -> Iterator[Trace]:
    """Canon's note says which part of its sensor a picture shows (tag 0x00E0): sizes in pixels, and four borders."""
    note = exif.tags.get("MakerNote Tag 0x00E0")
    values = [value for value in (note.values if note is not None else [])[:9] if isinstance(value, int)]
    if picture is None or len(values) < 9 or values[0] != _SENSOR_BYTES:
        return
    whole, (left, top, right, bottom) = values[1:3], values[5:9]
    shown = sorted((right - left + 1, bottom - top + 1))
    if shown[0] < 1 or right >= whole[0] or bottom >= whole[1]:
        return
    stated = f"{right - left + 1} × {bottom - top + 1} pixels of its sensor"
    size = sorted((picture.width_px, picture.height_px))
    if size == shown:
        shows = f"The maker's note says that the picture shows {stated}, and it has that size."
        yield Trace("sensor", Says.AGREES, shows, COPIED)
    elif size[0] > shown[0] or size[1] > shown[1]:
        shows = f"The maker's note says that the picture shows {stated}, and it is larger: software enlarged it."
        yield Trace("sensor", Says.CHANGED, shows, ORDINARY)
    else:
        shows = f"The maker's note says that the picture shows {stated}, and it is smaller."
        yield Trace("sensor", Says.STATES, shows, "What reduced it: cameras offer smaller sizes, and so does software.")
