"""vPDQ: against the reference's samples, and on films that the test makes."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from amparo.analysis import vpdq
from amparo.analysis.pdq import pdq
from amparo.analysis.vpdq import Vpdq, video_hashes
from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.finding import Finding, NotExamined, PerceptualHash
from amparo.domain.limits import Limits
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.films import film, pattern
from contracts.pictures import colours, saved

PICTURES = {
    f"image/{kind}": saved(
        colours(64, 80), form, save_all=True, append_images=[colours(64, 80, seed) for seed in (1, 2)], duration=40
    )
    for kind, form in (
        *(("gif", "GIF"), ("webp", "WEBP"), ("apng", "PNG")),
        *(("avif", "AVIF"), ("tiff", "TIFF"), ("heic", "HEIF")),
    )
}
SAMPLES = {
    "video/mp4": film(frames=75),
    "video/x-matroska": film(container="matroska", codec="mpeg4", frames=40),
    "video/webm": film(container="webm", codec="libvpx-vp9", frames=8),
    "video/x-msvideo": film(container="avi", codec="mpeg4", frames=12),
    "video/mp2t": film(container="mpegts", codec="mpeg2video", frames=12),
}


class TestVpdq(AnalyzerContract):
    analyzer = Vpdq()
    samples: ClassVar = SAMPLES | PICTURES


REFERENCE = (
    *(
        pytest.param(name, marks=pytest.mark.thorough)
        for name in ("chair-19-sd-bar", "doorknob-hd-no-bar", "pattern-hd-no-bar")
    ),
    "pattern-sd-grey-bar",
    "test-padded-dimensions",
)


@pytest.mark.parametrize("name", REFERENCE)
def test_every_frame_is_as_the_reference_hashes_it(field: Path, name: str) -> None:
    lines = [line.split(",") for line in (field / "vpdq" / f"{name}.txt").read_text().split()]
    with (field / "vpdq" / f"{name}.mp4").open("rb") as file:
        hashes = list(video_hashes(file, limits=Limits()))
    assert [found.frame for found in hashes] == [int(frame) for frame, *_ in lines]
    assert [found.quality for found in hashes] == [int(quality) for _, quality, *_ in lines]
    for found, (_, _, digits, time_s) in zip(hashes, lines, strict=True):
        assert found.distance(PerceptualHash(bytes.fromhex(digits), 100)) <= 6
        assert abs(found.time_ms - float(time_s) * 1000) <= 1


def hashes_of(raw: bytes, *, every_s: float = 0, limits: Limits | None = None) -> Iterator[PerceptualHash]:
    return video_hashes(io.BytesIO(raw), limits=limits or Limits(), every_s=every_s)


@pytest.mark.parametrize(("width", "height"), [(160, 120), (162, 122), (178, 98), (250, 362)])
def test_frames_resemble_the_pictures_that_they_were_made_of(width: int, height: int) -> None:
    raw = film(frames=10, width=width, height=height)
    for found in hashes_of(raw):
        rgb = pattern(found.frame, width, height)
        luma = (rgb @ np.asarray([0.299, 0.587, 0.114])).astype(np.uint8)
        # Compression costs such small frames some bits; lines of a wrong length would cost 128, give or take 8.
        assert found.distance(pdq(luma, width, height)) <= 60


def test_frames_are_counted_off_by_the_rate() -> None:
    raw = film(frames=75)
    assert [(found.frame, found.time_ms) for found in hashes_of(raw, every_s=1)] == [(0, 0), (30, 1000), (60, 2000)]
    assert [found.frame for found in hashes_of(raw, every_s=0.5)] == [0, 15, 30, 45, 60]
    every = list(hashes_of(raw))
    assert [found.frame for found in every] == list(range(75))
    assert [every[found.frame] for found in hashes_of(raw, every_s=1)] == list(hashes_of(raw, every_s=1))


def test_more_frames_than_the_limit_are_said() -> None:
    found: list[PerceptualHash] = []
    with pytest.raises(LimitReached, match="more than 20 frames"):
        gather(found, hashes_of(SAMPLES["video/mp4"], limits=Limits(video_frames=20)))
    assert len(found) == 20
    assert len(list(hashes_of(SAMPLES["video/mp4"], limits=Limits(video_frames=75)))) == 75


def gather(into: list[PerceptualHash], hashes: Iterator[PerceptualHash]) -> None:
    """What comes before the end, even if that is an exception."""
    for found in hashes:
        into.append(found)


def test_a_damaged_film_gives_the_frames_that_it_still_has() -> None:
    raw = bytearray(film(container="matroska", codec="libx264", frames=60, key_every=10))
    middle = len(raw) // 2
    raw[middle : middle + 3000] = b"\xff" * 3000
    found: list[PerceptualHash] = []
    with pytest.raises(Unreadable, match="damaged"):
        gather(found, hashes_of(bytes(raw)))
    assert 20 < len(found) < 60
    finding = Vpdq(every_s=0).examine(BytesInHand(bytes(raw), "video/x-matroska"))
    assert isinstance(finding, Finding)
    assert finding.facts["complete"] is False
    assert finding.facts["damaged"]


def examined(raw: bytes, analyzer: Vpdq | None = None, limits: Limits | None = None) -> Finding:
    finding = (analyzer or Vpdq()).examine(BytesInHand(raw, "video/mp4", limits or Limits()))
    assert isinstance(finding, Finding), finding
    return finding


def test_one_frame_a_second_is_hashed() -> None:
    finding = examined(SAMPLES["video/mp4"])
    assert [found.frame for found in finding.hashes] == [0, 30, 60]
    assert finding.facts["frames_hashed"] == 3
    assert finding.facts["complete"] is True
    assert finding.facts["sampling"] == "counted frames"


def test_a_standing_picture_gives_one_hash() -> None:
    still = film(container="matroska", codec="ffv1", frames=150, still=True)
    finding = examined(still)
    assert (finding.facts["frames_hashed"], finding.facts["frames_kept"], len(finding.hashes)) == (5, 1, 1)
    assert len(examined(still, Vpdq(every_s=0, prune_distance=-1)).hashes) == 150


def test_no_two_hashes_in_a_row_are_nearer_than_pruning_allows() -> None:
    kept = examined(film(frames=120), Vpdq(every_s=0, prune_distance=10)).hashes
    assert 1 < len(kept) < 120
    assert all(first.distance(second) > 10 for first, second in itertools.pairwise(kept))


def test_long_films_are_hashed_by_their_key_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = film(frames=120, key_every=15)
    monkeypatch.setattr(vpdq, "_FULL_DECODE_PIXELS", 119 * 160 * 120)
    finding = examined(raw)
    assert finding.facts["sampling"] == "key frames"
    assert [(found.frame, found.time_ms) for found in finding.hashes] == [
        (0, 0),
        (30, 1000),
        (60, 2000),
        (90, 3000),
    ]
    assert finding.facts["complete"] is True
    every = {found.frame: found for found in hashes_of(raw)}
    assert all(every[found.frame] == found for found in finding.hashes)


def test_a_film_longer_than_it_states_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vpdq, "_FULL_DECODE_PIXELS", 50 * 160 * 120)
    monkeypatch.setattr("amparo.analysis.film.Film.stated_frames", 0)
    finding = examined(SAMPLES["video/mp4"])
    assert [found.frame for found in finding.hashes] == [0, 30]
    assert finding.facts["complete"] is False
    assert "50 frames" in str(finding.facts["obstacle"])


def test_where_time_runs_out_before_the_first_frame_there_is_a_reason() -> None:
    outcome = Vpdq().examine(BytesInHand(SAMPLES["video/mp4"], "video/mp4", Limits(analysis_s=0)))
    assert isinstance(outcome, NotExamined)
    assert "stopped after 0 seconds" in outcome.reason
