"""Whether what an EXIF structure states agrees with itself and with the picture."""

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from amparo.analysis.exif import Exif, times
from amparo.analysis.origin.trace import COPIED, ORDINARY, WHY, Says, Trace
from amparo.domain.picture import Picture

_EDITORS = re.compile(
    r"photoshop|lightroom|gimp|picasa|snapseed|paint|irfanview|acd ?systems|acdsee|affinity|pixelmator|darktable"
    r"|rawtherapee|capture one|dxo|luminar|corel|photoscape|xnview|imagemagick|graphicsmagick|quicktime|canva|picsart"
    r"|facetune|meitu|vsco|polarr|instagram|nikon transfer|viewnx|capture nx|olympus (?:master|camedia)|camedia master"
    r"|finepix viewer|photo ?desk|digital photo professional|image data converter|^google$|^windows photo|^photos \d",
    re.IGNORECASE,
)
"""Programs that write a picture anew. What is not here may be a camera's own firmware."""
_EXPOSURE_STEPS = 1.0
"""By how many stops two statements of one exposure may differ: cameras round them."""
_SHORTER, _LONGER = Fraction(9, 10), Fraction(11, 5)
_A_DAY = timedelta(days=1)
"""Clocks are set, and zones are left out: less than this is nothing."""


def exif_traces(exif: Exif, picture: Picture | None) -> Iterator[Trace]:
    """What agrees and what does not; `picture` is `None` where its size is not that of the camera's picture."""
    software = exif.text("Image Software", "Image ProcessingSoftware")
    if _EDITORS.search(software):
        yield Trace("software", Says.CHANGED, f"The file says that {software} wrote it.", ORDINARY)
    if picture is not None:
        yield from _dimensions(exif, picture)
    yield from _dates(exif)
    yield from _exposure(exif)
    yield from _lens(exif)


def _dimensions(exif: Exif, picture: Picture) -> Iterator[Trace]:
    width, height = exif.number("EXIF ExifImageWidth"), exif.number("EXIF ExifImageLength")
    if not width or not height:
        return
    stated, is_ = (int(width), int(height)), (picture.width_px, picture.height_px)
    sizes = f"it states {stated[0]} × {stated[1]} pixels, and the picture has {is_[0]} × {is_[1]}"
    # The decoders of HEIF, AVIF and JPEG XL turn the picture as the container asks.
    if stated == is_ or (picture.format != "JPEG" and stated == is_[::-1]):
        shows = f"The picture has the {is_[0]} × {is_[1]} pixels that its EXIF states."
        yield Trace("dimensions", Says.AGREES, shows, COPIED)
    elif stated == is_[::-1]:
        shows = f"Software turned the picture and left its EXIF as it was: {sizes}."
        yield Trace("dimensions", Says.CHANGED, shows, ORDINARY)
    else:
        shows = f"Software resized or cropped the picture and left its EXIF as it was: {sizes}."
        yield Trace("dimensions", Says.CHANGED, shows, ORDINARY)


def _dates(exif: Exif) -> Iterator[Trace]:
    stated = times(exif)
    original, modified = (_clock(stated.get(name, "")) for name in ("original", "modified"))
    if original is None or modified is None:
        return
    if original - modified > _A_DAY:
        shows = (
            f"It was taken on {original:%Y-%m-%d} and last modified before that, on {modified:%Y-%m-%d}, as it states."
        )
        yield Trace("dates", Says.DIFFERS, shows, WHY)
    elif original == modified:
        yield Trace("dates", Says.AGREES, "It was written in the second in which it was taken, as it states.", COPIED)


def _clock(text: str) -> datetime | None:
    """Date and time without zone; `None` where there is none or no such day."""
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 cameras' clocks have no zone
    except ValueError:
        return None


def _exposure(exif: Exif) -> Iterator[Trace]:
    """Aperture and time are stated twice, plainly and in APEX units (EXIF 3.0, annex C): by cameras, alike."""
    f_number, aperture = exif.number("EXIF FNumber"), exif.number("EXIF ApertureValue")
    seconds, shutter = exif.number("EXIF ExposureTime"), exif.number("EXIF ShutterSpeedValue")
    apart = []
    if f_number and f_number > 0 and aperture is not None:
        apart.append(abs(float(aperture) - 2 * math.log2(f_number)))
    if seconds and seconds > 0 and shutter is not None:
        apart.append(abs(float(shutter) + math.log2(seconds)))
    if not apart:
        return
    if max(apart) > _EXPOSURE_STEPS:
        shows = "Its EXIF states the exposure twice, and the two are more than a stop apart."
        yield Trace("exposure", Says.DIFFERS, shows, f"{WHY} Photoshop 7, for one, garbles both as it saves.")
    else:
        yield Trace("exposure", Says.AGREES, "Its EXIF states the exposure twice, alike.", COPIED)


def _lens(exif: Exif) -> Iterator[Trace]:
    """The focal length lies within those that the lens is stated to have; converters may double the longest."""
    shortest, longest = exif.number("EXIF LensSpecification"), exif.number("EXIF LensSpecification", 1)
    length = exif.number("EXIF FocalLength")
    if not shortest or not longest or not length or not 0 < shortest <= longest or length <= 0:
        return
    lens = f"a lens of {_short(shortest)} to {_short(longest)} mm"
    if _SHORTER * shortest <= length <= _LONGER * longest:
        yield Trace("lens", Says.AGREES, f"Its EXIF states {_short(length)} mm with {lens}.", COPIED)
    else:
        yield Trace("lens", Says.DIFFERS, f"Its EXIF states a focal length of {_short(length)} mm with {lens}.", WHY)


def _short(length: Fraction) -> str:
    return f"{float(length):.4g}"
