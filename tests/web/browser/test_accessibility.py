"""Every screen, held against axe-core's rules of WCAG 2.2 AA: light and wide, dark and narrow."""

import zlib
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.shortcuts import render
from django.test import RequestFactory
from playwright.sync_api import Page, Route, expect

from amparo import Workbench
from amparo.casework import processes
from contracts.browsers import PATIENCE_S, AsOfficer, PageOf
from contracts.thorough import THOROUGH
from web.screens import SCREENS, STATES, Screen

AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
WRONG = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, and where, once styles and scripts are there."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text("utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, { runOnly: tags }).then(result => result.violations)", tags)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in WRONG
    ]


def breaks_no_rule(page: Page, of: str = "") -> None:
    """Hold what a page shows now against the rules, where axe-core is there, and against its width."""
    if AXE.is_file():
        assert not violations(page), of
    assert page.locator("h1").count() == 1, of
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 1, f"{of or page.url} is {wider} px too wide"


def shows_its_pictures(page: Page) -> None:
    """Every picture of the page comes, also of what came to it later."""
    for picture in page.locator("img").all():
        expect(picture).not_to_have_js_property("naturalWidth", 0)


def looks(of: str) -> tuple[tuple[int, bool], ...]:
    """Width and darkness: both looks of a screen where all is wanted, else one of them, by what it is of."""
    both = ((1440, False), (360, True))
    return both if THOROUGH else (both[zlib.crc32(of.encode()) % 2],)


def _answered(headers: dict[str, str], body: bytes, route: Route) -> None:
    """Answer a question of the browser with what a client was told."""
    route.fulfill(headers=headers, body=body)


def look(screen: Screen, page_of: PageOf, as_officer: AsOfficer) -> None:
    """Hold a screen against the rules. What a form answers is asked for by a client, and shown at its address."""
    if not AXE.is_file():
        pytest.skip("no axe-core: run make setup")
    for width, dark in looks(str(screen)):
        page = page_of(screen.officer, width=width, dark=dark)
        client = as_officer(screen.officer)
        answer = getattr(client, screen.method)(screen.place, dict(screen.data))
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            answer.close()
            return  # a picture or an export
        if screen.method == "post":
            page.route(f"**{screen.place}", partial(_answered, dict(answer.items()), answer.content))
        page.goto(screen.place + (f"?{urlencode(screen.data, doseq=True)}" if screen.method == "get" else ""))
        expect(page.locator("[aria-busy=true], .htmx-request")).to_have_count(0, timeout=PATIENCE_S * 1000)
        breaks_no_rule(page, str(screen))
        assert page.title().endswith(" · Amparo")


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_screen_breaks_no_rule_in_light_and_dark_wide_and_narrow(
    page_of: PageOf, as_officer: AsOfficer, screen: Screen
) -> None:
    look(screen, page_of, as_officer)


@pytest.mark.parametrize("page", STATES)
def test_a_state_breaks_no_rule(
    page_of: PageOf, as_officer: AsOfficer, workbench: Workbench, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(processes, "start", lambda *_, lock, **__: None)
    look(STATES[page](workbench, as_officer), page_of, as_officer)


ACCOUNTS = (
    "factors/",
    "factors/keys/",
    "factors/keys/add/",
    "factors/codes/new/",
    "factors/app/remove/",
    "sessions/",
    "password/",
    "prove/",
    "factors/prove/",
    "logout/",
)
"""Pages of log-in, below `/account/`, for who is logged in; those on the way to that stand in `test_accounts`."""
BEFORE = ("account/login/", "account/inactive/")
"""Those for who is not."""


@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_of_log_in_break_no_rule(page_of: PageOf, dark: bool) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: run make setup")
    nobody, ana = (page_of(name, width=360 if dark else 1440, dark=dark) for name in ("", "ana"))
    for page, place in [*((nobody, place) for place in BEFORE), *((ana, f"account/{place}") for place in ACCOUNTS)]:
        page.goto(f"/{place}")
        breaks_no_rule(page, place)
    too_often = render(RequestFactory().get("/account/login/"), "429.html")
    nobody.route("**/account/login/", partial(_answered, dict(too_often.items()), too_often.content))
    nobody.goto("/account/login/")
    expect(nobody.get_by_role("heading", name="Too often")).to_be_visible()
    breaks_no_rule(nobody, "429")
