"""Frames of animations and pages: each is seen, in its time, within the bounds."""

import io
import itertools
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from amparo.analysis import sequence
from amparo.analysis.decoding import decode
from amparo.analysis.frame_count import frame_count
from amparo.analysis.pdq import of_picture, pdq
from amparo.analysis.picture_facts import PictureFacts
from amparo.analysis.sequence import Sequence
from amparo.analysis.vpdq import Vpdq
from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.limits import Limits
from contracts.analyzer import BytesInHand
from contracts.pictures import colours, saved

FRAMES = [colours(96, 128, seed) for seed in range(5)]
LIMITS = Limits()


def animation(form: str, frames: list[Image.Image] = FRAMES, **options: object) -> bytes:
    return saved(frames[0], form, save_all=True, append_images=frames[1:], **options)


TIMED = {
    "image/gif": animation("GIF", duration=[100, 200, 50, 1000, 30]),
    "image/webp": animation("WEBP", duration=[100, 200, 50, 1000, 30], quality=95),
    "image/apng": animation("PNG", duration=[100, 200, 50, 1000, 30]),
    "image/avif": animation("AVIF", duration=[100, 200, 50, 1000, 30], quality=95),
}
PAGED = {"image/tiff": animation("TIFF"), "image/heic": animation("HEIF", quality=95)}


def examined(raw: bytes, media_type: str, limits: Limits = LIMITS) -> Finding:
    said = Vpdq().examine(BytesInHand(raw, media_type, limits))
    assert isinstance(said, Finding), said
    return said


@pytest.mark.parametrize("media_type", [*TIMED, *PAGED])
def test_every_frame_has_the_hash_of_the_picture_that_it_shows(media_type: str) -> None:
    said = examined((TIMED | PAGED)[media_type], media_type)
    assert [found.frame for found in said.hashes] == [0, 1, 2, 3, 4]
    assert [found.time_ms for found in said.hashes] == ([0, 100, 300, 350, 1350] if media_type in TIMED else [0] * 5)
    for found, frame in zip(said.hashes, FRAMES, strict=True):
        assert found.distance(pdq(np.asarray(frame), 128, 96)) <= (20 if media_type == "image/gif" else 10)
    assert (said.facts["complete"], said.facts["frames_hashed"]) == (True, 5)


@pytest.mark.parametrize("media_type", [*TIMED, *PAGED])
def test_the_first_frame_has_the_hash_of_the_picture(media_type: str) -> None:
    raw = (TIMED | PAGED)[media_type]
    first = of_picture(decode(raw, media_type=media_type, limits=LIMITS))[0]
    assert examined(raw, media_type).hashes[0].value == first.value


def test_a_frame_that_covers_a_part_is_seen_as_it_is_shown() -> None:
    ground, patch = colours(96, 128, 7).quantize(64).convert("RGB"), Image.new("RGB", (128, 96), "white")
    changed = ground.copy()
    changed.paste(patch.crop((0, 0, 60, 60)), (20, 20))
    raw = animation("GIF", [ground, changed, ground], duration=40)
    shown = [frame.rgb for frame in Sequence(io.BytesIO(raw), "image/gif", LIMITS).frames()]
    for seen, made in zip(shown, (ground, changed, ground), strict=True):
        assert np.abs(seen.astype(int) - np.asarray(made)).mean() < 4


def test_a_picture_that_the_analyzer_before_counted_as_one_is_not_asked() -> None:
    single = saved(FRAMES[0], "GIF")
    facts = PictureFacts().examine(BytesInHand(single, "image/gif"))
    assert not Vpdq().wants(BytesInHand(single, "image/gif", findings=[facts]))
    several = PictureFacts().examine(BytesInHand(TIMED["image/gif"], "image/gif"))
    assert Vpdq().wants(BytesInHand(TIMED["image/gif"], "image/gif", findings=[several]))
    uncounted = Finding("picture", "2", "Said.", {"frames": 1, "more_frames": True})
    assert Vpdq().wants(BytesInHand(single, "image/gif", findings=[uncounted]))
    assert Vpdq().wants(BytesInHand(b"GIF89a", "image/gif")), "what is unreadable to others is looked at"


def test_pages_of_all_sizes_and_colours_are_read() -> None:
    pages = [
        FRAMES[0],
        FRAMES[1].resize((300, 200)).convert("CMYK"),
        FRAMES[2].convert("L"),
        FRAMES[3].convert("P", palette=Image.Palette.ADAPTIVE),
        Image.fromarray(np.asarray(FRAMES[4].convert("L")).astype(np.uint16) * 257),
    ]
    said = examined(animation("TIFF", pages), "image/tiff")
    assert [found.frame for found in said.hashes] == [0, 1, 2, 3, 4]
    for found, frame in zip(said.hashes, FRAMES, strict=True):
        assert found.distance(pdq(np.asarray(frame), 128, 96)) <= 16


def test_a_damaged_page_costs_itself_alone_and_shows_nothing_of_another() -> None:
    raw = bytearray(animation("TIFF", FRAMES[:3], compression="tiff_lzw"))
    with Image.open(io.BytesIO(raw)) as image:
        image.seek(1)
        strip = image.tag_v2[273][0]  # type: ignore[attr-defined]
    raw[strip : strip + 4000] = b"\xff" * 4000
    said = examined(bytes(raw), "image/tiff")
    assert {0, 2} <= {found.frame for found in said.hashes}
    assert said.hashes[0].frame == 0
    assert said.facts["damaged"] == 1
    assert said.facts["complete"] is False
    assert all(found.distance(said.hashes[0]) > 60 for found in said.hashes[1:])


def test_an_animation_that_is_cut_short_gives_the_frames_that_it_has() -> None:
    raw = TIMED["image/gif"]
    said = examined(raw[: len(raw) // 2], "image/gif")
    assert 2 <= len(said.hashes) < 5
    assert said.facts["complete"] is False
    without_its_end = examined(raw[:-1], "image/gif")
    assert len(without_its_end.hashes) == 5
    assert without_its_end.facts["obstacle"] == "It is cut short: it has no end mark."
    fewer = TIMED["image/apng"].replace(b"acTL" + struct.pack(">I", 5), b"acTL" + struct.pack(">I", 9))
    at = fewer.index(b"acTL")
    fewer = fewer[: at + 12] + struct.pack(">I", zlib.crc32(fewer[at : at + 12])) + fewer[at + 16 :]
    assert "Frame 5 cannot be found" in examined(fewer, "image/apng").sentence
    cut = Vpdq().examine(BytesInHand(TIMED["image/webp"][:200], "image/webp"))
    assert isinstance(cut, NotExamined)


def test_a_page_with_too_many_pixels_is_said_and_the_others_are_read() -> None:
    pages = [FRAMES[0], FRAMES[1].resize((400, 300)), FRAMES[2]]
    said = examined(animation("TIFF", pages), "image/tiff", Limits(picture_pixels=20_000))
    assert [found.frame for found in said.hashes] == [0, 2]
    assert "Page 1 cannot be decoded: The picture has 400 x 300 pixels" in str(said.facts["obstacle"])
    only = Vpdq().examine(BytesInHand(animation("TIFF", pages[1:2]), "image/tiff", Limits(picture_pixels=20_000)))
    assert isinstance(only, NotExamined)


def test_tiny_frames_have_no_hash() -> None:
    said = Vpdq().examine(
        BytesInHand(animation("GIF", [Image.new("L", (4, 4), shade) for shade in (0, 255)]), "image/gif")
    )
    assert isinstance(said, NotExamined)
    assert "5 pixels" in said.reason


def endless_gif(frames: int, side: int = 8) -> bytes:
    """The same frame again and again, until the bytes end: no end mark."""
    one = saved(colours(side, side).convert("L"), "GIF")
    at = one.index(b",\0\0\0\0" + struct.pack("<HH", side, side))
    return one[:at] + one[at:-1] * frames


def endless_tiff(pages: int) -> bytes:
    """Directories of no tags, each of six bytes, one behind the other."""
    return b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HI", 0, 14 + 6 * page) for page in range(pages))


def looped_tiff() -> bytes:
    """The second page names the first as its next."""
    raw = bytearray(animation("TIFF", FRAMES[:2]))
    at = struct.unpack_from("<I", raw, 4)[0]
    for _ in range(2):
        behind = at + 2 + 12 * struct.unpack_from("<H", raw, at)[0]
        at, last = struct.unpack_from("<I", raw, behind)[0], behind
    raw[last : last + 4] = raw[4:8]
    return bytes(raw)


def comments_gif() -> bytes:
    """One frame, and a comment of millions of parts of one byte."""
    return endless_gif(1) + b"!\xfe" + b"\x01a" * 5_000_000 + b"\0;"


@pytest.mark.parametrize(
    ("raw", "frames", "more"),
    [
        (TIMED["image/gif"], 5, False),
        (TIMED["image/gif"][:-1] + b"\0\0;", 5, False),  # Pillow passes over such bytes
        (endless_gif(1000), 1000, False),
        (endless_gif(30_000), 20_000, True),
        (PAGED["image/tiff"], 5, False),
        (animation("TIFF", big_tiff=True), 5, False),
        (looped_tiff(), 2, False),
    ],
)
def test_frames_are_counted_as_far_as_the_bound(raw: bytes, frames: int, more: bool) -> None:
    with Image.open(io.BytesIO(raw)) as image:
        assert frame_count(image, 20_000) == (frames, more)
        if not more:
            assert image.n_frames == frames  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [lambda: endless_tiff(400_000), comments_gif, lambda: endless_gif(400_000)])
def test_counting_takes_no_time_that_the_file_chose(make: Callable[[], bytes]) -> None:
    raw = make()
    begun = time.process_time()
    media_type = "image/tiff" if raw.startswith(b"II") else "image/gif"
    try:
        facts = PictureFacts().examine(BytesInHand(raw, media_type, LIMITS)).facts
        assert facts["more_frames"] is True
    except Unreadable:
        assert media_type == "image/tiff"
    assert time.process_time() - begun < 10


def test_an_animation_without_an_end_is_bounded_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = endless_gif(100_000)
    said = examined(raw, "image/gif", Limits(video_frames=500))
    assert said.facts["complete"] is False
    assert said.facts["obstacle"] == "It goes on after the 500 frames or pages to which decoding is bound."
    assert said.facts["frames_hashed"] == 500
    monkeypatch.setattr(sequence, "_PIXELS", 300 * 65_536)
    assert "after the 300 frames" in examined(raw, "image/gif").sentence
    stopped = Vpdq().examine(BytesInHand(raw, "image/gif", Limits(analysis_s=0)))
    assert isinstance(stopped, NotExamined)
    assert "stopped after 0 seconds" in stopped.reason


def test_memory_does_not_grow_with_the_frames() -> None:
    def peak(frames: int) -> int:
        raw = endless_gif(frames, side=200)
        tracemalloc.start()
        for _ in itertools.islice(Sequence(io.BytesIO(raw), "image/gif", LIMITS).frames(), frames):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2)
    assert peak(200) < peak(10) + 500_000


def test_what_cannot_be_opened_gives_the_cause_of_it() -> None:
    said = Vpdq().examine(BytesInHand(b"GIF89a", "image/gif"))
    assert isinstance(said, NotExamined)
    assert said.cause is Cause.UNREADABLE
