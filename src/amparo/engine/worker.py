"""One worker process: started as a program of its own, bounded, watched, and killed when it must be.

It is started afresh (not forked), so that it shares nothing with the main process but one connection and one
board, whatever the main process is: a command, a server, a notebook.
"""

import contextlib
import ctypes
import importlib
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from typing import Any, Literal

from amparo.domain.errors import AmparoError
from amparo.domain.plan import Plan
from amparo.engine.board import IDLE, Activity, Board
from amparo.engine.wire import WireError, unpack
from amparo.engine.workforce import Ending, overtime

Role = Literal["examiner", "lister", "reader"]
_PR_SET_PDEATHSIG = 1


class WorkerLost(AmparoError):
    """A worker process ended, or does not keep to the protocol."""


class Worker:
    """A running worker process, from the side of the main process."""

    def __init__(self, role: Role, exhibit: str, plan: Plan) -> None:
        ours, theirs = socket.socketpair()
        self._limits = plan.limits
        self._board = Board.new()
        self._ending: Ending | None = None
        self._connection = Connection(ours.detach())
        board = self._board.file.fileno()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "amparo.engine.worker", role, str(theirs.fileno()), str(board)],
                pass_fds=(theirs.fileno(), board),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the main process; it ends the workers in order
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        with contextlib.suppress(OSError):  # a worker that is dead already shows when it is waited for
            self._connection.send_bytes(pickle.dumps((exhibit, plan)))

    @property
    def activity(self) -> Activity:
        """What it is doing, or was when it died."""
        return self._board.read()

    @property
    def ended(self) -> bool:
        """Whether `end` was called."""
        return self._ending is not None

    def overtime(self) -> str:
        """As `Hired.overtime`."""
        return overtime(self.activity, self._limits, time.monotonic())

    def fileno(self) -> int:
        """As `Hired.fileno`."""
        return self._connection.fileno()

    def send(self, message: bytes) -> None:
        """Send a packed message; one to a dead worker is lost, and its death is seen when it is waited for."""
        with contextlib.suppress(OSError):
            self._connection.send_bytes(message)

    def receive(self) -> tuple[Any, ...]:
        """The next message. Raise `WorkerLost`."""
        try:
            message = unpack(self._connection.recv_bytes())
        except (EOFError, OSError, WireError) as error:
            raise WorkerLost(f"A worker process was lost: {error}") from error
        if not isinstance(message, tuple) or not message:
            raise WorkerLost("A worker process sent something that is no message.")
        return message

    def end(self) -> Ending:
        """End the process at once, whatever it does; how it ended, also where it had already."""
        if self._ending is None:
            if self._process.poll() is None:
                self._process.kill()
            self._ending = Ending(status=self._process.wait(), activity=self.activity)
            self._connection.close()
            self._board.close()
        return self._ending


_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def _bound(memory_bytes: int) -> None:
    """Die with the main process; allocate and write no more than allowed; leave no core file of evidence."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(role: Role, connection_fd: int, board_fd: int) -> None:
    """What a worker process runs."""
    # Each role imports only what it needs, because that takes longer than starting the process.
    serve = importlib.import_module(f"amparo.engine.{role}").serve
    connection = Connection(connection_fd)
    board = Board(os.fdopen(board_fd, "r+b"))
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the main process is done
        exhibit, plan = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the main process, which is trusted
        _bound(plan.limits.worker_memory_bytes)
        board.write(0, 0, IDLE)
        serve(connection, board, exhibit, plan)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))  # type: ignore[arg-type]
