"""The keys of encrypted iTunes backups: a key bag that a password opens, and in it a key for each class of files.

After Apple's "Platform Security" (Keybags) and what is published of the format: PBKDF2 with SHA-256 and then SHA-1, and
keys wrapped as RFC 3394 says.
"""

import hashlib
import struct
from collections.abc import Iterator

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.secrets import Secrets

_MOST_ROUNDS = 100_000_000
"""iOS writes 10,000,000."""
_BY_PASSWORD = 2


class ClassKeys:
    """The keys of an opened bag, by the class of the files that they guard."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        self._keys = keys

    def unwrapped(self, wrapped: bytes) -> bytes:
        """The key that stands behind the number of its class. Raise `Unreadable`."""
        key = self._keys.get(int.from_bytes(wrapped[:4], "little"))
        if key is None or len(wrapped) != 44:
            raise Unreadable("Its key is damaged, or of a class that the backup has no key for.")
        try:
            return aes_key_unwrap(key, wrapped[4:])
        except (InvalidUnwrap, ValueError) as error:
            raise Unreadable("Its key does not open with that of its class: the backup is damaged.") from error


def opened(bag: bytes, secrets: Secrets) -> ClassKeys:
    """The keys in a bag. Raise `Encrypted` where no password fits."""
    head, classes = _read(bag)
    if not secrets.passwords:
        raise Encrypted("The backup is encrypted. Give its password with --secrets.")
    for password in secrets.passwords:
        key = _key(password.encode("utf-8", "ignore"), head)
        try:
            found = {number: aes_key_unwrap(key, wrapped) for number, wrapped in classes.items()}
        except (InvalidUnwrap, ValueError):
            continue
        return ClassKeys(found)
    raise Encrypted("The backup is encrypted, and none of the passwords that were given fits.")


def _key(password: bytes, head: dict[bytes, bytes]) -> bytes:
    rounds, first_rounds = _number(head, b"ITER"), _number(head, b"DPIC")
    if not 1 <= rounds <= _MOST_ROUNDS or first_rounds > _MOST_ROUNDS:
        raise LimitReached(f"Its key takes {max(rounds, first_rounds)} rounds; the limit is {_MOST_ROUNDS}.")
    if first_rounds:
        password = hashlib.pbkdf2_hmac("sha256", password, head.get(b"DPSL", b""), first_rounds, 32)
    return hashlib.pbkdf2_hmac("sha1", password, head.get(b"SALT", b""), rounds, 32)


def _number(head: dict[bytes, bytes], tag: bytes) -> int:
    return int.from_bytes(head.get(tag, b"")[:8])


def _read(bag: bytes) -> tuple[dict[bytes, bytes], dict[int, bytes]]:
    """What stands before the first class, and the wrapped key of each class that the password guards."""
    head: dict[bytes, bytes] = {}
    classes: dict[int, bytes] = {}
    current: dict[bytes, bytes] = head
    for tag, value in _tags(bag):
        if tag == b"UUID" and b"UUID" in head:
            current = {}
        current[tag] = value
        if tag == b"WPKY" and current is not head and _number(current, b"WRAP") & _BY_PASSWORD:
            classes[_number(current, b"CLAS")] = value
    if not classes:
        raise Unreadable("The key bag of the backup is damaged: it holds no keys.")
    return head, classes


def _tags(bag: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(bag):
        tag, length = struct.unpack_from(">4sI", bag, place)
        yield tag, bag[place + 8 : place + 8 + length]
        place += 8 + length
