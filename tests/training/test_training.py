"""The training scripts: what can be tried without up-scalers and photographs."""

import importlib.util
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "training"
SCRIPTS = ("pairs", "described", "train", "calibrate", "evaluate")
NEEDED = ("skimage", "sklearn", "ncnn")


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded  # dataclasses look their module up by name
    spec.loader.exec_module(loaded)
    return loaded


def test_the_tippett_plot_is_a_drawing_of_both_curves() -> None:
    random = np.random.default_rng(1)
    drawing = module("drawing").tippett(
        random.normal(1, 1, 200), random.normal(-1, 1, 300), names=("one side", "the other")
    )
    root = ElementTree.fromstring(drawing)
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 2
    assert "nan" not in drawing
    assert "one side" in drawing


@pytest.mark.parametrize("name", ["model-card", "statistics-card"])
def test_the_card_was_written_from_its_template(name: str) -> None:
    template = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    card = (ROOT / "docs" / "explanation" / f"origin-{name}.md").read_text(encoding="utf-8")
    assert "$" not in card
    fixed = [part.strip() for part in re.split(r"\$[a-z_]+", template) if part.strip()]
    assert all(part in card for part in fixed)


def test_upscaled_pictures_are_held_against_what_they_were_made_from() -> None:
    pytest.importorskip("skimage", reason="training/requirements.txt is not installed")
    from PIL import Image

    sys.path.insert(0, str(FOLDER))
    try:
        pairs = module("pairs")
        small = Image.fromarray(np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8))
        upscaler = pairs.Upscaler("made", "made", 2, 0.1, lambda picture: picture)
        pairs._check(small, small.resize((128, 128)), upscaler)
        with pytest.raises(RuntimeError, match="does not enlarge"):
            pairs._check(small, Image.new("RGB", (128, 128)), upscaler)
    finally:
        sys.path.remove(str(FOLDER))


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_says_how_it_is_used(name: str) -> None:
    missing = [package for package in NEEDED if importlib.util.find_spec(package) is None]
    if missing:
        pytest.skip(f"training/requirements.txt is not installed: {', '.join(missing)} missing")
    done = subprocess.run(
        [sys.executable, FOLDER / f"{name}.py", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "--cache" in done.stdout


def test_every_script_has_an_example_of_its_own_use() -> None:
    for name in SCRIPTS:
        assert f"python training/{name}.py" in (FOLDER / f"{name}.py").read_text(encoding="utf-8")


@pytest.mark.thorough
def test_what_a_list_knows_of_tables_is_taken_without_what_follows_from_a_formula(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = [f"{number:032x}" for number in range(4)]
    listed = f"""my %PrintConv = (
    '{digests[0]}' => 'Independent JPEG Group library, Quality 3',
    '{digests[1]}:221111' => 'Adobe Photoshop, Quality 4',
    '{digests[2]}:211111' => 'Pentax K10D (AY)',
    '{digests[3]}' => 'Apple QuickTime, Quality 1',
);"""
    folder = tmp_path / "ExifTool"
    folder.mkdir()
    (folder / "JPEGDigest.pm").write_text(listed)
    (tmp_path / "ExifTool.pm").write_text("$VERSION = '12.57';")
    output = tmp_path / "made.json"
    monkeypatch.setattr(sys, "argv", ["known_tables.py", str(folder / "JPEGDigest.pm"), "--output", str(output)])
    module("known_tables").main()
    made = json.loads(output.read_text())
    assert made["cameras"] == {f"{digests[2]}:211111": "Pentax K10D (AY)"}
    assert made["programs"] == {f"{digests[1]}:221111": "Adobe Photoshop, Quality 4"}
    assert "ExifTool 12.57" in made["source"]
    shipped = json.loads((ROOT / "src/amparo/analysis/origin/known_tables.json").read_text())
    assert {name: type(value) for name, value in shipped.items()} == {name: type(value) for name, value in made.items()}
