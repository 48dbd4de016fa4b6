"""Every route of log-in: what a stranger gets, and an officer."""

from collections.abc import Iterator, Mapping

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from amparo import Workbench
from contracts.browsers import AsOfficer

LOG_IN = "/account/login/"
ROUTES: Mapping[str, tuple[int | str, int | str]] = {
    "account_login": (200, "/"),
    "provider": (404, 404),
    "provider-back": (404, 404),
    "account_logout": (LOG_IN, 200),
    "account_inactive": (200, 200),
    "account_reauthenticate": (LOG_IN, 200),
    "account_change_password": (LOG_IN, 200),
    "mfa_index": (LOG_IN, 200),
    "second-factor": (LOG_IN, "/account/factors/"),
    "mfa_authenticate": (LOG_IN, "/"),
    "mfa_reauthenticate": (LOG_IN, 200),
    "mfa_activate_totp": (LOG_IN, "/account/factors/app/remove/"),
    "totp-code": (LOG_IN, 200),
    "mfa_deactivate_totp": (LOG_IN, 200),
    "mfa_view_recovery_codes": (LOG_IN, 404),
    "mfa_generate_recovery_codes": (LOG_IN, 200),
    "mfa_download_recovery_codes": (LOG_IN, 404),
    "mfa_list_webauthn": (LOG_IN, 200),
    "mfa_add_webauthn": (LOG_IN, 200),
    "mfa_reauthenticate_webauthn": (LOG_IN, "/account/prove/"),
    "mfa_login_webauthn": (LOG_IN, "/"),
    "mfa_remove_webauthn": (LOG_IN, 404),
    "mfa_edit_webauthn": (LOG_IN, 404),
    "usersessions_list": (LOG_IN, 200),
    "session-end": (LOG_IN, 405),
    "sessions-end-others": (LOG_IN, 405),
    "account_signup": (LOG_IN, 404),
    "account_reset_password": (LOG_IN, 404),
    "account_email": (LOG_IN, 404),
    "account_set_password": (LOG_IN, 404),
}
"""By the name of the route: what GET gives to who is not logged in, and to an officer; a path is where it leads."""


def names(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    for pattern in patterns or get_resolver().url_patterns:
        place = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, place)
        elif place.startswith("account/"):
            yield pattern.name or place


ARGUMENTS: Mapping[str, Mapping[str, object]] = {
    "provider": {"name": "none-is-configured"},
    "provider-back": {"name": "none-is-configured"},
    "mfa_remove_webauthn": {"pk": 1},
    "mfa_edit_webauthn": {"pk": 1},
    "session-end": {"number": 1},
}


def place(name: str) -> str:
    return reverse(name, kwargs=dict(ARGUMENTS.get(name, {})))


def given(browser: Client, name: str) -> int | str:
    answer = browser.get(place(name))
    return str(answer["Location"]).partition("?")[0] if answer.status_code == 302 else answer.status_code


def test_every_route_has_its_cases() -> None:
    assert set(names()) == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_a_stranger_and_an_officer_get_what_is_theirs(workbench: Workbench, as_officer: AsOfficer, name: str) -> None:
    stranger, officer = ROUTES[name]
    assert given(Client(), name) == stranger
    assert given(as_officer("ana"), name) == officer
