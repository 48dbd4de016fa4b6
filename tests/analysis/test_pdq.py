"""PDQ against the reference implementation, on the same pixels."""

import csv
import io
from pathlib import Path

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from amparo.analysis.decoding import decode
from amparo.analysis.pdq import of_picture, orientations, pdq
from amparo.domain.finding import PerceptualHash
from amparo.domain.limits import Limits
from contracts.pictures import colours, saved, texture

SIZES = [(5, 5), (5, 300), (7, 64), (63, 65), (64, 64), (65, 63), (127, 128), (129, 257), (300, 400), (511, 333)]


def reference(luma: NDArray[np.uint8]) -> list[PerceptualHash]:
    grey = np.ascontiguousarray(np.repeat(luma[..., None], 3, axis=2))
    vectors, quality = pdqhash.compute_dihedral(grey)
    return [PerceptualHash(np.packbits(vector.astype(np.uint8)).tobytes(), quality) for vector in vectors]


@pytest.mark.parametrize(("height", "width"), [*SIZES, (1080, 1920), (2000, 1500)])
def test_equals_the_reference_in_all_eight_orientations(height: int, width: int) -> None:
    luma = texture(height, width, height)
    assert list(orientations(luma, width, height)) == reference(luma)
    assert pdq(luma, width, height) == reference(luma)[0]


@settings(max_examples=60)
@given(st.integers(17, 250), st.integers(17, 250), st.integers(0, 2**32), st.sampled_from([1, 4, 16]))
def test_equals_the_reference_at_any_size(height: int, width: int, seed: int, calm: int) -> None:
    # Not at 8 or 16 pixels: each is sampled so often there that coefficients vanish, and tie with the median.
    noise = np.random.default_rng(seed).integers(0, 256, (height, width))
    luma = (texture(height, width) // 2 + noise // (2 * calm)).astype(np.uint8)
    assert pdq(luma, width, height) == reference(luma)[0]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (4, 4), (4, 500), (500, 4)])
def test_pictures_below_five_pixels_have_the_reference_s_empty_hash(height: int, width: int) -> None:
    luma = np.full((height, width), 200, dtype=np.uint8)
    assert pdq(luma, width, height) == reference(luma)[0] == PerceptualHash(bytes(32), 0)


def test_orientations_are_those_of_the_turned_pictures() -> None:
    luma = texture(640, 640, 7)
    turned = [
        luma,
        np.rot90(luma, 1),
        np.rot90(luma, 2),
        np.rot90(luma, 3),
        np.flipud(luma),
        np.fliplr(luma),
        luma.T,
        np.rot90(luma, 2).T,
    ]
    for derived, pixels in zip(orientations(luma, 640, 640), turned, strict=True):
        assert derived.distance(pdq(np.ascontiguousarray(pixels), 640, 640)) <= 20


@pytest.mark.parametrize(("height", "width"), [(64, 64), (256, 256), (300, 401), (1000, 800)])
def test_colours_hash_as_the_reference_hashes_them(height: int, width: int) -> None:
    rgb = np.asarray(colours(height, width, 5))
    vectors, quality = pdqhash.compute_dihedral(rgb)
    theirs = [PerceptualHash(np.packbits(vector.astype(np.uint8)).tobytes(), quality) for vector in vectors]
    assert list(orientations(rgb, width, height)) == theirs


def test_a_luma_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        pdq(np.zeros((100, 100), dtype=np.uint8), 800, 801, 8)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_block_means_with_summed_weights_give_the_hash_of_the_whole(scale: int) -> None:
    height, width = 1203, 1605  # no multiples of the scale, so that edge blocks count
    image = Image.fromarray(texture(height, width, 3))
    means = np.asarray(image.reduce(scale))
    assert pdq(means, width, height, scale).distance(pdq(np.asarray(image), width, height)) <= 2


def test_scaled_decoding_stays_within_the_figures() -> None:
    """Within 2 bits of the hash of the full decode for 95 in 100 pictures, never more than 6; quality within 1."""
    distances = []
    for seed in range(24):
        height, width = 700 + 37 * seed, 1250 - 23 * seed
        coded = saved(colours(height, width, seed), "JPEG", quality=70 + seed)
        picture = decode(coded, media_type="image/jpeg", limits=Limits())
        assert picture.scale in (2, 4)
        scaled = of_picture(picture)[0]
        whole = _of_full_decode(coded)
        assert abs(scaled.quality - whole.quality) <= 1
        distances.append(scaled.distance(whole))
    assert np.percentile(distances, 95) <= 2
    assert max(distances) <= 6


def test_field_pictures_hash_as_their_list_says(field: Path) -> None:
    rows = list(csv.DictReader((field / "pdq" / "expected.csv").read_text().splitlines()))
    assert len(rows) == 19
    for row in rows:
        coded = (field / "pdq" / row["file"]).read_bytes()
        picture = decode(coded, media_type="image/jpeg", limits=Limits())
        ours = of_picture(picture)[0]
        listed = PerceptualHash(bytes.fromhex(row["pdq_hex"]), ours.quality)
        assert ours.distance(listed) <= int(row["max_distance"]), row["file"]
        vector, quality = pdqhash.compute(np.asarray(Image.open(io.BytesIO(coded)).convert("RGB")))
        assert abs(ours.quality - quality) <= 1, row["file"]
        same_pixels = picture.scale == 1
        whole = PerceptualHash(np.packbits(vector.astype(np.uint8)).tobytes(), quality)
        assert ours.distance(whole) <= (0 if same_pixels else 6), row["file"]


def _of_full_decode(coded: bytes) -> PerceptualHash:
    import io

    image = Image.open(io.BytesIO(coded))
    image.draft("L", image.size)
    return reference(np.asarray(image))[0]
