"""Bad input: one sentence that says what to do, the documented exit code, and nothing lost."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.records.database import DiskFull, ReadOnly
from amparo.workbench import Workbench
from contracts.command_line import CommandLine, refusal
from contracts.disk_images import acquired, ext_image, write_tree
from contracts.exhibits import folder_exhibit, phone, picture, zipped
from contracts.processes import standing_still


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A workbench in which a phone is examined as ES-7."""
    shell = CommandLine(tmp_path_factory.mktemp("made"))
    (shell.folder / "phone.zip").write_bytes(zipped(phone()))
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    assert shell.here("examine", shell.folder / "phone.zip", "--exhibit", "ES-7").code == 0
    return shell


@pytest.fixture
def copy(made: CommandLine, tmp_path: Path) -> CommandLine:
    """A copy of that workbench, to be spoilt."""
    shutil.copytree(made.workbench, tmp_path / "workbench")
    return CommandLine(tmp_path)


# the evidence


@pytest.mark.parametrize(
    ("code", "says", "arguments"),
    [
        (3, "check the path", ("examine", "{folder}/none.zip", "--exhibit", "ES-8")),
        (3, "which was examined before", ("examine", "{folder}/key", "--exhibit", "ES-7")),
        (2, "is not an exhibit number", ("examine", "{folder}/phone.zip", "--exhibit", "../ES-7")),
        (2, "is not an exhibit number", ("examine", "{folder}/phone.zip", "--exhibit", "ES 7")),
        (7, "amparo status", ("findings", "ES-9")),
        (7, "amparo status", ("report", "ES-9", "-o", "{folder}/es-9.html")),
        (7, "no item", ("extract", "ES-7!zip:/none", "-o", "{folder}/none")),
        (7, "amparo status", ("extract", "ES-9!zip:/none", "-o", "{folder}/none")),
        (2, "is not a step", ("extract", "ES-7!../../etc/passwd", "-o", "{folder}/none")),
        (2, "written form", ("extract", "ES-7!zip:/a%zz", "-o", "{folder}/none")),
        (2, "cannot be written", ("extract", "ES-7!zip:/Documents/note.txt", "-o", "{folder}/no/where")),
        (2, "cannot be written", ("report", "ES-7", "-o", "{folder}/no/where.html")),
        (4, "amparo init", ("status", "--workbench", "{folder}/none")),
        (4, "amparo init", ("status", "--workbench", "{folder}/phone.zip")),
        (4, "not empty", ("init", "{folder}/workbench")),
        (4, "No workbench can be made", ("init", "{folder}/phone.zip/in")),
    ],
)
def test_one_sentence_and_the_documented_code(
    made: CommandLine, code: int, says: str, arguments: tuple[str, ...]
) -> None:
    before = sorted(made.folder.rglob("*"))
    assert says in made.refused(code, *(argument.format(folder=made.folder) for argument in arguments))
    assert sorted(made.folder.rglob("*")) == before
    assert made.here("status", "--format", "json").json()[0]["exhibit"] == "ES-7"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("examine",),
        ("examine", "x", "--exhibit", "E", "--workers", "0"),
        ("findings", "E", "--format", "xml"),
    ],
)
def test_a_command_line_that_is_not_understood(made: CommandLine, arguments: tuple[str, ...]) -> None:
    done = made.here(*arguments)
    assert done.code == 2
    assert "usage: amparo" in done.err


def test_evidence_that_may_not_be_read(made: CommandLine) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    closed = made.folder / "closed.zip"
    closed.write_bytes(zipped(phone()))
    closed.chmod(0)
    assert "closed.zip" in made.refused(3, "examine", closed, "--exhibit", "ES-8")


def test_an_e01_that_is_cut_short_or_lacks_a_segment(copy: CommandLine, tmp_path: Path) -> None:
    full = {f"{number}.bin": random.Random(number).randbytes(400_000) for number in range(7)}
    segments = acquired(ext_image(tmp_path / "disk", full), "-S", str(1024 * 1024), "-c", "none")
    assert len(segments) > 3
    *_, before_last, last = segments
    spoilt = {
        "ES-1": {name: raw[:5000] if name == last else raw for name, raw in segments.items()},
        "ES-2": {name: raw for name, raw in segments.items() if name != before_last},
    }
    for number, left in spoilt.items():
        write_tree(tmp_path / number, left)
        done = copy.here("examine", tmp_path / number / "disk.E01", "--exhibit", number, "--format", "json")
        assert done.code == 0, done
        assert done.json()["not_examined"] > 0
        rows = copy.here("findings", number, "--format", "json").json()
        reasons = " ".join(reason for row in rows for reason in row["not_examined"])
        assert ("cut off" if number == "ES-1" else f"{before_last} is missing") in reasons
        whole = {row["sha256"] for row in rows} & {hashlib.sha256(raw).hexdigest() for raw in full.values()}
        assert 2 <= len(whole) < len(full)
    done = copy.here("verify", "--format", "csv")
    assert done.code == 5
    outcomes = {row["what"]: row["outcome"] for row in done.csv()}
    assert {outcomes["ES-1"], outcomes["ES-2"]} <= {"differs", "unreadable"}
    (tmp_path / "ES-2" / "disk.E01").unlink()
    assert "check the path" in copy.refused(3, "examine", tmp_path / "ES-2" / "disk.E01", "--exhibit", "ES-3")
    other = tmp_path / "ES-2" / last
    assert copy.here("examine", other, "--exhibit", "ES-4", "--format", "json").json()["not_examined"] > 0


# the workbench and its key


def test_a_key_that_is_missing_or_open_to_others(copy: CommandLine, made: CommandLine, tmp_path: Path) -> None:
    description = json.loads((copy.workbench / "workbench.json").read_text())
    key = tmp_path / "key"
    shutil.copy(made.folder / "key", key)
    (copy.workbench / "workbench.json").write_text(json.dumps(description | {"key_file": str(key)}))
    assert copy.here("status").code == 0
    key.chmod(0o644)
    assert f"chmod 600 {key}" in copy.refused(4, "status")
    key.chmod(0o600)
    key.write_text("not a key")
    assert "status" not in copy.refused(4, "status")
    key.unlink()
    assert "bring it back" in copy.refused(4, "status")


def test_the_key_of_another_workbench(copy: CommandLine, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert copy.here("init", other, "--key-file", tmp_path / "other-key").code == 0
    description = json.loads((copy.workbench / "workbench.json").read_text())
    (copy.workbench / "workbench.json").write_text(json.dumps(description | {"key_file": str(tmp_path / "other-key")}))
    assert "key" in copy.refused(4, "status")


def test_a_workbench_of_a_newer_version(copy: CommandLine) -> None:
    with contextlib.closing(sqlite3.connect(copy.workbench / "amparo.sqlite3")) as database:
        values = "('records', '9999_later', '2030-01-01')"
        database.execute(f"INSERT INTO django_migrations (app, name, applied) VALUES {values}")
        database.commit()
    assert "update Amparo" in copy.refused(4, "status")
    description = json.loads((copy.workbench / "workbench.json").read_text())
    (copy.workbench / "workbench.json").write_text(json.dumps(description | {"version": 2}))
    assert "update Amparo" in copy.refused(4, "verify")


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"version": 1}', '{"version": "one"}', '{"version": null}'])
def test_a_workbench_whose_description_is_spoilt(copy: CommandLine, spoilt: str) -> None:
    (copy.workbench / "workbench.json").write_text(spoilt)
    assert "from a copy" in copy.refused(4, "status")


@pytest.mark.parametrize("spoilt", [b"", b"this is no database, but it is long enough to be taken for one" * 20, None])
def test_a_workbench_whose_database_is_spoilt(copy: CommandLine, spoilt: bytes | None) -> None:
    file = copy.workbench / "amparo.sqlite3"
    if spoilt is None:
        file.unlink()
    else:
        file.write_bytes(spoilt)
    copy.refused(4, "status")
    copy.refused(4, "findings", "ES-7")
    assert file.exists() == (spoilt is not None)


@contextlib.contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    """A small file system in memory at `place`."""
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place], capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_stops_the_work_and_with_room_it_goes_on(tmp_path: Path) -> None:
    shell = CommandLine(tmp_path, {"AMPARO_WORKBENCH": str(tmp_path / "small" / "workbench")})
    seized = tmp_path / "seized"
    seized.mkdir()
    for number in range(300):
        (seized / f"{'a long name of a file ' * 8}{number}.txt").write_text(f"text {number}")
    with mounted(tmp_path / "small", "size=1280k"):
        assert shell.here("init", tmp_path / "small" / "workbench", "--key-file", tmp_path / "key").code == 0
        refusal(done := shell.run("examine", seized, "--exhibit", "ES-1"), 4)
        assert "free some space" in done.err
        subprocess.run(["mount", "-o", "remount,size=64m", tmp_path / "small"], check=True)
        summary = shell.run("examine", seized, "--exhibit", "ES-1", "--format", "json").json()
        assert (summary["state"], summary["items"]) == ("complete", 300)
        assert shell.here("verify").code == 0


def test_a_database_that_cannot_grow_says_so(copy: CommandLine, made: CommandLine) -> None:
    seized = copy.folder / "seized"
    folder_exhibit(seized)
    with Workbench.open(copy.workbench) as workbench:
        pages = workbench._database.fetch("PRAGMA page_count")[0][0]
        workbench._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskFull, match="free some space"):
            list(workbench.examine(seized, exhibit="ES-8", workers=1))
    assert copy.here("examine", seized, "--exhibit", "ES-8").code == 0
    assert copy.here("verify").code == 0


def test_a_read_only_workbench_is_left_as_it_is(made: CommandLine, tmp_path: Path) -> None:
    place = tmp_path / "locked"
    shell = CommandLine(tmp_path, {"AMPARO_WORKBENCH": str(place / "workbench")})
    with mounted(place, "size=4m"):
        shutil.copytree(made.workbench, place / "workbench")
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        for arguments in (
            ("examine", made.folder / "key", "--exhibit", "ES-8"),
            ("extract", "ES-7!zip:/Documents/note.txt", "-o", tmp_path / "note.txt"),
            ("report", "ES-7", "-o", tmp_path / "es-7.html"),
        ):
            assert "amparo.sqlite3" in refusal(shell.run(*arguments), 4)
        assert sorted(file.name for file in tmp_path.iterdir()) == ["locked"]


def test_a_database_that_may_only_be_read_says_so(copy: CommandLine) -> None:
    with Workbench.open(copy.workbench) as workbench:
        workbench._database.execute("PRAGMA query_only = 1")
        with pytest.raises(ReadOnly, match="work on a copy"):
            workbench.extract("ES-7!zip:/Documents/note.txt", copy.folder / "note.txt")
    assert not (copy.folder / "note.txt").exists()


# two at once, and Ctrl-C


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder that takes some seconds."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(250):
        (folder / f"{number}.png").write_bytes(picture(number, 500, 400, "PNG"))
    return folder


def begun(process: "subprocess.Popen[str]", database: Path) -> None:
    """Wait until some of it is stored."""
    deadline_s = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline_s:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
            if opened.execute("SELECT count(*) FROM occurrence").fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError(process.communicate())


def test_two_at_once_and_ctrl_c(shell: CommandLine, many: Path) -> None:
    assert shell.here("init", shell.workbench).code == 0
    first = shell.start("examine", many, "--exhibit", "ES-1", "--format", "json")
    begun(first, shell.workbench / "amparo.sqlite3")
    with standing_still(first.pid, shell.workbench / "amparo.sqlite3"):
        began_s = time.monotonic()
        assert "another process" in shell.refused(6, "examine", many, "--exhibit", "ES-1")
        assert time.monotonic() - began_s < 5
        assert first.poll() is None
        assert shell.here("status", "--format", "json").json()[0]["state"] == "running"
        first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    assert (first.returncode, out) == (130, "")
    assert err == "amparo: interrupted; nothing is half done: the same command goes on where it was, or begins anew.\n"
    (row,) = shell.here("status", "--format", "json").json()
    assert row["state"] == "interrupted"
    assert 0 < row["items"] < 250
    summary = shell.amparo("examine", many, "--exhibit", "ES-1", "--format", "json").json()
    assert (summary["state"], summary["items"], summary["distinct"]) == ("complete", 250, 250)
    assert len({row["item_path"] for row in shell.here("findings", "ES-1", "--format", "json").json()}) == 250
    assert shell.here("verify").code == 0


def test_the_reader_of_a_pipe_may_have_enough(made: CommandLine) -> None:
    process = made.start("findings", "ES-7", "--format", "json")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
