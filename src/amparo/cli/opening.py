"""How commands find and open their workbench."""

import argparse
import getpass
import sys
from gettext import gettext as _
from pathlib import Path

from amparo.domain.errors import AmparoError
from amparo.domain.limits import Limits, MalformedLimits
from amparo.domain.secrets import MalformedSecrets, Secrets
from amparo.workbench import Workbench, default_folder


class NoPassphrase(AmparoError):
    """A passphrase is needed and there is nobody to ask."""


def add_workbench(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which workbench, and who acts."""
    parser.add_argument(
        "--workbench",
        type=Path,
        default=default_folder(),
        metavar="DIR",
        help=_("the workbench (default: $AMPARO_WORKBENCH, or ./amparo-workbench)"),
    )
    add_passphrase_file(parser)
    parser.add_argument(
        "--by",
        default=getpass.getuser(),
        metavar="NAME",
        help=_("who does this, for the ledger (default: your user name)"),
    )


def add_passphrase_file(parser: argparse.ArgumentParser) -> None:
    """Add `--passphrase-file`."""
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=_("read the workbench's passphrase from the first line of FILE instead of asking"),
    )


def add_secrets(parser: argparse.ArgumentParser) -> None:
    """Add `--secrets`."""
    parser.add_argument(
        "--secrets",
        type=Path,
        metavar="FILE",
        help=_("passwords and recovery keys to try on what is encrypted, one a line; hex:… is a raw key; not stored"),
    )


def secrets(options: argparse.Namespace) -> Secrets:
    """What `--secrets` names; raise `MalformedSecrets`."""
    if options.secrets is None:
        return Secrets()
    try:
        return Secrets.parse(options.secrets.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedSecrets(_("The secrets cannot be read from {}: {}.").format(options.secrets, error)) from error


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add `--limits` and `--limit`."""
    parser.add_argument(
        "--limits",
        type=Path,
        metavar="FILE",
        help=_("what an item or container may cost: lines NAME = VALUE (TOML), see docs/reference/limits.md"),
    )
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=_("one limit, such as analysis_s=300 or spool_bytes=64GiB; can be given more than once"),
    )


def limits(options: argparse.Namespace) -> Limits:
    """What `--limits` and `--limit` state; raise `MalformedLimits`."""
    try:
        found = Limits.parse(options.limits.read_text("utf-8")) if options.limits is not None else Limits()
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedLimits(_("The limits cannot be read from {}: {}.").format(options.limits, error)) from error
    return found.with_values(dict(text.partition("=")[::2] for text in options.limit))


def open_workbench(options: argparse.Namespace) -> Workbench:
    """Open the workbench that the arguments name."""
    return Workbench.open(
        options.workbench, by=options.by, ask_passphrase=lambda: passphrase(options.passphrase_file, _("Passphrase: "))
    )


def open_workbench_noting(options: argparse.Namespace) -> tuple[Workbench, str | None]:
    """As `open_workbench`, with the passphrase that it took; `None` where it took none."""
    told: list[str] = []

    def ask() -> str:
        told.append(passphrase(options.passphrase_file, _("Passphrase: ")))
        return told[-1]

    workbench = Workbench.open(options.workbench, by=options.by, ask_passphrase=ask)
    return workbench, told[-1] if told else None


def passphrase(file: Path | None, prompt: str) -> str:
    """The first line of `file`, or what somebody types; raise `NoPassphrase`."""
    if file is not None:
        try:
            return file.read_text("utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError) as error:
            raise NoPassphrase(_("The passphrase cannot be read from {}: {}.").format(file, error)) from error
    if not sys.stdin.isatty():
        raise NoPassphrase(_("This workbench has a passphrase and there is no terminal to ask: use --passphrase-file."))
    return getpass.getpass(prompt)
