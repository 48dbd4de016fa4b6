"""A real browser before a real server: the system's Chromium, driven by Playwright."""

import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from amparo import Workbench
from contracts.browsers import PATIENCE_S, AsOfficer, PageOf

expect.set_options(timeout=20_000)  # a limit of what hangs, on machines with much to do; it costs nothing else
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
"""The first is the same Chromium without windows around its pages: those cost four times what a page does."""


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        pass


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium: install it (Debian: chromium)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def address(workbench: Workbench) -> Iterator[str]:
    """Where the cast's workbench is served by this process."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Silent)
    application = get_wsgi_application()

    def answered(environ: dict[str, object], start: object) -> object:
        environ["SERVER_NAME"] = "testserver"
        try:
            return application(environ, start)  # type: ignore[arg-type]
        finally:
            connections.close_all()

    server.set_app(answered)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def keys_once_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys wait until the scripts of a page listen: a heading can be seen, and expected, some time before."""
    opened = BrowserContext.new_page

    def page(context: BrowserContext) -> Page:
        context.set_default_timeout(PATIENCE_S * 1000)
        made = opened(context)
        for name in ("press", "type"):
            monkeypatch.setattr(made.keyboard, name, _once_loaded(made, getattr(made.keyboard, name)))
        return made

    monkeypatch.setattr(BrowserContext, "new_page", page)


def _once_loaded(page: Page, act: Callable[[str], None]) -> Callable[[str], None]:
    def acted(keys: str) -> None:
        page.wait_for_load_state()
        act(keys)

    return acted


@pytest.fixture
def page_of(chromium: Browser, address: str, as_officer: AsOfficer) -> Iterator[PageOf]:
    """Gives a page on which an officer is logged in. What leaves the origin or fails in a script fails the test."""
    contexts = []
    wrong: list[str] = []

    def page(name: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", base_url=address
        )
        contexts.append(context)
        if name:
            session = as_officer(name).cookies["amparo_session"].value
            context.add_cookies([{"name": "amparo_session", "value": session, "url": address}])
        opened = context.new_page()
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        opened.on(
            "request",
            lambda asked: None if asked.url.startswith((address, "data:", "blob:")) else wrong.append(asked.url),
        )
        return opened

    yield page
    for context in contexts:
        context.close()
    assert not wrong
