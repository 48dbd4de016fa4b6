"""The page on attaching a detector is right: its manifest is read, and its commands run in order."""

import hashlib
import json
import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime", reason="needs amparo[detectors]")
pytest.importorskip("onnx", reason="makes models")

from amparo.domain.detector import Answer, Channels, Filter, Fit, Layout
from amparo.domain.origin import Claim
from contracts.command_line import CommandLine
from contracts.detectors import model, picture, reference_set

PAGE = (Path(__file__).parent.parent.parent / "docs" / "how-to" / "attach-a-detector.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_page_runs_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = CommandLine(tmp_path)
    folder = shell.folder / "detectors" / "example"
    folder.mkdir(parents=True)
    raw = model(((5.0,), (0.0,), (0.0,)), (0.0,))
    (folder / "model.onnx").write_bytes(raw)
    (manifest,) = blocks("toml")
    digest = hashlib.sha256(raw).hexdigest()
    (folder / "detector.toml").write_text(manifest.replace("SHA256_OF_THE_MODEL", digest), "utf-8")
    (shell.folder / "picture.png").write_bytes(picture(1, 0.9))
    reference_set(shell.folder / "set", of_a_source=8)
    monkeypatch.chdir(shell.folder)
    ranked, calibrated, told = (shell.here(*shlex.split(command)[1:]) for command in blocks("sh"))
    assert "a rank and no likelihood ratio" in ranked.out
    assert calibrated.code == 0, calibrated.err
    (row,) = json.loads(told.out)
    assert row["log10_lr"] is not None
    named = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))
    assert {"cllr", "cllr_min", "log10_bounds", "balanced_accuracy", "in_domain"} <= named


def test_every_choice_is_named() -> None:
    for choices in (Layout, Fit, Filter, Channels, Answer, Claim):
        assert all(f"`{choice}`" in PAGE for choice in choices)
