import io

import numpy as np
import pytest
from PIL import Image

from amparo.domain.exposure import Level
from amparo.exchange.veil import GRAIN_PX, SHOWN_PX, SMALL_PX, unveiled, veiled


def jpeg(pixels: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=95)
    return written.getvalue()


def test_takes_colour_and_detail_away() -> None:
    rows, columns = np.mgrid[0:300, 0:400]
    stripes = ((columns // 4 + rows // 4) % 2 * 255).astype(np.uint8)
    bytes_ = veiled(jpeg(np.stack([stripes, stripes // 2, 255 - stripes], axis=-1)))
    assert bytes_ is not None
    with Image.open(io.BytesIO(bytes_)) as shown:
        assert (shown.mode, shown.size) == ("L", (SHOWN_PX, SHOWN_PX * 3 // 4))
        assert np.asarray(shown).astype(int).std() < 12  # of about 40 before


def test_holds_no_more_than_its_grain() -> None:
    grain = np.random.default_rng(7).integers(0, 256, (GRAIN_PX, GRAIN_PX), dtype=np.uint8)
    coarse = np.kron(grain, np.ones((32, 32), np.uint8))
    half = np.minimum(coarse, 255 - coarse).astype(int)
    fine = coarse + half * np.where(np.indices(coarse.shape).sum(axis=0) % 2, 1, -1)
    shown = []
    for pixels in (coarse, fine.astype(np.uint8)):
        bytes_ = veiled(jpeg(pixels))
        assert bytes_ is not None
        with Image.open(io.BytesIO(bytes_)) as picture:
            shown.append(np.asarray(picture).astype(int))
    assert np.abs(coarse - fine).mean() > 50
    assert np.abs(shown[0] - shown[1]).max() <= 4


@pytest.mark.parametrize("size", [(1, 512), (512, 1), (1, 1)])
def test_thin_pictures(size: tuple[int, int]) -> None:
    assert veiled(jpeg(np.zeros(size, np.uint8))) is not None


@pytest.mark.parametrize("bytes_", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_what_is_no_jpeg_has_no_preview(bytes_: bytes) -> None:
    assert veiled(bytes_) is None


def test_a_preview_of_unlikely_size_is_not_decoded() -> None:
    assert veiled(jpeg(np.zeros((2, 5_000), np.uint8))) is None


@pytest.mark.parametrize(
    ("level", "mode", "longest_px"),
    [(Level.VEILED, "L", SHOWN_PX), (Level.GREY, "L", SMALL_PX), (Level.COLOUR, "RGB", SMALL_PX)],
)
def test_a_level_holds_nothing_of_the_next(level: Level, mode: str, longest_px: int) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    shown = unveiled(jpeg(noise), level)
    assert shown is not None
    with Image.open(io.BytesIO(shown)) as picture:
        assert (picture.mode, max(picture.size)) == (mode, longest_px)


def test_the_farthest_level_is_the_preview_itself_and_an_original_is_none() -> None:
    stored = jpeg(np.zeros((30, 40, 3), np.uint8))
    assert unveiled(stored, Level.LARGE) == stored
    assert unveiled(stored, Level.ORIGINAL) is None
    with Image.open(io.BytesIO(unveiled(stored, Level.COLOUR) or b"")) as picture:
        assert picture.size == (40, 30)


@pytest.mark.parametrize("level", [Level.VEILED, Level.GREY, Level.COLOUR])
@pytest.mark.parametrize("bytes_", [b"", b"\xff\xd8\xff", b"GIF89a", jpeg(np.zeros((2, 5_000), np.uint8))[:400]])
def test_no_level_shows_what_is_no_jpeg(level: Level, bytes_: bytes) -> None:
    assert unveiled(bytes_, level) is None
