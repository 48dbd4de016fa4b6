"""The command `amparo`."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from gettext import gettext as _

from amparo import __version__


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    from amparo.cli import COMMANDS

    root = argparse.ArgumentParser(
        prog="amparo", description=_("From the seized device to findings that a court can check.")
    )
    root.add_argument("--version", action="version", version=f"amparo {__version__}")
    commands = root.add_subparsers(required=True, metavar=_("COMMAND"))
    for command in COMMANDS:
        command.add_to(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    try:
        return run(arguments)
    except KeyboardInterrupt:
        print(
            _("amparo: interrupted; nothing is half done: the same command goes on where it was, or begins anew."),
            file=sys.stderr,
        )
        return 130  # `Exit.INTERRUPTED`, which may not be imported yet


def run(arguments: Sequence[str] | None) -> int:
    """As `main`; raise `KeyboardInterrupt`."""
    # Imported here, since it takes a while in which Ctrl-C may come.
    gc.disable()  # imports leave no garbage: looking for it, now and at the end, is a third of a short command
    try:
        from amparo.cli.command import Exit, exit_code
        from amparo.domain.errors import AmparoError
    finally:
        gc.enable()
    if arguments is None:  # this process is the command's alone
        gc.freeze()

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()  # here, so that a reader who has gone is noticed below
        return code
    except AmparoError as error:
        print(f"amparo: {error}", file=sys.stderr)
        return exit_code(error)
    except BrokenPipeError:  # the reader of a pipe has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
