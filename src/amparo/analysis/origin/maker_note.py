"""Whose maker's note an EXIF structure holds: makers begin theirs in ways of their own, which software does not make.

The beginnings are public knowledge of those who read such notes (ExifTool, Exiv2 and exifread document them). Makers
who build each other's cameras share them.
"""

import re
from collections.abc import Iterator

from amparo.analysis.exif import Exif
from amparo.analysis.origin.trace import COPIED, WHY, Says, Trace

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
_CANON_BEGINS = re.compile(rb"[^\x00]\x00\x01\x00\x03\x00|\x00[^\x00]\x00\x01\x00\x03", re.DOTALL)
"""A directory without any beginning of its own: few entries, the first of which is tag 1, of 16-bit numbers."""


def maker_note_traces(exif: Exif) -> Iterator[Trace]:
    """Whether the maker's note is that of the maker whom the file names; nothing where there is none."""
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
