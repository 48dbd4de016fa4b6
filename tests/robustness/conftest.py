"""A workbench through which hostile exhibits go whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.workbench import Workbench
from contracts.databases import sqlite_template, tables_are_made_once  # noqa: F401


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    with Workbench.init(tmp_path / "workbench") as made:
        yield made
