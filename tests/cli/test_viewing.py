"""`amparo viewing`: policies of viewing on the command line."""

import shlex

import pytest

from amparo import Workbench
from amparo.cli.command import Exit
from amparo.cli.viewing import COLUMNS, EXAMPLES, LOAD_COLUMNS
from amparo.domain.exposure import Budget, Burden, Level
from amparo.domain.need_to_know import Role
from contracts.command_line import CommandLine


@pytest.fixture
def made(shell: CommandLine) -> CommandLine:
    """A workbench with a reviewer."""
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    with Workbench.open(shell.workbench, by="root") as opened:
        opened.members.add_agency("alfama")
        opened.members.add("rui", "alfama", [Role.REVIEWER])
    return shell


def test_every_act_shows_an_example_that_runs(made: CommandLine) -> None:
    assert "everything stays veiled" in made.here("viewing", "list").out
    for act, example in EXAMPLES.items():
        done = made.here(*shlex.split(example)[1:])
        assert done.code == 0, done.err
        shown = made.here("viewing", act, "--help").out
        assert "example:\n  amparo viewing" in shown
    assert "Nobody saw anything unveiled" in made.here("viewing", "load").out
    (row,) = made.here("viewing", "list", "--format", "csv").csv()
    assert tuple(row) == COLUMNS
    assert (row["officer"], row["level"], row["files"], row["severe"], row["zone"]) == (
        *("", "colour", "200", "20/900", "Europe/Lisbon"),
    )
    assert made.here("viewing", "load", "--format", "csv").out.strip() == ",".join(LOAD_COLUMNS)


def test_what_is_not_named_stays(made: CommandLine) -> None:
    assert made.here(*shlex.split(EXAMPLES["set"])[1:]).code == 0
    told = made.here("viewing", "set", "rui", "--level", "grey", "--break", "900", "--reason", "back from leave")
    assert told.out == "rui may look as far as grey: 200 files, 5400 seconds a day.\n"
    with Workbench.open(made.workbench) as opened:
        own, of_all = opened.viewing.policy("rui"), opened.viewing.policy()
    assert (own.level, own.break_s, own.burdens[Burden.SEVERE]) == (Level.GREY, 900, Budget(20, 900))
    assert (of_all.level, of_all.break_s) == (Level.COLOUR, 600)
    assert made.here("verify").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--budget", "all=many", "--reason", "x"), Exit.USAGE, "'all=many' is no budget"),
        (("--budget", "sad=1/2", "--reason", "x"), Exit.USAGE, "WHAT is all, unknown"),
        (("--budget", "all=1/99999999", "--reason", "x"), Exit.USAGE, "whole number from 0 to 86400"),
        (("--break", "1", "--reason", "x"), Exit.USAGE, "from 60 to 7200"),
        (("--zone", "Lisbon", "--reason", "x"), Exit.USAGE, "no time zone"),
        (("--level", "grey"), Exit.USAGE, "give a reason"),
        (("nobody", "--level", "grey", "--reason", "x"), Exit.NOT_FOUND, "no member of your agency"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(
    made: CommandLine, arguments: tuple[str, ...], code: Exit, said: str
) -> None:
    done = made.here("viewing", "set", *arguments)
    assert done.code == code
    assert said in done.err
    assert "everything stays veiled" in made.here("viewing", "list").out
