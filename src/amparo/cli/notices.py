"""`amparo notices`: what new hash sets know of the exhibits that one examined."""

import argparse
import sys
from gettext import gettext as _

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.notice import Notice

COLUMNS = ("notice", "at", "exhibit", "set", "version", "matches", "read")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--read", action="store_true", help=_("they count as read from now on; logged"))
    parser.add_argument("--all", action="store_true", help=_("also those that were read before"))
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print the notices to whoever asks, one row each."""
    with open_workbench(options) as workbench:
        notices = workbench.notices(every=options.all, mark_read=options.read)
        if workbench.hash_sets.rematch_pending:
            print(
                _("amparo: new sets are still to be compared with exhibits: wait, or run amparo hashset rematch."),
                file=sys.stderr,
            )
    if not notices and options.format == "text":
        print(_("There are no notices to {}.").format(options.by))
        return Exit.DONE
    print_rows(map(_row, notices), COLUMNS, options.format)
    return Exit.DONE


def _row(notice: Notice) -> Row:
    return {
        "notice": notice.number,
        "at": notice.at,
        "exhibit": notice.exhibit,
        "set": notice.set_name,
        "version": notice.set_version,
        "matches": notice.matches,
        "read": notice.read_at,
    }


COMMAND = Command(
    "notices",
    _("what new hash sets know of the exhibits that you examined"),
    "amparo notices",
    configure,
    run,
)
