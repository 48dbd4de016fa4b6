"""An agency's own identity provider, as whoever serves configures it (OpenID Connect Core 1.0)."""

import re
import tomllib
from dataclasses import dataclass, field, fields
from typing import Self
from urllib.parse import urlsplit

from amparo.domain.errors import AmparoError

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class MalformedProviders(AmparoError, ValueError):
    """The file of identity providers is not one; the sentence says where."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Who says who an agency's officers are. It makes nobody a member."""

    name: str
    """Short, for addresses."""
    title: str
    """As people read it on the log-in page."""
    agency: str
    """The short name of the agency whose officers it logs in, and no others."""
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = "preferred_username"
    """Which claim of the ID token is the short name of the officer."""

    def __post_init__(self) -> None:
        for one in fields(self):
            if not isinstance(getattr(self, one.name), str) or not getattr(self, one.name):
                raise MalformedProviders(f"An identity provider needs {one.name}, a text in quotes.")
        if not _NAME.fullmatch(self.name):
            raise MalformedProviders(f"{self.name!r} is no short name: use lower-case letters, digits and hyphens.")
        if not safe(self.issuer):
            raise MalformedProviders(f"The issuer of {self.name} is no https address: {self.issuer}.")

    @classmethod
    def parse_all(cls, text: str) -> tuple[Self, ...]:
        """The providers of a TOML file, a table `[[provider]]` each; raise `MalformedProviders`."""
        known = {one.name for one in fields(cls)}
        try:
            tables = tomllib.loads(text).get("provider", [])
        except tomllib.TOMLDecodeError as error:
            raise MalformedProviders(f"This is no TOML: {error}.") from error
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise MalformedProviders("Each identity provider is a table of its own: [[provider]].")
        found = []
        for table in tables:
            if unknown := table.keys() - known:
                raise MalformedProviders(f"Nothing here is called {', '.join(sorted(unknown))}.")
            if missing := known - table.keys() - {"claim"}:
                raise MalformedProviders(f"An identity provider needs {', '.join(sorted(missing))}.")
            found.append(cls(**table))
        if len({one.name for one in found}) < len(found):
            raise MalformedProviders("Two identity providers have the same name.")
        return tuple(found)


def safe(address: str) -> bool:
    """Whether what is sent to an address can be read by nobody on the way: TLS, or this machine."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
        )
    except ValueError:
        return False
