"""The manifest of a detector: read whole, or refused with what is wrong."""

import contextlib
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.detector import Answer, Channels, Fit, Layout, Manifest, NotAManifest
from amparo.domain.origin import Claim

TEXT = f"""format = "amparo detector 1"
name = "example"
version = "2.1"
licence = "MIT"
author = "A laboratory"
source = "its published weights"

[model]
file = "model.onnx"
sha256 = "{hashlib.sha256(b"").hexdigest()}"

[input]
name = "pixel_values"
layout = "NCHW"
width_px = 384
height_px = 384
fit = "cover"
shorter_side_px = 440
filter = "bicubic"
channels = "RGB"
range = [0, 1]
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]

[output]
name = "logits"
answer = "softmax"
index = 1
points_to = "generated"
"""


def test_all_that_it_says_is_read() -> None:
    manifest = Manifest.parse(TEXT)
    assert (manifest.name, manifest.version, manifest.licence) == ("example", "2.1", "MIT")
    intake, outlet = manifest.intake, manifest.outlet
    assert (intake.layout, intake.fit, intake.channels) == (Layout.NCHW, Fit.COVER, Channels.RGB)
    assert (intake.width_px, intake.height_px, intake.shorter_side_px) == (384, 384, 440)
    assert (intake.mean[0], intake.std[2]) == (0.485, 0.225)
    assert (outlet.answer, outlet.index, outlet.points_to) == (Answer.SOFTMAX, 1, Claim.GENERATED)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("format", "form", "format is missing"),
        ("detector 1", "detector 2", "amparo detector 1"),
        ('"example"', '"../example"', "small letters"),
        ('"example"', '"Example"', "small letters"),
        ('file = "model.onnx"', 'file = "../model.onnx"', "same folder"),
        ('file = "model.onnx"', 'file = "/model.onnx"', "same folder"),
        ("sha256", "sha1", "[model] sha256 is missing"),
        ("[model]", "[weights]", "no table [model]"),
        ("width_px = 384", "width_px = 0", "[input] width_px is 0"),
        ("width_px = 384", "width_px = true", "whole number"),
        ("shorter_side_px = 440", "shorter_side_px = 300", "from 384"),
        ('fit = "cover"', 'fit = "stretch"', "[input] shorter_side_px is not known here"),
        ('fit = "cover"', 'fit = "squeeze"', "cover, stretch, crop"),
        ('"bicubic"', '"box"', "bilinear, bicubic"),
        ("0.485, ", "", "write 3 numbers"),
        ("[0.229", "[0", "std is what samples are divided by"),
        ("[0, 1]", "[1, 0]", "range"),
        ("0.485", "nan", "write 3 numbers"),
        ("0.485", "1e400", "write 3 numbers"),
        ('"softmax"', '"score"', "logit, probability, softmax"),
        ("index = 1", "index = -1", "whole number"),
        ('points_to = "generated"', 'points_to = "fake"', "captured"),
        ('points_to = "generated"', 'points_to = ["generated"]', "captured"),
        ('licence = "MIT"', 'licence = ""', "licence"),
        ('licence = "MIT"', 'licence = "a\\nb"', "one line"),
        ('licence = "MIT"', 'license = "MIT"', "licence is missing"),
        ('name = "logits"', 'name = "logits"\nmore = 1', "[output] more is not known here"),
        ("[output]", "[output", "TOML"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(NotAManifest) as refused:
        Manifest.parse(TEXT.replace(old, new, 1))
    assert says in str(refused.value)


@given(st.text() | st.integers(0, len(TEXT)).map(lambda end: TEXT[:end]))
def test_any_text_is_a_manifest_or_refused(text: str) -> None:
    with contextlib.suppress(NotAManifest):
        assert Manifest.parse(text) == Manifest.parse(TEXT)


def test_what_decides_a_score_decides_the_digest_and_nothing_else() -> None:
    manifest = Manifest.parse(TEXT)
    assert replace(manifest, licence="other", version="3").scoring_sha256 == manifest.scoring_sha256
    others = [
        replace(manifest, model_sha256="00" * 32),
        replace(manifest, intake=replace(manifest.intake, shorter_side_px=400)),
        replace(manifest, outlet=replace(manifest.outlet, index=0)),
    ]
    assert len({manifest.scoring_sha256, *(each.scoring_sha256 for each in others)}) == 4


@pytest.mark.parametrize(("points_to", "claim"), [("captured", "generated"), ("altered", "altered")])
def test_a_detector_speaks_for_a_generator_or_an_alteration(points_to: str, claim: str) -> None:
    assert Manifest.parse(TEXT.replace('"generated"', f'"{points_to}"')).claim == claim
