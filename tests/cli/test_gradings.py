"""`amparo gradings`: cases come and go on the command line, and what is wrong is one sentence."""

import json
import shlex
from pathlib import Path

import pytest

from amparo import Workbench
from amparo.cli.command import Exit
from amparo.cli.gradings import COLUMNS, EXAMPLES, LISTED, SENT
from amparo.cli.progress import describe_exchange
from amparo.domain.case_exchange import ExchangeProgress
from contracts.command_line import CommandLine

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"
CASE = {"CaseID": "1", "ContactOrganization": "Belém", "Media": [{"MD5": "ab" * 16, "Category": 1}, {"MD5": "cd" * 16}]}


@pytest.fixture
def made(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """An empty workbench, and a case beside it."""
    monkeypatch.chdir(shell.folder)
    (shell.folder / "case.json").write_text(json.dumps({"@odata.context": CONTEXT, "value": [CASE]}), "utf-8-sig")
    Workbench.init(shell.workbench, key_file=shell.folder / "key").close()
    return shell


def test_every_act_shows_an_example_that_runs(made: CommandLine) -> None:
    (made.folder / "case.json").rename(made.folder / "theirs.json")
    for act, example in EXAMPLES.items():
        assert f"example:\n  {example}\n" in made.here("gradings", act, "--help").out
        if act == "import":
            (made.folder / "case.json").unlink()
            (made.folder / "theirs.json").rename(made.folder / "case.json")
        done = made.here(*shlex.split(example)[1:])
        assert done.code == 0, done


def test_rows_say_what_came_of_it_and_standard_error_what_there_is_to_say(made: CommandLine) -> None:
    brought = made.here("gradings", "import", made.folder / "case.json", "--reason", "r", "--format", "json")
    (row,) = brought.json()
    assert tuple(row) == COLUMNS
    assert (row["records"], row["here"], row["elsewhere"], row["graded"]) == (2, 0, 2, 0)
    assert "2 records are of files that are not here; they are kept" in brought.err
    assert "1 records say nothing of what their file is" in brought.err
    (listed,) = made.here("gradings", "list", "--format", "json").json()
    assert tuple(listed) == LISTED
    again = made.folder / "again.json"
    sent = made.here("gradings", "export", "-o", again, "--reason", "r", "--format", "csv").csv()
    assert [tuple(row) for row in sent] == [SENT]
    assert [each["Media"] for each in json.loads(again.read_text("utf-8"))["value"]] == [CASE["Media"]]


@pytest.mark.parametrize(
    ("code", "arguments", "why"),
    [
        (Exit.USAGE, ("import", "case.json"), "give a reason"),
        (Exit.USAGE, ("export", "-o", "out.json"), "give a reason"),
        (Exit.USAGE, ("export", "-o", "case.json", "--reason", "r"), "is there already"),
        (Exit.EVIDENCE, ("import", "none.json", "--reason", "r"), "cannot be read"),
        (Exit.EVIDENCE, ("import", "wrong.json", "--reason", "r"), "line 1, record 1, field MD5"),
        (Exit.EVIDENCE, ("import", "case.json", "--vocabulary", "uk", "--reason", "r"), "--map 1=CODE"),
        (Exit.EVIDENCE, ("import", "case.json", "--mapping", "case.json", "--reason", "r"), "is no mapping"),
        (Exit.EVIDENCE, ("export", "-o", "out.json", "--vocabulary", "xx", "--reason", "r"), "no vocabulary 'xx'"),
    ],
)
def test_what_is_refused_is_one_sentence(made: CommandLine, code: Exit, arguments: tuple[str, ...], why: str) -> None:
    wrong = {"@odata.context": CONTEXT, "value": [{"ContactOrganization": "B", "Media": [{"MD5": "x"}]}]}
    Path("wrong.json").write_text(json.dumps(wrong), "utf-8")
    assert why in made.refused(code, "gradings", *arguments)
    assert not Path("out.json").exists()


def test_a_pair_of_codes_is_asked_for_as_it_is_written(made: CommandLine) -> None:
    done = made.here("gradings", "import", "case.json", "--map", "A", "--reason", "r")
    assert (done.code, "write CODE=CODE, not A" in done.err) == (Exit.USAGE, True)


def test_progress_is_a_line() -> None:
    assert describe_exchange(ExchangeProgress(12_000, 0.25, 2.0)) == "12,000 records · 6,000 records/s · 6 s left"
    assert describe_exchange(ExchangeProgress(500, None, 0.5)) == "500 records"
