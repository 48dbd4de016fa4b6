"""`amparo origin` as an examiner uses it on files at hand."""

import json

from contracts.command_line import CommandLine
from contracts.exhibits import picture

ROW = ["file", "conclusion", "log10_lr", "verbal", "facts", "validity", "reasons"]


def test_each_file_has_a_row_with_all_that_is_promised(shell: CommandLine) -> None:
    (shell.folder / "a.jpg").write_bytes(picture(1))
    (shell.folder / "notes.txt").write_text("no picture")
    said = shell.amparo("origin", "a.jpg", "notes.txt", "a.jpg", "--format", "json")
    rows = json.loads(said.out)
    assert [row["file"] for row in rows] == ["a.jpg", "notes.txt", "a.jpg"]
    assert all(list(row) == ROW for row in rows)
    assert {row["conclusion"] for row in rows} == {"no_conclusion"}
    assert {fact["layer"] for fact in rows[0]["facts"]} >= {"camera_traces", "watermark"}
    assert "text/plain" in rows[1]["reasons"][0]
    assert rows[0] == rows[2]


def test_a_file_that_cannot_be_read_is_said_and_costs_no_other(shell: CommandLine) -> None:
    (shell.folder / "a.jpg").write_bytes(picture(1))
    said = shell.run("origin", "missing.jpg", "a.jpg", "--format", "csv")
    assert said.code == 3
    assert "missing.jpg: reading: It does not exist" in said.err
    assert "a.jpg,no_conclusion" in said.out


def test_text_says_the_conclusion_and_why(shell: CommandLine) -> None:
    (shell.folder / "a.jpg").write_bytes(picture(1))
    said = shell.amparo("origin", "a.jpg")
    assert "no_conclusion" in said.out
    assert "Nothing declares how it was made" in said.out
