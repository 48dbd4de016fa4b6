"""The page on importing a hash set is right: its commands run in order, and its Python runs after them."""

import re
import shlex
from pathlib import Path
from unittest import mock

import pytest

from contracts.command_line import CommandLine
from contracts.known_sets import written
from contracts.set_files import digests, nsrl_text, pdq, vics, vics_record

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "import-a-hash-set.md"


def test_the_page_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = CommandLine(tmp_path)
    written(tmp_path / "vics.json", vics(vics_record(number) for number in range(9)))
    written(tmp_path / "table.csv", "Digest,Kind\n" + "".join(f"{digests(n).sha256.hex()},1\n" for n in range(9)))
    written(tmp_path / "hashes.txt", pdq(1).hex())
    written(tmp_path / "NSRLFile.txt", nsrl_text(range(9)))
    text = PAGE.read_text("utf-8")
    commands = re.findall(r"^\$ (amparo .*)$", text, re.MULTILINE)
    assert len(commands) >= 12
    for command in commands:
        done = shell.here(*shlex.split(command)[1:])
        assert done.code == 0, f"{command}: {done}"
    (python,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    with mock.patch.dict("os.environ", shell.environment, clear=True):
        exec(compile(python, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == "md5 unknown\n"
