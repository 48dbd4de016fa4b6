"""Which processes there are below another, for tests that kill them, or let them stand still."""

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path


def children(parent: int, *naming: str) -> list[int]:
    """The children of a process, of all its threads, whose command line names one of `naming`, or all of them."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{parent}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return [pid for pid in found if not naming or any(name in _command(pid) for name in naming)]


def running(pid: int) -> bool:
    """Whether there is such a process, and it is not merely a dead one that nobody waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@contextlib.contextmanager
def standing_still(pid: int, database: Path) -> Iterator[None]:
    """A process stands still, so that it cannot end before it was seen; others can write to `database` meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    while not _writable(database):
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.01)
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _writable(database: Path) -> bool:
    """Whether nobody is just writing."""
    with contextlib.closing(sqlite3.connect(database, timeout=0)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
