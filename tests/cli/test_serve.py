"""`amparo serve`: from the command to a page."""

import shlex
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from amparo.cli import serve
from contracts.command_line import CommandLine


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def made(shell: CommandLine) -> CommandLine:
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    return shell


def test_its_example_serves_until_it_is_stopped(made: CommandLine) -> None:
    assert f"example:\n  {serve.COMMAND.example}\n" in made.here("serve", "--help").out
    port = free_port()
    running = made.start(*shlex.split(serve.COMMAND.example)[1:], "--port", str(port), "--workers", "1")
    assert running.stdout is not None
    assert running.stderr is not None
    assert "nobody can log in yet" in running.stderr.readline()
    assert running.stdout.readline() == f"http://localhost:{port}\n"
    with urllib.request.urlopen(f"http://localhost:{port}/", timeout=120) as page:
        assert page.geturl() == f"http://localhost:{port}/account/login/?next=/"
        assert "Amparo" in page.read().decode()
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    other = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(other, timeout=120)
    with refused.value as answer:
        assert answer.code == 400
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=120)
    assert running.returncode == 0
    assert made.here("verify").code == 0
    assert made.here("status").code == 0  # the command line knows nothing of the tables of log-in, and does not mind


def test_a_workbench_that_is_not_there_is_said_to_be(shell: CommandLine) -> None:
    assert "There is no workbench" in shell.refused(4, "serve", "--port", str(free_port()))


def test_a_certificate_needs_its_key(made: CommandLine, tmp_path: Path) -> None:
    done = made.here("serve", "--tls-cert", tmp_path / "cert.pem")
    assert done.code == 2
    assert "belong together" in done.err


def test_a_port_that_is_taken_is_said_to_be(made: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = made.run("serve", "--port", str(taken.getsockname()[1]))
    assert done.code == 4
    assert "is taken" in done.err
