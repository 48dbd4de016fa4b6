"""Examiners that are processes of this machine."""

from collections.abc import Callable, Iterator, Sequence

from amparo.domain.plan import Batch, ExaminationStore, Plan, Progress
from amparo.engine.examination import Engine
from amparo.engine.worker import Worker


class LocalWorkforce:
    """So many worker processes here; one that ended is replaced. Satisfies `Workforce`."""

    def __init__(self, plan: Plan, exhibit: str, workers: int) -> None:
        self._plan = plan
        self._exhibit = exhibit
        self._at_work: list[Worker] = []
        self.size = workers

    def recruits(self) -> Iterator[Worker]:
        """As `Workforce.recruits`."""
        self._at_work = [worker for worker in self._at_work if not worker.ended]
        while len(self._at_work) < self.size:
            self._at_work.append(Worker("examiner", self._exhibit, self._plan))
            yield self._at_work[-1]

    def close(self) -> None:
        """As `Workforce.close`."""


class LocalEngine(Engine):
    """One examination in worker processes of this machine."""

    def __init__(
        self,
        plan: Plan,
        exhibit: str,
        store: ExaminationStore,
        *,
        workers: int,
        resumed: bool,
        listed: Sequence[Batch] = (),
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """As `Engine`, by so many `workers`."""
        super().__init__(
            plan,
            exhibit,
            store,
            LocalWorkforce(plan, exhibit, workers),
            resumed=resumed,
            listed=listed,
            on_progress=on_progress,
        )
