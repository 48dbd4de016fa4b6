"""Previews that show that there is a picture, and not what it shows; and, level by level, more of it."""

import io

from PIL import Image, ImageFilter

from amparo.domain.exposure import Level

GRAIN_PX = 16
"""Longer side to which a picture is reduced: what remains of it."""
SHOWN_PX = 128
SMALL_PX = 192
"""Longer side of a picture that is sharp and small."""
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


def unveiled(jpeg: bytes, level: Level) -> bytes | None:
    """The JPEG as far as `level` unveils it; `None` where `jpeg` cannot be read, or the level is no preview's.

    What a level does not show is not in the bytes: no colour in a grey one, no detail in a small one.
    """
    if level is Level.VEILED:
        return veiled(jpeg)
    if level is Level.LARGE:
        return jpeg
    if level is Level.ORIGINAL:
        return None
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as preview:
            if max(preview.size) > _LARGEST_PREVIEW_PX:
                return None
            shown = preview.convert("L" if level is Level.GREY else "RGB")
    except (OSError, ValueError, SyntaxError):
        return None
    if max(shown.size) > SMALL_PX:
        shown = shown.resize(_fitted(shown.size, SMALL_PX), Image.Resampling.BICUBIC)
    written = io.BytesIO()
    shown.save(written, "JPEG", quality=80)
    return written.getvalue()


def _fitted(size: tuple[int, int], longer_px: int) -> tuple[int, int]:
    width_px, height_px = (max(1, side * longer_px // max(size)) for side in size)
    return width_px, height_px
