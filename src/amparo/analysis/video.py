"""What a film says about itself, and what it shows at a glance."""

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PIL import Image

from amparo.analysis import film as films
from amparo.analysis.film import Film
from amparo.analysis.origin.withholding import withheld
from amparo.analysis.preview import LONGEST_SIDE_PX, preview_of
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Content, Fact, Finding, NotExamined, Preview

if TYPE_CHECKING:
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_KEY_FRAMES = 9
_SHEET_SHARE = 0.5
"""Share of `limits.analysis_s` after which no more key frames are looked for."""
_BLANK_SPREAD = 4.0
"""Standard deviation of 8-bit luma below which a key frame shows nothing."""
_LARGEST_LIST = 32
_LONGEST_TEXT = 1000

_TAGS = {
    "created": ("com.apple.quicktime.creationdate", "creation_time", "date"),
    "location": ("com.apple.quicktime.location.iso6709", "location", "location-eng"),
    "make": ("com.apple.quicktime.make", "com.android.manufacturer", "make"),
    "model": ("com.apple.quicktime.model", "com.android.model", "model"),
    "content_identifier": ("com.apple.quicktime.content.identifier",),
    "software": ("com.apple.quicktime.software", "com.android.version", "encoder", "software"),
}
"""A fact's name → the tags that say it, the most telling first."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Says what a film is: container, duration, streams with codecs, sizes and rates, and its tags.

    Tags tell where and when it was made and by which device, as far as the maker wrote it: creation time, place
    (ISO 6709), make, model, software. They can be changed by anybody, and times are often those of the last copy.
    Frames and durations are as stated by the container; they are not counted.

    The preview is a sheet of up to nine key frames from all over the film, in reading order, turned as a player would
    turn them. Frames of one colour are left out unless there are no others. What happens between two key frames does
    not show. Films are opened by PyAV (FFmpeg), which the extra `amparo[video]` installs.
    """

    name: ClassVar[str] = "video"
    version: ClassVar[str] = "2"

    def wants(self, content: Content) -> bool:
        """Films only; an animated picture is a picture."""
        return content.media_type in films.DEMUXERS

    def examine(self, content: Content) -> Finding | NotExamined:
        """As `Analyzer.examine`."""
        try:
            with films.opened(content.file(), limits=content.limits) as film:
                frames = _key_frames(film, content.limits.analysis_s * _SHEET_SHARE)
                facts = _facts(film, frames)
                preview = _sheet([frame for _, frame in frames]) if frames else None
                sentence = _sentence(film, facts)
        except AmparoError as error:
            return NotExamined(self.name, self.version, str(error))
        return Finding(self.name, self.version, sentence, facts, preview=preview)


def _key_frames(film: Film, seconds: float) -> "list[tuple[int, VideoFrame]]":
    """Up to nine key frames with their times in milliseconds: the first, and others spread over the film."""
    duration_ms = film.duration_ms
    if duration_ms is None:
        first = itertools.islice(film.frames(key_frames_only=True, seconds=seconds), _KEY_FRAMES)
        return [(film.time_ms(frame) or 0, frame) for frame in first]
    found: dict[int, VideoFrame] = {}
    for part in range(_KEY_FRAMES):
        # The beginning is where the film is already; where there is no index, going back to it could miss it.
        if part and not film.seek(duration_ms * part // _KEY_FRAMES):
            break
        for frame in film.frames(key_frames_only=True, seconds=seconds / _KEY_FRAMES):
            found.setdefault(film.time_ms(frame) or 0, frame)
            break
    return sorted(found.items())


def _sheet(frames: "list[VideoFrame]") -> Preview | None:
    """The frames beside and below each other."""
    pictures = [picture for frame in frames if (picture := _small(frame, len(frames))) is not None]
    telling = [picture for picture in pictures if _spread(picture) >= _BLANK_SPREAD] or pictures[:1]
    if not telling:
        return None
    columns = math.ceil(math.sqrt(len(telling)))
    rows = math.ceil(len(telling) / columns)
    width = max(picture.width for picture in telling)
    height = max(picture.height for picture in telling)
    sheet = Image.new("RGB", (columns * width, rows * height))
    for place, picture in enumerate(telling):
        sheet.paste(picture, (place % columns * width, place // columns * height))
    return preview_of(np.asarray(sheet))


def _small(frame: "VideoFrame", count: int) -> Image.Image | None:
    """A frame as it is shown, of the size that it has on a sheet of `count`; `None` where it cannot be converted."""
    side = LONGEST_SIDE_PX // math.ceil(math.sqrt(count))
    reduction = min(1.0, side / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * reduction)), max(1, round(frame.height * reduction))
    try:
        small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA", threads=1).to_ndarray()
    except (films.pyav().FFmpegError, ValueError):
        return None
    return Image.fromarray(small).rotate(frame.rotation, expand=True)


def _spread(picture: Image.Image) -> float:
    counts = picture.convert("L").histogram()
    total = sum(counts)
    mean = sum(value * count for value, count in enumerate(counts)) / total
    return math.sqrt(sum((value - mean) ** 2 * count for value, count in enumerate(counts)) / total)


def _facts(film: Film, frames: "list[tuple[int, VideoFrame]]") -> dict[str, Fact]:
    container = film.container
    tags = _tags(container.metadata)
    streams = list(container.streams)
    facts: dict[str, Fact] = {
        "container": container.format.name,
        "duration_s": None if film.duration_ms is None else _decimals(film.duration_ms),
        "bit_rate": container.bit_rate or None,
        "streams": [_stream_facts(stream) for stream in streams[:_LARGEST_LIST]],
        "streams_total": len(streams),
        "tags": tags,
        "key_frames_s": [_decimals(time_ms) for time_ms, _ in frames],
        "rotation_degrees": frames[0][1].rotation if frames else None,
    }
    tags_of_streams = [_tags(stream.metadata) for stream in streams[:_LARGEST_LIST]]
    for fact, names in _TAGS.items():
        found = next((each[name] for name in names for each in (tags, *tags_of_streams) if each.get(name)), None)
        if found is not None:
            facts[fact] = found
    if film.obstacle:
        facts["obstacle"] = film.obstacle
    if not frames:
        facts["no_key_frames"] = (
            "There is no stream of pictures that can be decoded." if film.picture is None else "No key frame was found."
        )
    return facts


def _stream_facts(stream: "Stream") -> dict[str, Fact]:
    context = stream.codec_context
    facts: dict[str, Fact] = {"kind": stream.type, "codec": None if context is None else context.name}
    if context is None:
        return facts
    facts["profile"] = context.profile
    facts["bit_rate"] = context.bit_rate or None
    if stream.type == "video":
        facts |= _picture_facts(stream)  # type: ignore[arg-type]
    elif stream.type == "audio":
        facts["sample_rate_hz"] = getattr(context, "sample_rate", None)
        facts["channels"] = getattr(context, "channels", None)
    tags = _tags(stream.metadata)
    if tags:
        facts["tags"] = tags
    return facts


def _picture_facts(stream: "VideoStream") -> dict[str, Fact]:
    return {
        "width_px": stream.codec_context.width,
        "height_px": stream.codec_context.height,
        "pixel_format": stream.codec_context.pix_fmt,
        "frame_rate": _ratio(stream.average_rate or stream.guessed_rate),
        "pixel_aspect": _ratio(stream.sample_aspect_ratio),
        "frames_stated": stream.frames or None,
    }


def _tags(metadata: Mapping[str, str]) -> dict[str, Fact]:
    return {
        _text(name).lower(): withheld(name, value) or _text(value)
        for name, value in sorted(metadata.items())[:_LARGEST_LIST]
        if value.strip()
    }


def _text(value: str) -> str:
    """Text of evidence that has a canonical form, and not more of it than somebody would read."""
    return value[:_LONGEST_TEXT].encode(errors="replace").decode()


def _ratio(value: Fraction | None) -> str | None:
    return None if not value else str(value)


def _decimals(time_ms: int) -> str:
    return f"{time_ms // 1000}.{time_ms % 1000:03d}"


def _sentence(film: Film, facts: Mapping[str, Fact]) -> str:
    duration = facts["duration_s"]
    parts = [f"A film in a {facts['container']} container" + (f", {duration} s long" if duration else "")]
    if film.picture is not None:
        context = film.picture.codec_context
        rate = _ratio(film.rate)
        parts.append(
            f"{context.name} {context.width} x {context.height}" + (f" at {rate} frames a second" if rate else "")
        )
    sound = _names(stream.codec_context.name for stream in film.container.streams.audio if stream.codec_context)
    parts.append(f"sound {sound}" if sound else "no sound")
    return "; ".join(parts) + "."


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))[:_LARGEST_LIST])
