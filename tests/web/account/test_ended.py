"""What was typed into a form of a session that ended goes back to the browser that sent it, and to no other."""

import pytest
from django.test import Client

from amparo import Workbench
from amparo.domain.need_to_know import Purpose, Role
from amparo.web.settings import IDLE_S
from contracts.browsers import AsOfficer
from contracts.cast import PASSWORD
from web.account.test_sessions import aged, long_ago

HERE = {"Origin": "http://testserver"}
TYPED = {"number": "ES-9", "path": "/a/<b> place\nof two lines", "roles": ["one", "two"]}
PLACE = "/exhibits/register?from=list"


def page(browser: Client, *, headers: dict[str, str] = HERE, place: str = PLACE) -> str:
    answer = browser.post(place, TYPED, headers=headers)
    assert answer.status_code == 403
    return answer.content.decode()


def test_a_form_that_comes_too_late_comes_back_with_what_was_typed(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    aged(ana, seen=IDLE_S)
    for browser in (ana, Client()):
        said = page(browser)
        assert "Your session ended" in said
        assert 'action="/exhibits/register?from=list"' in said
        assert '<textarea name="path" hidden>\n/a/&lt;b&gt; place\nof two lines</textarea>' in said
        assert said.count('<textarea name="roles" hidden>') == 2


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}])
def test_another_site_gets_nothing_shown_to_be_sent(as_officer: AsOfficer, headers: dict[str, str]) -> None:
    ana = as_officer("ana")
    ana.handler.enforce_csrf_checks = True
    answer = ana.post(PLACE, TYPED, headers=headers)
    assert answer.status_code == 403
    assert "of two lines" not in answer.content.decode()
    assert "Amparo-Token" not in answer.headers
    answer = Client().post(PLACE, TYPED, headers=headers)
    assert answer["Location"].startswith("/account/login/?next=")


def test_a_form_of_the_session_before_says_as_whom_it_would_be_sent(as_officer: AsOfficer) -> None:
    bruno = as_officer("bruno")
    bruno.handler.enforce_csrf_checks = True
    said = page(bruno)
    assert "You are logged in as bruno: look at what you typed, then send it." in said
    assert "of two lines</textarea>" in said
    for headers in ({"HX-Request": "true"}, {"Sec-Fetch-Mode": "cors"}):  # of a script
        answer = bruno.post(PLACE, TYPED, headers={**HERE, **headers})
        assert answer.headers["Amparo-Officer"] == "bruno"
        again = {**TYPED, "csrfmiddlewaretoken": answer.headers["Amparo-Token"]}
        assert bruno.post(PLACE, again, headers=HERE).status_code == 422


def test_secrets_of_a_log_in_do_not_come_back(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    aged(ana, seen=IDLE_S)
    answer = ana.post("/account/password/", {"oldpassword": PASSWORD}, headers=HERE)
    assert answer.status_code == 302
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/account/login/", {"login": "ana", "password": PASSWORD}, headers=HERE)
    assert answer.status_code == 403
    assert PASSWORD not in answer.content.decode()


def test_a_script_is_told_that_the_session_ended_and_led_nowhere(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    aged(ana, seen=IDLE_S)
    for browser in (ana, Client()):
        for ask in (browser.post, browser.get):
            answer = ask(PLACE, TYPED, headers={**HERE, "HX-Request": "true"})
            assert (answer.status_code, answer.headers["Amparo-Session"]) == (403, "over")
            assert {"Location", "HX-Redirect"}.isdisjoint(answer.headers)
            assert "Log in in another tab" in answer.content.decode()


def test_a_script_of_somebody_who_is_no_member_for_this_purpose_is_refused(
    as_officer: AsOfficer, workbench: Workbench
) -> None:
    workbench.members.add("eva", "chiado", (Role.REVIEWER,), (Purpose.CROSS_CHECK,))
    answer = as_officer("eva").post("/review/note", {}, headers={**HERE, "HX-Request": "true"})
    assert answer.status_code == 403
    assert "You are a member of no operation" in answer.content.decode()
    assert "Amparo-Session" not in answer.headers


def test_what_asks_for_a_proof_is_carried_out_after_it_whatever_its_address(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    long_ago(ana)
    asked = ana.post("/tokens/?from=menu", {"name": "a program", "days": "7", "reason": "to search"})
    assert asked["Location"] == "/account/prove/?next=%2Ftokens%2F"
    done = ana.post("/account/prove/", {"password": PASSWORD, "next": "/tokens/"})
    assert "amparo_" in done.content.decode()


def test_what_a_script_asks_for_takes_no_cookie_of_a_new_session_away(as_officer: AsOfficer) -> None:
    for mode, is_taken in (("cors", False), ("navigate", True), ("", True)):
        browser = as_officer("rui")
        session = browser.session
        session["seen"] = 0
        session.save()
        answer = browser.get("/review/", headers={"HX-Request": "true", **({"Sec-Fetch-Mode": mode} if mode else {})})
        assert answer.status_code == 403
        assert ("amparo_session" in answer.cookies) is is_taken
        assert browser.get("/review/").status_code == 302, "the session is over all the same"
