"""`amparo examine --retry-failed`, by the command: what failed is examined, whatever it failed for, and once."""

import contextlib
import io
import random
import shutil
import sqlite3
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from amparo.domain.errors import Unreadable
from amparo.workbench import Workbench
from amparo.workbench import workbench as workbench_module
from contracts.command_line import CommandLine
from contracts.engine_analyzers import Unable
from contracts.exhibits import picture, zipped
from contracts.provenance import SOURCE, action, brotli_box, plain, signed, xmp
from evidence.test_android_backup import backup, tar


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path)
    assert made.here("init", made.workbench).code == 0
    return made


def bomb(members: dict[str, bytes]) -> bytes:
    """Zeros that compress a thousandfold, in an archive in an archive."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"zeros": bytes(2 << 20), **members}.items():
            archive.writestr(name, content)
    return zipped({"inner.zip": inner.getvalue()})


def rows(shell: CommandLine) -> dict[str, Any]:
    return {row["item_path"]: row for row in shell.here("findings", "ES-7", "--format", "json").json()}


def quarantine(shell: CommandLine) -> list[dict[str, Any]]:
    return list(shell.here("quarantine", "ES-7", "--format", "json").json())


def test_other_limits_a_mended_file_and_a_link_that_stays(shell: CommandLine, tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    whole = zipped({"one.txt": b"one", "two.jpg": picture(1)})
    (exhibit / "cut.zip").write_bytes(whole[: len(whole) - 30])
    (exhibit / "bomb.zip").write_bytes(bomb({"note.txt": b"noon"}))
    (exhibit / "link").symlink_to("cut.zip")
    (exhibit / "broken.jpg").write_bytes(picture(2)[:300])
    examined = shell.here(
        "examine", exhibit, "--exhibit", "ES-7", "--workers", "1", "--limit", "nesting=2", "--limit",
        "bomb_free_bytes=1MiB", "--format", "json",
    ).json()  # fmt: skip
    assert examined["state"] == "complete"
    before = rows(shell)
    kept = quarantine(shell)
    assert {(row["what"], row["cause"], row["retry"], row["tries"]) for row in kept} == {
        ("container", "unreadable", "yes", 1), ("container", "limit", "yes", 1), ("analysis", "unreadable", "no", 1),
    }  # fmt: skip
    assert not [row for row in kept if "link" in row["address"]], "there are no bytes behind it"
    (exhibit / "cut.zip").write_bytes(whole)
    assert (
        shell.here("examine", "ES-7", "--retry-failed", "--workers", "1", "--limit", "bomb_free_bytes=1MiB").code == 0
    )
    after = rows(shell)
    found = after.keys() - before.keys()
    inner = "ES-7!folder:/bomb.zip!zip:/inner.zip!zip:"
    assert found == {
        f"{inner}/zeros",
        f"{inner}/note.txt",
        *(f"ES-7!folder:/cut.zip!zip:/{name}" for name in ("one.txt", "two.jpg")),
    }
    assert [after[path] for path in before] == list(before.values())
    (row,) = [row for row in quarantine(shell) if row["cause"] == "limit"]
    assert (row["what"], row["tries"], row["retry"], "bomb" in row["reason"]) == ("item", 1, "yes", True)
    assert shell.here("examine", "ES-7", "--retry-failed", "--workers", "1").code == 0
    assert not rows(shell)[f"{inner}/zeros"]["not_examined"]
    assert {(row["what"], row["cause"]) for row in quarantine(shell)} == {("analysis", "unreadable")}
    assert shell.here("examine", "ES-7", "--retry-failed").code == 0, "nothing is left, and nothing is done"
    verified = shell.here("verify")
    assert (verified.code, "cut.zip is no longer what was examined" in verified.err) == (5, True), verified
    assert shell.here("report", "ES-7", "-o", tmp_path / "es-7.html").code == 0


def test_the_report_says_what_another_try_may_help(shell: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(zipped({"a": b"a" * 500})[:-10])
    shell.here("examine", tmp_path / "cut.zip", "--exhibit", "ES-7", "--workers", "1")
    assert shell.here("report", "ES-7", "-o", tmp_path / "es-7.html").code == 0
    page = (tmp_path / "es-7.html").read_text()
    assert "What another try may help: amparo examine ES-7 --retry-failed" in page


def test_a_repaired_copy_elsewhere(shell: CommandLine, tmp_path: Path) -> None:
    whole = zipped({"a.txt": b"a" * 500, "b.txt": b"b"})
    (tmp_path / "cut.zip").write_bytes(whole[:-10])
    (tmp_path / "whole.zip").write_bytes(whole)
    assert shell.here("examine", tmp_path / "cut.zip", "--exhibit", "ES-7", "--workers", "1").code == 0
    retry = ("--exhibit", "ES-7", "--retry-failed", "--workers", "1")
    assert shell.here("examine", tmp_path / "whole.zip", *retry).code == 0
    assert set(rows(shell)) == {"ES-7!zip:/a.txt", "ES-7!zip:/b.txt"}
    assert quarantine(shell) == []


def test_a_medium_that_goes_away_and_comes_back(workbench: Workbench, tmp_path: Path) -> None:
    exhibit, away = tmp_path / "exhibit", tmp_path / "away"
    exhibit.mkdir()
    for number in range(600):
        (exhibit / f"{number:03}.txt").write_text(f"text {number}")
    run = workbench.examine(exhibit, exhibit="ES-7", workers=1)
    next(run)
    shutil.copytree(exhibit, away)
    shutil.rmtree(exhibit)

    with pytest.raises(Unreadable, match="cannot be reached any more"):
        list(run)
    assert workbench.summary("ES-7").state == "interrupted"
    away.rename(exhibit)
    list(workbench.examine(exhibit="ES-7", workers=1, retry_failed=True))
    assert workbench.summary("ES-7").state == "complete"
    assert (workbench.summary("ES-7").items, workbench.summary("ES-7").not_examined) == (600, 0)
    assert [checked.outcome for checked in workbench.verify()] == ["agrees"] * 3


def test_an_exhibit_that_changes_while_it_is_read_is_said_to(workbench: Workbench, tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit.zip"
    exhibit.write_bytes(zipped({f"{number}": b"text %d" % number for number in range(600)}))
    run = workbench.examine(exhibit, exhibit="ES-7", workers=1)
    next(run)
    with exhibit.open("ab") as file:
        file.write(b"more")
    list(run)
    (said,) = [each for each in workbench.quarantine("ES-7") if each.said.analyzer == "exhibit"]
    assert said.said.reason.startswith("The exhibit changed while it was read: it had ")
    assert not said.may_pass


def test_bad_options_are_refused_with_a_word(shell: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a": b"a"}))
    given = ("examine", tmp_path / "a.zip", "--exhibit", "ES-7")
    (tmp_path / "limits.toml").write_text("nestings = 3")
    for options, word in (
        (("--limit", "nesting=none"), "nesting"),
        (("--limits", tmp_path / "limits.toml"), "nestings"),
        (("--limits", tmp_path / "none.toml"), "none.toml"),
    ):
        said = shell.here(*given, *options)
        assert (said.code, word in said.err) == (2, True), said
    assert shell.here("examine", "ES-9", "--retry-failed").code == 7
    assert shell.here("quarantine", "ES-9").code == 7
    (tmp_path / "limits.toml").write_text("nesting = 3")
    assert shell.here(*given, "--limits", tmp_path / "limits.toml", "--limit", "analysis_s=30").code == 0
    with contextlib.closing(sqlite3.connect(shell.workbench / "amparo.sqlite3")) as database:
        assert '"nesting":"3"' in database.execute("SELECT facts FROM acquisition").fetchone()[0]


def test_killed_in_the_middle_a_retry_goes_on_and_ends_as_if_undisturbed(tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    for number in range(40):
        (exhibit / f"{number:02}.zip").write_bytes(
            zipped({f"{n}.png": picture(number * 9 + n, 200, 150, "PNG") for n in range(8)})
        )
        (exhibit / f"{number:02}.jpg").write_bytes(picture(1000 + number))
    outcomes = []
    for name, kills in (("undisturbed", 0), ("killed", 6)):
        (tmp_path / name).mkdir()
        shell = CommandLine(tmp_path / name)
        assert shell.here("init", shell.workbench).code == 0
        limits = ("--limit", "nesting=1", "--limit", "picture_pixels=1000")
        assert shell.here("examine", exhibit, "--exhibit", "ES-7", "--workers", "2", *limits).code == 0
        chance = random.Random(4)
        missed = 0
        for _ in range(kills):
            process = shell.start("examine", "ES-7", "--retry-failed", "--workers", "2")
            time.sleep(chance.uniform(0.6, 1.4))
            missed += process.poll() is not None
            process.kill()
            process.communicate()
        assert missed < max(kills, 1)
        assert shell.run("examine", "ES-7", "--retry-failed", "--workers", "2").code == 0
        assert shell.here("verify").code == 0
        assert quarantine(shell) == []
        (summary,) = shell.here("status", "--format", "json").json()
        del summary["seconds"]
        outcomes.append((summary, sorted(rows(shell).items())))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0]["pictures"] == 40 * 9


def test_a_password_that_turns_up_later(shell: CommandLine, tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    (exhibit / "phone.ab").write_bytes(backup(tar({"apps/one/photo.jpg": picture(1)}), password="right"))
    (tmp_path / "wrong").write_text("wrong\n")
    (tmp_path / "right").write_text("wrong\nright\n")
    assert shell.here("examine", exhibit, "--exhibit", "ES-7", "--workers", "1").code == 0
    for tries, secrets in ((1, "wrong"), (2, "right")):
        (row,) = quarantine(shell)
        assert (row["cause"], row["retry"], row["tries"]) == ("encrypted", "yes", tries)
        assert shell.here("examine", "ES-7", "--retry-failed", "--secrets", tmp_path / secrets).code == 0
    assert quarantine(shell) == []
    assert any(path.endswith("/photo.jpg") for path in rows(shell))
    assert shell.here("verify").code == 0


def test_a_report_concludes_on_the_origin_from_what_a_retry_added(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a lighthouse\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 7, Model: made-up")
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png", pnginfo=text)
    whole = workbench_module.analyzers()
    without = tuple(Unable("declared") if each.name == "declared" else each for each in whole)
    said = {}
    for number, analyzers in enumerate((without, whole)):
        monkeypatch.setattr(workbench_module, "analyzers", lambda analyzers=analyzers: analyzers)
        list(workbench.examine(tmp_path / "a.png", exhibit="ES-7", workers=1, retry_failed=number > 0))
        workbench.report("ES-7", tmp_path / f"{number}.html")
        said[number] = "Declared: generated" in (tmp_path / f"{number}.html").read_text("utf-8")
    assert said == {0: False, 1: True}


def test_what_an_optional_part_would_have_told_is_told_by_a_retry_with_it(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    sealed = bytearray(signed("image/jpeg", [action("c2pa.created", "trainedAlgorithmicMedia")]))
    sealed[-40] ^= 1  # the pixels are not those that were signed, which without the library is known, too
    (folder / "signed.jpg").write_bytes(sealed)
    packet = xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}trainedAlgorithmicMedia'>")
    (folder / "packed.jxl").write_bytes(plain("image/jxl") + brotli_box(b"xml ", packet))

    def declared() -> list[str]:
        return [
            finding.sentence
            for row in workbench.findings("ES-7")
            for finding in workbench.said(row.item_path)
            if finding.analyzer.startswith("declared")
        ]

    def gaps() -> list[str]:
        return sorted(each.said.analyzer for each in workbench.quarantine("ES-7"))

    absent = tmp_path / "absent"
    absent.mkdir()
    for module in ("c2pa", "brotli"):
        (absent / f"{module}.py").write_text("raise ImportError\n")
    with monkeypatch.context() as without:  # the workers start with the same path
        without.syspath_prepend(str(absent))
        list(workbench.examine(folder, exhibit="ES-7", workers=1))
    before = declared()
    assert gaps() == ["declared_completed", "declared_completed", "metadata_completed"]
    list(workbench.examine(folder, exhibit="ES-7", workers=1, retry_failed=True))
    assert gaps() == []
    assert set(before) < set(declared())
    assert len(declared()) == 4
    workbench.verify()
