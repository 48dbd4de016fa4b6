"""Pictures that hold several pictures: frames of animations, and pages. Decoded one after the other, never two at once.

Work is bounded by pixels and not by time alone, so that the same bytes give the same frames on every machine.
"""

import io
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from amparo.analysis.colour import rgb
from amparo.analysis.decoding import check_size, header, load, unreadable_where_decoding_fails
from amparo.domain.errors import Unreadable
from amparo.domain.limits import Limits

ANIMATIONS = frozenset({"image/gif", "image/webp", "image/apng", "image/avif", "image/x-flic"})
"""Media types whose frames build on one another, and are shown in time."""
PAGES = frozenset({"image/tiff", "image/heic", "image/heif", "image/x-dcx"})
"""Media types whose pictures stand each for itself."""

_PIXELS = 1_000_000_000
"""Pixels of all frames together that are decoded: some 20 s on one core."""
_TIFF_PIXELS = 3_000_000_000
"""The same of a TIFF, which takes less time: 340 pages of A4 at 300 dots an inch."""
_LEAST_PIXELS = 65_536
"""A smaller frame counts as this many: opening and hashing it takes as long."""
_LARGEST_TIME_MS = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame or page."""

    number: int
    """From 0, in the order of the file."""
    time_ms: int
    """When it is shown, from the start; 0 of a page."""
    rgb: NDArray[np.uint8]
    """Shape (h, w, 3), as of `Picture.rgb`."""


@dataclass(slots=True)
class Sequence:
    """The pictures in a file of several, and what came of reading them."""

    file: BinaryIO
    media_type: str
    limits: Limits
    damaged: int = 0
    """Frames that could not be decoded, or only in part."""
    obstacle: str = ""
    """A sentence: why reading stopped before the end, or what is wrong with the first damaged page; else empty."""
    _time_ms: int = field(default=0, init=False)

    def frames(self, *, seconds: float = float("inf")) -> Iterator[Frame]:
        """The frames or pages in order, as they come. Raise `Unreadable` where the file cannot be opened at all.

        What is damaged is counted. Of animations, reading stops where a frame cannot be had, because the next ones
        build on it; pages after a damaged one are read.
        """
        until = time.monotonic() + seconds
        image = header(self.file, media_type=self.media_type)
        left = _TIFF_PIXELS if self.media_type == "image/tiff" else _PIXELS
        for number in itertools.count():
            try:
                if not _sought(image, number):
                    if _without_end(image):
                        self._stop("It is cut short: it has no end mark.")
                    return
            except Unreadable as error:
                self._stop(f"{self._named(number)} cannot be found: {error}")
                return
            left -= max(image.width * image.height, _LEAST_PIXELS)
            if number == self.limits.video_frames or (left < 0 and number):
                self._stop(f"It goes on after the {number} frames or pages to which decoding is bound.")
                return
            if time.monotonic() >= until:
                self._stop(f"Decoding was stopped after {seconds:.0f} seconds.")
                return
            frame = self._decoded(image, number)
            if frame is not None:
                yield frame
            elif self.media_type in ANIMATIONS:
                return

    def _decoded(self, image: Image.Image, number: int) -> Frame | None:
        """The frame that was sought; `None` where there is nothing of it."""
        try:
            with unreadable_where_decoding_fails():
                check_size(image.width, image.height, self.limits)
                if self.media_type in PAGES and number:
                    image._im = None  # or else a damaged page would show parts of the one before
                self.damaged += load(image)
                shown_ms = int(image.info.get("timestamp", self._time_ms))
                self._time_ms = shown_ms + int(image.info.get("duration", 0))
                return Frame(number, max(0, min(shown_ms, _LARGEST_TIME_MS)), rgb(image))
        except Unreadable as error:
            image._im = None
            self.damaged += 1
            self._stop(f"{self._named(number)} cannot be decoded: {error}")
            return None

    def _named(self, number: int) -> str:
        return f"{'Page' if self.media_type in PAGES else 'Frame'} {number}"

    def _stop(self, reason: str) -> None:
        self.obstacle = self.obstacle or reason


def _without_end(image: Image.Image) -> bool:
    """Whether a GIF is cut short between two frames, which Pillow takes for its end; of the others it says so."""
    if not isinstance(image, GifImagePlugin.GifImageFile) or image.fp is None:
        return False
    with unreadable_where_decoding_fails():
        image.fp.seek(-1, io.SEEK_CUR)
        return image.fp.read(1) != b";"


def _sought(image: Image.Image, number: int) -> bool:
    """Go to a frame; whether there is one."""
    with unreadable_where_decoding_fails():
        try:
            image.seek(number)
        except EOFError:
            return False
    return True
