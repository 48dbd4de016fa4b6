"""The page on adding an analyzer is right: what it shows is run as it stands there."""

import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from amparo.domain.finding import Finding
from contracts.analyzer import BytesInHand
from contracts.how_to import installed
from contracts.pictures import samples

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "how-to" / "add-an-analyzer.md").read_text(encoding="utf-8")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package made of what the page shows."""
    folder = installed("add-an-analyzer.md", tmp_path / "package")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    return folder


def test_the_example_holds_to_the_contract(package: Path) -> None:
    (package / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_amparo_brightness.py"]
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
