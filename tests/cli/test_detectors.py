"""An agency's detector from the folder that it is put in to a likelihood ratio in an examination."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime", reason="needs amparo[detectors]")
pytest.importorskip("onnx", reason="makes models")

from amparo.domain.detector_calibration import DetectorCalibration
from amparo.domain.plan import Progress
from amparo.workbench import Workbench, calibrate_detector, detectors
from contracts.command_line import CommandLine
from contracts.detectors import detector_folder, model, picture, reference_set

BRIGHT, DARK = picture(77, 0.9), picture(78, -0.9)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A person whose configuration folder holds a detector, calibrated on `set`; what was printed is in `said.json`."""
    shell = CommandLine(tmp_path_factory.mktemp("calibrated"))
    attach(shell)
    place = reference_set(shell.folder / "set")
    (place / "captured" / "captured-0" / "broken.png").write_bytes(BRIGHT[:60])
    (place / "captured" / "captured-0" / "notes.txt").write_text("no picture")
    shutil.copy(place / "captured" / "captured-1" / "0.png", place / "captured" / "captured-1" / "again.png")
    (shell.folder / "bright.png").write_bytes(BRIGHT)
    (shell.folder / "dark.png").write_bytes(DARK)
    (shell.folder / "dark.jpg").write_bytes(picture(78, -0.9, "JPEG"))
    before = shell.here("origin", shell.folder / "bright.png", "--format", "json").json()
    assert before[0]["log10_lr"] is None
    assert "a rank and no likelihood ratio" in before[0]["reasons"][-1]
    said = shell.amparo("origin", "calibrate", "brightness", "set", "--agency", "Alfama", "--by", "ana", *JSON)
    (shell.folder / "said.json").write_text(said.out)
    return shell


JSON = ("--format", "json")


def attach(shell: CommandLine, name: str = "brightness", model_bytes: bytes | None = None, **changes: str) -> Path:
    """Put a detector where attached detectors lie."""
    place = shell.folder / "configuration" / "amparo" / "detectors" / name
    return detector_folder(place, model_bytes, name=f'"{name}"', **changes)


def test_its_figures_are_printed_and_written(calibrated: CommandLine) -> None:
    said = json.loads((calibrated.folder / "said.json").read_text())
    file = calibrated.folder / "configuration" / "amparo" / "detectors" / "brightness" / "calibration.json"
    assert said["written"] == str(file)
    assert [each.name for each in sorted(file.parent.iterdir())] == ["calibration.json", "detector.toml", "model.onnx"]
    held = DetectorCalibration.parse(file.read_text("utf-8"))
    assert (held.making.by, held.making.agency) == ("ana", "Alfama")
    assert held.making.command == "amparo origin calibrate brightness set"
    assert (held.reference_set.unread, held.reference_set.repeated, held.reference_set.outside) == (2, 1, 0)
    assert {each["file"] for each in said["unscored"]} == {
        "captured/captured-0/broken.png",
        "captured/captured-0/notes.txt",
    }
    assert said["captured"] == "24 pictures of 2 sources"
    assert 0 < float(said["cllr_min"]) <= float(said["cllr"]) < 1
    assert said["balanced_accuracy_without_pixels"] == "0.500"
    assert [each["cllr"] for each in said["sources"]] == sorted(
        (each["cllr"] for each in said["sources"]), reverse=True
    )


def test_a_calibrated_detector_gives_ratios_within_its_domain(calibrated: CommandLine) -> None:
    files = [calibrated.folder / name for name in ("bright.png", "dark.png", "dark.jpg")]
    bright, dark, other = calibrated.here("origin", *files, *JSON).json()
    assert bright["log10_lr"] > 0.5
    assert dark["log10_lr"] < -0.5
    validity = bright["validity"]["detector_brightness"]
    assert validity["reference_set"] == "set"
    assert {"cllr", "cllr_min", "sources", "log10_bounds", "reference_set_sha256"} <= set(validity)
    assert other["log10_lr"] is None
    assert "No pictures of this kind (image/jpeg" in other["reasons"][-1]


def test_it_takes_part_in_an_examination_and_its_report(calibrated: CommandLine, tmp_path: Path) -> None:
    exhibit = tmp_path / "exhibit"
    exhibit.mkdir()
    (exhibit / "bright.png").write_bytes(BRIGHT)
    shell = CommandLine(tmp_path, {"AMPARO_DETECTORS": str(calibrated.folder / "configuration/amparo/detectors")})
    shell.here("init", shell.workbench)
    assert shell.here("examine", exhibit, "--exhibit", "ES-7").code == 0
    with Workbench.open(shell.workbench) as workbench:
        found = {each.analyzer: each for each in workbench.said("ES-7!folder:/bright.png")}
    assert found["detector_brightness"].version.startswith("1.0+")
    assert found["origin"].facts["log10_lr"] == found["detector_brightness"].facts["log10_lr"]
    report = tmp_path / "report.html"
    assert shell.here("report", "ES-7", "-o", report).code == 0
    assert "detector_brightness" in report.read_text("utf-8")


def test_text_tells_the_figures_and_what_could_not_be_scored(calibrated: CommandLine, tmp_path: Path) -> None:
    """Run again, it replaces the calibration; a detector can be named by its folder, too."""
    folder = shutil.copytree(calibrated.folder / "configuration/amparo/detectors/brightness", tmp_path / "copy")
    (folder / "calibration.json").write_text("{}")
    said = calibrated.here("origin", "calibrate", folder, calibrated.folder / "set")
    assert said.code == 0
    assert "balanced accuracy without pixels  0.500" in said.out
    assert "misleading by 10" in said.out
    assert "captured/captured-0/notes.txt: It is text/plain, no picture." in said.err
    old = calibrated.folder / "configuration/amparo/detectors/brightness/calibration.json"
    new = DetectorCalibration.parse((folder / "calibration.json").read_text("utf-8"))
    assert new.line == DetectorCalibration.parse(old.read_text("utf-8")).line


def test_another_model_under_a_calibration_gets_a_rank(calibrated: CommandLine, tmp_path: Path) -> None:
    place = tmp_path / "detectors"
    detector_folder(place / "brightness", model(((10.0,), (10.0,), (0.0,))))
    shutil.copy(calibrated.folder / "configuration/amparo/detectors/brightness/calibration.json", place / "brightness")
    (row,) = calibrated.here("origin", calibrated.folder / "bright.png", "--detectors", place, *JSON).json()
    assert row["log10_lr"] is None
    assert "calibration is that of another model" in row["reasons"][-1]


def test_progress_is_told_to_the_end(calibrated: CommandLine, tmp_path: Path) -> None:
    told: list[Progress] = []
    folder = detector_folder(tmp_path / "d")
    made = calibrate_detector(folder, calibrated.folder / "set", on_progress=told.append)
    assert told[-1].items == told[-1].found_items == 51
    assert told[-1].bytes == told[-1].found_bytes > 0
    assert made.file == folder / "calibration.json"


def test_the_doctor_says_what_each_detector_gives(calibrated: CommandLine, shell: CommandLine) -> None:
    (row,) = [each for each in calibrated.here("doctor", *JSON).json() if each["part"] == "detector_brightness"]
    assert (row["state"], row["found"]) == ("ok", "1.0")
    assert row["gives"].startswith("likelihood ratios, calibrated on set (Cllr 0.")
    place = attach(shell)
    said = shell.here("doctor", *JSON)
    assert "ranks: it is not calibrated" in said.out
    (place / "model.onnx").write_bytes(b"other")
    said = shell.here("doctor", *JSON)
    assert said.code == 1
    assert said.json()[-1]["state"] == "refused"
    assert "bring the model that is meant" in said.json()[-1]["gives"]


# Refusals: one sentence, and no calibration


@pytest.fixture
def place(shell: CommandLine) -> Iterator[Path]:
    """The folder of an attached detector, which is never calibrated."""
    folder = attach(shell)
    yield folder
    assert not (folder / "calibration.json").exists()


def calibrating(shell: CommandLine, code: int, detector: str | Path = "brightness") -> str:
    return shell.refused(code, "origin", "calibrate", detector, shell.folder / "set")


def test_a_set_of_one_source_or_none_is_refused(shell: CommandLine, place: Path) -> None:
    assert "captured cannot be read (No such file" in calibrating(shell, 3)
    reference_set(shell.folder / "set", of_a_source=1)
    shutil.rmtree(shell.folder / "set" / "generated" / "generated-1")
    assert "holds 1 folders of pictures, and it takes two or more" in calibrating(shell, 3)


def test_a_folder_of_the_set_that_cannot_be_read_is_refused(
    shell: CommandLine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = reference_set(shell.folder / "set", of_a_source=1) / "captured" / "captured-1"
    scandir = os.scandir

    def refusing(path: str | Path) -> "os._ScandirIterator[str]":
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(str(path))

    monkeypatch.setattr(os, "scandir", refusing)
    assert "captured-1 cannot be read (Permission denied), so its pictures would be missing" in calibrating(shell, 3)


def test_a_set_whose_sides_have_nothing_in_common_is_refused(shell: CommandLine, place: Path) -> None:
    reference_set(shell.folder / "set", of_a_source=5, other_form="JPEG")
    assert "no kind of file in common" in calibrating(shell, 3)


def test_a_picture_on_both_sides_is_refused(shell: CommandLine, place: Path) -> None:
    folder = reference_set(shell.folder / "set", of_a_source=1)
    shutil.copy(folder / "captured" / "captured-0" / "0.png", folder / "generated" / "generated-1" / "x.png")
    line = calibrating(shell, 3)
    assert "captured/captured-0/0.png and generated/generated-1/x.png have the same bytes" in line


def test_a_detector_that_points_the_other_way_is_refused(shell: CommandLine) -> None:
    attach(shell, "wrong", points_to='"captured"')
    reference_set(shell.folder / "set", of_a_source=5)
    assert "do not rise from captured to generated" in calibrating(shell, 3, "wrong")


def test_a_model_that_gives_no_number_is_said_to(shell: CommandLine) -> None:
    attach(shell, "nothing", model(((float("nan"),), (0.0,), (0.0,))))
    reference_set(shell.folder / "set", of_a_source=1)
    line = calibrating(shell, 3, "nothing")
    assert "No picture of the reference set could be scored" in line
    assert "no number for this picture" in line


def test_a_model_that_differs_is_refused_before_anything_runs(shell: CommandLine, place: Path) -> None:
    (place / "model.onnx").write_bytes(b"other")
    reference_set(shell.folder / "set", of_a_source=1)
    (shell.folder / "bright.png").write_bytes(BRIGHT)
    assert "bring the model that is meant" in calibrating(shell, 5)
    assert "bring the model that is meant" in shell.refused(5, "origin", shell.folder / "bright.png")
    shell.here("init", shell.workbench)
    assert "brightness" in shell.refused(5, "examine", shell.folder / "bright.png", "--exhibit", "ES-7")


def test_broken_manifests_calibrations_and_names_are_refused(shell: CommandLine, tmp_path: Path) -> None:
    place = attach(shell)
    (shell.folder / "bright.png").write_bytes(BRIGHT)
    (place / "calibration.json").write_text("{}")
    line = shell.refused(1, "origin", shell.folder / "bright.png")
    assert "calibration.json cannot be used" in line
    assert "Calibrate again" in line
    (place / "calibration.json").unlink()
    shutil.copytree(place, place.with_name("second"))
    assert "Two detectors are called brightness" in shell.refused(1, "origin", shell.folder / "bright.png")
    (place.with_name("second") / "detector.toml").write_text("name = 1")
    assert "describes no detector. format is missing" in shell.refused(1, "origin", shell.folder / "bright.png")
    assert "There are brightness" in shell.refused(
        7, "origin", "calibrate", "other", tmp_path, "--detectors", _only(place, tmp_path)
    )
    assert "None is attached" in shell.refused(7, "origin", "calibrate", "other", tmp_path, "--detectors", tmp_path)
    assert "DETECTOR REFERENCE_SET" in shell.refused(2, "origin", "calibrate", "brightness")


def _only(place: Path, folder: Path) -> Path:
    shutil.copytree(place, folder / "only" / "brightness")
    return folder / "only"


def test_without_the_extra_calibrating_is_refused(
    shell: CommandLine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference_set(shell.folder / "set", of_a_source=1)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "install amparo[detectors]" in calibrating(shell, 8)


def test_a_folder_that_cannot_be_written_is_said(shell: CommandLine) -> None:
    place = attach(shell)
    reference_set(shell.folder / "set", of_a_source=5)
    (place / "calibration.json").mkdir()  # a folder is in its way, which holds for root, too
    assert "calibration.json cannot be written" in calibrating(shell, 1)
    assert not list(place.glob(".*"))


# Where detectors are found


def test_a_file_called_calibrate_is_a_file(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    (shell.folder / "calibrate").write_bytes(BRIGHT)
    monkeypatch.chdir(shell.folder)
    (row,) = shell.here("origin", "./calibrate", *JSON).json()
    assert row["conclusion"] == "no_conclusion"


def test_installed_packages_bring_detectors_by_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detector_folder(tmp_path / "packages" / "brought" / "model")
    text = "from pathlib import Path\n\nFOLDER = Path(__file__).parent / 'model'\n"
    (tmp_path / "packages" / "brought" / "__init__.py").write_text(text)
    metadata = tmp_path / "packages" / "brought-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[amparo.detectors]\nbrightness = brought:FOLDER\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    (one,) = detectors(tmp_path)
    assert one.name == "detector_brightness"


def test_a_folder_without_detectors_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPARO_DETECTORS", str(tmp_path / "none"))
    assert detectors() == ()
