"""Log-in in a browser: an authenticator app, a passkey, keys of the keyboard; members and preferences."""

import dataclasses
import re
from pathlib import Path

from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from amparo import Workbench
from contracts.browsers import PageOf, held
from contracts.cast import PASSWORD, code
from contracts.identity_providers import provider
from web.browser.test_accessibility import breaks_no_rule


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.goto("/account/login/")
    page.keyboard.type(name)  # the field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_by_keyboard_with_a_password_and_a_code(page_of: PageOf) -> None:
    page = page_of("")
    log_in(page, "ana")
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="not right")).to_be_visible()
    breaks_no_rule(page)
    page.get_by_label("Code").fill(code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rio Claro")).to_be_visible()


def test_a_first_log_in_sets_up_an_app_and_then_works(page_of: PageOf, workbench: Workbench) -> None:
    workbench.members.set_password("rui", "made up by somebody", drop_factors=True)
    page = page_of("", width=360, dark=True)
    log_in(page, "rui", "made up by somebody")
    expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
    breaks_no_rule(page)
    page.get_by_label("Password until now").fill("made up by somebody")
    page.get_by_label("New password", exact=True).fill("from now on my own")
    page.get_by_label("New password, again").fill("from now on my own")
    page.get_by_role("button", name="Change").click()
    app = page.get_by_role("link", name="An authenticator app")
    expect(app).to_be_visible()
    breaks_no_rule(page)
    app.click()
    picture = page.get_by_role("img", name="The secret below")
    expect(picture).to_be_visible()
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth > 0; }")
    breaks_no_rule(page)
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Code that the app shows").fill(code(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=re.compile(r"^\d{8}$"))).to_have_count(10)
    breaks_no_rule(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Rio Claro")).to_be_visible()


def test_a_passkey_is_added_and_logs_in_alone(page_of: PageOf) -> None:
    page = page_of("ana")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    page.goto("/account/factors/keys/add/")
    page.get_by_label("Name", exact=True).fill("office")
    page.get_by_label("Passkey").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/account/factors/keys/")
    expect(page.get_by_role("row", name="office")).to_contain_text("passkey")
    breaks_no_rule(page)
    links = page.get_by_role("row", name="office").get_by_role("link").all()
    for place in ("/account/factors/keys/prove/", *[link.get_attribute("href") or "" for link in links]):
        page.goto(place)
        breaks_no_rule(page, place)
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", name="Rio Claro")).to_be_visible()
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_visible()
    log_in(page, "ana")
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.get_by_role("heading", name="Rio Claro")).to_be_visible()
    devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})


def test_a_key_is_asked_for_only_once_its_script_is_there(page_of: PageOf) -> None:
    page = page_of("")
    scripts = held(page, "**/account.js")
    with page.expect_request("**/account.js"):
        page.goto("/account/login/", wait_until="commit")
    button = page.get_by_role("button", name="Log in with a passkey")
    expect(button).to_be_disabled()
    scripts[0].continue_()
    expect(button).to_be_enabled()


def test_a_supervisor_adds_a_member_by_keyboard(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="Members of your agency")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("n")
    page.get_by_label("Short name, to log in by").fill("eva")
    page.get_by_label("Analyst").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="The password of eva")).to_be_visible()
    page.get_by_role("link", name="To the members").click()
    expect(page.get_by_role("heading", name="Members of your agency")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Name")).to_be_focused()
    page.keyboard.type("eva")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("words=eva"))
    expect(page.get_by_role("table", name="Members").get_by_role("row")).to_have_count(2)


def test_the_theme_changes_at_once(page_of: PageOf) -> None:
    page = page_of("ana")
    page.goto("/preferences/")
    light = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Store").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") != light
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "system")


def test_there_and_back_by_the_agencys_identity_provider(chromium: Browser, address: str, tmp_path: Path) -> None:
    with provider(tmp_path / "log", ana={"preferred_username": "ana"}) as issuer:
        providers = (
            f'[[provider]]\nname = "alfama"\ntitle = "Alfama"\nagency = "alfama"\nissuer = "{issuer}"\n'
            'client_id = "amparo"\nclient_secret = "between us"\n'
        )
        serving = dataclasses.replace(settings.SERVING, providers=providers, origin=address)
        with override_settings(SERVING=serving):
            context = chromium.new_context(base_url=address)  # not of `page_of`, which lets nobody leave the origin
            page = context.new_page()
            page.goto("/account/login/?next=/preferences/")
            page.get_by_role("link", name="Log in by Alfama").click()
            expect(page).to_have_url(re.compile(re.escape(issuer)))
            page.get_by_role("button", name="ana").click()
            expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
            page.get_by_label("Code").fill(code())
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", name="Preferences")).to_be_visible()
            context.close()
