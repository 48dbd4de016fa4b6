"""The engine on a Dask cluster: the same findings as on this machine, whatever happens to the cluster."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs amparo[dask]")

from amparo.domain.cluster import Cluster, MalformedCluster
from amparo.domain.errors import MissingExtra
from amparo.engine import cluster as clustering
from amparo.engine.cluster import ClusterLost, DaskWorkforce
from amparo.engine.examination import Engine
from amparo.engine.local import LocalEngine
from contracts.clusters import Authority, Programs, running_cluster
from contracts.processes import children
from engine.test_local import ROOT, Memory, plan, said


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """A cluster of two workers, which no test harms."""
    with running_cluster(tmp_path_factory.mktemp("two"), 2) as programs:
        yield programs


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Programs]:
    """A cluster of two workers that come back when they are killed."""
    (tmp_path / "fragile").mkdir()
    with running_cluster(tmp_path / "fragile", 2, nanny=True) as programs:
        yield programs


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number:03}.bin").write_text(f"TRAP slow {number}" if number % 5 == 2 else f"{number // 3}")
    return folder


def on(cluster: Cluster, folder: Path, store: Memory, *, workers: int | None = None, **limits: float) -> Engine:
    made = plan(folder, **limits)
    return Engine(made, "T-1", store, DaskWorkforce(made, "T-1", cluster, workers), resumed=False)


def here(folder: Path, **limits: float) -> Memory:
    store = Memory(ROOT)
    list(LocalEngine(plan(folder, **limits), "T-1", store, workers=2, resumed=False).run())
    return store


def while_running(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_what_kills_or_hangs_is_told_as_on_this_machine(two: Programs, tmp_path: Path) -> None:
    folder = tmp_path / "traps"
    folder.mkdir()
    for name in ("segfault", "exit", "hang", "memory", "fault", "slow"):
        (folder / name).write_text(f"TRAP {name}")
        (folder / f"beside {name}").write_text(name)
    store = Memory(ROOT)
    assert sum(len(batch.items) for batch, _ in on(two.cluster, folder, store, analysis_s=1.0).run()) == 12
    undisturbed = here(folder, analysis_s=1.0)
    assert said(store) == said(undisturbed)
    assert store.listed_containers == undisturbed.listed_containers
    reasons = {path.rpartition("/")[2]: why for path, (_, why) in said(store).items()}
    assert reasons["hang"] == ["It took longer than the limit of 1 s."]
    assert "SIGSEGV" in reasons["segfault"][0]


def test_equal_bytes_are_analysed_once_over_all_workers(two: Programs, many: Path) -> None:
    store = Memory(ROOT)
    list(on(two.cluster, many, store).run())
    assert said(store) == said(here(many))
    analysed = [one.digests for one in store.items.values() if one.findings]
    assert len(analysed) == len(set(analysed)) < 300


def test_no_more_examine_than_are_wanted(two: Programs, many: Path) -> None:
    made = plan(many)
    workforce = DaskWorkforce(made, "T-1", two.cluster, 1)
    most = 0
    for _ in Engine(made, "T-1", Memory(ROOT), workforce, resumed=False).run():
        most = max(most, workforce.size)
    assert most == 1


def test_lost_workers_and_lost_examiners_change_nothing(fragile: Programs, many: Path) -> None:
    store, killed = Memory(ROOT), []
    run = on(fragile.cluster, many, store).run()
    next(run)

    def kill() -> None:
        for number in range(6):
            workers = [pid for nanny in fragile.workers for pid in children(nanny.pid, "spawn_main")]
            examiners = [pid for worker in workers for pid in children(worker, "amparo.engine.worker")]
            for pid in (workers if number % 2 else examiners)[:1]:
                os.kill(pid, signal.SIGKILL)
                killed.append(number % 2)
            time.sleep(0.7)

    killer = while_running(kill)
    list(run)
    killer.join()
    assert len(set(killed)) == 2
    assert len(store.items) == 300
    assert said(store) == said(here(many))


def test_a_scheduler_that_is_gone_ends_the_run_with_a_word_and_the_rest_can_be_done(
    fragile: Programs, many: Path
) -> None:
    store = Memory(ROOT)
    run = on(fragile.cluster, many, store).run()
    next(run)
    assert fragile.scheduler
    fragile.scheduler.kill()
    with pytest.raises(ClusterLost, match=r"is gone\. Give the same command when it is back: it goes on here\."):
        list(run)
    assert 0 < len(store.items) < 300
    store.pending = [ROOT]
    store.claimed.clear()
    list(LocalEngine(plan(many), "T-1", store, workers=2, resumed=True).run())
    assert said(store) == said(here(many))


def test_a_cluster_that_nobody_works_for_is_given_up(
    tmp_path: Path, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "_PATIENCE_S", 0.5)
    with running_cluster(tmp_path, 0) as programs, pytest.raises(ClusterLost, match="No Dask worker of tls://"):
        list(on(programs.cluster, many, Memory(ROOT)).run())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("likeness_of", lambda root: "else", "does not see at '.*many' what this machine sees there"),
        ("__version__", "0.0", "and not 0.0: install the same version everywhere"),
    ],
)
def test_a_worker_that_does_not_fit_is_named(
    two: Programs, many: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object, expected: str
) -> None:
    monkeypatch.setattr(clustering, name, value)
    store = Memory(ROOT)
    with pytest.raises(ClusterLost, match=rf"^The Dask worker tls://\S+ .*{expected}"):
        list(on(two.cluster, many, store).run())
    assert not store.items


def test_another_authority_is_not_let_in(
    two: Programs, tmp_path: Path, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "_CONNECT_S", 1.0)
    for cluster in (Authority(tmp_path).cluster(two.address), Cluster(two.address.replace("tls:", "tcp:"))):
        with pytest.raises(ClusterLost, match="cannot be reached"):
            DaskWorkforce(plan(many), "T-1", cluster, None)


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    missing = Cluster("tls://127.0.0.1:1", "/nowhere/ca.pem", "b", "c")
    with pytest.raises(ClusterLost, match=r"^The TLS file /nowhere/ca\.pem cannot be read: No such file or \w+\.$"):
        DaskWorkforce(plan(tmp_path), "T-1", missing, None)


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"pip install 'amparo\[dask\]'"):
        DaskWorkforce(plan(tmp_path), "T-1", Cluster(), 1)


@pytest.mark.parametrize(
    "words",
    [
        ("host:1",),
        ("http://host:1",),
        ("tls://host",),
        ("tcp://host:1 ",),
        ("tls://host:1",),
        ("tls://host:1", "ca", "cert", ""),
        ("tcp://host:1", "ca", "cert", "key"),
        ("", "ca"),
    ],
)
def test_what_names_no_cluster_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(MalformedCluster, match=r"\.$"):
        Cluster(*words)


def test_the_cluster_of_this_machine_listens_to_nobody_else_and_wants_a_certificate(many: Path) -> None:
    workforce = DaskWorkforce(plan(many), "T-1", Cluster(), 1)
    try:
        address = workforce._client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        listening = [port for pid in [os.getpid(), *children(os.getpid())] for port in _listening(pid)]
        assert listening
        assert {host for host, _ in listening} == {"0100007F"}
        with pytest.raises(ClusterLost):
            clustering.DaskWorkforce(plan(many), "T-1", Cluster(address.replace("tls:", "tcp:")), 1)
    finally:
        workforce.close()


def _listening(pid: int) -> list[tuple[str, str]]:
    """Addresses (as the kernel writes them) on which a process listens, of IPv4; of IPv6 there are none."""
    sockets = set()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # one that has ended listens to nobody
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                sockets.add(str(descriptor.readlink()))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in sockets:
                host, _, port = words[1].partition(":")
                found.append((host, port))
    return found
