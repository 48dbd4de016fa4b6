"""Who is not who he says, and who has found half of what opens an account."""

import logging
import re
from collections import Counter

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, override_settings

from amparo import Workbench
from amparo.web.settings import CODES
from contracts.browsers import AsOfficer
from contracts.cast import PASSWORD, code
from web.account.test_log_in import LOGIN, acts, by_password

ELSEWHERE = (
    *("//evil.example/", "https://evil.example/", "/\\evil.example", "\t//evil.example", "///evil.example"),
    *("javascript:alert(1)", "http:///evil.example", "https:evil.example", "http://testserver@evil.example/"),
)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_no_log_in_proof_or_log_out_leads_elsewhere(as_officer: AsOfficer, place: str) -> None:
    browser = Client()
    browser.post(LOGIN, {"login": "ana", "password": PASSWORD, "next": place})
    answers = [browser.post("/account/factors/ask/", {"code": code(), "next": place})]
    ana = as_officer("ana")
    answers += [
        ana.get(LOGIN, {"next": place}),
        ana.post("/account/prove/", {"password": PASSWORD, "next": place}),
        ana.post("/account/factors/prove/", {"code": code(steps=1), "next": place}),
        ana.post("/account/logout/", {"next": place}),
    ]
    assert {str(answer["Location"]) for answer in answers} <= {"/", LOGIN}


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "x_y", ""])
def test_another_host_is_no_host_of_ours(host: str) -> None:
    browser = Client(raise_request_exception=False)
    answer = browser.get(LOGIN, headers={"Host": host})
    assert (answer.status_code, b"evil" in answer.content) == (400, False)
    answer = browser.get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"})
    assert answer["Location"] == f"{LOGIN}?next=/"


LIMITS = {
    **settings.ACCOUNT_RATE_LIMITS,
    "login_failed": "3/15m/key,4/15m/ip",
    "change_password": "2/15m/user",
    CODES: "2/d/key",
}
"""As they are, but fewer: each attempt costs a hash."""


def test_each_guess_is_bounded() -> None:
    limits = settings.ACCOUNT_RATE_LIMITS
    assert set(LIMITS) == set(limits)
    assert (limits["login_failed"], limits["change_password"]) == ("5/15m/key,50/15m/ip", "5/15m/user")
    assert limits[CODES] == "20/d/key"


def refusals(answers: list[object]) -> list[str]:
    return [
        found[0] if (found := re.findall("Too many failed attempts|do not belong", answer.content.decode())) else ""  # type: ignore[attr-defined]
        for answer in answers
    ]


@override_settings(ACCOUNT_RATE_LIMITS=LIMITS)
def test_many_names_from_one_address_lock_the_address_whatever_it_says_of_itself(workbench: Workbench) -> None:
    answers = [
        Client(REMOTE_ADDR="198.51.100.7").post(
            LOGIN, {"login": f"name{number}", "password": "a guess"}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        )
        for number in range(6)
    ]
    assert refusals(answers) == [*["do not belong"] * 4, *["Too many failed attempts"] * 2]
    assert Client(REMOTE_ADDR="198.51.100.8").post(LOGIN, {"login": "ana", "password": PASSWORD}).status_code == 302


@override_settings(ACCOUNT_RATE_LIMITS=LIMITS)
def test_one_name_from_many_addresses_is_locked_in_whatever_letters(workbench: Workbench) -> None:
    answers = [
        Client(REMOTE_ADDR=f"198.51.100.{number}").post(LOGIN, {"login": name, "password": "a guess"})
        for number, name in enumerate(("ana", "ANA ", " aNa", "ana"))
    ]
    assert refusals(answers) == [*["do not belong"] * 3, "Too many failed attempts"]


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1, ACCOUNT_RATE_LIMITS=LIMITS)
def test_behind_a_proxy_of_ours_each_is_locked_alone(workbench: Workbench) -> None:
    def asked(by: str, number: int) -> object:
        said = {"X-Forwarded-For": f"10.0.0.{number}, {by}"}  # what the browser says itself comes first
        return Client().post(LOGIN, {"login": f"name{number}", "password": "a guess"}, headers=said)

    assert refusals([asked("203.0.113.9", number) for number in range(5)])[-1] == "Too many failed attempts"
    assert refusals([asked("203.0.113.10", 9)]) == ["do not belong"]


def test_who_has_the_password_does_not_guess_codes_for_long(as_officer: AsOfficer, workbench: Workbench) -> None:
    browser = Client()

    def a_quarter_of_an_hour_later() -> None:
        """What is counted for less than a day is forgotten."""
        workbench._database.execute("DELETE FROM short_lived WHERE key NOT LIKE %s", ("%second_factor%",))

    for attempt in range(20):
        if attempt % 5 == 0:
            a_quarter_of_an_hour_later()
            by_password(browser)
        assert "not right" in browser.post("/account/factors/ask/", {"code": "000000"}).content.decode()
    a_quarter_of_an_hour_later()
    by_password(browser)
    page = browser.post("/account/factors/ask/", {"code": code()}).content.decode()
    said = re.search(r"The next one is possible in (\d+) min", page)
    assert said, re.findall(r"Too many[^<]*|not right[^<]*", page)
    assert int(said[1]) > 1_400
    assert acts(workbench)[-1] == ("account.locked", "ana")
    page = as_officer("ana").post("/account/factors/prove/", {"code": code()}).content.decode()
    assert "Too many failed attempts" in page, "nor who has the browser of somebody who is logged in"
    workbench.members.set_password("ana", "made-up-by-somebody", drop_factors=True)
    assert by_password(Client(), "ana", "made-up-by-somebody")["Location"] == "/"  # type: ignore[index]


@override_settings(ACCOUNT_RATE_LIMITS=LIMITS)
def test_right_codes_count_for_nothing(as_officer: AsOfficer, workbench: Workbench) -> None:
    for _time in range(3):
        workbench._database.execute("DELETE FROM short_lived WHERE key NOT LIKE %s", ("%second_factor%",))
        browser = Client()
        browser.force_login(_officer("ana"), backend="allauth.account.auth_backends.AuthenticationBackend")
        assert browser.post("/account/factors/prove/", {"code": code()}).status_code == 302


@override_settings(ACCOUNT_RATE_LIMITS=LIMITS)
def test_who_found_an_open_browser_does_not_guess_the_password_in_it(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    form = {"oldpassword": "a guess", "password1": "a long one of theirs", "password2": "a long one of theirs"}
    assert [ana.post("/account/password/", form).status_code for _attempt in range(3)] == [200, 200, 429]
    assert ana.post("/account/password/", {**form, "oldpassword": PASSWORD}).status_code == 429
    said = [ana.post("/account/prove/", {"password": "a guess"}).content.decode() for _attempt in range(4)]
    assert ["Too many failed attempts" in each for each in said] == [*[False] * 3, True]


def _officer(name: str) -> object:
    from amparo.records import models

    return models.Officer.objects.get(name=name)


def test_a_name_that_is_nobodys_costs_and_says_what_a_wrong_password_does(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: Counter[str] = Counter()
    encode = Argon2PasswordHasher.encode
    verify = Argon2PasswordHasher.verify

    def encoded(*given: object) -> str:
        done["hashed"] += 1
        return encode(*given)  # type: ignore[arg-type]

    def verified(*given: object) -> bool:
        done["hashed"] += 1
        return verify(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Argon2PasswordHasher, "encode", encoded)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", verified)
    workbench.members.end("petra")  # her password is unusable from now on
    seen = []
    for name in ("ana", "petra", "nobody"):
        before = len(acts(workbench))
        done.clear()
        page = by_password(Client(), name, "a guess").content.decode()  # type: ignore[attr-defined]
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"', "", page).replace(name, "NAME")
        seen.append((page, done["hashed"], [act for act, _who in acts(workbench)[before:]]))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1:] == (1, ["account.log-in-failed"])


def test_no_secret_is_written_into_a_log(as_officer: AsOfficer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)  # a server says warnings only
    browser = Client(raise_request_exception=False)
    by_password(browser, "ana", "hush-hush-1")
    by_password(browser, "hush-hush-2", "x")
    by_password(browser)
    browser.post("/account/factors/ask/", {"code": "hush-hush-3"})
    browser.get("/api/v1/operation", headers={"Authorization": "Bearer amparo_hush-hush-4"})
    browser.get("/account/provider/none/back/?code=hush-hush-5&state=hush-hush-6")
    ana = as_officer("ana")
    ana.get("/files?text=hush-hush-7")
    ana.get("/nowhere?text=hush-hush-8")
    ana.post("/account/prove/", {"password": "hush-hush-9"})
    ana.post("/exhibits/register", {"number": "ES-9", "path": "/nowhere", "secrets": "hush-hush-10"})
    assert "hush-hush" not in caplog.text
    assert ana.session.session_key not in caplog.text
