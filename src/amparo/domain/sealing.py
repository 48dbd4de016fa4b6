"""Encryption at rest: the key of a workbench, what it seals, and the passphrase that guards it.

Previews and the signing key lie in the workbench sealed with AES-256-GCM (NIST SP 800-38D). The key itself never
lies there unprotected: either wrapped by a passphrase (scrypt, RFC 7914), or in a file elsewhere.
"""

import os
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from amparo.domain.errors import AmparoError

_NONCE_BYTES = 12
_KEY_BYTES = 32
_SALT_BYTES = 16
_SCRYPT_N = 2**16
_SCRYPT_R = 8
_SCRYPT_P = 1
_WRAPPING = b"amparo workbench key, version 1"


class SealBroken(AmparoError):
    """Sealed bytes that this key does not open: another key, another place, or altered bytes."""


class WrongPassphrase(AmparoError):
    """The passphrase does not open the workbench's key."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The secret of a workbench. Never printed."""

    secret: bytes = field(repr=False)
    """32 bytes."""

    def __post_init__(self) -> None:
        if len(self.secret) != _KEY_BYTES:
            raise SealBroken(
                "A workbench's key has {wanted} bytes, not {given}.", wanted=_KEY_BYTES, given=len(self.secret)
            )

    @classmethod
    def new(cls) -> Self:
        """A fresh random key."""
        return cls(os.urandom(_KEY_BYTES))

    def seal(self, plain: bytes, associated: bytes) -> bytes:
        """Nonce and ciphertext of `plain`, bound to `associated` (what it is and where it belongs)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, plain, associated)

    def unseal(self, sealed: bytes, associated: bytes) -> bytes:
        """The inverse of `seal`; raise `SealBroken`."""
        try:
            return AESGCM(self.secret).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                "Sealed bytes do not open with this workbench's key; they were altered or moved."
            ) from error

    def wrapped(self, passphrase: str) -> bytes:
        """This key, guarded by a passphrase: salt, nonce and ciphertext."""
        salt = os.urandom(_SALT_BYTES)
        return salt + SealingKey(_stretched(passphrase, salt)).seal(self.secret, _WRAPPING)

    @classmethod
    def unwrapped(cls, wrapped: bytes, passphrase: str) -> Self:
        """The inverse of `wrapped`; raise `WrongPassphrase`."""
        salt, sealed = wrapped[:_SALT_BYTES], wrapped[_SALT_BYTES:]
        try:
            return cls(SealingKey(_stretched(passphrase, salt)).unseal(sealed, _WRAPPING))
        except SealBroken as error:
            raise WrongPassphrase("Wrong passphrase: this workbench's key does not open. Try again.") from error


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=_KEY_BYTES, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase.encode())
