"""Sessions: where they are seen and ended, how long they last, and what asks for a new proof."""

import time
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from amparo import Workbench
from amparo.web.account.proof import recently_proved
from amparo.web.settings import ABSOLUTE_S, IDLE_S
from contracts.browsers import AsOfficer
from contracts.cast import PASSWORD, code


@pytest.fixture
def logged_in(workbench: Workbench) -> Callable[[str], Client]:
    """Browsers that logged in as people do."""

    def browser(agent: str) -> Client:
        client = Client(headers={"User-Agent": agent})
        client.post("/account/login/", {"login": "ana", "password": PASSWORD})
        cache.clear()  # a code is good once in its half minute: for the next browser that is another one
        done = client.post("/account/factors/ask/", {"code": code()})
        assert done.status_code == 302
        return client

    return browser


def aged(browser: Client, **by_s: float) -> None:
    session = browser.session
    for name, seconds in by_s.items():
        session[name] -= seconds
    session.save()


def test_one_sees_where_one_is_logged_in_and_ends_it(logged_in: Callable[[str], Client]) -> None:
    here, there = logged_in("Browser of the office"), logged_in("Browser of the train")
    page = here.get("/account/sessions/").content.decode()
    assert "Browser of the office" in page
    assert "Browser of the train" in page
    from allauth.usersessions.models import UserSession

    other = UserSession.objects.get(user_agent="Browser of the train")
    assert here.post(f"/account/sessions/{other.pk}/end").status_code == 302
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert "had ended already" in here.post(f"/account/sessions/{other.pk}/end", follow=True).content.decode()


def test_all_others_end_at_once(logged_in: Callable[[str], Client]) -> None:
    here, *others = [logged_in(name) for name in ("one", "two", "three")]
    here.post("/account/sessions/end-others")
    assert here.get("/").status_code == 200
    assert [other.get("/").status_code for other in others] == [302, 302]


def test_nobody_ends_anothers_session(logged_in: Callable[[str], Client], as_officer: AsOfficer) -> None:
    here = logged_in("one")
    from allauth.usersessions.models import UserSession

    as_officer("bruno").post(f"/account/sessions/{UserSession.objects.get().pk}/end")
    assert here.get("/").status_code == 200


@pytest.mark.parametrize("by_s", [{"seen": IDLE_S}, {"began": ABSOLUTE_S}])
def test_a_session_ends_unused_and_after_a_day(as_officer: AsOfficer, by_s: dict[str, float]) -> None:
    ana = as_officer("ana")
    aged(ana, **by_s)
    answer = ana.get("/?a=1", follow=True)
    assert answer.redirect_chain == [("/account/login/?next=%2F%3Fa%3D1", 302)]
    assert "Your session ended" in answer.content.decode()


def test_using_it_keeps_it_and_asking_for_news_does_not(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    aged(ana, seen=IDLE_S - 30)
    assert ana.get("/", headers={"Amparo-Unattended": "1"}).status_code == 200
    assert time.time() - ana.session["seen"] > IDLE_S - 60
    assert ana.get("/").status_code == 200
    assert time.time() - ana.session["seen"] < 60


def test_who_takes_too_long_to_set_up_a_second_factor_logs_in_again(as_officer: AsOfficer) -> None:
    from allauth.mfa.models import Authenticator

    rui = as_officer("rui")
    Authenticator.objects.filter(user__name="rui").delete()
    assert rui.get("/")["Location"] == "/account/factors/first/"
    aged(rui, began=901)
    answer = rui.get("/", follow=True)
    assert answer.redirect_chain == [("/account/login/", 302)]
    assert "that took too long" in answer.content.decode()


def long_ago(browser: Client) -> None:
    session = browser.session
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()


def test_what_is_dangerous_asks_for_a_proof_and_goes_on(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    long_ago(ana)
    asked = ana.post("/account/factors/codes/new/")
    assert asked["Location"] == "/account/prove/?next=%2Faccount%2Ffactors%2Fcodes%2Fnew%2F"
    page = ana.get(asked["Location"]).content.decode()
    assert "Prove who you are" in page
    there = {"next": "/account/factors/codes/new/"}
    assert "This is not your password." in ana.post("/account/prove/", {"password": "no", **there}).content.decode()
    done = ana.post("/account/prove/", {"password": PASSWORD, **there})
    assert done["Location"] == "/account/factors/codes/"
    assert ana.get(done["Location"]).status_code == 200


def test_a_proof_by_code_does_as_well(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    long_ago(ana)
    done = ana.post("/account/factors/prove/", {"code": code(), "next": "/account/factors/codes/new/"})
    assert done["Location"] == "/account/factors/codes/new/"
    assert ana.get(done["Location"]).status_code == 200


def test_by_htmx_the_page_is_left_for_the_proof(as_officer: AsOfficer) -> None:
    @recently_proved
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("done")

    from allauth.core import context

    from amparo.records import models

    ana = as_officer("ana")
    request = RequestFactory().post(
        "/files/export", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/files?q=a+b"}
    )
    request.user = models.Officer.objects.get(name="ana")
    request.session = ana.session
    with context.request_context(request):
        assert view(request).content == b"done"
        long_ago(ana)
        request.session = ana.session
        answer = view(request)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/account/prove/?next=%2Ffiles%3Fq%3Da%2Bb")
