"""Runs a command and measures it from outside: seconds, processor time, and the memory of all its processes (Linux)."""

import os
import resource
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_INTERVAL_S = 0.05
_KIB = 1024


class Failed(Exception):
    """A measured command did not succeed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one command."""

    output: str
    wall_s: float
    cpu_s: float
    """User and system time of the command and of the processes that it waited for."""
    peak_sum_bytes: int
    """The most resident memory that its processes had together. Pages that they share count once for each."""
    peak_one_bytes: int
    """The most that one of them had."""
    signal_s: float | None
    """When `sign` was first true, from the start."""


def watch(
    command: Sequence[str | Path], *, environment: dict[str, str] | None = None, sign: Callable[[], bool] | None = None
) -> Measured:
    """Run `command` to its end, looking 20 times a second at its processes and, until it is true, at `sign`.

    Raise `Failed` with what it wrote on stderr where it exits with another status than 0.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True, stdin=subprocess.DEVNULL
    )
    ended = threading.Event()
    seen = _Seen()
    watcher = threading.Thread(target=_look, args=(process.pid, start, ended, seen, sign))
    watcher.start()
    try:
        output, complaints = process.communicate()
        wall = time.perf_counter() - start
    finally:
        ended.set()
        watcher.join()
        process.kill()
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))} exited with {process.returncode}: {complaints[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(output, wall, cpu, seen.peak_sum, seen.peak_one, seen.signal_s)


@dataclass(slots=True)
class _Seen:
    peak_sum: int = 0
    peak_one: int = 0
    signal_s: float | None = None


def _look(root: int, start: float, ended: threading.Event, seen: _Seen, sign: Callable[[], bool] | None) -> None:
    while not ended.wait(_INTERVAL_S):
        sizes = [resident_bytes(process) for process in tree(root)]
        seen.peak_sum = max(seen.peak_sum, sum(sizes))
        seen.peak_one = max(seen.peak_one, *sizes)
        if sign is not None and seen.signal_s is None and sign():
            seen.signal_s = time.perf_counter() - start


def tree(root: int) -> list[int]:
    """The process `root` and all below it."""
    children = defaultdict(list)
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                # The name stands in brackets and may hold anything; state and parent follow the last one.
                fields = Path("/proc", entry.name, "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            children[int(fields[1])].append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children[process]
    return found


def resident_bytes(process: int) -> int:
    """Resident memory of one process; 0 where it has ended."""
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * _KIB
    except OSError:
        pass
    return 0
