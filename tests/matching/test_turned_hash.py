"""Orientations from the hash alone, beside those that come from the picture."""

import io

import numpy as np
from PIL import Image

from amparo.analysis.pdq import orientations
from amparo.matching.turned_hash import ORIENTATIONS, orientations_of
from contracts.exhibits import picture


def test_they_are_those_of_the_picture_up_to_a_few_bits() -> None:
    wrong = []
    for number in range(20):
        pixels = np.asarray(Image.open(io.BytesIO(picture(number))).convert("RGB"))
        exact = orientations(pixels, pixels.shape[1], pixels.shape[0])
        turned = orientations_of(exact[0].value)
        assert turned.shape == (8, 32)
        assert turned[0].tobytes() == exact[0].value
        assert turned[6].tobytes() == exact[6].value
        bits = np.bitwise_count(turned ^ np.stack([np.frombuffer(one.value, dtype=np.uint8) for one in exact]))
        wrong.append(bits.sum(axis=1))
    assert np.mean(wrong) < 12
    assert np.max(wrong) <= 31
    assert len(ORIENTATIONS) == 8


def test_turning_back_gives_the_hash_again() -> None:
    value = np.random.default_rng(5).integers(0, 256, 32, dtype=np.uint8).tobytes()
    for there, back in ((1, 3), (2, 2), (3, 1), (4, 4), (5, 5), (6, 6), (7, 7)):
        assert orientations_of(orientations_of(value)[there].tobytes())[back].tobytes() == value
