"""The command `amparo`."""

import argparse
import os
import sys
from collections.abc import Sequence
from gettext import gettext as _

from amparo import __version__
from amparo.cli import COMMANDS
from amparo.cli.command import Exit, exit_code
from amparo.domain.errors import AmparoError


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
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
    except KeyboardInterrupt:
        print(_("amparo: interrupted; the same command goes on where it was."), file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
