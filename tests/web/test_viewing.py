"""The screen of those who answer for reviewers: load, and policies."""

from dataclasses import replace
from typing import Any

from django.test import Client

from amparo import Workbench
from amparo.domain.exposure import Budget, Burden, Level
from contracts.browsers import AsOfficer
from contracts.cast import GENEROUS

TYPED = {
    "level": "colour",
    "remind": "5",
    "break_after": "30",
    "break_for": "10",
    "between_severe": "2",
    "zone": "Europe/Lisbon",
    "reason": "agreed with the psychologist",
    "seen": "0",
    "day_files": "200",
    "day_minutes": "90",
    **{f"{burden}_files": "100" for burden in Burden},
    **{f"{burden}_minutes": "22.5" for burden in Burden},
}


def body(answer: Any) -> str:
    return str(answer.content.decode())


def look(browser: Client, file: int) -> None:
    browser.post(f"/file/{file}/unveil", {"reason": "charges", "level": "grey"})
    assert browser.get(f"/file/{file}/unveiled").status_code == 200
    browser.post(f"/file/{file}/veil")


def test_load_is_shown_by_day_and_name_and_never_as_a_ranking(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    empty = body(ana.get("/viewing/"))
    assert "Nobody saw anything unveiled in these days." in empty
    assert "No policy is laid down for the operation" in empty
    rui, bruno = as_officer("rui"), as_officer("bruno")
    for file in (1, 2):  # the partner's set has 2
        look(rui, file)
    look(ana, 1)
    look(bruno, 1)
    page = body(ana.get("/viewing/?days=7"))
    assert page.index("/viewing/policy/ana") < page.index("/viewing/policy/rui")
    assert "bruno" not in page  # Belém answers for its own
    assert 'class="columns"' in page
    rows = page.partition("names are in order</caption>")[2].partition("</tbody>")[0].split("<tr>")[2:]
    assert [("ana" in row, "rui" in row) for row in rows] == [(True, False), (False, True)]
    severe = [cell.partition("<")[0] for cell in rows[1].split('<td class="figure">')[1:]]
    assert severe[:4] == ["1", "0", "0", "1"]
    assert "sort=" not in page


def test_a_policy_is_laid_down_and_counts(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana = as_officer("ana")
    page = body(ana.get("/viewing/policy"))
    assert "None is laid down yet: everything stays veiled." in page
    answer = ana.post("/viewing/policy", TYPED, follow=True)
    assert "The policy counts from now on." in body(answer)
    laid = workbench.viewing.own_policy()
    assert laid is not None
    assert (laid.policy.level, laid.policy.day, laid.policy.burdens[Burden.SEVERE], laid.policy.between_severe) == (
        *(Level.COLOUR, Budget(200, 5_400), Budget(100, 1_350), 2),
    )
    assert (laid.by, laid.reason) == ("ana", "agreed with the psychologist")
    assert "agreed with the psychologist" in body(ana.get("/viewing/"))
    shown = body(ana.get("/viewing/policy/rui"))
    assert 'value="600"' in shown  # minutes of the policy of rui's own
    own = workbench.viewing.own_policy("rui")
    assert own is not None
    assert ana.post("/viewing/policy/rui", {**TYPED, "seen": own.number}).status_code == 302
    assert workbench.viewing.policy("rui").level is Level.COLOUR
    assert as_officer("rui").post("/file/1/unveil", {"reason": "x", "level": "large"}).status_code == 403


def test_what_makes_no_sense_comes_back_with_a_sentence(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana = as_officer("ana")
    for wrong in (
        {"day_files": ""},
        {"severe_minutes": "-1"},
        {"some_files": "1e9"},
        {"break_for": "0"},
        {"between_severe": "0"},
        {"level": "sharp"},
        {"zone": "Alfama/Tejo"},
        {"reason": "  "},
        {"remind": "NaN"},
        {"seen": "x"},
    ):
        answer = ana.post("/viewing/policy", {**TYPED, **wrong})
        assert answer.status_code == 422, wrong
        assert 'class="errorlist' in body(answer) or "seen" in wrong
        assert "agreed with the psychologist" in body(answer) or "reason" in wrong
    assert workbench.viewing.own_policy() is None


def test_two_supervisors_do_not_write_over_each_other(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana = as_officer("ana")
    workbench.viewing.lay_down(replace(GENEROUS, level=Level.GREY), reason="by the other one")
    answer = ana.post("/viewing/policy", TYPED)
    assert answer.status_code == 409
    page = body(answer)
    assert "Somebody laid down another policy meanwhile" in page
    assert "by the other one" in page
    assert 'value="agreed with the psychologist"' in page
    own = workbench.viewing.own_policy()
    assert own is not None
    assert own.policy.level is Level.GREY
    assert f'name="seen" value="{own.number}"' in page
