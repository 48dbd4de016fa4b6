"""`amparo examine --engine dask`: the same findings, byte for byte, on any cluster, and whatever happens to it."""

from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs amparo[dask]")

from amparo.domain.cluster import Cluster
from amparo.workbench import cluster
from contracts.clusters import Programs, running_cluster
from contracts.command_line import CommandLine
from contracts.outcomes import outcome_of, varied_exhibit


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


def test_a_cluster_of_this_machine_starts_by_itself(exhibit: Path, local: CommandLine, tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    shell.amparo("init")
    done = shell.amparo("examine", exhibit, "--exhibit", "ES-7", "--engine", "dask", "--workers", "2")
    assert done.err == ""
    assert_the_same(shell, local)


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


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ADDRESS": "tls://there:1", "TLS_CA": "a", "TLS_CERT": "b", "TLS_KEY": "c"}.items():
        monkeypatch.setenv(f"AMPARO_DASK_{name}", value)
    assert cluster() == Cluster("tls://there:1", "a", "b", "c")
    assert cluster(address="tls://here:2", tls_key="d") == Cluster("tls://here:2", "a", "b", "d")


def test_a_cluster_that_is_refused_is_told_in_a_sentence(local: CommandLine, exhibit: Path) -> None:
    examine = ("examine", exhibit, "--exhibit", "ES-8")
    assert "are for --engine dask" in local.refused(2, *examine, "--address", "tls://127.0.0.1:1")
    assert "needs the files" in local.refused(2, *examine, "--engine", "dask", "--address", "tls://127.0.0.1:1")
    missing = [f"--tls-{name}=/nowhere/{name}" for name in ("ca", "cert", "key")]
    assert "/nowhere/ca cannot be read" in local.refused(
        9, *examine, "--engine", "dask", "--address", "tls://127.0.0.1:1", *missing
    )
