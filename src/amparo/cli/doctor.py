"""`amparo doctor`: what is installed, and what is missing."""

import argparse
from dataclasses import asdict
from gettext import gettext as _

from amparo.casework.doctor import examine_installation
from amparo.cli.command import Command, Exit
from amparo.cli.rows import add_format, print_rows
from amparo.workbench import attached_parts


def run(options: argparse.Namespace) -> Exit:
    """Print one row per part, and per attached detector; fail where a needed one is missing, or one is refused."""
    parts = [*examine_installation(), *attached_parts()]
    print_rows((asdict(part) for part in parts), ("part", "state", "found", "gives"), options.format)
    if any(part.state == "refused" for part in parts):
        return Exit.FAULT
    broken = any(part.state != "ok" and not part.part.startswith("amparo[") for part in parts)
    return Exit.MISSING_EXTRA if broken else Exit.DONE


COMMAND = Command(
    "doctor", _("what is installed, what is missing, what each extra would give"), "amparo doctor", add_format, run
)
