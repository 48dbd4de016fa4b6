"""vPDQ: the PDQ hashes of a film's frames (Meta, facebook/ThreatExchange `vpdq`); and of animations and pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from amparo.analysis import film as films
from amparo.analysis.film import Film
from amparo.analysis.pdq import SMALLEST_PX, pdq
from amparo.analysis.sequence import ANIMATIONS, PAGES, Frame, Sequence
from amparo.domain.cause import Cause
from amparo.domain.errors import AmparoError, LimitReached, Unreadable
from amparo.domain.finding import Content, Fact, Finding, NotExamined, PerceptualHash
from amparo.domain.limits import Limits

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

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
        yield from _hashed(_shown(film, _counted_off(film, frames, every_s, limits.video_frames)))
        if next(frames, None) is not None:
            raise LimitReached(f"The film has more than {limits.video_frames} frames; no more are decoded.")
        if film.obstacle or film.damaged:
            raise Unreadable(film.obstacle or _damage(film))


def _damage(film: Film) -> str:
    return f"{film.damaged} packets or frames of the film are damaged."


_Chosen = tuple[int, "int | None", "VideoFrame"]
"""A frame of a film with its number and its time in milliseconds."""


def _counted_off(film: Film, frames: "Iterator[VideoFrame]", every_s: float, most: int) -> Iterator[_Chosen]:
    """Every n-th of the first `most` frames."""
    step = max(1, int(every_s * min(film.rate or 25, _HIGHEST_RATE)))
    for number in range(most):
        frame = next(frames, None)
        if frame is None:
            return
        if number % step == 0:
            yield number, film.time_ms(frame), frame


def _spaced(film: Film, frames: "Iterator[VideoFrame]", every_s: float, most: int) -> Iterator[_Chosen]:
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


def _shown(film: Film, chosen: Iterator[_Chosen]) -> Iterator[Frame]:
    """The frames of a film in colours, timed from the first one on."""
    origin_ms = None
    for number, time_ms, frame in chosen:
        if time_ms is None:
            time_ms = int(number * 1000 / (film.rate or 25))
        origin_ms = time_ms if origin_ms is None else origin_ms
        yield Frame(number, max(0, time_ms - origin_ms), film.rgb(frame))


def _shows_one(said: Finding) -> bool:
    return said.analyzer == "picture" and said.facts.get("frames") == 1 and not said.facts.get("more_frames")


def _hashed(frames: Iterator[Frame]) -> Iterator[PerceptualHash]:
    for frame in frames:
        height, width = frame.rgb.shape[:2]
        found = pdq(frame.rgb, width, height)
        yield PerceptualHash(found.value, found.quality, frame.number, frame.time_ms)


@dataclass(frozen=True, slots=True)
class Vpdq:
    """Gives a film's vPDQ hashes, by which the same scenes are found again in other films and in pictures.

    One frame a second is hashed (PDQ, 256 bits, with its quality), as the reference does by default. Frames within a
    distance of 2 of the one kept last are left out, as its documentation proposes: a standing picture gives one hash.
    Two hashes at a distance of 31 or less count as similar where both have a quality of 50 or more.

    Films of more than six thousand million pixels in all (100 seconds of full HD at 30 frames a second) are hashed by
    their key frames only, at most one a second. `sampling` in the facts says which, `complete` whether all of it was
    read, and `obstacle` why not. Films are decoded by PyAV, which the extra `amparo[video]` installs.

    Of animations (GIF, WebP, APNG, AVIF) every frame is hashed, as it is shown, up to a thousand million pixels in
    all, because a picture may be shown for a moment. So is every page of a TIFF and every picture of a HEIC file.
    """

    name: ClassVar[str] = "vpdq"
    version: ClassVar[str] = "2"

    every_s: float = 1.0
    """Seconds from one hashed frame to the next: 1 is the reference's default, 0 hashes every frame of any film."""
    prune_distance: int = 2
    """Frames as near as this to the last one kept are left out; -1 keeps all."""

    def wants(self, content: Content) -> bool:
        """Films; pictures of a kind that can hold several, unless the analyzer `picture` said that there is one."""
        if content.media_type in ANIMATIONS | PAGES:
            return not any(_shows_one(said) for said in content.findings)
        return content.media_type in films.DEMUXERS

    def examine(self, content: Content) -> Finding | NotExamined:
        """As `Analyzer.examine`."""
        try:
            if content.media_type not in films.DEMUXERS:
                return self._examine_pictures(Sequence(content.file(), content.media_type, content.limits))
            with films.opened(content.file(), limits=content.limits) as film:
                return self._examine_film(film, content.limits)
        except AmparoError as error:
            return NotExamined(self.name, self.version, str(error), Cause.of(error))

    def _examine_film(self, film: Film, limits: Limits) -> Finding | NotExamined:
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
        hashed, kept = self._kept(_shown(film, chosen))
        if not film.obstacle and next(frames, None) is not None:
            film.obstacle = f"The film goes on after the {most} frames to which decoding is bound."
        if not kept:
            reason = film.obstacle or (_damage(film) if film.damaged else "The film has no frame.")
            return NotExamined(self.name, self.version, f"No frame was hashed. {reason}")
        facts: dict[str, Fact] = {
            "every_ms": round(self.every_s * 1000),
            "frame_rate": str(film.rate) if film.rate else None,
            "width_px": context.width,
            "height_px": context.height,
        }
        sampling = "key frames" if by_key_frames else "counted frames"
        return self._finding(film, sampling, "of the film ", hashed, kept, facts)

    def _examine_pictures(self, sequence: Sequence) -> Finding | NotExamined:
        frames = sequence.frames(seconds=sequence.limits.analysis_s * _TIME_SHARE)
        hashed, kept = self._kept(frame for frame in frames if min(frame.rgb.shape[:2]) >= SMALLEST_PX)
        if not kept:
            reason = sequence.obstacle or f"It has none of {SMALLEST_PX} pixels or more in both directions."
            return NotExamined(self.name, self.version, f"No frame was hashed. {reason}")
        return self._finding(sequence, "pages" if sequence.media_type in PAGES else "frames", "", hashed, kept, {})

    def _kept(self, frames: Iterator[Frame]) -> tuple[int, list[PerceptualHash]]:
        """How many frames were hashed, and the hashes that are kept of them."""
        hashed, kept = 0, list[PerceptualHash]()
        for found in _hashed(frames):
            hashed += 1
            if not kept or kept[-1].distance(found) > self.prune_distance:
                kept.append(found)
        return hashed, kept

    def _finding(
        self,
        read: Film | Sequence,
        sampling: str,
        of_what: str,
        hashed: int,
        kept: list[PerceptualHash],
        facts: dict[str, Fact],
    ) -> Finding:
        said: dict[str, Fact] = {
            "sampling": sampling,
            "prune_distance": self.prune_distance,
            "frames_hashed": hashed,
            "frames_kept": len(kept),
            "damaged": read.damaged,
            "complete": not read.obstacle and not read.damaged,
            **facts,
        }
        if read.obstacle:
            said["obstacle"] = read.obstacle
        sentence = f"{hashed} {sampling} {of_what}were hashed; {len(kept)} hashes are kept."
        if len(kept) < hashed:
            sentence += f" The others differ from the one kept before by no more than {self.prune_distance} bits."
        if read.obstacle:
            sentence += f" {read.obstacle}"
        return Finding(self.name, self.version, sentence, said, tuple(kept))
