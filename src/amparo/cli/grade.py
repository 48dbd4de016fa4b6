"""`amparo grade`: decide about files, take back, settle what two decided differently, and say what is no category."""

import argparse
import re
from collections.abc import Iterable
from functools import partial
from gettext import gettext as _
from typing import TypedDict

from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_record, print_rows
from amparo.domain.grading import NEUTRAL, Flag, Grading
from amparo.domain.item_path import ItemPath
from amparo.domain.origin import Claim
from amparo.workbench import Workbench

COLUMNS = (
    *("file", "decision", "round", "officer", "agency", "source", "at", "vocabulary", "category", "meaning", "flags"),
    *("reason", "withdrawn"),
)
TEXT_COLUMNS = ("file", "decision", "round", "officer", "agency", "category", "flags", "reason", "withdrawn")
REMARKS = ("file", "what", "officer", "agency", "at", "says", "text")
UNSURE = "unsure"
EXAMPLES = {
    "file": "amparo grade file 'ES-7!folder:/DCIM/IMG_1.JPG' comparison --flag distributed --reason 'as in ES-2'",
    "show": "amparo grade show 'ES-7!folder:/DCIM/IMG_1.JPG'",
    "withdraw": "amparo grade withdraw 1 --reason 'a slip of the finger'",
    "assess": "amparo grade assess 'ES-7!folder:/DCIM/IMG_1.JPG' captured --reason 'sensor noise as in the others'",
    "note": "amparo grade note 'ES-7!folder:/DCIM/IMG_1.JPG' 'the same room as in ES-2'",
    "remarks": "amparo grade remarks 'ES-7!folder:/DCIM/IMG_1.JPG'",
    "disputes": "amparo grade disputes",
    "agreement": "amparo grade agreement",
}
"""Of each act a command line that a test runs, in this order; `--help` shows it."""
SETTLE = "amparo grade settle 'ES-7!folder:/DCIM/IMG_1.JPG' abuse --reason 'seen by both together'"
CLUSTER = "amparo grade cluster 'ES-7!folder:/DCIM/IMG_1.JPG' not-pertinent"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be done about decisions."""
    acts = parser.add_subparsers(required=True, metavar=_("WHAT"))
    act = partial(add_act, acts, {**EXAMPLES, "settle": SETTLE, "cluster": CLUSTER})
    file = act("file", _("decide what a file is, and so what every copy of it is"), run_file)
    cluster = act("cluster", _("decide about all near copies of a file, of which enough was seen"), run_cluster)
    settle = act("settle", _("settle what two decided differently; both stay on record"), run_settle)
    for one in (file, cluster, settle):
        _of_file(one)
        one.add_argument("category", metavar="CATEGORY", help=_("its code: see amparo vocabularies"))
        one.add_argument("--vocabulary", default=NEUTRAL, metavar="NAME", help=_("of which (default: neutral)"))
        one.add_argument(
            "--flag",
            action="append",
            default=[],
            choices=[flag.value for flag in Flag],
            help=_("what is said of it beside the category; can be given more than once"),
        )
        one.add_argument("--submission", default="", metavar="ID", help=_("a name by which this counts once"))
    show = act("show", _("the decisions about a file, oldest first"), run_show)
    remarks = act("remarks", _("how officers judge that a picture came to be, and notes"), run_remarks)
    assess = act("assess", _("say how a picture came to be; that neither closes nor lowers it"), run_assess)
    note = act("note", _("write a note about a file"), run_note)
    for one in (show, remarks, assess, note):
        _of_file(one)
    assess.add_argument("claim", choices=[*(claim.value for claim in Claim), UNSURE])
    note.add_argument("text", metavar="TEXT")
    withdraw = act("withdraw", _("take a decision of your own back; it stays on record"), run_withdraw)
    withdraw.add_argument("decision", type=int, metavar="DECISION", help=_("its number"))
    disputes = act("disputes", _("the decisions about files of which two decided differently"), run_disputes)
    agreement = act("agreement", _("how far two who decide independently agree (Cohen's kappa)"), run_agreement)
    for one in (file, cluster, settle, assess, withdraw):
        one.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the record"))
    for one in (show, remarks, disputes, agreement):
        add_format(one)
    for one in (file, cluster, settle, show, remarks, assess, note, withdraw, disputes, agreement):
        add_workbench(one)


def run_file(options: argparse.Namespace) -> Exit:
    """Decide about a file."""
    with open_workbench(options) as workbench:
        made = workbench.grades.grade(_file(workbench, options), options.category, **_said(options))
    print(_("Decision {}: {} ({}).").format(made.number, made.category, made.meaning))
    return Exit.DONE


def run_cluster(options: argparse.Namespace) -> Exit:
    """Decide about near copies."""
    with open_workbench(options) as workbench:
        made = workbench.grades.grade_cluster(_file(workbench, options), options.category, **_said(options))
    for one in made:
        print(_("Decision {}: {} ({}).").format(one.number, one.category, one.meaning))
    return Exit.DONE


def run_settle(options: argparse.Namespace) -> Exit:
    """Settle a dispute."""
    with open_workbench(options) as workbench:
        made = workbench.grades.reconcile(_file(workbench, options), options.category, **_said(options))
    print(_("Decision {} settles it: {} ({}).").format(made.number, made.category, made.meaning))
    return Exit.DONE


def run_withdraw(options: argparse.Namespace) -> Exit:
    """Take a decision back."""
    with open_workbench(options) as workbench:
        made = workbench.grades.withdraw(options.decision, reason=options.reason)
    print(_("Decision {} does not stand any more.").format(made.number))
    return Exit.DONE


def run_show(options: argparse.Namespace) -> Exit:
    """Print the decisions about a file."""
    with open_workbench(options) as workbench:
        file = _file(workbench, options)
        found, verdict = workbench.grades.gradings(file), workbench.grades.verdict(file)
    if options.format == "text":
        said = " ".join(part for part in (verdict.vocabulary, verdict.category, *sorted(verdict.flags)) if part)
        print(f"{verdict.standing}: {said}" if said else str(verdict.standing))
        if not found:
            return Exit.DONE
    _print((_row(file, one) for one in found), options)
    return Exit.DONE


def run_disputes(options: argparse.Namespace) -> Exit:
    """Print what is in dispute."""
    with open_workbench(options) as workbench:
        found = workbench.grades.disputes(limit=10_000)
    if not found and options.format == "text":
        print(_("Nobody disputes what another decided."))
        return Exit.DONE
    _print((_row(dispute.file, one) for dispute in found for one in dispute.gradings), options)
    return Exit.DONE


def run_agreement(options: argparse.Namespace) -> Exit:
    """Print how far two agree."""
    with open_workbench(options) as workbench:
        found = workbench.grades.agreement()
    record: Row = {
        "files": found.files,
        "agreed": found.agreed,
        "same_flags": found.same_flags,
        "kappa": None if found.kappa is None else round(found.kappa, 3),
        "table": [f"{first} / {second}: {count}" for (first, second), count in sorted(found.table.items())],
    }
    print_record(record, options.format)
    return Exit.DONE


def run_assess(options: argparse.Namespace) -> Exit:
    """Say how a picture came to be."""
    claim = None if options.claim == UNSURE else Claim(options.claim)
    with open_workbench(options) as workbench:
        made = workbench.grades.assess(_file(workbench, options), claim, reason=options.reason)
    print(_("Assessment {}: {}.").format(made.number, options.claim))
    return Exit.DONE


def run_note(options: argparse.Namespace) -> Exit:
    """Write a note."""
    with open_workbench(options) as workbench:
        made = workbench.grades.note(_file(workbench, options), options.text)
    print(_("Note {}.").format(made.number))
    return Exit.DONE


def run_remarks(options: argparse.Namespace) -> Exit:
    """Print assessments and notes."""
    with open_workbench(options) as workbench:
        file = _file(workbench, options)
        rows: list[Row] = [
            {"file": file, "what": "assessment", "officer": one.officer, "agency": one.agency, "at": one.at,
             "says": one.claim.value if one.claim else UNSURE, "text": one.reason}
            for one in workbench.grades.assessments(file)
        ]  # fmt: skip
        rows += [
            {"file": file, "what": "note", "officer": one.officer, "agency": one.agency, "at": one.at,
             "says": None, "text": one.text}
            for one in workbench.grades.notes(file)
        ]  # fmt: skip
    print_rows(rows, REMARKS, options.format)
    return Exit.DONE


def file_of(workbench: Workbench, text: str) -> int:
    """The file that a command names: by its number, or by the address of a place where it lies."""
    if re.fullmatch(r"\d{1,18}", text):
        return int(text)
    return workbench.grades.file_at(ItemPath.parse(text))


def _of_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=_("the address of a place where it lies, or its number"))


def _file(workbench: Workbench, options: argparse.Namespace) -> int:
    return file_of(workbench, options.file)


class _Said(TypedDict):
    vocabulary: str
    flags: list[Flag]
    reason: str
    submission: str


def _said(options: argparse.Namespace) -> _Said:
    flags = [Flag(flag) for flag in options.flag]
    return _Said(vocabulary=options.vocabulary, flags=flags, reason=options.reason, submission=options.submission)


def _print(rows: Iterable[Row], options: argparse.Namespace) -> None:
    print_rows(rows, TEXT_COLUMNS if options.format == "text" else COLUMNS, options.format)


def _row(file: int, grading: Grading) -> Row:
    return {
        "file": file,
        "decision": grading.number,
        "round": grading.round.value,
        "officer": grading.officer,
        "agency": grading.agency,
        "source": grading.source or None,
        "at": grading.at,
        "vocabulary": grading.vocabulary,
        "category": grading.category,
        "meaning": grading.meaning,
        "flags": sorted(flag.value for flag in grading.flags),
        "reason": grading.reason,
        "withdrawn": "yes" if grading.withdrawn else "no",
    }


COMMAND = Command(
    "grade",
    _("decide about files, take back, settle what two decided differently; notes and assessments"),
    EXAMPLES["file"],
    configure,
    run_act,
)
