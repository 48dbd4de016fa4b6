"""Calibrate an attached detector: score pictures of known origin, and write what makes likelihood ratios of scores."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata, util
from pathlib import Path
from typing import Any

from amparo import __version__
from amparo.analysis.origin.detector import Detector
from amparo.casework.detectors import require_models
from amparo.casework.loose_files import examine_files
from amparo.domain.calibration import Trial, balanced_accuracy_of_rule, calibrated
from amparo.domain.canonical import canonical
from amparo.domain.detector import DetectorRefused
from amparo.domain.detector_calibration import (
    CALIBRATION,
    DetectorCalibration,
    Domain,
    Look,
    Making,
    NotACalibration,
    ReferenceSet,
)
from amparo.domain.errors import AmparoError, MissingExtra
from amparo.domain.item import ContainerFormat
from amparo.domain.item_path import escape, name_from_bytes
from amparo.domain.limits import Limits
from amparo.domain.origin import Claim
from amparo.domain.plan import Examined, Progress

_GRID_PX = 64
"""Generators make pictures whose sides are multiples of this; cameras seldom do."""


class ReferenceSetRefused(AmparoError):
    """A reference set from which no calibration can be had."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """A file of the reference set that could not be scored."""

    file: str
    """Below the folder of the set."""
    reason: str


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What came of a calibration."""

    calibration: DetectorCalibration
    file: Path
    """Where it was written."""
    unscored: tuple[Unscored, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against the figures, or against using the detector: sentences."""
        calibration, sentences = self.calibration, []
        if calibration.obstacle:
            sentences.append(f"{calibration.obstacle} It will give no likelihood ratio.")
        if calibration.outside_sources:
            sentences.append(
                f"Out of its domain, since it misled about them: {', '.join(calibration.outside_sources)}."
            )
        if calibration.unseen_rule >= calibration.figures.balanced_accuracy:
            sentences.append(
                "A rule that sees no pixel, only kind of file and size, tells the two sides apart as well as the"
                " detector does: the reference set gives the answer away. Make both sides alike in format and size."
            )
        return tuple(sentences)


@dataclass(frozen=True, slots=True)
class _Scored:
    """A picture of the reference set with its score."""

    trial: Trial
    look: Look
    sha256: str
    file: str


def calibrate(
    detector: Detector,
    reference_set: Path,
    *,
    by: str,
    agency: str,
    clock: Callable[[], datetime],
    formats: tuple[ContainerFormat, ...],
    limits: Limits,
    workers: int,
    on_progress: Callable[[Progress], None] | None = None,
) -> Calibrated:
    """Score `captured/SOURCE/*` and `generated/SOURCE/*` of a folder, and write the detector's `calibration.json`.

    For a detector of alterations the second folder is `altered`. Pictures are scored in worker processes. Raise
    `DetectorRefused` where the model is not the one that is stated or its file cannot be written, `MissingExtra` where
    there is nothing to run it with, and `ReferenceSetRefused`, which says what to do, where the set bears out nothing.
    """
    require_models([detector])
    if util.find_spec("onnxruntime") is None:
        raise MissingExtra("Attached detectors need an extra: install amparo[detectors].")
    scorer = replace(detector, calibration=None)
    files = dict(_files(reference_set, scorer.manifest.claim))
    scored, unscored = [], []
    for file, examined in examine_files(
        list(files),
        formats=formats,
        analyzers=(scorer,),
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    ):
        name = _shown(file, reference_set)
        found = _score(examined, *files[file], name)
        if isinstance(found, str):
            unscored.append(Unscored(name, found))
        else:
            scored.append(found)
    unscored.sort(key=lambda each: each.file)
    if not scored:
        raise ReferenceSetRefused(f"No picture of the reference set could be scored. {unscored[0].reason}")
    used, repeated = _once(sorted(scored, key=lambda each: (each.trial.side, each.trial.source, each.file)))
    try:
        domain = Domain.common(*_looks(used))
    except NotACalibration as error:
        raise ReferenceSetRefused(str(error)) from error
    inside = [each for each in used if not domain.obstacle(each.look)]
    _require_sources(inside, scorer.manifest.claim, "whose pictures are like some of the other side")
    line, figures = calibrated([each.trial for each in inside])
    if line.slope <= 0:
        raise ReferenceSetRefused(
            f"The scores of {scorer.manifest.name} do not rise from captured to {scorer.manifest.claim} pictures, so"
            " nothing was written: either index, answer or points_to in its manifest is wrong, or it does not work on"
            " such pictures."
        )
    calibration = DetectorCalibration(
        scorer.manifest.name,
        scorer.manifest.version,
        scorer.manifest.model_sha256,
        scorer.manifest.scoring_sha256,
        ReferenceSet(_name(reference_set), _digest(inside), repeated, len(unscored), outside=len(used) - len(inside)),
        Making(
            clock().astimezone(UTC).isoformat(timespec="seconds"),
            _text(by),
            _text(agency),
            f"amparo origin calibrate {scorer.manifest.name} {_name(reference_set)}",
            __version__,
            metadata.version("onnxruntime"),
        ),
        line,
        domain,
        figures,
        balanced_accuracy_of_rule(
            [(each.trial.side, each.trial.source, _without_pixels(each.look)) for each in inside]
        ),
    )
    target = Path(detector.folder) / CALIBRATION
    _write(target, calibration.text())
    return Calibrated(calibration, target, tuple(unscored))


# The reference set


def _files(reference_set: Path, claim: Claim) -> Iterator[tuple[Path, tuple[Claim, str]]]:
    """Each file with its side and source; raise `ReferenceSetRefused`."""
    for side in (Claim.CAPTURED, claim):
        sources = [each for each in _entries(reference_set / side) if each.is_dir()]
        if len(sources) < 2:
            raise ReferenceSetRefused(
                f"{reference_set / side} holds {len(sources)} folders of pictures, and it takes two or more: one for"
                " each camera, collection or generator, so that each can be tested by what the others teach."
            )
        for source in sources:
            for folder, folders, names in os.walk(source, onerror=_refuse):
                folders.sort()
                for name in sorted(names):
                    if not name.startswith("."):
                        yield Path(folder) / name, (side, escape(name_from_bytes(os.fsencode(source.name))))


def _refuse(error: OSError) -> None:
    raise ReferenceSetRefused(
        f"{error.filename} cannot be read ({error.strerror}), so its pictures would be missing: make it readable."
    ) from error


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise ReferenceSetRefused(
            f"{folder} cannot be read ({error.strerror}): a reference set is a folder with a folder for each side, and"
            f" in it one for each source, such as captured/CAMERA and {folder.name}/SOURCE."
        ) from error


def _shown(file: Path, reference_set: Path) -> str:
    return escape(name_from_bytes(os.fsencode(file.relative_to(reference_set))))


def _name(reference_set: Path) -> str:
    return escape(name_from_bytes(os.fsencode(reference_set.absolute().name))) or "/"


def _text(words: str) -> str:
    """What somebody typed, with a mark in the place of bytes that are no text."""
    return words.encode("utf-8", "replace").decode()


def _score(examined: Examined, side: Claim, source: str, name: str) -> "_Scored | str":
    """The picture with its score, or why it has none."""
    if examined.digests is None or not examined.findings:
        reasons = [each.reason for each in examined.not_examined]
        return " ".join(reasons) or f"It is {examined.media_type}, no picture."
    facts: Any = examined.findings[0].facts
    return _Scored(
        Trial(side, source, float(facts["score"])),
        Look(facts["kind"], facts["width_px"], facts["height_px"]),
        examined.digests.sha256.hex(),
        name,
    )


def _once(scored: Sequence[_Scored]) -> tuple[list[_Scored], int]:
    """Each picture once, and how many files were left out; raise `ReferenceSetRefused` where it is on both sides."""
    known: dict[str, _Scored] = {}
    for each in scored:
        other = known.setdefault(each.sha256, each)
        if other.trial.side != each.trial.side:
            raise ReferenceSetRefused(
                f"{other.file} and {each.file} have the same bytes, and stand on both sides: remove the one that is"
                " wrong."
            )
    return list(known.values()), len(scored) - len(known)


def _require_sources(scored: Sequence[_Scored], claim: Claim, which: str) -> None:
    for side in (Claim.CAPTURED, claim):
        sources = {each.trial.source for each in scored if each.trial.side is side}
        if len(sources) < 2:
            raise ReferenceSetRefused(
                f"Under {side} the reference set has {len(sources)} sources {which}, and it takes two or more: add"
                " pictures of the same kinds of file and of like sizes."
            )


def _looks(scored: Sequence[_Scored]) -> tuple[list[Look], list[Look]]:
    captured = [each.look for each in scored if each.trial.side is Claim.CAPTURED]
    return captured, [each.look for each in scored if each.trial.side is not Claim.CAPTURED]


def _without_pixels(look: Look) -> str:
    """What a rule goes by that sees no pixels."""
    on_grid = look.width_px % _GRID_PX == look.height_px % _GRID_PX == 0
    return f"{look.kind}, {'on' if on_grid else 'off'} the grid"


def _digest(scored: Sequence[_Scored]) -> str:
    rows = sorted([each.trial.side.value, each.trial.source, each.sha256] for each in scored)
    return hashlib.sha256(canonical(rows)).hexdigest()


def _write(path: Path, text: str) -> None:
    """Put a file in place of what was there: all of it or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise DetectorRefused(
            f"{path} cannot be written ({error.strerror}): make its folder writable, or copy the detector's folder."
        ) from error
