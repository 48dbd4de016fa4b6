"""A command that goes on after the one that began it, on its own."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

LOG = "rematch.log"
"""In the folder of a workbench: what commands in the background have said."""


def begin(arguments: Sequence[str], *, log: Path, passphrase: str | None) -> None:
    """Start `amparo` with these arguments as a process that outlives this one and its terminal.

    A passphrase goes through a pipe, so that it stands on no command line and in no file.
    """
    command = [sys.executable, "-m", "amparo", *arguments]
    ends = os.pipe() if passphrase is not None else None
    stdin: tuple[int, int, str, int, int] | tuple[int, int, int]
    if ends is not None:
        command += ["--passphrase-file", "/dev/stdin"]
        stdin = (os.POSIX_SPAWN_DUP2, ends[0], 0)
    else:
        stdin = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    out = (os.POSIX_SPAWN_OPEN, 1, os.fspath(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    err = (os.POSIX_SPAWN_DUP2, 1, 2)
    os.posix_spawn(sys.executable, command, os.environ, file_actions=[stdin, out, err], setsid=True)
    if ends is not None and passphrase is not None:
        os.close(ends[0])
        with os.fdopen(ends[1], "w", encoding="utf-8") as pipe:
            pipe.write(passphrase + "\n")
