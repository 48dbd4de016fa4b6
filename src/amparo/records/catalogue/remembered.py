"""What one state of a catalogue counted for a question: it never changes, so who asks the same is told the same.

A list in another order, or the page that follows, has the same counts. A question holds the acquisitions that may be
seen: what one officer was told is told to those only who may see exactly the same. What is decided changes with each
decision, and is not remembered.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_T = TypeVar("_T")
MOST = 64
"""Questions that are remembered; the one that was not asked for longest goes first."""


class Remembered:
    """The answers of one state, and of all that have the same files. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def answer(self, question: Hashable, find: Callable[[], _T]) -> _T:
        """What this state answered, or what it finds now."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
                known: _T = self._answers[question]
                return known
        answer = find()
        with self._lock:
            self._answers[question] = answer
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return answer
