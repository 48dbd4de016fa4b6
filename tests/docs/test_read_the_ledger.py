"""The page for auditors is right: its command makes one, and what it names is on the screens."""

import re
import shlex
from pathlib import Path

import amparo.web
from contracts.command_line import CommandLine

PAGE = (Path(__file__).parent.parent.parent / "docs" / "how-to" / "read-the-ledger.md").read_text("utf-8")


def test_its_command_makes_an_auditor(tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    shell.here("init")
    shell.here("members", "add-agency", "alfama")
    (line,) = re.findall(r"^    amparo (.+)$", PAGE, re.MULTILINE)
    assert shell.here(*shlex.split(line)).code == 0
    assert "auditor" in shell.here("members", "list").out


def test_what_it_names_is_on_the_screens() -> None:
    folder = Path(amparo.web.__file__).parent
    screens = "".join(file.read_text("utf-8") for file in (folder / "ledger").iterdir() if file.is_file())
    screens += (folder / "frame.py").read_text("utf-8")
    for named in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", " ".join(PAGE.split())):
        assert named in screens, named
