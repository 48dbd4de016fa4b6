"""Browsers, as tests of the web have them."""

import csv
import io
import time
from collections.abc import Callable
from re import Pattern
from typing import Any, Protocol

from django.test import Client
from playwright.sync_api import Page, Route

AsOfficer = Callable[[str], Client]
"""Gives the browser of an officer who is logged in."""


class PageOf(Protocol):
    """Gives a page of a real browser on which an officer is logged in; with an empty name, nobody."""

    def __call__(self, name: str, *, width: int = ..., height: int = ..., dark: bool = ...) -> Page: ...


def held(page: Page, place: str | Pattern[str]) -> list[Route]:
    """What a page asks for there, none of which comes before somebody lets it go on."""
    asked: list[Route] = []
    page.route(place, lambda route: asked.append(route))
    return asked


PATIENCE_S = 120
"""Of who waits for what compares pictures: where it is first needed it is compiled, on a busy machine for a minute."""


def asked(browser: Client, place: str) -> str:
    """A page, as soon as what it shows is found: until then it says that it is busy."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        answer = browser.get(place)
        assert answer.status_code == 200, place
        if "aria-busy" not in (page := answer.content.decode()):
            return page
        assert time.monotonic() < ends, f"{place} is never ready"
        time.sleep(0.05)


def told(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV file that is downloaded."""
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
