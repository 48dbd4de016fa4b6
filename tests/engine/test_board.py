"""What one process notes, another reads whole, at any moment."""

import os
import subprocess
import sys
import time
from typing import Any

from amparo.engine.board import IDLE, STARTING, Activity, Board

_WRITER = """
import os, select, sys
from amparo.engine.board import Board
board = Board(os.fdopen(int(sys.argv[1]), "r+b"))
print(flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    for number in range(5, 500):
        board.write(number, number, number)
"""


def test_an_entry_is_never_seen_half_written() -> None:
    board = Board.new()
    assert board.read().stage == STARTING
    began_s = time.monotonic()
    board.write(5, 5, 5)
    descriptor = board.file.fileno()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _WRITER, str(descriptor)]
    seen: set[Activity] = set()
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, pass_fds=[descriptor], env=environment, **pipes) as writer:
        assert writer.stdout.readline() == b"\n"
        reads = 0
        while len(seen) <= 100 or reads < 20_000:
            activity = board.read()
            assert activity.batch == activity.item == activity.stage >= 5
            assert began_s <= activity.since_s <= time.monotonic()
            seen.add(activity)
            reads += 1
        writer.stdin.close()
    assert writer.returncode == 0
    assert board.stage(IDLE) == 499
    assert board.read().stage == IDLE
    board.close()
