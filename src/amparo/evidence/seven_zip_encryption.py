"""Encrypted 7z archives: AES-256 in CBC, its key from a password by many rounds of SHA-256 (7-Zip's `7zAes`)."""

import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.secrets import Secrets

_MOST_CYCLES = 24
"""The power of two that 7-Zip itself takes at most; it writes 19."""
_NO_CYCLES = 0x3F
_BLOCK_BYTES = 16
_ROUNDS_AT_ONCE = 4096


class Passwords:
    """The passwords that were given, the one that fitted last first, and the keys that were made of them."""

    def __init__(self, secrets: Secrets) -> None:
        self._passwords = list(secrets.passwords)
        self._keys: dict[tuple[str, bytes, int], bytes] = {}

    def candidates(self) -> Iterator[str]:
        """What may be tried, the likeliest first."""
        yield from list(self._passwords)

    def fits(self, password: str) -> None:
        """Try this one first from now on."""
        self._passwords.remove(password)
        self._passwords.insert(0, password)

    def refusal(self, what: str) -> Encrypted:
        """Why `what` cannot be read."""
        if self._passwords:
            return Encrypted(f"{what} encrypted in the 7z archive, and none of the passwords that were given fits.")
        return Encrypted(f"{what} encrypted in the 7z archive. Give its password with --secrets.")

    def decrypted(self, parts: Iterator[bytes], properties: bytes, password: str, size_bytes: int) -> Iterator[bytes]:
        """The `size_bytes` bytes in `parts`, given the password and the coder's properties. Raise `Unreadable`."""
        cycles, salt, start = _read(properties)
        key = self._keys.get((password, salt, cycles))
        if key is None:
            key = self._keys[password, salt, cycles] = _key(password, salt, cycles)
        return _decrypted(parts, key, start, size_bytes)


def _read(properties: bytes) -> tuple[int, bytes, bytes]:
    """The power of two of the rounds, the salt, and what the first block is mixed with."""
    if len(properties) < 2:
        raise Unreadable("The properties of its encryption are damaged.")
    salt_bytes = (properties[0] >> 7) + (properties[1] >> 4)
    start_bytes = (properties[0] >> 6 & 1) + (properties[1] & 0x0F)
    if len(properties) < 2 + salt_bytes + start_bytes:
        raise Unreadable("The properties of its encryption are damaged.")
    salt, start = properties[2 : 2 + salt_bytes], properties[2 + salt_bytes : 2 + salt_bytes + start_bytes]
    cycles = properties[0] & 0x3F
    if _MOST_CYCLES < cycles != _NO_CYCLES:
        raise LimitReached(f"Its key takes 2^{cycles} rounds; the limit is 2^{_MOST_CYCLES}.")
    return cycles, salt, start.ljust(_BLOCK_BYTES, b"\0")


def _key(password: str, salt: bytes, cycles: int) -> bytes:
    unit = salt + password.encode("utf-16-le", "surrogatepass")
    if cycles == _NO_CYCLES:
        return unit[:32].ljust(32, b"\0")
    digest = hashlib.sha256()
    for first in range(0, 1 << cycles, _ROUNDS_AT_ONCE):
        rounds = range(first, min(first + _ROUNDS_AT_ONCE, 1 << cycles))
        digest.update(b"".join([unit + number.to_bytes(8, "little") for number in rounds]))
    return digest.digest()


def _decrypted(parts: Iterator[bytes], key: bytes, start: bytes, size_bytes: int) -> Iterator[bytes]:
    """What fills up the last block is left out."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
    taken = 0
    for part in parts:
        plain = decryptor.update(part)
        yield plain[: max(size_bytes - taken, 0)]
        taken += len(plain)
