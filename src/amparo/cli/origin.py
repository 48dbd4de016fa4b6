"""`amparo origin`: how pictures came to be, and the calibration of attached detectors, with no workbench."""

import argparse
import getpass
import os
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.casework.calibrate import Calibrated
from amparo.casework.origin import FileOrigin
from amparo.cli.command import Command, Exit
from amparo.cli.progress import Display
from amparo.cli.rows import Row, add_format, print_record, print_rows
from amparo.domain.detector_calibration import source_fact
from amparo.workbench import calibrate_detector, origin_of_files

COLUMNS = ("file", "conclusion", "log10_lr", "verbal", "facts", "validity", "reasons")
TEXT_COLUMNS = ("file", "conclusion", "verbal", "reasons")
SOURCE_COLUMNS = ("side", "source", "tests", "cllr", "misleading", "misleading_95", "misleading_by_10", "in_domain")
_CALIBRATE = "calibrate"
_TOLD = 10
"""Files that could not be scored and are named on standard error; JSON names all."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.usage = "%(prog)s [OPTIONS] FILE…\n       %(prog)s [OPTIONS] calibrate DETECTOR REFERENCE_SET"
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=_(
            "pictures and films; or `calibrate`, a detector (its folder, or the name of an attached one) and a folder"
            " of pictures captured/SOURCE/* and generated/SOURCE/* (a file of that name is ./calibrate)"
        ),
    )
    parser.add_argument(
        "--detectors",
        type=Path,
        metavar="DIR",
        help=_("where attached detectors lie, a folder each (default: $AMPARO_DETECTORS, or the configuration folder)"),
    )
    parser.add_argument(
        "--by",
        default=getpass.getuser(),
        metavar="NAME",
        help=_("who calibrates, as the calibration says (default: your user name)"),
    )
    parser.add_argument("--agency", default="", metavar="NAME", help=_("for whom, as the calibration says"))
    parser.add_argument("--workers", type=_workers, metavar="N", help=_("processes that examine (default: one a core)"))
    add_format(parser)


def run(options: argparse.Namespace) -> Exit:
    """Tell the origin of files, or calibrate."""
    return _calibrate(options) if options.files[0] == _CALIBRATE else _tell(options)


def _tell(options: argparse.Namespace) -> Exit:
    """Print a row for each file, in the order given; say on standard error what could not be read."""
    files = [Path(file) for file in options.files]
    origins = dict(origin_of_files(files, detectors_in=options.detectors, workers=options.workers))
    rows = (_row(file, origins[file]) for file in files)
    print_rows(rows, TEXT_COLUMNS if options.format == "text" else COLUMNS, options.format)
    unread = [file for file in files if origins[file].unread]
    for file in unread:
        print(f"amparo: {file}: {origins[file].unread}", file=sys.stderr)
    return Exit.EVIDENCE if unread else Exit.DONE


def _row(file: Path, origin: FileOrigin) -> Row:
    return {
        "file": str(file),
        "conclusion": origin.conclusion,
        "log10_lr": origin.log10_lr,
        "verbal": origin.verbal,
        "facts": list(origin.facts),
        "validity": origin.validity,
        "reasons": list(origin.reasons),
    }


def _calibrate(options: argparse.Namespace) -> Exit:
    """Calibrate, showing progress on a terminal; print the figures, and what could not be scored."""
    if len(options.files) != 3:
        print(_("amparo: write `amparo origin calibrate DETECTOR REFERENCE_SET`."), file=sys.stderr)
        return Exit.USAGE
    _word, detector, reference_set = options.files
    with Display() as display:
        made = calibrate_detector(
            detector,
            Path(reference_set),
            by=options.by,
            agency=options.agency,
            detectors_in=options.detectors,
            workers=options.workers,
            on_progress=display.show,
        )
    sources = [source_fact(each) for each in made.calibration.figures.sources]
    if options.format == "csv":
        print_rows(sources, SOURCE_COLUMNS, "csv")
    elif options.format == "json":
        unscored = [{"file": each.file, "reason": each.reason} for each in made.unscored]
        print_record({**_figures(made), "sources": sources, "unscored": unscored}, "json")
    else:
        print_record(_figures(made), "text")
        print()
        print_rows(sources, SOURCE_COLUMNS, "text")
    if options.format != "json":
        for each in made.unscored[:_TOLD]:
            print(f"amparo: {each.file}: {each.reason}", file=sys.stderr)
        if len(made.unscored) > _TOLD:
            more = len(made.unscored) - _TOLD
            print(_("amparo: {:,} more; --format json names all.").format(more), file=sys.stderr)
    for doubt in made.doubts:
        print(f"amparo: {doubt}", file=sys.stderr)
    return Exit.DONE


def _figures(made: Calibrated) -> dict[str, str | int | list[str]]:
    calibration = made.calibration
    captured = [each.tests for each in calibration.figures.sources if each.side == "captured"]
    other = [each.tests for each in calibration.figures.sources if each.side != "captured"]
    return {
        "detector": f"{calibration.detector} {calibration.version}",
        "model_sha256": calibration.model_sha256,
        "reference_set": calibration.reference_set.name,
        "reference_set_sha256": calibration.reference_set.sha256,
        "captured": _("{:,} pictures of {:,} sources").format(sum(captured), len(captured)),
        "against": _("{:,} pictures of {:,} sources").format(sum(other), len(other)),
        "not_scored": calibration.reference_set.unread,
        "repeated": calibration.reference_set.repeated,
        "outside_the_domain": calibration.reference_set.outside,
        "domain": [*calibration.domain.kinds, f"{calibration.domain.least_px}–{calibration.domain.most_px} px"],
        "cllr": f"{calibration.figures.cllr:.3f}",
        "cllr_min": f"{calibration.figures.cllr_min:.3f}",
        "log10_bounds": f"{calibration.line.lower:.2f} … {calibration.line.upper:.2f}",
        "balanced_accuracy": f"{calibration.figures.balanced_accuracy:.3f}",
        "balanced_accuracy_without_pixels": f"{calibration.unseen_rule:.3f}",
        "out_of_domain": list(calibration.outside_sources),
        "written": os.fspath(made.file),
    }


def _workers(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("at least 1"))
    return number


COMMAND = Command(
    "origin",
    _("how pictures and films came to be: camera, model or altered, with reasons; needs no workbench"),
    "amparo origin picture.jpg --format json",
    configure,
    run,
)
