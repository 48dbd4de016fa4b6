"""`amparo grade`, `amparo leads`, `amparo vocabularies`: as a reviewer and an analyst use them."""

import csv
import shlex

import pytest

from amparo import Workbench
from amparo.casework.submissions import SubmittedOtherwise
from amparo.cli import grade, leads, vocabularies
from amparo.domain.grading import MalformedGrading, Round
from amparo.domain.need_to_know import Forbidden, Role
from contracts.command_line import CommandLine
from contracts.exhibits import picture

FILE = "ES-7!folder:/DCIM/IMG_1.JPG"
OURS = '{"version": 2, "about": "Ours.", "categories": [{"code": "1", "meaning": "grave", "same_as": "abuse"}]}'
REFUSED = (
    (2, "choose one of abuse", ("grade", "file", FILE, "A")),
    (2, "give a reason", ("grade", "withdraw", "1")),
    (7, "no file 99", ("grade", "settle", "99", "comparison", "--reason", "so")),
    (2, "thousandths", ("leads", "mark", FILE, "a badge", "--region", "1,2,3")),
    (3, "cannot be read", ("vocabularies", "add", "theirs", "seized/DCIM/IMG_1.JPG")),
    (7, "no file 99", ("grade", "file", "99", "abuse")),
    (7, "no vocabulary mars", ("grade", "file", FILE, "A", "--vocabulary", "mars")),
    (7, "no lead 99", ("leads", "show", "99")),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """An exhibit with a picture; ana reviews and follows leads, rita reviews as well."""
    shell = CommandLine(tmp_path_factory.mktemp("graded"))
    (shell.folder / "seized" / "DCIM").mkdir(parents=True)
    (shell.folder / "seized" / "DCIM" / "IMG_1.JPG").write_bytes(picture(1))
    (shell.folder / "ours.json").write_text(OURS)
    with Workbench.init(shell.workbench, key_file=shell.folder / "key", by="ana") as workbench:
        workbench.members.add_agency("alfama")
        workbench.members.add("ana", "alfama", [Role.REVIEWER, Role.ANALYST, Role.EXAMINER])
        workbench.members.add("rita", "alfama", [Role.REVIEWER])
        list(workbench.examine(shell.folder / "seized", exhibit="ES-7", workers=1))
    return shell


def test_every_act_shows_an_example_that_runs_and_two_who_differ_are_settled(
    made: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made.folder)

    def run(by: str, *words: str) -> str:
        done = made.here(*words, "--by", by)
        assert done.code == 0, done.err
        return done.out

    for command in (vocabularies, grade, leads):
        for act, example in command.EXAMPLES.items():
            assert shlex.split(example)[2] == act
            run("ana", *shlex.split(example)[1:])
    assert f"example:\n  {grade.CLUSTER}\n" in made.here("grade", "cluster", "--help").out
    (lead,) = csv.DictReader((made.folder / "leads.csv").read_text().splitlines())
    assert (lead["place"], lead["status"], lead["region"]) == (FILE, "taken", "250,100,300,200")
    assert run("ana", "grade", "file", FILE, "1", "--vocabulary", "pt-2026").endswith("1 (grave).\n")
    assert run("rita", "grade", "show", FILE) == "graded\n"
    found = {by: run(by, "files", "grade=pt-2026:1", "standing=graded", "--format", "csv") for by in ("ana", "rita")}
    assert [FILE in rows for rows in found.values()] == [True, False]
    for _ in range(2):
        run("rita", "grade", "file", FILE, "comparison", "--submission", "page-1")
    assert run("ana", "grade", "show", FILE).startswith("disputed\n")
    assert len(list(csv.DictReader(run("ana", "grade", "disputes", "--format", "csv").splitlines()))) == 2
    run("ana", *shlex.split(grade.SETTLE)[1:], "--flag", "distributed")
    assert run("rita", "grade", "show", FILE).startswith("reconciled: neutral abuse distributed\n")
    assert FILE in run("rita", "files", "grade=neutral:abuse")
    assert run("rita", "grade", "disputes") == "Nobody disputes what another decided.\n"
    rows = list(csv.DictReader(run("rita", "grade", "show", FILE, "--format", "csv").splitlines()))
    assert tuple(rows[0]) == grade.COLUMNS
    assert [row["round"] for row in rows if row["withdrawn"] == "no"] == [Round.FIRST, Round.SECOND, Round.RECONCILED]
    assert "abuse / comparison: 1" in run("ana", "grade", "agreement")
    assert made.here("verify").code == 0


def test_what_cannot_be_is_said(made: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.folder)
    for code, said, words in REFUSED:
        done = made.here(*words, "--by", "ana")
        assert (done.code, said in done.err) == (code, True), done.err
        assert "Traceback" not in done.err
    with Workbench.open(made.workbench, by="rita") as workbench:
        with pytest.raises(MalformedGrading):
            workbench.grades.grade(1, "mars")
        workbench.grades.note(1, "one", submission="a")
        with pytest.raises(SubmittedOtherwise):
            workbench.grades.note(1, "two", submission="a")
        assert workbench.grades.verdicts([1, 99]).keys() == {1}
        lead = workbench.marked_leads.mark(1, "a poster")
        assert lead in workbench.marked_leads.leads_of(1)
        with pytest.raises(Forbidden):
            workbench.marked_leads.export(reason="so")
        assert workbench.vocabularies.offered()[0].name == "neutral"
    with Workbench.open(made.workbench, by="mallory") as workbench, pytest.raises(Forbidden):
        workbench.grades.grade(1, "abuse")
