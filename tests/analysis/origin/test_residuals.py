"""The numbers that describe a tile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from amparo.analysis.origin import residuals
from contracts.pictures import texture


def noise(spread: float, seed: int = 0) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    return (128 + spread * random.normal(size=(256, 256))).clip(0, 255).astype(np.uint8)


TILES = {
    "black": np.zeros((256, 256), np.uint8),
    "white": np.full((256, 256), 255, np.uint8),
    "checked": (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8),
    "texture": texture(256, 256, 3),
    "noise": noise(20),
}


@pytest.mark.parametrize("name", TILES)
def test_every_tile_has_as_many_finite_numbers_and_the_same_each_time(name: str) -> None:
    numbers = residuals.features(TILES[name])
    assert numbers.shape == (residuals.COUNT,)
    assert numbers.dtype == np.float32
    assert np.isfinite(numbers).all()
    assert np.array_equal(numbers, residuals.features(TILES[name].copy()))


def test_the_largest_residuals_that_there_can_be_are_counted() -> None:
    random = np.random.default_rng(1)
    extreme = random.choice(np.array([0, 255], np.uint8), (256, 256))
    assert np.isfinite(residuals.features(extreme)).all()


def test_a_tile_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="256 x 256"):
        residuals.features(np.zeros((255, 256), np.uint8))


def test_noise_moves_the_numbers_and_turning_a_picture_by_a_right_angle_hardly() -> None:
    tile = (texture(256, 256, 3) // 2 + noise(4, 2) // 2).astype(np.uint8)
    own = residuals.features(tile)
    turned = np.abs(own - residuals.features(np.ascontiguousarray(np.rot90(tile)))).mean()
    noisier = np.abs(
        own - residuals.features((tile.astype(int) + noise(12, 4) - 128).clip(0, 255).astype(np.uint8))
    ).mean()
    assert turned < noisier / 4


def test_the_flat_share_is_that_of_equal_pixels_in_a_row() -> None:
    still, moved = (residuals.flat_share(residuals.features(TILES[name])) for name in ("black", "noise"))
    assert still == pytest.approx(1)
    assert moved < 0.01


@given(height=st.integers(0, 1400), width=st.integers(0, 1400), most=st.integers(1, 7))
def test_tiles_lie_within_the_picture_on_the_grid_of_jpeg(height: int, width: int, most: int) -> None:
    # Each pixel tells its row and column, modulo 16, so a tile tells where it was cut.
    luma = (np.arange(height)[:, None] % 16 * 16 + np.arange(width)[None, :] % 16).astype(np.uint8)
    tiles = residuals.tiles(luma, most)
    assert all(tile.shape == (256, 256) for tile in tiles)
    assert len(tiles) == min(most, (height // 256) * (width // 256))
    assert all(int(tile[0, 0]) // 16 % 8 == 0 and int(tile[0, 0]) % 8 == 0 for tile in tiles)


def test_tiles_do_not_overlap() -> None:
    luma = np.arange(1100 * 900, dtype=np.uint32).reshape(1100, 900)
    tiles = residuals.tiles(luma, 12)  # type: ignore[arg-type]
    assert len(np.unique(np.concatenate([tile.ravel() for tile in tiles]))) == 12 * 256 * 256
