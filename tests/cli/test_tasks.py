"""Work in the background, and `amparo tasks`."""

import shlex
import time
from pathlib import Path

import pytest

from amparo.cli.tasks import COLUMNS, EXAMPLES
from contracts.command_line import CommandLine
from contracts.exhibits import picture
from contracts.known_sets import written


@pytest.fixture
def begun(shell: CommandLine) -> CommandLine:
    """A workbench with a passphrase, which the process of a task needs as well."""
    written(shell.folder / "secret", "three words long\n")
    assert shell.here("init", shell.workbench, "--passphrase-file", shell.folder / "secret").code == 0
    return shell


def guarded(shell: CommandLine, *arguments: str | Path) -> list[dict[str, str]]:
    done = shell.here(*arguments, "--passphrase-file", shell.folder / "secret", "--format", "csv")
    assert done.code == 0, done
    return done.csv()


def until_ended(shell: CommandLine) -> list[dict[str, str]]:
    deadline = time.monotonic() + 90
    while True:
        rows = guarded(shell, "tasks")
        if all(row["state"] not in ("waiting", "running", "stopping") for row in rows):
            return rows
        assert time.monotonic() < deadline, rows
        time.sleep(0.2)


def test_each_long_command_can_be_begun_and_left(begun: CommandLine) -> None:
    secret = ("--passphrase-file", begun.folder / "secret")
    phone = begun.folder / "phone"
    phone.mkdir()
    (phone / "one.jpg").write_bytes(picture(1))
    assert "no tasks yet" in begun.here("tasks", *secret).out
    done = begun.here("examine", phone, "--exhibit", "ES-7", "--workers", "1", "--background", "--by", "ana", *secret)
    assert (done.code, done.out, done.err) == (0, "", "Task 1 has begun: see amparo tasks.\n")
    known = written(begun.folder / "known.txt", "0" * 40)
    (row,) = guarded(begun, "hashset", "import", "partner", known, "--source", "a partner", "--background")
    assert (list(row), row["task"], row["kind"], row["exhibit"]) == (list(row), "2", "hash set import", "")
    rows = until_ended(begun)
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["task"], row["kind"], row["state"]) for row in rows] == [
        ("2", "hash set import", "done"), ("1", "examine", "done"),
    ]  # fmt: skip
    assert (rows[1]["exhibit"], rows[1]["by"], rows[1]["done"], rows[1]["total"]) == ("ES-7", "ana", "1", "1")
    assert begun.here("match", "ES-7", "--background", *secret).code == 0
    assert begun.here("report", "ES-7", "-o", begun.folder / "es-7.html", "--background", *secret).code == 0
    watched = begun.here("tasks", "--watch", "--format", "json", *secret).json()
    assert {(row["task"], row["state"]) for row in watched} >= {(3, "done"), (4, "done")}
    assert (begun.folder / "es-7.html").is_file()
    text = begun.here("tasks", *secret).out
    assert "1 of 1 items" in text
    assert begun.here("verify", *secret).code == 0


def test_a_task_is_stopped_and_gone_on_with(begun: CommandLine, tmp_path: Path) -> None:
    secret = ("--passphrase-file", begun.folder / "secret")
    library = tmp_path / "library"
    library.mkdir()
    taken = picture(1)
    for number in range(1500):
        (library / f"{number}.jpg").write_bytes(taken + number.to_bytes(4))
    password = written(begun.folder / "passwords", "of the suspect\n")
    examine = ("examine", library, "--exhibit", "ES-7", "--workers", "1", "--background", *secret)
    assert begun.here(*examine, "--secrets", password, "--limit", "analysis_s=30").code == 0
    assert "Task 1 (examine of ES-7) is at this already" in begun.refused(6, *examine)
    (row,) = guarded(begun, "tasks", "stop", "1")
    assert row["state"] in ("stopped", "withdrawn")
    assert "already" in begun.refused(2, "tasks", "stop", "1", *secret)
    assert "no task 9" in begun.refused(7, "tasks", "stop", "9", *secret)
    (row,) = guarded(begun, "tasks", "resume", "1", "--secrets", password)
    assert (row["task"], row["resumes"], row["kind"]) == ("2", "1", "examine")
    assert "does not wait" in begun.refused(2, "tasks", "move", "1", *secret)
    assert guarded(begun, "tasks", "stop", "2")[0]["state"] in ("stopped", "withdrawn")


def test_what_cannot_be_begun_is_refused_at_once(begun: CommandLine) -> None:
    secret = ("--passphrase-file", begun.folder / "secret")
    nowhere = begun.folder / "nowhere"
    wanted = ("examine", nowhere, "--exhibit", "ES-7", "--background")
    assert "There is nothing at" in begun.refused(3, *wanted, *secret)
    assert "--engine dask" in begun.here(*wanted, "--engine", "dask", *secret).err
    assert "no exhibit ES-7" in begun.refused(7, "match", "ES-7", "--background", *secret)
    imported = ("hashset", "import", "partner", nowhere, "--background", *secret)
    assert "not there" in begun.refused(3, *imported)
    assert "no --background with them" in begun.here(*imported, "--wait").err
    assert guarded(begun, "tasks") == []


def test_every_act_shows_an_example(shell: CommandLine) -> None:
    assert sorted(EXAMPLES) == ["list", "move", "resume", "stop"]
    for act, example in EXAMPLES.items():
        assert f"example:\n  {example}\n" in shell.here("tasks", act, "--help").out
        assert shlex.split(example)[:3] == ["amparo", "tasks", act]
