"""Every route, asked by the whole cast: who may see, who may not, and for whom there is nothing there.

A new route fails here until it stands in `ROUTES` with its cases.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import amparo.web
from contracts.browsers import AsOfficer


@dataclass(frozen=True)
class Case:
    """What a route answers: to Alfama's examiner, its partner Belém's, the stranger Chiado's."""

    alfama: int
    belem: int
    chiado: int
    args: Mapping[str, object] = field(default_factory=dict)
    method: str = "get"
    data: Mapping[str, object] = field(default_factory=dict)
    auditor: int | None = None
    """To an auditor, where that is another answer than a member's."""
    reviewer: int | None = None
    """To Alfama's reviewer, where that is another answer than an examiner's."""


ROUTES: Mapping[str, tuple[Case, ...]] = {
    "home": (Case(200, 200, 200),),
    "hash-sets": (Case(200, 200, 200, auditor=403),),
    "hash-set": (
        Case(200, 200, 200, {"name": "partner", "number": 1}, auditor=403),
        Case(404, 404, 404, {"name": "partner", "number": 9}, auditor=403),
    ),
    "hash-set-problems": (Case(200, 200, 200, {"name": "partner", "number": 1}, auditor=403),),
    "hash-set-import": (
        Case(200, 200, 200, auditor=403),
        Case(422, 422, 422, method="post", data={"import": "1"}, auditor=403),
    ),
    "hash-set-look-up": (
        Case(200, 200, 200, auditor=403),
        Case(200, 200, 200, method="post", data={"values": "0" * 32, "radius": 31, "reason": "because"}, auditor=403),
    ),
    "hash-set-differences": (
        Case(200, 200, 200, auditor=403),
        Case(200, 200, 200, data={"first": "partner@1", "second": "partner@1"}, auditor=403),
    ),
    "hash-set-export": (
        Case(422, 422, 422, {"name": "partner", "number": 1}, method="post", auditor=403),
        Case(
            200,
            200,
            200,
            {"name": "partner", "number": 1},
            method="post",
            auditor=403,
            data={"form": "vics", "reason": "for the court"},
        ),
        Case(405, 405, 405, {"name": "partner", "number": 1}),
    ),
    "hash-set-remove": (
        Case(422, 422, 422, {"name": "partner", "number": 1}, method="post", auditor=403),
        Case(404, 404, 404, {"name": "partner", "number": 9}, method="post", auditor=403),
    ),
    "hash-set-notices": (Case(200, 200, 200, auditor=403),),
    "hash-set-notices-read": (Case(302, 302, 302, method="post", auditor=403), Case(405, 405, 405)),
    "reports": (Case(200, 200, 200, auditor=403),),
    "report-make": (
        Case(422, 422, 422, method="post", auditor=403),
        Case(
            302,
            302,
            404,
            method="post",
            auditor=403,
            data={"exhibit": "ES-1", "form": "html", "language": "es"},
        ),
        Case(404, 302, 404, method="post", data={"exhibit": "BE-1", "form": "html", "language": "en"}),
        Case(404, 404, 404, method="post", data={"exhibit": "no such"}),
        Case(405, 405, 405),
    ),
    "report-hand-out": (
        Case(404, 404, 404, {"task": 9}, auditor=403),
        Case(404, 404, 404, {"task": 9}, method="post", auditor=403, data={"reason": "for the court"}),
    ),
    "ledger": (Case(403, 403, 403, auditor=200),),
    "ledger-statistics": (Case(403, 403, 403, auditor=200),),
    "ledger-consistency": (Case(403, 403, 403, auditor=200, data={"first": 2, "second": 5}),),
    "ledger-consistency-proof": (
        Case(403, 403, 403, auditor=200, method="post", data={"first": 2, "second": 5, "reason": "for the court"}),
    ),
    "ledger-act": (
        Case(403, 403, 403, auditor=200, args={"index": 3}),
        Case(403, 403, 403, {"index": 9999}, auditor=404),
    ),
    "ledger-proof": (
        Case(403, 403, 403, auditor=200, args={"index": 3}, method="post", data={"reason": "for the defence"}),
        Case(405, 405, 405, args={"index": 3}),
    ),
    "no-operation": (Case(302, 302, 302),),
    "preferences": (
        Case(200, 200, 200, auditor=200),
        Case(422, 422, 422, method="post", data={"zone": "Nowhere/City"}),
    ),
    "preferences-undo": (Case(302, 302, 302, method="post"), Case(405, 405, 405)),
    "members": (Case(200, 403, 403, auditor=403),),
    "member": (
        Case(200, 403, 403, {"officer": "rui"}, auditor=403),
        Case(404, 403, 403, {"officer": "bruno"}),
        Case(422, 403, 403, {"officer": "rui"}, method="post", data={"seen": "1"}),
        Case(404, 403, 403, {"officer": "bruno"}, method="post", data={"seen": "5"}),
    ),
    "member-new": (
        Case(200, 403, 403, auditor=403),
        Case(422, 403, 403, method="post", data={"officer": "bruno", "roles": "auditor", "purposes": "cross-check"}),
    ),
    "agency-new": (
        Case(200, 403, 403, auditor=403),
        Case(422, 403, 403, method="post", data={"name": "belem", "display": "Another Belém"}),
    ),
    "member-password": (
        Case(404, 403, 403, {"officer": "bruno"}, method="post"),
        Case(405, 405, 405, {"officer": "rui"}),
    ),
    "member-end": (
        Case(404, 403, 403, {"officer": "bruno"}, method="post"),
        Case(302, 403, 403, {"officer": "ana"}, method="post", data={"seen": "1"}),
        Case(405, 405, 405, {"officer": "rui"}),
    ),
    "review": (Case(403, 403, 403, auditor=403, reviewer=200),),
    "review-second": (Case(403, 403, 403, auditor=403, reviewer=200),),
    "review-calm": (Case(403, 403, 403, auditor=403, reviewer=200),),
    "review-panic": (Case(403, 403, 403, method="post", reviewer=302), Case(405, 405, 405)),
    "review-extend": (Case(403, 403, 403, method="post", data={"file": 1}, reviewer=409),),
    "review-release": (
        Case(403, 403, 403, method="post", data={"file": 1}, reviewer=302),
        Case(403, 403, 403, method="post", data={"file": "x"}, reviewer=404),
    ),
    "review-unveil": (
        Case(403, 403, 403, method="post", data={"file": 1, "level": "grey"}, reviewer=409),
        Case(403, 403, 403, method="post", data={"file": 9, "level": "sharp"}, reviewer=422),
        Case(403, 403, 403, method="post", data={"file": 10, "level": "grey"}, reviewer=404),
    ),
    "review-veil": (Case(403, 403, 403, method="post", reviewer=302), Case(405, 405, 405)),
    "review-vocabulary": (
        Case(403, 403, 403, method="post", data={"vocabulary": "neutral"}, reviewer=302),
        Case(403, 403, 403, method="post", data={"vocabulary": "of nobody"}, reviewer=422),
    ),
    "review-grade": (
        Case(403, 403, 403, method="post", data={"file": 1, "category": "comparison"}, reviewer=302),
        Case(403, 403, 403, method="post", data={"file": 1, "category": "none such"}, reviewer=422),
        Case(403, 403, 403, method="post", data={"file": 10, "category": "comparison"}, reviewer=404),
    ),
    "review-undo": (Case(403, 403, 403, method="post", reviewer=422), Case(405, 405, 405)),
    "review-assess": (
        Case(403, 403, 403, method="post", data={"file": 1, "claim": "captured", "reason": "grain"}, reviewer=302),
        Case(403, 403, 403, method="post", data={"file": 1, "claim": "captured"}, reviewer=422),
        Case(403, 403, 403, method="post", data={"file": 10, "reason": "grain"}, reviewer=404),
    ),
    "review-note": (
        Case(403, 403, 403, method="post", data={"file": 1, "text": "see 2"}, reviewer=302),
        Case(403, 403, 403, method="post", data={"file": 1}, reviewer=422),
        Case(403, 403, 403, method="post", data={"file": 10, "text": "see 2"}, reviewer=404),
    ),
    "review-mark": (
        Case(403, 403, 403, method="post", data={"file": 1, "text": "a badge", "left": "1"}, reviewer=422),
        Case(403, 403, 403, method="post", data={"file": 1, "text": "a badge"}, reviewer=302),
        Case(403, 403, 403, method="post", data={"file": 10, "text": "a badge"}, reviewer=404),
    ),
    "review-cluster": (  # what is near file 1 lies in BE-1, which Belém alone may see
        Case(403, 403, 403, {"file": 1}, reviewer=404),
        Case(403, 403, 403, {"file": 1}, "post", {"category": "comparison"}, reviewer=404),
    ),
    "review-cluster-see": (Case(403, 403, 403, {"file": 1}, "post", {"file": 1}, reviewer=404),),
    "review-disputes": (Case(403, 403, 403, auditor=403, reviewer=200),),
    "review-dispute": (
        Case(403, 403, 403, {"file": 1}, reviewer=404),
        Case(403, 403, 403, {"file": 10}, "post", {"category": "abuse", "reason": "because"}, reviewer=404),
    ),
    "review-agreement": (Case(200, 403, 403, auditor=403, reviewer=200),),
    "review-leads": (
        Case(200, 200, 200, auditor=403, reviewer=200),
        Case(200, 200, 200, data={"status": "helped", "sort": "-since"}),
    ),
    "review-leads-export": (
        Case(200, 200, 200, auditor=403, reviewer=403),
        Case(200, 200, 200, method="post", data={"reason": "for the unit"}, auditor=403),
        Case(422, 422, 422, method="post", data={"reason": " "}),
    ),
    "review-lead": (Case(404, 404, 404, {"lead": 1}, reviewer=404), Case(404, 404, 404, {"lead": 1}, "post")),
    "review-order": (
        Case(200, 200, 200, auditor=403, reviewer=200),
        Case(422, 403, 403, method="post", data={"unknown": "-1"}, reviewer=403),
    ),
    "review-saved": (Case(200, 200, 200, auditor=403, reviewer=200),),
    "review-why": (
        Case(200, 200, 404, {"file": 1}, auditor=403, reviewer=200),
        Case(200, 404, 404, {"file": 9}),
        Case(404, 200, 404, {"file": 10}, reviewer=404),
        Case(404, 404, 404, {"file": 10**30}),
    ),
    "viewing": (Case(200, 403, 403, auditor=403), Case(200, 403, 403, data={"days": "28"})),
    "viewing-policy": (
        Case(200, 403, 403, auditor=403),
        Case(422, 403, 403, method="post", data={"level": "colour"}, auditor=403),
    ),
    "viewing-officer": (
        Case(200, 403, 403, {"officer": "rui"}, auditor=403),
        Case(404, 403, 403, {"officer": "bruno"}),
        Case(404, 403, 403, {"officer": "bruno"}, method="post", data={"level": "colour"}),
        Case(422, 403, 403, {"officer": "rui"}, method="post", data={"level": "sharp"}),
    ),
    "tokens": (
        Case(200, 200, 200),
        Case(200, 200, 200, method="post", data={"name": "a program", "days": 3}, auditor=200),
    ),
    "token-withdraw": (
        Case(404, 404, 404, {"token": 1}, method="post"),
        Case(405, 405, 405, {"token": 1}),
    ),
    "purpose": (Case(302, 302, 302, method="post", data={"purpose": "cross-check"}), Case(405, 405, 405)),
    "clusters": (Case(302, 302, 302),),
    "clusters-tab": (
        *(Case(200, 200, 200, {"tab": tab}, auditor=403) for tab in ("near-copies", "cameras", "same-files")),
        Case(200, 422, 422, {"tab": "near-copies"}, data={"exhibit": "ES-2"}, auditor=403),
        Case(422, 200, 422, {"tab": "near-copies"}, data={"exhibit": "BE-1"}),
    ),
    "clusters-group": (
        Case(200, 200, 404, {"kind": "near copies", "file": 1}, auditor=403),
        Case(200, 404, 404, {"kind": "same file", "file": 9}),
        Case(404, 200, 404, {"kind": "camera", "file": 10}),
        Case(404, 404, 404, {"kind": "burst", "file": 10**18}),
    ),
    "clusters-export": (
        Case(200, 200, 200, {"tab": "near-copies"}, auditor=403),
        Case(200, 200, 200, {"tab": "same-files"}, "post", {"reason": "charges"}, auditor=403),
        Case(422, 422, 422, {"tab": "cameras"}, "post", {"reason": " "}),
    ),
    "clues": (
        Case(200, 200, 200, auditor=403),
        Case(200, 422, 422, data={"exhibit": "ES-2"}),
        Case(422, 200, 422, data={"exhibit": "BE-1"}),
    ),
    "clue-places": (
        Case(200, 200, 404, data={"clue": "seed=4711"}, auditor=403),
        Case(404, 404, 404, data={"clue": "seed=4712"}),
        Case(404, 404, 404, data={"clue": "no clue"}),
    ),
    "clues-export": (
        Case(200, 200, 200, auditor=403),
        Case(200, 200, 200, method="post", data={"reason": "charges"}, auditor=403),
        Case(422, 422, 422, method="post", data={"reason": ""}),
    ),
    "files": (
        Case(200, 200, 200, auditor=403),
        Case(200, 200, 200, data={"kind": "picture", "sort": "-size", "view": "grid"}),
        Case(422, 422, 422, data={"size": "big"}),
    ),
    "place": (
        Case(302, 302, 404, {"place": 1}, auditor=403),
        Case(404, 404, 404, {"place": 999_999}, auditor=403),
    ),
    "files-compare": (
        Case(302, 302, 422, method="post", data={"chosen": ["1", "2"]}, auditor=403),
        Case(422, 422, 422, method="post"),
        Case(405, 405, 405),
    ),
    "files-export": (
        Case(200, 200, 200, method="post", data={"search": "", "reason": "charges"}, auditor=403),
        Case(422, 422, 422, method="post", auditor=403),
        Case(405, 405, 405),
    ),
    "files-save": (
        Case(302, 302, 302, method="post", data={"search": "kind=picture", "name": "pictures"}, auditor=403),
        Case(422, 422, 422, method="post", data={"name": ""}),
    ),
    "files-forget": (Case(404, 404, 404, {"number": 1}, "post", auditor=403), Case(405, 405, 405, {"number": 1})),
    "file": (
        Case(200, 200, 404, {"file": 1}, auditor=403),
        Case(200, 404, 404, {"file": 9}),
        Case(404, 200, 404, {"file": 10}),
        Case(404, 404, 404, {"file": 10**30}),
    ),
    "file-near": (Case(200, 200, 404, {"file": 1}, auditor=403), Case(200, 404, 404, {"file": 9})),
    "preview": (
        Case(200, 200, 404, {"file": 1}, auditor=403),
        Case(200, 404, 404, {"file": 9}),
        Case(404, 200, 404, {"file": 10}),
    ),
    "file-unveiled": (Case(404, 404, 404, {"file": 1}),),
    "file-unveil": (
        Case(302, 302, 404, {"file": 1}, "post", {"reason": "charges"}, auditor=403),
        Case(302, 404, 404, {"file": 9}, "post", {"reason": "charges"}),
        Case(422, 422, 404, {"file": 1}, "post"),
        Case(405, 405, 405, {"file": 1}),
    ),
    "file-veil": (
        Case(302, 302, 302, {"file": 1}, "post", auditor=403),
        Case(405, 405, 405, {"file": 1}),
    ),
    "file-head": (
        Case(200, 200, 404, {"file": 1}, "post", {"reason": "charges"}, auditor=403),
        Case(200, 404, 404, {"file": 9}, "post", {"reason": "charges"}),
        Case(422, 422, 404, {"file": 1}, "post"),
    ),
    "file-texts": (
        Case(200, 200, 404, {"file": 8}, "post", {"reason": "charges"}, auditor=403),
        Case(200, 404, 404, {"file": 9}, "post", {"reason": "charges"}),
    ),
    "file-original": (
        Case(200, 200, 404, {"file": 1}, "post", {"reason": "charges"}, auditor=403),
        Case(200, 404, 404, {"file": 9}, "post", {"reason": "charges"}),
    ),
    "compare": (
        Case(200, 200, 404, {"left": 1, "right": 2}, auditor=403),
        Case(200, 404, 404, {"left": 1, "right": 9}),
        Case(404, 404, 404, {"left": 9, "right": 10}),
    ),
    "exhibits": (Case(200, 200, 200, auditor=403),),
    "exhibit-register": (Case(200, 200, 200, auditor=403), Case(422, 422, 422, method="post")),
    "uploads": (Case(400, 400, 400, method="post"),),
    "upload": (Case(404, 404, 404, {"upload": "0" * 32}),),
    "upload-finish": (Case(404, 404, 404, {"upload": "0" * 32}, "post"),),
    "upload-withdraw": (Case(404, 404, 404, {"upload": "0" * 32}, "post"),),
    "task-stop": (Case(404, 404, 404, {"task": 99}, "post"),),
    "task-resume": (Case(404, 404, 404, {"task": 99}),),
    "task-first": (Case(404, 404, 404, {"task": 99}, "post"),),
    "exhibit": (
        Case(200, 200, 404, {"number": "ES-1"}, auditor=403),
        Case(200, 404, 404, {"number": "ES-2"}),
        Case(404, 200, 404, {"number": "BE-1"}),
        Case(404, 404, 404, {"number": "ES-99"}),
    ),
    "exhibit-coverage": (Case(200, 200, 404, {"number": "ES-1"}, auditor=403), Case(404, 200, 404, {"number": "BE-1"})),
    "exhibit-verify": (
        Case(404, 404, 404, {"number": "ES-99"}, "post"),
        Case(405, 405, 405, {"number": "ES-2"}),
    ),
    "exhibit-again": (
        Case(200, 403, 404, {"number": "ES-1"}),
        Case(422, 403, 404, {"number": "ES-1"}, "post", {"path": "/nowhere"}),
        Case(422, 404, 404, {"number": "ES-2"}, "post", {"limits": "speed = 9"}),
        Case(422, 403, 404, {"number": "ES-1"}, "post", {"chosen": "1", "only": "ES-1!folder:", "look": "1"}),
        Case(422, 404, 404, {"number": "ES-2"}, "post", {"chosen": "1", "only": "ES-2!folder:/nowhere"}),
    ),
    "exhibit-compare": (Case(404, 404, 404, {"number": "ES-99"}, "post"), Case(405, 405, 405, {"number": "ES-2"})),
    "exhibit-gaps": (Case(200, 200, 404, {"number": "ES-1"}, auditor=403), Case(404, 200, 404, {"number": "BE-1"})),
    "exhibit-gaps-export": (
        Case(200, 200, 404, {"number": "ES-1"}, "post", {"reason": "for the court"}),
        Case(404, 302, 404, {"number": "BE-1"}, "post"),
    ),
    "exhibit-share": (Case(422, 403, 404, {"number": "ES-1"}, "post"), Case(404, 403, 404, {"number": "BE-1"}, "post")),
    "exhibit-unshare": (
        Case(404, 403, 404, {"number": "ES-1"}, "post"),
        Case(404, 403, 404, {"number": "BE-1"}, "post"),
    ),
}
"""By the name of the route. Numbers of exhibits and files are those of `contracts.cast`."""

ELSEWHERE = ("account/", "api/")
"""Prefixes of routes that show nothing of an operation, with tests of their own."""

OFFICERS = {"alfama": "ana", "belem": "bruno", "chiado": "dora"}


def routes(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns or get_resolver().url_patterns:
        place = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, place)
        else:
            yield place, pattern.name or ""


def test_every_route_has_its_cases() -> None:
    names = {name for place, name in routes() if not place.startswith(ELSEWHERE)}
    assert names == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_each_sees_what_membership_and_purpose_allow(as_officer: AsOfficer, name: str) -> None:
    for case in ROUTES[name]:
        place = reverse(name, kwargs=dict(case.args))
        for agency, officer in OFFICERS.items():
            answer = getattr(as_officer(officer), case.method)(place, dict(case.data))
            answer.close()
            assert answer.status_code == getattr(case, agency), (place, officer, answer.status_code)
        if case.auditor is not None:
            assert getattr(as_officer("axel"), case.method)(place, dict(case.data)).status_code == case.auditor
        if case.reviewer is not None:
            assert getattr(as_officer("rui"), case.method)(place, dict(case.data)).status_code == case.reviewer, place


@pytest.mark.parametrize("name", ROUTES)
def test_nobody_gets_in_without_logging_in(as_officer: AsOfficer, name: str) -> None:
    del as_officer
    from django.test import Client

    for case in ROUTES[name]:
        place = reverse(name, kwargs=dict(case.args))
        answer = getattr(Client(), case.method)(place, dict(case.data))
        assert answer.status_code in (302, 401), place
        if answer.status_code == 302:
            assert answer["Location"].startswith("/account/login/")


def test_the_web_looks_nothing_up_without_saying_for_whom() -> None:
    for file in Path(amparo.web.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                given = {keyword.arg for keyword in node.keywords}
                assert "database" not in given or "reach" in given, f"{file.name}, line {node.lineno}"
