"""What a state of the catalogue said last: a state never changes, so whoever asks it the same is told the same.

A page in another order, or the one that follows, asks for no new counts. A question holds the acquisitions that may be
seen: what one officer was told is told to those only who may see exactly the same.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from amparo.records.catalogue.kept import Manifest

MOST = 64
"""Answers that are kept; the one that was not asked for longest goes first."""


class Remembered:
    """The answers of one state. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._manifest: Manifest | None = None
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def answer(self, manifest: Manifest, question: Hashable) -> Any:
        """What this state said; `None` where it was not asked, or not lately."""
        with self._lock:
            if self._manifest is not manifest or question not in self._answers:
                return None
            self._answers.move_to_end(question)
            return self._answers[question]

    def keep(self, manifest: Manifest, question: Hashable, answer: object) -> None:
        """Keep what a state said; those of another are forgotten."""
        with self._lock:
            if self._manifest is not manifest:
                self._manifest = manifest
                self._answers.clear()
            self._answers[question] = answer
            self._answers.move_to_end(question)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)

    def forget(self) -> None:
        """Forget all."""
        with self._lock:
            self._manifest = None
            self._answers.clear()
