"""Which processes there are below another, for tests that kill them."""

import contextlib
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


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
