"""What the header of a JPEG XL codestream states (ISO/IEC 18181-1, Annexes C and D), written here bit by bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.analysis import decoding, jxl
from amparo.analysis.decoding import decode
from amparo.analysis.picture_facts import PictureFacts
from amparo.domain.errors import Unreadable
from amparo.domain.limits import Limits
from contracts.analyzer import BytesInHand
from contracts.pictures import colours, saved

SMALL = [(1, 1), (11, 5), (1, 3)]  # 96 pixels high, 1 : 1
LARGE = [(0, 1), (1, 2), (999, 13), (0, 3), (2, 2), (69_999, 18)]  # 1,000 high, 70,000 wide
INTRINSIC = [(1, 1), *SMALL]
PREVIEW = [(1, 1), (1, 1), (2, 2), (7, 5), (0, 3), (3, 2), (300, 9)]
ODD_PREVIEW = [(1, 1), (0, 1), (1, 2), (200, 8), (2, 3)]
NONE = [(0, 1)]


def codestream(*fields: tuple[int, int]) -> bytes:
    """Values with their number of bits, the lowest of each byte first."""
    bits, place = 0, 0
    for value, count in fields:
        bits, place = bits | value << place, place + count
    return b"\xff\x0a" + bits.to_bytes(40, "little")


def beyond(*fields: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Metadata that are not all as by default, with fields beyond them, and an orientation."""
    return [(0, 1), (1, 1), (5, 3), *(each for field in fields for each in field)]


@pytest.mark.parametrize("animated", [0, 1])
@pytest.mark.parametrize("shown", [NONE, INTRINSIC])
@pytest.mark.parametrize("preview", [NONE, PREVIEW, ODD_PREVIEW])
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_an_animation_says_that_it_is_one(
    size: list[tuple[int, int]], preview: list[tuple[int, int]], shown: list[tuple[int, int]], animated: int
) -> None:
    raw = codestream(*size, *beyond(shown, preview), (animated, 1))
    assert jxl.is_animated(raw) is bool(animated)
    assert jxl.size_px(raw) == ((96, 96) if size is SMALL else (70_000, 1_000))


def test_a_still_picture_is_none() -> None:
    for metadata in ([(1, 1)], [(0, 1), (0, 1)]):
        assert not jxl.is_animated(codestream(*SMALL, *metadata, (2**20 - 1, 20)))
    raw = saved(colours(60, 80), "JXL")
    assert not jxl.is_animated(raw)
    assert not decode(raw, media_type="image/jxl", limits=Limits()).more_frames


def test_that_only_the_first_frame_was_seen_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding.jxl, "is_animated", lambda raw: True)
    said = PictureFacts().examine(BytesInHand(saved(colours(60, 80), "JXL"), "image/jxl"))
    assert "1 or more frames, not all of them counted" in said.sentence
    assert said.facts["more_frames"] is True


@given(st.binary(max_size=80))
def test_any_bytes_state_something_or_are_unreadable(rest: bytes) -> None:
    for raw in (rest, b"\xff\x0a" + rest, b"\0\0\0\x0cJXL \r\n\x87\n" + rest):
        try:
            assert jxl.is_animated(raw) in (True, False)
        except Unreadable:
            continue
