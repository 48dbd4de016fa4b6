"""The README's commands and its Python, run as they stand, in a folder with a phone and a file."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.exhibits import phone, zipped

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")


def block(after: str, language: str = "") -> str:
    """The first code block of a language after some words."""
    found = re.search(rf"^```{language}\n(.*?)^```", README[README.index(after) :], re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "phone.zip").write_bytes(zipped(phone()))
    (folder / "FILE").write_text("anything")
    commands = folder / "bin"
    commands.mkdir()
    (commands / "amparo").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m amparo "$@"\n')
    (commands / "amparo").chmod(0o755)
    environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(folder / "config")}
    environment.pop("AMPARO_WORKBENCH", None)
    return folder, environment


def test_the_commands_and_then_the_python_of_the_readme_run(place: tuple[Path, dict[str, str]]) -> None:
    folder, environment = place
    lines = [line for line in block("## Use it").splitlines() if line.startswith("amparo ")]
    assert len(lines) == 18
    lines = [line for line in lines if not line.startswith("amparo serve ")]  # goes on; tests/cli/test_serve.py
    for line in lines:
        done = subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (folder / "es-7.html").stat().st_size > 10_000
    assert (folder / "es-7.csv").read_text().count("\n") == len(phone()) + 1

    script = block("Or from Python", "python").replace("ES-7", "ES-8")
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ES-8!zip:/DCIM/Camera/IMG_0001.jpg image/jpeg" in done.stdout
