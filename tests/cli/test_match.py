"""`amparo match` as somebody at a terminal uses it: what is printed, chosen, put in order."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from contracts.command_line import CommandLine
from contracts.known_sets import written
from contracts.pictures import colours, saved

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "commands.md"
SEA = colours(240, 320, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    shell = CommandLine(tmp_path_factory.mktemp("match"))
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    folder = shell.folder / "phone"
    folder.mkdir()
    (folder / "z.png").write_bytes(saved(SEA, "PNG"))
    (folder / "a.jpg").write_bytes(saved(SEA.resize((200, 150)), "JPEG", quality=50))
    for name in ("note", "system"):
        (folder / f"{name}.txt").write_text(name)
    assert shell.here("examine", folder, "--exhibit", "ES-7", "--workers", "1").code == 0
    row = next(row for row in shell.here("findings", "ES-7", "--format", "csv").csv() if "z.png" in row["item_path"])
    note, system = (hashlib.md5(name.encode()).hexdigest() for name in ("note", "system"))
    known = written(shell.folder / "known.csv", f"md5,pdq,category\n,{row['pdq']},1\n{note},,2\n")
    columns = [f"--column={name}={name}" for name in ("md5", "pdq", "category")]
    assert shell.here("hashset", "import", "partner", known, "--wait", *columns).code == 0
    good = written(shell.folder / "good.txt", system)
    assert shell.here("hashset", "import", "system", good, "--kind", "known-good", "--wait").code == 0
    return shell


def names(shell: CommandLine, *options: str) -> list[str]:
    done = shell.here("match", "ES-7", "--last", "--format", "csv", *options)
    assert done.code == 0, done.err
    return [row["item_path"].rpartition("/")[2] for row in done.csv()]


def test_matches_are_chosen_and_put_in_order(made: CommandLine) -> None:
    every = made.here("match", "ES-7", "--format", "csv")
    assert "Compared with: partner@1 (2), system@1 (1)" in every.err
    assert len(every.csv()) == 4
    assert names(made, "--sort", "path") == ["a.jpg", "note.txt", "system.txt", "z.png"]
    assert names(made, "--kind", "known-good") == names(made, "--set", "system") == ["system.txt"]
    assert sorted(names(made, "--basis", "picture")) == ["a.jpg", "z.png"]
    assert names(made, "--basis", "picture", "--sort", "distance") == ["z.png", "a.jpg"]
    assert names(made, "--category", "2") == ["note.txt"]
    assert len(names(made, "--basis", "digest", "--basis", "film", "--basis", "digest-as-text")) == 2
    assert len(names(made, "--limit", "3")) == 3
    assert names(made, "--set", "none") == []


def test_what_was_never_compared_says_what_to_do(made: CommandLine) -> None:
    folder = made.folder / "usb"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    assert made.here("examine", folder, "--exhibit", "ES-8", "--workers", "1").code == 0
    done = made.here("match", "ES-8", "--last")
    assert (done.code, done.out) == (7, "")
    assert done.err.endswith("run amparo match without --last.\n")
    for wrong in (("--limit", "0"), ("--basis", "name"), ("--sort", "size"), ("--radius", "257")):
        assert made.here("match", "ES-7", *wrong).code == 2


def test_an_examination_that_goes_on_is_said(made: CommandLine) -> None:
    whole = made.here("match", "ES-7", "--last")
    assert "is not examined to its end" not in whole.err
    with sqlite3.connect(made.workbench / "amparo.sqlite3") as database:
        database.execute("UPDATE run SET outcome = 'interrupted' WHERE acquisition_id = 1")
    database.close()
    some = made.here("match", "ES-7", "--last")
    assert some.err == whole.err + "ES-7 is not examined to its end: run amparo match again when it is.\n"
    assert some.out == whole.out


def test_the_page_names_every_option() -> None:
    section = PAGE.read_text("utf-8").partition("## `amparo match`\n")[2].partition("\n## ")[0]
    assert all(f"`{option}" in section for option in ("--set", "--kind", "--basis", "--category", "--sort", "--limit"))
