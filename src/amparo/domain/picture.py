"""A picture in memory, decoded once at the smallest scale that serves every analyzer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing NumPy takes longer than all the rest that lists a container
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Picture:
    """The decoded pixels of a picture, unrotated (EXIF orientation is recorded elsewhere, not applied).

    The full picture is `width_px` x `height_px`. The arrays hold it reduced by the whole number `scale` in both
    directions, edge blocks included: `ceil(height_px / scale)` x `ceil(width_px / scale)`. `scale` is 1 unless
    the format can be decoded reduced (JPEG's DCT scaling: 2, 4, 8).
    """

    format: str
    """As the decoder names it: JPEG, PNG, WEBP, HEIF …"""
    colour_model: str
    """Channels and depth as stored: `YCbCr 8`, `CMYK 8`, `palette 8`, `grey+alpha 8`, `RGB 16`, `LAB 8` …"""
    width_px: int
    height_px: int
    frames: int
    """Of an animation, or pages: how many there are. Of what is not counted to its end, how many were counted."""
    scale: int
    luma: NDArray[np.uint8]
    """Shape (h, w): ITU-R BT.601 luma, rounded. Transparency is dropped, as by `pdqhash`'s users."""
    rgb: NDArray[np.uint8]
    """Shape (h, w, 3): sRGB-coded colours for people to look at."""
    incomplete: bool = False
    """Whether the file is cut short or damaged, so that a part of the pixels is blank."""
    more_frames: bool = False
    """Whether there may be more frames or pages than were counted."""
