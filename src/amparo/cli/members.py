"""`amparo members`: agencies and officers of the operation, whose exhibits are, and who else may see them."""

import argparse
from functools import partial
from gettext import gettext as _
from pathlib import Path

from amparo.casework.members import made_up_password
from amparo.cli.command import Command, Exit, add_act, run_act
from amparo.cli.opening import add_workbench, open_workbench, passphrase
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.need_to_know import Purpose, Role
from amparo.records.members import Member

COLUMNS = ("officer", "name", "agency", "roles", "purposes", "since", "until")
EXAMPLES = {
    "add-agency": 'amparo members add-agency alfama --name "Polícia de Alfama" --country PT',
    "add": "amparo members add ana --agency alfama --role examiner --role supervisor",
    "list": "amparo members list",
    "password": "amparo members password ana",
    "give": "amparo members give ES-1 --agency alfama",
    "share": 'amparo members share ES-1 --agency belem --reason "the same series was found there" --by ana',
    "unshare": "amparo members unshare ES-1 --agency belem --by ana",
    "end": "amparo members end ana",
}
"""Of each act a command line that a test runs, in this order; `--help` shows it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be done with members."""
    acts = parser.add_subparsers(required=True, metavar=_("WHAT"))
    act = partial(add_act, acts, EXAMPLES)
    listing = act("list", _("one row per member"), run_list)
    listing.add_argument("--all", action="store_true", help=_("also those who were members"))
    add_format(listing)
    agency = act("add-agency", _("a new agency; the first one gets the exhibits that are nobody's"), run_agency)
    agency.add_argument("agency", metavar="AGENCY", help=_("a short name"))
    agency.add_argument("--name", default="", help=_("as people write it"))
    agency.add_argument("--country", default="", metavar="CC", help=_("two letters, as in ISO 3166-1"))
    add = act("add", _("make an officer a member, or change what he or she is"), run_add)
    add.add_argument("officer", metavar="OFFICER", help=_("a short name, to log in by"))
    add.add_argument("--agency", required=True)
    add.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    add.add_argument(
        "--purpose",
        action="append",
        choices=[purpose.value for purpose in Purpose],
        help=_("what he or she may process data for (default: each)"),
    )
    password = act("password", _("a new password, made up and shown once"), run_password)
    password.add_argument("--password-file", type=Path, metavar="FILE", help=_("take the first line of FILE instead"))
    password.add_argument(
        "--drop-factors", action="store_true", help=_("also forget the second factors: for somebody who lost them")
    )
    end = act("end", _("no member any more: sees nothing, and cannot log in"), run_end)
    for one in (password, end):
        one.add_argument("officer", metavar="OFFICER")
    give = act("give", _("say whose an exhibit is"), run_give)
    share = act("share", _("let another agency see an exhibit of your own"), run_share)
    share.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the ledger"))
    share.add_argument(
        "--purpose",
        action="append",
        choices=[purpose.value for purpose in Purpose],
        help=_("for what (default: operational analysis)"),
    )
    unshare = act("unshare", _("end that another agency sees an exhibit"), run_unshare)
    for one in (give, share, unshare):
        one.add_argument("exhibit", metavar="EXHIBIT")
        one.add_argument("--agency", required=True)
    for one in (listing, agency, add, password, end, give, share, unshare):
        add_workbench(one)


def run_list(options: argparse.Namespace) -> Exit:
    """Print the members."""
    with open_workbench(options) as workbench:
        found = workbench.members.roster(ended=options.all)
    if not found.members and options.format == "text":
        print(_("Nobody is a member yet: amparo members add-agency, then amparo members add."))
        return Exit.DONE
    print_rows(map(_row, found.members), COLUMNS, options.format)
    return Exit.DONE


def run_agency(options: argparse.Namespace) -> Exit:
    """Add an agency."""
    with open_workbench(options) as workbench:
        added = workbench.members.add_agency(options.agency, options.name, options.country)
    print(_("{} ({}) takes part.").format(added.display, added.name))
    return Exit.DONE


def run_add(options: argparse.Namespace) -> Exit:
    """Make somebody a member."""
    with open_workbench(options) as workbench:
        found = workbench.members.add(
            options.officer, options.agency, map(Role, options.role), map(Purpose, options.purpose or Purpose)
        )
    print(_("{} works for {} as {}.").format(found.officer, found.agency, ", ".join(sorted(found.roles))))
    return Exit.DONE


def run_password(options: argparse.Namespace) -> Exit:
    """Give a member a password."""
    given = options.password_file is not None
    password = passphrase(options.password_file, "") if given else made_up_password()
    with open_workbench(options) as workbench:
        workbench.members.set_password(options.officer, password, drop_factors=options.drop_factors)
    if given:
        print(_("{} has a new password.").format(options.officer))
    else:
        print(_("The password of {} is {}: it is shown this once.").format(options.officer, password))
    return Exit.DONE


def run_end(options: argparse.Namespace) -> Exit:
    """End a membership."""
    with open_workbench(options) as workbench:
        workbench.members.end(options.officer)
    print(_("{} is no member any more.").format(options.officer))
    return Exit.DONE


def run_give(options: argparse.Namespace) -> Exit:
    """Say whose an exhibit is."""
    with open_workbench(options) as workbench:
        workbench.members.give(options.exhibit, options.agency)
    print(_("{} is {}'s from now on.").format(options.exhibit, options.agency))
    return Exit.DONE


def run_share(options: argparse.Namespace) -> Exit:
    """Share an exhibit."""
    purposes = map(Purpose, options.purpose or [Purpose.OPERATIONAL_ANALYSIS])
    with open_workbench(options) as workbench:
        workbench.members.share(options.exhibit, options.agency, reason=options.reason, purposes=purposes)
    print(_("{} sees {} from now on.").format(options.agency, options.exhibit))
    return Exit.DONE


def run_unshare(options: argparse.Namespace) -> Exit:
    """End a sharing."""
    with open_workbench(options) as workbench:
        workbench.members.unshare(options.exhibit, options.agency)
    print(_("{} does not see {} any more.").format(options.agency, options.exhibit))
    return Exit.DONE


def _row(member: Member) -> Row:
    return {
        "officer": member.officer,
        "name": member.display,
        "agency": member.agency,
        "roles": " ".join(sorted(member.roles)),
        "purposes": " ".join(sorted(member.purposes)),
        "since": member.at,
        "until": member.ended,
    }


COMMAND = Command(
    "members",
    _("agencies and officers of the operation, whose exhibits are, and who else may see them"),
    EXAMPLES["list"],
    configure,
    run_act,
)
