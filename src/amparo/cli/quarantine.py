"""`amparo quarantine`: what could not be examined, and what another try may help."""

import argparse
from gettext import gettext as _

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.quarantine import Quarantined

COLUMNS = ("what", "address", "analyzer", "version", "cause", "reason", "tries", "places", "retry")
TEXT_COLUMNS = ("what", "cause", "retry", "tries", "address", "analyzer", "reason")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("exhibit", metavar="NUMBER", help=_("the exhibit's number"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print the rows as they are read."""
    with open_workbench(options) as workbench:
        workbench.summary(options.exhibit)  # an unknown exhibit fails before anything is printed
        columns = TEXT_COLUMNS if options.format == "text" else COLUMNS
        print_rows(map(_row, workbench.quarantine(options.exhibit)), columns, options.format)
    return Exit.DONE


def _row(each: Quarantined) -> Row:
    return {
        "what": each.subject.value,
        "address": each.address,
        "analyzer": each.said.analyzer,
        "version": each.said.version,
        "cause": each.said.cause.value,
        "reason": each.said.reason,
        "tries": each.tries,
        "places": each.places,
        "retry": "yes" if each.may_pass else "no",
    }


COMMAND = Command(
    "quarantine",
    _("what could not be examined, why, how often it was tried, and what another try may help"),
    "amparo quarantine ES-7",
    configure,
    run,
)
