"""vPDQ: the PDQ hashes of a film's frames (Meta, facebook/ThreatExchange `vpdq`)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from amparo.analysis import film as films
from amparo.analysis.film import Film
from amparo.analysis.pdq import pdq
from amparo.domain.errors import AmparoError, LimitReached, Unreadable
from amparo.domain.finding import Content, Fact, Finding, NotExamined, PerceptualHash
from amparo.domain.limits import Limits

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

_FULL_DECODE_PIXELS = 6_000_000_000
"""Pixels of a film up to which every frame is decoded: about 20 s of H.264 on one core. A bound on work and not on
time, so that the same bytes give the same finding on every machine."""
_TIME_SHARE = 0.9
"""Share of `limits.analysis_s` after which what was hashed so far is the finding."""
_HIGHEST_RATE = 120
"""A stated frame rate above this is not believed when frames are counted off."""


def video_hashes(file: BinaryIO, *, limits: Limits, every_s: float = 0) -> Iterator[PerceptualHash]:
    """The hash of each frame of the film in `file`, or of one frame for each `every_s` seconds, in order.

    As the reference counts them: every n-th frame, n being `every_s` times the frame rate, rounded down, at least 1.
    Frame numbers are those in the order of showing; times are from the first frame on.

    Raise `Unreadable` where the film cannot be opened; and after the frames that could be had, where it is damaged
    or cut short, and `LimitReached` where it has more than `limits.video_frames` frames.
    """
    with films.opened(file, limits=limits) as film:
        if film.picture is None:
            raise Unreadable("The film has no stream of pictures that can be decoded.")
        frames = film.frames()
        yield from _hashed(film, _counted_off(film, frames, every_s, limits.video_frames))
        if next(frames, None) is not None:
            raise LimitReached(f"The film has more than {limits.video_frames} frames; no more are decoded.")
        if film.obstacle or film.damaged:
            raise Unreadable(film.obstacle or _damage(film))


def _damage(film: Film) -> str:
    return f"{film.damaged} packets or frames of the film are damaged."


_Shown = tuple[int, "int | None", "VideoFrame"]
"""A frame with its number and its time in milliseconds."""


def _counted_off(film: Film, frames: "Iterator[VideoFrame]", every_s: float, most: int) -> Iterator[_Shown]:
    """Every n-th of the first `most` frames."""
    step = max(1, int(every_s * min(film.rate or 25, _HIGHEST_RATE)))
    for number in range(most):
        frame = next(frames, None)
        if frame is None:
            return
        if number % step == 0:
            yield number, film.time_ms(frame), frame


def _spaced(film: Film, frames: "Iterator[VideoFrame]", every_s: float, most: int) -> Iterator[_Shown]:
    """Those of the first `most` key frames that lie `every_s` apart; their numbers follow from their times."""
    next_ms = 0
    for _ in range(most):
        frame = next(frames, None)
        if frame is None:
            return
        time_ms = film.time_ms(frame) or 0
        if time_ms >= next_ms:
            next_ms = time_ms + int(every_s * 1000)
            yield round(time_ms * (film.rate or 25) / 1000), time_ms, frame


def _hashed(film: Film, shown: Iterator[_Shown]) -> Iterator[PerceptualHash]:
    from av.video.reformatter import VideoReformatter

    reformatter = VideoReformatter()
    origin_ms = None
    for number, time_ms, frame in shown:
        if time_ms is None:
            time_ms = int(number * 1000 / (film.rate or 25))
        origin_ms = time_ms if origin_ms is None else origin_ms
        found = pdq(_rgb(frame, reformatter), frame.width, frame.height)
        yield PerceptualHash(found.value, found.quality, number, max(0, time_ms - origin_ms))


def _rgb(frame: "VideoFrame", reformatter: "VideoReformatter") -> NDArray[np.uint8]:
    """The colours of a frame as the reference converts them: shape (h, w, 3).

    It lets libswscale convert by its default matrix (BT.601), whatever the film states. Nearly featureless frames
    depend on how that is rounded: with accurate rounding and each chroma value repeated, the hashes are within 4 bits
    of the reference's samples, otherwise up to 76 bits off.
    """
    from av.video.reformatter import Colorspace, Interpolation

    try:
        coloured = reformatter.reformat(
            frame,
            format="rgb24",
            src_colorspace=int(Colorspace.ITU601),
            dst_colorspace=int(Colorspace.ITU601),
            interpolation=int(Interpolation.POINT | Interpolation.ACCURATE_RND),
            threads=1,
        )
        return np.asarray(coloured.to_ndarray(), dtype=np.uint8)
    except (films.pyav().FFmpegError, ValueError) as error:
        raise Unreadable(f"A frame of the film cannot be converted: {error}") from error


@dataclass(frozen=True, slots=True)
class Vpdq:
    """Gives a film's vPDQ hashes, by which the same scenes are found again in other films and in pictures.

    One frame a second is hashed (PDQ, 256 bits, with its quality), as the reference does by default. Frames within a
    distance of 2 of the one kept last are left out, as its documentation proposes: a standing picture gives one hash.
    Two hashes at a distance of 31 or less count as similar where both have a quality of 50 or more.

    Films of more than six thousand million pixels in all (100 seconds of full HD at 30 frames a second) are hashed by
    their key frames only, at most one a second. `sampling` in the facts says which, `complete` whether all of it was
    read, and `obstacle` why not. Films are decoded by PyAV, which the extra `amparo[video]` installs.
    """

    name: ClassVar[str] = "vpdq"
    version: ClassVar[str] = "1"

    every_s: float = 1.0
    """Seconds from one hashed frame to the next: 1 is the reference's default, 0 hashes every frame of any film."""
    prune_distance: int = 2
    """Frames as near as this to the last one kept are left out; -1 keeps all."""

    def wants(self, content: Content) -> bool:
        """Films only; an animated picture is a picture."""
        return content.media_type in films.DEMUXERS

    def examine(self, content: Content) -> Finding | NotExamined:
        """As `Analyzer.examine`."""
        try:
            with films.opened(content.file(), limits=content.limits) as film:
                return self._examine(film, content.limits)
        except AmparoError as error:
            return NotExamined(self.name, self.version, str(error))

    def _examine(self, film: Film, limits: Limits) -> Finding | NotExamined:
        if film.picture is None:
            return NotExamined(self.name, self.version, "The film has no stream of pictures that can be decoded.")
        context = film.picture.codec_context
        size_px = max(1, context.width * context.height)
        most = min(limits.video_frames, max(1, _FULL_DECODE_PIXELS // size_px))
        by_key_frames = self.every_s > 0 and film.stated_frames > most
        if by_key_frames or self.every_s == 0:
            most = limits.video_frames
        frames = film.frames(key_frames_only=by_key_frames, seconds=limits.analysis_s * _TIME_SHARE)
        chosen = (_spaced if by_key_frames else _counted_off)(film, frames, self.every_s, most)
        hashed, kept = 0, list[PerceptualHash]()
        for found in _hashed(film, chosen):
            hashed += 1
            if not kept or kept[-1].distance(found) > self.prune_distance:
                kept.append(found)
        if not film.obstacle and next(frames, None) is not None:
            film.obstacle = f"The film goes on after the {most} frames to which decoding is bound."
        if not kept:
            reason = film.obstacle or (_damage(film) if film.damaged else "The film has no frame.")
            return NotExamined(self.name, self.version, f"No frame was hashed. {reason}")
        sampling = "key frames" if by_key_frames else "counted frames"
        facts: dict[str, Fact] = {
            "sampling": sampling,
            "every_ms": round(self.every_s * 1000),
            "prune_distance": self.prune_distance,
            "frames_hashed": hashed,
            "frames_kept": len(kept),
            "frame_rate": str(film.rate) if film.rate else None,
            "width_px": context.width,
            "height_px": context.height,
            "damaged": film.damaged,
            "complete": not film.obstacle and not film.damaged,
        }
        if film.obstacle:
            facts["obstacle"] = film.obstacle
        sentence = f"{hashed} {sampling} of the film were hashed; {len(kept)} hashes are kept."
        if len(kept) < hashed:
            sentence += f" The others differ from the one kept before by no more than {self.prune_distance} bits."
        return Finding(self.name, self.version, sentence, facts, tuple(kept))
