"""The fuzzer knows every reader and finds what is wrong with one; how long it looks is up to who starts it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from amparo.evidence import BUILTIN
from contracts.container_format import survive
from contracts.container_samples import container_samples

ROOT = Path(__file__).parent.parent.parent
FUZZ = ROOT / "benchmarks" / "fuzz.py"


def test_each_kind_that_has_samples_opens_them() -> None:
    formats = {each.kind: each for each in BUILTIN}
    for kind, samples in container_samples().items():
        for sample in samples:
            survive(formats[kind], sample, items=5, each_bytes=4096)


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_it_runs_a_reader_and_counts(tmp_path: Path) -> None:
    options = ["--minutes", "0.02", "--findings", tmp_path, "iptc"]
    done = subprocess.run([sys.executable, FUZZ, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("| iptc")]
    assert row.endswith("| none |")
    assert int(row.split("|")[2].replace(",", "")) > 0


def test_a_reader_that_is_not_there_is_named() -> None:
    done = subprocess.run([sys.executable, FUZZ, "nothing"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no reader nothing" in done.stderr
