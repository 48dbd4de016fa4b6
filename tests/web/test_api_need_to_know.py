"""Every question of the interface for programs, asked by the whole cast; a new one fails here without its cases."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from django.test import Client

from amparo import Workbench
from amparo.casework import processes, tokens
from amparo.domain.need_to_know import Purpose
from amparo.web.api.api import api

V1 = "/api/v1"
OFFICERS = ("ana", "bruno", "dora", "rui", "petra", "axel")


@dataclass(frozen=True)
class Case:
    """What is answered to Alfama's examiner, its partner Belém's, the stranger Chiado's, and to Alfama's others."""

    place: str
    alfama: int
    belem: int
    chiado: int
    reviewer: int
    prevention: int
    auditor: int
    sent: object = None

    @property
    def statuses(self) -> dict[str, int]:
        """By officer."""
        said = (self.alfama, self.belem, self.chiado, self.reviewer, self.prevention, self.auditor)
        return dict(zip(OFFICERS, said, strict=True))


REPORT = {"kind": "report", "facts": {"exhibit": "ES-1", "form": "html", "language": "en"}}
LOOK = {"level": "grey", "reason": "charges"}
ROUTES: Mapping[str, Sequence[Case]] = {
    "GET /operation": [Case("/operation", 200, 200, 200, 200, 200, 403)],
    "GET /members": [Case("/members", 200, 403, 403, 403, 403, 403)],
    "GET /files": [
        Case("/files", 200, 200, 200, 200, 403, 403),
        Case("/files?search=exhibit%3DBE-1&facets=true", 200, 200, 200, 200, 403, 403),
    ],
    "GET /files/{file}": [
        Case("/files/1", 200, 200, 404, 200, 403, 403),
        Case("/files/9", 200, 404, 404, 200, 403, 403),
        Case("/files/10", 404, 200, 404, 404, 403, 403),
        Case("/files/99", 404, 404, 404, 404, 403, 403),
    ],
    "GET /files/{file}/near-copies": [
        Case("/files/1/near-copies", 200, 200, 404, 200, 403, 403),
        Case("/files/9/near-copies", 200, 404, 404, 200, 403, 403),
    ],
    "GET /files/{file}/preview": [
        Case("/files/1/preview", 200, 200, 404, 200, 403, 403),
        Case("/files/9/preview", 200, 404, 404, 200, 403, 403),
    ],
    "POST /files/{file}/look": [
        Case("/files/1/look", 200, 200, 404, 200, 403, 403, LOOK),
        Case("/files/9/look", 200, 404, 404, 200, 403, 403, LOOK),
    ],
    "POST /files/{file}/veil": [Case("/files/1/veil", 200, 200, 200, 200, 403, 403, {})],
    "GET /compare/{left}/{right}": [
        Case("/compare/1/2", 200, 200, 404, 200, 403, 403),
        Case("/compare/1/9", 200, 404, 404, 200, 403, 403),
    ],
    "GET /exhibits/{number}/not-examined": [
        Case("/exhibits/ES-1/not-examined", 200, 200, 404, 200, 403, 403),
        Case("/exhibits/ES-2/not-examined", 200, 404, 404, 200, 403, 403),
        Case("/exhibits/BE-1/not-examined", 404, 200, 404, 404, 403, 403),
    ],
    "GET /tasks": [Case("/tasks", 200, 200, 200, 200, 200, 200)],
    "GET /tasks/{number}": [
        Case("/tasks/1", 200, 200, 404, 200, 404, 404),
        Case("/tasks/2", 200, 404, 404, 200, 404, 404),
        Case("/tasks/99", 404, 404, 404, 404, 404, 404),
    ],
    "POST /tasks": [
        Case("/tasks", 201, 201, 404, 403, 403, 403, REPORT),
        Case(
            "/tasks",
            404,
            201,
            404,
            403,
            403,
            403,
            {"kind": "match", "facts": {"exhibit": "BE-1", "radius": 5, "quality": 5}},
        ),
    ],
    "POST /tasks/{number}/stop": [Case("/tasks/99/stop", 404, 404, 404, 404, 404, 404, {})],
    "GET /reports": [Case("/reports", 200, 200, 200, 403, 403, 403)],
    "POST /reports/{task}": [Case("/reports/1", 404, 404, 404, 403, 403, 403, {"reason": "for the court"})],
    "GET /reports/handed-out": [Case("/reports/handed-out", 200, 200, 200, 403, 403, 403)],
}
"""Numbers of exhibits and files are those of `contracts.cast`: file 9 lies in ES-2 alone, file 10 in BE-1 alone."""


@pytest.fixture
def ask(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, Case], object]:
    """Asks as an officer's program; two reports of Alfama's are under way, of ES-1 and of ES-2."""
    monkeypatch.setattr(processes, "start", lambda *_, lock, **__: None)
    issued = {}
    for officer in OFFICERS:
        desk = workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS)
        ports = {"reach": desk.reach, "database": desk.database, "ledger": desk.ledger, "clock": desk.clock}
        issued[officer] = tokens.issue("a test", 1, **ports).token  # type: ignore[arg-type]

    def asked(officer: str, method: str, case: Case) -> object:
        browser = Client(headers={"Authorization": f"Bearer {issued[officer]}"})
        sent = () if case.sent is None else (json.dumps(case.sent), "application/json")
        return getattr(browser, method)(V1 + case.place, *sent)

    for exhibit in ("ES-1", "ES-2"):
        begun = {"kind": "report", "facts": {"exhibit": exhibit, "form": "html", "language": "en"}}
        assert asked("ana", "post", Case("/tasks", *[0] * 6, sent=begun)).status_code == 201  # type: ignore[attr-defined]
    return asked


def test_every_question_has_its_cases() -> None:
    described = api.get_openapi_schema()["paths"]
    known = {f"{method.upper()} {place.removeprefix(V1)}" for place, of in described.items() for method in of}
    assert known == set(ROUTES)


HIDDEN: Mapping[str, Sequence[str]] = {
    "ana": ("BE-1", "own.jpg", "smaller.jpg"),
    "bruno": ("ES-2", "only-here", "again.jpg"),
    "dora": ("ES-2", "only-here", "BE-1", "own.jpg", "smaller.jpg", "again.jpg"),
}
"""What names what nobody shared with them."""


def test_each_program_is_told_what_its_officer_may_know(ask: Callable[[str, str, Case], object]) -> None:
    differ = []
    for name, cases in ROUTES.items():
        method = name.partition(" ")[0].lower()
        for case in cases:
            for officer, status in case.statuses.items():
                answer = ask(officer, method, case)
                said = answer.content.decode("utf-8", "replace")  # type: ignore[attr-defined]
                if answer.status_code != status:  # type: ignore[attr-defined]
                    differ.append((name, case.place, officer, status, answer.status_code, said[:120]))  # type: ignore[attr-defined]
                asked = f"{case.place} {json.dumps(case.sent)}"
                names = [word for word in HIDDEN.get(officer, ()) if word in said and word not in asked]
                assert not names, (name, case.place, officer)
    assert not differ, "\n".join(map(str, differ))
