"""Browsers, as tests of the web have them."""

from collections.abc import Callable
from typing import Protocol

from django.test import Client
from playwright.sync_api import Page

AsOfficer = Callable[[str], Client]
"""Gives the browser of an officer who is logged in."""


class PageOf(Protocol):
    """Gives a page of a real browser on which an officer is logged in; with an empty name, nobody."""

    def __call__(self, name: str, *, width: int = ..., height: int = ..., dark: bool = ...) -> Page: ...
