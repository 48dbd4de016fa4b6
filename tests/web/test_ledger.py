"""The ledger on pages: who did what, what an act was, its proof, and that looking is an act itself."""

import json

import pytest
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse

from amparo import Workbench
from amparo.domain.need_to_know import Purpose
from amparo.records import ledger as ledgers
from amparo.records.database import Database
from contracts.browsers import AsOfficer
from web.test_need_to_know import ROUTES

HOSTILE = ("x" * 100_000, "\x00\x01", "<script>alert(1)</script>", "' OR 1=1 --", "%_\\", "\U0001f600", "9" * 400)


@pytest.fixture
def axel(as_officer: AsOfficer) -> Client:
    return as_officer("axel")


def database_of(workbench: Workbench) -> Database:
    return workbench._database


def page(client: Client, place: str, status: int = 200) -> str:
    answer = client.get(place)
    assert answer.status_code == status, answer.content[:500]
    return str(answer.content.decode())


def test_who_consulted_what_stands_first(axel: Client, workbench: Workbench) -> None:
    workbench.hash_sets.look_up(["d41d8cd98f00b204e9800998ecf8427e"], reason="asked by the <prosecutor>")
    shown = page(axel, "/ledger/?processing=consultation&processing=disclosure")
    assert "asked by the &lt;prosecutor&gt;" in shown
    assert "d41d8cd98f00b204e9800998ecf8427e" in shown
    assert "Exhibit shared" in shown
    assert "the same series was found there" in shown
    assert "Membership" not in shown
    assert "Examination begun" not in shown.partition("<tbody>")[2]


def test_acts_are_found_by_each_thing(axel: Client) -> None:
    for asked, there, away in (
        ("officer=bruno", "BE-1", "ES-2"),
        ("exhibit=ES-2", "Examination begun", "Hash set imported"),
        ("act=hash_set.import", "Hash set imported", "Examination begun"),
        ("reason=SAME+series", "Exhibit shared", "Examination begun"),
        ("since=2001-01-01&until=2001-01-02", "No such act", "Examination begun"),
    ):
        shown = page(axel, f"/ledger/?{asked}")
        results = shown.partition("</form>\n")[2].partition('class="panel filters"')[2].partition("</form>")[2]
        assert there in results, asked
        assert away not in results, asked
    assert "No such act" in page(axel, "/ledger/?exhibit=XX-9")


def test_pages_lead_through_all_acts_once(axel: Client, workbench: Workbench) -> None:
    database = database_of(workbench)
    ledger = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS).ledger
    with database.transaction():
        for number in range(70):
            ledger.append("search.forget", {"search": number}, {"officer": "ana"})
        ledger.sign_head()
    size = ledgers.size(database)
    seen: list[int] = []
    answer = axel.get("/ledger/")
    while True:
        seen += [line.index for line, _, _ in answer.context["lines"]]
        if not answer.context["paging"].on:
            break
        before, answer = answer, axel.get(f"/ledger/{answer.context['paging'].on}")
    assert seen == list(range(size, -1, -1))
    back = axel.get(f"/ledger/{answer.context['paging'].back}")
    assert back.context["lines"] == before.context["lines"]


def test_each_look_is_recorded_once_for_a_session(axel: Client, as_officer: AsOfficer, workbench: Workbench) -> None:
    database = database_of(workbench)
    before = ledgers.size(database)
    for _ in range(3):
        page(axel, "/ledger/?reason=series")
    assert ledgers.size(database) == before + 1
    page(axel, "/ledger/?reason=other")
    page(axel, "/ledger/3")
    page(axel, "/ledger/3")
    assert ledgers.size(database) == before + 3
    page(as_officer("axel"), "/ledger/?reason=series")
    entries = list(ledgers.entries(database, before))
    assert [entry.act for entry in entries] == ["ledger.read"] * 4
    assert entries[2].facts == {"entry": 3}
    assert "reason: series" in page(axel, "/ledger/?act=ledger.read")


def test_an_act_is_shown_with_its_values_and_proof(axel: Client, workbench: Workbench) -> None:
    shown = page(axel, "/ledger/1")
    assert "Verified" in shown
    assert "agrees" in shown
    database_of(workbench).execute("DELETE FROM commitment WHERE entry = 1 AND name = 'officer'")
    assert "erased" in page(axel, "/ledger/1")
    database_of(workbench).execute("UPDATE commitment SET value = 'somebody else' WHERE entry = 2 AND name = 'officer'")
    assert "does not agree" in page(axel, "/ledger/2")
    assert "does not agree" in page(axel, "/ledger/?act=agency.add")


def test_a_proof_is_handed_out_with_its_reason_only(axel: Client, workbench: Workbench) -> None:
    refused = axel.post("/ledger/3/proof", {"reason": " "})
    assert refused.status_code == 422
    assert "This field is required" in refused.content.decode()
    for opened in (False, True):
        answer = axel.post("/ledger/3/proof", {"reason": "for the defence", **({"opened": "on"} if opened else {})})
        assert answer["Content-Disposition"] == 'attachment; filename="ledger-3.json"'
        assert answer["Cache-Control"] == "no-store"
        proof = json.loads(answer.content)
        assert bool(proof["opened"]) is opened
    last = list(ledgers.entries(database_of(workbench)))[-1]
    assert last.act == "ledger.prove"
    assert "for the defence" in page(axel, "/ledger/?act=ledger.prove")


def test_two_states_are_held_against_each_other(axel: Client) -> None:
    assert "Verified" in page(axel, "/ledger/consistency?first=3&second=9")
    assert "exchange them" in page(axel, "/ledger/consistency?first=9&second=3", 422)
    assert "There is no signed state" in page(axel, "/ledger/consistency?first=3&second=999999", 422)
    answer = axel.post("/ledger/consistency/proof", {"first": 3, "second": 9, "reason": "for the court"})
    assert json.loads(answer.content)["format"] == "amparo ledger consistency"
    for wrong in ({}, {"first": 3, "second": 9}, {"first": "x", "second": 9, "reason": "y"}):
        assert axel.post("/ledger/consistency/proof", wrong).status_code == 422


def test_statistics_lead_to_the_acts_of_a_day(axel: Client) -> None:
    shown = page(axel, "/ledger/statistics")
    assert "Collection" in shown
    assert "/ledger/?since=" in shown


def test_what_is_not_there_is_not_found(axel: Client) -> None:
    for place in ("/ledger/999999", f"/ledger/{10**30}", "/ledger/9?size=3", "/ledger/3?size=99999999"):
        page(axel, place, 404)
    assert axel.post(f"/ledger/{10**30}/proof", {"reason": "x"}).status_code == 404


def test_hostile_questions_are_answered(axel: Client) -> None:
    for name in ("reason", "file", "exhibit", "officer", "act", "since", "before", "processing"):
        for text in HOSTILE:
            answer = axel.get("/ledger/", {name: text})
            assert answer.status_code in (200, 422)
            assert "<script>alert" not in answer.content.decode()


def test_a_form_without_its_token_is_refused(axel: Client, workbench: Workbench) -> None:
    before = ledgers.size(database_of(workbench))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = axel.cookies
    for place in ("/ledger/3/proof", "/ledger/consistency/proof"):
        assert strict.post(place, {"reason": "x", "first": 3, "second": 9}).status_code == 403
    assert ledgers.size(database_of(workbench)) == before


OF_SUPERVISORS = ("ledger", "member", "agency", "viewing", "review-order", "exhibit-share", "exhibit-unshare")


def test_nothing_that_a_supervisor_sends_changes_what_stands_there(as_officer: AsOfficer, workbench: Workbench) -> None:
    database = database_of(workbench)
    stood = [entry.encoded() for entry in ledgers.entries(database)]
    ana = as_officer("ana")
    for name, cases in ROUTES.items():
        for case in cases:
            if case.method == "post" and name.startswith(OF_SUPERVISORS):
                ana.post(reverse(name, kwargs=dict(case.args)), {**case.data, "reason": "to see"}).close()
    ana.post("/members/of/rui/password").close()
    now = [entry.encoded() for entry in ledgers.entries(database)]
    assert len(now) > len(stood)
    assert now[: len(stood)] == stood
    assert {one.outcome.value for one in workbench.verify()} == {"agrees"}
    for statement in ("UPDATE ledger_entry SET entry = subtrees", "DELETE FROM ledger_entry"):
        with pytest.raises(IntegrityError, match="the ledger is append-only"):
            database.execute(statement)
    assert ana.get("/ledger/").status_code == 403
