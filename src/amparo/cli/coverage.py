"""`amparo coverage`: what was seen of an exhibit, and what not."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from gettext import gettext as _

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.coverage import Coverage, Covered

PARTS = ("read", "unallocated", "slack", "unreadable", "unsupported", "encrypted")
COLUMNS = ("space", "kind", "bytes", *PARTS, "structure", "reason")
FIGURES = ("listed", "present", "files_read")
"""Of a phone extraction, in CSV."""
_MARKS = dict(zip(PARTS, "█░▒!?#", strict=True))


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("exhibit", metavar="NUMBER", help=_("the exhibit's number, such as ES-7"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print the sum, each space, and each reason."""
    with open_workbench(options) as workbench:
        coverage = workbench.coverage(options.exhibit)
    if options.format == "json":
        print(json.dumps(_as_json(coverage), ensure_ascii=False, indent=2))
        return Exit.DONE
    if options.format == "csv":
        print_rows(_rows_with_extractions(coverage), (*COLUMNS[:-1], *FIGURES, COLUMNS[-1]), "csv")
        return Exit.DONE
    covered = coverage.covered
    print(_("{}: {:,} bytes").format(coverage.exhibit, covered.size_bytes))
    print(_bar(covered, max(min(shutil.get_terminal_size().columns, 100) - 2, 20)))
    for part in PARTS:
        size = getattr(covered, part)
        share = 100 * size / covered.size_bytes if covered.size_bytes else 0
        print(f"  {_MARKS[part]} {_(part):<12} {size:>20,}  {share:5.1f} %")
    print(
        _("{:,} items listed, {:,} read, {:,} not read").format(
            coverage.items, coverage.items_read, coverage.items_unread
        )
    )
    for each in coverage.extractions:
        print(
            _("{}: {:,} files listed by its report, {:,} present, {:,} read").format(
                each.address, each.listed, each.present, each.read
            )
        )
    print()
    print_rows(_rows(coverage), COLUMNS, "text")
    if coverage.gaps:
        print()
        print(_("Not examined:"))
        print_rows(
            ({**asdict(gap), "cause": gap.cause.value} for gap in coverage.gaps),
            ("items", "cause", "analyzer", "reason"),
            "text",
        )
    return Exit.DONE


def _figures(covered: Covered) -> dict[str, int]:
    return {"bytes": covered.size_bytes, **asdict(covered)}


def _rows(coverage: Coverage) -> Iterator[Row]:
    yield {"space": coverage.exhibit, "kind": _("all"), **_figures(coverage.covered), "reason": ""}
    for space in coverage.spaces:
        yield {"space": space.address, "kind": space.kind, **_figures(space.covered), "reason": space.reason}


def _rows_with_extractions(coverage: Coverage) -> Iterator[Row]:
    """The rows, those of extractions with their figures; of one that is no space of its own, a row with these alone."""
    figures = {
        each.address: dict(zip(FIGURES, (each.listed, each.present, each.read), strict=True))
        for each in coverage.extractions
    }
    for row in _rows(coverage):
        yield {**row, **figures.pop(str(row["space"]), {})}
    for address, each in figures.items():
        yield {"space": address, "kind": "ufdr", **each}


def _as_json(coverage: Coverage) -> dict[str, object]:
    return {
        "exhibit": coverage.exhibit,
        **_figures(coverage.covered),
        "items": coverage.items,
        "items_read": coverage.items_read,
        "items_unread": coverage.items_unread,
        "spaces": [
            {"address": space.address, "kind": space.kind, **_figures(space.covered), "reason": space.reason}
            for space in coverage.spaces
        ],
        "extractions": [asdict(each) for each in coverage.extractions],
        "not_examined": [{**asdict(gap), "cause": gap.cause.value} for gap in coverage.gaps],
    }


def _bar(covered: Covered, width: int) -> str:
    """The parts as a bar of `width` marks; a part that is there has one mark at least."""
    total = covered.size_bytes
    if not total:
        return ""
    marks = [(part, getattr(covered, part)) for part in PARTS if getattr(covered, part)]
    counts = {part: max(round(width * size / total), 1) for part, size in marks}
    largest = max(counts, key=lambda part: counts[part])
    counts[largest] = max(counts[largest] + width - sum(counts.values()), 1)
    encoding = sys.stdout.encoding or "ascii"
    bar = "".join(_MARKS[part] * count for part, count in counts.items())
    return "  " + bar.encode(encoding, "replace").decode(encoding)


COMMAND = Command(
    "coverage",
    _("what was seen of an exhibit and what not, byte by byte, by partition and volume"),
    "amparo coverage ES-7",
    configure,
    run,
)
