"""`amparo verify`: does everything still agree with its digest?"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from gettext import gettext as _

from amparo.casework.verify import Checked
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench
from amparo.cli.rows import Row, add_format, print_rows
from amparo.domain.errors import AmparoError


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_format(parser)
    add_workbench(parser)


def run(options: argparse.Namespace) -> Exit:
    """Print what each check showed; fail where anything does not agree, or cannot be checked."""
    failures: list[AmparoError] = []

    def rows(checks: Iterator[Checked]) -> Iterator[Row]:
        try:
            for checked in checks:
                yield asdict(checked)
        except AmparoError as error:  # told after the rows, so that what was printed stays whole
            failures.append(error)

    with open_workbench(options) as workbench:
        print_rows(rows(workbench.verify()), ("what", "outcome", "detail"), options.format)
    if failures:
        raise failures[0]
    return Exit.DONE


COMMAND = Command(
    "verify",
    _("hold the ledger, the store and the acquisitions against their digests"),
    "amparo verify",
    configure,
    run,
)
