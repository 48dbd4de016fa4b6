"""The analyzer that says what a picture resembles."""

from pathlib import Path

import numpy as np
import pdqhash
from PIL import Image

from amparo.analysis.perceptual import Perceptual
from amparo.domain.finding import Finding, NotExamined
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import colours, samples, saved


class TestPerceptual(AnalyzerContract):
    analyzer = Perceptual()
    samples = samples()


def found(raw: bytes, media_type: str = "image/jpeg") -> Finding:
    finding = Perceptual().examine(BytesInHand(raw, media_type))
    assert isinstance(finding, Finding)
    return finding


def test_says_hash_quality_orientations_and_from_what() -> None:
    finding = found(saved(colours(1300, 1700), "JPEG", quality=90))
    vectors, quality = pdqhash.compute_dihedral(np.asarray(colours(1300, 1700)))
    assert finding.facts["quality"] == finding.hashes[0].quality == quality
    turned = finding.facts["orientations"]
    assert isinstance(turned, list)
    assert finding.facts["pdq"] == str(finding.hashes[0]) == turned[0]
    for ours, vector in zip(turned, vectors, strict=True):
        theirs = np.packbits(vector.astype(np.uint8)).tobytes()
        assert (int(str(ours), 16) ^ int.from_bytes(theirs)).bit_count() <= 6
    assert finding.sentence.startswith(f"PDQ {turned[0]} with quality {quality}, from the decode at 1/4 of 1700 × 1300")


def test_a_tiny_picture_is_not_examined_and_says_why() -> None:
    outcome = Perceptual().examine(BytesInHand(saved(Image.new("RGB", (4, 90)), "PNG"), "image/png"))
    assert isinstance(outcome, NotExamined)
    assert outcome.reason == "A picture of 4 × 90 pixels has no PDQ; 5 in both directions are the least."


def test_a_damaged_picture_says_so() -> None:
    raw = saved(colours(300, 300), "JPEG")
    assert "the file is damaged" in found(raw[: len(raw) // 2]).sentence


def test_a_phone_picture_hashes_as_stored_whatever_its_orientation(field: Path) -> None:
    path = field / "pdq" / "exif-orientation" / "exif-rotn-6.jpg"
    finding = found(path.read_bytes())
    with Image.open(path) as stored:  # Pillow does not turn JPEGs
        assert stored.getexif()[0x0112] == 6
        vector, quality = pdqhash.compute(np.asarray(stored.convert("RGB")))
    theirs = np.packbits(vector.astype(np.uint8)).tobytes()
    assert (int.from_bytes(finding.hashes[0].value) ^ int.from_bytes(theirs)).bit_count() <= 6
    assert finding.hashes[0].quality == quality


def test_field_photographs_are_within_the_figures(field: Path) -> None:
    files = sorted((field / "origin" / "camera_or_photo").glob("*.jp*g"))[::24]
    distances = []
    for file in files:
        with Image.open(file) as image:
            vector, quality = pdqhash.compute(np.asarray(image.convert("RGB")))
        finding = found(file.read_bytes())
        theirs = np.packbits(vector.astype(np.uint8)).tobytes()
        assert abs(finding.hashes[0].quality - quality) <= 1, file.name
        distances.append((int.from_bytes(finding.hashes[0].value) ^ int.from_bytes(theirs)).bit_count())
    assert len(distances) >= 15
    assert np.percentile(distances, 95) <= 2
    assert max(distances) <= 6
