"""`amparo hashset`: import, list, show, export, diff and remove hash sets."""

import argparse
import contextlib
import csv
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from gettext import gettext as _
from pathlib import Path

from amparo.casework.hash_set_contents import Form
from amparo.casework.output import OutputRefused
from amparo.casework.rematch import Rematched
from amparo.cli import tasks
from amparo.cli.background import LOG, begin
from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_workbench, open_workbench, open_workbench_noting
from amparo.cli.progress import Display
from amparo.cli.rows import Row, add_format, print_record, print_rows
from amparo.domain.handling import HandlingCode
from amparo.domain.hash_set import Problem, Provenance, SetKind, SetVersion
from amparo.domain.task import Import

COLUMNS = ("set", "version", "kind", "format", "entries", "problems", "source", "date", "handling", "imported", "state")
REMATCHED = ("exhibit", "set", "version", "matches", "told")
DIFFERENCES = ("kind", "only_first", "only_second", "both")
EXAMPLES = {
    "import": 'amparo hashset import known known.txt --hash sha256 --source "a partner" --errors problems.csv',
    "rematch": "amparo hashset rematch",
    "list": "amparo hashset list --all",
    "show": "amparo hashset show known",
    "export": 'amparo hashset export known -o known.csv --reason "for the court"',
    "diff": "amparo hashset diff known@1 known@2 --list",
    "remove": 'amparo hashset remove known@1 --reason "withdrawn by its maker"',
}
"""Of each act a command line that a test runs; `--help` shows it."""
DIFFERING = ("where", "kind", "digest", "category")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be done with hash sets."""
    acts = parser.add_subparsers(required=True, metavar=_("WHAT"))
    act = partial(add_act, acts, EXAMPLES)
    rematch = act("rematch", _("compare exhibits with what is new in sets that came after them"), run_rematch)
    add_format(rematch)
    add_workbench(rematch)
    _import(act("import", _("read a file, whatever its format, as the next version of a set"), run_import))
    listing = act("list", _("one row per set"), run_list)
    listing.add_argument("--all", action="store_true", help=_("also versions that were replaced or removed"))
    show = act("show", _("all that is recorded of a version"), run_show)
    export = act("export", _("write all entries of a version to a file; logged"), run_export)
    diff = act("diff", _("what two versions have alone and together"), run_diff)
    remove = act("remove", _("take a set, or one version of it, out of use; what is recorded stays"), run_remove)
    for one in (show, export, remove):
        one.add_argument("set", metavar="NAME[@VERSION]")
    export.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=_("a file that is not there yet")
    )
    export.add_argument(
        "--as", dest="form", choices=[form.value for form in Form], default="csv", help=_("csv (default) or VICS 2.0")
    )
    diff.add_argument("first", metavar="NAME[@VERSION]")
    diff.add_argument("second", metavar="NAME[@VERSION]")
    diff.add_argument("--list", action="store_true", help=_("each digest that only one of them has"))
    remove.add_argument(
        "--delete-files", action="store_true", help=_("delete its files too: no report can be re-run with it")
    )
    for one in (export, remove):
        one.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger"))
    for one in (listing, show, diff):
        add_format(one)
    for one in (listing, show, export, diff, remove):
        add_workbench(one)


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("of the set; one that is there gets another version"))
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help=_(
            "VICS or CAID JSON, NSRL text or SQLite, ICSE or ThreatExchange CSV, NCMEC XML, Bloom filter, list, CSV"
        ),
    )
    parser.add_argument(
        "--kind",
        choices=[kind.value for kind in SetKind],
        help=_("what it says of a file that it is in the set (default: by the format)"),
    )
    parser.add_argument("--source", default="", metavar="TEXT", help=_("who made it"))
    parser.add_argument("--licence", default="", metavar="TEXT", help=_("under which terms it may be used"))
    parser.add_argument("--date", type=_date, metavar="YYYY-MM-DD", help=_("of the set"))
    parser.add_argument("--set-version", default="", metavar="TEXT", help=_("as its maker names it"))
    parser.add_argument("--legal-basis", default="", metavar="TEXT", help=_("on which it is held"))
    parser.add_argument("--handling", choices=[code.value for code in HandlingCode], help=_("handling code"))
    parser.add_argument("--restriction", default="", metavar="TEXT", help=_("what H3 means here"))
    parser.add_argument(
        "--vocabulary", default="", metavar="NAME|FILE", help=_("what its categories mean (default: by the file)")
    )
    parser.add_argument(
        "--column",
        action="append",
        type=_column,
        default=[],
        metavar="THING=COLUMN",
        help=_("which column of a CSV holds what: sha256, sha1, md5, pdq, quality, category, id, series, tags, flags"),
    )
    parser.add_argument(
        "--hash",
        choices=("sha256", "sha1", "md5", "pdq"),
        default="",
        help=_("what values of 64 digits are, or what a Bloom filter holds"),
    )
    parser.add_argument("--errors", type=Path, metavar="FILE", help=_("list every problem in this new CSV file"))
    parser.add_argument(
        "--wait", action="store_true", help=_("compare the exhibits before this ends, and not in the background")
    )
    tasks.add_background(parser)
    parser.set_defaults(refuse=parser.error)
    add_format(parser)
    add_workbench(parser)


def run_import(options: argparse.Namespace) -> Exit:
    """Import, showing progress on a terminal; print what was read, and the first problems on standard error."""
    provenance = Provenance(
        options.source,
        options.licence,
        options.date or "",
        options.set_version,
        options.legal_basis,
        HandlingCode(options.handling) if options.handling else None,
        options.restriction,
    )
    if options.background:
        return _in_background(options, provenance)
    workbench, passphrase = open_workbench_noting(options)
    with workbench, _listed(options.errors) as tell, Display() as display:
        imported = workbench.hash_sets.import_(
            options.name,
            options.file,
            kind=options.kind,
            provenance=provenance,
            columns=dict(options.column),
            hash=options.hash,
            vocabulary=options.vocabulary,
            tell=tell,
            on_progress=display.show_import,
        )
        if workbench.hash_sets.rematch_pending:
            if options.wait:
                for found in workbench.hash_sets.rematch():
                    _tell(found)
            else:
                place = options.workbench.absolute()
                begin(
                    ["hashset", "rematch", "--workbench", str(place), "--by", options.by],
                    log=place / LOG,
                    passphrase=passphrase,
                )
                print(_("amparo: exhibits are being compared with it; see `amparo notices`."), file=sys.stderr)
    version = imported.version
    print_record(_record(version), options.format)
    for problem in version.first_problems:
        where = _("record {:,} of {:,}: ").format(problem.record, version.counts.records) if problem.record else ""
        print(f"amparo: {where}{problem.reason}", file=sys.stderr)
    problems = sum(version.counts.problems.values())
    if problems > len(version.first_problems):
        more = problems - len(version.first_problems)
        print(_("amparo: {:,} more problems; --errors FILE lists all.").format(more), file=sys.stderr)
    if not version.counts.complete:
        print(_("amparo: the file was not read to its end: the set is not complete."), file=sys.stderr)
    if imported.doubts:
        print(
            _("amparo: other tools swap the categories {}; --vocabulary says which meaning holds.").format(
                _(" and ").join(imported.doubts)
            ),
            file=sys.stderr,
        )
    return Exit.DONE


def _in_background(options: argparse.Namespace, provenance: Provenance) -> Exit:
    if options.errors is not None or options.wait:
        options.refuse(_("--errors and --wait are for an import that is waited for: give no --background with them"))
    stated = {name: str(value) for name, value in asdict(provenance).items() if value}
    wanted = Import(
        options.name,
        str(Path(options.file).absolute()),
        options.kind or "",
        stated,
        dict(options.column),
        options.hash,
        options.vocabulary,
    )
    with open_workbench(options) as workbench:
        return tasks.begin(options, workbench, wanted)


def run_rematch(options: argparse.Namespace) -> Exit:
    """Compare what is pending, and print a row for each exhibit and set."""
    with open_workbench(options) as workbench:
        rows: Iterator[Row] = (
            {
                "exhibit": found.exhibit,
                "set": found.version.name,
                "version": found.version.number,
                "matches": found.matches,
                "told": list(found.told),
            }
            for found in workbench.hash_sets.rematch()
        )
        if not workbench.hash_sets.rematch_pending:
            print(_("amparo: every exhibit was compared with all that is new in hash sets."), file=sys.stderr)
        print_rows(rows, REMATCHED, options.format)
    return Exit.DONE


def _tell(found: Rematched) -> None:
    where = f"{found.version.name}@{found.version.number}"
    told = _(", told {}").format(", ".join(found.told)) if found.told else ""
    print(_("amparo: {} in {}: {:,} new matches{}.").format(where, found.exhibit, found.matches, told), file=sys.stderr)


def run_list(options: argparse.Namespace) -> Exit:
    """Print one row per set, or per version."""
    with open_workbench(options) as workbench:
        versions = workbench.hash_sets.list(every=options.all)
        in_use = {version.id for version in workbench.hash_sets.list()}
    if not versions and options.format == "text":
        print(_("There are no hash sets yet: run `amparo hashset import NAME FILE`."))
        return Exit.DONE
    rows = ({**_record(version), "state": _state(version, version.id in in_use)} for version in versions)
    print_rows(rows, COLUMNS, options.format)
    return Exit.DONE


def run_show(options: argparse.Namespace) -> Exit:
    """Print what is recorded of a version."""
    with open_workbench(options) as workbench:
        version = workbench.hash_sets.show(options.set)
    print_record(_record(version), options.format)
    return Exit.DONE


def run_export(options: argparse.Namespace) -> Exit:
    """Write a version to a file, and say what restricts its use."""
    with open_workbench(options) as workbench:
        version = workbench.hash_sets.export(options.set, options.output, form=options.form, reason=options.reason)
    print(_("{:,} entries of {}@{}.").format(version.counts.entries, version.name, version.number), file=sys.stderr)
    handling = version.provenance.handling
    if handling is not None:
        restriction = f" ({version.provenance.restriction})" if version.provenance.restriction else ""
        print(_("Handling code {}{}.").format(handling, restriction), file=sys.stderr)
    return Exit.DONE


def run_diff(options: argparse.Namespace) -> Exit:
    """Print counts by kind of value, or each digest that only one has."""
    with open_workbench(options) as workbench:
        if options.list:
            rows: Iterator[Row] = (asdict(one) for one in workbench.hash_sets.differing(options.first, options.second))
            print_rows(rows, DIFFERING, options.format)
        else:
            found = workbench.hash_sets.differences(options.first, options.second)
            print_rows(map(asdict, found), DIFFERENCES, options.format)
    return Exit.DONE


def run_remove(options: argparse.Namespace) -> Exit:
    """Remove, and say what is no longer in use."""
    with open_workbench(options) as workbench:
        removed = workbench.hash_sets.remove(options.set, delete_files=options.delete_files, reason=options.reason)
    for version in removed:
        print(_("{}@{} is no longer in use.").format(version.name, version.number), file=sys.stderr)
    return Exit.DONE


def _record(version: SetVersion) -> dict[str, str | int | list[object] | None]:
    counts, provenance = version.counts, version.provenance
    return {
        "set": version.name,
        "version": version.number,
        "kind": version.kind.value,
        "format": version.format,
        "records": counts.records,
        "entries": counts.entries,
        "values": [f"{kind} {number}" for kind, number in counts.digests.items()],
        "repeated": [f"{kind} {number}" for kind, number in counts.repeated.items()],
        "empty_file": counts.empty,
        "not_compared": [f"{kind} {number}" for kind, number in counts.unused.items()],
        "problems": [f"{kind} {number}" for kind, number in counts.problems.items()],
        "complete": "yes" if counts.complete else "no",
        "vocabulary": version.vocabulary or None,
        "source": provenance.source or None,
        "licence": provenance.licence or None,
        "date": provenance.date or None,
        "set_version": provenance.version or None,
        "legal_basis": provenance.legal_basis or None,
        "handling": provenance.handling.value if provenance.handling else None,
        "restriction": provenance.restriction or None,
        "file": version.file_name,
        "file_bytes": version.file_bytes,
        "file_sha256": version.file_sha256,
        "imported": version.imported_at,
        "by": version.imported_by,
        "removed": version.removed_at,
    }


def _state(version: SetVersion, in_use: bool) -> str:
    if version.files_deleted:
        return "removed, files deleted"
    if version.removed_at is not None:
        return "removed"
    return "in use" if in_use else "replaced"


@contextlib.contextmanager
def _listed(path: Path | None) -> Iterator[Callable[[Problem], None] | None]:
    """Whom to tell of each problem; raise `OutputRefused`."""
    if path is None:
        yield None
        return
    try:
        file = path.open("x", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise OutputRefused(f"{path} cannot be written ({error.strerror}): choose another for --errors.") from error
    with file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("record", "kind", "reason"))
        yield lambda problem: writer.writerow((problem.record, problem.kind, problem.reason))


def _date(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) is None:
        raise argparse.ArgumentTypeError(_("a date is written 2026-01-31"))
    return date.fromisoformat(text).isoformat()


def _column(text: str) -> tuple[str, str]:
    thing, equals, column = text.partition("=")
    if not equals or not column:
        raise argparse.ArgumentTypeError(_("write THING=COLUMN, as in sha256=Hash"))
    return thing.strip().lower(), column


COMMAND = Command(
    "hashset",
    _("sets of known files: import, list, show, export, diff, remove"),
    "amparo hashset import known known.txt --hash sha256",
    configure,
    run_act,
)
