"""Passwords and keys for encrypted evidence. They are given anew with each command; nothing stores or logs them."""

import re
from dataclasses import dataclass, field
from typing import Self

from amparo.domain.errors import AmparoError

_RAW_KEY = "hex:"


class MalformedSecrets(AmparoError, ValueError):
    """A text that should list passwords and keys, and does not."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is tried, in this order, on everything that is locked."""

    passwords: tuple[str, ...] = field(default=(), repr=False)
    """Passwords and recovery keys, as people write them."""
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    """Raw keys."""

    def __bool__(self) -> bool:
        return bool(self.passwords or self.keys)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read lines: a password or recovery key each, or `hex:` and a raw key; `#` begins a comment line.

        A password that begins with `#` or `hex:` is written with a backslash before it; a backslash at the beginning of
        a password is written twice. Raise `MalformedSecrets`.
        """
        passwords, keys = [], []
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
            if line.startswith(_RAW_KEY):
                digits = line.removeprefix(_RAW_KEY)
                if not re.fullmatch("([0-9A-Fa-f]{2})+", digits):
                    raise MalformedSecrets(
                        "Line {number} of the secrets is no key: write hex:00112233 …", number=number
                    )
                keys.append(bytes.fromhex(digits))
            elif line and not line.startswith("#"):
                passwords.append(line.removeprefix("\\"))
        return cls(tuple(passwords), tuple(keys))
