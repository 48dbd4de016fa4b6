"""`amparo serve`: the workbench in the browser."""

import argparse
import json
import os
import socket
import sys
from gettext import gettext as _
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from amparo.casework.identity_providers import read_providers
from amparo.cli.command import Command, Exit
from amparo.cli.opening import add_workbench, open_workbench_noting
from amparo.domain.errors import AmparoError, MissingExtra


class PortTaken(AmparoError):
    """Nothing can be served at this address."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--host", default="127.0.0.1", help=_("the address to listen at (default: this machine only)"))
    parser.add_argument("--port", type=int, default=8470, help=_("default: %(default)s"))
    parser.add_argument(
        "--origin", default="", metavar="URL", help=_("how browsers reach it, where that is another address")
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help=_("serve over TLS with this certificate (PEM)"))
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help=_("its private key"))
    parser.add_argument(
        "--evidence",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help=_("exhibits below this folder may be pointed to; can be given more than once"),
    )
    parser.add_argument(
        "--providers",
        type=Path,
        metavar="FILE",
        help=_("log-in by the identity providers of agencies that this file names (TOML, mode 0600)"),
    )
    parser.add_argument(
        "--proxies",
        type=int,
        choices=range(4),
        default=0,
        metavar="N",
        help=_("proxies of your own before it, which say in X-Forwarded-For who asks (default: none)"),
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help=_("processes (default: %(default)s)"))
    add_workbench(parser)
    parser.set_defaults(refuse=parser.error)


def run(options: argparse.Namespace) -> Exit:
    """Serve until Ctrl-C."""
    if find_spec("allauth") is None or find_spec("gunicorn") is None:
        raise MissingExtra(_("The web needs the extra web: pip install 'amparo[web]'."))
    if (options.tls_cert is None) != (options.tls_key is None):
        options.refuse(_("--tls-cert and --tls-key belong together"))
    providers = read_providers(options.providers) if options.providers else ""
    _require_free(options.host, options.port)
    workbench, passphrase = open_workbench_noting(options)
    with workbench:
        if not workbench.members.roster().members:
            print(
                _("amparo: nobody can log in yet: amparo members add-agency, add, and password."),
                file=sys.stderr,
            )
    told = {
        "workbench": str(options.workbench.absolute()),
        "passphrase": passphrase,
        "host": options.host,
        "port": options.port,
        "origin": options.origin,
        "tls_cert": str(options.tls_cert or ""),
        "tls_key": str(options.tls_key or ""),
        "evidence": [str(folder.absolute()) for folder in options.evidence],
        "providers": providers,
        "proxies": options.proxies,
        "workers": options.workers,
    }
    _become([sys.executable, "-m", "amparo.web"], json.dumps(told) + "\n")


def _become(program: list[str], said: str) -> NoReturn:
    """Go on as another program, which reads `said` on its standard input; signals reach it as they would us."""
    reading, writing = os.pipe()
    os.write(writing, said.encode())
    os.close(writing)
    os.dup2(reading, 0)
    os.close(reading)
    sys.stdout.flush()
    os.execv(program[0], program)  # noqa: S606 - no shell, and nothing of it is told by others


def _require_free(host: str, port: int) -> None:
    """Raise `PortTaken` where something listens there already, or nobody may."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise PortTaken(
            _("{}:{} is taken or not ours ({}): choose another --port.").format(host, port, error.strerror)
        ) from error


COMMAND = Command(
    "serve",
    _("the workbench in the browser, for the members of its operation; until Ctrl-C"),
    "amparo serve --evidence /mnt/evidence",
    configure,
    run,
)
