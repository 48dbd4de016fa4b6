"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def field() -> Path:
    """Real test material that is not part of the project; see CONTRIBUTING.md for where to get it."""
    folder = Path(os.environ.get("AMPARO_FIELD_DATA", ROOT.parent / "shared" / "field"))
    if not folder.is_dir():
        pytest.skip("no field data: set AMPARO_FIELD_DATA to its folder")
    return folder
