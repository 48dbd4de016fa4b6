"""The page on adding a container is right: what it shows is run as it stands there."""

import importlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from contracts.how_to import installed

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package made of what the page shows."""
    folder = installed("add-a-container.md", tmp_path / "package")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    return folder


def test_the_example_holds_to_the_contract(package: Path) -> None:
    (package / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_amparo_ar.py"]
    paths = {"PYTHONPATH": os.pathsep.join([str(package), str(ROOT / "tests")]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=package, env=os.environ | paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) passed", done.stdout)
    assert found
    assert int(found[1]) >= 15


def test_the_entry_point_leads_to_a_format_that_opens_what_another_tool_writes(package: Path, tmp_path: Path) -> None:
    if shutil.which("ar") is None:
        pytest.skip("no tool `ar` on this machine")
    (tmp_path / "one.txt").write_bytes(b"one")
    (tmp_path / "two.bin").write_bytes(bytes(range(256)) * 10)
    subprocess.run(["ar", "rc", "both.a", "one.txt", "two.bin"], cwd=tmp_path, check=True)
    (point,) = [point for point in importlib.metadata.entry_points(group="amparo.containers") if point.name == "ar"]
    with closing(Evidence(tmp_path / "both.a", "ES-7", (*BUILTIN, point.load()), Limits())) as evidence:
        assert evidence.kind_of_root() == "ar"
        for name in ("one.txt", "two.bin"):
            with closing(evidence.stream(ItemPath.parse(f"ES-7!ar:/{name}"))) as stream:
                assert stream.read_at(0, 10_000) == (tmp_path / name).read_bytes()
