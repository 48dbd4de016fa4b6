"""What one state of a catalogue said to a question: it never changes, so who asks the same is told the same.

A list in another order, or the page that follows, has the same counts. A question whose answer follows from what may be
seen holds that: what one officer was told is told to those only who may see exactly the same. What is decided changes
with each decision, and is not remembered.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_T = TypeVar("_T")


class Remembered:
    """The answers of one state, and of all that have the same files. Threads may share it.

    So many questions are remembered at `most`; the one that was not asked for longest goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
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
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return answer
