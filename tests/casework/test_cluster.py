"""`amparo examine --engine dask`: the same findings, byte for byte, on any cluster, and whatever happens to it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs amparo[dask]")

from amparo.domain.cluster import Cluster
from amparo.workbench import cluster
from contracts.clusters import Authority, Programs, running_cluster
from contracts.command_line import CommandLine
from contracts.outcomes import outcome_of, stored, varied_exhibit
from contracts.processes import children

KILLS = int(os.environ.get("AMPARO_KILLS", "8"))
"""How often something is killed; 50 were survived, which takes minutes."""


@pytest.fixture(scope="module")
def exhibit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return varied_exhibit(tmp_path_factory.mktemp("exhibit"), 30)


@pytest.fixture(scope="module")
def local(exhibit: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A workbench in which the exhibit was examined on this machine."""
    shell = CommandLine(tmp_path_factory.mktemp("local"))
    assert shell.here("init", shell.workbench).code == 0
    assert shell.here("examine", exhibit, "--exhibit", "ES-7", "--workers", "2").code == 0
    return shell


@pytest.fixture
def network() -> Iterator[list[str]]:
    """Three network namespaces: 10.213.0.1 in the first; 10.213.1.2 and 10.213.2.2, joined to it, in the others."""
    names = [f"amparo-test-{os.getpid()}-{number}" for number in range(3)]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)

    def inside(name: str, *words: str) -> None:
        ip("netns", "exec", name, "ip", *words)

    made: list[str] = []
    try:
        try:
            for name in names:
                ip("netns", "add", name)
                made.append(name)
                inside(name, "link", "set", "lo", "up")
            inside(names[0], "address", "add", "10.213.0.1/32", "dev", "lo")
            for number in (1, 2):
                ends = f"amparo{number}a", f"amparo{number}b"
                inside(
                    names[0], "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", names[number]
                )
                for name, end, host in ((names[0], ends[0], 1), (names[number], ends[1], 2)):
                    inside(name, "address", "add", f"10.213.{number}.{host}/24", "dev", end)
                    inside(name, "link", "set", end, "up")
                inside(names[number], "route", "add", "default", "via", f"10.213.{number}.1")
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"network namespaces cannot be made here: {error}")
        yield names
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def assert_the_same(shell: CommandLine, local: CommandLine) -> None:
    """What the workbench says and exports is what the other says, but for the order; and it agrees with its digests."""
    ours, theirs = outcome_of(shell), outcome_of(local)
    assert ours.summary == theirs.summary
    assert ours.rows == theirs.rows
    assert ours.said == theirs.said
    assert ours.containers == theirs.containers
    for form in ("csv", "text"):
        exports = [each.here("findings", "ES-7", "--format", form).out.encode() for each in (shell, local)]
        assert sorted(exports[0].splitlines()) == sorted(exports[1].splitlines())
    verified = shell.here("verify")
    assert verified.code == 0, verified


def environment(programs: Programs) -> dict[str, str]:
    folder = programs.authority.folder
    return {
        "AMPARO_DASK_ADDRESS": programs.address,
        "AMPARO_DASK_TLS_CA": str(folder / "ca.pem"),
        "AMPARO_DASK_TLS_CERT": str(folder / "examiner.pem"),
        "AMPARO_DASK_TLS_KEY": str(folder / "examiner.key"),
    }


@pytest.mark.thorough
def test_a_cluster_of_this_machine_starts_by_itself(exhibit: Path, local: CommandLine, tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    shell.amparo("init")
    done = shell.amparo("examine", exhibit, "--exhibit", "ES-7", "--engine", "dask", "--workers", "2")
    assert done.err == ""
    assert_the_same(shell, local)


@pytest.mark.thorough
def test_a_cluster_that_is_there_is_used_and_it_may_be_named_in_the_environment(
    exhibit: Path, local: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "cluster").mkdir()
    with running_cluster(tmp_path / "cluster", 2) as programs:
        shell = CommandLine(tmp_path, environment(programs))
        shell.amparo("init")
        done = shell.amparo("examine", exhibit, "--exhibit", "ES-7", "--engine", "dask")
        assert done.err == ""
    assert_the_same(shell, local)


@pytest.mark.thorough
def test_machines_of_a_network_of_their_own_find_the_same(
    exhibit: Path, local: CommandLine, tmp_path: Path, network: list[str]
) -> None:
    """Scheduler and main process in one network namespace, two workers in two others that reach only the first."""
    programs = Programs(Authority(tmp_path), tmp_path)
    shell = CommandLine(tmp_path)
    shell.amparo("init")
    places = [("ip", "netns", "exec", name) for name in network]
    try:
        programs.start_scheduler("10.213.0.1", places[0])
        for number in (1, 2):
            programs.start_worker(f"10.213.{number}.2", places[number])
        command = [sys.executable, "-m", "amparo", "examine", str(exhibit), "--exhibit", "ES-7", "--engine", "dask"]
        done = subprocess.run(
            [*places[0], *command],
            env={**shell.environment, **environment(programs), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, "")
        log = (tmp_path / "worker.log").read_text()
        assert all(f"tls://10.213.{number}.2" in log for number in (1, 2))
    finally:
        programs.stop()
    assert_the_same(shell, local)


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ADDRESS": "tls://there:1", "TLS_CA": "a", "TLS_CERT": "b", "TLS_KEY": "c"}.items():
        monkeypatch.setenv(f"AMPARO_DASK_{name}", value)
    assert cluster() == Cluster("tls://there:1", "a", "b", "c")
    assert cluster(address="tls://here:2", tls_key="d") == Cluster("tls://here:2", "a", "b", "d")


def test_a_cluster_that_is_refused_is_told_in_a_sentence(exhibit: Path, tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    assert shell.here("init", shell.workbench).code == 0
    examine = ("examine", exhibit, "--exhibit", "ES-8")
    assert "are for --engine dask" in shell.refused(2, *examine, "--address", "tls://127.0.0.1:1")
    assert "needs the files" in shell.refused(2, *examine, "--engine", "dask", "--address", "tls://127.0.0.1:1")
    missing = [f"--tls-{name}=/nowhere/{name}" for name in ("ca", "cert", "key")]
    assert "/nowhere/ca cannot be read" in shell.refused(
        9, *examine, "--engine", "dask", "--address", "tls://127.0.0.1:1", *missing
    )


def below(programs: Programs, role: str) -> list[int]:
    """The Dask workers that the programs keep, or the examiners that those keep."""
    workers = [pid for nanny in programs.workers for pid in children(nanny.pid, "spawn_main")]
    return workers if role == "workers" else [pid for worker in workers for pid in children(worker, "engine.worker")]


def test_kill_9_at_random_moments_changes_nothing(exhibit: Path, local: CommandLine, tmp_path: Path) -> None:
    """Of the main process, of examiners, and of the Dask workers that keep them."""
    chance, kills, inside = random.Random(5), Counter[str](), 0
    total = outcome_of(local).summary["items"]
    (tmp_path / "cluster").mkdir()
    with running_cluster(tmp_path / "cluster", 2, nanny=True) as programs:
        for number in range(20):
            (tmp_path / str(number)).mkdir()
            shell = CommandLine(tmp_path / str(number), environment(programs))
            assert shell.here("init", shell.workbench).code == 0
            while kills.total() < KILLS:
                programs.renew(nanny=True)
                process = shell.start("examine", exhibit, "--exhibit", "ES-7", "--engine", "dask")
                try:
                    before = stored(shell)
                    # Mostly when it has stored something, however long this machine takes; sometimes while it starts.
                    waiting_ends_s = time.monotonic() + (chance.uniform(0, 4) if chance.random() < 0.25 else 60)
                    while time.monotonic() < waiting_ends_s and stored(shell) == before and process.poll() is None:
                        programs.renew(nanny=True)
                        time.sleep(0.05)
                    for _ in range(chance.randint(3, 5)):
                        role = chance.choice(("workers", "examiners"))
                        deadline_s = time.monotonic() + 1.5
                        while not (pids := below(programs, role)) and time.monotonic() < deadline_s:
                            time.sleep(0.05)
                        if pids and process.poll() is None:
                            inside += 0 < stored(shell) < total
                            os.kill(chance.choice(pids), signal.SIGKILL)
                            kills[role] += 1
                        time.sleep(chance.uniform(0.0, 0.4))
                    if process.poll() is not None:
                        assert process.returncode == 0, process.stderr and process.stderr.read()
                        break
                    process.kill()
                    kills["main"] += 1
                finally:
                    process.kill()
                    process.communicate()
            else:
                programs.renew(nanny=True)
                done = shell.run("examine", exhibit, "--exhibit", "ES-7", "--engine", "dask")
                assert (done.code, done.err) == (0, "")
            assert_the_same(shell, local)
            if kills.total() >= KILLS:
                break
        deadline_s = time.monotonic() + 60
        while below(programs, "examiners") and time.monotonic() < deadline_s:
            time.sleep(0.1)
        assert not below(programs, "examiners")
    print(kills, inside)
    assert kills.total() >= KILLS
    assert min(kills.values()) >= KILLS // 5
    assert inside >= KILLS / 3
