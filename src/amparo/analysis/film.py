"""Opens films (what the bytes of a video are to a decoder) safely, and goes on where they are damaged.

The demuxer is chosen by the content's media type, never guessed by the library: formats that name other files or
addresses to be opened (playlists, lists of parts) are not among them, and what a film might ask for beside itself is
answered with nothing.
"""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from amparo.analysis.content import HEAD_BYTES
from amparo.analysis.media_type import media_type
from amparo.domain.errors import AmparoError, LimitReached, Unreadable
from amparo.domain.limits import MIB, Limits

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream

DEMUXERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/x-m4v": "mov",
    "video/3gpp": "mov",
    "video/3gpp2": "mov",
    "video/x-matroska": "matroska",
    "video/webm": "matroska",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/x-ms-wmv": "asf",
    "video/x-ms-asf": "asf",
    "video/ogg": "ogg",
}
"""Media types that are opened, and with which demuxer of FFmpeg."""

_LARGEST_TIME_MS = 2**53 - 1


class VideoSupportMissing(AmparoError):
    """The library that decodes films is not installed."""


@dataclass(slots=True)
class Film:
    """A film that is open for reading, and what came of reading it."""

    container: "InputContainer"
    picture: "VideoStream | None"
    """The first stream of pictures, if there is one that can be decoded."""
    source: "_Source"
    damaged: int = 0
    """Packets that could not be decoded, whose frames are missing, and frames that were decoded with errors."""
    obstacle: str = ""
    """A sentence: why reading stopped before the end; empty where it came there."""
    _reformatter: "VideoReformatter | None" = None

    @property
    def duration_ms(self) -> int | None:
        """As the container states it, or as its bit rate suggests; `None` where neither is known."""
        duration = self.container.duration
        return duration // 1000 if duration is not None and 0 < duration < 2**62 else None

    @property
    def rate(self) -> Fraction | None:
        """Frames a second of the pictures: stated, on average, or else guessed; `None` where unknown."""
        stream = self.picture
        rate = (stream.average_rate or stream.guessed_rate) if stream is not None else None
        return rate if rate is not None and rate > 0 else None

    @property
    def stated_frames(self) -> int:
        """How many pictures there are: as the container states it, else by duration and rate; 0 where unknown."""
        if self.picture is not None and self.picture.frames > 0:
            return self.picture.frames
        if self.duration_ms is None or self.rate is None:
            return 0
        return round(self.duration_ms * self.rate / 1000)

    def frames(self, *, key_frames_only: bool = False, seconds: float = float("inf")) -> Iterator["VideoFrame"]:
        """The pictures from the present position on, in the order in which they are shown.

        Damage is counted, and reading goes on after it. Where reading must stop before the end, because the bytes do
        not go on or because `seconds` have passed, `obstacle` says so.
        """
        if self.picture is None:
            return
        until = time.monotonic() + seconds
        self.picture.codec_context.skip_frame = "NONKEY" if key_frames_only else "DEFAULT"
        av = pyav()
        packets = self.container.demux(self.picture)
        while True:
            if time.monotonic() >= until:
                self.obstacle = f"Decoding was stopped after {seconds:.0f} seconds."
                return
            try:
                packet = next(packets)
            except StopIteration:
                break
            except av.FFmpegError as error:
                self.obstacle = f"The film cannot be read further: {_words(error)}."
                break
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                self.damaged += 1
                continue
            for frame in decoded:
                self.damaged += frame.is_corrupt
                yield frame
        if self.source.failure is not None:
            self.obstacle = str(self.source.failure)

    def seek(self, time_ms: int) -> bool:
        """Go to the key frame before `time_ms` from the start; whether that was possible."""
        stream = self.picture
        if stream is None or not stream.time_base:
            return False
        try:
            self.container.seek(round(time_ms / 1000 / stream.time_base) + (stream.start_time or 0), stream=stream)
        except (pyav().FFmpegError, OverflowError):
            return False
        return True

    def time_ms(self, frame: "VideoFrame") -> int | None:
        """When a frame is shown, from the start of the film; `None` where the film does not say."""
        if frame.pts is None or self.picture is None:
            return None
        base = frame.time_base or self.picture.time_base or Fraction(0)
        return max(0, min(round((frame.pts - (self.picture.start_time or 0)) * base * 1000), _LARGEST_TIME_MS))

    def rgb(self, frame: "VideoFrame") -> NDArray[np.uint8]:
        """The colours of a frame as vPDQ's reference converts them: shape (h, w, 3).

        It lets libswscale convert by its default matrix (BT.601), whatever the film states. Nearly featureless frames
        depend on how that is rounded: with accurate rounding and each chroma value repeated, the hashes are within 4
        bits of the reference's samples, otherwise up to 76 bits off.
        """
        from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

        self._reformatter = self._reformatter or VideoReformatter()
        try:
            coloured = self._reformatter.reformat(
                frame,
                format="rgb24",
                src_colorspace=int(Colorspace.ITU601),
                dst_colorspace=int(Colorspace.ITU601),
                interpolation=int(Interpolation.POINT | Interpolation.ACCURATE_RND),
                threads=1,
            )
            return np.asarray(coloured.to_ndarray(), dtype=np.uint8)
        except (pyav().FFmpegError, ValueError) as error:
            raise Unreadable(f"A frame of the film cannot be converted: {error}") from error


@contextmanager
def opened(file: BinaryIO, *, limits: Limits) -> Iterator[Film]:
    """The film in `file`, which stays open afterwards.

    Raise `Unreadable` where it cannot be opened, `LimitReached` where its pictures are larger than
    `limits.picture_pixels`, and `VideoSupportMissing`.
    """
    av = pyav()
    head = file.read(HEAD_BYTES)
    kind = media_type(head, file.seek(0, io.SEEK_END))
    file.seek(0)
    if kind not in DEMUXERS:
        raise Unreadable(f"Content of type {kind} is not opened as a film.")
    elementary = kind == "video/mpeg" and head[3] == 0xB3
    source = _Source(file)
    try:
        container = av.open(
            source,
            mode="r",
            format="mpegvideo" if elementary else DEMUXERS[kind],
            metadata_errors="replace",
            io_open=lambda url, flags, options: io.BytesIO(),
        )
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise source.failure or Unreadable(f"The film cannot be opened: {_words(error)}.") from error
    with container:
        yield Film(container, _picture_stream(container, limits), source)


def _picture_stream(container: "InputContainer", limits: Limits) -> "VideoStream | None":
    for stream in container.streams.video:
        context = stream.codec_context
        if context is None or stream.disposition & pyav().stream.Disposition.attached_pic:
            continue
        if context.width * context.height > limits.picture_pixels:
            raise LimitReached(
                f"Its pictures have {context.width} x {context.height} pixels; no more than {limits.picture_pixels}"
                " are decoded."
            )
        # Workers are one to a core. A stream may grow its pictures in the middle; the decoder refuses that then. It
        # counts the blocks and edges that it adds; a mebipixel more leaves room for them.
        stream.thread_type = "NONE"
        context.thread_count = 1
        context.options = {"max_pixels": str(limits.picture_pixels + MIB)}
        return stream
    return None


def pyav() -> ModuleType:
    """The library, or `VideoSupportMissing`."""
    try:
        import av
    except ImportError as error:
        raise VideoSupportMissing("Videos need an extra: install amparo[video].") from error
    return av


def _words(error: Exception) -> str:
    """What a library says, without its numbers and names."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())[:200].rstrip(".")


class _Source:
    """A file as the library reads it. Its own errors would be lost on the way; they are kept, and the bytes end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: Unreadable | None = None

    def read(self, length: int) -> bytes:
        try:
            return self._file.read(length)
        except Unreadable as error:
            self.failure = error
            return b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
