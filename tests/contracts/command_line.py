"""The real command, run as a program of its own in a folder of its own."""

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from amparo.__main__ import main

_INHERITED = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "COVERAGE_PROCESS_START")


def _hears_ctrl_c() -> None:
    """As at a terminal: what a shell runs in the background is started deaf to it, and so is all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Done:
    """What one run of the command left."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def csv(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


@dataclass(frozen=True)
class CommandLine:
    """A person at a terminal in `folder`, with a workbench and a configuration folder below it."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def workbench(self) -> Path:
        return self.folder / "workbench"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        own = {"AMPARO_WORKBENCH": str(self.workbench), "XDG_CONFIG_HOME": str(self.folder / "configuration")}
        return {**inherited, **own, "TZ": "UTC", **self.settings}

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "amparo", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hears_ctrl_c,
        )

    def run(self, *arguments: str | Path) -> Done:
        """Run it to its end; a traceback is never what it says."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return Done(process.returncode, out, err)

    def here(self, *arguments: str | Path) -> Done:
        """Run it in this process, which spares the start; paths are to be absolute."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with (
            mock.patch.dict(os.environ, self.environment, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                code = main([*map(str, arguments)])
            except SystemExit as exit_:  # from argparse
                code = int(exit_.code or 0)
        texts = []
        for stream in (out, err):
            stream.flush()
            texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
        return Done(code, *texts)

    def amparo(self, *arguments: str | Path) -> Done:
        """Run it where it must succeed."""
        done = self.run(*arguments)
        assert done.code == 0, f"{arguments}: {done}"
        return done

    def refused(self, code: int, *arguments: str | Path) -> str:
        """Run it in this process where it must fail with `code`: the one sentence that it says."""
        done = self.here(*arguments)
        return refusal(done, code, arguments)


def refusal(done: Done, code: int, arguments: Sequence[object] = ()) -> str:
    """The one line on standard error by which the command refuses with `code`."""
    assert done.code == code, f"{arguments}: {done}"
    (line,) = done.err.splitlines()
    assert line.startswith("amparo: ")
    assert line.endswith(".")
    return line
