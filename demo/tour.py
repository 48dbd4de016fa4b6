"""Takes the pictures of the tour (docs/tutorial/tour.md) from the demo: `make demo`, then `python demo/tour.py`.

A browser without a window does what an officer does from the first log-in on: another password, a second factor, then
each screen, in light and dark, wide and narrow. Needs Chromium.
"""

import base64
import hmac
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "tutorial" / "tour"
WORKBENCH = ROOT / "demo-workbench"
LOOKS = {"": (1280, 800, "light"), "-dark": (1280, 800, "dark"), "-narrow": (360, 760, "light")}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SLOW_MS = 60_000


def amparo(*arguments: str) -> str:
    """What one command says."""
    environment = {**os.environ, "AMPARO_WORKBENCH": str(WORKBENCH)}
    command = [sys.executable, "-m", "amparo", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def code(secret: str) -> str:
    """What an authenticator app shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF) % 10**6:06}"


def logged_in(browser: Browser, address: str, officer: str) -> Page:
    """Log in as for the first time: another password, and a second factor."""
    given = amparo("members", "password", officer, "--drop-factors").split(" is ")[1].split(":")[0]
    page = browser.new_context(base_url=address).new_page()
    page.set_default_timeout(_SLOW_MS)
    page.goto("/")
    page.get_by_label("Your short name").fill(officer)
    page.get_by_label("Password", exact=True).fill(given)
    page.get_by_role("button", name="Log in", exact=True).click()
    own = f"the river of {officer} is calm"
    page.get_by_label("Password until now").fill(given)
    page.get_by_label("New password", exact=True).fill(own)
    page.get_by_label("New password, again").fill(own)
    page.get_by_role("button", name="Change").click()
    page.get_by_role("link", name="An authenticator app").click()
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Set it up").click()
    page.wait_for_load_state("networkidle")
    return page


def taken(page: Page, name: str, place: str) -> None:
    """Take the pictures of one screen."""
    for look, (width, height, scheme) in LOOKS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(place)
        page.wait_for_load_state("networkidle")
        picture = Image.open(io.BytesIO(page.screenshot()))
        picture.save(PICTURES / f"{name}{look}.webp", quality=82, method=6)
    print(f"{name:12} {place}", flush=True)


def first(page: Page, place: str, pattern: str) -> str:
    """The address of the first link on a page that looks like this, as soon as it is there."""
    page.goto(place)
    ends = time.monotonic() + _SLOW_MS / 1000
    while time.monotonic() < ends:
        links = page.evaluate("[...document.querySelectorAll('main a')].map(link => link.getAttribute('href'))")
        if found := next((link for link in links if link and re.match(pattern, link)), None):
            return str(found)
        page.wait_for_timeout(500)
    sys.exit(f"{place} leads to nothing like {pattern}.")


def served() -> str:
    """Where the demo is."""
    said = (WORKBENCH / "serve.log").read_text().splitlines() if WORKBENCH.is_dir() else []
    return next((line for line in said if line.startswith("http")), "") or sys.exit("Run `make demo` first.")


def chromium(driver: Playwright) -> Browser:
    """A browser without a window."""
    path = next(filter(None, map(shutil.which, _NAMES)), None) or sys.exit("Chromium is not installed.")
    return driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


def main() -> None:
    """Take all pictures."""
    address = served()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = chromium(driver)
        ana = logged_in(browser, address, "ana")
        file = first(ana, "/files?taken=2000..&gps=yes", r"/file/\d+")
        near = first(ana, "/clusters", r"/clusters/near-copies/\d+")
        both = first(ana, first(ana, near, r"/file/\d+"), r"/compare/\d+/\d+")
        for name, place in (
            ("home", "/"),
            ("exhibits", "/exhibits/"),
            ("register", "/exhibits/register"),
            ("exhibit", "/exhibits/ES-4/"),
            ("broken", "/exhibits/ES-5/"),
            ("files", "/files?kind=picture"),
            ("grid", "/files?kind=picture&view=grid"),
            ("file", file),
            ("compare", both),
            ("clusters", "/clusters"),
            ("group", near),
            ("clues", "/clues"),
            ("hash-sets", "/hash-sets/"),
            ("reports", "/reports/"),
            ("members", "/members/"),
            ("tokens", "/tokens/"),
            ("preferences", "/preferences/"),
        ):
            taken(ana, name, place)
        rui = logged_in(browser, address, "rui")
        for name, place in (
            ("review", "/review/"),
            ("dispute", first(rui, "/review/disputes", r"/review/disputes/\d+")),
            ("agreement", "/review/agreement"),
            ("leads", "/review/leads"),
            ("saved", "/review/saved"),
        ):
            taken(rui, name, place)
        taken(ana, "order", "/review/order")
        taken(ana, "viewing", "/viewing/")
        axel = logged_in(browser, address, "axel")
        taken(axel, "ledger", "/ledger/?processing=consultation&processing=disclosure")
        taken(axel, "act", first(axel, "/ledger/", r"/ledger/\d+"))
        browser.close()


if __name__ == "__main__":
    main()
