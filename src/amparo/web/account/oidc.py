"""OpenID Connect, as a client that trusts nothing it did not check (OpenID Connect Core 1.0, code flow; RFC 7636).

PKCE, state and nonce are sent with every request; the signature, issuer, audience, times and nonce of every ID token
are checked, also where it came over TLS.
"""

import base64
import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt

from amparo.domain.errors import AmparoError
from amparo.domain.identity_provider import IdentityProvider, safe

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key pair. None, and those by the client's secret, are refused."""
_TIMEOUT_S = 10
_LARGEST_BYTES = 1 << 20
_CLOCKS_APART_S = 60


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: what is asked holds the client's secret, and `safe` was asked for this address only."""

    def redirect_request(self, *asked: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


class ProviderRefused(AmparoError):
    """An identity provider could not be asked, or what it said is not what it must say."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A log-in that was begun here, kept in the session until the browser is back."""

    provider: str
    state: str
    nonce: str
    verifier: str
    next: str

    @classmethod
    def new(cls, provider: IdentityProvider, next_: str) -> "Begun":
        """With fresh random values."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _value in range(3))
        return cls(provider.name, state, nonce, verifier, next_)

    def kept(self) -> dict[str, str]:
        """As a session keeps it."""
        return asdict(self)


def address(provider: IdentityProvider, begun: Begun, back: str) -> str:
    """Where the browser is sent. Raise `ProviderRefused`."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": "openid email" if provider.claim == "email" else "openid profile",
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    place = _place(_configuration(provider), "authorization_endpoint")
    return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"


def officer_named(provider: IdentityProvider, begun: Begun, code: str, back: str) -> str:
    """The officer whom the provider names for a code. Raise `ProviderRefused`, which says why not."""
    configuration = _configuration(provider)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": begun.verifier}
    methods = configuration.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    headers = {}
    if "client_secret_basic" in methods:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    answer = _fetched(provider, _place(configuration, "token_endpoint"), urlencode(form).encode(), headers)
    keys = _fetched(provider, _place(configuration, "jwks_uri"))
    claims = checked(provider, str(answer.get("id_token", "")), keys, begun.nonce)
    if provider.claim == "email" and claims.get("email_verified") is not True:
        raise ProviderRefused("{provider} has not verified your e-mail address.", provider=provider.title)
    name = claims.get(provider.claim)
    if not isinstance(name, str) or not name:
        raise ProviderRefused(
            "{provider} does not say who you are (no claim {claim}).", provider=provider.title, claim=provider.claim
        )
    return name


def checked(provider: IdentityProvider, token: str, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
    """The claims of an ID token that this provider signed, for us, now, for this log-in. Raise `ProviderRefused`."""
    try:
        header = jwt.get_unverified_header(token)
        usable = jwt.PyJWKSet.from_dict(dict(keys)).keys
        found = [key for key in usable if key.key_id == header.get("kid")] or (usable if len(usable) == 1 else [])
        if not found:
            raise ProviderRefused("{provider} signed by a key that it does not publish.", provider=provider.title)
        claims: Mapping[str, Any] = jwt.decode(
            token,
            found[0],
            algorithms=list(ALGORITHMS),
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=_CLOCKS_APART_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise ProviderRefused("What {provider} said has expired: begin again.", provider=provider.title) from error
    except jwt.InvalidAudienceError as error:
        raise ProviderRefused("What {provider} said is meant for another service.", provider=provider.title) from error
    except jwt.InvalidIssuerError as error:
        raise ProviderRefused("What {provider} said comes from somebody else.", provider=provider.title) from error
    except jwt.PyJWTError as error:
        raise ProviderRefused("What {provider} said is not signed as it must be.", provider=provider.title) from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != provider.client_id:
        raise ProviderRefused("What {provider} said is meant for another service.", provider=provider.title)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise ProviderRefused("What {provider} said belongs to another log-in: begin again.", provider=provider.title)
    return claims


def _configuration(provider: IdentityProvider) -> Mapping[str, Any]:
    found = _fetched(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise ProviderRefused(
            "{provider} calls itself by another name than it is configured by.", provider=provider.title
        )
    return found


def _place(configuration: Mapping[str, Any], name: str) -> str:
    place = configuration.get(name)
    if not isinstance(place, str) or not safe(place):
        raise ProviderRefused("The identity provider has no safe address for {name}.", name=name)
    return place


def _fetched(
    provider: IdentityProvider, place: str, form: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    request = urllib.request.Request(place, form, {"Accept": "application/json", **(headers or {})})  # noqa: S310 - `safe`
    try:
        with _OPENER.open(request, timeout=_TIMEOUT_S) as answer:
            found = json.loads(answer.read(_LARGEST_BYTES))
    except urllib.error.HTTPError as error:
        error.close()
        raise ProviderRefused("{provider} refused: begin again.", provider=provider.title) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ProviderRefused(
            "{provider} cannot be reached: try again later, or log in by name and password.", provider=provider.title
        ) from error
    if not isinstance(found, dict):
        raise ProviderRefused("{provider} answered what nobody understands.", provider=provider.title)
    return found
