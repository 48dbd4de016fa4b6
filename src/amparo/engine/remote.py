"""An examiner on another machine, from the side of the main process: what goes to its station and comes from it."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from amparo.engine.station import HEAR_S, NEVER_BEGUN, Said, unpack_ending
from amparo.engine.wire import WireError, unpack
from amparo.engine.worker import WorkerLost
from amparo.engine.workforce import Ending

_SILENT_S = 30.0
"""A station that does not answer for so long is lost."""
_CLOSE_S = 5.0


class Remote:
    """An examiner behind a `Station`. Satisfies `Hired`."""

    def __init__(self, actor: Any, loop: asyncio.AbstractEventLoop, gone: Callable[[], None]) -> None:
        """Called in `loop`, in which `gone` is called in the end too."""
        self._actor = actor
        self._loop = loop
        self._gone = gone
        self._heard = deque[bytes]()
        self._asked = False
        self._ending: Ending | None = None
        self._ear, self._mouth = socket.socketpair()
        self._answers = asyncio.Queue[bytes]()
        self._messages = asyncio.Queue[bytes]()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(self._tell())]

    def fileno(self) -> int:
        """As `Hired.fileno`."""
        return self._ear.fileno()

    def send(self, message: bytes) -> None:
        """As `Hired.send`."""
        queue = self._answers if self._asked else self._messages
        self._asked = False
        self._loop.call_soon_threadsafe(queue.put_nowait, message)

    def receive(self) -> tuple[Any, ...]:
        """As `Hired.receive`."""
        if not self._ear.recv(1):
            raise WorkerLost("A worker was lost.")
        try:
            message: tuple[Any, ...] = unpack(self._heard.popleft())
        except WireError as error:
            raise WorkerLost(f"A worker was lost: {error}") from error
        self._asked = message[0] == "claim"
        return message

    def overtime(self) -> str:
        """Nothing: its station ends it, whose clock is the same."""
        return ""

    def end(self) -> Ending:
        """As `Hired.end`."""
        if self._ear.fileno() != -1:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
            self._ear.close()
        return self._ending or _LOST

    # in the loop

    async def _listen(self) -> None:
        answer = None
        try:
            while self._ending is None:
                said: Said = await asyncio.wait_for(self._actor.exchange(answer), HEAR_S + _SILENT_S)
                messages, asks, ending = said
                for message in messages:
                    self._heard.append(message)
                    self._mouth.send(b"\0")  # one for each: the descriptor can be read as long as there are any
                if ending:
                    self._ending = unpack_ending(ending)
                else:
                    answer = await self._answers.get() if asks else None
        except Exception:  # whatever Dask says where a machine is lost
            self._ending = _LOST
        finally:
            self._mouth.close()

    async def _tell(self) -> None:
        with contextlib.suppress(Exception):  # the listener meets the same
            while True:
                await self._actor.tell(await self._messages.get())

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        if self._ending is None:
            try:
                self._ending = unpack_ending(await asyncio.wait_for(self._actor.close(), _CLOSE_S))
            except Exception:  # as above
                self._ending = _LOST
        self._gone()


_LOST = Ending(NEVER_BEGUN, 0, lost=True)
