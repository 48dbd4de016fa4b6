"""A workbench through which hostile exhibits go whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.workbench import Workbench


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    with Workbench.init(tmp_path / "workbench") as made:
        yield made
