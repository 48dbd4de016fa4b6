"""The page on matching is right: its commands run in order."""

import os
import re
import subprocess
import sys
from pathlib import Path

from contracts.command_line import CommandLine
from contracts.exhibits import phone, zipped

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "match-known-files.md"


def test_the_page_runs_as_it_is_written(tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    shell.here("init")
    (tmp_path / "phone.zip").write_bytes(zipped(phone()))
    assert shell.here("examine", str(tmp_path / "phone.zip"), "--exhibit", "ES-7").code == 0
    found = shell.here("findings", "ES-7", "--format", "csv").out.splitlines()
    (tmp_path / "hashes.txt").write_text(found[1].split(",")[found[0].split(",").index("sha256")])
    assert shell.here("hashset", "import", "known", str(tmp_path / "hashes.txt")).code == 0
    commands = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("amparo ")]
    assert len(commands) == 7
    program = tmp_path / "amparo"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m amparo "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, **shell.environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert "known" in (tmp_path / "known.csv").read_text()
    assert re.match(r"\[", (tmp_path / "clusters.json").read_text())
