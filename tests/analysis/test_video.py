"""Films: opening them, their facts, their key frames."""

import io
import subprocess
import sys
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from amparo.analysis import film as films
from amparo.analysis.video import VideoFacts
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.limits import Limits
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.films import film

PHONE = film(
    container="mov",
    frames=90,
    rate=Fraction(30000, 1001),
    rotated=-90,
    sound=True,
    tags={
        "creation_time": "2024-11-05T10:00:00.000000Z",
        "location": "+41.1579-008.6291/",
        "make": "Alfama",
        "model": "Demo 1",
    },
)
SAMPLES = {
    "video/quicktime": PHONE,
    "video/mp4": film(frames=30),
    "video/x-matroska": film(container="matroska", codec="mpeg4", frames=12),
    "video/webm": film(container="webm", codec="libvpx-vp9", frames=8),
    "video/x-msvideo": film(container="avi", codec="mpeg4", frames=12),
    "video/x-flv": film(container="flv", codec="flv", frames=12),
    "video/mp2t": film(container="mpegts", codec="mpeg2video", frames=12),
    "video/mpeg": film(container="mpeg", codec="mpeg2video", frames=12),
    "video/x-ms-wmv": film(container="asf", codec="wmv2", frames=12),
    "video/3gpp": film(container="3gp", codec="mpeg4", frames=12),
}


class TestVideoFacts(AnalyzerContract):
    analyzer = VideoFacts()
    samples: ClassVar = SAMPLES


def facts_of(raw: bytes, limits: Limits | None = None, media_type: str = "video/mp4") -> Finding:
    finding = VideoFacts().examine(BytesInHand(raw, media_type, limits or Limits()))
    assert isinstance(finding, Finding), finding
    return finding


def test_what_a_phone_wrote_is_said() -> None:
    finding = facts_of(PHONE)
    assert finding.facts["duration_s"] == "3.003"
    assert finding.facts["created"] == "2024-11-05T10:00:00.000000Z"
    assert finding.facts["location"] == "+41.1579-008.6291/"
    assert (finding.facts["make"], finding.facts["model"]) == ("Alfama", "Demo 1")
    assert finding.facts["rotation_degrees"] == -90
    streams = finding.facts["streams"]
    assert isinstance(streams, list)
    pictures, sound = streams
    assert pictures["kind"] == "video"
    assert pictures["codec"] == "h264"
    assert (pictures["width_px"], pictures["height_px"], pictures["pixel_format"]) == (160, 120, "yuv420p")
    assert pictures["frame_rate"] == "30000/1001"
    assert pictures["frames_stated"] == 90
    assert (sound["kind"], sound["codec"], sound["sample_rate_hz"], sound["channels"]) == ("audio", "aac", 48000, 2)
    assert "h264 160 x 120 at 30000/1001 frames a second" in finding.sentence
    assert "sound aac" in finding.sentence


def test_the_film_of_a_live_photo_names_its_picture() -> None:
    identifier = "6F1E2D3C-0000-4000-8000-00000000A1FA"
    tags = {"com.apple.quicktime.content.identifier": identifier}
    live = film(container="mov", frames=6, tags=tags, options={"movflags": "use_metadata_tags"})
    assert facts_of(live, media_type="video/quicktime").facts["content_identifier"] == identifier


def test_the_preview_is_a_sheet_of_key_frames_as_a_player_shows_them() -> None:
    finding = facts_of(PHONE)
    assert finding.facts["key_frames_s"] == ["0.000", "0.500", "1.001", "1.502", "2.002", "2.502"]
    assert finding.preview is not None
    with Image.open(io.BytesIO(finding.preview.jpeg)) as sheet:
        assert sheet.size == (finding.preview.width_px, finding.preview.height_px)
        # Six frames, three beside each other, each upright: 120 x 160.
        assert sheet.size == (3 * 120, 2 * 160)


@pytest.mark.parametrize("media_type", sorted(SAMPLES))
def test_every_kind_of_film_has_a_preview(media_type: str) -> None:
    finding = facts_of(SAMPLES[media_type], media_type=media_type)
    assert finding.preview is not None
    assert max(finding.preview.width_px, finding.preview.height_px) <= 512


def test_frames_of_one_colour_are_left_out() -> None:
    black = film(frames=2, still=True)
    finding = facts_of(black)
    assert finding.facts["key_frames_s"] == ["0.000"]
    with Image.open(io.BytesIO(finding.preview.jpeg if finding.preview else b"")) as sheet:
        assert np.asarray(sheet).std() > 20


def test_a_film_of_many_key_frames_is_not_read_from_end_to_end() -> None:
    raw = film(codec="mpeg4", frames=300, key_every=1, width=320, height=240)
    read = 0

    class Counting(io.BytesIO):
        def read(self, length: int | None = -1) -> bytes:
            nonlocal read
            part = super().read(length)
            read += len(part)
            return part

    with films.opened(Counting(raw), limits=Limits()) as opened:
        assert opened.seek(5000)
        frame = next(opened.frames(key_frames_only=True))
        assert opened.time_ms(frame) == 5000
    assert read < len(raw) / 2


def test_a_film_cut_short_shows_what_is_there() -> None:
    raw = film(container="matroska", codec="mpeg4", frames=60)
    finding = facts_of(raw[: len(raw) // 2], media_type="video/x-matroska")
    assert finding.preview is not None


def test_a_film_without_its_index_cannot_be_opened() -> None:
    outcome = VideoFacts().examine(BytesInHand(SAMPLES["video/mp4"][:5000], "video/mp4"))
    assert isinstance(outcome, NotExamined)
    assert "cannot be opened" in outcome.reason


def test_pictures_over_the_limit_are_not_decoded() -> None:
    limits = Limits(picture_pixels=160 * 120 - 1)
    with (
        pytest.raises(LimitReached, match="160 x 120"),
        films.opened(io.BytesIO(SAMPLES["video/mp4"]), limits=limits),
    ):
        pass
    exactly = Limits(picture_pixels=160 * 120)
    outcome = VideoFacts().examine(BytesInHand(SAMPLES["video/mp4"], "video/mp4", limits))
    assert isinstance(outcome, NotExamined)
    assert "160 x 120" in outcome.reason
    assert facts_of(SAMPLES["video/x-msvideo"], exactly).preview is not None


class _BreaksOff(io.BytesIO):
    """A file on a disk with a bad place."""

    def __init__(self, raw: bytes, bad_from: int) -> None:
        super().__init__(raw)
        self._bad_from = bad_from

    def read(self, length: int | None = -1) -> bytes:
        if self.tell() + (length or 0) > self._bad_from:
            raise Unreadable("The disk answers with an error.")
        return super().read(length)


def test_bytes_that_cannot_be_read_are_the_obstacle() -> None:
    raw = film(container="mpegts", codec="mpeg2video", frames=600, width=320, height=240)
    broken = _BreaksOff(raw, len(raw) - 70_000)
    with films.opened(broken, limits=Limits()) as opened:
        frames = sum(1 for _ in opened.frames())
        assert opened.obstacle == "The disk answers with an error."
    assert 0 < frames < 600


def test_time_is_bounded() -> None:
    with films.opened(io.BytesIO(SAMPLES["video/mp4"]), limits=Limits()) as opened:
        assert list(opened.frames(seconds=0)) == []
        assert "stopped after 0 seconds" in opened.obstacle


def test_nothing_beside_the_film_is_opened() -> None:
    for playlist in (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b"<?xml version='1.0'?><MPD></MPD>",
    ):
        with (
            pytest.raises(Unreadable, match="not opened as a film"),
            films.opened(io.BytesIO(playlist), limits=Limits()),
        ):
            pass


def test_without_the_extra_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    outcome = VideoFacts().examine(BytesInHand(SAMPLES["video/mp4"], "video/mp4"))
    assert isinstance(outcome, NotExamined)
    assert "amparo[video]" in outcome.reason


def test_damaged_films_write_nothing_on_standard_error() -> None:
    damage = (
        "import io\n"
        "from amparo.analysis import film as films\n"
        "from amparo.domain.limits import Limits\n"
        "raw = bytearray(open(0, 'rb').read())\n"
        "raw[3000::37] = bytes(len(raw[3000::37]))\n"
        "with films.opened(io.BytesIO(raw), limits=Limits()) as film:\n"
        "    print(sum(1 for _ in film.frames()), film.damaged)\n"
    )
    raw = film(container="matroska", codec="mpeg4", frames=60)
    done = subprocess.run([sys.executable, "-c", damage], input=raw, capture_output=True, check=True)
    assert done.stderr == b""
    assert done.stdout.split()
