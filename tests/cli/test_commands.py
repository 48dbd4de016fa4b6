"""The commands as an examiner uses them, from a seized thing to a report."""

import hashlib
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from amparo.cli import COMMANDS
from amparo.cli.command import Command
from contracts.command_line import CommandLine
from contracts.disk_images import ext_image
from contracts.exhibits import disk_exhibit, folder_exhibit, phone, picture, zipped
from contracts.films import film

FINDING = [
    "item_path", "state", "size", "sha256", "sha1", "md5", "media_type", "extension_agrees", "pdq", "pdq_quality",
    "modified", "created", "not_examined",
]  # fmt: skip
SUMMARY = [
    "exhibit", "state", "path", "kind", "items", "bytes", "distinct", "pictures", "videos", "not_examined", "seconds",
]  # fmt: skip


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A workbench with a phone-like zip examined as ES-7."""
    shell = CommandLine(tmp_path_factory.mktemp("examined"))
    shell.amparo("init")
    (shell.folder / "phone.zip").write_bytes(zipped(phone()))
    shell.amparo("examine", "phone.zip", "--exhibit", "ES-7")
    return shell


def by_tools(path: Path) -> list[str]:
    """SHA-256, SHA-1 and MD5 of a file by the programs that every Linux has."""
    found = []
    for tool in ("sha256sum", "sha1sum", "md5sum"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
        done = subprocess.run([tool], input=path.read_bytes(), capture_output=True, check=True)
        found.append(done.stdout.decode().split()[0])
    return found


# init


def test_init_lays_the_key_outside_the_workbench_for_its_owner_only(shell: CommandLine) -> None:
    said = shell.amparo("init", "--operation", "Alfama").out
    (key,) = (shell.folder / "configuration" / "amparo" / "keys").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    assert str(key) in said
    assert "0600" in said
    assert shell.workbench.stat().st_mode & 0o077 == 0
    assert {file.stat().st_mode & 0o777 for file in shell.workbench.iterdir()} == {0o600}
    secret = key.read_bytes().strip()
    assert all(secret not in file.read_bytes() for file in shell.workbench.iterdir())
    assert "is not empty" in shell.refused(4, "init", shell.workbench)


def test_init_with_a_key_file_or_a_passphrase(shell: CommandLine) -> None:
    key, secret = shell.folder / "keys" / "a.key", shell.folder / "secret"
    assert str(key) in shell.here("init", shell.folder / "a", "--key-file", key).out
    assert key.stat().st_mode & 0o777 == 0o600
    assert shell.here("status", "--workbench", shell.folder / "a").code == 0
    assert "is there already" in shell.refused(4, "init", shell.folder / "b", "--key-file", key)
    secret.write_text("three words long\nand a line that is not part of it\n")
    assert "passphrase" in shell.here("init", shell.folder / "c", "--passphrase-file", secret).out
    opened = ("status", "--workbench", shell.folder / "c")
    assert shell.here(*opened, "--passphrase-file", secret).code == 0
    assert "--passphrase-file" in shell.refused(4, *opened)
    secret.write_text("three words\n")
    assert "Wrong passphrase" in shell.refused(4, *opened, "--passphrase-file", secret)


def test_init_refuses_what_would_guard_nothing_and_leaves_nothing(shell: CommandLine) -> None:
    secret, key = shell.folder / "secret", shell.folder / "k"
    secret.write_text("\n")
    assert "empty passphrase" in shell.refused(4, "init", shell.workbench, "--passphrase-file", secret)
    inside = shell.workbench / "k"
    assert "would lie in the workbench" in shell.refused(4, "init", shell.workbench, "--key-file", inside)
    secret.write_text("three words\n")
    both = ("init", shell.workbench, "--passphrase-file", secret, "--key-file", key)
    assert "choose one of them" in shell.refused(4, *both)
    nowhere = ("init", shell.workbench, "--database", "postgresql://nobody@localhost:1/none", "--key-file", key)
    assert "cannot be opened" in shell.refused(4, *nowhere)
    assert not any(shell.workbench.iterdir())
    assert not key.exists()


# examine, status, findings


def test_a_phone_is_examined_and_its_counts_are_right(examined: CommandLine) -> None:
    content = phone()
    again = examined.amparo("examine", "phone.zip", "--exhibit", "ES-7", "--format", "json")
    summary = again.json()
    assert list(summary) == SUMMARY
    seconds = summary.pop("seconds")
    assert 0 <= seconds < 60
    assert summary == {
        "exhibit": "ES-7",
        "state": "complete",
        "path": str(examined.folder / "phone.zip"),
        "kind": "zip",
        "items": 7,
        "bytes": sum(map(len, content.values())),
        "distinct": 5,
        "pictures": 5,
        "videos": 0,
        "not_examined": summary["not_examined"],
    }
    status = examined.here("status", "--format", "json").json()
    assert status == [summary | {"seconds": status[0]["seconds"]}]
    assert examined.here("status", "--format", "csv").csv()[0]["state"] == "complete"
    assert re.search(r"^ES-7 +complete +7 ", examined.here("status").out, re.MULTILINE)


def test_findings_are_the_same_as_text_json_and_csv(examined: CommandLine) -> None:
    summary = examined.here("status", "--format", "json").json()[0]
    done = examined.amparo("findings", "ES-7", "--format", "json")
    rows = done.json()
    assert [list(row) for row in rows] == [FINDING] * 7
    content = phone()
    by_item = {row["item_path"]: row for row in rows}
    assert set(by_item) == {f"ES-7!zip:/{name}" for name in content}
    for name, raw in content.items():
        row = by_item[f"ES-7!zip:/{name}"]
        assert row["size"] == len(raw)
        assert row["sha256"] == hashlib.sha256(raw).hexdigest()
        assert row["state"] == "live"
        assert row["modified"] == "2025-02-26T09:30:00Z"
    assert len({row["sha256"] for row in rows}) == summary["distinct"]
    assert sum(row["media_type"].startswith("image/") for row in rows) == summary["pictures"]
    assert sum(len(row["not_examined"]) for row in rows) == summary["not_examined"] > 0
    assert by_item["ES-7!zip:/Documents/invoice.pdf"]["extension_agrees"] is False
    photograph = by_item["ES-7!zip:/DCIM/Camera/IMG_0001.jpg"]
    assert re.fullmatch("[0-9a-f]{64}", photograph["pdq"])
    assert 0 <= photograph["pdq_quality"] <= 100
    assert by_item["ES-7!zip:/WhatsApp/Media/copy.jpg"]["pdq"] == photograph["pdq"]
    table = examined.here("findings", "ES-7", "--format", "csv").csv()
    assert [list(row) for row in table] == [FINDING] * 7
    for row, cells in zip(rows, table, strict=True):
        assert cells["item_path"] == row["item_path"]
        assert cells["sha256"] == row["sha256"]
        assert cells["extension_agrees"] == ("" if row["extension_agrees"] is None else str(row["extension_agrees"]))
        assert cells["not_examined"] == "; ".join(row["not_examined"])
    assert len(examined.here("findings", "ES-7").out.splitlines()) == 1 + 7


def test_a_folder_and_a_disk_in_an_e01(shell: CommandLine) -> None:
    folder = folder_exhibit(shell.folder / "seized")
    disk, files = disk_exhibit(shell.folder / "acquired")
    shell.here("init", shell.workbench)
    summary = shell.here("examine", shell.folder / "seized", "--exhibit", "ES-1", "--format", "json").json()
    assert (summary["kind"], summary["items"], summary["pictures"]) == ("folder", len(folder), 2)
    rows = shell.here("findings", "ES-1", "--format", "json").json()
    assert sorted(row["sha256"] for row in rows) == sorted(hashlib.sha256(raw).hexdigest() for raw in folder.values())
    assert any("%E2%80%AE" in row["item_path"] for row in rows)
    summary = shell.here("examine", disk, "--exhibit", "ES-2", "--format", "json", "--workers", "1").json()
    assert (summary["kind"], summary["state"]) == ("ewf", "complete")
    found = {row["item_path"]: row for row in shell.here("findings", "ES-2", "--format", "json").json()}
    live = {path.rpartition("!ext")[2].partition(":/")[2]: row for path, row in found.items() if "!ext" in path}
    for name, raw in files.items():
        assert live[name]["sha256"] == hashlib.sha256(raw).hexdigest()
        (item,) = [path for path in found if path.endswith(f":/{name}")]
        output = shell.folder / name.replace("/", "-")
        shell.here("extract", item, "-o", output)
        assert output.read_bytes() == raw
        assert by_tools(output) == [live[name][key] for key in ("sha256", "sha1", "md5")]
    checked = {row["what"]: row for row in shell.here("verify", "--format", "json").json()}
    assert {row["outcome"] for row in checked.values()} == {"agrees"}
    assert "as the image states" in checked["ES-2"]["detail"]


# extract


def test_extract_gives_every_item_as_it_was_seized_and_the_digests_agree_with_other_tools(
    examined: CommandLine, tmp_path: Path
) -> None:
    rows = {row["item_path"]: row for row in examined.here("findings", "ES-7", "--format", "json").json()}
    for number, (name, raw) in enumerate(phone().items()):
        output = tmp_path / str(number)
        item = f"ES-7!zip:/{name}"
        done = examined.here("extract", item, "-o", output, "--reason", "quoted")
        assert done.code == 0
        assert output.read_bytes() == raw
        assert output.stat().st_mode & 0o777 == 0o600
        assert by_tools(output) == [rows[item][key] for key in ("sha256", "sha1", "md5")]
    before = output.read_bytes()
    assert "is there already" in examined.refused(2, "extract", "ES-7!zip:/Documents/note.txt", "-o", output)
    assert output.read_bytes() == before


def test_extract_refuses_evidence_that_was_changed_and_leaves_nothing(shell: CommandLine) -> None:
    note = shell.folder / "seized" / "note.txt"
    note.parent.mkdir()
    note.write_text("noon")
    shell.here("init", shell.workbench)
    shell.here("examine", note.parent, "--exhibit", "ES-1")
    note.write_text("nine")
    output = shell.folder / "out"
    assert "evidence was changed" in shell.refused(3, "extract", "ES-1!folder:/note.txt", "-o", output)
    note.unlink()
    shell.refused(3, "extract", "ES-1!folder:/note.txt", "-o", output)
    assert not output.exists()


# report


def test_reports_are_whole_and_do_not_overwrite(examined: CommandLine, tmp_path: Path) -> None:
    page, print_ = tmp_path / "es-7.html", tmp_path / "es-7.pdf"
    examined.amparo("report", "ES-7", "-o", page, "--previews")
    text = page.read_text("utf-8")
    assert all(
        name in text
        for name in ("ES-7", "IMG_0001.jpg", hashlib.sha256(phone()["DCIM/Camera/IMG_0001.jpg"]).hexdigest())
    )
    assert not re.search(r"""(?:src|href)=["']?https?://""", text)
    assert examined.here("report", "ES-7", "-o", print_).code == 0
    assert print_.read_bytes().startswith(b"%PDF-")
    assert "is there already" in examined.refused(2, "report", "ES-7", "-o", page)
    assert ".html or .pdf" in examined.refused(2, "report", "ES-7", "-o", tmp_path / "es-7.docx")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["es-7.html", "es-7.pdf"]


# hash


def test_hash_needs_no_workbench_and_agrees_with_other_tools(shell: CommandLine) -> None:
    folder = shell.folder
    (folder / "one.jpg").write_bytes(picture(1))
    (folder / "note.txt").write_text("noon")
    (folder / "link.jpg").symlink_to("one.jpg")
    names = ["one.jpg", "note.txt", "link.jpg", str(folder / "one.jpg")]
    rows = shell.amparo("hash", *names, "--format", "json").json()
    assert [row["file"] for row in rows] == names
    columns = ["file", "size", "sha256", "sha1", "md5", "media_type", "pdq", "pdq_quality"]
    assert all(list(row) == columns for row in rows)
    for row in rows:
        assert [row["sha256"], row["sha1"], row["md5"]] == by_tools(folder / row["file"])
        assert row["size"] == (folder / row["file"]).stat().st_size
    assert rows[1]["pdq"] is None
    assert re.fullmatch("[0-9a-f]{64}", rows[0]["pdq"])
    assert rows[0]["pdq"] == rows[2]["pdq"] == rows[3]["pdq"]
    assert not shell.workbench.exists()


def test_hash_gives_what_it_can_and_names_what_it_cannot(shell: CommandLine) -> None:
    (shell.folder / "note.txt").write_text("noon")
    missing, note = shell.folder / "missing.jpg", shell.folder / "note.txt"
    done = shell.here("hash", missing, note, shell.folder, "--format", "csv")
    assert done.code == 3
    assert [row["file"] for row in done.csv()] == [str(note)]
    assert [line.split(": ")[1] for line in done.err.splitlines()] == [str(missing), str(shell.folder)]


def test_hash_of_a_film_has_a_value_for_each_frame(shell: CommandLine) -> None:
    (shell.folder / "film.mp4").write_bytes(film(frames=12))
    (shell.folder / "one.jpg").write_bytes(picture(1))
    files = (shell.folder / "film.mp4", shell.folder / "one.jpg")
    moving, still = shell.here("hash", "--video", *files, "--format", "json").json()
    assert [frame["frame"] for frame in moving["vpdq"]] == list(range(12))
    assert all(re.fullmatch("[0-9a-f]{64}", frame["pdq"]) for frame in moving["vpdq"])
    assert still["vpdq"] == []


# verify


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE media_file SET media_type = 'text/plain'",
        "UPDATE occurrence SET item_path = 'ES-7!folder:/b.txt', name = 'b.txt'",
        "DELETE FROM occurrence",
        "UPDATE finding SET sentence = 'It is nothing.'",
        "DELETE FROM not_examined",
        "UPDATE run SET outcome = 'interrupted'",
        "UPDATE officer SET name = 'somebody'",
        "UPDATE tally SET count = count + 1 WHERE figure = 'items'",
        "DELETE FROM ledger_entry WHERE position = (SELECT max(position) FROM ledger_entry)",
    ],
)
def test_verify_sees_a_row_that_was_changed_behind_its_back(
    agreeing: CommandLine, tmp_path: Path, tampering: str
) -> None:
    copy = tmp_path / "workbench"
    shutil.copytree(agreeing.workbench, copy)
    with sqlite3.connect(copy / "amparo.sqlite3", isolation_level=None) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(tampering).rowcount > 0
    database.close()
    done = agreeing.here("verify", "--workbench", copy)
    assert done.code == 5, done
    assert done.err.startswith("amparo: ")


@pytest.fixture(scope="module")
def agreeing(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A workbench with a small folder in which everything agrees."""
    shell = CommandLine(tmp_path_factory.mktemp("agreeing"))
    (shell.folder / "seized").mkdir()
    (shell.folder / "seized" / "a.jpg").write_bytes(picture(1))
    (shell.folder / "seized" / "broken.jpg").write_bytes(picture(2)[:200])
    assert shell.here("init", shell.workbench).code == 0
    assert shell.here("examine", shell.folder / "seized", "--exhibit", "ES-7").code == 0
    assert shell.here("verify").code == 0
    return shell


def test_verify_sees_evidence_that_was_changed(shell: CommandLine) -> None:
    seized = shell.folder / "seized"
    folder_exhibit(seized)
    archive = shell.folder / "phone.zip"
    archive.write_bytes(zipped(phone()))
    shell.here("init", shell.workbench)
    shell.here("examine", seized, "--exhibit", "ES-1")
    shell.here("examine", archive, "--exhibit", "ES-2")
    outcomes = {row["what"]: row["outcome"] for row in shell.here("verify", "--format", "json").json()}
    assert outcomes == {"ledger": "agrees", "store": "agrees", "ES-1": "agrees", "ES-2": "recorded"}
    assert shell.here("verify").out.count("agrees") == 4
    (seized / "Málaga" / "notes.txt").write_text("pasado")
    with archive.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\1")
    done = shell.run("verify", "--format", "json")
    assert done.code == 5
    assert [row["outcome"] for row in done.json()] == ["agrees", "agrees", "differs", "differs"]
    assert "ES-1" in done.err
    assert "ES-2" in done.err
    archive.unlink()
    assert [row["outcome"] for row in shell.here("verify", "--format", "csv").csv()][3] == "unreadable"


# doctor and help


def test_doctor_names_every_part(shell: CommandLine) -> None:
    rows = shell.amparo("doctor", "--format", "json").json()
    assert all(list(row) == ["part", "state", "found", "gives"] for row in rows)
    assert {row["state"] for row in rows} <= {"ok", "missing"}
    assert {"python", "pytsk3", "amparo[video]"} <= {row["part"] for row in rows}


ELSEWHERE = {"serve", "grade", "leads"}
"""Whose examples test_serve.py and test_grade.py run: one goes on until it is stopped, two are for members."""
ENDING = [command for command in COMMANDS if command.name not in ELSEWHERE]


@pytest.mark.parametrize("command", ENDING, ids=lambda command: command.name)
def test_help_shows_an_example_that_runs(
    command: Command, examined: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *arguments = shlex.split(command.example)
    assert program == "amparo"
    assert command.example in examined.here(command.name, "--help").out
    (examined.folder / "picture.jpg").write_bytes(picture(1))
    if command.name == "cross-check":
        pytest.importorskip("pyfsext", reason="amparo[crosscheck] is not installed")
        ext_image(examined.folder / "made", {"a.txt": b"a"}).rename(examined.folder / "disk.raw")
    (examined.folder / "known.txt").write_text("\n".join(hashlib.sha256(b"%d" % n).hexdigest() for n in range(9)))
    monkeypatch.chdir(examined.folder)
    done = examined.here(*arguments)
    assert done.code == 0, done
