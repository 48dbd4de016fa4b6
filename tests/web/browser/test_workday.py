"""A day at the workbench, before `amparo serve` itself: from the log-in to what an auditor finds, by keyboard."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from amparo import Workbench
from amparo.web.server import secret_of
from contracts.cast import OFFICERS, PASSWORD, Cast, code, with_app

_SLOW_MS = 60_000


@pytest.fixture
def served(cast: Cast) -> Iterator[str]:
    """The address of a real server over a copy of the cast's operation."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with Workbench.open(cast.workbench, served=True) as opened, override_settings(SECRET_KEY=secret_of(opened._key)):
        Authenticator.objects.all().delete()
        for officer in OFFICERS:
            with_app(opened, officer)
    place = ("--workbench", str(cast.workbench), "--evidence", str(cast.evidence))
    server = subprocess.Popen(
        [sys.executable, "-m", "amparo", "serve", "--port", port, "--workers", "1", *place],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate(timeout=120)


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def logged_in(chromium: Browser, address: str, officer: str) -> Page:
    """Log in as people do, without a mouse."""
    page = chromium.new_context(base_url=address, viewport={"width": 1440, "height": 900}).new_page()
    page.goto("/")
    page.get_by_label("Your short name").focus()
    page.keyboard.type(officer)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code").focus()
    page.keyboard.type(code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Screens")).to_be_visible()
    return page


def test_from_the_log_in_to_what_an_auditor_finds(chromium: Browser, served: str, cast: Cast) -> None:
    more = cast.evidence / "ES-1" / "DCIM"
    ana = logged_in(chromium, served, "ana")
    expect(ana.get_by_role("heading", name="Rio Claro")).to_be_visible()

    # An exhibit is registered, watched until it is examined, and what became of its bytes is read.
    keys(ana, "g", "e")
    expect(ana.get_by_role("heading", name="Exhibits", exact=True)).to_be_visible()
    keys(ana, "n")
    ana.get_by_label("Number").focus()
    ana.keyboard.type("ES-9")
    ana.get_by_label("Path on this server").focus()
    ana.keyboard.type(str(more))
    ana.keyboard.press("Enter")
    expect(ana.get_by_text("ES-9 is registered", exact=False)).to_be_visible()
    exhibit = ana.get_by_role("link", name="ES-9", exact=True).first
    expect(exhibit).to_be_visible(timeout=_SLOW_MS)
    exhibit.focus()
    ana.keyboard.press("Enter")
    expect(ana.get_by_text("complete", exact=True).first).to_be_visible(timeout=_SLOW_MS)
    expect(ana.get_by_role("heading", name="What became of its bytes")).to_be_visible()
    expect(ana.get_by_text("Values as a table")).to_be_visible()

    # A file is found by three filters, the search is kept, and the file is looked at.
    keys(ana, "g", "f")
    expect(ana.get_by_role("heading", name="Files", level=1)).to_be_visible(timeout=_SLOW_MS)
    keys(ana, "/")
    ana.keyboard.type("lighthouse")
    ana.keyboard.press("Enter")
    ana.wait_for_url("**/files?*text=lighthouse*")
    for choice in ("picture", "ES-1"):
        ana.get_by_role("checkbox", name=choice, exact=True).focus()
        ana.keyboard.press("Space")
        expect(ana.get_by_role("link", name=f": {choice}")).to_be_visible()
    expect(ana.get_by_role("heading", name="1 place of a file")).to_be_visible()
    keys(ana, "m")
    ana.get_by_label("Keep this search as").focus()
    ana.keyboard.type("lighthouses")
    ana.keyboard.press("Enter")
    expect(ana.get_by_text("The search is kept.")).to_be_visible()
    ana.get_by_role("link", name="lighthouse.png").focus()
    ana.keyboard.press("Enter")
    expect(ana.get_by_role("heading", name="lighthouse.png", level=1)).to_be_visible()
    looked_at = ana.url

    # The partner sees its part, the stranger nothing.
    bruno = logged_in(chromium, served, "bruno")
    keys(bruno, "g", "e")
    expect(bruno.get_by_role("link", name="ES-1").first).to_be_visible()
    assert not {"ES-2", "ES-9"} & set(bruno.get_by_role("main").inner_text().split())
    dora = logged_in(chromium, served, "dora")
    keys(dora, "g", "e")
    expect(dora.get_by_text("No exhibit that you may see")).to_be_visible()
    dora.goto(looked_at)
    expect(dora.get_by_role("heading", name="Not found")).to_be_visible()

    # The auditor finds who consulted what, and proves it.
    axel = logged_in(chromium, served, "axel")
    keys(axel, "g", "l")
    axel.get_by_role("link", name="Who consulted what").focus()
    axel.keyboard.press("Enter")
    row = axel.get_by_role("row").filter(has_text="File looked at").filter(has_text="ana").first
    expect(row).to_be_visible(timeout=_SLOW_MS)
    row.get_by_role("link").first.focus()
    axel.keyboard.press("Enter")
    expect(axel.get_by_text("Verified: the act is one of", exact=False)).to_be_visible()

    # Another language, at once.
    ana.goto("/preferences/")
    ana.get_by_label("Language").select_option("es")
    ana.get_by_role("button", name="Store").press("Enter")
    expect(ana.get_by_role("navigation", name="Pantallas")).to_contain_text("Indicios")
    assert ana.locator("html").get_attribute("lang") == "es"
