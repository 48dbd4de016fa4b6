"""`amparo members`: who takes part, and who may see what."""

import shlex
import shutil
from pathlib import Path

import pytest

from amparo import Workbench
from amparo.casework.members import MalformedMember, WeakPassword
from amparo.cli.members import COLUMNS, EXAMPLES
from amparo.domain.errors import NotFound
from amparo.domain.need_to_know import Forbidden, Purpose, Role
from amparo.records.database import Conflict
from contracts.command_line import CommandLine


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A workbench with an exhibit that nobody owns, made once; tests work on copies."""
    shell = CommandLine(tmp_path_factory.mktemp("members"))
    seized = shell.folder / "seized"
    seized.mkdir()
    (seized / "note.txt").write_text("a note")
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    assert shell.here("examine", seized, "--exhibit", "ES-1", "--workers", "1").code == 0
    return shell


@pytest.fixture
def made(template: CommandLine, shell: CommandLine) -> CommandLine:
    shutil.copytree(template.workbench, shell.workbench)
    return shell


@pytest.fixture
def opened(made: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    return Workbench.open(made.workbench, by="root")


def test_every_act_shows_an_example_that_runs_in_this_order(made: CommandLine) -> None:
    assert made.here("members", "list").out == (
        "Nobody is a member yet: amparo members add-agency, then amparo members add.\n"
    )
    for act, example in EXAMPLES.items():
        assert f"example:\n  {example}\n" in made.here("members", act, "--help").out
        if act == "share":
            made.amparo("members", "add-agency", "belem")
        assert made.here(*shlex.split(example)[1:]).code == 0, example
    (row,) = made.here("members", "list", "--all", "--format", "csv").csv()
    assert tuple(row) == COLUMNS
    assert (row["officer"], row["agency"], row["roles"]) == ("ana", "alfama", "examiner supervisor")
    assert row["until"]
    assert made.here("verify").code == 0


def test_the_first_agency_gets_what_is_nobodys_and_later_ones_nothing(opened: Workbench) -> None:
    opened.members.add_agency("alfama")
    opened.members.add_agency("belem")
    opened.members.add("ana", "alfama", [Role.EXAMINER])
    opened.members.add("bruno", "belem", [Role.EXAMINER])
    assert opened.desk("ana", Purpose.OPERATIONAL_ANALYSIS).reach.acquisitions == {1}
    assert opened.desk("ana", Purpose.OPERATIONAL_ANALYSIS).reach.own == {1}
    assert opened.desk("bruno", Purpose.OPERATIONAL_ANALYSIS).reach.acquisitions == frozenset()
    assert opened.desk("nobody", Purpose.OPERATIONAL_ANALYSIS).reach.roles == frozenset()


def test_a_partner_sees_what_is_shared_for_that_purpose_until_it_ends(opened: Workbench, made: CommandLine) -> None:
    for agency in ("alfama", "belem"):
        opened.members.add_agency(agency)
    opened.members.add("ana", "alfama", [Role.COORDINATOR])
    opened.members.add("bruno", "belem", [Role.EXAMINER, Role.COORDINATOR])
    ana, bruno = (Workbench.open(made.workbench, by=name) for name in ("ana", "bruno"))
    with pytest.raises(NotFound):
        bruno.members.share("ES-1", "alfama", reason="I want it")
    ana.members.share("ES-1", "belem", reason="the same series")
    assert opened.desk("bruno", Purpose.OPERATIONAL_ANALYSIS).reach.acquisitions == {1}
    assert opened.desk("bruno", Purpose.OPERATIONAL_ANALYSIS).reach.own == frozenset()
    assert opened.desk("bruno", Purpose.STRATEGIC_ANALYSIS).reach.acquisitions == frozenset()
    with pytest.raises(Forbidden, match="another agency's"):
        bruno.members.share("ES-1", "alfama", reason="back")
    with pytest.raises(Conflict, match="sees ES-1 already"):
        ana.members.share("ES-1", "belem", reason="again")
    ana.members.unshare("ES-1", "belem")
    assert opened.desk("bruno", Purpose.OPERATIONAL_ANALYSIS).reach.acquisitions == frozenset()
    with pytest.raises(NotFound):
        ana.members.unshare("ES-1", "belem")
    assert made.here("verify").code == 0


def test_who_may_only_watch_sees_no_evidence(opened: Workbench) -> None:
    opened.members.add_agency("alfama")
    opened.members.add("axel", "alfama", [Role.AUDITOR])
    assert opened.desk("axel", Purpose.OPERATIONAL_ANALYSIS).reach.acquisitions == frozenset()


def test_a_changed_membership_ends_the_old_one_and_an_ended_one_sees_nothing(opened: Workbench) -> None:
    opened.members.add_agency("alfama")
    opened.members.add("ana", "alfama", [Role.EXAMINER])
    changed = opened.members.add("ana", "alfama", [Role.REVIEWER], [Purpose.CROSS_CHECK])
    assert changed.roles == {Role.REVIEWER}
    assert len(opened.members.roster(ended=True).members) == 2
    assert opened.desk("ana", Purpose.OPERATIONAL_ANALYSIS).reach.roles == frozenset()
    opened.members.end("ana")
    assert opened.desk("ana", Purpose.CROSS_CHECK).reach.acquisitions == frozenset()
    with pytest.raises(NotFound, match="not a member"):
        opened.members.end("ana")


def test_an_exhibit_can_become_anothers(opened: Workbench) -> None:
    for agency in ("alfama", "belem"):
        opened.members.add_agency(agency)
    opened.members.add("bruno", "belem", [Role.EXAMINER])
    opened.members.give("ES-1", "belem")
    assert opened.desk("bruno", Purpose.OPERATIONAL_ANALYSIS).reach.own == {1}
    with pytest.raises(NotFound, match="no exhibit ES-9"):
        opened.members.give("ES-9", "belem")


def test_what_is_no_member_is_refused_with_a_sentence(opened: Workbench) -> None:
    with pytest.raises(MalformedMember, match="lower-case"):
        opened.members.add_agency("Alfama!")
    with pytest.raises(MalformedMember, match="two capital letters"):
        opened.members.add_agency("alfama", "", "Portugal")
    opened.members.add_agency("alfama")
    with pytest.raises(Conflict, match="an agency alfama already"):
        opened.members.add_agency("alfama")
    with pytest.raises(MalformedMember, match="at least one role"):
        opened.members.add("ana", "alfama", [])
    with pytest.raises(NotFound, match="no agency chiado"):
        opened.members.add("ana", "chiado", [Role.EXAMINER])
    opened.members.add("ana", "alfama", [Role.EXAMINER])
    for weak, why in (("short", "at least 12"), ("password1234", "too common"), ("000000000000", "entirely numeric")):
        with pytest.raises(WeakPassword, match=why):
            opened.members.set_password("ana", weak)


def test_a_changed_role_in_the_store_is_found(made: CommandLine, opened: Workbench) -> None:
    opened.members.add_agency("alfama")
    opened.members.add("ana", "alfama", [Role.REVIEWER])
    opened._database.execute("UPDATE membership SET roles = 'supervisor'")
    assert "membership with number 1 is not as the ledger recorded it" in made.refused(5, "verify")


def test_no_reason_no_sharing(made: CommandLine) -> None:
    for agency in ("alfama", "belem"):
        made.here("members", "add-agency", agency)
    made.here("members", "add", "ana", "--agency", "alfama", "--role", "examiner")
    assert "roles coordinator, supervisor" in made.refused(
        10, "members", "share", "ES-1", "--agency", "belem", "--reason", "x", "--by", "ana"
    )
    made.here("members", "add", "ana", "--agency", "alfama", "--role", "coordinator")
    assert "give a reason" in made.refused(2, "members", "share", "ES-1", "--agency", "belem", "--by", "ana")


def test_a_password_from_a_file_is_not_shown(made: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("correct horse battery staple\n")
    made.here("members", "add-agency", "alfama")
    made.here("members", "add", "ana", "--agency", "alfama", "--role", "examiner")
    done = made.here("members", "password", "ana", "--password-file", tmp_path / "word")
    assert (done.code, done.out) == (0, "ana has a new password.\n")
