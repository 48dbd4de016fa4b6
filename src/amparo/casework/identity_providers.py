"""The file in which whoever serves names the identity providers of agencies."""

from pathlib import Path

from amparo.domain.errors import AmparoError
from amparo.domain.identity_provider import IdentityProvider


class ProvidersRefused(AmparoError):
    """The file of identity providers cannot be read, or can be read by others."""


def read_providers(path: Path) -> str:
    """The text of the file, checked. It holds secrets: only its owner may read it.

    Raise `ProvidersRefused` or `MalformedProviders`.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ProvidersRefused(f"{path} holds secrets, and others may read it: chmod 600 {path}")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProvidersRefused(f"{path} cannot be read: {error}.") from error
    IdentityProvider.parse_all(text)
    return text
