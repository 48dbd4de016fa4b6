"""What outsiders bring by entry points is found by the command, and works in its worker processes."""

import os
from pathlib import Path

from contracts.command_line import CommandLine
from contracts.exhibits import picture
from contracts.how_to import installed


def test_a_container_and_an_analyzer_from_outside_take_part_in_an_examination(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    installed("add-a-container.md", packages)
    installed("add-an-analyzer.md", packages)
    content = picture(1)
    header = b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (b"view.jpg/", 0, 0, 0, b"100644", len(content))
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    (exhibit / "pictures.a").write_bytes(b"!<arch>\n" + header + content + b"\n" * (len(content) % 2))
    shell = CommandLine(tmp_path, {"PYTHONPATH": os.fspath(packages)})
    shell.amparo("init", "--key-file", tmp_path / "key")
    summary = shell.amparo("examine", exhibit, "--exhibit", "ES-7", "--format", "json").json()
    assert (summary["items"], summary["pictures"], summary["not_examined"]) == (2, 1, 0)
    paths = [row["item_path"] for row in shell.amparo("findings", "ES-7", "--format", "json").json()]
    assert "ES-7!folder:/pictures.a!ar:/view.jpg" in paths
    report = tmp_path / "report.html"
    shell.amparo("report", "ES-7", "-o", report)
    assert "brightness" in report.read_text("utf-8")
