"""The detectors that an agency attached: a folder each, with a manifest, a model, and after calibration its file."""

import os
from collections.abc import Iterable, Iterator
from gettext import gettext as _
from pathlib import Path

from amparo.analysis.origin.detector import Detector
from amparo.analysis.origin.onnx_model import model_bytes
from amparo.casework.doctor import Part
from amparo.domain.detector import MANIFEST, DetectorRefused, Manifest, NotAManifest
from amparo.domain.detector_calibration import CALIBRATION, DetectorCalibration, NotACalibration
from amparo.domain.errors import NotFound
from amparo.domain.item_path import escape, name_from_bytes

_MOST_BYTES = 16 * 1024 * 1024
"""Of a manifest or a calibration."""


def detector(folder: Path, *, calibrated: bool = True) -> Detector:
    """The detector in `folder`; with `calibrated` by the calibration that lies there. Raise `DetectorRefused`."""
    try:
        manifest = Manifest.parse(_text(folder / MANIFEST))
    except NotAManifest as error:
        raise DetectorRefused(f"{folder / MANIFEST} describes no detector. {error}") from error
    calibration = None
    if calibrated and os.path.lexists(folder / CALIBRATION):
        try:
            calibration = DetectorCalibration.parse(_text(folder / CALIBRATION))
        except NotACalibration as error:
            raise DetectorRefused(f"{folder / CALIBRATION} cannot be used. {error} Calibrate again.") from error
    return Detector(manifest, str(folder.absolute()), calibration)


def detectors(folders: Iterable[Path]) -> tuple[Detector, ...]:
    """The detector in each folder, by name; raise `DetectorRefused` where one is none, or two have one name."""
    found: dict[str, Detector] = {}
    for folder in folders:
        one = detector(folder)
        other = found.setdefault(one.manifest.name, one)
        if other is not one:
            raise DetectorRefused(
                f"Two detectors are called {one.manifest.name}: {other.folder} and {one.folder}. Rename one."
            )
    return tuple(found[name] for name in sorted(found))


def folders_in(place: Path) -> tuple[Path, ...]:
    """The folders in `place` that hold a detector; none where `place` is not there."""
    return tuple(sorted(each.parent for each in place.glob(f"*/{MANIFEST}")))


def require_models(attached: Iterable[Detector]) -> None:
    """Raise `DetectorRefused` where a detector's model is not the one that its manifest states."""
    for one in attached:
        try:
            model_bytes(Path(one.folder), one.manifest)
        except DetectorRefused as error:
            raise type(error)(f"The detector {one.manifest.name} cannot be used. {error}") from error


def parts(folders: Iterable[Path]) -> Iterator[Part]:
    """What the doctor says of each attached detector: whether it can be used, and what it gives."""
    for folder in folders:
        try:
            one = detector(folder)
            require_models([one])
        except DetectorRefused as error:
            yield Part(escape(name_from_bytes(os.fsencode(folder.name))), "refused", "", str(error))
            continue
        yield Part(one.name, "ok", one.manifest.version, _gives(one))


def _gives(one: Detector) -> str:
    calibration = one.calibration
    if calibration is None:
        return _("ranks: it is not calibrated")
    if calibration.scoring_sha256 != one.manifest.scoring_sha256:
        return _("ranks: its calibration is that of another model or preprocessing")
    if calibration.obstacle:
        return _("ranks: {}").format(calibration.obstacle)
    return _("likelihood ratios, calibrated on {} (Cllr {:.2f})").format(
        calibration.reference_set.name, calibration.figures.cllr
    )


def chosen(wanted: str, folders: Iterable[Path]) -> Path:
    """The folder of the detector that is meant: by its path, or by its name among `folders`. Raise `NotFound`."""
    if os.path.isfile(Path(wanted) / MANIFEST):  # noqa: PTH113 - which says no where it may not look
        return Path(wanted)
    names = []
    for folder in folders:
        names.append(detector(folder, calibrated=False).manifest.name)
        if names[-1] == wanted:
            return folder
    there = f"There are {', '.join(sorted(names))}" if names else "None is attached"
    raise NotFound(
        f"There is no detector {wanted}: it is no folder with a {MANIFEST}, and none that is attached has that name."
        f" {there}."
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise DetectorRefused(f"{path} is larger than {_MOST_BYTES:,} bytes.")
        return raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise DetectorRefused(f"{path} cannot be read ({reason}).") from error
