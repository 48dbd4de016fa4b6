"""How far a report is: what is counted first, then the pictures and films that it lists."""

import time
from collections.abc import Callable, Iterable, Iterator

from amparo.domain.report import MediaRow
from amparo.domain.task import Headway


class ReportHeadway:
    """Tells how far one report is, while it is written."""

    def __init__(self, on_progress: Callable[[Headway], None], listed: int) -> None:
        """`listed`: so many pictures and films a report of this form lists at most."""
        self._on_progress = on_progress
        self._listed = listed
        self._began_s = time.monotonic()

    def counting(self) -> None:
        """Nothing is written yet."""
        self._on_progress(Headway(phase="counting", elapsed_s=self._elapsed_s()))

    def written(self, rows: Iterable[MediaRow], total: int) -> Iterator[MediaRow]:
        """The same rows, each told of."""
        listed = min(total, self._listed)
        for done, row in enumerate(rows, 1):
            self._on_progress(
                Headway(phase="writing", items=done, items_total=listed, unit="files", elapsed_s=self._elapsed_s())
            )
            yield row

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began_s
