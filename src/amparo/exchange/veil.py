"""Previews that show that there is a picture, and not what it shows."""

import io

from PIL import Image, ImageFilter

GRAIN_PX = 16
"""Longer side to which a picture is reduced: what remains of it."""
SHOWN_PX = 128
_LARGEST_PREVIEW_PX = 4_096


def veiled(jpeg: bytes) -> bytes | None:
    """A grey, blurred JPEG that holds no more than `GRAIN_PX` of detail; `None` where `jpeg` cannot be read.

    The detail is taken away here and not when the report is shown, because a filter of the reader's program can be
    switched off: whoever gets the report gets nothing to recognise.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as preview:
            if max(preview.size) > _LARGEST_PREVIEW_PX:
                return None
            size = preview.size
            preview.draft("L", (GRAIN_PX, GRAIN_PX))
            grey = preview.convert("L")
    except (OSError, ValueError, SyntaxError):
        return None
    reduced = grey.resize(_fitted(size, GRAIN_PX), Image.Resampling.BOX)
    shown = reduced.resize(_fitted(size, SHOWN_PX), Image.Resampling.BICUBIC)
    blurred = shown.filter(ImageFilter.GaussianBlur(SHOWN_PX // GRAIN_PX))
    written = io.BytesIO()
    blurred.save(written, "JPEG", quality=40)
    return written.getvalue()


def _fitted(size: tuple[int, int], longer_px: int) -> tuple[int, int]:
    width_px, height_px = (max(1, side * longer_px // max(size)) for side in size)
    return width_px, height_px
