"""Log-in by an agency's own identity provider: a real one, and everything that one must not say."""

import dataclasses
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client, override_settings

from amparo import Workbench
from amparo.domain.identity_provider import IdentityProvider
from amparo.web.account.oidc import ProviderRefused, checked
from contracts.cast import code
from contracts.identity_providers import provider

BACK = "http://testserver/account/provider/alfama/back/"


def written(issuer: str) -> str:
    return (
        f'[[provider]]\nname = "alfama"\ntitle = "Polícia de Alfama"\nagency = "alfama"\nissuer = "{issuer}"\n'
        'client_id = "amparo"\nclient_secret = "between us"\n'
    )


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    people = {
        "s-1": {"preferred_username": "ana"},
        "s-2": {"preferred_username": "bruno"},
        "s-3": {"preferred_username": "nobody"},
        "s-4": {},
        "s-5": {"preferred_username": "nobody", "email": "ana", "email_verified": True},
        "s-6": {"email": "ana", "email_verified": False},
    }
    with provider(tmp_path_factory.mktemp("provider") / "log", **people) as found:
        yield found


@pytest.fixture
def browser(workbench: Workbench, issuer: str) -> Iterator[Client]:
    serving = dataclasses.replace(settings.SERVING, providers=written(issuer))
    with override_settings(SERVING=serving):
        yield Client()


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def consented(place: str, subject: str, *, action: str = "authorize") -> str:
    """What the provider's page does when somebody logs in there: where it sends the browser."""
    form = urllib.parse.urlencode({"sub": subject, "action": action}).encode()
    with pytest.raises(urllib.error.HTTPError) as answered:
        urllib.request.build_opener(_Stays).open(place, form, timeout=20)
    with answered.value as answer:
        return str(answer.headers["Location"])


def came_back(browser: Client, subject: str, **more: str) -> str:
    """The page, or where it leads, after the way there and back."""
    there = browser.get("/account/provider/alfama/?next=/exhibits/")["Location"]
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(there).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    answer = browser.get(consented(there, subject, **more))
    place = str(answer["Location"])
    return browser.get(place).content.decode() if place == "/account/login/" else place


def test_an_officer_of_the_agency_logs_in_with_a_second_factor_all_the_same(browser: Client) -> None:
    assert "Log in by Polícia de Alfama" in browser.get("/account/login/").content.decode()
    assert came_back(browser, "s-1") == "/account/factors/ask/"
    assert browser.post("/account/factors/ask/", {"code": code()})["Location"] == "/exhibits/"
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("subject", ["s-2", "s-3", "s-5"])
def test_another_agencys_and_who_is_no_member_do_not_come_by_it(browser: Client, subject: str) -> None:
    assert "no member of this operation for Polícia de Alfama" in came_back(browser, subject)
    assert browser.get("/").status_code == 302


def test_who_has_no_name_there_is_told_so(browser: Client) -> None:
    assert "no claim preferred_username" in came_back(browser, "s-4")


def test_an_address_that_is_not_verified_is_nobodys(workbench: Workbench, issuer: str) -> None:
    providers = written(issuer) + 'claim = "email"\n'
    with override_settings(SERVING=dataclasses.replace(settings.SERVING, providers=providers)):
        assert "has not verified your e-mail address" in came_back(Client(), "s-6")
        assert came_back(Client(), "s-5") == "/account/factors/ask/"


def test_who_declines_there_is_not_logged_in(browser: Client) -> None:
    assert "did not log you in" in came_back(browser, "s-1", action="deny")


def test_an_answer_counts_once_and_in_its_own_browser(browser: Client) -> None:
    back = consented(browser.get("/account/provider/alfama/")["Location"], "s-1")
    other = Client()
    assert "not begun here" in other.get(other.get(back)["Location"]).content.decode()
    assert browser.get(back)["Location"] == "/account/factors/ask/"
    assert browser.get(back)["Location"] == "/account/login/"


def test_a_code_of_another_log_in_is_refused(browser: Client) -> None:
    back = consented(browser.get("/account/provider/alfama/")["Location"], "s-1")
    stolen = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
    thief = Client()
    there = thief.get("/account/provider/alfama/")["Location"]
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(there).query)["state"][0]
    answer = thief.get("/account/provider/alfama/back/", {"state": state, "code": stolen})
    assert "belongs to another log-in: begin again" in thief.get(answer["Location"]).content.decode()


def test_a_provider_that_is_not_there_is_said_to_be(workbench: Workbench) -> None:
    with override_settings(SERVING=dataclasses.replace(settings.SERVING, providers=written("http://127.0.0.1:9"))):
        page = Client().get("/account/provider/alfama/", follow=True).content.decode()
    assert "Polícia de Alfama cannot be reached" in page
    assert Client().get("/account/provider/alfama/").status_code == 404


# What an ID token must not say

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
HERE = IdentityProvider("alfama", "Alfama", "alfama", "https://id.example", "amparo", "between us")


def keys(key: rsa.RSAPrivateKey = KEY) -> dict[str, object]:
    return {"keys": [{**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "1"}]}


def token(*, key: object = KEY, algorithm: str = "RS256", kid: str = "1", **claims: object) -> str:
    now = int(time.time())
    said = {"iss": HERE.issuer, "aud": "amparo", "sub": "s", "iat": now, "exp": now + 300, "nonce": "n", **claims}
    given = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(given, key, algorithm, headers={"kid": kid})  # type: ignore[arg-type]


def test_a_right_token_gives_its_claims() -> None:
    assert checked(HERE, token(preferred_username="ana"), keys(), "n")["preferred_username"] == "ana"
    assert checked(HERE, token(aud=["amparo", "x"], azp="amparo"), keys(), "n")["sub"] == "s"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (token(aud="another"), "meant for another service"),
        (token(aud=["amparo", "x"], azp="x"), "meant for another service"),
        (token(iss="https://evil.example"), "comes from somebody else"),
        (token(exp=int(time.time()) - 120), "has expired"),
        (token(nonce="of another"), "belongs to another log-in"),
        (token(nonce=None), "belongs to another log-in"),
        (token(exp=None), "not signed as it must be"),
        (token(iat=int(time.time()) + 3600), "not signed as it must be"),
        (token(key=OTHER), "not signed as it must be"),
        (token(key="between us, and long enough for a key", algorithm="HS256"), "not signed as it must be"),
        (token(key=None, algorithm="none"), "not signed as it must be"),
        ("", "not signed as it must be"),
        ("a.b.c", "not signed as it must be"),
    ],
)
def test_a_wrong_token_is_refused_with_a_sentence(said: str, sentence: str) -> None:
    with pytest.raises(ProviderRefused, match=sentence):
        checked(HERE, said, keys(), "n")


def test_a_key_that_is_not_published_signs_nothing() -> None:
    with pytest.raises(ProviderRefused, match="does not publish"):
        checked(HERE, token(kid="2"), {"keys": [*keys()["keys"], *keys(OTHER)["keys"]]}, "n")  # type: ignore[misc]


def test_a_file_with_secrets_is_its_owners_alone(tmp_path: Path) -> None:
    from amparo.casework.identity_providers import ProvidersRefused, read_providers

    file = tmp_path / "providers.toml"
    file.write_text(written("https://id.example"))
    file.chmod(0o640)
    with pytest.raises(ProvidersRefused, match="chmod 600"):
        read_providers(file)
    file.chmod(0o600)
    assert read_providers(file) == written("https://id.example")
    with pytest.raises(ProvidersRefused, match="cannot be read"):
        read_providers(tmp_path / "none")
