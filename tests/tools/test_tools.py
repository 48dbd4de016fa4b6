"""The scripts beside the package: what makes the shapes of maps, and what shows all drawings."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(TOOLS / script), *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_shows_all_drawings(tmp_path: Path, scheme: str) -> None:
    run("gallery.py", str(tmp_path / "page.html"), "--scheme", scheme)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count("<figure") == 20
    assert f"color-scheme: {scheme}" in page


def test_shapes_are_made_of_arcs_that_neighbours_share(tmp_path: Path) -> None:
    """Two countries with one border; a third goes around the south pole, as the fourth goes over the antimeridian."""
    arcs = [
        [[0, 0], [0, 1000]],  # the border
        [[0, 1000], [1000, 0], [0, -1000], [-1000, 0]],
        [[0, 1000], [-1000, 0], [0, -1000], [1000, 0]],
        [[-18_000, -7_000], [12_000, 0], [12_000, 0], [12_000, 0]],
        [[17_900, 0], [-35_800, 0], [0, 500], [35_800, 0], [0, -500]],
    ]
    shapes = [
        {"type": "Polygon", "id": "001", "properties": {"name": "West"}, "arcs": [[0, 1]]},
        {"type": "Polygon", "id": "002", "properties": {"name": "East"}, "arcs": [[0, 2]]},
        {"type": "MultiPolygon", "properties": {"name": "South"}, "arcs": [[[3]]]},
        {"type": "Polygon", "properties": {"name": "Both"}, "arcs": [[4]]},
    ]
    topology = {
        "transform": {"scale": [0.01, 0.01], "translate": [0, 0]},
        "arcs": arcs,
        "objects": {"countries": {"geometries": shapes}, "land": {"geometries": shapes}},
    }
    package = tmp_path / "package"
    package.mkdir()
    (package / "package.json").write_text('{"version": "9.9.9"}', "utf-8")
    (package / "LICENSE").write_text("Permission is granted.\n", "utf-8")
    for name in ("countries-50m.json", "land-110m.json"):
        (package / name).write_text(json.dumps(topology), "utf-8")
    assert "4 countries" in run("world.py", str(package), str(tmp_path / "world.json"))
    made = json.loads((tmp_path / "world.json").read_text("utf-8"))
    assert "world-atlas 9.9.9" in made["source"]
    assert made["notice"] == "Permission is granted."
    rings = {each["name"]: each["rings"][0] for each in made["countries"]}
    assert rings["East"] == [0, 0, 0, 1000, -1000, 0, 0, -1000, 1000, 0]
    assert rings["South"] == [-18_000, -7_000, 36_000, 0, 0, -2_000, -36_000, 0]
    assert rings["Both"] == [17_900, 0, 200, 0, 0, 500, -200, 0, 0, -500]
