"""Every screen, held against axe-core's rules of WCAG 2.2 AA: light and wide, dark and narrow."""

import os
import zlib
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from contracts.browsers import PageOf
from web.test_need_to_know import ROUTES

AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = [
    (reverse(name, kwargs=dict(case.args)), "ana" if case.reviewer is None else "rui")
    for name, cases in ROUTES.items()
    for case in cases
    if case.method == "get" and case.alfama in (200, 403, 404)
]
WRONG = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, and where."""
    page.evaluate(AXE.read_text("utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, { runOnly: tags }).then(result => result.violations)", tags)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in WRONG
    ]


def looks(place: str) -> tuple[tuple[int, bool], ...]:
    """Width and darkness: both looks of a screen where all is wanted, else one of them, by its address."""
    both = ((1440, False), (360, True))
    return both if os.environ.get("AMPARO_THOROUGH") else (both[zlib.crc32(place.encode()) % 2],)


@pytest.mark.parametrize(("place", "officer"), SCREENS)
def test_a_screen_breaks_no_rule_in_light_and_dark_wide_and_narrow(page_of: PageOf, place: str, officer: str) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: run make setup")
    for width, dark in looks(place):
        page = page_of(officer, width=width, dark=dark)
        if "text/html" not in page.request.get(place).headers["content-type"]:
            return  # a picture or an export
        page.goto(place)
        page.wait_for_load_state("networkidle")
        assert not violations(page)
        assert page.locator("h1").count() == 1
        assert page.title().endswith(" · Amparo")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 1, f"{place} is {wider} px too wide at {width} px"


ACCOUNTS = (
    "account/login/",
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
"""Pages of log-in: the first for who is not logged in, the others below `/account/`."""


@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_of_log_in_break_no_rule(page_of: PageOf, dark: bool) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: run make setup")
    nobody, ana = (page_of(name, width=360 if dark else 1440, dark=dark) for name in ("", "ana"))
    for number, place in enumerate(ACCOUNTS):
        page = ana if number else nobody
        page.goto(f"/account/{place}" if number else f"/{place}")
        assert not violations(page), place
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1, place
