"""Formats of older programs: told by content, and decoded to what they show."""

import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from amparo.analysis.decoding import decode
from amparo.analysis.media_type import media_type
from amparo.analysis.older_pictures import older_picture
from amparo.analysis.pdq import pdq
from amparo.analysis.sequence import Sequence
from amparo.domain.errors import Unreadable
from amparo.domain.limits import Limits
from contracts.older_pictures import cursor, dcx, flic, sun_raster, xpm
from contracts.pictures import colours, saved

RGB = colours(128, 128)
SMALL = RGB.resize((32, 32))
GREY = RGB.convert("L")
WRITTEN = {
    "TGA": ("image/x-tga", saved(RGB, "TGA"), RGB),
    "TGA, packed": ("image/x-tga", saved(RGB, "TGA", compression="tga_rle"), RGB),
    "TGA, grey": ("image/x-tga", saved(GREY, "TGA"), GREY),
    "TGA, palette": ("image/x-tga", saved(RGB.quantize(256), "TGA"), RGB),
    "TGA, alpha": ("image/x-tga", saved(RGB.convert("RGBA"), "TGA"), RGB),
    "SGI": ("image/x-sgi", saved(RGB, "SGI"), RGB),
    "SGI, 16 bits": ("image/x-sgi", saved(GREY, "SGI", bpc=2), GREY),
    "ICNS": ("image/x-icns", saved(RGB, "ICNS"), RGB),
    "cursor": ("image/x-win-bitmap", cursor(RGB), SMALL),
    "DCX": ("image/x-dcx", dcx(RGB, GREY), RGB),
    "Sun raster": ("image/x-sun-raster", sun_raster(RGB), RGB),
    "XPM": ("image/x-xpixmap", xpm(RGB), RGB),
    "PFM": ("image/x-portable-anymap", saved(GREY.convert("F"), "PPM"), GREY),
    "FLI": ("image/x-flic", flic(GREY, GREY), GREY),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_each_is_told_and_shows_what_it_was_made_of(case: str) -> None:
    expected, raw, made = WRITTEN[case]
    assert media_type(raw[: 68 * 1024], len(raw)) == expected
    picture = decode(raw, media_type=expected, limits=Limits())
    smaller = Image.fromarray(np.ascontiguousarray(picture.rgb)).resize(made.size)
    assert np.abs(np.asarray(smaller).astype(int) - np.asarray(made.convert("RGB"))).mean() < 8
    assert not picture.incomplete


@pytest.mark.parametrize("case", WRITTEN)
def test_what_is_cut_short_is_decoded_in_part_or_unreadable(case: str) -> None:
    kind, raw, _ = WRITTEN[case]
    for length in (19, 60, len(raw) // 2, len(raw) - 1):
        with contextlib.suppress(Unreadable):
            decode(raw[:length], media_type=kind, limits=Limits())


@pytest.mark.parametrize(
    ("media_type", "raw", "times"),
    [("image/x-dcx", dcx(RGB, GREY.rotate(90)), [0, 0]), ("image/x-flic", flic(GREY, GREY.rotate(90)), [0, 100])],
)
def test_all_frames_and_pages_are_seen(media_type: str, raw: bytes, times: list[int]) -> None:
    shown = list(Sequence(io.BytesIO(raw), media_type, Limits()).frames())
    assert [frame.time_ms for frame in shown[:2]] == times
    for frame, made in zip(shown, (GREY, GREY.rotate(90)), strict=False):
        assert pdq(frame.rgb, 128, 128).distance(pdq(np.asarray(made), 128, 128)) <= 10


def test_drawings_of_windows_are_told_though_nothing_decodes_them() -> None:
    assert older_picture(b"\xd7\xcd\xc6\x9a" + bytes(40), 44) == "image/wmf"
    assert older_picture(b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(40), 84) == "image/emf"
    assert media_type(b"SIMPLE  =                    T" + b" " * 50, 2880) == "image/fits"


@pytest.mark.parametrize(
    "raw",
    [
        bytes(1000),
        b"\0\0\2\0" + bytes(1000),
        struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 100, 100, 24, 0) + bytes(1000),  # too few pixels
        struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 10, 10, 24, 0) + bytes(100_000),  # far too many bytes
        struct.pack("<BBBHHBHHHHBB", 0, 0, 1, 0, 0, 0, 0, 0, 10, 10, 8, 0) + bytes(200),  # a palette of nothing
        struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 10, 10, 24, 0xC0) + bytes(400),  # a flag that none has
        b"icns" + struct.pack(">I", 5000) + bytes(100),
        b"\x01\xda\x07\x01" + bytes(100),
        *(raw[:17] for _, raw, _ in WRITTEN.values()),
    ],
)
def test_a_beginning_alone_proves_nothing(raw: bytes) -> None:
    assert older_picture(raw, len(raw)) == ""


@given(raw=st.binary(max_size=60), size=st.integers(0, 2**40))
def test_any_bytes_have_an_answer(raw: bytes, size: int) -> None:
    assert isinstance(older_picture(raw, size), str)
