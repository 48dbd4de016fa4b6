"""What one process notes, another reads whole, at any moment."""

import os
import subprocess
import sys
import time

from amparo.engine.board import IDLE, STARTING, Activity, Board

_WRITER = """
import os, sys, time
from amparo.engine.board import Board
board = Board(os.fdopen(int(sys.argv[1]), "r+b"))
until_s = time.monotonic() + 2
while time.monotonic() < until_s:
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
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(descriptor)], pass_fds=[descriptor], env=environment)
    seen: set[Activity] = set()
    while writer.poll() is None:
        for _ in range(200):
            activity = board.read()
            assert activity.batch == activity.item == activity.stage >= 5
            assert began_s <= activity.since_s <= time.monotonic()
            seen.add(activity)
    assert writer.returncode == 0
    assert len(seen) > 100
    assert board.stage(IDLE) == 499
    assert board.read().stage == IDLE
    board.close()
