"""`amparo viewing`: how far officers may look at what is unveiled, how much in a day, and how much they bear."""

import argparse
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from gettext import gettext as _

from amparo.casework.steering_viewing import LaidDown, Load
from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.exposure import Budget, Burden, Level, MalformedPolicy, Policy

ALL = "all"
COLUMNS = (
    *("officer", "level", "files", "seconds", *(burden.value for burden in Burden)),
    *("remind_s", "break_after_s", "break_s", "between_severe", "zone", "by", "at", "reason"),
)
LOAD_COLUMNS = ("day", "officer", "burden", "files", "seconds")
EXAMPLES = {
    "set": (
        "amparo viewing set --level colour --budget all=200/5400 --budget unknown=200/5400 --budget none=200/5400"
        ' --budget some=100/2700 --budget severe=20/900 --zone Europe/Lisbon --reason "agreed with the psychologist"'
    ),
    "list": "amparo viewing list",
    "load": "amparo viewing load --days 7",
}
"""Of each act a command line that a test runs, in this order; `--help` shows it."""
_BUDGET = re.compile(r"([a-z]+)=(\d{1,9})/(\d{1,9})")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be done about viewing."""
    acts = parser.add_subparsers(required=True, metavar=_("WHAT"))
    act = partial(add_act, acts, EXAMPLES)
    listing = act(
        "list", _("one row per policy; the one without an officer is of all who have none of their own"), run_list
    )
    laying = act("set", _("let a policy count from now on; what is not named stays as it counts now"), run_set)
    laying.add_argument("officer", nargs="?", default="", metavar="OFFICER", help=_("of one officer (default: of all)"))
    laying.add_argument("--level", choices=[level.value for level in Level], help=_("the farthest that is allowed"))
    laying.add_argument(
        "--budget",
        action="append",
        default=[],
        metavar="WHAT=FILES/SECONDS",
        help=_("of a day; WHAT is all, {}; can be given more than once").format(", ".join(Burden)),
    )
    for name, help_ in (
        ("remind", _("seconds of looking after which there is a reminder")),
        ("break-after", _("seconds of looking after which there is a break")),
        ("break", _("how many seconds a break lasts")),
    ):
        laying.add_argument(f"--{name}", type=int, metavar="S", dest=f"{name.replace('-', '_')}_s", help=help_)
    laying.add_argument("--between-severe", type=int, metavar="N", help=_("other files between two severe ones"))
    laying.add_argument("--zone", help=_("the time zone in which a day begins at midnight"))
    laying.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger"))
    bearing = act("load", _("what officers saw unveiled: a row for each day, officer and burden"), run_load)
    bearing.add_argument("--days", type=int, default=14, metavar="N", help=_("so many days, today among them"))
    for one in (listing, bearing):
        add_format(one)
    for one in (listing, laying, bearing):
        add_workbench(one)


def run_list(options: argparse.Namespace) -> Exit:
    """Print the policies."""
    with open_workbench(options) as workbench:
        found = workbench.viewing.policies()
    if not found and options.format == "text":
        print(_("No policy is laid down: everything stays veiled. See amparo viewing set --help."))
        return Exit.DONE
    print_rows(map(_policy_row, found), COLUMNS, options.format)
    return Exit.DONE


def run_set(options: argparse.Namespace) -> Exit:
    """Lay down a policy."""
    names = ("remind_s", "break_after_s", "break_s", "between_severe", "zone")
    named = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    budgets = dict(map(_budget, options.budget))
    with open_workbench(options) as workbench:
        now = workbench.viewing.policy(options.officer)
        wanted = replace(
            now,
            level=Level(options.level) if options.level else now.level,
            day=budgets.pop(ALL, now.day),
            burdens={**now.burdens, **{Burden(name): budget for name, budget in budgets.items()}},
            **named,
        )
        laid = workbench.viewing.lay_down(wanted, options.officer, reason=options.reason)
    whom = laid.officer or _("All who have no policy of their own")
    print(_("{} may look as far as {}: {} a day.").format(whom, laid.policy.level, _written(laid.policy)))
    return Exit.DONE


def run_load(options: argparse.Namespace) -> Exit:
    """Print what officers saw."""
    with open_workbench(options) as workbench:
        load = workbench.viewing.load(options.days)
    if not load.rows and options.format == "text":
        print(_("Nobody saw anything unveiled in these days."))
        return Exit.DONE
    print_rows(_load_rows(load), LOAD_COLUMNS, options.format)
    return Exit.DONE


def _budget(text: str) -> tuple[str, Budget]:
    found = _BUDGET.fullmatch(text)
    if found is None or found[1] not in (ALL, *Burden):
        raise MalformedPolicy(
            _("{!r} is no budget: write WHAT=FILES/SECONDS, where WHAT is all, {}.").format(text, ", ".join(Burden)),
            "budget",
        )
    return found[1], Budget(int(found[2]), int(found[3]))


def _written(policy: Policy) -> str:
    return _("{} files, {} seconds").format(policy.day.files, policy.day.seconds)


def _policy_row(laid: LaidDown) -> Row:
    policy = laid.policy
    return {
        "officer": laid.officer or None,
        "level": policy.level.value,
        "files": policy.day.files,
        "seconds": policy.day.seconds,
        **{burden.value: f"{budget.files}/{budget.seconds}" for burden, budget in policy.burdens.items()},
        "remind_s": policy.remind_s,
        "break_after_s": policy.break_after_s,
        "break_s": policy.break_s,
        "between_severe": policy.between_severe,
        "zone": policy.zone,
        "by": laid.by,
        "at": laid.at,
        "reason": laid.reason,
    }


def _load_rows(load: Load) -> Iterator[Row]:
    for row in load.rows:
        seen = {"files": row.seen.files, "seconds": row.seen.seconds}
        yield {"day": row.day.isoformat(), "officer": row.officer, "burden": row.burden.value, **seen}


COMMAND = Command(
    "viewing",
    _("how far and how much officers may look at what is unveiled, and how much they bear"),
    EXAMPLES["list"],
    configure,
    run_act,
)
