"""`amparo gradings`: exchange a case's gradings with other agencies and other tools."""

import argparse
import sys
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path

from amparo.casework.case_categories import mapping_of
from amparo.casework.case_export import CaseForm
from amparo.casework.case_import import ImportedCase
from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.progress import Display
from amparo.cli.rows import Row, add_format, print_rows

COLUMNS = ("import", "source", "case", "vocabulary", "records", "here", "elsewhere", "graded", "contradicting")
LISTED = ("import", "at", "officer", "agency", "source", "case", "vocabulary", "records", "file")
SENT = ("source", "case", "vocabulary", "records")
EXAMPLES = {
    "export": "amparo gradings export -o case.json --reason 'request 17/26 of Belém'",
    "import": "amparo gradings import case.json --reason 'answer to request 17/26'",
    "list": "amparo gradings list",
    "apply": "amparo gradings apply",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    acts = parser.add_subparsers(required=True, metavar="ACT")
    _export(add_act(acts, EXAMPLES, "export", _("write a case with its gradings to a file; logged"), run_export))
    _import(add_act(acts, EXAMPLES, "import", _("bring in the gradings of another agency; logged"), run_import))
    listing = add_act(acts, EXAMPLES, "list", _("one row per case that was brought in"), run_list)
    applying = add_act(
        acts, EXAMPLES, "apply", _("grade files that came since by the cases that were brought in; logged"), run_apply
    )
    for one in (listing, applying):
        add_format(one)
        add_workbench(one)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=_("a file that is not there yet")
    )
    parser.add_argument(
        "--as",
        dest="form",
        choices=[form.value for form in CaseForm],
        default="vics",
        help=_("VICS 2.0 (default) or csv"),
    )
    parser.add_argument("--notes", action="store_true", help=_("with what officers noted about files"))
    parser.add_argument(
        "--own-only", action="store_true", help=_("without the cases of others that were brought in here")
    )
    _mapping(parser, _("in which the categories are written (default: that of the gradings)"))


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("VICS 1.2, 1.3 or 2.0, or CSV"))
    parser.add_argument("--source", default="", metavar="AGENCY", help=_("who decided (default: as the file says)"))
    _mapping(parser, _("that its categories are of (default: as the file says)"))


def _mapping(parser: argparse.ArgumentParser, vocabulary: str) -> None:
    parser.add_argument("--vocabulary", default="", metavar="NAME", help=vocabulary)
    parser.add_argument(
        "--map",
        action="append",
        type=_pair,
        default=[],
        metavar="CODE=CODE",
        help=_("which code stands for another; VOCABULARY/CODE=CODE for one of another vocabulary; more than once"),
    )
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE", help=_("the same as JSON: version, vocabulary, categories")
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger; needed"))
    add_format(parser)
    add_workbench(parser)


def _pair(text: str) -> tuple[str, str]:
    code, equals, other = text.rpartition("=")
    if not (equals and code and other):
        raise argparse.ArgumentTypeError(_("write CODE=CODE, not {}").format(text))
    return code, other


def _mapped(options: argparse.Namespace) -> tuple[str, Mapping[str, str]]:
    """The vocabulary and the codes that stand for others, of the file and of the command line, which comes first."""
    vocabulary, mapped = mapping_of(options.mapping) if options.mapping is not None else ("", {})
    return options.vocabulary or vocabulary, {**mapped, **dict(options.map)}


def run_export(options: argparse.Namespace) -> Exit:
    """Write the file, showing progress on a terminal; print a row for each case in it."""
    vocabulary, mapped = _mapped(options)
    with open_workbench(options) as workbench, Display() as display:
        sent = workbench.exchange.export(
            options.output,
            form=options.form,
            vocabulary=vocabulary,
            mapped=mapped,
            notes=options.notes,
            others=not options.own_only,
            reason=options.reason,
            on_progress=display.show_exchange,
        )
    rows: list[Row] = [
        {"source": case.source, "case": case.case_id, "vocabulary": sent.vocabulary, "records": case.records}
        for case in sent.cases
    ]
    print_rows(rows, SENT, options.format)
    return Exit.DONE


def run_import(options: argparse.Namespace) -> Exit:
    """Bring the file in, showing progress on a terminal; print a row for each case of it."""
    vocabulary, mapped = _mapped(options)
    with open_workbench(options) as workbench, Display() as display:
        imported = workbench.exchange.import_(
            options.file,
            source=options.source,
            vocabulary=vocabulary,
            mapped=mapped,
            reason=options.reason,
            on_progress=display.show_exchange,
        )
    print_rows(map(_row, imported), COLUMNS, options.format)
    for case in imported:
        _tell(case)
    return Exit.DONE


def run_apply(options: argparse.Namespace) -> Exit:
    """Grade what came here since; print a row for each case that was brought in."""
    with open_workbench(options) as workbench:
        applied = workbench.exchange.apply()
    print_rows(map(_row, applied), COLUMNS, options.format)
    return Exit.DONE


def run_list(options: argparse.Namespace) -> Exit:
    """Print one row per case that was brought in."""
    with open_workbench(options) as workbench:
        rows: list[Row] = [
            {
                "import": row.id,
                "at": row.at,
                "officer": row.officer,
                "agency": row.agency,
                "source": row.source,
                "case": row.case_id,
                "vocabulary": row.vocabulary,
                "records": row.records,
                "file": row.facts["file"],
            }
            for row in workbench.exchange.imports()
        ]
    print_rows(rows, LISTED, options.format)
    return Exit.DONE


def _row(case: ImportedCase) -> Row:
    counts = case.counts
    return {
        "import": case.number,
        "source": case.source,
        "case": case.case_id,
        "vocabulary": case.vocabulary,
        "records": counts.records,
        "here": counts.here,
        "elsewhere": counts.elsewhere,
        "graded": counts.graded,
        "contradicting": counts.contradicting,
    }


def _tell(case: ImportedCase) -> None:
    """What there is to say of an import beside its figures."""
    counts = case.counts
    sentences = (
        (counts.elsewhere, _("{:,} records are of files that are not here; they are kept, and exported again.")),
        (counts.uncategorised, _("{:,} records say nothing of what their file is.")),
        (counts.repeated, _("{:,} gradings are on record already, and were not added again.")),
        (counts.by_md5_alone, _("{:,} files are known by MD5 alone, for which collisions can be made.")),
        (
            counts.contradicting,
            _("{:,} records agree with a file here in one digest and not in another: they grade nothing."),
        ),
    )
    for count, sentence in sentences:
        if count:
            print("amparo: " + _("import {}: ").format(case.number) + sentence.format(count), file=sys.stderr)


COMMAND = Command(
    "gradings",
    _("exchange gradings with other agencies and tools, as VICS or CSV"),
    EXAMPLES["export"],
    configure,
    run_act,
)
