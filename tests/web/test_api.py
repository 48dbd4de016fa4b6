"""The interface for programs."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings

from amparo import Workbench
from amparo.casework import processes, tokens
from amparo.domain.errors import NotFound
from amparo.domain.need_to_know import Purpose, Role
from amparo.domain.task import State
from amparo.web.serving import Serving
from contracts.browsers import AsOfficer
from contracts.exhibits import zipped
from contracts.reports import carried_out

V1 = "/api/v1"


class Program:
    """A program that acts for an officer."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, place: str, status: int = 200) -> object:
        answer = self.client.get(V1 + place)
        assert answer.status_code == status, answer.content
        return json.loads(answer.content)

    def post(self, place: str, value: object, status: int) -> object:
        answer = self.client.post(V1 + place, json.dumps(value), content_type="application/json")
        assert answer.status_code == status, answer.content
        return json.loads(answer.content)


ProgramOf = Callable[..., Program]


@pytest.fixture
def evidence(tmp_path: Path) -> Iterator[Path]:
    """A folder below which exhibits may be pointed to."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    with override_settings(SERVING=Serving("x", origin="http://testserver", evidence=(str(folder),))):
        yield folder


@pytest.fixture
def program(workbench: Workbench) -> ProgramOf:
    def made(officer: str, purpose: Purpose = Purpose.OPERATIONAL_ANALYSIS) -> Program:
        desk = workbench.desk(officer, purpose)
        issued = tokens.issue(
            "a test", 1, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock
        )
        return Program(issued.token)

    return made


def test_each_program_sees_what_its_officer_may(program: ProgramOf) -> None:
    numbers = {
        officer: [one["number"] for one in program(officer).get("/operation")["exhibits"]]  # type: ignore[index]
        for officer in ("ana", "bruno", "dora")
    }
    assert numbers == {"ana": ["ES-1", "ES-2"], "bruno": ["ES-1", "BE-1"], "dora": []}
    strategic = program("bruno", Purpose.STRATEGIC_ANALYSIS).get("/operation")
    assert [one["number"] for one in strategic["exhibits"]] == ["BE-1"]  # type: ignore[index]


def test_files_are_found_counted_and_read(program: ProgramOf, workbench: Workbench) -> None:
    ana = program("ana")
    found = ana.get("/files?search=kind%3Dpicture%26exhibit%3DES-1&facets=true&limit=3")
    assert len(found["rows"]) == 3  # type: ignore[index]
    assert found["total"] > 3  # type: ignore[index]
    assert {one["field"] for one in found["facets"]} >= {"kind", "exhibit"}  # type: ignore[index]
    number = found["rows"][0]["file"]  # type: ignore[index]
    file = ana.get(f"/files/{number}")
    assert {one["analyzer"] for one in file["findings"]} >= {"picture", "pdq"}  # type: ignore[index]
    assert workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS).ledger is not None
    preview = ana.client.get(f"{V1}/files/{number}/preview")
    assert preview["Content-Type"] == "image/jpeg"
    assert preview["Cache-Control"] == "no-store"
    compared = ana.get(f"/compare/{number}/{number}")
    assert compared["distance"] == 0  # type: ignore[index]
    assert not any(side["differs"] for side in compared["sides"])  # type: ignore[index]


def test_what_is_not_shared_is_not_there(program: ProgramOf) -> None:
    ana, bruno, dora = program("ana"), program("bruno"), program("dora")
    kept = ana.get("/files?search=exhibit%3DES-2%26text%3Donly")["rows"][0]["file"]  # type: ignore[index]
    for stranger in (bruno, dora):
        nothing = stranger.get(f"/files/{kept}", 404)
        assert nothing == stranger.get("/files/999999", 404) | {"error": f"The workbench has no file {kept}."}
        stranger.get(f"/files/{kept}/preview", 404)
        stranger.get(f"/compare/{kept}/{kept}", 404)
        stranger.get(f"/files/{kept}/near-copies", 404)
    assert dora.get("/files")["total"] == 0  # type: ignore[index]


def ended(program: Program, task: object) -> None:
    """Wait until a task has come to its end."""
    deadline = time.monotonic() + 60
    while (state := program.get(f"/tasks/{task['number']}")["state"]) != "done":  # type: ignore[index]
        assert state in ("waiting", "running")
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_was_not_examined_is_listed_and_chosen_places_of_it_are_tried_again(
    program: ProgramOf, evidence: Path
) -> None:
    ana, bruno, dora = program("ana"), program("bruno"), program("dora")
    for name in ("left", "right"):
        (evidence / f"{name}.zip").write_bytes(zipped({"note.txt": name.encode()}))
    facts: dict[str, object] = {"exhibit": "ES-9", "path": str(evidence), "limits": {"nesting": "1"}}
    ended(ana, ana.post("/tasks", {"kind": "examine", "facts": facts}, 201))
    places = ["ES-9!folder:/left.zip!zip:", "ES-9!folder:/right.zip!zip:"]
    listed = ana.get("/exhibits/ES-9/not-examined")
    assert [(one["what"], one["address"], one["cause"], one["may_pass"]) for one in listed] == [  # type: ignore[attr-defined]
        ("container", place, "limit", True) for place in places
    ]
    assert ana.get(f"/exhibits/ES-9/not-examined?after={listed[0]['number']}&text=RIGHT") == listed[1:]  # type: ignore[index]
    assert ana.get("/exhibits/ES-9/not-examined?limit=1") == listed[:1]  # type: ignore[index]
    for stranger in (bruno, dora):
        stranger.get("/exhibits/ES-9/not-examined", 404)
    program("axel").get("/exhibits/ES-1/not-examined", 403)
    assert bruno.get("/exhibits/ES-1/not-examined") == ana.get("/exhibits/ES-1/not-examined")

    def retry(only: object) -> dict[str, object]:
        return {"kind": "retry", "facts": {"exhibit": "ES-9", "only": only}}

    for only in ([], "ES-9!folder:/left.zip!zip:", 7, [7], [[]], ["ES-1!zip:"], ["left.zip"], ["ES-9!zip:/\ud800"]):
        ana.post("/tasks", retry(only), 422)
    assert "no ES-9!folder:/9" in ana.post("/tasks", retry(["ES-9!folder:/9"]), 404)["error"]  # type: ignore[index]
    for stranger in (bruno, dora):
        stranger.post("/tasks", retry(places[:1]), 404)
    task = ana.post("/tasks", retry([places[0], places[0]]), 201)
    assert task["facts"]["only"] == places[:1]  # type: ignore[index]
    ana.post("/tasks", retry(places[1:]), 409)
    ended(ana, task)
    assert ana.get("/exhibits/ES-9/not-examined") == listed[1:]  # type: ignore[index]
    assert "Nothing failed" in ana.post("/tasks", retry(places[:1]), 422)["error"]  # type: ignore[index]


def test_roles_hold_for_programs_too(program: ProgramOf) -> None:
    assert {one["officer"] for one in program("ana").get("/members")} >= {"ana", "bruno"}  # type: ignore[attr-defined]
    assert "roles" in program("rui").get("/members", 403)["error"]  # type: ignore[index]
    assert "roles" in program("axel").get("/files", 403)["error"]  # type: ignore[index]


def test_a_program_sees_nothing_unveiled_without_a_grant(program: ProgramOf, workbench: Workbench) -> None:
    workbench.members.add("nora", "alfama", [Role.REVIEWER])
    wanted = {"level": "grey", "reason": "charges"}
    refused = program("nora").post("/files/1/look", wanted, 403)
    assert "a supervisor may lay down another" in refused["error"]  # type: ignore[index]
    program("ana").post("/files/1/look", {"level": "original", "reason": "x"}, 403)  # that is an act of its own
    rui = program("rui")
    rui.post("/files/1/look", {"level": "sharp", "reason": "x"}, 422)
    rui.post("/files/1/look", {"level": "grey", "reason": "\0"}, 422)
    rui.post("/files/1/look", {"level": "grey"}, 422)  # the queue did not give it
    rui.post("/files/10/look", wanted, 404)
    answer = rui.client.post(f"{V1}/files/1/look", json.dumps(wanted), content_type="application/json")
    assert (answer["Content-Type"], answer["Cache-Control"], answer["Amparo-Seconds"]) == (
        *("image/jpeg", "no-store", "120"),
    )
    assert rui.post(f"/files/{10**30}/veil", {}, 200) == {"ended": 0}
    assert rui.post("/files/1/veil", {}, 200) == {"ended": 1}
    veiled = rui.client.post(f"{V1}/files/1/look", json.dumps({"level": "veiled"}), content_type="application/json")
    assert veiled["Amparo-Seconds"] == "0"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (None, "Give a token"),
        ("Basic YW5hOmFuYQ==", "Give a token"),
        ("Bearer amparo_wrong", "no token of this workbench"),
        ("Bearer \x00", "no token of this workbench"),
    ],
)
def test_without_a_token_there_is_nothing(as_officer: AsOfficer, header: str | None, said: str) -> None:
    browser = as_officer("ana")  # a session counts for nothing here
    answer = browser.get(f"{V1}/operation", headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert said in answer.json()["error"]


def test_a_token_ends_by_time_by_will_and_with_the_membership(workbench: Workbench) -> None:
    desk = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS)
    ports = {"reach": desk.reach, "database": desk.database, "ledger": desk.ledger, "clock": desk.clock}
    first, second = (tokens.issue(name, 30, **ports) for name in ("first", "second"))  # type: ignore[arg-type]
    assert [row.name for row in tokens.tokens(reach=desk.reach, database=desk.database)] == ["second", "first"]
    now = datetime.now(UTC)
    assert tokens.bearer(first.token, database=desk.database, at=now).officer == "ana"
    with pytest.raises(tokens.TokenRefused, match="expired"):
        tokens.bearer(first.token, database=desk.database, at=now + timedelta(days=31))
    tokens.withdraw(first.row.id, **ports)  # type: ignore[arg-type]
    with pytest.raises(tokens.TokenRefused, match="withdrawn"):
        tokens.bearer(first.token, database=desk.database, at=now)
    with pytest.raises(NotFound):
        tokens.withdraw(first.row.id, **ports)  # type: ignore[arg-type]
    others = workbench.desk("bruno", Purpose.OPERATIONAL_ANALYSIS).reach
    with pytest.raises(NotFound):
        tokens.withdraw(second.row.id, **(ports | {"reach": others}))  # type: ignore[arg-type]
    workbench.members.end("ana")
    with pytest.raises(tokens.TokenRefused, match="no member"):
        tokens.bearer(second.token, database=desk.database, at=now)
    assert [one.outcome for one in workbench.verify()][:2] == ["agrees", "agrees"]


@pytest.mark.parametrize("lost", [False, True])
def test_no_token_outlives_what_is_to_keep_somebody_out(
    program: ProgramOf, workbench: Workbench, as_officer: AsOfficer, lost: bool
) -> None:
    bruno, rui = program("bruno"), program("rui")
    assert rui.client.get(f"{V1}/operation").status_code == 200
    if lost:
        assert as_officer("ana").post("/members/of/rui/password", {"drop_factors": "on"}).status_code == 200
    else:
        workbench.members.end("rui")
        rui.get("/operation", 401)
        workbench.members.add("rui", "alfama", (Role.REVIEWER,))
    assert "withdrawn" in rui.get("/operation", 401)["error"]  # type: ignore[index]
    bruno.get("/operation")
    assert {one.outcome.value for one in workbench.verify()} == {"agrees"}


def test_what_is_no_question_of_it_is_answered_as_all_else(
    program: ProgramOf, as_officer: AsOfficer, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_officer("ana").post("/preferences/", {"language": "da", "zone": "UTC", "theme": "system", "preview_px": "160"})
    ana = program("ana")
    for place in ("/nowhere", "/files/", "/files/x", "/files/-1"):
        assert ana.get(place, 404) == {"error": "There is nothing here that you may see."}

    def broken(**ports: object) -> None:
        raise RuntimeError("the secret of ES-2")

    monkeypatch.setattr("amparo.web.api.api.overview", broken)
    ana.client.raise_request_exception = False
    assert "What you did last is not stored" in ana.get("/operation", 500)["error"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("method", "place", "status", "allowed"),
    [
        ("delete", "/api/v1/operation", 405, "GET"),
        ("head", "/api/v1/files/1", 405, "GET"),
        ("options", "/api/v1/tasks", 405, "GET, POST"),
        ("get", "/api/v1/files/1/veil", 405, "POST"),
        ("put", "/api/v1/nowhere", 404, None),
        ("get", "/api/v1/", 404, None),
        ("get", "/api/v9/operation", 404, None),
        ("get", "/api/", 404, None),
        ("get", "/api/../api/v1/%00", 404, None),
        ("post", "/api/v1/tasks", 400, None),
    ],
)
def test_whatever_is_asked_in_whichever_way_is_answered_in_json(
    program: ProgramOf, method: str, place: str, status: int, allowed: str | None
) -> None:
    client = program("ana").client
    answer = client.generic(method.upper(), place, "no json", content_type="application/json")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/json")
    assert answer.headers.get("Allow") == allowed
    if method != "head":
        assert list(answer.json()) == ["error"]
        assert answer.json()["error"].endswith(".")


def test_a_malformed_question_says_which_part(program: ProgramOf) -> None:
    ana = program("ana")
    assert "limit" in ana.get("/files?limit=-1", 422)["error"]  # type: ignore[index]
    assert "nosuch" in ana.get("/files?search=nosuch%3D1", 422)["error"]  # type: ignore[index]
    assert "kind" in ana.post("/tasks", {"facts": {}}, 422)["error"]  # type: ignore[index]
    ana.post("/tasks", {"kind": "dance", "facts": {}}, 422)
    ana.get("/tasks/12", 404)
    assert ana.get("/tasks") == {"open": [], "ended": []}


BEGUN: dict[str, dict[str, object]] = {
    "examine": {"exhibit": "ES-9", "path": "", "new": True, "workers": 1, "limits": {}},
    "retry": {"exhibit": "ES-1", "path": "", "workers": None, "limits": {}, "only": None},
    "match": {"exhibit": "ES-1", "radius": 31, "quality": 50},
    "clusters": {"exhibit": "ES-1"},
    "report": {"exhibit": "ES-1", "output": "", "previews": False, "form": "html", "language": "es", "purpose": ""},
    "hash set import": {
        "name": "theirs", "path": "", "says": "", "provenance": {}, "columns": {}, "hash": "", "vocabulary": "",
    },
    "verify": {"exhibit": "ES-1"},
    "cross-check": {"exhibit": "ES-1"},
}  # fmt: skip
"""Facts of each kind of task, of which a hostile program alters one at a time."""
WORDS = {"examine.exhibit", "report.purpose", "hash set import.name"}
"""Where any text is as good as another: a number or name that is free, and a purpose that the token's replaces."""


def test_no_value_of_a_task_is_a_fault_and_none_that_there_is_not_begins_one(
    program: ProgramOf, workbench: Workbench, monkeypatch: pytest.MonkeyPatch, evidence: Path
) -> None:
    monkeypatch.setattr(processes, "start", lambda *_, lock, **__: None)
    (evidence / "a.txt").write_text(hashlib.md5(b"", usedforsecurity=False).hexdigest())
    BEGUN["examine"]["path"], BEGUN["hash set import"]["path"] = str(evidence), str(evidence / "a.txt")
    ana = program("ana")
    hostile: list[object] = [5, 10**30, 1.5, "zz", "\0", "\ud800", ["a"], {"a": {"b": []}}, "x" * 5000, None, "", []]
    for kind, facts in BEGUN.items():
        for name in facts:
            for value in hostile:
                asked = {"kind": kind, "facts": {**facts, name: value}}
                answer = ana.client.post(f"{V1}/tasks", json.dumps(asked), content_type="application/json")
                said = f"{kind}.{name}={value!a}: {answer.content!r}"[:300]
                assert answer.status_code in (201, 403, 404, 422), said
                if answer.status_code != 201:
                    assert answer.json()["error"].endswith("."), said
                    continue
                workbench.tasks.end(answer.json()["number"], State.STOPPED)
                fits = {"workers": (None, 5), "radius": (5,), "quality": (5,)}.get(name, ("",))
                assert value in fits or (isinstance(value, str) and f"{kind}.{name}" in WORDS), said


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("report", {"exhibit": "ES-1", "form": "html", "language": "xx"}, "is no language: choose from en, es"),
        ("report", {"exhibit": "ES-1", "form": "docx", "language": "es"}, "html or pdf"),
        ("hash set import", {"name": "t", "says": "bad"}, "is no says: choose from known, known-good"),
        ("hash set import", {"name": "t", "hash": "crc32"}, "is no hash: choose from sha256"),
        ("hash set import", {"name": "t", "provenance": {"handling": "H9"}}, "is no handling: choose from H0"),
        ("hash set import", {"name": "t", "provenance": {"by": "me"}}, "is no provenance: choose from source"),
        ("hash set import", {"name": "t", "columns": {"crc": "a"}}, "is no column: choose from sha256"),
        ("hash set import", {"name": "t", "vocabulary": "/etc/passwd"}, "choose from "),
        ("match", {"exhibit": "ES-1", "radius": 300, "quality": 50}, "a number from 0 to 256"),
        ("examine", {"exhibit": "ES-9", "workers": 100_000}, "ask for no more workers"),
    ],
)
def test_what_there_is_to_choose_from_is_said(
    program: ProgramOf, evidence: Path, kind: str, facts: dict[str, object], said: str
) -> None:
    (evidence / "a.txt").write_text("a")
    path = {} if kind in ("report", "match") else {"path": str(evidence / "a.txt")}
    answer = program("ana").post("/tasks", {"kind": kind, "facts": {**facts, **path}}, 422)
    assert said in answer["error"]  # type: ignore[index]


def test_a_program_reads_below_the_allowed_folders_only_and_writes_nowhere(
    program: ProgramOf, tmp_path: Path, evidence: Path
) -> None:
    ana = program("ana")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (evidence / "out").symlink_to(elsewhere)
    for path in ("/etc/passwd", str(elsewhere), str(evidence / "out"), f"{evidence}/../elsewhere"):
        for wanted in (
            {"kind": "examine", "facts": {"exhibit": "ES-9", "path": path, "new": True}},
            {"kind": "hash set import", "facts": {"name": "theirs", "path": path}},
        ):
            assert "below the folders" in ana.post("/tasks", wanted, 404)["error"]  # type: ignore[index]
    report = {"kind": "report", "facts": {"exhibit": "ES-1", "output": str(elsewhere / "es-1.html")}}
    assert "handed out" in ana.post("/tasks", report, 403)["error"]  # type: ignore[index]
    assert not list(elsewhere.iterdir())
    (evidence / "a.txt").write_text("a")
    begun = ana.post("/tasks", {"kind": "examine", "facts": {"exhibit": "ES-9", "path": str(evidence)}}, 201)
    assert begun["exhibit"] == "ES-9"  # type: ignore[index]
    stopped = ana.post(f"/tasks/{begun['number']}/stop", {}, 200)  # type: ignore[index]
    assert stopped["number"] == begun["number"]  # type: ignore[index]


def test_a_report_is_made_by_a_task_and_handed_out_once_for_a_reason(
    program: ProgramOf, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "start", lambda *_, lock, **__: None)
    ana, bruno = program("ana"), program("bruno")
    wanted = {"kind": "report", "facts": {"exhibit": "ES-1", "form": "html", "language": "es"}}
    program("dora").post("/tasks", wanted, 404)
    program("rui").post("/tasks", wanted, 403)
    number = ana.post("/tasks", wanted, 201)["number"]  # type: ignore[index]
    assert ana.get("/reports") == []
    ana.post(f"/reports/{number}", {"reason": "for the court"}, 404)  # it is not made yet
    carried_out(workbench, number)
    assert ana.get(f"/tasks/{number}")["state"] == "done"  # type: ignore[index]
    made = ana.get("/reports")
    assert isinstance(made, list)
    assert [(one["task"], one["exhibit"], one["language"], one["handed"]) for one in made] == [
        (number, "ES-1", "es", False)
    ]
    another_purpose = program("ana", Purpose.STRATEGIC_ANALYSIS)
    for other in (bruno, another_purpose):
        assert other.get("/reports") == []
        other.post(f"/reports/{number}", {"reason": "for the court"}, 404)
    for reason in ("", "  "):
        assert "for whom" in ana.post(f"/reports/{number}", {"reason": reason}, 422)["error"]  # type: ignore[index]
    assert ana.get("/reports/handed-out") == []
    answers = [
        ana.client.post(f"{V1}/reports/{number}", {"reason": reason}, content_type="application/json")
        for reason in ("for the court", "")
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert answers[0].content.startswith(b"<!DOCTYPE html>")
    assert answers[0]["Content-Disposition"] == f'attachment; filename="report-{number}.html"'
    assert "no-store" in answers[0]["Cache-Control"]
    told = ana.get("/reports/handed-out")
    assert isinstance(told, list)
    assert [(one["sha256"], one["officer"], one["reason"]) for one in told] == [
        (hashlib.sha256(answers[0].content).hexdigest(), "ana", "for the court")
    ]
    assert ana.get("/reports")[0]["handed"] is True  # type: ignore[index]
    assert ana.get(f"/reports/handed-out?before={told[0]['act']}") == []
    assert bruno.get("/reports/handed-out") == told, "it tells of an exhibit that is shared with Belém"
    assert program("dora").get("/reports/handed-out") == []
    program("axel").get("/reports", 403)
    list(workbench.verify())


def test_a_program_leaves_no_session(program: ProgramOf) -> None:
    from django.contrib.sessions.models import Session

    before = Session.objects.count()
    answer = program("ana").client.get(f"{V1}/operation")
    assert not answer.cookies
    assert Session.objects.count() == before


def test_the_description_names_every_route(program: ProgramOf) -> None:
    described = program("ana").get("/openapi.json")
    assert described["openapi"].startswith("3.")  # type: ignore[index]
    assert {"/api/v1/operation", "/api/v1/files", "/api/v1/tasks", "/api/v1/reports"} <= set(described["paths"])  # type: ignore[index]


def test_decisions_are_told_as_far_as_the_officer_may_know(workbench: Workbench, program: ProgramOf) -> None:
    desk = workbench.desk("rui", Purpose.OPERATIONAL_ANALYSIS)
    workbench.members.add("rita", "alfama", (Role.REVIEWER,))
    desk.grades.grade(1, "abuse")
    for officer, grade in (("rui", "neutral:abuse"), ("ana", "neutral:abuse"), ("rita", "")):
        found = program(officer).get("/files?search=standing%3Dgraded&facets=true")
        assert isinstance(found, dict)
        assert {(row["file"], row["standing"], row["grade"]) for row in found["rows"]} == {(1, "graded", grade)}
        assert ("abuse" in json.dumps(found)) == bool(grade)
        narrowed = program(officer).get("/files?search=grade%3Dneutral%3Aabuse")
        assert isinstance(narrowed, dict)
        assert narrowed["total"] == (found["total"] if grade else 0)
