"""The page on adding an analyzer is right: what it shows is run as it stands there."""

import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from amparo.domain.finding import Finding
from contracts.analyzer import BytesInHand
from contracts.pictures import samples

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "how-to" / "add-an-analyzer.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package made of what the page shows."""
    module, test = blocks("python")
    (toml,) = blocks("toml")
    (points,) = tomllib.loads(toml)["project"]["entry-points"].items()
    folder = tmp_path / "package"
    (folder / "amparo_brightness-1.dist-info").mkdir(parents=True)
    (folder / "amparo_brightness.py").write_text(module, encoding="utf-8")
    (folder / "test_brightness.py").write_text(test, encoding="utf-8")
    metadata = "Metadata-Version: 2.1\nName: amparo-brightness\nVersion: 1\n"
    (folder / "amparo_brightness-1.dist-info" / "METADATA").write_text(metadata)
    lines = [f"[{points[0]}]", *(f"{name} = {place}" for name, place in points[1].items())]
    (folder / "amparo_brightness-1.dist-info" / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    return folder


def test_the_example_holds_to_the_contract(package: Path) -> None:
    (package / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_brightness.py"]
    paths = {"PYTHONPATH": os.pathsep.join([str(package), str(ROOT / "tests")]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=package, env=os.environ | paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) passed", done.stdout)
    assert found
    assert int(found[1]) >= 9


def test_the_entry_point_leads_to_an_analyzer_of_every_picture(package: Path) -> None:
    points = importlib.metadata.entry_points(group="amparo.analyzers")
    (brightness,) = [point.load() for point in points if point.name == "brightness"]
    for media_type, raw in samples().items():
        content = BytesInHand(raw, media_type)
        assert brightness.wants(content)
        assert isinstance(brightness.examine(content), Finding)


def test_the_line_is_in_the_file_that_the_page_names() -> None:
    named = re.search(r"`BUILTIN` of `([^`]+)`", PAGE)
    assert named
    assert "BUILTIN: tuple[Analyzer, ...] = (" in (ROOT / named[1]).read_text(encoding="utf-8")
