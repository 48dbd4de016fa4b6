"""`amparo leads`: what on pictures may lead to people or a place, for those who identify victims."""

import argparse
import sys
from functools import partial
from gettext import gettext as _
from pathlib import Path

from amparo.casework.leads import COLUMNS
from amparo.casework.output import new_file
from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.grade import file_of
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.leads import Region, Status

TEXT_COLUMNS = ("lead", "place", "status", "text", "region", "officer", "said")
STEPS = ("step", "at", "officer", "status", "text")
EXAMPLES = {
    "mark": "amparo leads mark 'ES-7!folder:/DCIM/IMG_1.JPG' 'uniform badge' --region 250,100,300,200",
    "step": "amparo leads step 1 taken --text 'asked the school authority'",
    "list": "amparo leads list --status taken",
    "show": "amparo leads show 1",
    "export": "amparo leads export -o leads.csv --reason 'for the identification team'",
}
"""Of each act a command line that a test runs, in this order; `--help` shows it."""
_PAGE = 500


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be done about leads."""
    acts = parser.add_subparsers(required=True, metavar=_("WHAT"))
    act = partial(add_act, acts, EXAMPLES)
    listing = act("list", _("one row per lead, and how it stands"), run_list)
    show = act("show", _("what became of a lead, oldest first"), run_show)
    mark = act("mark", _("mark a lead on a picture"), run_mark)
    step = act("step", _("say how a lead stands from now on"), run_step)
    export = act("export", _("write the leads to a CSV file; logged"), run_export)
    mark.add_argument("file", metavar="FILE", help=_("the address of a place where it lies, or its number"))
    mark.add_argument("text", metavar="TEXT", help=_("what is to be seen"))
    mark.add_argument(
        "--region",
        metavar="LEFT,TOP,WIDTH,HEIGHT",
        help=_("where, in thousandths of the picture (default: all of it)"),
    )
    for one in (show, step):
        one.add_argument("lead", type=int, metavar="LEAD", help=_("its number"))
    step.add_argument("status", choices=[status.value for status in Status])
    step.add_argument("--text", default="", metavar="TEXT", help=_("what was done, or came of it"))
    for one in (listing, export):
        one.add_argument("--status", choices=[status.value for status in Status], help=_("only those that stand so"))
    export.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=_("a new file"))
    export.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger"))
    for one in (listing, show):
        add_format(one)
    for one in (listing, show, mark, step, export):
        add_workbench(one)


def run_list(options: argparse.Namespace) -> Exit:
    """Print the leads."""
    with open_workbench(options) as workbench:
        port, rows, after = workbench.marked_leads, list[Row](), 0
        while page := port.leads(_status(options), after=after, limit=_PAGE):
            rows += map(port.row, page)
            after = page[-1].number
    if not rows and options.format == "text":
        print(_("Nobody marked such a lead."))
        return Exit.DONE
    print_rows(rows, TEXT_COLUMNS if options.format == "text" else COLUMNS, options.format)
    return Exit.DONE


def run_show(options: argparse.Namespace) -> Exit:
    """Print what became of a lead."""
    with open_workbench(options) as workbench:
        found = workbench.marked_leads.steps(options.lead)
    rows: list[Row] = [
        {"step": one.number, "at": one.at, "officer": one.officer, "status": one.status.value, "text": one.text}
        for one in found
    ]
    if not rows and options.format == "text":
        print(_("Nobody has taken it up."))
        return Exit.DONE
    print_rows(rows, STEPS, options.format)
    return Exit.DONE


def run_mark(options: argparse.Namespace) -> Exit:
    """Mark a lead."""
    region = Region.parse(options.region) if options.region is not None else None
    with open_workbench(options) as workbench:
        made = workbench.marked_leads.mark(file_of(workbench, options.file), options.text, region)
    print(_("Lead {}: {}.").format(made.number, made.text))
    return Exit.DONE


def run_step(options: argparse.Namespace) -> Exit:
    """Say how a lead stands."""
    with open_workbench(options) as workbench:
        made = workbench.marked_leads.step(options.lead, Status(options.status), options.text)
    print(_("Lead {} is {}.").format(made.number, made.status.value))
    return Exit.DONE


def run_export(options: argparse.Namespace) -> Exit:
    """Write the leads to a file."""
    with open_workbench(options) as workbench, new_file(options.output) as file:
        for line in workbench.marked_leads.export(_status(options), reason=options.reason):
            file.write(line.encode())
    print(_("Written to {}.").format(options.output), file=sys.stderr)
    return Exit.DONE


def _status(options: argparse.Namespace) -> Status | None:
    return Status(options.status) if options.status else None


COMMAND = Command(
    "leads",
    _("what on pictures may lead to people or a place, for those who identify victims"),
    EXAMPLES["list"],
    configure,
    run_act,
)
