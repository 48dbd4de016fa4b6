"""Runs a plan: one process lists, others examine, this one gives out work and stores what comes back.

Where the others are is the concern of a `Workforce`: on this machine (`engine.local`) or on a cluster.
"""

import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from typing import Any, TypeVar

from amparo.domain.cause import Cause
from amparo.domain.coverage import Account
from amparo.domain.digest import Algorithm, Digest
from amparo.domain.errors import AmparoError
from amparo.domain.finding import NotExamined
from amparo.domain.plan import Batch, ContainerAddress, ExaminationStore, Examined, Plan, Progress
from amparo.engine import board as stages
from amparo.engine.examiner import DECODING, READING
from amparo.engine.wire import (
    pack,
    pack_container,
    pack_items,
    unpack_account,
    unpack_batch,
    unpack_examined,
    unpack_not_examined,
)
from amparo.engine.worker import Worker, WorkerLost
from amparo.engine.workforce import Hired, Workforce

_Said = TypeVar("_Said")

_AHEAD = 2
"""Batches that a worker has at a time, so that it need not wait for the next."""
_AHEAD_BYTES = 64 * 1024
"""A larger message waits until the worker does: a pipe holds no more, and two that wait to send wait for ever."""
_BACKLOG = 64
"""Batches that wait at most; the lister is held back above it."""
_TICK_S = 0.25
_DEATHS_AT_START = 8
_LISTINGS = 6
"""How often a listing is tried whose process dies: what it costs otherwise is all of a container."""
_TRIES = 2
"""How often a step is tried of which the worker dies."""
_TRIES_WHERE_KILLED = 6
"""The same where the system or an operator killed it (SIGKILL), which says little about the step."""


class WorkersFail(AmparoError):
    """Worker processes end before they do anything."""


@dataclass(slots=True)
class _Job:
    """A batch on its way."""

    number: int
    batch: Batch
    skips: dict[int, dict[str, tuple[str, str]]] = field(default_factory=dict)
    deaths: Counter[tuple[int, int]] = field(default_factory=Counter)
    """By position of the item and stage."""
    machines: int = 0
    """How many were lost with it, where it is of one item."""
    claims: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Crew:
    """A worker and the batches that it has."""

    worker: Hired
    jobs: deque[_Job] = field(default_factory=deque)


class Engine:
    """One examination in worker processes. `run` does it; a lost worker costs at most the item that it died of."""

    def __init__(
        self,
        plan: Plan,
        exhibit: str,
        store: ExaminationStore,
        workforce: Workforce,
        *,
        resumed: bool,
        listed: Sequence[Batch] = (),
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """An examination of `exhibit` by `plan`, by those that `workforce` has, which is closed at its end.

        `resumed` says that some of it may be stored already. `listed` are batches that no listing needs to find.
        """
        self._plan = plan
        self._exhibit = exhibit
        self._store = store
        self._resumed = resumed
        self._on_progress = on_progress
        self._workforce = workforce
        self._crews: list[_Crew] = []
        self._lister = self._hire_lister()
        self._listing: ContainerAddress | None = None
        self._relisting = False
        self._to_list_again: deque[ContainerAddress] = deque()
        self._listings: Counter[ContainerAddress] = Counter()
        self._ended: dict[ContainerAddress, tuple[NotExamined | None, Account | None]] = {}
        self._outstanding: Counter[ContainerAddress] = Counter()
        self._backlog: deque[_Job] = deque()
        self._numbers = 0
        self._deaths_in_a_row = 0
        self._may_have_containers = True
        self._began_s = time.monotonic()
        self._told_s = 0.0
        self._done = Counter[str]()
        for batch in listed:
            self._done["found_items"] += len(batch.items)
            self._done["found_bytes"] += sum(item.bytes_to_read for item in batch.items)
            self._enqueue(batch)

    def run(self) -> Iterator[tuple[Batch, tuple[Examined, ...]]]:
        """Examine until nothing is left, yielding each batch when it is stored.

        Closing the iterator, or an exception, ends the workers; what is stored stays, and a later run goes on there.
        """
        try:
            while self._give_out():
                yield from self._take_in()
                self._enforce_limits()
                self._tell()
            self._tell(last=True)
        finally:
            self._lister.end()
            for crew in self._crews:
                crew.worker.end()
            self._workforce.close()

    # giving out

    def _hire_lister(self) -> Worker:
        # It runs no analyzer, and importing them would take longer than all the rest of its start.
        return Worker("lister", self._exhibit, replace(self._plan, analyzers=()))

    def _give_out(self) -> bool:
        """Give the lister and the examiners something to do; say whether anything is still going on."""
        self._crews += map(_Crew, self._workforce.recruits())
        if self._listing is None and len(self._backlog) < _BACKLOG:
            self._list_next()
        for waiting in range(_AHEAD):
            for crew in self._crews:
                if self._backlog and len(crew.jobs) == waiting:
                    self._give(crew)
        return bool(self._listing or self._backlog or self._to_list_again or any(crew.jobs for crew in self._crews))

    def _give(self, crew: _Crew) -> None:
        job = self._backlog[0]
        batch = job.batch
        message = pack(("batch", job.number, pack_container(batch.container), pack_items(batch.items), job.skips))
        if not crew.jobs or len(message) <= _AHEAD_BYTES:
            crew.jobs.append(self._backlog.popleft())
            crew.worker.send(message)

    def _list_next(self) -> None:
        container = None
        if self._to_list_again and not self._outstanding[self._to_list_again[0]]:
            container = self._to_list_again.popleft()
            self._relisting = True
        else:
            while self._may_have_containers and container is None:
                container = self._store.next_container()
                self._may_have_containers = container is not None
                if container is not None and container.item.depth >= self._plan.limits.nesting:
                    reason = f"Not opened: it lies {container.item.depth} containers deep, which is the limit."
                    self._store.listed(container, NotExamined(container.kind, "1", reason, Cause.LIMIT))
                    container = None
            self._relisting = self._resumed
        if container is not None:
            self._listing = container
            self._lister.send(pack((pack_container(container),)))

    # taking in

    def _take_in(self) -> Iterator[tuple[Batch, tuple[Examined, ...]]]:
        heard: dict[object, _Crew | None] = {crew.worker: crew for crew in self._crews if crew.jobs}
        if self._listing is not None and len(self._backlog) < _BACKLOG:
            heard[self._lister] = None
        for ready in wait(list(heard), timeout=_TICK_S):  # type: ignore[arg-type]
            crew = heard[ready]
            try:
                if crew is None:
                    self._hear_lister(self._lister.receive())
                else:
                    yield from self._hear_examiner(crew, crew.worker.receive())
            except WorkerLost:
                if crew is None:
                    self._replace_lister()
                else:
                    self._dismiss(crew)

    def _hear_lister(self, message: tuple[Any, ...]) -> None:
        container = self._listing
        if container is None:
            raise WorkerLost("The lister speaks without being asked.")
        if message[0] == "items":
            items, size_bytes = _understood(lambda: (unpack_batch(container, message[1]), int(message[2])))
            batch: Batch | None = items
            self._done["found_items"] += len(items.items)
            self._done["found_bytes"] += size_bytes
            if batch is not None and self._relisting:
                batch = self._without_stored(batch)
            if batch is not None:
                self._enqueue(batch)
        else:
            self._end_listing(
                container,
                _understood(lambda: message[1] and unpack_not_examined(message[1])),
                _understood(lambda: message[2] and unpack_account(message[2])),
            )

    def _enqueue(self, batch: Batch) -> None:
        self._numbers += 1
        self._backlog.append(_Job(self._numbers, batch))
        self._outstanding[batch.container] += 1

    def _without_stored(self, batch: Batch) -> Batch | None:
        rest = self._store.not_stored(batch)
        left = rest.items if rest is not None else ()
        self._done["items"] += len(batch.items) - len(left)
        stored_bytes = sum(item.bytes_to_read for item in batch.items) - sum(item.bytes_to_read for item in left)
        self._done["found_bytes"] -= stored_bytes  # the rate, and so the time left, is of what is read now
        return rest

    def _end_listing(
        self, container: ContainerAddress, missing: NotExamined | None, account: Account | None = None
    ) -> None:
        self._listing = None
        self._ended[container] = missing, account
        self._close_if_done(container)

    def _close_if_done(self, container: ContainerAddress) -> None:
        if container in self._ended and not self._outstanding[container]:
            missing, account = self._ended.pop(container)
            del self._outstanding[container], self._listings[container]
            self._done["not_examined"] += missing is not None
            self._store.listed(container, missing, account)

    def _hear_examiner(self, crew: _Crew, message: tuple[Any, ...]) -> Iterator[tuple[Batch, tuple[Examined, ...]]]:
        job = crew.jobs[0]
        kind, number, said = _understood(lambda: (message[0], message[1], message[2]))
        if number != job.number:
            raise WorkerLost("A worker answers for another batch than it has.")
        if kind == "claim":
            sha256 = _understood(lambda: Digest(Algorithm.SHA256, bytes(said)).value)
            granted = self._store.claim(sha256)
            if granted:
                job.claims.append(sha256)
            crew.worker.send(pack(("claimed", granted)))
            return
        examined = _understood(lambda: tuple(map(unpack_examined, said)))
        if len(examined) != len(job.batch.items):
            raise WorkerLost("A worker gives other results than it was asked for.")
        crew.jobs.popleft()
        self._deaths_in_a_row = 0
        self._store.write(job.batch, examined)
        self._done["items"] += len(examined)
        for one in examined:
            self._done["bytes"] += one.size_bytes
            self._done["not_examined"] += len(one.not_examined)
            self._may_have_containers |= bool(one.container_kind)
        self._outstanding[job.batch.container] -= 1
        self._close_if_done(job.batch.container)
        yield job.batch, examined

    # losses

    def _enforce_limits(self) -> None:
        for crew in list(self._crews):
            if crew.jobs and (reason := crew.worker.overtime()):
                self._dismiss(crew, reason)
        activity = self._lister.activity
        limit_s = self._plan.limits.listing_s
        if self._listing and activity.stage == stages.READING and time.monotonic() - activity.since_s > limit_s:
            self._replace_lister(f"Listing its next items took longer than the limit of {limit_s:.0f} s.")

    def _dismiss(self, crew: _Crew, overtime: str = "") -> None:
        """Do without a lost worker, and give its batches out again, without what it died of."""
        ending = crew.worker.end()
        overtime = overtime or ending.overtime
        self._crews.remove(crew)
        for lost in reversed(crew.jobs):
            self._store.release(lost.claims)
            lost.claims.clear()
            self._backlog.appendleft(lost)
        if ending.lost:
            if crew.jobs:
                self._narrow_down()
            return
        self._count_death()
        activity = ending.activity
        job = next((job for job in crew.jobs if job.number == activity.batch), None)
        if job is not None and activity.stage >= stages.READING:
            where = activity.item, activity.stage
            job.deaths[where] += 1
            blamed = 1 if overtime else _TRIES_WHERE_KILLED if ending.status == -signal.SIGKILL else _TRIES
            if job.deaths[where] >= blamed:
                cause = Cause.LIMIT if overtime else Cause.FAULT
                reason = overtime or f"It ended the process that examined it ({ending}), {blamed} times."
                job.skips.setdefault(activity.item, {})[self._stage_name(activity.stage)] = reason, cause.value

    def _narrow_down(self) -> None:
        """Put two halves in place of the next batch, whose machine was lost, to find the item that costs machines."""
        job = self._backlog.popleft()
        container, items = job.batch.container, job.batch.items
        if len(items) == 1:
            job.machines += 1
            if job.machines >= _TRIES_WHERE_KILLED:
                reason = f"The machine that examined it was lost {job.machines} times."
                job.skips.setdefault(0, {})[READING] = reason, Cause.FAULT.value
            self._backlog.appendleft(job)
            return
        middle = len(items) // 2
        for begin, end in ((middle, len(items)), (0, middle)):
            self._numbers += 1
            half = _Job(self._numbers, Batch(container, items[begin:end]))
            half.skips.update({at - begin: skip for at, skip in job.skips.items() if begin <= at < end})
            half.deaths.update({(at - begin, stage): n for (at, stage), n in job.deaths.items() if begin <= at < end})
            self._backlog.appendleft(half)
        self._outstanding[container] += 1

    def _replace_lister(self, overtime: str = "") -> None:
        ending = self._lister.end()
        began = ending.activity.stage != stages.STARTING
        self._count_death()
        self._lister = self._hire_lister()
        container = self._listing
        if container is None:
            return
        self._listings[container] += began
        if overtime or self._listings[container] >= _LISTINGS:
            reason = overtime or f"Listing it ended the process that read it ({ending}), {_LISTINGS} times."
            reason = f"{reason} What was listed until then is kept."
            self._end_listing(
                container, NotExamined(container.kind, "1", reason, Cause.LIMIT if overtime else Cause.FAULT)
            )
        else:
            self._listing = None
            self._to_list_again.append(container)

    def _count_death(self) -> None:
        self._deaths_in_a_row += 1
        if self._deaths_in_a_row > _DEATHS_AT_START * self._workforce.size:
            raise WorkersFail("The worker processes end before they finish anything: run `amparo doctor`.")

    def _stage_name(self, stage: int) -> str:
        if stage == stages.READING:
            return READING
        return DECODING if stage == stages.DECODING else self._plan.analyzers[stage - stages.ANALYSING].name

    # telling

    def _tell(self, *, last: bool = False) -> None:
        now_s = time.monotonic()
        if self._on_progress is None or (now_s - self._told_s < _TICK_S and not last):
            return
        self._told_s = now_s
        done = self._done
        listing = not last and (self._listing is not None or self._may_have_containers or bool(self._to_list_again))
        self._on_progress(
            Progress(
                done["items"],
                done["bytes"],
                done["found_items"],
                done["found_bytes"],
                listing,
                done["not_examined"],
                now_s - self._began_s,
            )
        )


def _understood(read: Callable[[], _Said]) -> _Said:
    """What `read` makes of a worker's message; raise `WorkerLost` where the message is none."""
    try:
        return read()
    except (AmparoError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise WorkerLost(f"A worker sent something that cannot be understood: {error}") from error
