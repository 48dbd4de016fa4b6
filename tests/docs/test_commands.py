"""The page on the commands names all that there is."""

import argparse
import re
from dataclasses import fields
from pathlib import Path

from amparo.__main__ import parser
from amparo.casework.status import Summary
from amparo.cli import COMMANDS
from amparo.cli.command import Exit
from amparo.cli.files import COLUMNS as FILES
from amparo.cli.findings import COLUMNS
from amparo.cli.gradings import COLUMNS as GRADINGS
from amparo.cli.hashset import COLUMNS as HASH_SETS
from amparo.cli.lookup import COLUMNS as LOOKUP
from amparo.cli.notices import COLUMNS as NOTICES
from amparo.cli.queue import COLUMNS as QUEUE
from amparo.cli.tasks import COLUMNS as TASKS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "commands.md").read_text("utf-8")


def columns(heading: str) -> list[str]:
    """The names in the first column of the table below a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_command_is_there_in_order() -> None:
    assert re.findall(r"^\| `amparo ([\w-]+)", PAGE, re.MULTILINE) == [command.name for command in COMMANDS]
    assert sorted(set(re.findall(r"`amparo ([a-z-]+)", PAGE))) == sorted(command.name for command in COMMANDS)


def test_every_option_that_the_page_names_exists() -> None:
    actions = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    commands = list(actions[0].choices.values())
    for command in commands:
        for action in command._actions:
            if isinstance(action, argparse._SubParsersAction):
                commands += action.choices.values()
    known = {option for command in commands for option in command._option_string_actions}
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) <= known


def test_every_exit_code_is_there() -> None:
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", PAGE, re.MULTILINE)
    assert [(int(code), name) for code, name in rows] == [(code.value, code.name) for code in Exit]


def test_every_column_is_there() -> None:
    assert columns("`amparo findings`") == list(COLUMNS)
    assert columns("`amparo files`") == list(FILES)
    assert columns("`amparo hashset list`") == list(HASH_SETS)
    assert columns("`amparo gradings`")[-len(GRADINGS) :] == list(GRADINGS)
    assert columns("`amparo lookup`") == list(LOOKUP)
    assert columns("`amparo notices`") == list(NOTICES)
    assert columns("`amparo queue`")[-len(QUEUE) :] == list(QUEUE)
    assert columns("`amparo tasks`") == list(TASKS)
    assert columns("`amparo examine --format json`") == [field.name for field in fields(Summary)]
