"""`amparo queue`: which pictures and films wait to be looked at, in which order, and why."""

import argparse
import re
import sys
from functools import partial
from gettext import gettext as _

from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_record, print_rows
from amparo.domain.item_path import ItemPath
from amparo.domain.queue import REASONS, Contribution, MalformedWeights

COLUMNS = ("number", "file", "item_path", "exhibits", "copies", "score", "reasons", "sentences")
TEXT_COLUMNS = ("number", "item_path", "copies", "score", "reasons")
WEIGHT_COLUMNS = ("reason", "weight", "usual")
EXAMPLES = {
    "list": "amparo queue list --limit 5",
    "why": "amparo queue why 'ES-7!folder:/DCIM/IMG_1.JPG'",
    "saved": "amparo queue saved",
    "weights": "amparo queue weights",
    "weigh": 'amparo queue weigh same-camera=200 recent=0 --reason "a producer is sought"',
}
"""Of each act a command line that a test runs, in this order; `--help` shows it."""
_PATIENCE_S = 3_600.0
_LIMIT = 20
_WEIGHT = re.compile(r"([^=]+)=(\d{1,9})")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be asked of the queue; with no act it is listed."""
    acts = parser.add_subparsers(metavar=_("WHAT"))
    act = partial(add_act, acts, EXAMPLES)
    _listing(parser)
    parser.set_defaults(act=run_list)
    _listing(act("list", _("what comes next, a row each, with the reasons that add up to its score"), run_list))
    why = act("why", _("how one file stands to the queue: what speaks for it, or why it does not wait"), run_why)
    why.add_argument("item_path", metavar="ITEM_PATH", help=_("its address"))
    saved = act("saved", _("how many looks are not needed, and why"), run_saved)
    weights = act("weights", _("what a point of each reason weighs"), run_weights)
    weigh = act("weigh", _("let reasons weigh so much from now on; those that are not named keep theirs"), run_weigh)
    weigh.add_argument("weights", nargs="+", metavar="REASON=WEIGHT", help=_("a whole number from 0 to 1000"))
    weigh.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger"))
    for one in (why, saved, weights, weigh):
        add_format(one)
        add_workbench(one)


def _listing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=_LIMIT, metavar="N", help=_("so many files (default: 20)"))
    add_format(parser)
    add_workbench(parser)


def run_list(options: argparse.Namespace) -> Exit:
    """Print the first files that wait."""
    with open_workbench(options) as workbench:
        found = workbench.queue.listed(options.limit, wait_s=_PATIENCE_S)
        waiting = workbench.queue.waiting(wait_s=_PATIENCE_S)
    rows: list[Row] = [
        {
            "number": number,
            "file": one.placed.file,
            "item_path": one.item_path,
            "exhibits": one.exhibits,
            "copies": one.placed.copies,
            "score": one.placed.score,
            **_reasons(one.placed.reasons),
        }
        for number, one in enumerate(found, 1)
    ]
    print_rows(rows, TEXT_COLUMNS if options.format == "text" else COLUMNS, options.format)
    print(_("{} files wait for a first look.").format(waiting.first), file=sys.stderr)
    return Exit.DONE


def run_why(options: argparse.Namespace) -> Exit:
    """Print how a file stands to the queue."""
    with open_workbench(options) as workbench:
        why = workbench.queue.why_at(ItemPath.parse(options.item_path), wait_s=_PATIENCE_S)
    record: Row = {
        "file": why.file,
        "stands": why.stands.value,
        "because": str(why.sentence),
        "before": why.before,
        "better": why.better,
        "score": why.score,
        **_reasons(why.reasons),
    }
    print_record(record, options.format)
    return Exit.DONE


def run_saved(options: argparse.Namespace) -> Exit:
    """Print how many looks are not needed."""
    with open_workbench(options) as workbench:
        saved = workbench.queue.saved(wait_s=_PATIENCE_S)
    record: Row = {
        "places": saved.places,
        "same_bytes": saved.same_bytes,
        "known": saved.known,
        "near_known": saved.near_known,
        "near_copies": saved.near_copies,
        "looks_saved": saved.saved,
        "looks": saved.looks,
    }
    print_record(record, options.format)
    return Exit.DONE


def run_weights(options: argparse.Namespace) -> Exit:
    """Print what reasons weigh, and who laid it down."""
    with open_workbench(options) as workbench:
        laid_down = workbench.queue.weights()
    usual = {reason.name: reason.weight for reason in REASONS}
    rows: list[Row] = [
        {"reason": name, "weight": weight, "usual": usual.get(name)}
        for name, weight in sorted(laid_down.weights.by_reason.items(), key=lambda each: -each[1])
    ]
    print_rows(rows, WEIGHT_COLUMNS, options.format)
    if laid_down.officer:
        said = _("Laid down by {} at {}: {}").format(laid_down.officer, laid_down.at, laid_down.reason)
        print(said, file=sys.stderr)
    return Exit.DONE


def run_weigh(options: argparse.Namespace) -> Exit:
    """Lay down weights, and print what counts now."""
    given: dict[str, object] = {}
    for text in options.weights:
        found = _WEIGHT.fullmatch(text)
        if found is None:
            raise MalformedWeights(_("{} is no weight: write REASON=WEIGHT, as in recent=80.").format(text))
        given[found[1]] = int(found[2])
    with open_workbench(options) as workbench:
        workbench.queue.set_weights(given, options.reason)
    return run_weights(options)


def _reasons(reasons: tuple[Contribution, ...]) -> Row:
    return {
        "reasons": [f"{each.reason} {each.points} × {each.weight}" for each in reasons],
        "sentences": [str(each.sentence) for each in reasons],
    }


COMMAND = Command(
    "queue",
    _("which pictures and films wait to be looked at, in which order, and why"),
    EXAMPLES["list"],
    configure,
    run_act,
)
