"""The file of identity providers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.identity_provider import IdentityProvider, MalformedProviders, safe

GOOD = """
[[provider]]
name = "alfama"
title = "Polícia de Alfama"
agency = "alfama"
issuer = "https://id.alfama.example"
client_id = "amparo"
client_secret = "between us"
"""


def test_a_table_is_a_provider_whose_secret_is_not_shown() -> None:
    (found,) = IdentityProvider.parse_all(GOOD)
    assert (found.agency, found.claim) == ("alfama", "preferred_username")
    assert "between us" not in repr(found)
    assert IdentityProvider.parse_all("") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + GOOD, "same name"),
        (GOOD.replace("https:", "http:"), "no https address"),
        (GOOD.replace('"https://id.alfama.example"', '"https://[::1"'), "no https address"),
        (GOOD.replace('name = "alfama"', 'name = "Al/fama"', 1), "no short name"),
        (GOOD.replace('"amparo"', "3"), "needs client_id"),
        (GOOD.replace("agency", "agencies", 1), "Nothing here is called agencies"),
        ('[[provider]]\nname = "a"', "needs agency, client_id, client_secret, issuer, title"),
        ("provider = 3", "a table of its own"),
        ("[[provider", "no TOML"),
    ],
)
def test_what_is_none_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(MalformedProviders, match=sentence):
        IdentityProvider.parse_all(text)


@given(st.text())
def test_any_text_gives_providers_or_a_sentence(text: str) -> None:
    with contextlib.suppress(MalformedProviders):
        IdentityProvider.parse_all(text)
    safe(text)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("https://a", True), ("http://localhost:9400", True), ("http://a", False), ("file:///etc/passwd", False)],
)
def test_only_tls_and_this_machine_are_safe(address: str, expected: bool) -> None:
    assert safe(address) is expected
