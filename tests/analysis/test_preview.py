"""The analyzer that makes small pictures for people."""

import io

import numpy as np
import pytest
from PIL import Image

from amparo.analysis.preview import PicturePreview
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import colours, samples, saved


class TestPicturePreview(AnalyzerContract):
    analyzer = PicturePreview()
    samples = samples()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((300, 400), (400, 300)), ((1500, 700), (239, 512)), ((700, 1500), (512, 239)), ((2, 3000), (512, 1))],
)
def test_is_a_jpeg_of_at_most_512_pixels_that_looks_like_the_picture(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    finding = PicturePreview().examine(BytesInHand(saved(colours(*size), "PNG"), "image/png"))
    preview = finding.preview
    assert preview is not None
    assert (preview.width_px, preview.height_px) == expected
    shown = Image.open(io.BytesIO(preview.jpeg))
    assert (shown.format, shown.size) == ("JPEG", expected)
    seen = np.asarray(colours(*size).resize(expected)).astype(int)
    assert np.abs(np.asarray(shown) - seen).mean() < 8


def test_carries_no_metadata() -> None:
    finding = PicturePreview().examine(BytesInHand(samples()["image/jpeg"], "image/jpeg"))
    assert finding.preview is not None
    with Image.open(io.BytesIO(finding.preview.jpeg)) as shown:
        assert not shown.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(shown.info)


def test_shows_cmyk_in_its_colours() -> None:
    raw = saved(colours(200, 200).convert("CMYK"), "JPEG", quality=95)
    finding = PicturePreview().examine(BytesInHand(raw, "image/jpeg"))
    assert finding.preview is not None
    shown = np.asarray(Image.open(io.BytesIO(finding.preview.jpeg))).astype(int)
    assert np.abs(shown - np.asarray(colours(200, 200))).mean() < 6
