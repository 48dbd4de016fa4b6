"""Prompts are stored encrypted, shown by a deliberate act, and that act is in the ledger."""

import json
import sqlite3
from pathlib import Path

import pytest

from amparo.casework.disclose import NoReason
from amparo.domain.errors import NotFound
from amparo.workbench import Workbench
from contracts.command_line import CommandLine
from contracts.provenance import plain, png_text

SECRET = "a quiet harbour at dawn"
PARAMETERS = f"{SECRET}\nSteps: 20, Sampler: Euler a, Seed: 4242, Model: landscape_v1"


@pytest.fixture
def seized(tmp_path: Path) -> Path:
    folder = tmp_path / "seized"
    folder.mkdir()
    (folder / "a.png").write_bytes(png_text(plain("image/png"), "parameters", PARAMETERS))
    (folder / "b.txt").write_text("nothing")
    return folder


def test_a_prompt_is_shown_for_a_reason_and_the_store_still_verifies(workbench: Workbench, seized: Path) -> None:
    list(workbench.examine(seized, exhibit="ES-7"))
    with pytest.raises(NoReason, match="Say why"):
        workbench.disclose("ES-7!folder:/a.png", reason=" ")
    with pytest.raises(NotFound):
        workbench.disclose("ES-7!folder:/c.png", reason="charges")
    (shown,) = workbench.disclose("ES-7!folder:/a.png", reason="charges")
    assert (shown.analyzer, shown.text) == ("declared", SECRET)
    assert shown.name == "text:generation_parameters at offset 41: prompt"
    assert workbench.disclose("ES-7!folder:/b.txt", reason="charges") == []
    assert {each.outcome for each in workbench.verify()} <= {"agrees", "recorded"}


def test_it_stands_in_clear_in_no_table_and_no_output(tmp_path: Path, seized: Path) -> None:
    shell = CommandLine(tmp_path)
    shell.amparo("init")
    shell.amparo("examine", "seized", "--exhibit", "ES-7")
    shell.here("report", "ES-7", "-o", tmp_path / "report.html")
    shown = [shell.here("findings", "ES-7", "--format", "json").out, (tmp_path / "report.html").read_text("utf-8")]
    with sqlite3.connect(shell.workbench / "amparo.sqlite3") as tables:
        shown += list(tables.iterdump())
        named = [json.loads(row[0]) for row in tables.execute("SELECT facts FROM finding WHERE analyzer = 'declared'")]
    assert named[0]["named"]["seed"] == ["4242"]
    assert not any(SECRET in text for text in shown)
    (row,) = shell.here("disclose", "ES-7!folder:/a.png", "--reason", "charges", "--format", "json").json()
    assert row["text"] == SECRET
    assert "No such text" in shell.here("disclose", "ES-7!folder:/b.txt", "--reason", "charges").err
    assert shell.run("disclose", "ES-7!folder:/a.png").code == 2
    with sqlite3.connect(shell.workbench / "amparo.sqlite3") as tables:
        assert not any(SECRET in text for text in tables.iterdump())
