"""Log-in: password, second factor, lock-out, and what the ledger has of it."""

import re

import pytest
from django.test import Client

from amparo import Workbench
from amparo.casework.verify import Checked
from amparo.domain.need_to_know import Role
from amparo.records import ledger, models
from contracts.browsers import AsOfficer
from contracts.cast import PASSWORD, code

LOGIN = "/account/login/"


@pytest.fixture
def browser(workbench: Workbench) -> Client:
    return Client()


def acts(workbench: Workbench) -> list[tuple[str, str]]:
    """Acts on accounts and who did them, oldest first."""
    found = workbench._database.fetch("SELECT entry, value FROM commitment WHERE name = 'officer' ORDER BY entry")
    who = dict(found)
    return [
        (entry.act, who.get(entry.index, ""))
        for entry in ledger.entries(workbench._database)
        if entry.act.startswith(("account.", "member.password"))
    ]


def by_password(browser: Client, name: str = "ana", password: str = PASSWORD) -> object:
    return browser.post(LOGIN, {"login": name, "password": password})


def test_a_password_alone_opens_nothing(browser: Client, workbench: Workbench) -> None:
    answer = by_password(browser)
    assert answer["Location"] == "/account/factors/ask/"  # type: ignore[index]
    assert browser.get("/")["Location"] == "/account/login/?next=/"
    assert "Your second factor" in browser.get("/account/factors/ask/").content.decode()
    wrong = browser.post("/account/factors/ask/", {"code": "000000"}).content.decode()
    assert "not right, or was used already" in wrong
    assert browser.post("/account/factors/ask/", {"code": code()})["Location"] == "/"
    assert "Rio Claro" in browser.get("/").content.decode()
    assert acts(workbench)[-2:] == [("account.log-in-failed", "ana"), ("account.log-in", "ana")]
    browser.post("/account/logout/")
    assert acts(workbench)[-1] == ("account.log-out", "ana")
    assert browser.get("/").status_code == 302
    last = None
    for checked in workbench.verify():
        last = checked
    assert isinstance(last, Checked)


def test_a_code_opens_once(browser: Client) -> None:
    used = code()
    by_password(browser)
    assert browser.post("/account/factors/ask/", {"code": used}).status_code == 302
    other = Client()
    by_password(other)
    assert "used already" in other.post("/account/factors/ask/", {"code": used}).content.decode()


def test_a_recovery_code_opens_once(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    assert ana.post("/account/factors/codes/new/")["Location"] == "/account/factors/codes/"
    codes = re.findall(r"<code>(\d{8})</code>", ana.get("/account/factors/codes/").content.decode())
    assert len(codes) == 10
    assert ana.get("/account/factors/codes/file/").content.decode().split() == codes
    for expected in (302, 200):
        browser = Client()
        by_password(browser)
        assert browser.post("/account/factors/ask/", {"code": codes[0]}).status_code == expected


@pytest.mark.parametrize("name", ["ana", "nobody-of-this-name"])
def test_five_wrong_passwords_lock_a_name_and_the_page_says_until_when(
    browser: Client, workbench: Workbench, name: str
) -> None:
    for _attempt in range(5):
        page = by_password(browser, name, "a wrong password").content.decode()  # type: ignore[attr-defined]
        assert "do not belong together" in page
    page = by_password(Client(), name).content.decode()  # type: ignore[attr-defined]
    assert "Too many failed attempts. The next one is possible in 15 min." in page
    assert by_password(Client(), "rui").status_code == 302  # type: ignore[attr-defined]
    who = name if name == "ana" else ""
    assert acts(workbench)[-6:] == [*[("account.log-in-failed", who)] * 5, ("account.locked", who)]


def test_five_wrong_codes_lock_the_second_factor(browser: Client, workbench: Workbench) -> None:
    by_password(browser)
    for _attempt in range(5):
        assert "not right" in browser.post("/account/factors/ask/", {"code": "000000"}).content.decode()
    page = browser.post("/account/factors/ask/", {"code": code()}).content.decode()
    assert "The next one is possible in 15 min." in page
    assert acts(workbench)[-1] == ("account.locked", "ana")


def test_what_is_typed_as_a_name_and_is_none_is_not_written_down(browser: Client, workbench: Workbench) -> None:
    by_password(browser, PASSWORD, "ana")
    assert not workbench._database.fetch("SELECT 1 FROM commitment WHERE value = %s", (PASSWORD,))


def test_a_password_that_somebody_made_is_changed_first_and_then_a_second_factor_set_up(
    browser: Client, workbench: Workbench
) -> None:
    workbench.members.set_password("rui", "made-up-by-somebody", drop_factors=True)
    assert by_password(browser, "rui", "made-up-by-somebody")["Location"] == "/"  # type: ignore[index]
    for place in ("/", "/purpose", "/account/factors/", "/account/sessions/", "/account/factors/app/add/"):
        assert browser.get(place)["Location"] == "/account/password/"
    form = {
        "oldpassword": "made-up-by-somebody",
        "password1": "made-up-by-somebody",
        "password2": "made-up-by-somebody",
    }
    assert "than the password that you were given" in browser.post("/account/password/", form).content.decode()
    form |= {"password1": "short", "password2": "short"}
    assert "too short" in browser.post("/account/password/", form).content.decode()
    form |= {"password1": "now it is my own one", "password2": "now it is my own one"}
    assert browser.post("/account/password/", form).status_code == 302
    for place in ("/", "/account/sessions/", "/account/factors/"):
        assert browser.get(place)["Location"] == "/account/factors/first/"
    assert "Set up a second factor" in browser.get("/account/factors/first/").content.decode()
    page = browser.get("/account/factors/app/add/").content.decode()
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page)
    assert secret
    assert browser.get("/account/factors/app/code.svg")["Content-Type"] == "image/svg+xml"
    assert browser.post("/account/factors/app/add/", {"code": "000000"}).status_code == 200
    assert browser.get("/account/factors/app/code.svg").content.count(b"M") > 100
    page = browser.get("/account/factors/app/add/").content.decode()
    now = re.search(r'class="secret">([A-Z2-7]+)<', page)
    assert now
    done = browser.post("/account/factors/app/add/", {"code": code(now[1])})
    assert done["Location"] == "/account/factors/codes/"
    assert browser.get("/").status_code == 200
    assert [act for act, _who in acts(workbench)][-5:] == [
        "member.password",
        "account.log-in",
        "account.password",
        "account.factor-added",
        "account.factor-added",
    ]


def test_the_secret_of_an_app_is_sealed_in_the_database(workbench: Workbench) -> None:
    from allauth.mfa.models import Authenticator

    from contracts.cast import TOTP_SECRET

    stored = Authenticator.objects.first()
    assert TOTP_SECRET not in str(stored.data)


def test_the_only_second_factor_stays(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    page = ana.get("/account/factors/app/remove/").content.decode()
    assert "your only second factor" in page
    ana.post("/account/factors/app/remove/")
    assert "It is set up." in ana.get("/account/factors/").content.decode()


def test_who_is_no_member_any_more_is_out_at_once_and_for_good(as_officer: AsOfficer, workbench: Workbench) -> None:
    rui = as_officer("rui")
    assert rui.get("/").status_code == 200
    workbench.members.end("rui")
    assert rui.get("/")["Location"] == "/account/login/?next=/"
    kept = rui.cookies["amparo_session"].value
    workbench.members.add("rui", "alfama", [Role.REVIEWER])
    again = Client()
    again.cookies["amparo_session"] = kept
    assert again.get("/").status_code == 302
    assert not models.Officer.objects.get(name="rui").has_usable_password()


def test_another_password_ends_the_other_sessions_and_asks_for_the_old_one(as_officer: AsOfficer) -> None:
    here, there = as_officer("ana"), as_officer("ana")
    form = {"oldpassword": "not it", "password1": "another long one", "password2": "another long one"}
    assert "Forgot" not in here.get("/account/password/").content.decode()
    assert "This is not your password." in here.post("/account/password/", form).content.decode()
    assert here.post("/account/password/", form | {"oldpassword": PASSWORD}).status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


@pytest.mark.parametrize("place", ["no/signup", "no/reset", "no/email", "no/password", "signup/", "password/reset/"])
def test_nobody_signs_up_and_no_mail_is_sent(as_officer: AsOfficer, place: str) -> None:
    assert as_officer("ana").get(f"/account/{place}").status_code == 404
