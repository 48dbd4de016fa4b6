"""The demo's modules are plain files beside its scripts; its tests import them as the scripts do."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "demo"), str(ROOT / "benchmarks")]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exhibits of the demo, as its script writes them."""
    folder = tmp_path_factory.mktemp("demo") / "set"
    done = subprocess.run(
        [sys.executable, ROOT / "demo" / "exhibits.py", folder], check=True, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert "made up" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["ES-1", "ES-2", "ES-3", "ES-4", "ES-5"]
    return folder
