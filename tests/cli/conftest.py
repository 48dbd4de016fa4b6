"""What the tests of the command line share."""

from pathlib import Path

import pytest

from contracts.command_line import CommandLine
from contracts.databases import sqlite_template, tables_are_made_once  # noqa: F401


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """A person in an empty folder, with no workbench yet."""
    return CommandLine(tmp_path)
