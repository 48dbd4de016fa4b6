"""Serve a workbench: `python -m amparo.web`, told what by a line on standard input (see `Serving`)."""

import sys

from amparo.domain.errors import AmparoError
from amparo.web.server import Server
from amparo.web.serving import Serving


def main() -> int:
    """Serve until somebody stops it."""
    serving = Serving.parse(sys.stdin.readline())
    server = Server(serving)
    try:
        server.wsgi()
    except AmparoError as error:
        sys.stderr.write(f"amparo: {error}\n")
        return 4
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
