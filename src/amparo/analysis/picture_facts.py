"""Analyzer: what kind of picture it is."""

import contextlib
import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import ExifTags, Image, ImageCms

from amparo.analysis.blocks import Embedded
from amparo.analysis.decoding import decode, header, is_picture, unreadable_where_decoding_fails
from amparo.analysis.embedded import embedded
from amparo.analysis.pdq import pdq
from amparo.analysis.readable import readable
from amparo.domain.errors import Unreadable
from amparo.domain.finding import Content, Fact, Finding
from amparo.domain.limits import Limits
from amparo.domain.picture import Picture

AGREEING_BITS = 60
"""A thumbnail is some 160 pixels wide, sharpened and coded anew, so its hash may be off by more than a copy's."""
_LEAST_QUALITY = 30
_ORIENTATION = 0x0112
_THUMBNAIL_OFFSET, _THUMBNAIL_LENGTH = 0x0201, 0x0202


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """Format, size, colours, frames, orientation, colour profile, resolution, thumbnail, and what follows its end.

    The embedded thumbnail is compared with the picture by PDQ: where it differs, the picture was changed after the
    camera or program made the thumbnail, or the thumbnail belongs to another picture. Black bars around it are cut
    off first. Bytes after the end of the picture are nothing unusual for phones (a film, a depth map), but also
    where other files are hidden.
    """

    name: ClassVar[str] = "picture"
    version: ClassVar[str] = "2"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """What kind of picture it is. Raise `Unreadable` where it cannot be decoded."""
        picture = content.picture()
        with content.file() as file:
            found = embedded(file, media_type=content.media_type, to_the_end=True)
            exif = _exif_of(found, content.media_type, content)
        facts: dict[str, Fact] = {
            "format": picture.format,
            "width_px": picture.width_px,
            "height_px": picture.height_px,
            "colour_model": picture.colour_model,
            "frames": picture.frames,
            "incomplete": picture.incomplete,
        }
        parts = [
            f"{picture.format}, {picture.width_px} × {picture.height_px} pixels, {picture.colour_model}",
            "incomplete" if picture.incomplete else "",
            _frames(picture),
        ]
        if picture.more_frames:
            facts["more_frames"] = True
        if (turn := _orientation(exif)) is not None:
            facts["exif_orientation"] = turn
            parts.append(f"EXIF orientation {turn}")
        if found.icc:
            facts["colour_profile"] = _profile_name(found.icc)
            parts.append(f"colour profile {facts['colour_profile']}")
        if found.density:
            facts["density"] = {"across": found.density[0], "down": found.density[1], "per": found.density[2]}
        thumbnail = _thumbnail(found.exif, exif, picture, content.limits)
        if thumbnail:
            facts["thumbnail"] = thumbnail
            parts.append(f"thumbnail {thumbnail['agreement']}")
        if found.trailing_bytes is not None:
            facts["trailing_bytes"] = found.trailing_bytes
        if found.trailing_bytes:
            parts.append(f"{found.trailing_bytes} bytes after its end")
        return Finding(self.name, self.version, ", ".join(part for part in parts if part) + ".", facts)


def _frames(picture: Picture) -> str:
    if picture.more_frames:
        return f"{picture.frames} or more frames, not all of them counted"
    return f"{picture.frames} frames" if picture.frames > 1 else ""


def _exif_of(found: Embedded, media_type: str, content: Content) -> Image.Exif:
    """The EXIF directories, as Pillow reads them where they are asked for."""
    exif = Image.Exif()
    # Where directories are broken, there is nothing that they state.
    with contextlib.suppress(Unreadable), unreadable_where_decoding_fails():
        if found.exif:
            exif.load(b"Exif\0\0" + found.exif)
        elif found.exif_is_the_file:
            with content.file() as file:
                opened = header(file, media_type="image/tiff")
                exif[_ORIENTATION] = getattr(opened, "tag_v2", {}).get(_ORIENTATION)
    return exif


def _orientation(exif: Image.Exif) -> int | None:
    with contextlib.suppress(Unreadable), unreadable_where_decoding_fails():
        stated = exif.get(_ORIENTATION)
        if isinstance(stated, int) and 1 <= stated <= 8:
            return stated
    return None


def _profile_name(profile: bytes) -> str:
    try:
        return readable(ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))) or "unnamed"
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return "damaged"


# Thumbnail


def _thumbnail(structure: bytes, exif: Image.Exif, picture: Picture, limits: Limits) -> dict[str, Fact]:
    """Size of the thumbnail in the EXIF `structure` and how it agrees with the picture; empty if there is none."""
    try:
        with unreadable_where_decoding_fails():
            directory = exif.get_ifd(ExifTags.IFD.IFD1)
            offset, length = int(directory[_THUMBNAIL_OFFSET]), int(directory[_THUMBNAIL_LENGTH])
    except Unreadable:
        return {}  # no such directory, or a broken one
    if offset < 0 or length < 4 or offset >= len(structure):
        return {}
    try:
        small = decode(structure[offset : offset + length], media_type="image/jpeg", limits=limits)
    except Unreadable:
        return {"agreement": "not comparable", "bytes": length}
    facts: dict[str, Fact] = {"width_px": small.width_px, "height_px": small.height_px, "bytes": length}
    distance = _distance(small, picture)
    if distance is None:
        return facts | {"agreement": "not comparable"}
    return facts | {"agreement": "agrees" if distance <= AGREEING_BITS else "differs", "distance_bits": distance}


def _distance(small: Picture, picture: Picture) -> int | None:
    """Bits between the hashes of thumbnail and picture; `None` where either is too plain or the shapes differ."""
    whole = pdq(picture.luma, picture.width_px, picture.height_px, picture.scale)
    luma = np.ascontiguousarray(_without_bars(small, picture))
    height, width = luma.shape
    reduced = pdq(luma, width, height)
    if min(whole.quality, reduced.quality) < _LEAST_QUALITY:
        return None
    shapes = abs(width * picture.height_px - height * picture.width_px)
    if shapes > 3 * max(picture.width_px, picture.height_px):
        return None
    return whole.distance(reduced)


def _without_bars(small: Picture, picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The thumbnail's luma without the bars that make it 4 : 3, as most are whatever the picture's shape."""
    width, height = small.width_px // small.scale, small.height_px // small.scale
    inner_height = min(height, round(width * picture.height_px / picture.width_px))
    inner_width = min(width, round(height * picture.width_px / picture.height_px))
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    bars = np.concatenate(
        [
            small.luma[:top].ravel(),
            small.luma[top + inner_height :].ravel(),
            small.luma[:, :left].ravel(),
            small.luma[:, left + inner_width :].ravel(),
        ]
    )
    # Bars are black, with some noise of coding at their inner edge; anything else belongs to the picture.
    if bars.size and np.median(bars) > 16:
        return small.luma
    return small.luma[top : top + inner_height, left : left + inner_width]
