"""Backups of Android as `adb backup` makes them (`.ab`): a header of lines, then a tar archive, deflated as a rule."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Container, Item, Stream
from amparo.domain.item_path import escape
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence.cbc import BLOCK, Cbc, decrypted
from amparo.evidence.compressed import CompressedFile
from amparo.evidence.decompressing import unzlib
from amparo.evidence.streams import PartStream

_MARK = b"ANDROID BACKUP\n"
_HEADER = re.compile(rb"ANDROID BACKUP\n([0-9]{1,3})\n([01])\n(none|AES-256)\n", re.ASCII)
_LOCK = re.compile(
    rb"([0-9A-Fa-f]{2,256})\n([0-9A-Fa-f]{2,256})\n([0-9]{1,9})\n([0-9A-Fa-f]{32})\n([0-9A-Fa-f]{32,1024})\n", re.ASCII
)
_HEADER_BYTES = 4096
_NEWEST = 5
_MOST_ROUNDS = 10_000_000
"""Android writes 10,000."""


@dataclass(frozen=True, slots=True)
class AndroidBackup:
    """Backups of Android (`adb backup`, `.ab`, versions 1 to 5): one item without a name, the tar archive in it.

    Encrypted ones (AES-256) are opened with a password that is given.
    """

    @property
    def kind(self) -> str:
        """`android-backup`."""
        return "android-backup"

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """By its first line."""
        return head.startswith(_MARK)

    def open(self, stream: Stream, *, limits: Limits) -> Container:
        """As `ContainerFormat.open`."""
        return self.unlock(stream, limits=limits, secrets=Secrets())

    def unlock(self, stream: Stream, *, limits: Limits, secrets: Secrets) -> Container:
        """As `Lockable.unlock`."""
        head = stream.read_at(0, _HEADER_BYTES)
        lines = _HEADER.match(head)
        if lines is None:
            raise Unreadable("The header of the backup is damaged.")
        if not 1 <= int(lines[1]) <= _NEWEST:
            raise Unsupported(f"It is a backup of version {int(lines[1])}; those up to {_NEWEST} are known.")
        start, payload = lines.end(), PartStream(stream, lines.end(), stream.size_bytes - lines.end())
        content: Stream = payload
        if lines[3] != b"none":
            lock = _LOCK.match(head, start)
            if lock is None:
                raise Unreadable("The header of the backup is damaged where it says how it is encrypted.")
            body = PartStream(stream, lock.end(), stream.size_bytes - lock.end())
            content = _unlocked(body, lock, secrets)
        if lines[2] == b"1":
            return CompressedFile(self.kind, content, Item("", None), unzlib, lambda rest: False, limits)
        return _Plain(content, limits)


class _Plain:
    """A backup that is not compressed."""

    def __init__(self, content: Stream, limits: Limits) -> None:
        self._content = content
        self._limits = limits

    def items(self) -> Iterator[Item]:
        """The archive."""
        if self._limits.container_items < 1:
            raise LimitReached("It holds an item, and the limit is none.")
        yield Item("", self._content.size_bytes)

    def open(self, name: str, locator: str) -> Stream:
        """The archive, which has neither name nor locator."""
        if name or locator:
            raise Unreadable(f"The backup holds one archive and no item {escape(name)!r}.")
        return PartStream(self._content, 0, self._content.size_bytes)

    def close(self) -> None:
        """Nothing to give up."""


def _unlocked(body: Stream, lock: re.Match[bytes], secrets: Secrets) -> Stream:
    salt, check_salt, start, blob = (bytes.fromhex(lock[number].decode()) for number in (1, 2, 4, 5))
    rounds = int(lock[3])
    if not 1 <= rounds <= _MOST_ROUNDS:
        raise LimitReached(f"Its key takes {rounds} rounds; the limit is {_MOST_ROUNDS}.")
    for password in secrets.passwords:
        key = hashlib.pbkdf2_hmac("sha1", password.encode("utf-8", "ignore"), salt, rounds, 32)
        found = _master_key(decrypted(key, start, blob), check_salt, rounds)
        if found is not None:
            return Cbc(body, *found)
    if secrets.passwords:
        raise Encrypted("The backup is encrypted, and none of the passwords that were given fits.")
    raise Encrypted("The backup is encrypted. Give its password with --secrets.")


def _master_key(blob: bytes, salt: bytes, rounds: int) -> tuple[bytes, bytes] | None:
    """Key and first block of the archive, each with its length before it, and last a checksum of the key."""
    parts, place = list[bytes](), 0
    for _ in range(3):
        length = blob[place] if place < len(blob) else 0
        parts.append(blob[place + 1 : place + 1 + length])
        place += 1 + length
    start, key, stated = parts
    if len(start) != BLOCK or len(key) != 32 or not stated:
        return None
    # Java made characters of the bytes, and UTF-8 of these; the first version did not.
    text = "".join(chr(byte if byte < 128 else 0xFF00 | byte) for byte in key).encode()
    for secret in (text, key):
        if hmac.compare_digest(hashlib.pbkdf2_hmac("sha1", secret, salt, rounds, len(stated)), stated):
            return key, start
    return None
