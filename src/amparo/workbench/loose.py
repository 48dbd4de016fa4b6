"""What needs no workbench: files, detectors and images of this machine."""

import getpass
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from amparo.analysis.origin import ORIGIN
from amparo.analysis.origin.detector import with_detectors
from amparo.analysis.perceptual import Perceptual
from amparo.analysis.vpdq import Vpdq
from amparo.casework import calibrate as calibrating
from amparo.casework import cross_check as cross_checking
from amparo.casework import detectors as attaching
from amparo.casework import loose_files
from amparo.casework.calibrate import Calibrated
from amparo.casework.cross_check import CrossChecked
from amparo.casework.origin import FileOrigin
from amparo.domain.finding import Analyzer
from amparo.domain.limits import Limits
from amparo.domain.plan import Examined, Progress
from amparo.domain.secrets import Secrets
from amparo.workbench.machine import (
    cores,
    detector_folders,
    detectors,
    formats,
)


def hash_files(
    files: Sequence[Path], *, video: bool = False, workers: int | None = None
) -> Iterator[tuple[Path, Examined]]:
    """Digests, media type and PDQ of each file, in no order; with `video` also of every frame. Needs no workbench."""
    wanted: tuple[Analyzer, ...] = (Perceptual(), *((Vpdq(every_s=0, prune_distance=-1),) if video else ()))
    yield from loose_files.examine_files(
        files, formats=formats(), analyzers=wanted, limits=Limits(), workers=workers or cores()
    )


def origin_of_files(
    files: Sequence[Path], *, detectors_in: Path | None = None, workers: int | None = None
) -> Iterator[tuple[Path, FileOrigin]]:
    """How the picture or film in each file came to be, in no order. Needs no workbench.

    Attached detectors are those of `detectors_in`; see `detectors`. Raise `DetectorRefused`.
    """
    attached = detectors(detectors_in)
    attaching.require_models(attached)
    for file, examined in loose_files.examine_files(
        files,
        formats=formats(),
        analyzers=with_detectors(ORIGIN, attached),
        limits=Limits(),
        workers=workers or cores(),
    ):
        yield file, FileOrigin.of(examined)


def calibrate_detector(
    detector: str | Path,
    reference_set: Path,
    *,
    by: str = "",
    agency: str = "",
    detectors_in: Path | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Calibrated:
    """Calibrate a detector, by its folder or the name of an attached one, on pictures of known origin.

    Needs no workbench. See `casework.calibrate` for what it raises, besides `NotFound`.
    """
    folder = attaching.chosen(str(detector), detector_folders(detectors_in))
    return calibrating.calibrate(
        attaching.detector(folder, calibrated=False),
        reference_set,
        by=by or getpass.getuser(),
        agency=agency,
        clock=lambda: datetime.now(UTC),
        formats=formats(),
        limits=Limits(),
        workers=workers or cores(),
        on_progress=on_progress,
    )


def cross_check(path: Path, *, secrets: Secrets | None = None) -> CrossChecked:
    """Hold two readers of the image at `path` against each other; see `casework.cross_check`. Needs no workbench."""
    return cross_checking.cross_check(path, formats=formats(), limits=Limits(), secrets=secrets or Secrets())
