"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from contracts.thorough import THOROUGH

# No deadline: a timing is never an assertion, since machines are shared.
settings.register_profile("amparo", deadline=None, max_examples=50)
settings.load_profile("amparo")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def field() -> Path:
    """Real test material that is not part of the project; see CONTRIBUTING.md for where to get it."""
    folder = Path(os.environ.get("AMPARO_FIELD_DATA", ROOT.parent / "shared" / "field"))
    if not folder.is_dir():
        pytest.skip("no field data: set AMPARO_FIELD_DATA to its folder")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is thorough runs when it is asked for: the others are to take less than a quarter of an hour."""
    if not THOROUGH:
        for item in items:
            if item.get_closest_marker("thorough") is not None:
                item.add_marker(pytest.mark.skip(reason="thorough: set AMPARO_THOROUGH=1"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The tests of the web run apart, `pytest tests/web`: Django is configured once for each process."""
    web = ROOT / "tests" / "web"
    asked = any(Path(argument).resolve().is_relative_to(web) for argument in config.args)
    return True if collection_path == web and not asked else None
