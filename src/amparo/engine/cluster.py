"""Examiners on the machines of a Dask cluster, or of one on this machine that is started for the purpose."""

import asyncio
import contextlib
import importlib
import logging
import pickle
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amparo import __version__
from amparo.domain.cluster import Cluster
from amparo.domain.errors import AmparoError, MissingExtra
from amparo.domain.plan import Plan
from amparo.engine.remote import Remote
from amparo.engine.station import Station, likeness_of

_LOOK_S = 0.5
"""How often it is looked whether a machine has room for a station."""
_CONNECT_S = 15.0
_OPEN_S = 60.0
"""How long a machine may take to open a station, which imports Amparo and looks at the exhibit."""
_AGAIN_S = 10.0
"""After how long a machine is asked again that did not fit."""
_PATIENCE_S = 60.0
"""How long an examination waits for a first machine, and for another where all were lost."""
_HERE: dict[str, list[str]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
"""The cluster of this machine has no pages for browsers."""
_LOUD = ("distributed", "distributed.client")
"""Loggers that tell on standard error, with tracebacks, what is said here in a sentence."""


class ClusterLost(AmparoError):
    """A cluster cannot be reached, is gone, or has no machine that can examine."""


@dataclass(frozen=True, slots=True)
class _Unfit:
    """A machine on which no station could be opened."""

    since_s: float
    why: str
    refuses: bool
    """Whether it cannot be had as it is set up; else it was lost, which happens."""


class DaskWorkforce:
    """As many examiners as a cluster's machines have threads; machines may come and go. Satisfies `Workforce`."""

    def __init__(self, plan: Plan, exhibit: str, cluster: Cluster, workers: int | None) -> None:
        """At most so many `workers`; `None` for as many as there is room for. Raise `ClusterLost`, `MissingExtra`."""
        self._order = pickle.dumps((exhibit, plan))
        self._likeness = likeness_of(plan.root)
        self._most = workers
        self._name = cluster.address or "this machine"
        self._ready = deque[Remote]()
        self._stations = Counter[str]()
        self._unfit: dict[str, _Unfit] = {}
        self._opening: dict[asyncio.Task[None], str] = {}
        self._begun = False
        self._alone_since_s = time.monotonic()
        self._trouble: ClusterLost | None = None
        self._closed = False
        self._close = contextlib.ExitStack()
        with self._close:
            self._client = self._connect(cluster, workers)
            self._loop = self._client.loop.asyncio_loop
            self._hiring = asyncio.run_coroutine_threadsafe(self._hire(), self._loop)
            self._close = self._close.pop_all()

    @property
    def size(self) -> int:
        """As `Workforce.size`."""
        return max(self._stations.total(), 1)

    def recruits(self) -> Iterator[Remote]:
        """As `Workforce.recruits`. Raise `ClusterLost`."""
        if self._trouble is not None:
            raise self._trouble
        if self._client.status != "running":
            raise ClusterLost(
                f"The Dask scheduler of {self._name} is gone. Give the same command when it is back: it goes on here."
            )
        while self._ready:
            yield self._ready.popleft()
        if self._stations.total():
            self._alone_since_s = time.monotonic()
        elif time.monotonic() - self._alone_since_s > _PATIENCE_S:
            reason = next((f"{address} {unfit.why}" for address, unfit in self._unfit.items()), "Start some.")
            raise ClusterLost(f"No Dask worker of {self._name} has examined for {_PATIENCE_S:.0f} s. {reason}")

    def close(self) -> None:
        """As `Workforce.close`."""
        with self._close:
            self._closed = True
            self._hiring.result()
            while self._ready:
                self._ready.popleft().end()

    def _connect(self, cluster: Cluster, workers: int | None) -> Any:
        for name in _LOUD:
            logger = logging.getLogger(name)
            self._close.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL + 1)
        for path in filter(None, (cluster.tls_ca, cluster.tls_cert, cluster.tls_key)):
            try:
                Path(path).open("rb").close()
            except OSError as error:
                raise ClusterLost(f"The TLS file {path} cannot be read: {error.strerror}.") from error
        distributed = _distributed()
        security = distributed.Security(
            require_encryption=cluster.address.startswith("tls:"),
            tls_ca_file=cluster.tls_ca or None,
            tls_client_cert=cluster.tls_cert or None,
            tls_client_key=cluster.tls_key or None,
        )
        address = cluster.address
        if not address:
            # Whoever reaches a scheduler can run programs as its user; others on this machine lack the certificate.
            security = distributed.Security.temporary()
            self._close.enter_context(importlib.import_module("dask.config").set(_HERE))
            here = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                protocol="tls://",
                security=security,
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
            self._close.callback(here.close)
            address = here.scheduler_address
        try:
            client = distributed.Client(address, security=security, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterLost(f"The Dask scheduler {self._name} cannot be reached: {_line(error)}.") from error
        self._close.callback(client.close, timeout=2)
        return client

    # in the client's thread

    async def _hire(self) -> None:
        with self._client.as_current():  # to it belong the actors that come from here
            while self._trouble is None and not self._closed:
                with contextlib.suppress(Exception):  # where the scheduler is gone, the client's status says so
                    await self._look()
                await asyncio.sleep(_LOOK_S)
            for task in self._opening:
                task.cancel()
            await asyncio.gather(*self._opening, return_exceptions=True)

    async def _look(self) -> None:
        now_s = time.monotonic()
        threads: dict[str, int] = await self._client.nthreads()
        self._unfit = {
            address: unfit
            for address, unfit in self._unfit.items()
            if address in threads and now_s - unfit.since_s < _AGAIN_S
        }
        room = [
            address
            for address, count in threads.items()
            if address not in self._unfit
            for _ in range(count - self._stations[address])
        ]
        if self._most is not None:
            room = room[: max(self._most - self._stations.total(), 0)]
        for address in room:
            self._stations[address] += 1
            self._opening[asyncio.create_task(self._fill(address))] = address
        for task, address in list(self._opening.items()):
            if task.done():
                del self._opening[task]
            elif address not in threads:  # it is lost, and Dask would wait for it to come back
                task.cancel()

    async def _fill(self, address: str) -> None:
        try:
            unfit = await self._open(address)
        except asyncio.CancelledError:
            self._stations[address] -= 1
            return
        if unfit is None:
            self._begun = True
            return
        self._stations[address] -= 1
        self._unfit[address] = unfit
        if unfit.refuses and not self._begun:
            self._trouble = ClusterLost(f"The Dask worker {address} {unfit.why}")

    async def _open(self, address: str) -> _Unfit | None:
        """Open a station at `address`; return why it cannot be done, or nothing."""
        refuses = True
        future = self._client.submit(
            Station, actor=True, pure=False, workers=[address], allow_other_workers=False, retries=0
        )
        try:
            actor = await asyncio.wait_for(future, _OPEN_S)
            why = str(await asyncio.wait_for(actor.open(__version__, self._likeness, self._order), _OPEN_S))
        except (ImportError, AttributeError):
            why = f"has no Amparo {__version__}: install the same version everywhere."
        except TimeoutError:
            why, refuses = f"did not begin within {_OPEN_S:.0f} s.", False
        except Exception as error:  # whatever Dask says where a machine is lost just now
            why, refuses = f"was lost: {_line(error)}.", False
        if why:
            future.release()
            return _Unfit(time.monotonic(), why, refuses)

        def gone() -> None:
            future.release()
            self._stations[address] -= 1

        self._ready.append(Remote(actor, self._loop, gone))
        return None


def _distributed() -> Any:
    """The library, which takes a second to import; raise `MissingExtra`."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtra("A Dask cluster needs the extra dask: pip install 'amparo[dask]'.") from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
