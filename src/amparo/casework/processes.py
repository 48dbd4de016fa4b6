"""The process of a task: started so that it outlives whoever starts it, known by a lock, asked to stop or ended.

Each task has two files in the workbench's folder `tasks`: `N.lock`, which its process holds from before it exists (it
inherits the lock) until it is gone, however it goes, with its number in it; and `N.log`, what it said. So whether a
task lives is asked of the system, and a number that another process has got since is never taken for it.
"""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from amparo.domain.errors import AmparoError

FOLDER = "tasks"
"""Of a workbench: where the locks and logs of tasks lie."""
LOCK_DESCRIPTOR = 3
"""As which the process of a task inherits its lock."""
SAYS = "amparo: "
"""With this begins what a log says to an officer."""
_LAST_BYTES = 4096
_PATIENCE_S = 2.0
"""Whoever asks whether a task lives holds its lock for a moment."""


class NotStarted(AmparoError):
    """The process of a task cannot be started."""


def machine() -> str:
    """The name of this machine, by which a task says where its process is."""
    return socket.gethostname()


def log_of(folder: Path, number: int) -> Path:
    """Where the process of a task says what nobody is there to hear. `folder` is that of the workbench."""
    return folder / FOLDER / f"{number}.log"


def take(folder: Path, number: int) -> int:
    """The descriptor of the lock of a task that is about to begin; raise `NotStarted`."""
    try:
        path = _lock_of(folder, number)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            deadline = time.monotonic() + _PATIENCE_S
            while not _locked(opened, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise NotStarted("Another process holds {path}: see what runs there.", path=path)
                time.sleep(0.01)
            os.ftruncate(opened, 0)
            # Above those numbers that the new process gets for its own.
            return fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, 10)
        finally:
            os.close(opened)
    except OSError as error:
        raise NotStarted(
            "The task cannot be begun in {folder} ({why}): mend that.", folder=folder / FOLDER, why=error.strerror
        ) from error


def start(program: tuple[str, ...], *, lock: int, said: bytes, folder: Path, number: int) -> None:
    """Start the process of a task, which inherits `lock` and reads `said` from its standard input.

    It has a session of its own, so that neither the end of this process nor of its terminal ends it. What is said to it
    stands on no command line, in no file and in no environment. Raise `NotStarted`.
    """
    reading, writing = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, reading, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.fspath(log_of(folder, number)), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            (os.POSIX_SPAWN_DUP2, lock, LOCK_DESCRIPTOR),
            *((os.POSIX_SPAWN_CLOSE, number) for number in _inherited()),
        ]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            process = os.posix_spawn(program[0], program, environment, file_actions=actions, setsid=True)
        except OSError as error:
            raise NotStarted(
                "No process can be started for task {number} ({why}): mend that.", number=number, why=error.strerror
            ) from error
        os.pwrite(lock, f"{process}\n".encode(), 0)
        threading.Thread(target=_wait_for, args=(process,), daemon=True).start()
    finally:
        os.close(reading)
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb") as pipe:  # it died already: that shows
            pipe.write(said)


def lives(folder: Path, number: int) -> bool:
    """Whether the process of a task that was begun on this machine is still there."""
    try:
        opened = os.open(_lock_of(folder, number), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _locked(opened, fcntl.LOCK_SH)
    finally:
        os.close(opened)


def ask_to_stop(folder: Path, number: int) -> None:
    """Ask the process of a task to end in order."""
    with _process(folder, number) as process:
        if process is not None:
            os.kill(process, signal.SIGTERM)


def end_at_once(folder: Path, number: int) -> None:
    """End the process of a task, whatever it does; its workers end with it."""
    with _process(folder, number) as process:
        if process is not None:
            os.kill(process, signal.SIGKILL)


def end_after(folder: Path, number: int, grace_s: float) -> None:
    """End the process of a task when some time has passed, unless it has ended by then."""
    timer = threading.Timer(grace_s, end_at_once, (folder, number))
    timer.daemon = True
    timer.start()


def last_words(folder: Path, number: int) -> str:
    """The last sentence that the process of a task said to an officer; empty where it said none."""
    try:
        with log_of(folder, number).open("rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - _LAST_BYTES, 0))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    said = [line.removeprefix(SAYS) for line in lines if line.startswith(SAYS)]
    return said[-1] if said else ""


def forget(folder: Path, number: int) -> None:
    """Remove the lock of a task that has ended, and the log where there is nothing in it."""
    with contextlib.suppress(OSError):
        _lock_of(folder, number).unlink(missing_ok=True)
        if not log_of(folder, number).stat().st_size:
            log_of(folder, number).unlink()


def _inherited() -> Iterator[int]:
    """What a new process would get beside that: the sockets at which a server listens, which would outlive it."""
    linux = sys.platform == "linux"
    for number in [int(one.name) for one in Path("/proc/self/fd").iterdir()] if linux else range(1024):
        with contextlib.suppress(OSError):
            if number > LOCK_DESCRIPTOR and os.get_inheritable(number):
                yield number


def _lock_of(folder: Path, number: int) -> Path:
    return folder / FOLDER / f"{number}.lock"


def _locked(opened: int, how: int) -> bool:
    try:
        fcntl.flock(opened, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _process(folder: Path, number: int) -> Iterator[int | None]:
    """The number of the process of a task; `None` where it is gone, or becomes so."""
    try:
        process = int(_lock_of(folder, number).read_bytes())
    except (OSError, ValueError):
        process = 0
    with contextlib.suppress(ProcessLookupError):
        yield process if process > 0 and lives(folder, number) else None


def _wait_for(process: int) -> None:
    """Let no dead process stay behind; one that somebody else waited for is none."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, 0)
