"""`amparo queue` over a benign exhibit."""

import shlex

import pytest

from amparo.cli.command import Exit
from amparo.cli.queue import COLUMNS, EXAMPLES, WEIGHT_COLUMNS
from contracts.command_line import CommandLine
from contracts.exhibits import picture


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    shell = CommandLine(tmp_path_factory.mktemp("queue"))
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    folder = shell.folder / "phone" / "DCIM"
    folder.mkdir(parents=True)
    (folder / "IMG_1.JPG").write_bytes(picture(1))
    (folder.parent / "lake.jpg").write_bytes(picture(2))
    (folder.parent / "again.jpg").write_bytes(picture(2))
    (folder.parent / "note.txt").write_text("benign")
    assert shell.here("examine", folder.parent, "--exhibit", "ES-7", "--workers", "1").code == 0
    return shell


def test_every_act_shows_an_example_that_runs(examined: CommandLine) -> None:
    for act, example in EXAMPLES.items():
        done = examined.here(*shlex.split(example)[1:])
        assert done.code == 0, done.err
        assert "example:\n  amparo queue" in examined.here("queue", act, "--help").out


def test_files_wait_in_an_order_with_reasons(examined: CommandLine) -> None:
    listed = examined.here("queue", "--format", "json")
    assert "2 files wait" in listed.err
    first, second = listed.json()
    assert tuple(first) == COLUMNS
    assert (first["item_path"], second["item_path"]) == ("ES-7!folder:/DCIM/IMG_1.JPG", "ES-7!folder:/again.jpg")
    assert "camera-roll 100 × 80" in first["reasons"]
    parts = [part.split()[-3::2] for part in first["reasons"]]
    assert sum(int(points) * int(weight) for points, weight in parts) == first["score"]
    why = examined.here("queue", "why", "ES-7!folder:/lake.jpg", "--format", "json").json()
    assert (why["stands"], why["before"], why["because"]) == ("waiting", 1, "It waits to be looked at.")
    text = examined.here("queue", "why", "ES-7!folder:/note.txt").out
    assert "Only pictures and films wait" in text
    saved = examined.here("queue", "saved", "--format", "json").json()
    assert (saved["places"], saved["same_bytes"], saved["looks"], saved["looks_saved"]) == (3, 1, 2, 1)


def test_weights_are_laid_down_on_record(examined: CommandLine) -> None:
    laid = examined.here("queue", "weigh", "camera-roll=0", "recent=7", "--reason", "as agreed", "--format", "csv")
    weights = {row["reason"]: (row["weight"], row["usual"]) for row in laid.csv()}
    assert tuple(laid.csv()[0]) == WEIGHT_COLUMNS
    assert (weights["camera-roll"], weights["recent"]) == (("0", "80"), ("7", "60"))
    assert "as agreed" in laid.err
    assert "camera-roll" not in examined.here("queue", "--limit", "1").out
    for arguments, sentence in (
        (("luck=3", "--reason", "x"), "no reason 'luck'"),
        (("recent=1001", "--reason", "x"), "whole number"),
        (("recent", "--reason", "x"), "write REASON=WEIGHT"),
        (("recent=3",), "give a reason"),
    ):
        refused = examined.here("queue", "weigh", *arguments)
        assert (refused.code, sentence in refused.err) == (Exit.USAGE, True), refused.err
    assert examined.here("queue", "why", "ES-7!folder:/none.jpg").code == Exit.NOT_FOUND
    assert examined.here("verify").code == 0
