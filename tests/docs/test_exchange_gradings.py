"""The page on exchanging gradings is right: its commands run in order, and its Python runs after them."""

import json
import re
import shlex
from pathlib import Path
from unittest import mock

import pytest

from amparo.exchange.case_csv import COLUMNS
from contracts.command_line import CommandLine
from contracts.exhibits import picture

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "how-to" / "exchange-gradings.md"
CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/{}/$metadata#Cases"
MAPPING = {"version": 1, "vocabulary": "neutral", "categories": {"A": "abuse", "N": "not-pertinent"}}


def case(source: str, model: str, category: int, digest: str) -> str:
    record = {"MD5": digest * 16, "Category": category}
    cases = [{"CaseID": source, "ContactOrganization": source, "Media": [record]}]
    return json.dumps({"@odata.context": CONTEXT.format(model), "value": cases})


def test_the_page_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = CommandLine(tmp_path)
    (tmp_path / "belem.json").write_text(case("Belém", "US", 1, "ab"), "utf-8")
    (tmp_path / "chiado.json").write_text(case("Chiado", "US", 0, "cd"), "utf-8")
    (tmp_path / "table.csv").write_text(f"md5;category\n{'ef' * 16};A\n", "utf-8")
    (tmp_path / "other.csv").write_text(f"md5,category\n{'ef' * 16},N\n", "utf-8")
    (tmp_path / "mapping.json").write_text(json.dumps(MAPPING), "utf-8")
    (tmp_path / "a.jpg").write_bytes(picture(1))
    assert shell.here("init", shell.workbench, "--key-file", tmp_path / "key").code == 0
    assert shell.here("examine", tmp_path / "a.jpg", "--exhibit", "ES-7", "--workers", "1").code == 0
    text = PAGE.read_text("utf-8")
    commands = re.findall(r"^\$ (amparo .*)$", text, re.MULTILINE)
    assert len(commands) >= 10
    for command in commands:
        done = shell.here(*shlex.split(command)[1:])
        assert done.code == 0, f"{command}: {done}"
    (python,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    with mock.patch.dict("os.environ", shell.environment, clear=True):
        exec(compile(python, str(PAGE), "exec"), {})
    told = capsys.readouterr().out.splitlines()
    assert told == ["Belém vics-us 1", "Chiado vics-new 1", "Dorado neutral 1", "Dorado neutral 1"]


def test_the_reference_names_every_column() -> None:
    section = (DOCS / "reference" / "vics.md").read_text("utf-8").partition("## CSV\n")[2]
    cells = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
    assert [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)] == list(COLUMNS)
