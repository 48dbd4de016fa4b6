"""Chosen places are tried again by the command and from Python: they alone, once, whatever happens in between."""

import contextlib
import io
import os
import signal
import sqlite3
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from amparo.casework.chosen import NothingToRetry, OtherFirst
from amparo.domain.chosen_places import MalformedChoice
from amparo.domain.errors import Busy, NotFound
from amparo.domain.limits import Limits
from amparo.domain.task import Retry, State
from amparo.records import ledger as ledgers
from amparo.records.verification import verify_store
from amparo.workbench import Workbench
from contracts.command_line import CommandLine
from contracts.exhibits import picture, zipped

ZIP = "ES-7!folder:/bombs.zip!zip:"
SMALL = Limits(bomb_free_bytes=1 << 20, picture_pixels=1000, nesting=2)
ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
AGAIN = ("examine", "ES-7", "--retry-failed", "--workers", "1")


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path)
    assert made.here("init", made.workbench).code == 0
    return made


@pytest.fixture
def exhibit(tmp_path: Path) -> Path:
    """A folder in which a good deal fails by `SMALL` limits: members of an archive, archives in it, pictures."""
    folder = tmp_path / "exhibit"
    folder.mkdir()
    zeros = {f"{number}.bin": bytes(2 << 20) + b"%d" % number for number in range(3)}
    inner = {f"{name}.zip": zipped({"note.txt": name.encode()}) for name in ("left", "right")}
    with zipfile.ZipFile(folder / "bombs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**zeros, **inner, "seen.txt": b"seen"}.items():
            archive.writestr(name, content)
    for number in range(2):
        (folder / f"{number}.jpg").write_bytes(picture(number))
    return folder


def examined(shell: CommandLine, exhibit: Path) -> None:
    limits = [f"{name}={getattr(SMALL, name)}" for name in ("bomb_free_bytes", "picture_pixels", "nesting")]
    options = [option for limit in limits for option in ("--limit", limit)]
    assert shell.here("examine", exhibit, "--exhibit", "ES-7", "--workers", "1", *options).code == 0


def quarantine(shell: CommandLine) -> dict[str, list[Any]]:
    """What could not be examined, by the place."""
    found: dict[str, list[Any]] = {}
    for row in shell.here("quarantine", "ES-7", "--format", "json").json():
        found.setdefault(row["address"], []).append(row)
    return found


def addresses(shell: CommandLine) -> set[str]:
    return {row["item_path"] for row in shell.here("findings", "ES-7", "--format", "json").json()}


def test_chosen_among_others_that_failed_too(shell: CommandLine, exhibit: Path, tmp_path: Path) -> None:
    examined(shell, exhibit)
    failed, seen = quarantine(shell), addresses(shell)
    bombs = [f"{ZIP}/{number}.bin" for number in range(3)]
    archives = [f"{ZIP}/{name}.zip!zip:" for name in ("left", "right")]
    pictures = [f"ES-7!folder:/{number}.jpg" for number in range(2)]
    assert failed.keys() == {*bombs, *archives, *pictures}
    chosen = [bombs[1], archives[0], pictures[1]]
    listed = tmp_path / "chosen"
    listed.write_text("\n".join([chosen[1], chosen[2], "", chosen[1], ""]))
    assert shell.here(*AGAIN, "--only", bombs[1], "--only", bombs[1], "--only-from", listed).code == 0
    assert quarantine(shell) == {address: row for address, row in failed.items() if address not in chosen}
    assert addresses(shell) == {*seen, f"{archives[0]}/note.txt"}
    assert shell.here("verify").code == 0
    with contextlib.closing(sqlite3.connect(shell.workbench / "amparo.sqlite3")) as database:
        (facts,) = database.execute("SELECT facts FROM retry").fetchone()
    assert all(f'"{place}"' in facts for place in chosen)
    refused = shell.here(*AGAIN, "--only", chosen[0])
    assert (refused.code, "Nothing failed at the chosen places" in refused.err) == (2, True)


def test_what_chooses_nothing_is_refused_with_a_word(
    shell: CommandLine, exhibit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined(shell, exhibit)
    (tmp_path / "none").write_text("\n")
    before = quarantine(shell)
    for options, code, word in (
        (("--only", f"{ZIP}/9.bin"), 7, "9.bin"),
        (("--only", "ES-8!zip:/a"), 2, "is no address in ES-7"),
        (("--only", "0.jpg"), 2, "is no address in ES-7"),
        (("--only", f"{ZIP}/seen.txt"), 2, "Nothing failed"),
        (("--only-from", tmp_path / "none"), 2, "No place is chosen"),
        (("--only-from", tmp_path / "nowhere"), 2, "nowhere"),
    ):
        said = shell.here(*AGAIN, *options)
        assert (said.code, word in said.err) == (code, True), said
    said = shell.here(*AGAIN, "--only", f"{ZIP}/seen.txt", "--background")
    assert (said.code, "Nothing failed" in said.err) == (2, True)
    said = shell.here("examine", exhibit, "--exhibit", "ES-7", "--only", f"{ZIP}/0.bin")
    assert (said.code, "--retry-failed" in said.err) == (2, True)
    assert quarantine(shell) == before
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ZIP}/0.bin\n"))
    assert shell.here(*AGAIN, "--only-from", "-").code == 0
    assert before.keys() - quarantine(shell).keys() == {f"{ZIP}/0.bin"}


@ON_SQLITE
def test_a_choice_that_was_cut_off_is_gone_on_with_first(workbench: Workbench, exhibit: Path) -> None:
    first = workbench.examine(exhibit, exhibit="ES-7", workers=1, limits=SMALL)
    next(first)
    first.close()
    chosen = [f"{ZIP}/0.bin", f"{ZIP}/left.zip!zip:"]
    with pytest.raises(OtherFirst, match="not examined to its end"):
        list(workbench.examine(exhibit="ES-7", retry_failed=True, only=chosen))
    list(workbench.examine(exhibit, exhibit="ES-7", workers=1, limits=SMALL))
    with pytest.raises(MalformedChoice):
        list(workbench.examine(exhibit, exhibit="ES-7", only=chosen))
    with pytest.raises(NotFound, match="ES-8"):
        list(workbench.examine(exhibit="ES-8", retry_failed=True, only=["ES-8!zip:"]))
    retry = workbench.examine(exhibit="ES-7", workers=1, retry_failed=True, only=chosen)
    next(retry)
    retry.close()
    for other in (None, chosen[:1], [f"{ZIP}/1.bin"]):
        with pytest.raises(OtherFirst, match="go on with that first"):
            list(workbench.examine(exhibit="ES-7", workers=1, retry_failed=True, only=other))
    list(workbench.examine(exhibit="ES-7", workers=1, retry_failed=True, only=[*reversed(chosen), *chosen]))
    assert workbench.summary("ES-7").state == "complete"
    left = {each.address for each in workbench.quarantine("ES-7")}
    assert left == {
        *(f"{ZIP}/{number}.bin" for number in (1, 2)),
        f"{ZIP}/right.zip!zip:",
        *(f"ES-7!folder:/{number}.jpg" for number in range(2)),
    }
    with pytest.raises(NothingToRetry):
        list(workbench.examine(exhibit="ES-7", retry_failed=True, only=chosen))
    acts = [entry for entry in ledgers.entries(workbench._database) if entry.act == "examination.retry"]
    assert [entry.facts["places"] for entry in acts] == [2]
    assert [checked.outcome for checked in workbench.verify()] == ["agrees"] * 3


@ON_SQLITE
def test_a_chosen_place_that_can_no_longer_be_read_says_so(workbench: Workbench, exhibit: Path) -> None:
    list(workbench.examine(exhibit, exhibit="ES-7", workers=1, limits=SMALL))
    before = {(each.address, each.said.analyzer): each for each in workbench.quarantine("ES-7")}
    count = workbench.summary("ES-7").not_examined
    (exhibit / "bombs.zip").write_bytes(b"PK no archive any more")
    (exhibit / "1.jpg").unlink()
    chosen = [f"{ZIP}/1.bin", f"{ZIP}/left.zip!zip:", "ES-7!folder:/1.jpg"]
    list(workbench.examine(exhibit="ES-7", workers=1, retry_failed=True, only=chosen))
    after = {(each.address, each.said.analyzer): each for each in workbench.quarantine("ES-7")}
    assert after.keys() == before.keys()
    for about, each in after.items():
        if each.address not in chosen:
            assert each == before[about]
            continue
        first = before[about].said.reason
        assert each.tries == before[about].tries + 1
        assert each.said.reason.startswith(f"{first} It was tried again, in vain: ") or each.address == chosen[1]
        assert each.said.cause is before[about].said.cause or each.address == chosen[1]
    (gone, *_) = [each for each in after.values() if each.address == chosen[2]]
    assert gone.said.reason.endswith(": its container does not list it any more.")
    verify_store(workbench._database)
    assert (workbench.summary("ES-7").state, workbench.summary("ES-7").not_examined) == ("complete", count)


@ON_SQLITE
def test_killed_in_the_middle_it_goes_on_and_nothing_else_was_touched(workbench: Workbench, tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    for number in range(14):
        inside = {f"{n}.png": picture(number * 9 + n, 160, 120, "PNG") for n in range(6)}
        (exhibit / f"{number:02}.zip").write_bytes(zipped(inside))
    list(workbench.examine(exhibit, exhibit="ES-7", workers=1, limits=Limits(nesting=1)))
    failed = list(workbench.quarantine("ES-7"))
    chosen = [each.address for each in failed][:12]
    task = workbench.tasks.begin(Retry("ES-7", workers=1, only=chosen))
    process = int((workbench.folder / "tasks" / f"{task.number}.lock").read_bytes())
    os.setpriority(os.PRIO_PROCESS, process, 19)  # so that whoever waits for its first results is there before its last
    with pytest.raises(Busy):
        workbench.tasks.begin(Retry("ES-7", only=[failed[13].address]))
    while workbench.summary("ES-7").items == 14:
        assert workbench.tasks.show(task.number).state.open
        time.sleep(0.02)
    os.kill(process, signal.SIGKILL)
    while workbench.tasks.show(task.number).state.open:
        time.sleep(0.02)
    assert workbench.tasks.show(task.number).state is State.CUT_OFF
    assert 14 < workbench.summary("ES-7").items < 14 + 12 * 6, "it was killed in the middle"
    again = workbench.tasks.resume(task.number)
    assert again.assignment == task.assignment == Retry("ES-7", workers=1, only=tuple(sorted(chosen)))
    while (state := workbench.tasks.show(again.number).state).open:
        time.sleep(0.05)
    assert state is State.DONE
    assert list(workbench.quarantine("ES-7")) == [each for each in failed if each.address not in chosen]
    assert workbench.summary("ES-7").items == 14 + 12 * 6
    assert [checked.outcome for checked in workbench.verify()] == ["agrees"] * 3
