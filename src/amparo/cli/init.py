"""`amparo init`: make a workbench."""

import argparse
from gettext import gettext as _
from pathlib import Path

from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_passphrase_file, passphrase
from amparo.workbench import Workbench, default_folder


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "folder", nargs="?", type=Path, default=default_folder(), metavar="DIR", help=_("a new or empty folder")
    )
    parser.add_argument("--operation", default="Operation", metavar="NAME", help=_("the operation that it is for"))
    parser.add_argument(
        "--database",
        default="sqlite",
        metavar="URL",
        help=_("sqlite (default), or postgresql://USER:PASSWORD@HOST/NAME"),
    )
    guard = parser.add_mutually_exclusive_group()
    guard.add_argument("--passphrase", action="store_true", help=_("guard the key by a passphrase, asked for now"))
    guard.add_argument(
        "--key-file", type=Path, metavar="FILE", help=_("where the key is to lie, outside the workbench")
    )
    add_passphrase_file(parser)


def run(options: argparse.Namespace) -> Exit:
    """Make the workbench and say how its key is guarded."""
    secret = None
    if options.passphrase or options.passphrase_file:
        secret = passphrase(options.passphrase_file, _("New passphrase: "))
        if not options.passphrase_file and passphrase(None, _("Again: ")) != secret:
            print(_("The two differ; nothing was made."))
            return Exit.USAGE
    with Workbench.init(
        options.folder,
        operation=options.operation,
        database=options.database,
        passphrase=secret,
        key_file=options.key_file,
    ) as workbench:
        print(_("Workbench {} for '{}'.").format(workbench.folder, options.operation))
        if workbench.key_file:
            print(
                _("Its key lies in {} (mode 0600). Keep a copy apart: without it previews cannot be seen.").format(
                    workbench.key_file
                )
            )
        else:
            print(_("Its key is guarded by your passphrase. Without it the workbench cannot be opened."))
    return Exit.DONE


COMMAND = Command("init", _("make a workbench: database, keys, store"), "amparo init amparo-workbench", configure, run)
