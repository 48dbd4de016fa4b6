"""`amparo clusters` as somebody at a terminal uses it."""

from pathlib import Path

import pytest

from amparo.cli.clusters import COLUMNS, GROUPS, TEXT_COLUMNS, TEXT_GROUPS
from contracts.command_line import CommandLine
from contracts.pictures import colours, saved

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "commands.md"
SEA, DUNES = colours(240, 320, 1), colours(240, 320, 2)
EXHIBITS = {
    "ES-7": {"sea.png": saved(SEA, "PNG"), "dunes.png": saved(DUNES, "PNG"), "note.txt": b"nothing of note"},
    "ES-8": {"sea.jpg": saved(SEA, "JPEG", quality=70), "d.png": saved(DUNES, "PNG")},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    shell = CommandLine(tmp_path_factory.mktemp("clusters"))
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    for number, files in EXHIBITS.items():
        folder = shell.folder / number
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        assert shell.here("examine", folder, "--exhibit", number, "--workers", "1").code == 0
    return shell


def test_a_row_for_each_file_and_exhibit(made: CommandLine) -> None:
    done = made.here("clusters", "--format", "csv")
    assert done.out.splitlines()[0] == ",".join(COLUMNS)
    rows = done.csv()
    assert [(row["cluster"], row["kind"], row["exhibit"], row["item_path"]) for row in rows] == [
        ("1", "near copies", "ES-7", "ES-7!folder:/sea.png"),
        ("1", "near copies", "ES-8", "ES-8!folder:/sea.jpg"),
        ("2", "same file", "ES-7", "ES-7!folder:/dunes.png"),
        ("2", "same file", "ES-8", "ES-8!folder:/d.png"),
    ]
    assert {row["exhibits"] for row in rows} == {"ES-7; ES-8"}
    assert [row["files"] for row in rows] == ["2", "2", "1", "1"]
    text = made.here("clusters").out.splitlines()
    assert text[0].split() == " ".join(TEXT_COLUMNS).replace("_", " ").split()
    assert made.here("clusters", "--format", "json").json()[0]["exhibits"] == ["ES-7", "ES-8"]


def test_groups_are_chosen_put_in_order_and_cut(made: CommandLine) -> None:
    groups = made.here("clusters", "ES-8", "--groups", "--format", "csv")
    assert groups.out.splitlines()[0] == ",".join(GROUPS)
    assert [row["item_path"] for row in groups.csv()][1:] == ["ES-8!folder:/d.png"]
    assert (
        made.here("clusters", "--groups").out.split("\n")[0].split() == " ".join(TEXT_GROUPS).replace("_", " ").split()
    )
    same = made.here("clusters", "--kind", "same-file", "--format", "csv").csv()
    assert {row["kind"] for row in same} == {"same file"}
    cut = made.here("clusters", "--exhibits", "2", "--sort", "files", "--limit", "1", "--groups", "--format", "csv")
    assert [row["kind"] for row in cut.csv()] == ["near copies"]
    assert cut.err == "The first 1 of 2 groups\n"


def test_what_is_empty_or_wrong_says_so(made: CommandLine) -> None:
    assert made.here("clusters", "--exhibits", "3").out == "No pictures belong together in this way.\n"
    assert made.here("clusters", "--files", "9", "--format", "json").json() == []
    assert "no exhibit ES-9" in made.refused(7, "clusters", "ES-9")
    for wrong in (("--limit", "0"), ("--exhibits", "x"), ("--kind", "near"), ("--sort", "size")):
        assert made.here("clusters", *wrong).code == 2


def test_the_page_names_every_column() -> None:
    section = PAGE.read_text("utf-8").partition("## `amparo clusters`\n")[2].partition("\n## ")[0]
    assert all(f"`{column}`" in section for column in COLUMNS)
