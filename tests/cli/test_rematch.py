"""A hash set that arrives is compared in the background, and `amparo notices` says what came of it."""

import time
from pathlib import Path

import pytest

from amparo.cli.notices import COLUMNS
from amparo.workbench import hash_files
from contracts.command_line import CommandLine
from contracts.exhibits import picture
from contracts.known_sets import written


def exhibit(shell: CommandLine) -> Path:
    folder = shell.folder / "phone"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(picture(1))
    return folder


def known(shell: CommandLine, name: str = "known.txt") -> Path:
    ((_, found),) = hash_files([shell.folder / "phone" / "one.jpg"], workers=1)
    assert found.digests is not None
    return written(shell.folder / name, found.digests.sha1.hex())


def notices_in_time(shell: CommandLine, *more: str | Path) -> list[dict[str, str]]:
    deadline = time.monotonic() + 60
    while not (rows := shell.here("notices", "--by", "ana", "--format", "csv", *more).csv()):
        assert time.monotonic() < deadline, (shell.workbench / "rematch.log").read_text("utf-8")
        time.sleep(0.2)
    return rows


def test_the_comparison_outlives_the_command(shell: CommandLine) -> None:
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    assert shell.here("examine", exhibit(shell), "--exhibit", "ES-7", "--by", "ana", "--workers", "1").code == 0
    assert shell.here("notices", "--by", "ana").out == "There are no notices to ana.\n"
    done = shell.amparo("hashset", "import", "partner", known(shell), "--by", "rui")
    assert "amparo notices" in done.err
    (row,) = notices_in_time(shell)
    assert list(row) == list(COLUMNS)
    assert (row["exhibit"], row["set"], row["version"], row["matches"], row["read"]) == (
        "ES-7", "partner", "1", "1", "",
    )  # fmt: skip
    matches = shell.here("match", "ES-7", "--last", "--format", "csv")
    assert "sets that arrived since" in matches.err
    assert [row["set"] for row in matches.csv()] == ["partner"]
    assert shell.here("notices", "--by", "rui", "--format", "json").json() == []
    assert "partner" in shell.here("notices", "--by", "ana", "--read").out
    assert shell.here("notices", "--by", "ana", "--format", "json").json() == []
    (row,) = shell.here("notices", "--by", "ana", "--all", "--format", "json").json()
    assert row["read"]
    assert shell.here("verify").code == 0


def test_waiting_for_it_and_going_on_with_it(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    assert shell.here("examine", exhibit(shell), "--exhibit", "ES-7", "--by", "ana", "--workers", "1").code == 0
    done = shell.here("hashset", "import", "partner", known(shell), "--wait")
    assert done.err.splitlines()[-1] == "amparo: partner@1 in ES-7: 1 new matches, told ana."
    assert shell.here("hashset", "rematch", "--format", "json").json() == []
    begun: list[object] = []
    monkeypatch.setattr("amparo.cli.hashset.begin", lambda *arguments, **_: begun.append(arguments))
    assert shell.here("hashset", "import", "second", known(shell)).code == 0
    assert len(begun) == 1
    assert "still to be compared" in shell.here("notices").err
    (row,) = shell.here("hashset", "rematch", "--format", "csv").csv()
    assert row == {"exhibit": "ES-7", "set": "second", "version": "1", "matches": "1", "told": "ana"}
    assert shell.here("notices").err == ""


def test_a_passphrase_goes_along(shell: CommandLine) -> None:
    secret = written(shell.folder / "passphrase", "correct horse\n")
    guarded = ("--passphrase-file", secret)
    assert shell.here("init", shell.workbench, "--passphrase", *guarded).code == 0
    folder = exhibit(shell)
    assert shell.here("examine", folder, "--exhibit", "ES-7", "--by", "ana", "--workers", "1", *guarded).code == 0
    shell.amparo("hashset", "import", "partner", known(shell), *guarded)
    assert len(notices_in_time(shell, *guarded)) == 1


def test_an_import_without_exhibits_compares_nothing(shell: CommandLine) -> None:
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    done = shell.here("hashset", "import", "partner", written(shell.folder / "a", "0" * 40))
    assert (done.code, done.err) == (0, "")
    assert not (shell.workbench / "rematch.log").exists()
