"""Analyzer: a small picture for people to look at."""

import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amparo.analysis.decoding import is_picture
from amparo.domain.finding import Content, Finding, Preview

LONGEST_SIDE_PX = 512
_JPEG_QUALITY = 80


def preview_of(rgb: NDArray[np.uint8]) -> Preview:
    """A JPEG of at most 512 pixels on its longest side, without metadata, of pixels of shape (h, w, 3)."""
    height, width = rgb.shape[:2]
    image = Image.fromarray(np.ascontiguousarray(rgb))
    longest = max(width, height)
    if longest > LONGEST_SIDE_PX:
        smaller = (
            max(1, round(width * LONGEST_SIDE_PX / longest)),
            max(1, round(height * LONGEST_SIDE_PX / longest)),
        )
        image = image.resize(smaller, Image.Resampling.BILINEAR, reducing_gap=1.5)
    coded = io.BytesIO()
    image.save(coded, "JPEG", quality=_JPEG_QUALITY)
    return Preview(coded.getvalue(), *image.size)


@dataclass(frozen=True, slots=True)
class PicturePreview:
    """A JPEG of at most 512 pixels on its longest side, made of the decoded picture, for reviewers to look at.

    It is turned no other way than the pixels are stored, holds no metadata, and is kept encrypted. It is no evidence:
    colours of CMYK and of wide-gamut pictures are approximate, and fine detail is gone.
    """

    name: ClassVar[str] = "preview"
    version: ClassVar[str] = "1"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """The preview. Raise `Unreadable` where the picture cannot be decoded."""
        picture = content.picture()
        preview = preview_of(picture.rgb)
        return Finding(
            self.name,
            self.version,
            f"Preview of {preview.width_px} × {preview.height_px} pixels"
            f" of a picture of {picture.width_px} × {picture.height_px}.",
            preview=preview,
        )
