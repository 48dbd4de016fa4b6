"""What takes long to find and is asked for often: found by a thread of its own, kept in memory for a while.

Whoever asks waits a moment at most. Then there is the answer, or an older one, or none yet; who shows it says which.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connections

WAIT_S = 0.3
"""So long whoever asks waits for what is being found."""
_REST = 20
"""An answer serves for so many times as long as it took to be found before it is found anew; some have their own."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ready(Generic[_T]):
    """An answer."""

    value: _T
    current: bool
    """Whether nothing was stored since; else it is found anew meanwhile."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_T]):
    value: _T
    state: Hashable
    at_s: float
    took_s: float


class Prepared(Generic[_T]):
    """Answers by what was asked, the last few of them."""

    def __init__(self, most: int = 8, *, rest: int = _REST) -> None:
        self._most = most
        self._rest = rest
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept[_T]] = OrderedDict()
        self._sought: dict[Hashable, threading.Event] = {}
        self._failed: dict[Hashable, Exception] = {}

    def get(
        self, asked: Hashable, state: Hashable, find: Callable[[], _T], *, wait_s: float = WAIT_S
    ) -> Ready[_T] | None:
        """The answer to `asked`, or `None` as long as it is being found; raise what `find` raised.

        `state` is what the answer follows from: when it is another than that of the answer that is kept, `find` is
        called again, in a thread of its own.
        """
        with self._lock:
            if (error := self._failed.pop(asked, None)) is not None:
                raise error
            kept = self._kept.get(asked)
            if kept is not None:
                self._kept.move_to_end(asked)
                if kept.state == state:
                    return Ready(kept.value, True)
            done = self._sought.get(asked)
            if done is None and (kept is None or time.monotonic() - kept.at_s > self._rest * kept.took_s):
                done = self._sought[asked] = threading.Event()
                threading.Thread(target=self._find, args=(asked, state, find, done), daemon=True).start()
        if done is not None:
            done.wait(wait_s)
        with self._lock:
            if (error := self._failed.pop(asked, None)) is not None:
                raise error
            kept = self._kept.get(asked)
            return None if kept is None else Ready(kept.value, kept.state == state)

    def _find(self, asked: Hashable, state: Hashable, find: Callable[[], _T], done: threading.Event) -> None:
        began_s = time.monotonic()
        try:
            value = find()
        except Exception as error:  # whatever it is, the next one who asks is told
            with self._lock:
                self._failed[asked] = error
        else:
            ended_s = time.monotonic()
            with self._lock:
                self._kept[asked] = _Kept(value, state, ended_s, ended_s - began_s)
                self._kept.move_to_end(asked)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        finally:
            with self._lock:
                self._sought.pop(asked, None)
            connections.close_all()  # those of this thread
            done.set()
