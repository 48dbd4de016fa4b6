"""The page on clusters is right: its commands run as they stand there, on this machine."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.command_line import CommandLine
from contracts.exhibits import picture, zipped

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "examine-on-a-cluster.md"

pytest.importorskip("distributed", reason="needs amparo[dask]")


def test_the_commands_of_the_page_run_as_they_are_written(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no tool `openssl` on this machine")
    here, certificates, scheduler, worker, there = re.findall(
        r"^```bash\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.M
    )
    (tmp_path / "phone.zip").write_bytes(zipped({f"{number}.jpg": picture(number) for number in range(5)}))
    (tmp_path / "again.zip").write_bytes((tmp_path / "phone.zip").read_bytes())
    programs = "".join(
        f'{name}() {{ "{sys.executable}" -m {name} "$@"; }}\n' for name in ("dask", "amparo")
    )  # those of this environment
    shell = CommandLine(tmp_path)
    shell.amparo("init")
    environment = {**shell.environment, "SCHEDULER": "127.0.0.1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> "subprocess.Popen[bytes]":
        # A port of its own, so that tests can run beside each other.
        script = f"set -e\n{programs}{script}".replace("8786", str(20_000 + os.getpid() % 10_000))
        with (tmp_path / "log").open("ab") as log:
            return subprocess.Popen(
                ["bash", "-c", script], cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def run(script: str) -> None:
        assert start(script).wait(120) == 0, (tmp_path / "log").read_text()

    try:
        run(here)
        run(certificates)
        started.append(start(scheduler))
        time.sleep(0.5)
        started.append(start(worker))
        run(there.replace("phone.zip --exhibit ES-7", "again.zip --exhibit ES-8"))
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    rows = [shell.here("findings", number, "--format", "json").json() for number in ("ES-7", "ES-8")]
    assert [len(found) for found in rows] == [5, 5]
    assert sorted(row["sha256"] for row in rows[0]) == sorted(row["sha256"] for row in rows[1])
