"""Supervisors keep the members of their own agency, and nobody else's."""

import re

import pytest
from django.test import Client

from amparo import Workbench
from amparo.domain.need_to_know import Purpose, Role
from contracts.browsers import AsOfficer
from contracts.cast import PASSWORD

ALL = [purpose.value for purpose in Purpose]
EVA = {"officer": "eva", "roles": ["analyst"], "purposes": ALL}


def body(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found
    return found[1]


def test_one_sees_ones_own_members_filtered_and_sorted(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana = as_officer("ana")
    page = body(ana.get("/members/"))
    assert all(name in page for name in ("axel", "petra", "rui", "Polícia de Belém", "Chiado Politi"))
    assert "bruno" not in page
    assert "dora" not in page
    assert page.count("each purpose") == 4
    assert page.index(">axel<") < page.index(">rui<")
    page = body(ana.get("/members/?sort=-officer"))
    assert page.index(">rui<") < page.index(">axel<")
    page = body(ana.get("/members/?role=auditor&words=AX"))
    assert ">axel<" in page
    assert ">rui<" not in page
    assert "Nobody is like this" in body(ana.get("/members/?words=zzz"))
    workbench.members.end("rui")
    assert ">rui<" not in body(ana.get("/members/"))
    assert ">rui<" in body(ana.get("/members/?ended=1")).replace("rui</th>", "rui<")


def test_a_new_member_logs_in_by_a_password_that_is_shown_once(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana = as_officer("ana")
    page = body(ana.post("/members/new", EVA))
    password = re.search(r'class="secret">([0-9a-f-]{34})<', page)
    assert password
    eva = Client()
    assert eva.post("/account/login/", {"login": "eva", "password": password[1]})["Location"] == "/"
    assert eva.get("/")["Location"] == "/account/password/"
    assert workbench.desk("eva", Purpose.OPERATIONAL_ANALYSIS).reach.agency == "alfama"
    for _checked in workbench.verify():
        pass


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"officer": "Eva!"}, "no short name"),
        ({"officer": "bruno"}, "is or was another agency"),
        ({"officer": "rui"}, "is a member already: reviewer"),
        ({"officer": "root"}, "acts at this workbench"),
        ({"roles": []}, "This field is required"),
        ({"roles": ["king"]}, "Select a valid choice"),
    ],
)
def test_what_is_no_new_member_gives_a_sentence_and_what_was_typed(
    as_officer: AsOfficer, workbench: Workbench, given: dict[str, object], sentence: str
) -> None:
    workbench.members.add_agency("evora")  # by root, who is no member
    answer = as_officer("ana").post("/members/new", {**EVA, **given})
    assert answer.status_code == 422
    page = body(answer)
    assert sentence in page
    assert f'value="{given.get("officer", "eva")}"' in page


def test_a_former_member_of_another_agency_is_not_taken_over(as_officer: AsOfficer, workbench: Workbench) -> None:
    workbench.members.end("bruno")
    assert "is or was another agency" in body(as_officer("ana").post("/members/new", {**EVA, "officer": "bruno"}))


def test_of_two_who_change_one_member_the_second_is_told_what_it_is_now(
    as_officer: AsOfficer, workbench: Workbench
) -> None:
    ana = as_officer("ana")
    before = seen(body(ana.get("/members/of/rui/")))
    workbench.members.add("rui", "alfama", [Role.ANALYST])
    answer = ana.post("/members/of/rui/", {"roles": ["auditor"], "purposes": ALL, "seen": before})
    assert answer.status_code == 422
    page = body(answer)
    assert "Meanwhile somebody changed rui: analyst" in page
    done = ana.post("/members/of/rui/", {"roles": ["auditor"], "purposes": ALL, "seen": seen(page)})
    assert done.status_code == 302
    assert workbench.desk("rui", Purpose.OPERATIONAL_ANALYSIS).reach.roles == {Role.AUDITOR}
    page = body(ana.post("/members/of/rui/end", {"seen": before}, follow=True))
    assert "Meanwhile somebody changed rui: auditor" in page


def test_an_agency_is_not_left_without_somebody_who_keeps_its_members(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    now = seen(body(ana.get("/members/of/ana/")))
    page = body(ana.post("/members/of/ana/", {"roles": ["examiner"], "purposes": ALL, "seen": now}))
    assert "make somebody else supervisor first" in page
    assert "make somebody else supervisor first" in body(ana.post("/members/of/ana/end", {"seen": now}, follow=True))


def test_an_end_is_an_end_at_once(as_officer: AsOfficer) -> None:
    ana, rui = as_officer("ana"), as_officer("rui")
    now = seen(body(ana.get("/members/of/rui/")))
    assert "logged out everywhere" in body(ana.post("/members/of/rui/end", {"seen": now}, follow=True))
    assert rui.get("/").status_code == 302
    assert ana.get("/members/of/rui/").status_code == 404


def test_who_lost_the_phone_gets_a_password_and_sets_up_another(as_officer: AsOfficer) -> None:
    ana, rui = as_officer("ana"), as_officer("rui")
    page = body(ana.post("/members/of/rui/password", {"drop_factors": "on"}))
    assert "second factors are forgotten" in page
    assert rui.get("/").status_code == 302
    password = re.search(r'class="secret">([0-9a-f-]{34})<', page)
    assert password
    again = Client()
    assert again.post("/account/login/", {"login": "rui", "password": password[1]})["Location"] == "/"
    assert again.get("/")["Location"] == "/account/password/"


def test_an_agency_is_brought_in(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    given = {"name": "dover", "display": "Dover Police", "country": "gb"}
    assert "Dover Police takes part" in body(ana.post("/members/agencies/new", given, follow=True))
    answer = ana.post("/members/agencies/new", given)
    assert answer.status_code == 422
    assert "an agency dover already" in body(answer)
    assert "no country" in body(ana.post("/members/agencies/new", {**given, "name": "x", "country": "1"}))


def test_keeping_members_asks_for_a_proof_and_then_goes_on(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    session = ana.session
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()
    asked = ana.post("/members/of/rui/password")
    assert asked["Location"] == "/account/prove/?next=%2Fmembers%2Fof%2Frui%2Fpassword"
    page = body(ana.post("/account/prove/", {"password": PASSWORD, "next": "/members/of/rui/password"}))
    assert "The password of rui" in page
