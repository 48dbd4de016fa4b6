"""What runs on a machine of a cluster: it keeps one examiner's process there, and carries messages to and from it.

Hostile bytes are met by that process alone, which has the same limits as on the main machine; the station only passes
on what it says, as bytes.
"""

import asyncio
import contextlib
import hashlib
import itertools
import os
import pickle
import socket
import threading
import time
from collections import deque
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path

from amparo import __version__
from amparo.domain.plan import Plan
from amparo.engine.board import STARTING, Activity
from amparo.engine.wire import pack, unpack
from amparo.engine.worker import Worker, WorkerLost
from amparo.engine.workforce import Ending

HEAR_S = 2.0
"""How long an answer waits for something to say, and so how long a station outlives those who have forgotten it."""
_LEASE_S = 60.0
"""A station that nobody asks any more for so long ends: the main process, or the way to it, is gone."""
_TICK_S = 0.25
_EDGE_BYTES = 64 * 1024
_NAMES = 10_000

Said = tuple[list[bytes], bool, bytes]
"""What an examiner said; whether it waits for an answer; how it ended (`pack_ending`), empty while it has not."""

NEVER_BEGUN = Activity(0, 0, STARTING, 0, 0.0)
"""What a process is said to be doing of which nothing is known."""


class Station:
    """One examiner's process on a machine of a cluster: a Dask actor, made without arguments, then opened."""

    def __init__(self) -> None:
        self._post = _Post()
        self._thread: threading.Thread | None = None

    def open(self, version: str, likeness: str, order: bytes) -> str:
        """Start the process. `order` is a pickled exhibit's number and plan; return why it cannot be done, or nothing.

        `version` is that of Amparo on the main machine, `likeness` what the exhibit looks like from there.
        """
        if version != __version__:
            return f"has Amparo {__version__} and not {version}: install the same version everywhere."
        try:
            exhibit, plan = pickle.loads(order)  # noqa: S301 - from the main process, which is trusted
        except Exception as error:  # what a package of somebody else raises when it is imported
            return f"lacks something that the plan needs ({error}): install the same packages everywhere."
        if likeness_of(plan.root) != likeness:
            shown = ascii(plan.root)
            return f"does not see at {shown} what this machine sees there: share the exhibit under the same path."
        # The process dies with the thread that starts it, so that thread is to live as long as the station.
        self._thread = threading.Thread(target=_attend, args=(self._post, exhibit, plan), daemon=True)
        self._thread.start()
        return ""

    async def tell(self, message: bytes) -> None:
        """Pass a message on."""
        self._post.tell(message)

    async def exchange(self, answer: bytes | None) -> Said:
        """Pass an answer on, and give what the process says then, or nothing after a while."""
        if answer is not None:
            self._post.tell(answer)
        return await self._post.hear()

    def close(self) -> bytes:
        """End the process; say how it ended (`pack_ending`)."""
        self._post.close()
        if self._thread is not None:
            self._thread.join()
        return self._post.ending or pack_ending(Ending(NEVER_BEGUN, 0))

    def __del__(self) -> None:
        self._post.close()
        if self._thread is None:
            self._post.bell.close()


class _Post:
    """What lies between the thread that attends to the process and the loop that answers the main process."""

    def __init__(self) -> None:
        self.bell, self._cord = socket.socketpair()
        self.inbox: deque[bytes] = deque()
        self.closed = False
        self.ending = b""
        self.asked_s = time.monotonic()
        self._outbox: deque[tuple[bytes, bool]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()

    def tell(self, message: bytes) -> None:
        self.inbox.append(message)
        self._ring()

    def close(self) -> None:
        self.closed = True
        self._cord.close()  # which rings too

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # closed, or nobody listens any more
            self._cord.send(b"\0")

    def say(self, message: bytes, *, asks: bool) -> None:
        self._outbox.append((message, asks))
        self._wake()

    def end(self, ending: bytes) -> None:
        self.ending = ending
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody will ask
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._news.set)

    async def hear(self) -> Said:
        self.asked_s = time.monotonic()
        self._loop = asyncio.get_running_loop()
        self._news.clear()
        if not self._outbox and not self.ending:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), HEAR_S)
        ending = self.ending  # before the rest, of which nothing is said after it
        messages, asks = [], False
        while self._outbox:
            message, asks = self._outbox.popleft()
            messages.append(message)
        return messages, asks, ending


def _attend(post: _Post, exhibit: str, plan: Plan) -> None:
    """Run the process until it ends, takes too long, or is wanted no more."""
    worker = Worker("examiner", exhibit, plan)
    overtime, lost = "", False
    try:
        while not (post.closed or overtime or lost) and time.monotonic() - post.asked_s < _LEASE_S:
            for ready in wait([worker, post.bell], timeout=_TICK_S):  # type: ignore[list-item]
                if ready is not post.bell:
                    message = worker.receive()
                    lost = message[0] == "examined" and not Path(plan.root).exists()
                    if not lost:
                        post.say(pack(message), asks=message[0] == "claim")
                else:
                    post.bell.recv(1)
                    if post.inbox:
                        worker.send(post.inbox.popleft())
            overtime = worker.overtime()
    except WorkerLost:
        pass  # its ending says the rest
    finally:
        post.end(pack_ending(replace(worker.end(), overtime=overtime, lost=lost)))
        post.bell.close()


def likeness_of(root: str) -> str:
    """What tells whether two machines see the same under one path: a digest; empty where there is nothing.

    Of a file its size and both ends, of a folder the names in it.
    """
    digest = hashlib.sha256()
    try:
        if Path(root).is_dir():
            with os.scandir(os.fsencode(root)) as entries:
                names = [entry.name for entry in itertools.islice(entries, _NAMES + 1)]
            digest.update(b"\0".join(sorted(names)) if len(names) <= _NAMES else b"many")
        else:
            with Path(root).open("rb") as file:
                digest.update(b"%d" % file.seek(0, os.SEEK_END))
                for begin in (0, max(file.tell() - _EDGE_BYTES, 0)):
                    file.seek(begin)
                    digest.update(file.read(_EDGE_BYTES))
    except OSError:
        return ""
    return digest.hexdigest()


def pack_ending(ending: Ending) -> bytes:
    """How a process ended, as bytes."""
    activity = ending.activity
    where = (activity.batch, activity.item, activity.stage, activity.size_bytes)
    return pack((where, ending.status, ending.overtime, ending.lost))


def unpack_ending(raw: bytes) -> Ending:
    """The inverse of `pack_ending`; the time is left out, which is of another machine's clock."""
    (batch, item, stage, size_bytes), status, overtime, lost = unpack(raw)
    return Ending(Activity(batch, item, stage, size_bytes, 0.0), status, overtime, lost)
